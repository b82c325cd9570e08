"""The evidence sheet: what the examiner knows about the evidence, as YAML.

Every part is optional; an unknown key is an error that names its place.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from forensics.errors import SheetError, UsageError
from forensics.model.evidence import Facts
from forensics.model.subject import Claim, Subject, Window

if TYPE_CHECKING:
    from forensics.protocols import strict_yaml


class Sheet(NamedTuple):
    """A sheet as read: the subject, window and claims, and facts for the paths its entries name."""

    subject: Subject
    window: Window
    claims: tuple[Claim, ...]
    entries: tuple[Entry, ...]

    def facts(self, path: Path) -> Facts:
        """What is declared of one file: the last entry that names it."""
        absolute = os.path.normpath(path.absolute())
        for entry in reversed(self.entries):
            if entry.matches(absolute):
                return entry.facts
        return Facts()


class Entry(NamedTuple):
    """Facts for the files that a pattern (an absolute path, `*` and `?` allowed) names."""

    pattern: str
    facts: Facts

    def matches(self, absolute: str) -> bool:
        """Whether the file is named, itself or through a folder above it."""
        if absolute == self.pattern or absolute.startswith(self.pattern + "/"):
            return True
        return fnmatch.fnmatchcase(absolute, self.pattern)


MOST_SAMPLING = 1 << 32
YEARS = range(1970, 2262)
"""What nanoseconds from 1970 on in 64 bits can hold."""
DATE_ORDERS = ("day_month", "month_day")
EMPTY = Sheet(Subject(), Window(), (), ())
_OUTSIDE = "{!r} lies outside the years 1970 to 2261 UTC."


class _SubjectPart(msgspec.Struct, forbid_unknown_fields=True):
    domain: str | None = None
    servers: list[str] = []


class _ClaimPart(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    says: str
    from_: list[str] = msgspec.field(name="from", default_factory=list)
    since: str | None = None
    by: str | None = None


class _EvidencePart(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    vantage: str | None = None
    covers: list[str] | None = None
    time_zone: str | None = None
    year: int | None = None
    sampling: int | None = None
    format: str | None = None
    date_order: str | None = None


class _SheetPart(msgspec.Struct, forbid_unknown_fields=True):
    subject: _SubjectPart = msgspec.field(default_factory=_SubjectPart)
    window: list[str] | None = None
    claims: list[_ClaimPart] = []
    evidence: list[_EvidencePart] = []


def load(path: Path) -> Sheet:
    """Read a sheet; the paths of its entries are relative to it.

    Raises:
        SheetError: with line and column.
    """
    from forensics.protocols import strict_yaml

    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise SheetError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SheetError(f"{path}: is not UTF-8 at byte {error.start}.") from error
    try:
        document = strict_yaml.parse(text, str(path))
        if document.value is None:
            return EMPTY
        return _sheet(document, path.parent)
    except strict_yaml.YamlError as error:
        raise SheetError(str(error)) from error


def subject(domain: str | None, servers: Iterable[str]) -> Subject:
    """A subject from a domain and servers given as names or addresses.

    Raises:
        UsageError: a name that is none.

    >>> subject("Example.COM.", ["198.51.100.25", "MX1.example.com"]).names
    ('mx1.example.com',)
    """
    names, addresses = [], []
    for server in servers:
        address = _address(server)
        if address:
            addresses.append(address)
        else:
            names.append(_name(server))
    return Subject(domain=_name(domain) if domain else None, names=tuple(names), addresses=tuple(addresses))


def window(start: str | None, end: str | None) -> Window:
    """A window from two RFC 3339 times or dates; a date means its whole day, UTC.

    Raises:
        UsageError: a text that is no time, a time without zone, or an end before the start.

    >>> window("2026-05-01", "2026-09-30").end.isoformat()
    '2026-09-30T23:59:59.999999+00:00'
    """
    first = instant(start) if start else None
    last = instant(end, ends=True) if end else None
    if first and last and last < first:
        raise UsageError(f"The window ends ({end}) before it starts ({start}).")
    return Window(start=first, end=last)


def instant(text: str, *, ends: bool = False) -> datetime:
    """One point in time; a date alone is the start of that day, or its end where it `ends` a span.

    Raises:
        UsageError: the text is no time, or has no zone.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = datetime.combine(datetime.fromisoformat(text), time(), UTC)
            return _held(day + timedelta(days=1, microseconds=-1) if ends else day, text)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is no time. Write 2026-05-01T12:00:00Z, or 2026-05-01 for a day (UTC).") from error
    if moment.tzinfo is None:
        raise UsageError(f"{text!r} has no zone. Write 2026-05-01T12:00:00Z or an offset such as +02:00.")
    try:
        return _held(moment.astimezone(UTC), text)
    except OverflowError as error:
        raise UsageError(_OUTSIDE.format(text)) from error


