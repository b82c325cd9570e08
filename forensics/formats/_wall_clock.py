"""The times of many lines at once: `23-Nov-2026 09:23:47.937` and `2026-11-23T09:23:47.937` in a block of bytes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from forensics.formats._byte_blocks import Bits, Ints

BIND_BYTES = 24
ISO_BYTES = 23

_BIND = "##-Mon-#### ##:##:##.###"
_ISO = "####-##-##T##:##:##.###"
_DATE = re.compile(rb"[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)  # noqa: SIM905
}
_EPOCH = date(1970, 1, 1).toordinal()
_YEARS = range(1970, 2262)


class Times(NamedTuple):
    """Nanoseconds UTC (None: no time, or local time of an unknown zone), and which lines have a good time."""

    ns: Ints | None
    good: Bits


def read(
    buffer: npt.NDArray[np.uint8], starts: Ints, time_bytes: int, offsets: tuple[Ints, list[str | None]],
    zone: tzinfo | None,
) -> Times:  # fmt: skip
    """The times at `starts`; every line has `time_bytes` and more.

    `offsets` gives for each line what follows its time: `Z`, `+01:00`, or an empty text for local time of `zone`.
    """
    good = np.ones(len(starts), dtype=bool)
    if not time_bytes or not len(starts):
        return Times(None, good)
    # one row per character: the checks below run along them
    text = np.ascontiguousarray(sliding_window_view(buffer, time_bytes)[starts].T)
    wall_ms, good = _wall_ms(text, _BIND if time_bytes == BIND_BYTES else _ISO)
    return utc(wall_ms, good, offsets, zone)


def utc(wall_ms: Ints, good: Bits, offsets: tuple[Ints, list[str | None]], zone: tzinfo | None) -> Times:
    """The times of milliseconds since 1970 by the wall clock, where they are good; `offsets` as for `read`."""
    if not any(offsets[1]) and zone is None:
        return Times(None, good)
    shift_s, known = _shifts(wall_ms // 1000, good, offsets, zone)
    return Times((wall_ms - shift_s * 1000) * 1_000_000, good & known)


def day(text: bytes) -> int | None:
    """Days since 1970 of `23-Nov-2026` or `2026-11-23`; None where it is no date.

    >>> day(b"23-Nov-2026"), day(b"2026-11-23"), day(b"31-Feb-2026")
    (20780, 20780, None)
    """
    return _day(text) if _DATE.fullmatch(text) else None


def _wall_ms(text: npt.NDArray[np.uint8], layout: str) -> tuple[Ints, Bits]:
    """Milliseconds since 1970 of the wall clock."""
    good = np.ones(text.shape[1], dtype=bool)
    for row, char in zip(text, layout, strict=True):
        if char == "#":
            good &= (row - np.uint8(48)) < np.uint8(10)
        elif not char.isalpha() or char == "T":
            good &= row == ord(char)
    clock = layout.index(":") - 2
    hour, minute, second = (_number(text, clock + 3 * part, 2) for part in range(3))
    good &= (hour < 24) & (minute < 60) & (second < 60)
    days, valid = _days(text[: clock - 1])
    ms = ((days * 24 + hour) * 60 + minute) * 60 + second
    return ms * 1000 + _number(text, clock + 9, 3), good & valid


def _number(text: npt.NDArray[np.uint8], place: int, width: int) -> Ints:
    value = np.zeros(text.shape[1], dtype=np.int16)
    for row in text[place : place + width]:
        value = value * 10 + (row.astype(np.int16) - 48)
    return value.astype(np.int64)


def _days(text: npt.NDArray[np.uint8]) -> tuple[Ints, Bits]:
    """Days since 1970 of dates as text, and which are dates: once per run of one date."""
    changed = np.ones(text.shape[1], dtype=bool)
    changed[1:] = (text[:, 1:] != text[:, :-1]).any(axis=0)
    run = np.cumsum(changed) - 1
    of_run = [_day(bytes(column)) for column in text[:, changed].T]
    days = np.array([0 if day is None else day for day in of_run], dtype=np.int64)
    return days[run], np.array([day is not None for day in of_run], dtype=bool)[run]


@lru_cache(maxsize=4096)
def _day(text: bytes) -> int | None:
    try:
        first, second, third = text.decode("ascii").split("-")
        month = _MONTHS[second] if second in _MONTHS else int(second)
        year, day = (int(third), int(first)) if second in _MONTHS else (int(first), int(third))
        return date(year, month, day).toordinal() - _EPOCH if year in _YEARS else None
    except ValueError:
        return None


def _shifts(wall_s: Ints, good: Bits, offsets: tuple[Ints, list[str | None]], zone: tzinfo | None) -> tuple[Ints, Bits]:
    """Seconds east of UTC per line, and where they are certain: not in a minute that a zone has twice or skips."""
    shift, known = np.zeros(len(wall_s), dtype=np.int64), np.zeros(len(wall_s), dtype=bool)
    for number, offset in enumerate(offsets[1]):
        rows = (offsets[0] == number) & good
        if offset is None or not rows.any():
            continue
        of_offset = _zone(offset) if offset else zone
        if of_offset is not None:
            shift[rows], known[rows] = _zone_shifts(wall_s[rows], of_offset)
    return shift, known


def _zone_shifts(wall_s: Ints, zone: tzinfo) -> tuple[Ints, Bits]:
    if isinstance(zone, timezone):
        return np.full(len(wall_s), _seconds(zone.utcoffset(None))), np.ones(len(wall_s), dtype=bool)
    minutes = wall_s // 60
    changed = np.ones(len(minutes), dtype=bool)
    changed[1:] = minutes[1:] != minutes[:-1]
    run = np.cumsum(changed) - 1
    readings = np.array([_readings(zone, int(minute)) for minute in minutes[changed]], dtype=np.int64)
    return readings[run, 0], (readings[:, 0] == readings[:, 1])[run]


@lru_cache(maxsize=1 << 14)
def _readings(zone: tzinfo, minute: int) -> tuple[int, int]:
    """The offset of a local minute in both of its readings; they differ where clocks are changed."""
    wall = datetime(1970, 1, 1) + timedelta(minutes=minute)
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return _seconds(first), _seconds(second)


def _seconds(offset: timedelta | None) -> int:
    return int(offset.total_seconds()) if offset else 0


def _zone(offset: str) -> tzinfo | None:
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        return None
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if offset[0] == "-" else shift)
