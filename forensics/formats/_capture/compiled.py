"""The steps of `decoding` with the functions that `kernel` compiles."""

from __future__ import annotations

import numpy as np

from forensics.formats._capture import dialogue_kernel, kernel
from forensics.formats._capture.decoding import Decoding, Pieces, RecordHeader, Told
from forensics.formats._capture.numbered_texts import Addresses, Names, RecordData, distinct
from forensics.protocols.byte_columns import Ints, Loads
from forensics.protocols.dns_message import columns
from forensics.protocols.packets.columns import Datagrams, Headers

_LEAST_RECORD_BYTES = 16


def record_starts(data: bytes, at: int, header: RecordHeader) -> tuple[Ints, int, bool]:
    """As `Decoding` has it."""
    if len(data) - at < header.size:
        return np.empty(0, np.int64), at, False
    words = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    starts = np.empty(len(data) // _LEAST_RECORD_BYTES + 1, np.int64)
    big = header.order == ">"
    count, end, broken = kernel.record_starts(
        words, at, len(data), big, header.size, header.limit, header.units, starts
    )
    return starts[:count].copy(), end, broken


def headers(loads: Loads, start: Ints, captured: Ints, linktype: Ints) -> Headers:
    """As `packets.columns.headers`; what is not said of a kind is 0."""
    found = np.empty((7, len(start)), np.int64)
    kernel.headers(loads.bytes, loads.words, start, captured, linktype, found)
    kind, source, target, six, transport, end, held = found
    return Headers(kind, source, target, six.astype(bool), transport, end, held)


def datagrams(loads: Loads, found: Headers, chosen: Ints) -> Datagrams:
    """As `packets.columns.datagrams`."""
    rows = np.empty((5, len(chosen)), np.int64)
    kernel.datagrams(loads.words, found.transport[chosen], found.end[chosen], found.held[chosen], rows)
    return Datagrams(*rows)


def messages(loads: Loads, begin: Ints, end: Ints) -> columns.Messages:
    """As `dns_message.columns.read`."""
    found = np.empty((11, len(begin)), np.int64)
    records = np.empty((8, kernel.count_records(loads.words, begin, end)), np.int64)
    count, kept = kernel.messages(loads.bytes, loads.words, begin, end, found, records)
    number, start, stop, ident, flags, answers, qtype, qclass, rcode, edns, dnssec = found[:, :count]
    rest = np.ones(len(begin), bool)
    rest[number] = False
    return columns.Messages(
        number=number, rest=np.flatnonzero(rest), begin=start, end=stop, id=ident, flags=flags, answers=answers,
        question=start + kernel.HEADER_BYTES, asked=qtype >= 0, qtype=qtype, qclass=qclass, rcode=rcode,
        edns=edns.astype(bool), do=dnssec.astype(bool), records=columns.Records(*records[:, :kept]),
    )  # fmt: skip


def dialogues(loads: Loads, pieces: Pieces, first: Ints, last: Ints) -> Told:
    """As `Decoding` has it; dialogues of more than a command in each piece may be too many to be told."""
    held = int((last - first).sum())
    told = np.empty((dialogue_kernel.TOLD, len(first)), np.int64)
    envelopes = np.empty((dialogue_kernel.ENVELOPE_FIELDS, held), np.int64)
    recipients = np.empty((dialogue_kernel.RECIPIENT_FIELDS, held), np.int64)
    state = np.zeros(dialogue_kernel.FIELDS, np.int64)
    waiting = np.empty((4, dialogue_kernel.MOST_WAITING), np.int64)
    dialogue_kernel.dialogues(loads.bytes, *pieces, first, last, state, waiting, told, envelopes, recipients)
    counts = state[[dialogue_kernel.ENVELOPE, dialogue_kernel.RECIPIENT]].tolist()
    return Told(told.T.tolist(), envelopes[:, : counts[0]].T.tolist(), recipients[:, : counts[1]].T.tolist())


def decoding() -> Decoding:
    """The steps for one capture, whose texts stay known from block to block."""
    names, clients, servers, rdata = Names(), Addresses(), Addresses(), RecordData()
    return Decoding(
        record_starts, headers, datagrams, messages, names.of, clients.of, servers.of, rdata.of, distinct, dialogues
    )  # fmt: skip
