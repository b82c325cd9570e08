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

from forensics.formats import _byte_blocks, _column_blocks, _unbound_line
from forensics.formats._byte_blocks import Bits, Ints, LineEnds, Lines, Marks
from forensics.formats._column_blocks import BlockRows
from forensics.formats._unbound_line import Asked
from forensics.formats.source import Block
from forensics.model.batch import ColumnBatch
from forensics.protocols import address_text, dns_names
from forensics.protocols.arrow_functions import column_of
from forensics.schema import DnsQuery, DnsResponse

_FLAGS = re.VERBOSE | re.ASCII
_CLIENT = re.compile(_unbound_line.CLIENT_IP, _FLAGS)
_TAIL = re.compile(_unbound_line.TAIL, _FLAGS)
_SPACES_TO_CLIENT = 3
"""Of `[1795425693] unbound[25:0] info: `."""

Mapped = tuple[Ints, list[Any]]
"""For each row the number of what was read of a text; None is a text that is refused."""


class Kind(NamedTuple):
    """What was asked, and answered; `rcode` None marks a question."""

    qtype: str | None = None
    qclass: str | None = None
    rcode: str | None = None


class Destination(NamedTuple):
    """Where the question went to."""

    transport: str | None = None
    server_ip: str | None = None
    server_port: int | None = None


class Located(NamedTuple):
    """The lines of a block that have what is needed: which, their times, texts, and how long the replies took."""

    chosen: Ints
    ns: Ints
    head: Mapped
    client: Mapped
    name: Mapped
    kind: Mapped
    rtt_ms: npt.NDArray[np.float64]
    destination: Mapped


def read_block(block: Block, first_no: int) -> BlockRows | None:
    """The rows of the questions and replies of a block; None where it has none with seconds since 1970.

    `first_no` is the number of its first line.
    """
    buffer = np.frombuffer(block.data, dtype=np.uint8)
    lines = _byte_blocks.lines_of(buffer)
    return rows_of(block, first_no, lines, _locate(block.data, buffer, lines))


def rows_of(block: Block, first_no: int, lines: LineEnds, located: Located) -> BlockRows | None:
    """What `read_block` gives, of the lines of a block that were located."""
    good = np.ones(len(located.chosen), dtype=bool)
    for indices, values in (located.head, located.client, located.name, located.kind, located.destination):
        if None in values:
            good &= np.array([value is not None for value in values], dtype=bool)[indices]
    if not good.any():
        return None
    replies = np.array([value is not None and value.rcode is not None for value in located.kind[1]], dtype=bool)
    is_reply = replies[located.kind[0]]
    batches = []
    for table, rows in ((DnsQuery, good & ~is_reply), (DnsResponse, good & is_reply)):
        if rows.any():
            columns = _columns(rows, located) if table is DnsQuery else _of_replies(rows, located)
            columns |= _column_blocks.citation(block, lines, located.chosen[rows], first_no)
            batches.append(ColumnBatch(table, columns))
    return BlockRows(tuple(batches), _column_blocks.taken(lines, located.chosen[good]), lines)


def _locate(data: bytes, buffer: npt.NDArray[np.uint8], lines: Lines) -> Located:
    """The lines that have what is needed, and what their texts say."""
    spaces = Marks(lines.spaces, len(buffer))
    number = spaces.first(lines.starts)
    client_start = spaces.place(number + _SPACES_TO_CLIENT - 1) + 1
    client_end = spaces.place(number + _SPACES_TO_CLIENT)
    name_end = spaces.place(number + _SPACES_TO_CLIENT + 1)
    good = lines.clean & (name_end < lines.ends) & (client_start < client_end) & (client_end + 1 < name_end)
    good &= lines.ends - lines.starts <= _unbound_line.MAX_LINE_BYTES
    good[good] = buffer[lines.starts[good]] == ord("[")
    chosen = np.flatnonzero(good)

    def text(first: Ints, last: Ints, read: Callable[[str], Any]) -> Mapped:
        return _byte_blocks.segments(data, first[chosen], last[chosen]).map(read)

    head = text(lines.starts, client_start, _time)
    which, tails = text(name_end, lines.ends, _tail)
    asked = [value and (Kind(*value[:3]), Destination(*value[4:])) for value in tails]
    rtt_ms = np.array([(value and value.rtt_ms) or 0 for value in tails], dtype=np.float64)[which]
    return Located(
        chosen, np.array([value or 0 for value in head[1]], dtype=np.int64)[head[0]], head,
        text(client_start, client_end, _client_ip), text(client_end + 1, name_end, _name),
        (which, [value and value[0] for value in asked]), rtt_ms, (which, [value and value[1] for value in asked]),
    )  # fmt: skip


def _columns(rows: Bits, located: Located) -> dict[str, Any]:
    """The columns of questions and replies; a text that was refused occurs in none of them."""
    text = _byte_blocks.dictionary_array
    which, kinds = located.kind[0][rows], [value or Kind() for value in located.kind[1]]
    where, destinations = located.destination[0][rows], [value or Destination() for value in located.destination[1]]
    ports = np.array([value.server_port or 0 for value in destinations], dtype=np.int64)[where]
    unknown = np.array([value.server_port is None for value in destinations], dtype=bool)[where]
    return {
        "ts": column_of(located.ns[rows]),
        "client_ip": text(located.client[0][rows], located.client[1]),
        "server_ip": text(where, [value.server_ip for value in destinations]),
        "server_port": column_of(ports, ~unknown),
        "transport": text(where, [value.transport for value in destinations]),
        "qname": text(located.name[0][rows], located.name[1]),
        "qtype": text(which, [value.qtype for value in kinds]),
        "qclass": text(which, [value.qclass for value in kinds]),
        "role": text(np.zeros(len(which), dtype=np.int32), ["client"]),
    }


def _of_replies(rows: Bits, located: Located) -> dict[str, Any]:
    rcodes = [value and value.rcode for value in located.kind[1]]
    rcode = _byte_blocks.dictionary_array(located.kind[0][rows], rcodes)
    return {**_columns(rows, located), "rcode": rcode, "rtt_ms": column_of(located.rtt_ms[rows])}


def readers() -> tuple[Callable[[str], Any], ...]:
    """The readers of head (behind the time), address, name, kind and destination; None for a text that is refused."""
    return _head, _client_ip, _name, _kind, _destination


def _head(text: str) -> bool | None:
    """Whether what stands behind seconds since 1970 and before the address is good."""
    return None if _time(f"[0{text}") is None else True


def _time(text: str) -> int | None:
    """The time of a line, where the words before the address are good and it is seconds since 1970."""
    match = _unbound_line.OWN.fullmatch(text)
    if match is None or match["epoch"] is None or match["level"] not in _unbound_line.LEVELS_OF_QUERIES:
        return None
    return _unbound_line.epoch_nanoseconds(match["epoch"])


def _kind(text: str) -> Kind | None:
    """What ` MX IN` or ` MX IN NOERROR` say."""
    asked = _tail(text if text.count(" ") < len(Kind._fields) else f"{text} 0.000000 0 0")
    return asked and Kind(*asked[:3])


def _destination(text: str) -> Destination | None:
    """What ` on udp 192.0.2.53 53`, or nothing, says."""
    asked = _tail(f" A IN NOERROR 0.000000 0 0{text}")
    return asked and Destination(*asked[4:])


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
