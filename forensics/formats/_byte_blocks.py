"""A block of log lines as arrays: where lines, spaces and stray bytes are, and segments of them as Arrow columns.

Every position that is read was found in the block, or is checked against the line it belongs to; nothing reads outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from forensics.protocols.arrow_functions import column_of, encoded, taken

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]

_LF, _CR, _SPACE = 10, 13, 32


class Lines(NamedTuple):
    """The lines of a block: first byte, byte after the text (line ends stripped), byte after the line end, whether all
    bytes of the text are printable ASCII, and all spaces of the block."""

    starts: Ints
    ends: Ints
    nexts: Ints
    clean: Bits
    spaces: Ints


class LineEnds(Protocol):
    """Where the lines of a block begin, and where the next ones do."""

    @property
    def starts(self) -> Ints:
        """First bytes."""
        ...

    @property
    def nexts(self) -> Ints:
        """The bytes after the line ends."""
        ...


class Cuts(NamedTuple):
    """Where the lines of a block begin and end, of which nothing more was asked."""

    starts: Ints
    nexts: Ints


def lines_of(buffer: npt.NDArray[np.uint8]) -> Lines:
    """The lines of a block, cut at LF."""
    found = np.flatnonzero((buffer - np.uint8(_SPACE + 1)) > np.uint8(93))
    values = buffer[found]
    at_space = values == _SPACE
    stray, spaces = found[~at_space], found[at_space]
    at_lf = values[~at_space] == _LF
    nexts = stray[at_lf] + 1
    ends = nexts - 1
    if not len(nexts) or nexts[-1] != len(buffer):
        nexts, ends = np.append(nexts, len(buffer)), np.append(ends, len(buffer))
    starts = np.empty_like(nexts)
    starts[0], starts[1:] = 0, nexts[:-1]
    others = stray[~at_lf]
    before_lf = np.zeros(len(others), dtype=bool)
    inside = others + 1 < len(buffer)
    before_lf[inside] = (buffer[others[inside]] == _CR) & (buffer[others[inside] + 1] == _LF)
    clean = np.ones(len(starts), dtype=bool)
    clean[np.searchsorted(nexts, others[~before_lf], side="right")] = False
    ends[np.searchsorted(nexts, others[before_lf], side="right")] -= 1
    return Lines(starts, ends, nexts, clean, spaces)


class Marks:
    """All places of one byte in a block of `size` bytes, to find the n-th of a line."""

    def __init__(self, places: Ints, size: int) -> None:
        self._size = len(places)
        self._places = np.append(places, size)

    def first(self, starts: Ints) -> Ints:
        """The number of the first mark at or after each start."""
        return np.searchsorted(self._places[: self._size], starts)

    def place(self, numbers: Ints) -> Ints:
        """Where the marks of these numbers are; the end of the block for numbers past the last."""
        found: Ints = self._places[np.minimum(numbers, self._size)]
        return found


class Column(NamedTuple):
    """Text in dictionary form: which of the distinct `values` each row has."""

    indices: Ints
    values: list[str]

    def map(self, read: Callable[[str], Any]) -> tuple[Ints, list[Any]]:
        """What `read` makes of the values: for each row the index of a distinct result."""
        results = [read(value) for value in self.values]
        numbers: dict[Any, int] = {}
        of_value = [numbers.setdefault(result, len(numbers)) for result in results]
        return np.asarray(of_value, dtype=np.int64)[self.indices], list(numbers)


def segments(data: bytes, starts: Ints, ends: Ints) -> Column:
    """The text from `starts` to `ends`; the segments are ASCII, in order, inside the block and do not overlap."""
    if not len(starts):
        return Column(starts, [])
    offsets = np.empty(2 * len(starts), dtype=np.int32)
    offsets[0::2], offsets[1::2] = starts, ends
    whole = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    found = encoded(taken(whole, np.arange(0, len(offsets) - 1, 2, dtype=np.int32)))
    return Column(found.indices.to_numpy(zero_copy_only=False).astype(np.int64), found.dictionary.to_pylist())


def dictionary_array(indices: Ints, values: Sequence[str | None]) -> pa.DictionaryArray:
    """An Arrow column of distinct values; None becomes null."""
    position: dict[str | None, int] = {}
    for value in values:
        if value is not None:
            position.setdefault(value, len(position))
    known = pa.array(list(position), pa.string())
    if len(position) == len(values):
        return pa.DictionaryArray.from_arrays(column_of(indices.astype(np.int32)), known)
    numbers = np.array([position.get(value, -1) for value in values], dtype=np.int32)
    rows = numbers[indices]
    missing = rows < 0
    return pa.DictionaryArray.from_arrays(column_of(np.where(missing, 0, rows), ~missing), known)


def flags_array(indices: Ints, values: list[bool | None]) -> pa.Array:
    """An Arrow column of flags; None becomes null."""
    known = np.array([bool(value) for value in values], dtype=bool)
    missing = np.array([value is None for value in values], dtype=bool)[indices]
    return column_of(known[indices], ~missing)


def digits(buffer: npt.NDArray[np.uint8], starts: Ints, ends: Ints, width: int) -> tuple[Ints, Bits]:
    """Numbers of 1 to `width` digits, and where there are such; `ends` lie inside the block."""
    sizes = ends - starts
    good = (sizes > 0) & (sizes <= width)
    value = np.zeros(len(starts), dtype=np.int64)
    for back in range(width, 0, -1):
        used = sizes >= back
        digit = buffer[np.maximum(ends - back, 0)].astype(np.int64) - 48
        good &= ~used | ((digit >= 0) & (digit <= 9))
        value = np.where(used, value * 10 + digit, value)
    return value, good
