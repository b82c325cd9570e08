"""Numbers of the same kind from many places of one buffer at once.

Every place is checked by whoever names it; as a second line of defence a load outside the buffer raises IndexError,
for numpy checks each index, and `PADDING` bytes of zero follow the buffer for loads that begin within it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

PADDING = 128


class Loads:
    """Loads from a buffer: unsigned numbers in network byte order at any offset."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        padded = np.frombuffer(data + bytes(PADDING), np.uint8)
        self.bytes = padded
        self.words = _strided(padded, "<u8")
        """Eight bytes from each offset on."""
        self._u16 = _strided(padded, ">u2")
        self._u32 = _strided(padded, ">u4")

    def u8(self, at: Ints) -> Ints:
        """The bytes at these offsets."""
        return self.bytes[at].astype(np.int64)

    def u16(self, at: Ints) -> Ints:
        """The 16-bit numbers at these offsets."""
        return self._u16[at].astype(np.int64)

    def u32(self, at: Ints) -> Ints:
        """The 32-bit numbers at these offsets."""
        return self._u32[at].astype(np.int64)

    def rows(self, at: Ints, width: int) -> NDArray[np.uint8]:
        """`width` bytes from each offset on, as a (n, width) array."""
        found: NDArray[np.uint8] = self.bytes[at[:, None] + np.arange(width)]
        return found


def run_indexes(begin: Ints, length: Ints) -> Ints:
    """The offsets of all bytes of the runs, one run after the other.

    >>> run_indexes(np.array([5, 9]), np.array([2, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(begin - (ends - length), length) + np.arange(total)


def distinct_numbers(numbers: Ints) -> list[int]:
    """The distinct numbers in order; `np.unique` loads NumPy's masked arrays to ask whether it was given one.

    >>> distinct_numbers(np.array([3, 1, 3]))
    [1, 3]
    """
    ordered = np.sort(numbers)
    found: list[int] = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]].tolist()
    return found


def _strided(padded: NDArray[np.uint8], kind: str) -> NDArray[Any]:
    dtype = np.dtype(kind)
    count = len(padded) - dtype.itemsize + 1
    found: NDArray[Any] = np.ndarray((count,), dtype, padded.data, strides=(1,))
    return found
