"""Blocks of a big log of Unbound through the kernel: the rows that `_unbound_blocks` gives, sooner."""

from __future__ import annotations

import numpy as np

from forensics.formats import _unbound_blocks
from forensics.formats import _unbound_kernel as kernel
from forensics.formats._byte_blocks import Cuts
from forensics.formats._column_blocks import BlockRows
from forensics.formats._text_kernel import canonical_ipv4, canonical_names
from forensics.formats._text_tables import TextTables
from forensics.formats._unbound_blocks import Located
from forensics.formats.source import Block

_LEAST_LINE_BYTES = 32
"""Blocks of lines shorter than this on average, which no question fits, are left to NumPy."""
_CANONICAL = {kernel.CLIENT: canonical_ipv4, kernel.NAME: canonical_names}


class BlockReader:
    """Reads the blocks of one log; what it knows of texts, and its memory, are kept from block to block."""

    def __init__(self) -> None:
        self._tables = TextTables(_unbound_blocks.readers(), _CANONICAL)
        self._rows = _space(0)
        self._fields = kernel.Fields(*(np.empty((kernel.FIELDS, kernel.CHUNK), np.int32) for _ in range(2)))

    def read(self, block: Block, first_no: int) -> BlockRows | None:
        """As `_unbound_blocks.read_block`."""
        room = len(block.data) // _LEAST_LINE_BYTES + 1
        if room > len(self._rows.starts):
            self._rows = _space(room)
        buffer = np.frombuffer(block.data, np.uint8)
        lines, count = kernel.scan(buffer, self._fields, self._rows, self._tables.begin(room, len(block.data)))
        if lines < 0:
            return _unbound_blocks.read_block(block, first_no)
        starts = self._rows.starts[:lines].astype(np.int64)
        cuts = Cuts(starts, np.append(starts[1:], len(block.data)))
        found = kernel.Rows(*(array[..., :count] for array in self._rows))
        placed = (found.codes >= 0).all(axis=0)
        if not placed.all():  # texts made to fall on the same places of a table
            found = kernel.Rows(*(array[..., placed] for array in found._replace(starts=found.line)))
        head, client, name, kind, destination = self._tables.mapped(list(found.codes))
        located = Located(
            found.line.astype(np.int64), found.ns.copy(), head, client, name, kind, found.us / 1000, destination
        )
        return _unbound_blocks.rows_of(block, first_no, cuts, located)


def _space(room: int) -> kernel.Rows:
    """Memory for what the kernel finds in so many lines."""
    starts, line = np.empty(room, np.int32), np.empty(room, np.int32)
    ns, us = np.empty(room, np.int64), np.empty(room, np.int64)
    return kernel.Rows(starts, line, ns, us, np.empty((kernel.FIELDS, room), np.int32))
