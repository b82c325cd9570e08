"""Query logs of BIND by the block: the lines of the block's own shape as columns, every other line by the grammar.

The shape is learned from a line of the block: how its time is written, where the client's address, the name and the
rest begin. What repeats (the words before the address, the view, class with type and flags and server) is checked by
the grammar once per distinct text; names and addresses are made canonical once per distinct text. A line in which
anything differs goes to `parse_line`, so that the rows are the same either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forensics.formats import _bind_line, _byte_blocks, _column_blocks, _wall_clock
from forensics.formats._bind_line import QueryLine, parse_line
from forensics.formats._byte_blocks import Bits, Ints, LineEnds, Lines, Marks
from forensics.formats._column_blocks import BlockRows
from forensics.formats._wall_clock import Times
from forensics.formats.source import Block
from forensics.model.batch import ColumnBatch
from forensics.protocols import address_text, dns_names
from forensics.protocols.arrow_functions import column_of
from forensics.schema import DnsQuery

_FLAGS = re.VERBOSE | re.ASCII
_HEAD = re.compile(rf"(?P<offset>Z|[+-]\d\d:?\d\d)?[ ]{_bind_line.CATEGORY}{_bind_line.CLIENT_ID}", _FLAGS)
_HEAD_WITHOUT_TIME = re.compile(_bind_line.CATEGORY + _bind_line.CLIENT_ID, _FLAGS)
_CLIENT = re.compile(_bind_line.CLIENT_IP, _FLAGS)
_MIDDLE = re.compile(_bind_line.VIEW_AND_KIND, _FLAGS)
_TAIL = re.compile(_bind_line.TAIL, _FLAGS)
_SHAPE = re.compile(
    rf"(?P<time>\d\d-[A-Z][a-z]{{2}}-\d{{4}}[ ]\d\d:\d\d:\d\d\.\d{{3}}|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}})?"
    rf"(?P<head>[^@\#]*client[ ](?:@0x[0-9a-f]{{1,16}}[ ])?){_bind_line.CLIENT_IP}\#\d{{1,5}}(?P<paren>[ ]\(\S*\))?"
    rf"{_bind_line.VIEW_AND_KIND}",
    _FLAGS,
)
_TRIES = 50


class Shape(NamedTuple):
    """How the lines of a block are laid out: bytes of the time, and how many spaces come before address and name."""

    time_bytes: int
    to_client: int
    to_name: int
    paren: bool


class Fields(NamedTuple):
    """Where the fields of lines lie; all lines fit the shape, their fields are still to be checked."""

    head_start: Ints
    client_start: Ints
    hash_at: Ints
    middle_start: Ints
    name_start: Ints
    name_end: Ints
    port: Ints


class Asked(NamedTuple):
    """What follows the name in a line, as columns."""

    qclass: str | None = None
    qtype: str | None = None
    server_ip: str | None = None
    transport: str | None = None
    recursion_desired: bool | None = None
    edns: bool | None = None
    dnssec_ok: bool | None = None


Mapped = tuple[Ints, list[Any]]
"""For each row the number of what was read of a text; None is a text that is refused."""


class Texts(NamedTuple):
    """What the texts of the located lines say."""

    head: Mapped
    """The time's offset; an empty text for none."""
    client: Mapped
    middle: Mapped
    name: Mapped
    tail: Mapped


class Located(NamedTuple):
    """The lines of a block that are laid out like its shape: which, their texts, times and ports."""

    chosen: Ints
    texts: Texts
    times: Times
    port: Ints


def read_block(block: Block, first_no: int, zone: tzinfo | None) -> tuple[BlockRows, tuple[int, int]] | None:
    """The rows of the lines of a block's own shape, and how many did not and did desire recursion; None without one.

    `first_no` is the number of its first line. Lines at minutes that the zone has twice or skips are left out.
    """
    shape = learn(block.data)
    if shape is None:
        return None
    buffer = np.frombuffer(block.data, dtype=np.uint8)
    lines = _byte_blocks.lines_of(buffer)
    chosen, fields = _locate(buffer, lines, shape)
    texts = _texts(block.data, lines.ends[chosen], fields, shape)
    times = _wall_clock.read(buffer, lines.starts[chosen], shape.time_bytes, texts.head, zone)
    return rows_of(block, first_no, lines, Located(chosen, texts, times, fields.port))


