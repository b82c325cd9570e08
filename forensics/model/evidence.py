"""A piece of evidence: what the examiner declared of it, what was read, and how a sentence cites it."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec

from forensics.errors import UsageError


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the examiner declares of one piece; None is "not declared"."""

    vantage: str | None = None
    covers: tuple[datetime, datetime] | None = None
    time_zone: tzinfo | None = None
    year: int | None = None
    sampling: int | None = None
    format: str | None = None
    date_order: str | None = None
    """`day_month` or `month_day`, where dates such as 3/4/2026 leave it open."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What the examiner says of a piece that does not change how it is read; times are RFC 3339."""

    vantage: str | None = None
    covers: tuple[str, str] | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence after reading.

    `state` is `read` (all of it), `partial` (some records or bytes could not be read) or `rejected` (none).
    `vantage` is what format and content show; the examiner's word, in `declared`, stands above it.
    `reading` names the facts and schema it was read with. Times are nanoseconds UTC.
    `lost_records` were never recorded, `unseen_records` do not show what they were: both end what its silence says.
    `ignored` counts records understood and of no interest, by reason; `unread` those not understood.
    `fills` names the tables that the piece can hold rows of, where these are fewer than its format's; `leaves_out` says
    that it does not hold all that its source saw, so that its silence says nothing.
    `hosts` are the hosts that wrote a log. `path` is what the examiner called it, `location` where it lies
    (`forensics.store.location`).
    """

    no: int
    path: str
    sha256: str
    size_bytes: int
    content_bytes: int
    format: str | None
    vantage: str | None
    state: str
    reading: str
    first_ts: int | None = None
    last_ts: int | None = None
    sampling: int | None = None
    records: int = 0
    rows: dict[str, int] = {}
    ignored: dict[str, int] = {}
    unread: dict[str, int] = {}
    problems: tuple[str, ...] = ()
    lost_records: int = 0
    unseen_records: int = 0
    hosts: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    leaves_out: bool = False
    declared: Declared = Declared()
    location: str = ""

    @property
    def id(self) -> str:
        """The id that citations use: E1, E2."""
        return f"E{self.no}"

    @property
    def unread_records(self) -> int:
        """How many records could not be read."""
        return sum(self.unread.values())


class Citation(NamedTuple):
    """Where a sentence comes from: `E3:17@1024+88` is record 17 of piece 3, 88 bytes at offset 1024 of its content."""

    evidence: int
    record_no: int | None
    offset: int | None
    length: int | None

    def __str__(self) -> str:
        if self.offset is None:
            return f"E{self.evidence}"
        return f"E{self.evidence}:{self.record_no}@{self.offset}+{self.length}"


_CITATION = re.compile(r"E(\d{1,9})(?::(\d{1,18})@(\d{1,18})\+(\d{1,18}))?")


def parse_citation(text: str) -> Citation:
    """Read a citation as reports print it.

    Raises:
        UsageError: where the text is none.

    >>> parse_citation("E3:17@1024+88")
    Citation(evidence=3, record_no=17, offset=1024, length=88)
    """
    match = _CITATION.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{text!r} is no citation. One looks like E3:17@1024+88, or E3 for a whole piece.")
    evidence, record_no, offset, length = match.groups()
    return Citation(int(evidence), _int(record_no), _int(offset), _int(length))


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)
