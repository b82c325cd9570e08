"""Logs of Unbound by the block: lines with seconds since 1970 as columns, every other line by the grammar.

Everything before the client's address and everything after the name is checked by the grammar once per distinct text,
addresses and names are made canonical once per distinct text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from forensics.formats import _byte_blocks, _column_blocks, _unbound_line
from forensics.formats._byte_blocks import Bits, Ints, Lines, Marks
from forensics.formats._column_blocks import BlockRows
from forensics.formats._unbound_line import Asked
from forensics.formats.source import Block
from forensics.model.batch import ColumnBatch
from forensics.protocols import address_text, dns_names
from forensics.schema import DnsQuery, DnsResponse

_FLAGS = re.VERBOSE | re.ASCII
_CLIENT = re.compile(_unbound_line.CLIENT_IP, _FLAGS)
_TAIL = re.compile(_unbound_line.TAIL, _FLAGS)
_SPACES_TO_CLIENT = 3
"""Of `[1795425693] unbound[25:0] info: `."""

_Mapped = tuple[Ints, list[Any]]


class _Texts(NamedTuple):
    """The texts of lines in dictionary form, read; None is a text that the grammar refuses."""

    head: _Mapped
    client: _Mapped
    name: _Mapped
    tail: _Mapped


def read_block(block: Block, first_no: int) -> BlockRows | None:
    """The rows of the questions and replies of a block; None where it has none with seconds since 1970.

    `first_no` is the number of its first line.
    """
    buffer = np.frombuffer(block.data, dtype=np.uint8)
    lines = _byte_blocks.lines_of(buffer)
    chosen, texts = _read(block.data, buffer, lines)
    good = np.ones(len(chosen), dtype=bool)
    for indices, values in texts:
        good &= np.array([value is not None for value in values], dtype=bool)[indices]
    if not good.any():
        return None
    replies = [value is not None and value.rcode is not None for value in texts.tail[1]]
    is_reply = np.array(replies, dtype=bool)[texts.tail[0]]
    batches = []
    for table, rows, columns_of in (
        (DnsQuery, good & ~is_reply, _columns),
        (DnsResponse, good & is_reply, _of_replies),
    ):
        columns = columns_of(rows, texts) | _column_blocks.citation(block, lines, chosen[rows], first_no)
        batches.append(ColumnBatch(table, columns))
    filled = tuple(batch for batch in batches if batch.rows)
    return BlockRows(filled, _column_blocks.taken(lines, chosen[good]), lines)


def _read(data: bytes, buffer: npt.NDArray[np.uint8], lines: Lines) -> tuple[Ints, _Texts]:
    """The lines that have what is needed, and their texts."""
    spaces = Marks(lines.spaces, len(buffer))
    number = spaces.first(lines.starts)
    client_start = spaces.place(number + _SPACES_TO_CLIENT - 1) + 1
    client_end = spaces.place(number + _SPACES_TO_CLIENT)
    name_end = spaces.place(number + _SPACES_TO_CLIENT + 1)
    good = lines.clean & (name_end < lines.ends) & (client_start < client_end) & (client_end + 1 < name_end)
    good &= lines.ends - lines.starts <= _unbound_line.MAX_LINE_BYTES
    good[good] = buffer[lines.starts[good]] == ord("[")
    chosen = np.flatnonzero(good)

    def text(first: Ints, last: Ints, read: Callable[[str], Any]) -> _Mapped:
        return _byte_blocks.segments(data, first[chosen], last[chosen]).map(read)

    return chosen, _Texts(
        head=text(lines.starts, client_start, _head), client=text(client_start, client_end, _client_ip),
        name=text(client_end + 1, name_end, _name), tail=text(name_end, lines.ends, _tail),
    )  # fmt: skip


def _columns(rows: Bits, texts: _Texts) -> dict[str, Any]:
    """The columns of questions and replies; a text that was refused occurs in none of them."""
    text = _byte_blocks.dictionary_array
    which, asked = texts.tail[0][rows], _asked(texts)
    ns = np.array([value if value else 0 for value in texts.head[1]], dtype=np.int64)
    ports = np.array([value.server_port or 0 for value in asked], dtype=np.int64)[which]
    return {
        "ts": pa.array(ns[texts.head[0][rows]]),
        "client_ip": text(texts.client[0][rows], texts.client[1]),
        "server_ip": text(which, [value.server_ip for value in asked]),
        "server_port": pa.array(ports, mask=np.array([value.server_port is None for value in asked], bool)[which]),
        "transport": text(which, [value.transport for value in asked]),
        "qname": text(texts.name[0][rows], texts.name[1]),
        "qtype": text(which, [value.qtype for value in asked]),
        "qclass": text(which, [value.qclass for value in asked]),
        "role": text(np.zeros(len(which), dtype=np.int64), ["client"]),
    }


def _of_replies(rows: Bits, texts: _Texts) -> dict[str, Any]:
    which, asked = texts.tail[0][rows], _asked(texts)
    rtt_ms = np.array([value.rtt_ms or 0 for value in asked], dtype=np.float64)[which]
    rcode = _byte_blocks.dictionary_array(which, [value.rcode for value in asked])
    return {**_columns(rows, texts), "rcode": rcode, "rtt_ms": pa.array(rtt_ms)}


def _asked(texts: _Texts) -> list[Asked]:
    return [Asked(None, None, None) if value is None else value for value in texts.tail[1]]


def _head(text: str) -> int | None:
    """The time of a line, where the words before the address are good and it is seconds since 1970."""
    match = _unbound_line.OWN.fullmatch(text)
    if match is None or match["epoch"] is None or match["level"] not in _unbound_line.LEVELS_OF_QUERIES:
        return None
    return _unbound_line.epoch_nanoseconds(match["epoch"])


def _client_ip(text: str) -> str | None:
    match = _CLIENT.fullmatch(text)
    return address_text.canonical(match["client"]) if match else None


def _name(text: str) -> str | None:
    try:
        return dns_names.canonical(text)
    except dns_names.DnsNameError:
        return None


def _tail(text: str) -> Asked | None:
    match = _TAIL.fullmatch(text)
    return _unbound_line.asked_by(match) if match else None
