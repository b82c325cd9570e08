"""How columns are found in the bytes of packets: by NumPy, or by compiled code with equal results."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from forensics.formats._capture import text_columns
from forensics.protocols.byte_columns import Flags, Ints, Loads
from forensics.protocols.dns_message import columns
from forensics.protocols.dns_message.name_columns import skip_names
from forensics.protocols.packets.columns import Headers, headers


class RecordHeader(NamedTuple):
    """Headers of records: byte order (`<` or `>`), their bytes, and the most bytes that a record may hold."""

    order: str
    size: int
    limit: int


class Decoding(NamedTuple):
    """The steps from bytes to columns."""

    record_starts: Callable[[bytes, int, RecordHeader], tuple[Ints, int, bool]]
    """Where each whole record begins, where the last ends, and whether what follows is no record."""
    headers: Callable[[Loads, Ints, Ints, Ints], Headers]
    messages: Callable[[Loads, Ints, Ints], columns.Messages]
    skip_names: Callable[[Loads, Ints, Ints, Ints], tuple[Ints, Flags]]
    names: Callable[[Loads, Ints, Ints, Ints], pa.DictionaryArray]
    distinct: Callable[[Loads, Ints, int], tuple[Ints, Ints]]
    """Runs of so many bytes as indexes of the distinct ones, and where each of these lies."""


def _record_starts(data: bytes, at: int, header: RecordHeader) -> tuple[Ints, int, bool]:
    length_at = struct.Struct(f"{header.order}I").unpack_from
    size, limit, end = header.size, header.limit, len(data)
    starts: list[int] = []
    broken = False
    while at + size <= end:
        (captured,) = length_at(data, at + 8)
        broken = captured > limit or (not captured and not any(data[at : at + 16]))
        following = at + size + captured
        if broken or following > end:
            break
        starts.append(at)
        at = following
    return np.array(starts, np.int64), at, broken


def _names(loads: Loads, base: Ints, at: Ints, end: Ints) -> pa.DictionaryArray:
    return columns.names(loads, base, at, end).dictionary_encode()


PLAIN = Decoding(_record_starts, headers, columns.read, skip_names, _names, text_columns.distinct)
