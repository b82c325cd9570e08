"""The history of a registration out of dated answers: intervals per field, and what happened between two of them.

Every answer speaks for its own moment alone. An interval lasts from the first to the last answer that agree, and what
was there between two answers is not known: a change is placed between them, never on a day. Where answers of one day
disagree, all stand: their intervals run beside each other, and no change is told before every answer tells it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from forensics.protocols.registration_events import Event, told
from forensics.protocols.registration_snapshot import FIELDS, Snapshot, all_later, comparable, day_of, days_of

__all__ = ["FIELDS", "Event", "History", "Interval", "OnDay", "Snapshot", "at", "build"]

Basis = Literal["answer", "between", "disagreement", "unknown"]
"""What a value on a day rests on: answers of the day, answers before and after it that agree, or nothing."""
GAP = timedelta(days=400)
"""Two answers that agree and lie further apart leave a gap: a drop and a new registration fit in between."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One value of one field, from the first to the last answer that gave it without another in between.

    `value` is as the first of them wrote it; `seen` are the moments of all of them.
    """

    field: str
    value: str
    first_seen: datetime
    last_seen: datetime
    sources: tuple[str, ...]
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    seen: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """The intervals of each field in the order of time, the events, and where sources disagree."""

    intervals: tuple[Interval, ...]
    events: tuple[Event, ...]
    disagreements: tuple[str, ...]
    first: datetime | None
    last: datetime | None


class OnDay(NamedTuple):
    """A field on a day: None where no answer shows it, what the value rests on, and that in a sentence."""

    value: str | None
    basis: Basis
    text: str


def build(snapshots: Sequence[Snapshot]) -> History:
    """Merge answers about one domain.

    Args:
        snapshots: in any order, each with an aware time; those that were refused or could not be read say nothing and
            are left out by the caller. Of one source, those of one moment are in the order in which it gives them.
    """
    days = list(days_of(sorted(snapshots, key=lambda shot: (shot.at, shot.source))))
    lives = tuple(_lives(days))
    intervals = (*_intervals("status", days), *(i for f in FIELDS[1:] for life in lives for i in _intervals(f, life)))
    first, last = (days[0][0].at, days[-1][-1].at) if days else (None, None)
    return History(intervals, tuple(told(days)), tuple(_disagreements(days)), first, last)


def at(history: History, field: str, moment: datetime) -> OnDay:
    """A field on the day of a moment, and what that rests on; None where no answer shows it.

    A day between two answers that agree is told to be just that; in a gap or outside of any interval it is unknown.
    """
    day = moment.date()
    own = [interval for interval in history.intervals if interval.field == field]
    around = [interval for interval in own if interval.first_seen.date() <= day <= interval.last_seen.date()]
    if len(around) > 1:
        said = "; ".join(f"{i.value} by {', '.join(i.sources)}" for i in around)
        return OnDay(None, "disagreement", f"sources disagree: {said}")
    for interval in around:
        if any(seen.date() == day for seen in interval.seen):
            return OnDay(interval.value, "answer", f"answered on {day}")
        if any(start.date() < day < end.date() for start, end in interval.gaps):
            return OnDay(None, "unknown", f"unknown: a gap between answers that give {interval.value}")
        before = max(seen for seen in interval.seen if seen.date() < day)
        after = min(seen for seen in interval.seen if seen.date() > day)
        text = f"no answer of that day; those of {day_of(before)} and {day_of(after)} agree"
        return OnDay(interval.value, "between", text)
    earlier = max((i for i in own if i.last_seen.date() < day), key=lambda i: i.last_seen, default=None)
    later = min((i for i in own if i.first_seen.date() > day), key=lambda i: i.first_seen, default=None)
    parts = [f"last seen before: {earlier.value} on {day_of(earlier.last_seen)}"] if earlier else []
    parts += [f"first seen after: {later.value} on {day_of(later.first_seen)}"] if later else []
    return OnDay(None, "unknown", f"unknown; {'; '.join(parts) or 'no answer gives it'}")


@dataclass(slots=True)
class _Held:
    """An interval that is still growing."""

    value: str
    sources: dict[str, None]
    seen: list[datetime] = field(default_factory=list)
    gaps: list[tuple[datetime, datetime]] = field(default_factory=list)

    def add(self, shot: Snapshot) -> None:
        if self.seen and shot.at - self.seen[-1] > GAP:
            self.gaps.append((self.seen[-1], shot.at))
        if not self.seen or shot.at > self.seen[-1]:
            self.seen.append(shot.at)
        self.sources[shot.source] = None

    def closed(self, name: str) -> Interval:
        ends = self.seen[0], self.seen[-1]
        return Interval(name, self.value, *ends, tuple(self.sources), tuple(self.gaps), tuple(self.seen))


def _intervals(name: str, days: Sequence[Sequence[Snapshot]]) -> list[Interval]:
    held: dict[Hashable, _Held] = {}
    done: list[Interval] = []
    for day in days:
        said: dict[Hashable, _Held] = {}
        for shot in day:
            value = shot.value(name)
            if value is None:
                continue
            key = _key(name, shot, said) or _key(name, shot, held) or comparable(name, shot)
            if key not in said:
                said[key] = held.pop(key) if key in held else _Held(value, {})
            said[key].add(shot)
        if said:
            done += [interval.closed(name) for interval in held.values()]
            held = said
    done += [interval.closed(name) for interval in held.values()]
    return sorted(done, key=lambda interval: (interval.first_seen, interval.last_seen))


def _key(name: str, shot: Snapshot, held: dict[Hashable, _Held]) -> Hashable | None:
    """The key of the held value that this one agrees with."""
    written = comparable(name, shot)
    near = (written, *(written + step for step in (-1, 1))) if isinstance(written, int) else (written,)
    return next((key for key in near if key in held), None)


def _lives(days: Sequence[list[Snapshot]]) -> Iterator[list[list[Snapshot]]]:
    """The answers of one registration after the other: no interval reaches over a drop."""
    life: list[list[Snapshot]] = []
    created: tuple[datetime, ...] = ()
    for day in days:
        gone = all(shot.status == "not_found" for shot in day)
        found = tuple(shot.created for shot in day if shot.created)
        if life and (gone or all_later(created, found)):
            yield life
            life, created = [], ()
        if not gone:
            life.append(day)
            created = found or created
    if life:
        yield life


def _disagreements(days: Sequence[Sequence[Snapshot]]) -> Iterator[str]:
    """What the answers of one day contradict each other in, each value with the answers that give it."""
    for day in days:
        for name in FIELDS if len(day) > 1 else ():
            given: dict[Hashable, _Held] = {}
            for shot in day:
                value = shot.value(name)
                if value is not None:
                    key = _key(name, shot, given) or comparable(name, shot)
                    given.setdefault(key, _Held(value, {})).add(shot)
            if len(given) > 1:
                said = ", ".join(f"{held.value} by {' and '.join(held.sources)}" for held in given.values())
                yield f"{day_of(day[0].at)}: {name} is {said}"
