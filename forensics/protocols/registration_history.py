"""The history of a registration out of dated answers: intervals per field, and what happened between two of them.

Every answer speaks for its own moment alone. An interval lasts from the first to the last answer that agree, and what
was there between two answers is not known: a change is placed between them, never on a day. Where two answers of one
moment disagree, both stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

EventKind = Literal[
    "registered", "renewal", "transfer", "registrant_changed", "name_servers_moved", "privacy_switched_on",
    "privacy_switched_off", "expiry_passed", "drop", "re_registration",
]  # fmt: skip
_MOVES: tuple[tuple[str, EventKind, str], ...] = (
    ("registrar", "transfer", "Registrar"),
    ("registrant", "registrant_changed", "Registrant"),
    ("name_servers", "name_servers_moved", "Name servers"),
)
FIELDS = ("status", "registrar", "registrant", "created", "expires", "name_servers", "statuses")
GAP = timedelta(days=400)
"""Two answers that agree and lie further apart leave a gap: a drop and a new registration fit in between."""
SAME_DAY = timedelta(days=2)
"""Dates closer than this may be one date, of which a registry wrote only the day, in its own zone."""
MOMENT = timedelta(minutes=10)
"""Answers closer than this, as of one asking, speak of one moment: where they differ, they disagree."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer about one domain at one moment, fields as text; `source` tells where it comes from.

    A field that the answer does not state, or hides, is None. `origin` is the server that gave it, where that is known.
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
    origin: str | None = None

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
    lives = tuple(_lives(ordered))
    intervals = (
        *_intervals("status", ordered),
        *(i for f in FIELDS[1:] for life in lives for i in _intervals(f, life)),
    )
    events = tuple(_story(ordered))
    first, last = (ordered[0].at, ordered[-1].at) if ordered else (None, None)
    return History(intervals, events, tuple(_disagreements(ordered)), first, last)


def at(history: History, field: str, moment: datetime) -> tuple[str | None, str]:
    """The value of a field at a moment, and what that rests on; None where no answer shows it.

    A moment inside an interval is told to lie between two answers that agree; outside of any it is unknown.
    """
    own = [interval for interval in history.intervals if interval.field == field]
    around = [interval for interval in own if interval.first_seen <= moment <= interval.last_seen]
    if len({interval.value for interval in around}) > 1:
        return None, "sources disagree: " + "; ".join(f"{i.value} by {', '.join(i.sources)}" for i in around)
    for interval in around:
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


def _lives(ordered: Sequence[Snapshot]) -> Iterator[list[Snapshot]]:
    """The answers of one registration after the other: no interval reaches over a drop."""
    life: list[Snapshot] = []
    created: datetime | None = None
    for shot in ordered:
        gone = shot.status == "not_found"
        if life and (gone or _later(created, shot.created)):
            yield life
            life, created = [], None
        if not gone:
            life.append(shot)
            created = shot.created or created
    if life:
        yield life


def _story(ordered: Sequence[Snapshot]) -> Iterator[Event]:
    """What each answer shows to have happened since the last one that stated the field."""
    known, ended = _Known(), _Known()
    for shot in ordered:
        last = known.before("status", shot)
        if last is not None:
            fresh = _turn(last, shot, known, ended)
            if fresh is not None:
                yield fresh
                ended, known = known, _Known()
            else:
                yield from _changes(known, shot)
        held = shot.status == "registered"
        known.learn(shot, [*FIELDS, "redacted"] if held else ["status"])


class _Known:
    """The last answers that stated each field, of all sources and of each server."""

    def __init__(self) -> None:
        self._last: dict[tuple[str | None, str], Snapshot] = {}

    def learn(self, shot: Snapshot, fields: Sequence[str]) -> None:
        """Take what an answer states."""
        for field in fields:
            if shot.value(field) is not None:
                self._last[None, field] = self._last[shot.origin, field] = shot

    def last(self, field: str) -> Snapshot | None:
        """The last answer that stated the field."""
        return self._last.get((None, field))

    def before(self, field: str, shot: Snapshot) -> Snapshot | None:
        """The answer of an earlier moment that another is held against: of the same server, if that was asked then."""
        last = self.last(field)
        if last is None or last.at == shot.at or (shot.origin and last.origin and shot.at - last.at <= MOMENT):
            return None
        own = self._last.get((shot.origin, field))
        return own if own is not None and last.at - own.at <= MOMENT else last


def _turn(last: Snapshot, shot: Snapshot, known: _Known, ended: _Known) -> Event | None:
    """A drop, a registration or a new registration between two answers."""
    if last.status == "registered" and shot.status == "not_found":
        return _event("drop", last, shot, "The registry no longer held the name.")
    if shot.status != "registered":
        return None
    dated = f" The registry dates it {_day(shot.created)}." if shot.created else ""
    if last.status == "not_found":
        earlier = ended.last("created")
        if earlier and shot.created and not _later(earlier.created, shot.created):
            return _event("registered", last, shot, f"Held again, as before the answer that did not find it.{dated}")
        kind: EventKind = "re_registration" if ended.last("status") else "registered"
        return _event(kind, last, shot, f"The name was registered.{dated}")
    before = known.before("created", shot)
    if before and shot.created and _later(before.created, shot.created):
        text = f"Registered anew on {_day(shot.created)}: the name had been dropped or deleted in between."
        return _event("re_registration", before, shot, text)
    return None


def _changes(known: _Known, shot: Snapshot) -> Iterator[Event]:
    expires = known.before("expires", shot)
    if expires and expires.expires and shot.expires and _later(expires.expires, shot.expires):
        text = f"Paid until {_day(shot.expires)}, before until {_day(expires.expires)}."
        yield _event("renewal", expires, shot, text)
    for field, kind, label in _MOVES:
        before, after = known.before(field, shot), shot.value(field)
        value = before.value(field) if before else None
        if before and value and after and _folded(value) != _folded(after):
            yield _event(kind, before, shot, f"{label} {value}, then {after}.")
    hidden = known.before("redacted", shot)
    if hidden and shot.redacted and not hidden.redacted:
        yield _event(
            "privacy_switched_on", hidden, shot, "The registry hides what it showed before; that is no removal."
        )
    if hidden and hidden.redacted and not shot.redacted and shot.status == "registered":
        yield _event("privacy_switched_off", hidden, shot, "The registry shows what it hid before.")


def _event(kind: EventKind, before: Snapshot, after: Snapshot, text: str) -> Event:
    return Event(kind, before.at, after.at, text, (before.source, after.source))


def _later(before: datetime | None, after: datetime | None) -> bool:
    return before is not None and after is not None and after - before > SAME_DAY


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
