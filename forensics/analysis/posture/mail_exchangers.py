"""Where mail for the domain is to go: MX, their addresses and reverse names (RFC 5321 section 5.1, RFC 7505)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from forensics.analysis.recorded_answers import Answers
from forensics.model.posture import Asked, Check
from forensics.protocols.address_scope import is_public
from forensics.protocols.address_text import canonical

MAX_SHOWN = 40
"""MX records that are shown."""
MAX_EXCHANGERS = 10
"""Exchangers whose addresses are looked at."""
MAX_ADDRESSES = 6
"""Addresses of one exchanger and type that are looked at."""
MAX_NAMES = 3
"""Reverse names of one address that are followed back."""


class Exchangers(NamedTuple):
    """What MX says: `receives` None where it is not known."""

    checks: tuple[Check, ...]
    receives: bool | None
    hosts: tuple[str, ...] = ()
    null: bool = False


def check(domain: str, answers: Answers) -> Exchangers:
    """Judge the exchangers of the domain."""
    asked = answers.ask(domain, "MX")
    if asked.status in ("nodata", "nxdomain"):
        return _without(domain, asked, answers)
    if asked.status != "ok":
        text = f"MX of {domain}: {asked.status.replace('_', ' ')}. {asked.note or ''}".strip()
        return Exchangers((Check(id="mx/record", subject=domain, state="unknown", text=text),), None)
    wanted = sorted(_preference(record) for record in asked.records)
    if any(host == "" for _, host in wanted):
        return _null(domain, asked, wanted)
    checks = [
        Check(
            id="mx/record", subject=domain, state="ok", record=record, text="Mail is to go there.",
            reference="RFC 5321 section 5.1", citations=asked.citations,
        )
        for record in sorted(asked.records, key=_preference)[:MAX_SHOWN]
    ]  # fmt: skip
    if len(asked.records) > MAX_SHOWN:
        checks.append(_crowd(domain, asked))
    checks += _oddities(domain, asked, [host for _, host in wanted])
    reachable: list[bool | None] = []
    hosts = tuple(dict.fromkeys(host for _, host in wanted))
    for host in hosts[:MAX_EXCHANGERS]:
        found = list(_host(host, answers, reachable))
        checks += found
    receives = True if True in reachable else None if None in reachable else False
    return Exchangers(tuple(checks), receives, hosts)


def _crowd(domain: str, asked: Asked) -> Check:
    return Check(
        id="mx/count", subject=domain, state="warning",
        text=f"{len(asked.records)} MX records: few senders try so many.",
        why=f"SPF ends in permerror where its mx term meets more than 10; here the first {MAX_SHOWN} are shown.",
        remedy="Name a few exchangers, with several addresses each.", reference="RFC 7208 section 4.6.4",
        citations=asked.citations,
    )  # fmt: skip


def _oddities(domain: str, asked: Asked, hosts: list[str]) -> Iterator[Check]:
    """Exchangers that are named twice, and addresses where a name belongs."""
    for host in dict.fromkeys(hosts):
        if hosts.count(host) > 1:
            yield Check(
                id="mx/duplicate", subject=domain, state="warning", record=host, citations=asked.citations,
                text="The same exchanger stands in more than one MX record.",
                why="A second try goes to the server that just failed.", remedy="Leave one record for each exchanger.",
                reference="RFC 5321 section 5.1",
            )  # fmt: skip
        if canonical(host):
            yield Check(
                id="mx/literal", subject=domain, state="problem", record=host, citations=asked.citations,
                text="The exchanger is an address: it is looked up as a name, and there is none of that kind.",
                remedy="Name a host, and publish its address.", reference="RFC 1035 section 3.3.9",
            )  # fmt: skip


def _preference(record: str) -> tuple[int, str]:
    number, _, host = record.partition(" ")
    return (int(number) if number.isdigit() else 65_536, host.strip().rstrip(".").lower())


def _null(domain: str, asked: Asked, wanted: list[tuple[int, str]]) -> Exchangers:
    alone = len(wanted) == 1
    text = "Null MX: the domain accepts no mail." if alone else "A null MX stands beside other MX records."
    found = Check(
        id="mx/null", subject=domain, state="ok" if alone else "problem", record=", ".join(asked.records), text=text,
        remedy=None if alone else "Remove either the null MX or the others.", reference="RFC 7505 section 3",
        citations=asked.citations,
    )  # fmt: skip
    return Exchangers((found,), False if alone else None, null=alone)


def _without(domain: str, asked: Asked, answers: Answers) -> Exchangers:
    """RFC 5321 section 5.1: without MX the domain itself is the exchanger."""
    addresses = [answers.ask(domain, qtype) for qtype in ("A", "AAAA")]
    if any(found.status == "ok" for found in addresses):
        text, receives = "No MX: mail goes to the address of the domain itself.", True
    elif all(found.status in ("nodata", "nxdomain") for found in addresses):
        text, receives = "No MX and no address: mail cannot be delivered to it.", False
    else:
        text, receives = "No MX; whether the domain has an address is not known.", None
    found = Check(
        id="mx/record", subject=domain, state="absent", text=text, reference="RFC 5321 section 5.1",
        remedy="Publish MX, or a null MX (0 .) where no mail is wanted.", citations=asked.citations,
    )  # fmt: skip
    return Exchangers((found,), receives, (domain,) if receives else ())


def _host(host: str, answers: Answers, reachable: list[bool | None]) -> Iterator[Check]:
    """One exchanger: no alias, with addresses that anyone can reach, and names that lead back."""
    found = [answers.ask(host, qtype) for qtype in ("A", "AAAA")]
    alias = answers.ask(host, "CNAME")
    if alias.status == "ok":
        yield Check(
            id="mx/cname", subject=host, state="problem", record=alias.records[0], text="The exchanger is an alias.",
            why="Some servers refuse to deliver to it.", remedy="Name the host itself in the MX record.",
            reference="RFC 2181 section 10.3", citations=alias.citations,
        )  # fmt: skip
    addresses = [address for asked in found for address in asked.records]
    if not addresses:
        known = all(asked.status in ("nodata", "nxdomain") for asked in found)
        reachable.append(False if known else None)
        yield Check(
            id="mx/address", subject=host, state="problem" if known else "unknown",
            text="The exchanger has no address." if known else f"Its addresses are not known ({_status(found[0])}).",
            remedy="Publish an address, or remove the MX record." if known else None, reference="RFC 5321 section 5.1",
            citations=tuple(c for asked in found for c in asked.citations),
        )  # fmt: skip
        return
    public = [address for address in addresses if is_public(address)]
    reachable.append(bool(public))
    for asked in found:
        for address in sorted(asked.records)[:MAX_ADDRESSES]:  # answers come in any order; a replay takes the same
            yield from _address(host, address, asked, answers)


def _address(host: str, address: str, asked: Asked, answers: Answers) -> Iterator[Check]:
    if not is_public(address):
        yield Check(
            id="mx/private-address", subject=host, state="problem", record=address, citations=asked.citations,
            text="The exchanger's address is private or reserved: the Internet cannot reach it.",
            remedy="Publish a public address.", reference="RFC 6890",
        )  # fmt: skip
    try:
        reverse = ipaddress.ip_address(address).reverse_pointer
    except ValueError:
        return
    names = answers.ask(reverse, "PTR")
    if names.status in ("nodata", "nxdomain"):
        yield Check(
            id="mx/reverse-name", subject=host, state="warning", record=address,
            text="The address has no reverse name.",
            why="Many receivers refuse mail from such an address.",
            remedy="Have the network's owner publish a PTR record.",
            reference="RFC 1912 section 2.1", citations=names.citations,
        )  # fmt: skip
    elif names.status == "ok":
        kind = "AAAA" if ":" in address else "A"
        back = [answers.ask(name.rstrip(".").lower(), kind) for name in sorted(names.records)[:MAX_NAMES]]
        if any(address in found.records for found in back):
            return
        known = all(found.status in ("ok", "nodata", "nxdomain") for found in back)
        yield Check(
            id="mx/reverse-name", subject=host, state="warning" if known else "unknown",
            record=f"{address} {min(names.records)}",
            text="The reverse name does not lead back to the address."
            if known else "Whether the reverse name leads back to the address is not known.",
            why="Many receivers distrust a server whose names do not agree." if known else None,
            remedy="Have PTR and address name each other." if known else None,
            reference="RFC 1912 section 2.1", citations=names.citations,
        )  # fmt: skip


def _status(asked: Asked) -> str:
    return asked.status.replace("_", " ")
