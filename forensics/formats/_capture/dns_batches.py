"""Batches of many DNS messages at once; the rows are those that `dns_rows` makes of one message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from forensics.formats._capture import text_columns
from forensics.formats._capture.decoding import Decoding
from forensics.formats._capture.frames import NO_TS
from forensics.formats._capture.rdata_columns import rdata_texts
from forensics.model.batch import ColumnBatch
from forensics.protocols.arrow_functions import column_of, taken
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


def batches(
    loads: Loads, messages: columns.Messages, carriers: Carriers, decoding: Decoding
) -> Iterator[ColumnBatch]:  # fmt: skip
    """The queries, responses and records of messages that came over UDP; `carriers` are those of `messages`."""
    made = _Batches(loads, messages, carriers, decoding)
    answers = messages.flags & 0x8000 != 0
    queries, responses = np.flatnonzero(~answers), np.flatnonzero(answers)
    if len(queries):
        yield ColumnBatch(DnsQuery, made.queries(queries))
    if len(responses):
        yield ColumnBatch(DnsResponse, made.responses(responses))
    # records that a query carries (an update, a TSIG) are no answers
    shown = answers[messages.records.message]
    if shown.any():
        records = columns.Records(*(column[shown] for column in messages.records))
        yield ColumnBatch(DnsRecord, made.records(messages._replace(records=records)))


class _Batches:
    """The columns of one run of messages; addresses and names are written once for all tables."""

    def __init__(self, loads: Loads, messages: columns.Messages, carriers: Carriers, decoding: Decoding) -> None:
        self._loads, self._messages, self._carriers, self._decoding = loads, messages, carriers, decoding
        self._names = decoding.names(loads, messages.begin, messages.question, messages.end)
        self._source = text_columns.addresses(loads, carriers.source, carriers.six, decoding.distinct)
        self._target = text_columns.addresses(loads, carriers.target, carriers.six, decoding.distinct)

    def queries(self, index: Ints) -> dict[str, Any]:
        """Columns of `dns_query` for these messages."""
        sent, chosen, messages = self._carriers.at(index), column_of(index), self._messages
        return {
            **_cited(sent), **self._asked(index), "client_ip": taken(self._source, chosen),
            "client_port": sent.source_port, "server_ip": taken(self._target, chosen), "server_port": sent.target_port,
            "recursion_desired": messages.flags[index] & 0x0100 != 0, "edns": messages.edns[index],
            "dnssec_ok": messages.do[index],
        }  # fmt: skip

    def responses(self, index: Ints) -> dict[str, Any]:
        """Columns of `dns_response` for these messages."""
        sent, chosen, messages = self._carriers.at(index), column_of(index), self._messages
        flags = messages.flags[index]
        return {
            **_cited(sent), **self._asked(index), "client_ip": taken(self._target, chosen),
            "client_port": sent.target_port, "server_ip": taken(self._source, chosen), "server_port": sent.source_port,
            "rcode": text_columns.named(messages.rcode[index], rcode_text), "authoritative": flags & 0x0400 != 0,
            "truncated": flags & 0x0200 != 0, "answer_count": messages.answers[index],
        }  # fmt: skip

    def records(self, messages: columns.Messages) -> dict[str, Any]:
        """Columns of `dns_record` for the records of these messages."""
        records = messages.records
        return {
            **_cited(self._carriers.at(records.message)), "owner": self._owners(messages),
            "rtype": text_columns.named(records.rtype, type_text), "ttl_s": records.ttl,
            "rdata": rdata_texts(self._loads, messages, self._decoding),
            "section": text_columns.chosen(records.section, SECTIONS),
            "server_ip": taken(self._source, records.message),
        }  # fmt: skip

    def _asked(self, index: Ints) -> dict[str, Any]:
        messages = self._messages
        return {
            "transport": text_columns.constant("udp", len(index)), "msg_id": messages.id[index],
            "qname": taken(self._names, index), "qtype": text_columns.named(messages.qtype[index], type_text),
            "qclass": text_columns.named(messages.qclass[index], class_text),
        }  # fmt: skip

    def _owners(self, messages: columns.Messages) -> pa.DictionaryArray:
        """Owners: mostly the question's name, whose text is there already."""
        asked = columns.owner_indexes(self._loads, messages)
        same, others = np.flatnonzero(asked >= 0), np.flatnonzero(asked < 0)
        of = messages.records.message[others]
        pieces = text_columns.Pieces(len(asked))
        pieces.add(same, taken(self._names, asked[same]))
        owners = messages.records.owner[others]
        pieces.add(others, self._decoding.names(self._loads, messages.begin[of], owners, messages.end[of]))
        return pieces.joined()


def _cited(carriers: Carriers) -> dict[str, Any]:
    ts = carriers.ts
    unknown = ts == NO_TS
    return {
        "record_no": carriers.record_no, "offset": carriers.offset, "length": carriers.length,
        "ts": pa.array(ts, mask=unknown) if unknown.any() else ts,
    }  # fmt: skip
