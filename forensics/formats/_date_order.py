"""Whether dates such as `3/4/2026` have the day or the month first: what a log's own lines show of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

DAY_MONTH, MONTH_DAY = "day_month", "month_day"
UNDECIDED = (
    "Its dates, such as 3/4/2026, do not say which number is the month: declare date_order (day_month or month_day) "
    "on the evidence sheet."
)
LEAP_DAYS = 28
"""Under the wrong order every change of the day is a step of a month or more."""
_PARTS = re.compile(r"(\d{1,4})[./-] ?(\d{1,2})[./-] ?(\d{1,4})\.?|(\d{4})(\d\d)(\d\d)", re.ASCII)


class Written(NamedTuple):
    """The numbers of a date as they stand; the year is last unless `year_first`."""

    year: int
    first: int
    second: int
    year_first: bool


class Shown(NamedTuple):
    """Which order a log's dates have, None where they leave it open; and whether only their sequence shows it."""

    order: str | None
    by_sequence: bool = False


def written(text: str) -> Written | None:
    """The numbers of a date; None where it names no year of four digits.

    >>> written("23.11.2026")
    Written(year=2026, first=23, second=11, year_first=False)
    """
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    parts = [part for part in match.groups() if part is not None]
    if len(parts[0]) == 4 and len(parts[2]) <= 2:
        return Written(int(parts[0]), int(parts[1]), int(parts[2]), year_first=True)
    if len(parts[2]) == 4 and len(parts[0]) <= 2:
        return Written(int(parts[2]), int(parts[0]), int(parts[1]), year_first=False)
    return None


def resolved(day: Written, order: str | None) -> tuple[int, int, int] | None:
    """Year, month and day; None where the date has two readings and the order is not known.

    >>> day = Written(2026, 3, 4, year_first=False)
    >>> resolved(day, None), resolved(day, DAY_MONTH), resolved(day, MONTH_DAY)
    (None, (2026, 4, 3), (2026, 3, 4))
    """
    if day.year_first or day.first == day.second or day.second > 12:
        return day.year, day.first, day.second
    if day.first > 12:
        return day.year, day.second, day.first
    if order is None:
        return None
    return (day.year, day.second, day.first) if order == DAY_MONTH else (day.year, day.first, day.second)


def shown_by(dates: Iterable[str]) -> Shown:
    """What the dates of a log, in the order of its lines, show.

    A number above 12 is a day. Where there is none, an order is taken if time never runs back under it nor leaps by
    `LEAP_DAYS`, while under the other it runs back by more than a day: two logs put together in the wrong order, or a
    log that wrapped round, show nothing.
    """
    walks = {DAY_MONTH: _Walk(), MONTH_DAY: _Walk()}
    days_in: set[str] = set()
    before = ""
    for text in dates:
        day = written(text) if text != before else None
        before = text
        if day is None or day.year_first:
            continue
        if (day.first > 12) != (day.second > 12):
            days_in.add(DAY_MONTH if day.first > 12 else MONTH_DAY)
        for order, walk in walks.items():
            walk.step(_ordinal(day, order))
    if days_in:
        return Shown(days_in.pop() if len(days_in) == 1 else None)
    for order, other in ((DAY_MONTH, MONTH_DAY), (MONTH_DAY, DAY_MONTH)):
        if walks[order].even and walks[other].back > 1:
            return Shown(order, by_sequence=True)
    return Shown(None)


class _Walk:
    """How time runs through a log under one order."""

    def __init__(self) -> None:
        self.back = 0
        """The longest step back, in days."""
        self.even = True
        """No step back, and none forward of `LEAP_DAYS` or more."""
        self._last: int | None = None

    def step(self, day: int | None) -> None:
        """Take the next day; None is no day of the calendar."""
        if day is None:
            self.even = False
            return
        forward = 0 if self._last is None else day - self._last
        self.back = max(self.back, -forward)
        self.even = self.even and 0 <= forward < LEAP_DAYS
        self._last = day


def _ordinal(day: Written, order: str) -> int | None:
    year, month, number = resolved(day, order) or (0, 0, 0)
    try:
        return date(year, month, number).toordinal()
    except ValueError:
        return None
