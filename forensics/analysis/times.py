"""Times of tables as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def rfc3339(ts: int | None) -> str | None:
    """Nanoseconds UTC as RFC 3339 text, as many fraction digits as they need (0, 3, 6 or 9); None stays None.

    >>> rfc3339(1_500_000_000)
    '1970-01-01T00:00:01.500Z'
    """
    if ts is None:
        return None
    seconds, nanos = divmod(ts, 1_000_000_000)
    try:
        whole = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    text = whole.strftime("%Y-%m-%dT%H:%M:%S")
    if not nanos:
        return text + "Z"
    digits = f"{nanos:09}"
    for width in (3, 6):
        if not int(digits[width:]):
            return f"{text}.{digits[:width]}Z"
    return f"{text}.{digits}Z"
