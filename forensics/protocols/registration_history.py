"""The history of a registration out of dated answers: intervals per field, and what happened between two of them.

Every answer speaks for its own moment alone. An interval lasts from the first to the last answer that agree, and what
was there between two answers is not known: a change is placed between them, never on a day. Where two answers of one
moment disagree, both stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

EventKind = Literal[
    "registered", "renewal", "transfer", "registrant_changed", "name_servers_moved", "privacy_switched_on",
    "privacy_switched_off", "expiry_passed", "drop", "re_registration",
]  # fmt: skip
_Maker = Callable[["EventKind", str], "Event"]
FIELDS = ("status", "registrar", "registrant", "created", "expires", "name_servers", "statuses")
GAP = timedelta(days=400)
"""Two answers that agree and lie further apart leave a gap: a drop and a new registration fit in between."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer about one domain at one moment, fields as text; `source` tells where it comes from.

    A field that the answer does not state, or hides, is None.
    """

    at: datetime
    source: str
    status: str
    registrar: str | None = None
    registrant: str | None = None
    created: datetime | None = None
    expires: datetime | None = None
    name_servers: str | None = None
    statuses: str | None = None
    redacted: bool = False

    def value(self, field: str) -> str | None:
        """A field as text; dates as RFC 3339."""
        found = getattr(self, field)
        return found.isoformat() if isinstance(found, datetime) else found


@dataclass(frozen=True, slots=True)
class Interval:
    """One value of one field, from the first to the last answer that gave it without another in between."""

    field: str
    value: str
    first_seen: datetime
    last_seen: datetime
    sources: tuple[str, ...]
    gaps: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened after one answer and not later than another."""

    kind: EventKind
    after: datetime
    by: datetime
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The intervals of each field in the order of time, the events, and where sources disagree."""

    intervals: tuple[Interval, ...]
    events: tuple[Event, ...]
    disagreements: tuple[str, ...]
    first: datetime | None
    last: datetime | None


def build(snapshots: Sequence[Snapshot]) -> History:
    """Merge answers about one domain.

    Args:
        snapshots: in any order, each with an aware time; those that were refused or could not be read say nothing and
            are left out by the caller.
    """
    ordered = sorted(snapshots, key=lambda shot: (shot.at, shot.source))
    intervals = tuple(interval for field in FIELDS for interval in _intervals(field, ordered))
    pairs = pairwise(ordered)
    events = tuple(event for before, after in pairs if before.at < after.at for event in _events(before, after))
    first, last = (ordered[0].at, ordered[-1].at) if ordered else (None, None)
    return History(intervals, events, tuple(_disagreements(ordered)), first, last)


def at(history: History, field: str, moment: datetime) -> tuple[str | None, str]:
    """The value of a field at a moment, and what that rests on; None where no answer shows it.

    A moment inside an interval is told to lie between two answers that agree; outside of any it is unknown.
    """
    own = [interval for interval in history.intervals if interval.field == field]
    for interval in own:
        if interval.first_seen <= moment <= interval.last_seen:
            if any(start < moment < end for start, end in interval.gaps):
                return None, f"unknown: a gap between answers that give {interval.value}"
            return interval.value, f"seen from {_day(interval.first_seen)} to {_day(interval.last_seen)}"
    before = max((i for i in own if i.last_seen < moment), key=lambda i: i.last_seen, default=None)
    after = min((i for i in own if i.first_seen > moment), key=lambda i: i.first_seen, default=None)
    parts = [f"last seen before: {before.value} on {_day(before.last_seen)}"] if before else []
    parts += [f"first seen after: {after.value} on {_day(after.first_seen)}"] if after else []
    return None, f"unknown; {'; '.join(parts) or 'no answer gives it'}"


def _intervals(field: str, ordered: Sequence[Snapshot]) -> Iterator[Interval]:
    held: Interval | None = None
    for shot in ordered:
        value = shot.value(field)
        if value is None:
            continue
        if held is not None and held.value == value:
            gap = ((held.last_seen, shot.at),) if shot.at - held.last_seen > GAP else ()
            sources = tuple(dict.fromkeys((*held.sources, shot.source)))
            held = Interval(field, value, held.first_seen, shot.at, sources, (*held.gaps, *gap))
            continue
        if held is not None:
            yield held
        held = Interval(field, value, shot.at, shot.at, (shot.source,))
    if held is not None:
        yield held


def _events(before: Snapshot, after: Snapshot) -> Iterator[Event]:
    """What the second of two neighbouring answers shows to have happened since the first."""

    def event(kind: EventKind, text: str) -> Event:
        return Event(kind, before.at, after.at, text, (before.source, after.source))

    if before.status == "registered" and after.status == "not_found":
        yield event("drop", "The registry no longer held the name.")
        return
    if before.status == "not_found" and after.status == "registered":
        created = f" The registry dates it {_day(after.created)}." if after.created else ""
        yield event("registered", f"The name was registered.{created}")
        return
    if before.status != "registered" or after.status != "registered":
        return
    if before.created and after.created and after.created > before.created:
        text = f"Registered anew on {_day(after.created)}: the name had been dropped or deleted in between."
        yield event("re_registration", text)
    if before.expires and after.expires and after.expires > before.expires:
        yield event("renewal", f"Paid until {_day(after.expires)}, before until {_day(before.expires)}.")
    yield from _changes(before, after, event)


def _changes(before: Snapshot, after: Snapshot, event: _Maker) -> Iterator[Event]:
    if before.registrar and after.registrar and _folded(before.registrar) != _folded(after.registrar):
        yield event("transfer", f"Registrar {before.registrar}, then {after.registrar}.")
    if before.registrant and after.registrant and _folded(before.registrant) != _folded(after.registrant):
        yield event("registrant_changed", f"Registrant {before.registrant}, then {after.registrant}.")
    if before.name_servers and after.name_servers and before.name_servers != after.name_servers:
        yield event("name_servers_moved", f"Name servers {before.name_servers}, then {after.name_servers}.")
    if not before.redacted and after.redacted:
        yield event("privacy_switched_on", "The registry hides what it showed before; that is no removal.")
    if before.redacted and not after.redacted:
        yield event("privacy_switched_off", "The registry shows what it hid before.")


def _disagreements(ordered: Sequence[Snapshot]) -> Iterator[str]:
    """Answers of one day that contradict each other."""
    for before, after in pairwise(ordered):
        if after.at.date() != before.at.date() or after.source == before.source:
            continue
        for field in FIELDS:
            values = (before.value(field), after.value(field))
            if None not in values and values[0] != values[1]:
                yield f"{_day(after.at)}: {field} is {values[0]} by {before.source}, {values[1]} by {after.source}"


def _folded(text: str) -> str:
    """A name without what registries write differently: case, blanks, commas and points."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
