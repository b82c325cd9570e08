"""Names and addresses of a hop's client held against the DNS records of the case, those of the day of the hop first.

What the records say is a note of the hop and changes no grade: a name may have moved, and records may be of other days.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from forensics.analysis.recorded_answers import RecordedAnswers, Sighting
from forensics.model.case_file import CitationPart
from forensics.protocols import address_text
from forensics.protocols.received import ReceivedHop

MAX_SHOWN = 5
"""Addresses or names that a note lists."""


class NameNotes(NamedTuple):
    """What the records say of a hop's client, and where they say it."""

    notes: tuple[str, ...] = ()
    citations: tuple[CitationPart, ...] = ()


class _Held(NamedTuple):
    """The data of the records that count, the words for when they were seen, and where they are."""

    data: tuple[str, ...]
    when: str
    citations: tuple[CitationPart, ...]


def check(hop: ReceivedHop, answers: RecordedAnswers) -> NameNotes:
    """Hold the names that a field gives its client against the address that it gives, by the records of the case."""
    client = address_text.canonical(hop.from_ip) if hop.from_ip else None
    if client is None or answers.is_empty:
        return NameNotes()
    notes, cited = list[str](), list[CitationPart]()
    for note, held in _found(hop, client, answers):
        notes.append(note)
        cited += held.citations[:MAX_SHOWN]
    return NameNotes(tuple(notes), tuple(dict.fromkeys(cited)))


def _found(hop: ReceivedHop, client: str, answers: RecordedAnswers) -> Iterator[tuple[str, _Held]]:
    qtype = "AAAA" if ":" in client else "A"
    names = [name.lower().strip(".") for name in (hop.from_rdns, hop.from_helo) if name]
    for name in dict.fromkeys(name for name in names if "." in name and address_text.canonical(name) is None):
        held = _held(answers.history(name, qtype), hop.ts)
        if held is None:
            continue
        addresses = [address_text.canonical(text) or text for text in held.data]
        if client in addresses:
            yield f"{name} has the address {client} in records {held.when}", held
        else:
            yield f"{name} has {_listed(addresses)} in records {held.when}, not {client}", held
    held = _held(answers.history(ipaddress.ip_address(client).reverse_pointer, "PTR"), hop.ts)
    if held is not None:
        reverse = [text.rstrip(".").lower() for text in held.data]
        said = hop.from_rdns.lower().strip(".") if hop.from_rdns else None
        differs = "" if said is None or said in reverse else f", not {said}"
        yield f"the name of {client} is {_listed(reverse)} in records {held.when}{differs}", held


def _held(seen: Iterable[Sighting], moment: datetime | None) -> _Held | None:
    """The records that were seen on the day of the hop, else all; None where there are none."""
    records = [one for one in seen if one.rdata is not None]
    if not records:
        return None
    then = [one for one in records if moment is not None and one.spans(moment)]
    data = tuple(dict.fromkeys(one.rdata for one in then or records if one.rdata is not None))
    when = (
        "of that day"
        if then
        else "of other days"
        if any(one.first is not None for one in records)
        else "without a date"
    )
    return _Held(data, when, tuple(one.citation for one in then or records))


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - MAX_SHOWN} more" if len(texts) > MAX_SHOWN else ""
    return ", ".join(texts[:MAX_SHOWN]) + more
