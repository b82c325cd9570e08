"""Whole blocks of a big Postfix log: the dominant lines as columns (the kernel), the others one by one (`LineReader`).

Both give the same rows; the kernel reads no line that `LineReader` would read otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from forensics.formats.lines import Parsed, lines_of, read_line
from forensics.formats.postfix_log import words as w
from forensics.formats.postfix_log.kernel_scan import Dictionaries, Lines, cut, scan
from forensics.formats.postfix_log.rows import is_submission, short_program
from forensics.formats.source import Block, Line
from forensics.formats.tally import RECORD, Fate, Tally
from forensics.model.batch import ColumnBatch
from forensics.protocols import address_text
from forensics.protocols.arrow_functions import column_of, taken
from forensics.protocols.byte_columns import distinct_numbers
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

_FEW_LINES = 100
"""From so many on, lines are told to the ledger by columns."""
_LENGTH = np.uint64(0xFFFFFFFF)
_DIRECTIONS = ("in", "submission", "local", "out")


class Exact(NamedTuple):
    """What lines and times are read with where the kernel does not: the reader of one line, its clock, the ledger."""

    parse: Callable[[Line], Parsed]
    another_program: Callable[[str], str]
    timeline: Timeline
    tally: Tally


class _Edges(NamedTuple):
    """Where each line starts, ends without its line end, how long it is with it, and whether it has odd bytes."""

    starts: np.ndarray
    ends: np.ndarray
    lengths: np.ndarray
    doubtful: np.ndarray


LEAST_LINE_BYTES = 24
"""Blocks whose lines are shorter than this on average are no log's: the kernel would need memory for each of them."""


class BlockReader:
    """Reads the blocks of one log in their order; the memory the kernel writes to is kept from block to block."""

    def __init__(self, exact: Exact) -> None:
        self._exact = exact
        self._next_no = 1
        self._room = 0
        self._space = _Space.of(0)

    def read(self, block: Block) -> Iterator[Row | ColumnBatch]:
        """Yield the rows of a block of whole lines, and report every line's fate."""
        line_ends = block.data.count(b"\n")
        if line_ends * LEAST_LINE_BYTES > len(block.data):
            yield from self._by_line(block)
            return
        buffer = np.frombuffer(block.data, np.uint8)
        edges = _edges(buffer, line_ends + 1)
        count = len(edges.starts)
        if count > self._room:
            self._room = count + count // 4
            self._space = _Space.of(self._room)
        found = _Found(block, edges, *self._space.scan(buffer, edges), self._next_no)
        self._next_no += count
        yield from found.read(self._exact)

    def _by_line(self, block: Block) -> Iterator[Row]:
        for line in lines_of(block, self._next_no):
            self._next_no += 1
            yield from read_line(line, self._exact.tally, self._exact.parse)


class _Space(NamedTuple):
    """The memory that the kernel writes to."""

    lines: Lines
    dictionaries: Dictionaries
    cells: np.ndarray

    @classmethod
    def of(cls, room: int) -> _Space:
        """Memory for that many lines."""
        texts, slots = len(w.TEXT_COLUMNS), 1 << (2 * (room + w.LINES_AT_ONCE)).bit_length()
        lines = Lines(
            np.empty(room, np.uint8), np.empty((len(w.CODE_COLUMNS), room), np.int8), np.empty(room, np.int32),
            np.empty(room, np.int64), np.empty((texts, room), np.int32),
            np.empty((len(w.NUMBER_COLUMNS), room), np.int64), np.empty(room),
        )  # fmt: skip
        dictionaries = Dictionaries(
            np.empty(texts, np.int64), np.empty((texts, room), np.int64), np.empty((texts, room), np.uint64),
            np.empty(texts, np.int64), np.empty((texts, max(slots, w.LEAST_SLOTS)), np.int32),
        )  # fmt: skip
        return cls(lines, dictionaries, np.empty(w.LINES_AT_ONCE * w.CELLS, np.int64))

    def scan(self, buffer: np.ndarray, edges: _Edges) -> tuple[Lines, Dictionaries, int]:
        """Let the kernel read the lines: what it found of each, the dictionaries, the number of runs of one day."""
        context = (*_place(buffer), *_place(w.WORDS), *_place(self.cells))
        runs = scan(context, self.cells, edges.starts, edges.ends, edges.doubtful, self.lines, self.dictionaries)
        count = len(edges.starts)
        return Lines(*(array[..., :count] for array in self.lines)), self.dictionaries, runs


