"""The steps of `decoding` with the functions that `kernel` compiles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from forensics.formats._capture import kernel, text_columns
from forensics.formats._capture.decoding import Decoding, RecordHeader
from forensics.protocols.arrow_functions import column_of, encoded
from forensics.protocols.byte_columns import Flags, Ints, Loads
from forensics.protocols.dns_message import columns
from forensics.protocols.packets.columns import Datagrams, Headers

_LEAST_RECORD_BYTES = 16


def record_starts(data: bytes, at: int, header: RecordHeader) -> tuple[Ints, int, bool]:
    """As `Decoding` has it."""
    content = np.frombuffer(data, np.uint8)
    starts = np.empty(len(data) // _LEAST_RECORD_BYTES + 1, np.int64)
    big = header.order == ">"
    count, end, broken = kernel.record_starts(content, at, big, header.size, header.limit, header.units, starts)
    return starts[:count].copy(), end, broken


def headers(loads: Loads, start: Ints, captured: Ints, linktype: Ints) -> Headers:
    """As `packets.columns.headers`; what is not said of a kind is 0."""
    found = np.empty((7, len(start)), np.int64)
    kernel.headers(loads.bytes, start, captured, linktype, found)
    kind, source, target, six, transport, end, held = found
    return Headers(kind, source, target, six.astype(bool), transport, end, held)


def datagrams(loads: Loads, found: Headers, chosen: Ints) -> Datagrams:
    """As `packets.columns.datagrams`."""
    rows = np.empty((5, len(chosen)), np.int64)
    kernel.datagrams(loads.bytes, found.transport[chosen], found.end[chosen], found.held[chosen], rows)
    return Datagrams(*rows)


def messages(loads: Loads, begin: Ints, end: Ints) -> columns.Messages:
    """As `dns_message.columns.read`."""
    found = np.empty((11, len(begin)), np.int64)
    records = np.empty((8, kernel.count_records(loads.bytes, begin, end)), np.int64)
    count, kept = kernel.messages(loads.bytes, begin, end, found, records)
    number, start, stop, ident, flags, answers, qtype, qclass, rcode, edns, dnssec = found[:, :count]
    rest = np.ones(len(begin), bool)
    rest[number] = False
    return columns.Messages(
        number=number, rest=np.flatnonzero(rest), begin=start, end=stop, id=ident, flags=flags, answers=answers,
        question=start + kernel.HEADER_BYTES, qtype=qtype, qclass=qclass, rcode=rcode, edns=edns.astype(bool),
        do=dnssec.astype(bool), records=columns.Records(*records[:, :kept]),
    )  # fmt: skip


def skip_names(loads: Loads, base: Ints, at: Ints, end: Ints) -> tuple[Ints, Flags]:
    """As `dns_message.name_columns.skip_names`."""
    after = np.empty(len(at), np.int64)
    kernel.skip_names(loads.bytes, base, at, end, after)
    return after, after >= 0


def names(loads: Loads, base: Ints, at: Ints, end: Ints) -> pa.DictionaryArray:
    """As `dns_message.columns.names`, dictionary-encoded."""
    codes, offsets = np.empty(len(at), np.int32), np.empty(len(at) + 1, np.int32)
    text = np.empty(len(at) * kernel.MAX_NAME_BYTES, np.uint8)
    tables, wire = np.stack([_table(len(at))] * 2), np.empty((3, len(at)), np.int64)
    count = kernel.names(loads.bytes, loads.words, base, at, end, codes, text, offsets, tables, wire)
    offsets = offsets[: count + 1].copy()
    found = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text[: offsets[-1]].copy()))
    plain, special = np.flatnonzero(codes >= 0), np.flatnonzero(codes < 0)
    if not len(special):
        return pa.DictionaryArray.from_arrays(column_of(codes), found)
    pieces = text_columns.Pieces(len(codes))
    pieces.add(plain, pa.DictionaryArray.from_arrays(column_of(codes[plain]), found))
    others = columns.names(loads, base[special], at[special], end[special])
    pieces.add(special, encoded(others))
    return pieces.joined()


def distinct(loads: Loads, at: Ints, width: int) -> tuple[Ints, Ints]:
    """As `text_columns.distinct`."""
    codes, first = np.empty(len(at), np.int64), np.empty(len(at), np.int64)
    count = kernel.distinct(loads.words, at, width, codes, first, _table(len(at)))
    return codes, first[:count]


def _table(count: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """A hash table for so many keys: a power of two, at most half of it filled."""
    return np.full(1 << max(2 * count, 16).bit_length(), -1, np.int32)


COMPILED = Decoding(record_starts, headers, datagrams, messages, skip_names, names, distinct)
