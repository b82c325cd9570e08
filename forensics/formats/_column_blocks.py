"""Blocks of lines read as columns: which lines were taken so, and the fate of every line in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from forensics.formats._byte_blocks import Bits, Ints, LineEnds
from forensics.formats.source import Block, Line
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.protocols.arrow_functions import column_of
from forensics.schema import Row


class BlockRows(NamedTuple):
    """What the lines of a block that were taken became, and which those are."""

    batches: tuple[ColumnBatch, ...]
    taken: Bits
    lines: LineEnds

    def line(self, block: Block, index: int, first_no: int) -> Line:
        """One line of the block, as `Source.lines` gives it."""
        start, end = int(self.lines.starts[index]), int(self.lines.nexts[index])
        raw = block.data[start:end]
        return Line(first_no + index, block.offset + start, raw.rstrip(b"\r\n"), len(raw))

    def runs(self) -> Iterator[tuple[int, int, bool]]:
        """The runs of lines taken and not taken: first, one past the last, whether taken."""
        edges = np.flatnonzero(np.diff(self.taken)) + 1
        for first, last in pairwise([0, *edges.tolist(), len(self.taken)]):
            yield first, last, bool(self.taken[first])


def taken(lines: LineEnds, kept: Ints) -> Bits:
    """Whether each line of a block is among those kept."""
    found = np.zeros(len(lines.starts), dtype=bool)
    found[kept] = True
    return found


def citation(block: Block, lines: LineEnds, kept: Ints, first_no: int) -> dict[str, Any]:
    """The citation columns of the lines kept."""
    return {
        "record_no": column_of(kept + first_no),
        "offset": column_of(lines.starts[kept] + block.offset),
        "length": column_of((lines.nexts - lines.starts)[kept]),
    }


def fates(
    block: Block, rows: BlockRows, first_no: int, tally: Tally, read: Callable[[Line], Iterable[Row]],
    follow: Callable[[Line], object] | None = None,
) -> Iterator[Row]:  # fmt: skip
    """Report every line in order, and yield the rows of those that were not taken, which `read` reports and gives.

    `follow` gets the last line of every run of taken ones, for what carries over from line to line.
    """
    for first, last, is_taken in rows.runs():
        if is_taken:
            start, end = int(rows.lines.starts[first]), int(rows.lines.nexts[last - 1])
            tally.record(block.offset + start, end - start, last - first)
            if follow is not None:
                follow(rows.line(block, last - 1, first_no))
            continue
        for index in range(first, last):
            yield from read(rows.line(block, index, first_no))