class _Found:
    """What the kernel found in a block, and its way into rows."""

    def __init__(
        self, block: Block, edges: _Edges, lines: Lines, dictionaries: Dictionaries, runs: int, first_no: int
    ) -> None:
        self._block, self._edges, self._lines = block, edges, lines
        self._dictionaries, self._first_no = dictionaries, first_no
        self._days = np.zeros(runs, np.int64)
        self._known = np.zeros(runs, np.bool_)

    def read(self, exact: Exact) -> Iterator[Row | ColumnBatch]:
        """Yield the rows, and report every line's fate."""
        self._doubt_addresses()
        programs = self._texts(w.PROGRAM).to_pylist()
        told = 0
        for start, stop in self._slow_stretches(exact.timeline):
            self._tell(told, start, programs, exact)
            for index in range(start, stop):
                yield from read_line(self._line(index), exact.tally, exact.parse)
            told = stop
        self._tell(told, len(self._lines.kind), programs, exact)
        fast = np.flatnonzero(self._lines.kind == w.FAST)
        if len(fast):
            yield ColumnBatch(MtaEvent, self._places(fast) | self._columns(fast, programs))

    def _slow_stretches(self, timeline: Timeline) -> Iterator[tuple[int, int]]:
        """Lines to be read one by one, in their order; the day of each run of others is settled when it is reached."""
        kind, count = self._lines.kind, len(self._lines.kind)
        fast = np.flatnonzero(kind == w.FAST)
        _, firsts = np.unique(self._lines.day[fast], return_index=True)
        stretches, at = _stretches(kind == w.SLOW), 0
        for number, (start, stop) in enumerate(pairwise([0, *fast[firsts].tolist(), count])):
            until = at
            while until < len(stretches) and stretches[until][0] < stop:
                until += 1
            if number and not self._settle_day(start, timeline):
                lines = kind[start:stop]
                lines[lines == w.FAST] = w.SLOW
                yield from ((start + first, start + last) for first, last in _stretches(lines == w.SLOW))
            else:
                yield from stretches[at:until]
            at = until

    def _tell(self, start: int, stop: int, programs: list[str], exact: Exact) -> None:
        """Report the fate of lines none of which is read on its own."""
        if stop - start < _FEW_LINES:
            self._tell_each(start, stop, programs, exact)
            return
        kind, program = self._lines.kind[start:stop], self._lines.texts[w.PROGRAM, start:stop]
        numbers, where, which = np.unique(
            np.where(kind == w.FAST, -1, program), return_index=True, return_inverse=True
        )  # fmt: skip
        fates: dict[Fate, int] = {}
        codes = np.empty(len(numbers), np.int64)
        for place in np.argsort(where).tolist():  # in the order of the log: the number of programs named is bounded
            number = int(numbers[place])
            fate = RECORD if number < 0 else ("ignored", exact.another_program(programs[number]))
            codes[place] = fates.setdefault(fate, len(fates))
        fate_of = codes[which]
        firsts = np.concatenate([[0], np.flatnonzero(np.diff(fate_of)) + 1])
        last = self._edges.starts[stop - 1] + self._edges.lengths[stop - 1]
        edges = np.append(self._edges.starts[start + firsts], last)
        records = np.diff(np.append(firsts, stop - start))
        offset = self._block.offset + int(edges[0])
        exact.tally.many(offset, np.diff(edges), records, fate_of[firsts], list(fates))

    def _tell_each(self, start: int, stop: int, programs: list[str], exact: Exact) -> None:
        """The same for a few lines: the ledger joins those of one fate."""
        kinds, numbers = self._lines.kind[start:stop].tolist(), self._lines.texts[w.PROGRAM, start:stop].tolist()
        starts, lengths = self._edges.starts[start:stop].tolist(), self._edges.lengths[start:stop].tolist()
        for kind, number, first, length in zip(kinds, numbers, starts, lengths, strict=True):
            if kind == w.FAST:
                exact.tally.record(self._block.offset + first, length)
            else:
                exact.tally.ignored(self._block.offset + first, length, exact.another_program(programs[number]))

    def _doubt_addresses(self) -> None:
        """Leave lines whose IPv6 address is none, or is not canonical, to the exact reader."""
        kind, flags, numbers = self._lines.kind, self._lines.codes[w.FLAGS], self._lines.texts[w.PEER_IP]
        with_ipv6 = np.flatnonzero((kind == w.FAST) & ((flags & w.IS_IPV6) != 0))
        if not len(with_ipv6):
            return
        addresses = self._texts(w.PEER_IP)
        used = np.array(distinct_numbers(numbers[with_ipv6]))
        texts = taken(addresses, used[used >= 0]).to_pylist()
        right = [address_text.canonical(text) == text for text in texts]
        wrong = used[used >= 0][~np.array(right, np.bool_)]
        kind[with_ipv6[np.isin(numbers[with_ipv6], wrong)]] = w.SLOW

    def _settle_day(self, index: int, timeline: Timeline) -> bool:
        """Find the start of a line's day; whether the day runs evenly."""
        line = self._line(index).text[:64].decode("ascii")
        start, even = timeline.day(line[:15] if line[0].isalpha() else line[: line.index(" ")])
        run = self._lines.day[index]
        self._days[run], self._known[run] = start or 0, start is not None
        return even

    def _line(self, index: int) -> Line:
        start, length = int(self._edges.starts[index]), int(self._edges.lengths[index])
        raw = self._block.data[start : start + length]
        return Line(self._first_no + index, self._block.offset + start, raw.rstrip(b"\r\n"), length)

    def _places(self, fast: np.ndarray) -> dict[str, Any]:
        days = self._lines.day[fast]
        ts = self._days[days] + self._lines.nanoseconds[fast]
        return {
            "record_no": self._first_no + fast,
            "offset": self._block.offset + self._edges.starts[fast],
            "length": self._edges.lengths[fast],
            "ts": column_of(ts, self._known[days]),
        }

    def _columns(self, fast: np.ndarray, programs: list[str]) -> dict[str, Any]:
        """The columns that the kernel has read; one without a value is left out."""
        # copies: the kernel writes to its memory again
        lines = Lines(*(np.take(array, fast, axis=-1) for array in self._lines))
        found: dict[str, Any] = {}
        for column, name in enumerate(w.TEXT_COLUMNS):
            if self._dictionaries.counts[column]:
                found[name] = _coded(lines.texts[column], self._texts(column))
        for column, name in enumerate(w.NUMBER_COLUMNS):
            known = lines.numbers[column] >= 0
            if known.any():
                found[name] = column_of(lines.numbers[column], known)
        found["program"] = _coded(lines.texts[w.PROGRAM], pa.array(map(short_program, programs)))
        found["delay_s"] = column_of(lines.delays, lines.delays >= 0)
        found["event"] = _coded(lines.codes[w.EVENT], pa.array(w.EVENTS))
        found["status"] = _coded(lines.codes[w.STATUS], pa.array(w.STATUSES))
        submission = np.array([is_submission(program) for program in programs])[lines.texts[w.PROGRAM]]
        found["direction"] = _coded(_directions(lines.codes, submission), pa.array(_DIRECTIONS))
        return found

    def _texts(self, column: int) -> pa.StringArray:
        """The texts of a column's dictionary, which stand in the block in this order; the kernel takes ASCII alone."""
        count = int(self._dictionaries.counts[column])
        if not count:
            return pa.array([], pa.string())
        offsets = np.empty(2 * count, np.int32)
        offsets[0::2] = self._dictionaries.starts[column, :count]
        offsets[1::2] = offsets[0::2] + (self._dictionaries.tagged[column, :count] & _LENGTH).astype(np.int32)
        whole = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(self._block.data))
        return taken(whole, np.arange(0, len(offsets) - 1, 2, dtype=np.int32))


