"""The fields of many lines of a Zeek log in TSV at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from forensics.formats import _byte_blocks
from forensics.formats._byte_blocks import Bits, Cuts, Ints
from forensics.formats._zeek_entries import Entry, Header
from forensics.formats.source import LINE_BYTES
from forensics.protocols.arrow_functions import column_of

_TAB, _LF, _POINT = 9, 10, 46
_EXACT_BELOW = 9_000_000_000
"""Seconds whose millionths are whole numbers that a real number holds exactly."""

Reals = npt.NDArray[np.float64]
Mapped = tuple[Ints, list[Any]]
"""For each row the number of what was read of a text."""


class Numbers(NamedTuple):
    """A column of numbers; those that are not `known` are unset."""

    values: Any
    known: Bits

    def array(self) -> pa.Array:
        """As an Arrow column with nulls."""
        return column_of(self.values, self.known)

    def of(self, rows: Ints | Bits) -> Numbers:
        """Some of the rows."""
        return Numbers(self.values[rows], self.known[rows])


class Fields(Protocol):
    """Fields of lines; `good` loses those that no column can hold, `lines` are all of the block."""

    lines: Cuts
    good: Bits

    @property
    def kept(self) -> Ints:
        """The numbers, in the block, of the lines that are good."""
        ...

    def settle(self, times: tuple[str, ...], reals: tuple[str, ...], whole: dict[str, int]) -> None:
        """Read numbers, and leave out the lines of which one fits no column; what is read later is of the others.

        `times` become nanoseconds, `reals` seconds; `whole` names numbers with the most digits that they may have.
        """
        ...

    def number(self, name: str) -> Numbers:
        """A column of numbers that `settle` read."""
        ...

    def text(self, name: str, read: Callable[[Entry], Any]) -> Mapped:
        """What `read` makes of each distinct text of one field."""
        ...

    def words(self, names: tuple[str, ...], read: Callable[[Entry], Any]) -> Mapped:
        """What `read` makes of each distinct combination of the texts of several fields."""
        ...


def combined(columns: list[tuple[str, Ints, list[Any]]], count: int) -> tuple[Ints, list[dict[str, Any]]]:
    """The distinct combinations of the values of some columns: of each row its number, and each by column."""
    number = np.zeros(count, np.int64)
    given: list[dict[str, Any]] = [{}]
    for name, indices, values in columns:
        size = len(values)
        both, number = np.unique(number * size + indices, return_inverse=True)
        given = [{**given[one // size], name: values[one % size]} for one in both.tolist()]
    return number, given


class TsvFields:
    """The lines that have as many fields as the header names (`Fields`)."""

    def __init__(self, data: bytes, header: Header) -> None:
        self._data, self._header = data, header
        self._buffer = np.frombuffer(data, dtype=np.uint8)
        self._place = {name: number for number, name in enumerate(header.fields)}
        stray = np.flatnonzero((self._buffer - np.uint8(32)) > np.uint8(94))
        values = self._buffer[stray]
        self._tabs = stray[values == _TAB]
        nexts = stray[values == _LF] + 1
        if not len(nexts) or nexts[-1] != len(data):
            nexts = np.append(nexts, len(data))
        starts = np.concatenate([np.zeros(1, np.int64), nexts[:-1]])
        self.lines = Cuts(starts, nexts)
        ends = nexts - (self._buffer[nexts - 1] == _LF)
        first = np.searchsorted(self._tabs, starts)
        clean = np.ones(len(starts), dtype=bool)
        odd = stray[(values != _TAB) & (values != _LF)]
        clean[np.searchsorted(nexts, odd, side="right")] = False
        clean &= np.diff(np.append(first, len(self._tabs))) == len(header.fields) - 1
        clean &= (self._buffer[starts] != ord("{")) & (nexts - starts <= LINE_BYTES)
        self._chosen = np.flatnonzero(clean)
        self._starts, self._ends, self._first = starts[clean], ends[clean], first[clean]
        self.good = np.ones(len(self._chosen), dtype=bool)
        self._numbers: dict[str, Numbers] = {}

    @property
    def kept(self) -> Ints:
        """The numbers, in the block, of the lines that are good."""
        return self._chosen[self.good]

    def number(self, name: str) -> Numbers:
        """A column of numbers that `settle` read."""
        return self._numbers[name]

    def settle(self, times: tuple[str, ...], reals: tuple[str, ...], whole: dict[str, int]) -> None:
        """As `Fields`."""
        found = {name: self._micro(name) for name in (*times, *reals)}
        found |= {name: self._whole(name, width) for name, width in whole.items()}
        for name in times:
            found[name] = Numbers(found[name].values * 1000, found[name].known)
        for name in reals:
            found[name] = Numbers(found[name].values / 1e6, found[name].known)
        self._numbers = {name: numbers.of(self.good) for name, numbers in found.items()}
        self._chosen = self._chosen[self.good]
        self._starts, self._ends, self._first = self._starts[self.good], self._ends[self.good], self._first[self.good]
        self.good = np.ones(len(self._chosen), dtype=bool)

    def _whole(self, name: str, width: int) -> Numbers:
        """Whole numbers of up to `width` digits; lines with other text are not good."""
        if name not in self._place:
            return self._unknown()
        starts, ends = self._span(name)
        values, known = _byte_blocks.digits(self._buffer, starts, ends, width)
        self.good &= known | self._unset(starts, ends)
        return Numbers(values, known)

    def _micro(self, name: str) -> Numbers:
        """Numbers with six digits behind the point, as whole millionths that are exact as reals too."""
        if name not in self._place:
            return self._unknown()
        starts, ends = self._span(name)
        point = np.maximum(ends - 7, starts)
        before, known = _byte_blocks.digits(self._buffer, starts, point, 10)
        behind, six = _byte_blocks.digits(self._buffer, point + 1, ends, 6)
        known &= six & (ends - point == 7) & (self._buffer[np.minimum(point, len(self._buffer) - 1)] == _POINT)
        known &= before < _EXACT_BELOW
        self.good &= known | self._unset(starts, ends)
        return Numbers(before * 1_000_000 + behind, known)

    def text(self, name: str, read: Callable[[Entry], Any]) -> Mapped:
        """What `read` makes of each distinct text of one field."""
        if name not in self._place:
            return np.zeros(len(self._chosen), np.int64), [read(self._entry({}))]
        found = _byte_blocks.segments(self._data, *self._span(name))
        return found.map(lambda text: read(self._entry({name: text})))

    def words(self, names: tuple[str, ...], read: Callable[[Entry], Any]) -> Mapped:
        """What `read` makes of each distinct combination of the texts of several fields."""
        columns = []
        for name in names:
            if name in self._place and len(self._chosen):
                found = _byte_blocks.segments(self._data, *self._span(name))
                columns.append((name, found.indices, found.values))
        number, given = combined(columns, len(self._chosen))
        return number, [read(self._entry(values)) for values in given]

    def _span(self, name: str) -> tuple[Ints, Ints]:
        at = self._place[name]
        starts = self._tabs[self._first + at - 1] + 1 if at else self._starts
        ends = self._tabs[self._first + at] if at < len(self._place) - 1 else self._ends
        return starts, ends

    def _entry(self, values: dict[str, str]) -> Entry:
        header = self._header
        given: dict[str, str | list[str]] = {name: text for name, text in values.items() if text != header.unset}
        return Entry(given, header.set_separator, header.empty)

    def _unset(self, starts: Ints, ends: Ints) -> Bits:
        at = np.minimum(starts, len(self._buffer) - 1)
        found: Bits = (ends - starts == 1) & (self._buffer[at] == ord(self._header.unset))
        return found

    def _unknown(self) -> Numbers:
        count = len(self._chosen)
        return Numbers(np.zeros(count, np.int64), np.zeros(count, dtype=bool))
