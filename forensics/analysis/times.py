"""Times of tables, which are nanoseconds UTC, as moments, days and text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

DAY_NS = 86_400_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(ns: int) -> datetime:
    """The moment, to the microsecond.

    >>> instant(1_500_000_000).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return _EPOCH + timedelta(microseconds=ns // 1_000)


def nanoseconds(moment: datetime) -> int:
    """A moment in nanoseconds UTC, exactly."""
    past = moment - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000_000 + past.microseconds * 1_000


def start_of(day: date) -> int:
    """When a UTC day begins, in nanoseconds."""
    return nanoseconds(datetime.combine(day, time(), UTC))


def day_of(ns: int) -> str:
    """The UTC day as ISO 8601 text.

    >>> day_of(DAY_NS - 1), day_of(DAY_NS)
    ('1970-01-01', '1970-01-02')
    """
    return instant(ns).date().isoformat()


def rfc3339(ts: int | None) -> str | None:
    """Nanoseconds UTC as RFC 3339 text, as many fraction digits as they need (0, 3, 6 or 9); None stays None.

    >>> rfc3339(1_500_000_000)
    '1970-01-01T00:00:01.500Z'
    """
    if ts is None:
        return None
    seconds, nanos = divmod(ts, 1_000_000_000)
    try:
        whole = _EPOCH + timedelta(seconds=seconds)
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
