"""When a log line was written: time stamps without year or zone are settled by what the examiner declares.

RFC 3164 time stamps name neither year nor zone, others name no zone. A `Timeline` reads the time stamps of one log in
their order: it follows the turn of the year, and in the hour that clocks repeat it follows the order of the lines.
What was not declared is not guessed: the answer is None and `missing` says what would settle it.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)  # noqa: SIM905
}
_RFC3164 = re.compile(r"([A-Z][a-z]{2}) ([ \d]?\d) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?", re.ASCII)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,  # 2026-11-23T09:13:40.003115+01:00
)
_JOURNAL = re.compile(r"@\d{1,20}", re.ASCII)
_UNIX = re.compile(r"(\d{9,10})\.(\d{1,9})", re.ASCII)

_BACKWARD_DAYS = 31
"""Lines out of order by less than this are out of order; by more, a new year has begun."""
_FORWARD_DAYS = 334
"""A step forward by more than this is a late line of the old year."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000_000
_MAX_NS = (1 << 63) - 1
_NO_DATE = "a date that the calendar, or a 64-bit count of nanoseconds, does not have"


class Stamp(NamedTuple):
    """A time stamp as written; None is what it leaves open."""

    year: int | None
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nanosecond: int
    zone: tzinfo | None


def parse(text: str) -> Stamp | None:
    """Read a time stamp of RFC 3164 or ISO 8601; None where it is neither.

    >>> parse("Nov  3 09:13:40")
    Stamp(year=None, month=11, day=3, hour=9, minute=13, second=40, nanosecond=0, zone=None)
    """
    if match := _RFC3164.fullmatch(text):
        name, day, year, hour, minute, second, fraction = match.groups()
        if name not in _MONTHS:
            return None
        clock = (_MONTHS[name], int(day), int(hour), int(minute), int(second), _nanoseconds(fraction))
        return Stamp(int(year) if year else None, *clock, None)
    if match := _ISO.fullmatch(text):
        *numbers, fraction, offset = match.groups()
        zone = _zone(offset)
        if offset and zone is None:
            return None
        year_, month_, day_, hour_, minute_, second_ = map(int, numbers)
        return Stamp(year_, month_, day_, hour_, minute_, second_, _nanoseconds(fraction), zone)
    return None


class Timeline:
    """Turns the time stamps of one log, in order, into nanoseconds UTC.

    Args:
        time_zone: the zone of time stamps that name none; None is "not declared".
        year: the year of the first time stamp that names none; None is "not declared".
    """

    def __init__(self, time_zone: tzinfo | None, year: int | None) -> None:
        self.missing: set[str] = set()
        """What must be declared for the time stamps met so far: `time_zone`, `year`."""
        self.notes: Counter[str] = Counter()
        """What had to be settled by the order of the lines, and how often."""
        self.zone_in_stamp: bool | None = None
        """Whether the last time stamp named its zone."""
        self._zone = time_zone
        self._year = year
        self._last_text = ""
        self._last: int | None = None
        self._last_day: date | None = None
        self._last_wall: datetime | None = None
        self._second_reading: date | None = None

    def nanoseconds(self, text: str) -> int | None:
        """The time of a line; None where it is no time, or cannot be known."""
        if text != self._last_text:
            self._last_text, self._last = text, self._settle(text)
        return self._last

    def day(self, text: str) -> tuple[int | None, bool]:
        """The start of a time stamp's day, and whether that day runs evenly, without a change of the zone's offset.

        Where it does, a time of that day is the start and the time of day; the start is None where year or zone were
        not declared. A time stamp that is none, or has no time, is of no even day. The time stamp counts as read.
        """
        nanoseconds, stamp = self.nanoseconds(text), parse(text)
        if stamp is None:
            return None, False
        zone = stamp.zone or self._zone
        if zone is None or (stamp.year is None and self._year is None):
            return None, True
        if nanoseconds is None:
            return None, False
        of_day = ((stamp.hour * 60 + stamp.minute) * 60 + stamp.second) * _SECOND + stamp.nanosecond
        start = nanoseconds - of_day
        return start, abs(start) < _MAX_NS - 86_400 * _SECOND and _runs_evenly(start // _SECOND, zone)

    def _settle(self, text: str) -> int | None:
        if text.startswith("@"):
            return self._bounded(int(text[1:]) * 1000) if _JOURNAL.fullmatch(text) else None
        if match := _UNIX.fullmatch(text):
            return int(match[1]) * 1_000_000_000 + _nanoseconds(match[2])
        stamp = parse(text)
        if stamp is None:
            return None
        self.zone_in_stamp = stamp.zone is not None
        year = stamp.year if stamp.year is not None else self._year_of(stamp)
        zone = stamp.zone or self._zone
        if zone is None:
            self.missing.add("time_zone")
        if year is None or zone is None:
            return None
        wall = _datetime(year, stamp)
        if wall is None:
            self.notes[_NO_DATE] += 1
            return None
        moment = wall.replace(tzinfo=zone, fold=self._fold(wall, zone))
        return self._bounded(_since_epoch(moment) + stamp.nanosecond)

    def _bounded(self, nanoseconds: int) -> int | None:
        if abs(nanoseconds) <= _MAX_NS:
            return nanoseconds
        self.notes[_NO_DATE] += 1
        return None

    def _year_of(self, stamp: Stamp) -> int | None:
        """The year of a stamp without one, from the declared year and the turns of the year since."""
        if self._year is None:
            self.missing.add("year")
            return None
        day = _date(self._year, stamp)
        if day is None or self._last_day is None:
            self._last_day = day or self._last_day
            return self._year
        step = (day - self._last_day).days
        if step > _FORWARD_DAYS:
            return self._year - 1
        if step < -_BACKWARD_DAYS:
            self._year += 1
            self.notes["a turn of the year, taken from dates that run backwards"] += 1
            day = _date(self._year, stamp) or day
        self._last_day = max(day, self._last_day)
        return self._year

    def _fold(self, wall: datetime, zone: tzinfo) -> int:
        """Which of the two readings of a repeated hour: the second once the clock has run backwards."""
        last, self._last_wall = self._last_wall, wall
        if wall.replace(tzinfo=zone).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset():
            return 0
        if _is_skipped(wall, zone):
            self.notes["a local time that the zone skips"] += 1
            return 0
        self.notes["a local time that the zone has twice"] += 1
        if last is not None and wall < last - timedelta(minutes=1):
            self._second_reading = wall.date()
        return int(self._second_reading == wall.date())


def _is_skipped(wall: datetime, zone: tzinfo) -> bool:
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall


@lru_cache(maxsize=1024)
def _runs_evenly(start_s: int, zone: tzinfo) -> bool:
    """Whether a zone keeps its offset for the 24 hours from that second on."""
    start = _EPOCH + timedelta(seconds=start_s)
    return len({(start + timedelta(hours=hour)).astimezone(zone).utcoffset() for hour in range(25)}) == 1


def _date(year: int, stamp: Stamp) -> date | None:
    try:
        return date(year, stamp.month, stamp.day)
    except ValueError:
        return None


def _datetime(year: int, stamp: Stamp) -> datetime | None:
    # RFC 3339 5.6: a leap second is written as 60; here it is the first second of the next minute
    leap = timedelta(seconds=int(stamp.second == 60))
    try:
        return datetime(year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second - leap.seconds) + leap
    except (ValueError, OverflowError):
        return None


def _since_epoch(moment: datetime) -> int:
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000_000 + delta.microseconds * 1000


def _nanoseconds(fraction: str | None) -> int:
    return int(fraction.ljust(9, "0")) if fraction else 0


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
