"""Windows over damaged content, in which the next record is looked for."""

from __future__ import annotations

from collections.abc import Iterator

LEAST_BYTES = 256
MOST_BYTES = 1 << 20


def windows(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """From `begin` to `end`, each window twice as wide as the one before, up to a bound.

    What is near costs little, however much follows: a capture with damage every few bytes takes linear time.

    >>> list(windows(10, 1000))
    [(10, 266), (266, 778), (778, 1000)]
    """
    width = LEAST_BYTES
    while begin < end:
        yield begin, min(begin + width, end)
        begin, width = begin + width, min(2 * width, MOST_BYTES)
