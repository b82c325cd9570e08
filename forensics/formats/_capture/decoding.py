"""How columns are found in the bytes of packets: by NumPy, or by compiled code with equal results."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from forensics.formats._capture import rdata_columns, text_columns
from forensics.formats._capture.text_columns import Coded
from forensics.protocols.byte_columns import Flags, Ints, Loads
from forensics.protocols.dns_message import columns
from forensics.protocols.packets.columns import Datagrams, Headers, datagrams, headers


class RecordHeader(NamedTuple):
    """Headers of records: byte order (`<` or `>`), their bytes, the most bytes of a record, units of time a second."""

    order: str
    size: int
    limit: int
    units: int


class Pieces(NamedTuple):
    """Payloads of TCP segments: where each begins and ends, and whether the client sent it."""

    begin: Ints
    end: Ints
    client: Flags


class Told(NamedTuple):
    """What `dialogue_kernel.dialogues` found, row by row."""

    dialogues: list[list[int]]
    envelopes: list[list[int]]
    recipients: list[list[int]]


class Decoding(NamedTuple):
    """The steps from bytes to columns."""

    record_starts: Callable[[bytes, int, RecordHeader], tuple[Ints, int, bool]]
    """Where each whole record begins, where the last ends, and whether what follows is no record."""
    headers: Callable[[Loads, Ints, Ints, Ints], Headers]
    datagrams: Callable[[Loads, Headers, Ints], Datagrams]
    messages: Callable[[Loads, Ints, Ints], columns.Messages]
    names: Callable[[Loads, Ints, Ints, Ints], Coded]
    clients: Callable[[Loads, Ints, Flags], Coded]
    servers: Callable[[Loads, Ints, Flags], Coded]
    rdata: Callable[[Loads, columns.Messages], Coded]
    distinct: Callable[[Loads, Ints, int], tuple[Ints, Ints]]
    """Runs of so many bytes as indexes of the distinct ones, and where each of these lies."""
    dialogues: Callable[[Loads, Pieces, Ints, Ints], Told] | None = None
    """The plain SMTP dialogues of connections, each the pieces from one place to another."""


def _record_starts(data: bytes, at: int, header: RecordHeader) -> tuple[Ints, int, bool]:
    read = struct.Struct(f"{header.order}II").unpack_from
    size, limit, end = header.size, header.limit, len(data)
    starts: list[int] = []
    broken = False
    while at + size <= end:
        fraction, captured = read(data, at + 4)
        following = at + size + captured
        broken = captured > limit or (not captured and not any(data[at : at + 16]))
        if starts and fraction >= header.units and following + size <= end:
            # behind records a time that is none: a damaged byte, or no record at all, as what follows shows
            fraction, captured = read(data, following + 4)
            broken = broken or fraction >= header.units or captured > limit
        if broken or following > end:
            break
        starts.append(at)
        at = following
    return np.array(starts, np.int64), at, broken


def _names(loads: Loads, base: Ints, at: Ints, end: Ints) -> Coded:
    return text_columns.coded(columns.names(loads, base, at, end))


PLAIN = Decoding(
    _record_starts, headers, datagrams, columns.read, _names, text_columns.addresses, text_columns.addresses,
    rdata_columns.rdata_texts, text_columns.distinct,
)  # fmt: skip