def rows_of(
    block: Block, first_no: int, lines: LineEnds, located: Located
) -> tuple[BlockRows, tuple[int, int]] | None:  # fmt: skip
    """What `read_block` gives, of the lines of a block that were located."""
    good = located.times.good
    for indices, values in located.texts:
        if None in values:
            good = good & np.array([value is not None for value in values], dtype=bool)[indices]
    if not good.all():
        texts = Texts(*((indices[good], values) for indices, values in located.texts))
        ns = None if located.times.ns is None else located.times.ns[good]
        located = Located(located.chosen[good], texts, Times(ns, good), located.port[good])
    kept, (which, asked) = located.chosen, located.texts.tail
    if not len(kept):
        return None
    columns = _columns(located) | _column_blocks.citation(block, lines, kept, first_no)
    desired = [0, 0]
    for count, value in zip(np.bincount(which, minlength=len(asked)).tolist(), asked, strict=True):
        if value is not None and value.recursion_desired is not None:
            desired[value.recursion_desired] += count
    rows = BlockRows((ColumnBatch(DnsQuery, columns),), _column_blocks.taken(lines, kept), lines)
    return rows, (desired[0], desired[1])


def learn(data: bytes) -> Shape | None:
    """The shape of the first query in a block."""
    for raw in data[: 1 << 16].split(b"\n")[:_TRIES]:
        if not isinstance(parse_line(raw.rstrip(b"\r\n")), QueryLine):
            continue
        match = _SHAPE.match(raw.decode("ascii"))
        if match:
            to_client, to_name = match.start("client"), match.end()
            before = raw.count(b" ", 0, to_client), raw.count(b" ", 0, to_name)
            return Shape(len(match["time"] or ""), *before, paren=bool(match["paren"]))
    return None


def _locate(buffer: npt.NDArray[np.uint8], lines: Lines, shape: Shape) -> tuple[Ints, Fields]:
    """The lines that are laid out like the shape, and where their fields lie."""
    spaces = Marks(lines.spaces, len(buffer))
    hashes = Marks(np.flatnonzero(buffer == ord("#")), len(buffer))
    number = spaces.first(lines.starts)
    client_start = spaces.place(number + shape.to_client - 1) + 1
    client_end = spaces.place(number + shape.to_client)
    name_start = spaces.place(number + shape.to_name - 1) + 1
    name_end = spaces.place(number + shape.to_name)
    hash_at = hashes.place(hashes.first(client_start))
    good = lines.clean & (name_end < lines.ends) & (hash_at < client_end) & (name_start < name_end)
    good &= lines.ends - lines.starts <= _bind_line.MAX_LINE_BYTES
    good &= lines.starts + shape.time_bytes < client_start
    chosen = np.flatnonzero(good)
    picked = [array[chosen] for array in (client_start, client_end, name_start, name_end, hash_at)]
    client_start, client_end, name_start, name_end, hash_at = picked
    if shape.paren:
        port_end = client_end
        middle_start = spaces.place(number[chosen] + shape.to_client + 1) - 1
        good = _is_parenthesised(buffer, client_end + 1, middle_start)
    else:
        port_end = middle_start = client_end - 1
        good = np.ones(len(chosen), dtype=bool)
    port, numeric = _byte_blocks.digits(buffer, hash_at + 1, port_end, 5)
    good &= numeric & (port < 65536) & (middle_start < name_start)
    head_start = lines.starts[chosen] + shape.time_bytes
    fields = Fields(head_start, client_start, hash_at, middle_start, name_start, name_end, port)
    return chosen[good], Fields(*(array[good] for array in fields))


