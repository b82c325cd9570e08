"""Dated answers about one registration, and when two of them say the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FIELDS = ("status", "registrar", "registrant", "created", "expires", "name_servers", "statuses")
SAME_DAY = timedelta(days=2)
"""Dates closer than this may be one date, of which a registry wrote only the day, in its own zone."""
MOMENT = timedelta(minutes=10)
"""Answers closer than this, as of one asking, speak of one moment, also around midnight."""
_SAME_STATUS = {"active": "ok"}
"""RDAP's and EPP's word for one thing (RFC 8056 section 2)."""


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


def days_of(ordered: Sequence[Snapshot]) -> Iterator[list[Snapshot]]:
    """Give the answers of one UTC day together; a source that speaks twice on a day begins anew: that is a change."""
    day: list[Snapshot] = []
    sources: set[str] = set()
    for shot in ordered:
        if day and (shot.source in sources or _apart(day, shot)):
            yield day
            day, sources = [], set()
        day.append(shot)
        sources.add(shot.source)
    if day:
        yield day


def _apart(day: Sequence[Snapshot], shot: Snapshot) -> bool:
    return shot.at.date() != day[0].at.date() and shot.at - day[0].at > MOMENT


def comparable(field: str, shot: Snapshot) -> Hashable:
    """Give what a stated value is compared by: the day of a date, names without case, blanks and points.

    >>> answer = Snapshot(datetime.min, "", "registered", registrar="Example, Inc.", statuses="ACTIVE")
    >>> comparable("registrar", answer), comparable("statuses", answer)
    ('exampleinc', ('ok',))
    """
    found = getattr(shot, field)
    if isinstance(found, datetime):
        return found.date().toordinal()
    if not isinstance(found, str):
        return bool(found)
    if field in ("registrar", "registrant"):
        return "".join(char for char in found.casefold() if char.isalnum()) or found
    words = (_SAME_STATUS.get(word, word) for word in found.casefold().split())
    return tuple(sorted(words))


def all_later(before: Sequence[datetime], after: Sequence[datetime]) -> bool:
    """Whether every date after is later than every date before, by more than two ways to write one day."""
    return bool(before and after) and min(after) - max(before) > SAME_DAY


def day_of(moment: datetime) -> str:
    """The day of a moment, YYYY-MM-DD."""
    return moment.date().isoformat()
