"""Dates of mail headers: RFC 5322 3.3, its obsolete forms (4.3), and the order of words that C's `ctime` writes.

A date that does not name one instant is None: no zone, a zone name that RFC 5322 4.3 does not settle (one-letter
military zones, `EST5EDT`, `CEST`), a month that is no month, a second that `datetime` cannot hold.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from forensics.protocols import comments

# As nearly every mailer writes it, for speed; all else takes the general way below.
_USUAL = re.compile(
    r"""[ ]*+(?:[A-Z][a-z][a-z],[ ]++)?+                         # Tue,
    (?P<day>[0-9]{1,2})[ ](?P<month>[A-Z][a-z][a-z])[ ](?P<year>[0-9]{4})[ ]       # 24 Nov 2026
    (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})[ ]                # 10:00:00
    (?P<sign>[+-])(?P<offset>[0-9]{4})(?:[ ]\([A-Za-z]*+\))?+[ ]*+\Z               # +0100 (CET)
    """,
    re.VERBOSE,
)

_MAX_TOKENS = 32
_TOKEN = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z\s]", re.ASCII)

# The general grammar, over tokens joined by single blanks.
_WEEKDAY = "(?:(?P<weekday>[A-Za-z]+) (?P<comma>, )?)?"  # Tue ,
_DAY = "(?P<day>[0-9]{1,2}) (?:- )?"  # 24
_MONTH = "(?P<month>[A-Za-z]+|[0-9]{1,2}) (?:- )?"  # Nov
_YEAR = "(?P<year>[0-9]{2,4})"  # 2026
_TIME = r"(?P<hour>[0-9]{1,2}) : (?P<minute>[0-9]{2})(?: : (?P<second>[0-9]{2})(?: \. (?P<fraction>[0-9]{1,9}))?)?"
_OFFSET = "(?P<sign>[+-]) (?P<offset>[0-9]{4}|[0-9]{2} : [0-9]{2})(?: [A-Za-z]+)?"  # + 0100 CET
_ZONE = f"(?:{_OFFSET}|(?P<zone>[A-Za-z]+))"  # EST
_ORDERS = (
    # RFC 5322: Tue , 24 Nov 2026 10 : 00 : 00 + 0100
    re.compile(f"{_WEEKDAY}{_DAY}{_MONTH}{_YEAR} (?:, )?{_TIME} {_ZONE}"),
    # ctime: Tue Nov 24 10 : 00 : 00 2026 + 0100
    re.compile(f"{_WEEKDAY}{_MONTH}{_DAY}{_TIME} {_YEAR} {_ZONE}"),
    # date(1): Tue Nov 24 10 : 00 : 00 EST 2026
    re.compile(f"{_WEEKDAY}{_MONTH}{_DAY}{_TIME} (?P<zone>[A-Za-z]+) {_YEAR}"),
)

_MONTH_NAMES = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_MONTHS = {
    **{name[:3].title(): number for number, name in enumerate(_MONTH_NAMES, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)},
    **{name: number for number, name in enumerate(_MONTH_NAMES, 1)},
    "sept": 9,
}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# RFC 5322 4.3, with the two other names of Greenwich time that mean nothing else.
_ZONES = {
    **dict.fromkeys(("ut", "utc", "gmt", "z"), UTC),
    **{
        name: timezone(timedelta(hours=hours))
        for name, hours in (
            ("edt", -4), ("est", -5), ("cdt", -5), ("cst", -6), ("mdt", -6), ("mst", -7), ("pdt", -7), ("pst", -8),
        )
    },
}  # fmt: skip


def parse(text: str) -> datetime | None:
    """The instant that a mail date names, aware, with the offset it was written with; None where it names none.

    Comments count for nothing (RFC 5322 3.2.2), also one that repeats the zone; a wrong day of the week does not
    change the instant. `-0000` is UTC of an unknown place (3.3). Two digits of a year are 1950 to 2049 (4.3).

    >>> parse("Tue, 24 Nov 2026 10:00:00 +0100 (CET)").isoformat()
    '2026-11-24T10:00:00+01:00'
    >>> parse("24 Nov 2026 10:00:00") is None
    True
    """
    usual = _USUAL.match(text)
    if usual is not None:
        day, month, year, hour, minute, second, sign, offset = usual.groups()
        return _instant(day, month, year, (hour, minute, second), None, _numeric_zone(sign, offset))
    match = _match_any_order(text)
    if match is None:
        return None
    parts = match.groupdict()
    if parts.get("offset"):
        zone = _numeric_zone(parts["sign"], parts["offset"].replace(" : ", ""))
    else:
        zone = _ZONES.get(parts["zone"].lower())
    time = (parts["hour"], parts["minute"], parts["second"] or "0")
    return _instant(parts["day"], parts["month"], parts["year"], time, parts["fraction"], zone)


def _instant(
    day: str, month: str, year: str, time: tuple[str, str, str], fraction: str | None, zone: timezone | None
) -> datetime | None:
    year_number, month_number = _year(year), _month(month, int(day))
    if year_number is None or month_number is None or zone is None:
        return None
    microsecond = int(fraction[:6].ljust(6, "0")) if fraction else 0
    hour, minute, second = time
    try:
        return datetime(year_number, month_number, int(day), int(hour), int(minute), int(second), microsecond, zone)
    except ValueError:  # the 31st of a short month, hour 24, a leap second
        return None


def _match_any_order(text: str) -> re.Match[str] | None:
    tokens = _TOKEN.findall(_without_comments(text))
    if len(tokens) > _MAX_TOKENS:
        return None
    joined = " ".join(tokens)
    for order in _ORDERS:
        match = order.fullmatch(joined)
        if match is not None and (match["weekday"] is None or match["comma"] or _is_weekday(match["weekday"])):
            return match
    return None


def _without_comments(text: str) -> str:
    """The text with each comment turned into a blank; one that nobody closes takes the rest of the text with it."""
    if "(" not in text:
        return text
    parts: list[str] = []
    position = 0
    for start, end in comments.outermost(text):
        parts.append(text[position:start])
        position = end
    parts.append(text[position:])
    return " ".join(parts).partition("(")[0]


def _is_weekday(word: str) -> bool:
    return word[:3].lower() in _WEEKDAYS


def _year(digits: str) -> int | None:
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < 50 else 1900
    elif len(digits) == 3:
        year += 1900
    # RFC 5322 3.3: 1900 or later. The last year of `datetime` would overflow when it is turned into UTC.
    return year if 1900 <= year < 9999 else None


def _month(word: str, day: int) -> int | None:
    if word.isdecimal():
        # Day and month as numbers: only a day that cannot be a month leaves one reading.
        return int(word) if day > 12 else None
    return _MONTHS.get(word) or _MONTHS.get(word.lower())


@lru_cache(maxsize=4096)
def _numeric_zone(sign: str, offset: str) -> timezone | None:
    hours, minutes = int(offset[:2]), int(offset[2:])
    if hours > 23 or minutes > 59:
        return None
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if sign == "-" else size)
