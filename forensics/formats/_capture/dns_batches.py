"""Batches of many DNS messages at once; the rows are those that `dns_rows` makes of one message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from forensics.formats._capture import text_columns
from forensics.formats._capture.frames import NO_TS
from forensics.formats._capture.rdata_columns import rdata_texts
from forensics.model.batch import ColumnBatch
from forensics.protocols.byte_columns import Flags, Ints, Loads
from forensics.protocols.dns_message import SECTIONS, columns
from forensics.protocols.dns_message.mnemonics import class_text, rcode_text, type_text
from forensics.schema import DnsQuery, DnsRecord, DnsResponse


class Carriers(NamedTuple):
    """What carried each message: its record, its time, offsets of the addresses, ports."""

    record_no: Ints
    offset: Ints
    length: Ints
    ts: Ints
    source: Ints
    target: Ints
    six: Flags
    source_port: Ints
    target_port: Ints

    def at(self, index: Ints) -> Carriers:
        """The carriers of some of the messages."""
        record_no, offset, length, ts, source, target, six, source_port, target_port = self
        return Carriers(
            record_no[index], offset[index], length[index], ts[index], source[index], target[index], six[index],
            source_port[index], target_port[index],
        )  # fmt: skip


def batches(loads: Loads, messages: columns.Messages, carriers: Carriers) -> Iterator[ColumnBatch]:
    """The queries, responses and records of messages that came over UDP; `carriers` are those of `messages`."""
    names = columns.names(loads, messages.begin, messages.question, messages.end).dictionary_encode()
    answers = messages.flags & 0x8000 != 0
    queries, responses = np.flatnonzero(~answers), np.flatnonzero(answers)
    if len(queries):
        yield ColumnBatch(DnsQuery, _queries(loads, messages, carriers, names, queries))
    if len(responses):
        yield ColumnBatch(DnsResponse, _responses(loads, messages, carriers, names, responses))
    # records that a query carries (an update, a TSIG) are no answers
    shown = answers[messages.records.message]
    records = columns.Records(*(column[shown] for column in messages.records))
    if len(records.message):
        messages = messages._replace(records=records)
        yield ColumnBatch(DnsRecord, _records(loads, messages, carriers, names))


def _cited(carriers: Carriers) -> dict[str, Any]:
    ts = carriers.ts
    unknown = ts == NO_TS
    return {
        "record_no": carriers.record_no, "offset": carriers.offset, "length": carriers.length,
        "ts": pa.array(ts, mask=unknown) if unknown.any() else ts,
    }  # fmt: skip


def _asked(messages: columns.Messages, names: pa.DictionaryArray, index: Ints) -> dict[str, Any]:
    return {
        "transport": text_columns.constant("udp", len(index)), "msg_id": messages.id[index],
        "qname": names.take(pa.array(index)), "qtype": text_columns.named(messages.qtype[index], type_text),
        "qclass": text_columns.named(messages.qclass[index], class_text),
    }  # fmt: skip


def _queries(
    loads: Loads, messages: columns.Messages, carriers: Carriers, names: pa.DictionaryArray, index: Ints
) -> dict[str, Any]:  # fmt: skip
    sent = carriers.at(index)
    return {
        **_cited(sent), **_asked(messages, names, index),
        "client_ip": text_columns.addresses(loads, sent.source, sent.six), "client_port": sent.source_port,
        "server_ip": text_columns.addresses(loads, sent.target, sent.six), "server_port": sent.target_port,
        "recursion_desired": messages.flags[index] & 0x0100 != 0, "edns": messages.edns[index],
        "dnssec_ok": messages.do[index],
    }  # fmt: skip


def _responses(
    loads: Loads, messages: columns.Messages, carriers: Carriers, names: pa.DictionaryArray, index: Ints
) -> dict[str, Any]:  # fmt: skip
    sent, flags = carriers.at(index), messages.flags[index]
    return {
        **_cited(sent), **_asked(messages, names, index),
        "client_ip": text_columns.addresses(loads, sent.target, sent.six), "client_port": sent.target_port,
        "server_ip": text_columns.addresses(loads, sent.source, sent.six), "server_port": sent.source_port,
        "rcode": text_columns.named(messages.rcode[index], rcode_text), "authoritative": flags & 0x0400 != 0,
        "truncated": flags & 0x0200 != 0, "answer_count": messages.answers[index],
    }  # fmt: skip


def _records(
    loads: Loads, messages: columns.Messages, carriers: Carriers, names: pa.DictionaryArray
) -> dict[str, Any]:  # fmt: skip
    records = messages.records
    sent = carriers.at(records.message)
    return {
        **_cited(sent), "owner": _owners(loads, messages, names),
        "rtype": text_columns.named(records.rtype, type_text), "ttl_s": records.ttl,
        "rdata": rdata_texts(loads, messages).dictionary_encode(),
        "section": text_columns.chosen(records.section, SECTIONS),
        "server_ip": text_columns.addresses(loads, sent.source, sent.six),
    }  # fmt: skip


def _owners(loads: Loads, messages: columns.Messages, names: pa.DictionaryArray) -> pa.Array:
    """Owners: mostly the question's name, whose text is there already."""
    records = messages.records
    asked = columns.owner_indexes(loads, messages)
    others = np.flatnonzero(asked < 0)
    owners = names.take(pa.array(np.maximum(asked, 0)))
    if not len(others):
        return owners
    of = records.message[others]
    texts = columns.names(loads, messages.begin[of], records.owner[others], messages.end[of])
    place = np.arange(len(asked))
    place[others] = len(asked) + np.arange(len(others))
    return pa.concat_arrays([owners.cast(pa.string()), texts]).take(pa.array(place)).dictionary_encode()
