"""The zone's own servers and clock: where NS records lead, and what SOA asks of secondaries (RFC 1912 section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from forensics.analysis.recorded_answers import Answers
from forensics.model.posture import Asked, Check
from forensics.protocols.address_scope import is_public
from forensics.protocols.query_names import within

MAX_SERVERS = 4
"""Name servers whose addresses are looked at."""

_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_DATED = re.compile(
    r"(?P<year>19[89]\d|20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?P<change>\d\d)", re.ASCII
)
_TIMERS = "RFC 1912 section 2.2"


class Soa(NamedTuple):
    """The fields of a SOA record; times are in seconds."""

    primary: str
    mailbox: str
    serial: int
    refresh_s: int
    retry_s: int
    expire_s: int
    negative_ttl_s: int


class _Range(NamedTuple):
    """What is advised for a timer, and what lies on either side of it."""

    label: str
    low_s: int
    high_s: int
    advised: str
    below: str
    above: str
    reference: str


_RANGES = {
    "refresh_s": _Range(
        "refresh", 1_200, 43_200, "20 minutes to 12 hours", "secondaries ask very often",
        "without NOTIFY, secondaries serve old records that long", _TIMERS,
    ),
    "expire_s": _Range(
        "expire", 1_209_600, 2_419_200, "2 to 4 weeks",
        "the zone vanishes if its primary is away that long", "secondaries serve records of a dead primary that long",
        _TIMERS,
    ),
    "negative_ttl_s": _Range(
        "minimum", 0, 86_400, "day at most (1 to 3 hours work well)", "",
        "who asked before a record was new does not see it that long", "RFC 2308 section 5",
    ),
}  # fmt: skip


def check(domain: str, answers: Answers) -> tuple[Check, ...]:
    """Judge the name servers and the SOA record of the zone, where the domain is one."""
    servers, start = answers.ask(domain, "NS"), answers.ask(domain, "SOA")
    return (*_servers(domain, servers, answers), *_start(domain, start))


def read_soa(record: str) -> Soa | None:
    """The fields of a SOA record in presentation form; None where it is none.

    >>> read_soa("ns1.example. hostmaster.example. 2026112301 7200 900 1209600 3600").expire_s
    1209600
    """
    fields = record.split()
    if len(fields) != 7 or not all(_NUMBER.fullmatch(field) for field in fields[2:]):
        return None
    return Soa(fields[0], fields[1], *map(int, fields[2:]))


def _servers(domain: str, asked: Asked, answers: Answers) -> Iterator[Check]:
    if asked.status != "ok":
        return
    names = sorted({record.rstrip(".").lower() for record in asked.records})
    if len(names) == 1:
        yield Check(
            id="zone/ns-count", subject=domain, state="warning", text="One name server only.", record=names[0] + ".",
            why="While it cannot be reached, the domain has no mail records at all.",
            remedy="Add a second one on another network.", reference="RFC 1034 section 4.1, RFC 2182 section 5",
            citations=asked.citations,
        )  # fmt: skip
    unknown = []
    for name in names[:MAX_SERVERS]:
        found = answers.ask(name, "A")
        if found.status in ("nodata", "nxdomain"):
            found = answers.ask(name, "AAAA")
        if found.status in ("timeout", "servfail", "not_asked"):
            unknown.append(f"{name} ({found.status.replace('_', ' ')})")
        yield from _server(domain, name, found, answers)
    if unknown:
        yield Check(
            id="zone/ns-address", subject=domain, state="unknown",
            text=f"Where these name servers stand is not known: {', '.join(unknown)}.",
        )  # fmt: skip


def _server(domain: str, name: str, found: Asked, answers: Answers) -> Iterator[Check]:
    """One server: it exists, is no alias, and stands at an address that the Internet reaches."""
    if found.status in ("ok", "nodata", "nxdomain") and (alias := answers.ask(name, "CNAME")).status == "ok":
        yield Check(
            id="zone/ns-cname", subject=name, state="problem", record=alias.records[0], citations=alias.citations,
            text="The name server is an alias.", why="Resolvers may refuse to follow it.",
            remedy="Name the host itself in the NS record.", reference="RFC 2181 section 10.3",
        )  # fmt: skip
    if found.status in ("nodata", "nxdomain"):
        inside = within(name, domain)
        yield Check(
            id="zone/ns-address", subject=name, state="problem", citations=found.citations,
            text="The name server has no address: a part of all questions about the domain is answered late or never.",
            why="Its name lies in the zone itself, so that only glue at the parent could still lead there."
            if inside else "Whoever registers the name can answer for the domain, and take its mail.",
            remedy="Publish an address, or take the NS record out here and at the parent.",
            reference="RFC 1912 section 2.8" if not inside else "RFC 1912 section 2.3",
        )  # fmt: skip
    private = [address for address in sorted(found.records) if not is_public(address)]
    if found.status == "ok" and private:
        yield Check(
            id="zone/ns-private-address", subject=name, state="problem", record=private[0], citations=found.citations,
            text="The name server's address is private or reserved: the Internet cannot reach it.",
            remedy="Publish a public address.", reference="RFC 6890",
        )  # fmt: skip


def _start(domain: str, asked: Asked) -> Iterator[Check]:
    soa = read_soa(asked.records[0]) if asked.status == "ok" and len(asked.records) == 1 else None
    if soa is None:
        return
    for where, text, why in _contradictions(soa):
        yield Check(
            id="zone/soa-timers", subject=domain, state="warning", text=text, where=where, record=asked.records[0],
            why=why, remedy="Let retry be a fraction of refresh, and expire several times both.", reference=_TIMERS,
            citations=asked.citations,
        )  # fmt: skip
    for field, advised in _RANGES.items():
        given = getattr(soa, field)
        if advised.low_s <= given <= advised.high_s:
            continue
        side, follows = ("below", advised.below) if given < advised.low_s else ("above", advised.above)
        yield Check(
            id="zone/soa-advice", subject=domain, state="ok", where=f"{advised.label} {given}",
            text=f"{advised.label.capitalize()} is {given:,} s, {side} the {advised.advised} advised: {follows}.",
            reference=advised.reference, citations=asked.citations,
        )  # fmt: skip
    yield Check(
        id="zone/soa-serial", subject=domain, state="ok", where=f"serial {soa.serial}", text=_serial(soa.serial),
        reference=_TIMERS, citations=asked.citations,
    )  # fmt: skip


def _contradictions(soa: Soa) -> Iterator[tuple[str, str, str]]:
    """Timers that defeat each other: the place, what is wrong, and what follows."""
    if soa.retry_s >= soa.refresh_s:
        yield (
            f"retry {soa.retry_s}", f"Retry ({soa.retry_s:,} s) is no shorter than refresh ({soa.refresh_s:,} s).",
            "A secondary that missed an update tries again no sooner than it would have asked anyway.",
        )  # fmt: skip
    if soa.expire_s <= soa.refresh_s + soa.retry_s:
        yield (
            f"expire {soa.expire_s}",
            f"Expire ({soa.expire_s:,} s) is no longer than refresh and retry together "
            f"({soa.refresh_s + soa.retry_s:,} s).",
            "One failed update and the secondaries stop answering: the domain has no mail records then.",
        )  # fmt: skip


def _serial(serial: int) -> str:
    found = _DATED.fullmatch(str(serial))
    if found is None:
        return f"The zone's serial number is {serial}: a count, or a time in seconds."
    return f"The serial number reads as change {found['change']} of {found['year']}-{found['month']}-{found['day']}."
