"""Dates as registries write them: read where one reading is certain, else None with the reason.

Certain is a date whose year comes first, one whose month is a word, one whose order is declared (by the answer itself
or for its registry, `date_orders`), and one with a number above 12 in it. All patterns are bounded and anchored on
digits or words, so that reading is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from forensics.protocols.registration import Precision
from forensics.protocols.whois_text.date_orders import Order

_TEXT_MAX = 200
_FIRST_YEAR, _LAST_YEAR = 1980, 2200  # outside stand only place holders (the epoch, 9999-12-31 for "never")
_CENTURY_SPLIT = 85  # no domain is older than 1985: a year of two digits from 85 on is of the last century

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero janeiro gennaio januari",
            "feb february februar février fevrier febrero fevereiro febbraio februari",
            "mar march märz maerz mars marzo março marco maart",
            "apr april avril abril aprile",
            "may mai mayo maio maggio mei",
            "jun june juni juin junio junho giugno",
            "jul july juli juillet julio julho luglio",
            "aug august août aout agosto augustus",
            "sep sept september septembre septiembre setembro settembre",
            "oct october oktober octobre octubre outubro ottobre okt",
            "nov november novembre noviembre novembro",
            "dec december dezember décembre decembre diciembre dezembro dicembre dez",
        ),
        start=1,
    )
    for name in names.split()
}

# Only abbreviations with one meaning among registries; BST, CST, EST, IST, MSK, MST, PST have several.
_ZONES = {
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "cet": 1,
    "cest": 2,
    "eet": 2,
    "eest": 3,
    "eat": 3,
    "sast": 2,
    "wib": 7,
    "sgt": 8,
    "hkt": 8,
    "jst": 9,
    "kst": 9,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "pdt": -7,
    "clst": -3,
    "clt": -4,
    "brt": -3,
}

_WORD = r"([^\W\d_]{3,10})"
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.]) ?(\d{1,2})\2 ?(\d{1,2})(?!\d)\.?")  # 2014-05-31, 1999. 07. 28.
_YEAR_WORD_DAY = re.compile(rf"(?<!\d)(\d{{4}})[- /.]{_WORD}[- /.](\d{{1,2}})(?!\d)\.?")  # 2001-Aug-23.
_DAY_WORD_YEAR = re.compile(  # 28-Apr-2014, 28th April 2014, 23 de agosto de 2012
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\.?[- /.]{{0,2}}(?:de |of )?"
    rf"{_WORD}[.,]?[- /.]{{0,2}}(?:de |of )?(\d{{4}})(?!\d)"
)
_WORD_DAY_YEAR = re.compile(
    rf"\b{_WORD}\.? {{1,2}}(\d{{1,2}})(?:st|nd|rd|th)?,? {{1,2}}(\d{{4}})(?!\d)"
)  # April 28, 2014
_WORD_DAY_TIME_YEAR = re.compile(  # Wed Aug 07 00:00:00 GMT 2013
    rf"\b{_WORD} {{1,2}}(\d{{1,2}}) {{1,2}}(\d{{1,2}}:\d{{2}}:\d{{2}}) {{1,2}}"
    r"(?:([A-Z]{2,5}) {1,2})?(\d{4})(?!\d)"
)
_COMPACT = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?(?!\d)"
)  # 20130215, 20130215123456
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4}|\d{2})(?!\d)")  # 04/06/2003, 16/09/03
_SHORT_WORD = re.compile(rf"(?<!\d)(\d{{1,2}})-{_WORD}-(\d{{2}})(?!\d)")  # 03-jan-12: which end is the year?

_TIME = re.compile(r"\A[ T,]{0,2}(?:at )?-? ?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?")
_ZONE = re.compile(r"\A ?\(?((?:UTC|GMT)? ?[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]{1,5})\b")
_OFFSET = re.compile(r"\A(?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_BOUND = re.compile(r"\b(?:before|prior to|earlier than|vor|avant|antes)\b", re.IGNORECASE)

_DECLARED = (
    (re.compile(r"\bd{1,2}([-/.])m{1,2}\1y{2,4}\b", re.IGNORECASE), "day-first"),
    (re.compile(r"\bm{1,2}([-/.])d{1,2}\1y{2,4}\b", re.IGNORECASE), "month-first"),
)


class DateReading(NamedTuple):
    """What one text says about a day or an instant."""

    value: datetime | None
    precision: Precision | None = None
    zone: str | None = None
    problem: str | None = None


class _Day(NamedTuple):
    year: int
    month: int
    day: int
    rest: str
    """The text behind the day, where its time stands."""


def read_date(text: str, order: Order | None = None) -> DateReading:
    """Read one date.

    Args:
        text: the value as published; words around the date are allowed, the first date counts.
        order: what comes first where day and month are both numbers, if known.

    Returns:
        `value` in the zone that the text states. Where it states none with one meaning, `zone` is None and `value`
        carries UTC as a place holder: the day is as published. Where it states no time, `precision` is "day".
        Where no reading is certain, `value` is None and `problem` says why.

    >>> read_date("28-Apr-2014 10:00:00 UTC").value
    datetime.datetime(2014, 4, 28, 10, 0, tzinfo=datetime.timezone.utc)
    >>> read_date("03/04/2012").problem
    "'03/04/2012': day and month cannot be told apart, and no order is declared for this registry"
    """
    shown = text.strip()[:_TEXT_MAX]
    if _BOUND.search(shown):
        return DateReading(None, problem=f"{shown!r}: a bound, not a date")
    found = _find_day(shown, order)
    if isinstance(found, str):
        return DateReading(None, problem=f"{shown!r}: {found}")
    return _with_time(found, shown)


def declared_order(text: str) -> Order | None:
    """Give the order that a text declares in letters (as "DD/MM/YYYY" does), or None.

    >>> declared_order("% complete date format : DD/MM/YYYY")
    'day-first'
    """
    for pattern, order in _DECLARED:
        if pattern.search(text[:_TEXT_MAX]):
            return "day-first" if order == "day-first" else "month-first"
    return None


def proven_order(texts: Iterable[str]) -> Order | None:
    """Give the order that the dates of one answer prove together: one with a number above 12, and none against it.

    >>> proven_order(["03/04/2012", "25/04/2013"])
    'day-first'
    """
    proofs = {_text_proof(text[:_TEXT_MAX]) for text in texts} - {None}
    return proofs.pop() if len(proofs) == 1 else None


def _text_proof(text: str) -> Order | None:
    match = _NUMBERS.search(text)
    if match is not None:
        return _proof(match)
    short = _SHORT_WORD.search(text)
    return "day-first" if short is not None and not 1 <= int(short[3]) <= 31 else None  # 02-Mar-99


def _proof(match: re.Match[str]) -> Order | None:
    first, second = int(match[1]), int(match[3])
    if len(match[4]) != 4 or (first > 12) == (second > 12):
        return None
    return "day-first" if first > 12 else "month-first"


def _find_day(text: str, order: Order | None) -> _Day | str:
    """Give the first day that a pattern finds, or the reason why there is none."""
    for pattern, year, month, day in (
        (_YEAR_FIRST, 1, 3, 4),
        (_WORD_DAY_TIME_YEAR, 5, 1, 2),
        (_DAY_WORD_YEAR, 3, 2, 1),
        (_WORD_DAY_YEAR, 3, 1, 2),
        (_YEAR_WORD_DAY, 1, 2, 3),
    ):
        match = pattern.search(text)
        number = _month(match[month]) if match else None
        if match and number is not None:
            return _Day(int(match[year]), number, int(match[day]), text[match.end() :])
    return _find_compact(text) or _find_numbers(text, order) or _find_short(text, order) or "no date that can be read"


def _month(text: str) -> int | None:
    return int(text) if text.isdecimal() else _MONTHS.get(text.lower())


def _find_compact(text: str) -> _Day | None:
    match = _COMPACT.search(text)
    if match is None:
        return None
    rest = f" {match[4]}:{match[5]}:{match[6]}{text[match.end() :]}" if match[4] else text[match.end() :]
    return _Day(int(match[1]), int(match[2]), int(match[3]), rest)


def _find_numbers(text: str, order: Order | None) -> _Day | str | None:
    match = _NUMBERS.search(text)
    if match is None:
        return None
    first, second = int(match[1]), int(match[3])
    order = order or _proof(match)
    if order is None and (first != second or len(match[4]) != 4):
        return "day and month cannot be told apart, and no order is declared for this registry"
    day, month = (second, first) if order == "month-first" else (first, second)
    return _Day(_year(match[4]), month, day, text[match.end() :])


def _find_short(text: str, order: Order | None) -> _Day | str | None:
    match = _SHORT_WORD.search(text)
    month = _month(match[2]) if match else None
    if match is None or month is None:
        return None
    if order is None and 1 <= int(match[3]) <= 31:
        return "day and year cannot be told apart, and no order is declared for this registry"
    return _Day(_year(match[3]), month, int(match[1]), text[match.end() :])


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= _CENTURY_SPLIT else 2000)


def _with_time(found: _Day, shown: str) -> DateReading:
    try:
        day = datetime(found.year, found.month, found.day, tzinfo=UTC)
    except ValueError:
        return DateReading(None, problem=f"{shown!r}: no such day")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return DateReading(None, problem=f"{shown!r}: no year of a registration")
    inner = _WORD_DAY_TIME_YEAR.search(shown)
    rest = f" {inner[3]} {inner[4] or ''}" if inner else found.rest
    match = _TIME.match(rest)
    if match is None:
        return DateReading(day, "day")
    return _at_time(day, match, rest[match.end() :], shown)


def _at_time(day: datetime, time: re.Match[str], rest: str, shown: str) -> DateReading:
    zone_match = _ZONE.match(rest)
    zone = zone_match[1] if zone_match else None
    offset = _offset(zone) if zone else None
    micros = int((time[4] or "0")[:6].ljust(6, "0"))
    try:
        value = day.replace(hour=int(time[1]), minute=int(time[2]), second=int(time[3] or 0), microsecond=micros)
    except ValueError:
        return DateReading(day, "day", problem=f"{shown!r}: no such time of day")
    precision: Precision = "second" if time[3] else "minute"
    if offset is None:
        return DateReading(value, precision)
    return DateReading(value.replace(tzinfo=offset), precision, zone)


def _offset(zone: str) -> timezone | None:
    hours = _ZONES.get(zone.lower())
    if hours is not None:
        return UTC if hours == 0 else timezone(timedelta(hours=hours))
    match = _OFFSET.fullmatch(zone)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    if minutes > 14 * 60:
        return None
    return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))
