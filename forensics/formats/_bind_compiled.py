"""Blocks of a big query log of BIND through the kernel: the rows that `_bind_blocks` gives, sooner."""

from __future__ import annotations

from datetime import tzinfo

import numpy as np

from forensics.formats import _bind_blocks, _wall_clock
from forensics.formats import _bind_kernel as kernel
from forensics.formats._bind_blocks import Located, Shape, Texts
from forensics.formats._byte_blocks import Bits, Cuts, Ints
from forensics.formats._column_blocks import BlockRows
from forensics.formats._text_kernel import canonical_ipv4, canonical_names
from forensics.formats._text_tables import TextTables
from forensics.formats._wall_clock import Times
from forensics.formats.source import Block

_LEAST_LINE_BYTES = 32
"""Blocks of lines shorter than this on average, which no query fits, are left to NumPy."""
_MS_PER_DAY = 86_400_000
_CANONICAL = {kernel.CLIENT: canonical_ipv4, kernel.NAME: canonical_names}


class BlockReader:
    """Reads the blocks of one log; what it knows of texts, and its memory, are kept from block to block."""

    def __init__(self) -> None:
        self._shape: Shape | None = None
        self._tables = TextTables((), {})
        self._rows = _space(0)
        self._fields = kernel.Fields(*(np.empty((kernel.FIELDS, kernel.CHUNK), np.int32) for _ in range(2)))

    def read(self, block: Block, first_no: int, zone: tzinfo | None) -> tuple[BlockRows, tuple[int, int]] | None:
        """As `_bind_blocks.read_block`."""
        shape = _bind_blocks.learn(block.data)
        if shape is None:
            return None
        room = len(block.data) // _LEAST_LINE_BYTES + 1
        if room > len(self._rows.starts):
            self._rows = _space(room)
        if self._shape is None or shape.time_bytes != self._shape.time_bytes:
            self._tables = TextTables(_bind_blocks.readers(shape), _CANONICAL)
        self._shape = shape
        tables = self._tables.begin(room, len(block.data))
        buffer = np.frombuffer(block.data, np.uint8)
        lines, count, runs = kernel.scan(buffer, kernel.Shape(*shape), self._fields, self._rows, tables)
        if lines < 0:
            return _bind_blocks.read_block(block, first_no, zone)
        starts = self._rows.starts[:lines].astype(np.int64)
        cuts = Cuts(starts, np.append(starts[1:], len(block.data)))
        found = kernel.Rows(*(array[..., :count] for array in self._rows))._replace(runs=self._rows.runs[:runs])
        return _bind_blocks.rows_of(block, first_no, cuts, self._located(block.data, found, shape, zone))

    def _located(self, data: bytes, found: kernel.Rows, shape: Shape, zone: tzinfo | None) -> Located:
        """What the kernel found, with the texts read."""
        placed = (found.codes >= 0).all(axis=0)
        if not placed.all():  # texts made to fall on the same places of a table
            of_rows = found._replace(starts=found.line, runs=found.line)
            found = kernel.Rows(*(array[..., placed] for array in of_rows))._replace(runs=found.runs)
        texts = Texts(*self._tables.mapped(list(found.codes)))
        times = _times(data, found, shape.time_bytes, texts, zone)
        return Located(found.line.astype(np.int64), texts, times, found.port.astype(np.int64))


def _times(data: bytes, found: kernel.Rows, time_bytes: int, texts: Texts, zone: tzinfo | None) -> Times:
    """The times of rows: days are read once per run of one date."""
    good: Bits = np.ones(len(found.line), dtype=bool)
    if not time_bytes:
        return Times(None, good)
    size = time_bytes - len("T09:23:47.937")
    dates = [data[start : start + size + 1] for start in found.runs.tolist()]
    separator = b" " if time_bytes == _wall_clock.BIND_BYTES else b"T"
    read = [_wall_clock.day(date[:-1]) if date.endswith(separator) else None for date in dates]
    if None in read:
        good = np.array([day is not None for day in read], dtype=bool)[found.run]
    days: Ints = np.array([day or 0 for day in read], dtype=np.int64)
    return _wall_clock.utc(days[found.run] * _MS_PER_DAY + found.ms, good, texts.head, zone)


def _space(room: int) -> kernel.Rows:
    """Memory for what the kernel finds in so many lines."""
    line, port, run, ms, starts, runs = (np.empty(room, np.int32) for _ in range(6))
    return kernel.Rows(starts, line, port, run, ms, np.empty((kernel.FIELDS, room), np.int32), runs)