def _is_parenthesised(buffer: npt.NDArray[np.uint8], start: Ints, end: Ints) -> Bits:
    """Whether the text is one name in parentheses; both ends lie inside the block."""
    size = end - start - 2
    found: Bits = (size > 0) & (size <= 1016) & (buffer[start] == ord("(")) & (buffer[end - 1] == ord(")"))
    return found


def _texts(data: bytes, ends: Ints, fields: Fields, shape: Shape) -> Texts:
    """Read the texts of located lines, each distinct one once."""

    def text(first: Ints, last: Ints, read: Callable[[str], Any]) -> Mapped:
        return _byte_blocks.segments(data, first, last).map(read)

    read = readers(shape)
    return Texts(
        head=text(fields.head_start, fields.client_start, read.head),
        client=text(fields.client_start, fields.hash_at, read.client),
        middle=text(fields.middle_start, fields.name_start, read.middle),
        name=text(fields.name_start, fields.name_end, read.name),
        tail=text(fields.name_end, ends, read.tail),
    )


def _columns(located: Located) -> dict[str, Any]:
    """The columns of lines whose every field is good; a value that was refused occurs in none of them."""
    texts, (which, said) = located.texts, located.texts.tail
    asked = [Asked() if value is None else value for value in said]
    text, flags = _byte_blocks.dictionary_array, _byte_blocks.flags_array
    columns = {
        "client_ip": text(*texts.client),
        "client_port": column_of(located.port),
        "server_ip": text(which, [value.server_ip for value in asked]),
        "transport": text(which, [value.transport for value in asked]),
        "qname": text(*texts.name),
        "qtype": text(which, [value.qtype for value in asked]),
        "qclass": text(which, [value.qclass for value in asked]),
        "recursion_desired": flags(which, [value.recursion_desired for value in asked]),
        "edns": flags(which, [value.edns for value in asked]),
        "dnssec_ok": flags(which, [value.dnssec_ok for value in asked]),
        "role": text(np.zeros(len(which), dtype=np.int32), ["client"]),
    }
    if located.times.ns is not None:
        columns["ts"] = column_of(located.times.ns)
    return columns


class Readers(NamedTuple):
    """What reads each of the texts of a line; it gives None for one that is refused."""

    head: Callable[[str], str | None]
    client: Callable[[str], str | None]
    middle: Callable[[str], bool | None]
    name: Callable[[str], str | None]
    tail: Callable[[str], Asked | None]


def readers(shape: Shape) -> Readers:
    """The readers of the texts of lines of that shape."""
    head = partial(_head, shape.time_bytes)
    return Readers(head, _client_ip, _is_query, _name, _tail)


def _head(time_bytes: int, text: str) -> str | None:
    """What the time's offset is (an empty text: none) where the words before the address are good."""
    if not time_bytes:
        return "" if _HEAD_WITHOUT_TIME.fullmatch(text) else None
    match = _HEAD.fullmatch(text)
    if match is None or (match["offset"] and time_bytes == _wall_clock.BIND_BYTES):
        return None
    return match["offset"] or ""


def _client_ip(text: str) -> str | None:
    match = _CLIENT.fullmatch(text)
    return address_text.canonical(match["client"]) if match else None


def _is_query(text: str) -> bool | None:
    match = _MIDDLE.fullmatch(text)
    return True if match and match["kind"] == "query" else None


def _name(text: str) -> str | None:
    try:
        return dns_names.canonical(text)
    except dns_names.DnsNameError:
        return None


def _tail(text: str) -> Asked | None:
    """What class, type, flags and server say, as `_bind_line.row` has it."""
    match = _TAIL.fullmatch(text)
    if match is None or match["answer"]:
        return None
    server_ip = address_text.canonical(match["server"]) if match["server"] else None
    if match["server"] and server_ip is None:
        return None
    flags = match["flags"]
    return Asked(match["qclass"], match["qtype"], server_ip, *_bind_line.said_by(flags, server_ip))