def _held(moment: datetime, text: str) -> datetime:
    """The moment, where tables can hold it: they count ns from 1970 in 64 bits."""
    if moment.year not in YEARS:
        raise UsageError(_OUTSIDE.format(text))
    return moment


def zone(text: str) -> tzinfo:
    """A time zone by its IANA name.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        return UTC if text.upper() in ("UTC", "Z") else ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"{text!r} is no time zone. Names look like UTC or Europe/Berlin.") from error


def overlay(below: Facts, above: Facts) -> Facts:
    """The facts below with those of `above` that are declared."""
    said = {name: value for name, value in msgspec.structs.asdict(above).items() if value is not None}
    return msgspec.structs.replace(below, **said)


def _sheet(document: strict_yaml.Document, folder: Path) -> Sheet:
    from forensics.protocols import strict_yaml

    part = strict_yaml.convert(document, _SheetPart)
    with _at(document, ("subject",)):
        about = subject(part.subject.domain, part.subject.servers)
    with _at(document, ("window",)):
        span = Window() if part.window is None else _span(part.window)
    claims = tuple(_claim(document, number, claim) for number, claim in enumerate(part.claims))
    seen = set[str]()
    for number, claim in enumerate(claims):
        if claim.id in seen:
            raise document.error(("claims", number), f"the id {claim.id!r} stands here a second time")
        seen.add(claim.id)
    entries = tuple(_entry(document, number, row, folder) for number, row in enumerate(part.evidence))
    return Sheet(about, span, claims, entries)


class _at:  # noqa: N801 - reads as a word of the with statement
    """Gives a usage error inside the block the place of a part of the sheet."""

    def __init__(self, document: strict_yaml.Document, path: strict_yaml.Path) -> None:
        self._document = document
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UsageError):
            raise self._document.error(self._path, str(error)) from error


def _span(texts: list[str]) -> Window:
    if len(texts) != 2:
        raise UsageError("a span has two times: [start, end]")
    return window(texts[0], texts[1])


def _claim(document: strict_yaml.Document, number: int, part: _ClaimPart) -> Claim:
    with _at(document, ("claims", number)):
        addresses = tuple(_required_address(text) for text in part.from_)
        since = instant(part.since) if part.since else None
    return Claim(id=part.id, says=part.says, addresses=addresses, since=since, by=part.by)


def _entry(document: strict_yaml.Document, number: int, part: _EvidencePart, folder: Path) -> Entry:
    with _at(document, ("evidence", number)):
        covers = _covered(part.covers) if part.covers is not None else None
        _check_numbers(part)
        facts = Facts(
            vantage=part.vantage, covers=covers, time_zone=zone(part.time_zone) if part.time_zone else None,
            year=part.year, sampling=part.sampling, format=part.format, date_order=part.date_order,
        )  # fmt: skip
    return Entry(os.path.normpath(folder.absolute() / part.path), facts)


def _covered(texts: list[str]) -> tuple[datetime, datetime]:
    span = _span(texts)
    if span.start is None or span.end is None:
        raise UsageError("covers has two times, [start, end], and neither is left out")
    return span.start, span.end


def _check_numbers(part: _EvidencePart) -> None:
    if part.year is not None and part.year not in YEARS:
        raise UsageError(f"{part.year} is no year between 1970 and 2261")
    if part.sampling is not None and not 1 <= part.sampling <= MOST_SAMPLING:
        raise UsageError(f"{part.sampling} is no sampling rate: write 1 for every packet, 1000 for one in 1000")
    if part.date_order is not None and part.date_order not in DATE_ORDERS:
        raise UsageError(f"{part.date_order!r} is no order of a date: write {' or '.join(DATE_ORDERS)}")


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _required_address(text: str) -> str:
    address = _address(text)
    if address is None:
        raise UsageError(f"{text!r} is no address")
    return address


_LABELS = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,126}")


def _name(text: str) -> str:
    """The name as tables hold it: lower case, A-labels, no trailing dot."""
    name = text.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise UsageError(f"{text!r} is no domain name: {error}.") from error
    if len(name) > 253 or not _LABELS.fullmatch(name):
        raise UsageError(f"{text!r} is no domain name and no address.")
    return name
