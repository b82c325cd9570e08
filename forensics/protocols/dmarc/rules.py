"""Which specification of DMARC applies, and what both call their values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

Rules = Literal["rfc9989", "rfc7489"]
Policy = Literal["none", "quarantine", "reject"]

RFC9989_PUBLISHED = date(2026, 5, 1)
"""RFC 9989 is of May 2026 and obsoletes RFC 7489; receivers change over when they choose to."""


def rules_at(at: datetime | date) -> Rules:
    """Give the specification in force at a time; a `datetime` must be aware.

    >>> rules_at(date(2024, 2, 1)), rules_at(datetime(2026, 11, 23, tzinfo=UTC))
    ('rfc7489', 'rfc9989')
    """
    day = at.astimezone(UTC).date() if isinstance(at, datetime) else at
    return "rfc9989" if day >= RFC9989_PUBLISHED else "rfc7489"
