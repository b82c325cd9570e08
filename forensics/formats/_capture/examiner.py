"""Packets in, rows out: DNS messages as they come, connections and SMTP sessions when they end."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator

import numpy as np

from forensics.formats._capture import dns_batches, dns_rows, smtp_rows
from forensics.formats._capture.conversation import CLIENT, Conversation
from forensics.formats._capture.decoding import PLAIN, Decoding
from forensics.formats._capture.dns_batches import Carriers
from forensics.formats._capture.dns_rows import Carrier
from forensics.formats._capture.frames import Frames
from forensics.formats._capture.segments import runs
from forensics.formats._capture.told_dialogues import ToldDialogue, ToldDialogues
from forensics.model.batch import ColumnBatch
from forensics.protocols import dns_message
from forensics.protocols.byte_columns import Ints, Loads
from forensics.protocols.packets import Decoder, TcpSegment, UdpDatagram, tunnels
from forensics.protocols.packets.columns import DATAGRAM, ODD, SEGMENT, Headers
from forensics.protocols.smtp_dialogue import Envelope
from forensics.protocols.tcp_streams import At, Connection, Endpoint, Run, Segment, TcpStreams
from forensics.protocols.tcp_streams.services import DNS_PORT
from forensics.schema import Row

DRAINED_RUNS = 1024
"""After so many runs those connections that ended become rows, which take less room."""


class Examiner:
    """Takes the packets of one piece of evidence in order."""

    def __init__(self, decoding: Decoding = PLAIN) -> None:
        self._decoding = decoding
        self._decoder = Decoder()
        self._streams = TcpStreams(self._listen)
        self._rows: list[Row] = []
        self._sessions = 0
        self._told: ToldDialogues | None = None
        """Dialogues of the packets at hand."""

    def take(self, frames: Frames) -> Iterator[Row | ColumnBatch]:
        """The rows that these packets complete."""
        loads = Loads(frames.data)
        found = self._decoding.headers(loads, frames.start, frames.captured, frames.linktype)
        self._look_into_tunnels(loads, frames, found)
        odd = yield from self._dns(loads, frames, found)
        self._in_order(loads, frames, found, odd)
        yield from self._ended()

    def take_singly(self, frames: Frames) -> Iterator[Row | ColumnBatch]:
        """The same rows, made packet by packet: what `take` is measured against."""
        for _, segment in self._segments(frames, range(len(frames.start))):
            self._streams.feed(segment)
        yield from self._ended()

    def finish(self) -> Iterator[Row | ColumnBatch]:
        """The rows of what is still open when the capture ends."""
        self._streams.finish()
        yield from self._ended()

    def _ended(self) -> Iterator[Row]:
        self._end_connections()
        rows, self._rows = self._rows, []
        yield from rows

    def _end_connections(self) -> None:
        for connection in self._streams.drain():
            conversation = connection.listener if isinstance(connection.listener, Conversation) else None
            if conversation is not None and conversation.is_smtp:
                self._number(conversation)
            self._rows.extend(smtp_rows.connection_rows(connection, conversation))
            connection.listener = None  # they name each other: apart, both are freed at once

    def _look_into_tunnels(self, loads: Loads, frames: Frames, found: Headers) -> None:
        """Put the headers of what a packet carries in place of its own, where that is a frequent shape."""
        odd = np.flatnonzero((found.kind == ODD) & (frames.captured == frames.wire))
        if not len(odd):
            return
        inner = tunnels.inner(loads, frames.start[odd], frames.captured[odd], frames.linktype[odd])
        headers = self._decoding.headers(loads, inner.start, inner.size, inner.linktype)
        frequent = np.flatnonzero((headers.kind == DATAGRAM) | (headers.kind == SEGMENT))
        for column, of_inner in zip(found, headers, strict=True):
            column[odd[inner.number[frequent]]] = of_inner[frequent]

    def _dns(self, loads: Loads, frames: Frames, found: Headers) -> Generator[ColumnBatch, None, Ints]:
        """Yield batches of the DNS messages over UDP that can be read together; return the packets of the others."""
        chosen = np.flatnonzero(found.kind == DATAGRAM)
        sent = self._decoding.datagrams(loads, found, chosen)
        dns = ((sent.source_port == DNS_PORT) | (sent.target_port == DNS_PORT)) & (
            sent.end - sent.begin >= dns_message.LEAST_BYTES
        )
        chosen, begin, end = chosen[dns], sent.begin[dns], sent.end[dns]
        messages = self._decoding.messages(loads, begin, end)
        carriers = Carriers(frames, found, chosen, sent.source_port[dns], sent.target_port[dns])
        if len(messages.number):
            yield from dns_batches.batches(loads, messages, carriers.at(messages.number), self._decoding)
        rest: Ints = chosen[messages.rest]
        return rest

    def _in_order(self, loads: Loads, frames: Frames, found: Headers, others: Ints) -> None:
        """Packets that depend on those before them, or are rare, in the order of the capture; a run of a connection
        is taken where it begins."""
        rare = np.sort(np.concatenate([others, np.flatnonzero(found.kind == ODD)]))
        alone = list(self._segments(frames, rare.tolist()))
        places, ahead = np.array([index for index, _ in alone], np.int64), deque(alone)
        following, self._told = runs(loads, frames, found, places, self._decoding)
        for count, (index, run) in enumerate(following):
            while ahead and ahead[0][0] < index:
                self._streams.feed(ahead.popleft()[1])
            self._streams.feed_run(run)
            if count % DRAINED_RUNS == 0:
                self._end_connections()
        for _, segment in ahead:
            self._streams.feed(segment)
        self._told = None

    def _segments(self, frames: Frames, indexes: Iterable[int]) -> Iterator[tuple[int, Segment]]:
        """Decode packets one by one: the TCP segments among them; a DNS message over UDP becomes rows."""
        for index in indexes:
            start = int(frames.start[index])
            data = frames.data[start : start + int(frames.captured[index])]
            at = (
                int(frames.ts[index]), int(frames.number[index]), frames.base + int(frames.record[index]),
                int(frames.record_bytes[index]),
            )  # fmt: skip
            found = self._decoder.decode(int(frames.linktype[index]), data, at[0], int(frames.wire[index]))
            if isinstance(found, TcpSegment):
                yield index, _segment(found, at)
            elif isinstance(found, UdpDatagram) and DNS_PORT in (found.source_port, found.target_port):
                self._dns_over_udp(found, at)

    def _dns_over_udp(self, datagram: UdpDatagram, at: At) -> None:
        wire = datagram.payload
        if len(wire) < dns_message.LEAST_BYTES:
            return
        source, target = (datagram.source_ip, datagram.source_port), (datagram.target_ip, datagram.target_port)
        carrier = Carrier(smtp_rows.time(at[0]), *source, *target, "udp", *at[1:])
        parse = dns_message.parse if len(wire) >= dns_message.HEADER_BYTES else dns_message.parse_cut
        self._rows.extend(dns_rows.rows(parse(wire), carrier))

    def _dns_over_tcp(self, connection: Connection, side: int, message: bytes, at: At) -> None:
        ends = (connection.client, connection.server)
        source, target = ends if side == CLIENT else ends[::-1]
        carrier = Carrier(smtp_rows.time(at[0]), *source, *target, "tcp", *at[1:])
        self._rows.extend(dns_rows.rows(dns_message.parse(message), carrier))

    def _listen(self, connection: Connection) -> Conversation:
        return Conversation(connection, self._dns_over_tcp, self._envelopes, self._told_dialogue)

    def _told_dialogue(self, run: Run) -> ToldDialogue | None:
        return self._told.at(run.begin) if self._told else None

    def _envelopes(self, conversation: Conversation, envelopes: tuple[Envelope, ...]) -> None:
        for envelope in envelopes:
            number = self._number(conversation)
            self._rows.extend(smtp_rows.envelope_rows(conversation.connection, number, envelope))

    def _number(self, conversation: Conversation) -> int:
        if conversation.session_no is None:
            self._sessions += 1
            conversation.session_no = self._sessions
        return conversation.session_no


def _segment(found: TcpSegment, at: At) -> Segment:
    source, target = Endpoint(found.source_ip, found.source_port), Endpoint(found.target_ip, found.target_port)
    return Segment(at, source, target, found.seq, found.ack, found.flags, found.payload, found.cut)
