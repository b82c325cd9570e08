"""Batches of many DNS messages at once; the rows are those that `dns_rows` makes of one message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from forensics.formats._capture import text_columns
from forensics.formats._capture.decoding import Decoding
from forensics.formats._capture.frames import NO_TS, Frames
from forensics.formats._capture.text_columns import Coded
from forensics.model.batch import ColumnBatch
from forensics.protocols.byte_columns import Flags, Ints, Loads
from forensics.protocols.dns_message import SECTIONS, columns
from forensics.protocols.dns_message.mnemonics import class_text, rcode_text, type_text
from forensics.protocols.packets.columns import Headers
from forensics.schema import DnsQuery, DnsRecord, DnsResponse


class Carriers(NamedTuple):
    """What carried each message: its packet, and the ports of that."""

    frames: Frames
    headers: Headers
    packet: Ints
    source_port: Ints
    target_port: Ints

    def at(self, index: Ints) -> Carriers:
        """The carriers of some of the messages."""
        ports = self.source_port[index], self.target_port[index]
        return Carriers(self.frames, self.headers, self.packet[index], *ports)


def batches(
    loads: Loads, messages: columns.Messages, carriers: Carriers, decoding: Decoding
) -> Iterator[ColumnBatch]:  # fmt: skip
    """The queries, responses and records of messages that came over UDP; `carriers` are those of `messages`."""
    answers = messages.flags & 0x8000 != 0
    made = _Batches(loads, messages, carriers, answers, decoding)
    queries, responses = np.flatnonzero(~answers), np.flatnonzero(answers)
    if len(queries):
        yield ColumnBatch(DnsQuery, made.queries(queries))
    if len(responses):
        yield ColumnBatch(DnsResponse, made.responses(responses))
    # records that a query carries (an update, a TSIG) are no answers
    records = np.flatnonzero(answers[messages.records.message])
    if len(records):
        yield ColumnBatch(DnsRecord, made.records(records))


class _Batches:
    """The columns of one run of messages; addresses and names are written once for all tables."""

    def __init__(
        self, loads: Loads, messages: columns.Messages, carriers: Carriers, answers: Flags, decoding: Decoding
    ) -> None:  # fmt: skip
        self._loads, self._messages, self._carriers, self._decoding = loads, messages, carriers, decoding
        packet, headers = carriers.packet, carriers.headers
        source, target, six = headers.source[packet], headers.target[packet], headers.six[packet]
        self._clients = decoding.clients(loads, np.where(answers, target, source), six)
        self._servers = decoding.servers(loads, np.where(answers, source, target), six)
        self._names, self._owners = _names(loads, messages, decoding)

    def queries(self, index: Ints) -> dict[str, Any]:
        """Columns of `dns_query` for these messages."""
        sent, messages = self._carriers.at(index), self._messages
        return {
            **_cited(sent.frames, sent.packet), **self._asked(index), "client_port": sent.source_port,
            "server_port": sent.target_port, "recursion_desired": messages.flags[index] & 0x0100 != 0,
            "edns": messages.edns[index], "dnssec_ok": messages.do[index],
        }  # fmt: skip

    def responses(self, index: Ints) -> dict[str, Any]:
        """Columns of `dns_response` for these messages."""
        sent, messages = self._carriers.at(index), self._messages
        flags = messages.flags[index]
        return {
            **_cited(sent.frames, sent.packet), **self._asked(index), "client_port": sent.target_port,
            "server_port": sent.source_port, "rcode": text_columns.named(messages.rcode[index], rcode_text),
            "authoritative": flags & 0x0400 != 0, "truncated": flags & 0x0200 != 0,
            "answer_count": messages.answers[index],
        }  # fmt: skip

    def records(self, index: Ints) -> dict[str, Any]:
        """Columns of `dns_record` for these records."""
        records = columns.Records(*(column[index] for column in self._messages.records))
        return {
            **_cited(self._carriers.frames, self._carriers.packet[records.message]),
            "owner": self._owners.at(index), "rtype": text_columns.named(records.rtype, type_text),
            "ttl_s": records.ttl,
            "rdata": self._decoding.rdata(self._loads, self._messages._replace(records=records)).column(),
            "section": text_columns.chosen(records.section, SECTIONS), "server_ip": self._servers.at(records.message),
        }  # fmt: skip

    def _asked(self, index: Ints) -> dict[str, Any]:
        messages = self._messages
        return {
            "client_ip": self._clients.at(index), "server_ip": self._servers.at(index),
            "transport": text_columns.constant("udp", len(index)), "msg_id": messages.id[index],
            "qname": self._names.at(index), "qtype": text_columns.named(messages.qtype[index], type_text),
            "qclass": text_columns.named(messages.qclass[index], class_text),
        }  # fmt: skip


def _names(loads: Loads, messages: columns.Messages, decoding: Decoding) -> tuple[Coded, Coded]:
    """The names asked for, and the owners of the records: mostly the same, whose text is there already."""
    begin, end, question, records = messages.begin, messages.end, messages.question, messages.records
    same = columns.owner_indexes(loads, messages)
    asked, others = np.flatnonzero(messages.asked), np.flatnonzero(same < 0)
    of = np.append(asked, records.message[others])
    codes, texts = decoding.names(loads, begin[of], np.append(question[asked], records.owner[others]), end[of])
    names = np.full(len(begin), -1, np.int32)
    names[asked] = codes[: len(asked)]
    owners = names[same]
    owners[others] = codes[len(asked) :]
    return Coded(names, texts), Coded(owners, texts)


def _cited(frames: Frames, packet: Ints) -> dict[str, Any]:
    ts = frames.ts[packet]
    unknown = ts == NO_TS
    return {
        "record_no": frames.number[packet], "offset": frames.base + frames.record[packet],
        "length": frames.record_bytes[packet], "ts": pa.array(ts, mask=unknown) if unknown.any() else ts,
    }  # fmt: skip