def _stretches(chosen: np.ndarray) -> list[tuple[int, int]]:
    """The stretches of lines chosen: first, and one past the last."""
    edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _edges(buffer: np.ndarray, room: int) -> _Edges:
    """Find the lines, at most so many, and those that have bytes outside printable ASCII."""
    ends, doubtful = np.empty(room, np.int64), np.empty(room, np.bool_)
    count = cut((*_place(buffer), 0, 0, 0, 0), ends, doubtful)
    ends, doubtful = ends[:count], doubtful[:count]
    starts = np.zeros(count, np.int64)
    starts[1:] = ends[:-1] + 1
    return _Edges(starts, ends, np.minimum(ends + 1, len(buffer)) - starts, doubtful)


def _place(array: np.ndarray) -> tuple[int, int]:
    """Where an array lies, and how many numbers it has; the caller keeps it alive while the kernel runs."""
    return int(array.ctypes.data), len(array)


def _directions(codes: np.ndarray, submission: np.ndarray) -> np.ndarray:
    """The direction of each line, as `rows.columns_of` finds it."""
    daemon, flags = codes[w.DAEMON], codes[w.FLAGS]
    loopback, sasl = (flags & w.IS_LOOPBACK) != 0, (flags & w.HAS_SASL) != 0
    received = np.where(submission | sasl, 1, np.where(loopback, 2, 0))
    sent = np.where(loopback, 2, 3)
    local = [w.DAEMONS.index(name) for name in ("virtual", "local", "pipe")]
    choices = [daemon == w.IS_SMTPD, (daemon == w.IS_SMTP) | (daemon == w.IS_LMTP), np.isin(daemon, local)]
    return np.select(choices, [received, sent, np.full(len(daemon), 2)], -1)


def _coded(numbers: np.ndarray, values: pa.Array) -> pa.DictionaryArray:
    """A dictionary-encoded column; -1 is None."""
    return pa.DictionaryArray.from_arrays(column_of(numbers.astype(np.int32), numbers >= 0), values, safe=False)
