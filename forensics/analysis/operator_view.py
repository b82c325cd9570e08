"""Who could change what of a domain: registrant, registrar, DNS, mail, network and reverse names side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from forensics.analysis.operators import OperatorRecord
from forensics.analysis.times import DAY_NS, rfc3339, start_of
from forensics.model.case_file import CitationPart
from forensics.model.registration_report import FieldAt, IntervalPart, NamedPart, OperatorPart

MAX_NAMED = 200
"""Names of one role that are told."""


class _Role(NamedTuple):
    title: str
    kinds: tuple[str, ...]
    can: str
    cannot: str


_ROLES = (
    _Role(
        "registrant", ("registrant",),
        "renew the name or give it up, move it to another registrar, have other name servers entered",
        "by that alone read or send mail, or log in to a server",
    ),
    _Role(
        "registrar", ("registrar",),
        "enter, change or lock the delegation and the contacts, hold or release a transfer",
        "read mail or act on a server, unless it changes where the name leads",
    ),
    _Role(
        "DNS operator", ("ns",),
        "point mail, SPF and DKIM anywhere from then on, also for a short time",
        "read what a mail server holds already, or change the registration",
    ),
    _Role(
        "mail operator", ("mx", "spf_include", "dkim_cname"),
        "take, keep, read and send mail in the domain's name, delete or keep its logs",
        "change the registration, or where mail goes, unless it runs the DNS as well",
    ),
    _Role(
        "network owner", ("network",),
        "cut off, reroute or record the traffic of its block, and say to whom it gave an address",
        "read what is encrypted, or change records of the domain",
    ),
    _Role(
        "reverse name", ("ptr",),
        "be any name that the holder of the address block, or whom it delegates to, writes",
        "show that the domain it names agrees, unless that name leads back to the address",
    ),
)  # fmt: skip


def build(
    found: Sequence[OperatorRecord],
    intervals: Iterable[IntervalPart],
    on_the_day: Sequence[FieldAt],
    as_of: date | None,
) -> tuple[OperatorPart, ...]:
    """The roles with the names that records give them, on a day where one is named; none where there is no such record.

    Names of the registration come from its history, the others from records seen on the day, or at any time.
    """
    wanted = [one for one in found if as_of is None or _seen_on(one, as_of)]
    operational = {kind for role in _ROLES[2:] for kind in role.kinds}
    if not any(one.kind in operational for one in found):
        return ()
    held = {one.domain: one.value for one in found if one.kind == "party"}
    named = [*_of_history(intervals, on_the_day, as_of), *_of_records(wanted, held)]
    return tuple(
        OperatorPart(
            role=role.title, named=tuple(one for one in named if one.kind in role.kinds)[:MAX_NAMED],
            can=role.can, cannot=role.cannot,
        )
        for role in _ROLES
    )  # fmt: skip


def _of_history(
    intervals: Iterable[IntervalPart], on_the_day: Sequence[FieldAt], as_of: date | None
) -> list[NamedPart]:
    spans = [one for one in intervals if one.field in ("registrant", "registrar")]
    if as_of is not None:
        known = {(on.field, on.value) for on in on_the_day if on.value is not None}
        day = as_of.isoformat()
        spans = [
            one for one in spans if (one.field, one.value) in known and one.first_seen[:10] <= day <= one.last_seen
        ]
    return [
        NamedPart(kind=one.field, value=one.value, first_seen=one.first_seen, last_seen=one.last_seen) for one in spans
    ]


def _of_records(found: Iterable[OperatorRecord], held: dict[str | None, str]) -> list[NamedPart]:
    """Each name once, from when it was first to when it was last seen."""
    grouped: dict[tuple[str, str], list[OperatorRecord]] = {}
    for one in found:
        if one.kind not in ("registrant", "registrar", "party"):
            grouped.setdefault((one.kind, one.value), []).append(one)
    return [
        NamedPart(
            kind=kind, value=value, owner=rows[0].owner, other=rows[0].other, held_by=held.get(rows[0].domain),
            first_seen=rfc3339(min((one.ts for one in rows if one.ts is not None), default=None)),
            last_seen=rfc3339(max((last for one in rows if (last := one.last) is not None), default=None)),
            citation=CitationPart(
                evidence=f"E{rows[0].evidence}", record_no=rows[0].record_no, offset=rows[0].offset,
                length=rows[0].length,
            ),
        )
        for (kind, value), rows in grouped.items()
    ]  # fmt: skip


def _seen_on(one: OperatorRecord, day: date) -> bool:
    return one.seen_within(start_of(day), start_of(day) + DAY_NS - 1)
