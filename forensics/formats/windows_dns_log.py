"""Debug log of Windows DNS Server (`dns.log`): one line per packet, with or without the details of the packet below it.

Sample::

    Message logging key (for packets - other items use a subset of these fields):
    11/23/2026 9:21:33 AM 0E70 PACKET  00000000033397A0 UDP Rcv 192.0.2.7       5b47   Q [0001   D   NOERROR] MX     (4)mail(7)example(0)
    11/23/2026 9:21:33 AM 0E70 PACKET  00000000033397A0 UDP Snd 192.0.2.7       5b47 R Q [8081   DR  NOERROR] MX     (4)mail(7)example(0)

Source: the key at the head of the log; [MS-DNSP] 2.2.9.1.1; samples of Windows Server 2003 to 2022. Time base: local time
of the server without a zone, in the short form of its locale: `11/23/2026 9:21:33 AM`, `23/11/2026 09:21:33`,
`23.11.2026 09.21.33`, `2026/11/23 9:21:33`, `20261123 09:21:33`.

Which of `3/4` is the month is taken from the log alone: from a number above 12, or from an order under which time would
run backwards; else from the examiner (`date_order`); else the times stay unknown. A packet that the server sent as a
client or got an answer in, has the role `resolver`. Zone updates and notifications are no questions and are passed over,
as are the lines of other contexts (EVENT, DSPOLL, ...). The details give port, class, number of answers and records.
"""  # noqa: E501 - a log line as it is written

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from forensics.formats import _date_order, _encoded_lines, _log_times
from forensics.formats._date_order import Shown
from forensics.formats._windows_dns_line import (
    DETAIL,
    HEADER,
    START,
    UNKNOWN_TIME,
    Packet,
    parse_details,
    parse_packet,
)  # fmt: skip
from forensics.formats.lines import Ignored, Parsed, Unreadable, reported
from forensics.formats.source import LINE_BYTES, Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import DnsQuery, DnsRecord, DnsResponse, Row

NAME = "windows_dns_log"
VANTAGE = "authoritative_dns"
TABLES = ("dns_query", "dns_response", "dns_record")
LOCAL_TIME = True

NO_QUERIES = "It holds no question that was asked of this server; nothing in it says whether such packets were logged."
UNKNOWN_FORM = "Its times are written in a form that is not read; they cannot be placed in a window."
BY_SEQUENCE = "Its dates are read in the order {}: in the other one time would run backwards."
_DETECT_LINES = 200
_ORDER_BYTES = 1 << 20
_OTHER_CONTEXT = Ignored("a line about something other than a packet")
_NO_QUESTION = Ignored("a DNS message that is no query: an update, a notification")


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the key of the fields or a packet's line is among the first lines."""
    for line in _encoded_lines.head_text(head).split("\n")[:_DETECT_LINES]:
        start = START.match(line)
        if start and start["context"] == "PACKET" and isinstance(parse_packet(line[start.end() :].rstrip()), Packet):
            return True
        if line.startswith("Message logging key (for packets"):
            return True
    return False


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one `dns_query` or `dns_response` per packet, and the records that its details show.

    Mostly recursive questions mean a resolver's log, mostly iterative ones an authoritative server's.
    """
    reader = _Reader(facts, tally, _order(source, facts))
    for line in _encoded_lines.read_lines(source):
        yield from reader.take(line)
    yield from reader.finish()


def _order(source: Source, facts: Facts) -> Shown:
    """The order of the dates: what the first part of the log shows, or all of it, or the examiner's word."""
    head = source.head(_ORDER_BYTES)
    shown = _date_order.shown_by(_dates(_encoded_lines.head_text(head).split("\n")))
    if len(head) == _ORDER_BYTES and (shown.order is None or shown.by_sequence):
        # the rows need the order before the lines that show it: the log is read twice
        whole = Source(source.path, name=source.name)
        lines = (line.text.decode("latin-1") for line in _encoded_lines.read_lines(whole))
        shown = _date_order.shown_by(_dates(lines))
        whole.close()
    return shown if shown.order else Shown(facts.date_order)


def _dates(lines: Iterator[str] | list[str]) -> Iterator[str]:
    return (match["date"] for match in map(START.match, lines) if match)


class _Held(NamedTuple):
    """A record whose details may still follow: its first line, and how that begins.

    `start` is None where the time is written in no known form.
    """

    line: Line
    text: str
    start: re.Match[str] | None


class _Reader:
    """The record that is open, and what the log showed so far."""

    def __init__(self, facts: Facts, tally: Tally, order: Shown) -> None:
        self._tally = tally
        self._timeline = Timeline(facts.time_zone, facts.year)
        self._order = order
        self._held: _Held | None = None
        self._details: list[str] = []
        self._length = 0
        self._blank = 0
        self._in_header = False
        self._last_written: tuple[str | None, ...] = ()
        self._last_ts: int | None = None
        self._desired = [0, 0]
        """How many questions asked of the server did not and did desire recursion."""

    def take(self, line: Line) -> Iterator[Row]:
        """The rows of the record that this line ends, if it ends one."""
        text = line.text.decode("latin-1")
        if not text.strip():
            if self._held is None:
                self._tally.padding(line.offset, line.length)
            else:
                self._blank += line.length
            return
        if self._held is not None and DETAIL.match(text) and self._length + self._blank + line.length <= LINE_BYTES:
            self._details.append(text)
            self._length += self._blank + line.length
            self._blank = 0
            return
        yield from self._close()
        self._open(line, text)

    def finish(self) -> Iterator[Row]:
        """The rows of the last record; then tell the tally what the log as a whole showed."""
        yield from self._close()
        if any(self._desired):
            self._tally.vantage = "recursive_dns" if self._desired[1] > self._desired[0] else "authoritative_dns"
        else:
            self._tally.problem(NO_QUERIES)
            self._tally.fills = {"dns_response", "dns_record"}
        if self._order.by_sequence and self._order.order:
            self._tally.problem(BY_SEQUENCE.format(self._order.order.replace("_", ", ")))
        _log_times.report(self._timeline, self._tally)

    def _open(self, line: Line, text: str) -> None:
        """Begin a record, or give a line that begins none its fate."""
        start = START.match(text)
        if line.length > LINE_BYTES:
            reason = f"a line longer than {LINE_BYTES} bytes"
            self._tally.refused(self._tally.records + 1, line.offset, line.length, reason, line.text)
        elif start or UNKNOWN_TIME.match(text):
            self._held = _Held(line, text, start)
            self._length, self._in_header = line.length, False
        elif HEADER.match(text) or (self._in_header and text[0] in " \t"):
            self._in_header = True
            self._tally.container(line.offset, line.length)
        else:
            reason = "a detail without its packet" if DETAIL.match(text) else "no line of the debug log"
            self._tally.unread(self._tally.records + 1, line.offset, line.length, reason, line.text)

    def _close(self) -> Iterator[Row]:
        """End the record that is open, and pass over the blank lines after it."""
        held, details, length, blank = self._held, self._details, self._length, self._blank
        self._held, self._details, self._length, self._blank = None, [], 0, 0
        if held is None:
            return
        no, offset = self._tally.records + 1, held.line.offset
        parsed = self._parse(held, details, {"record_no": no, "offset": offset, "length": length})
        yield from reported(parsed, self._tally, no, offset, length, held.line.text)
        if blank:
            self._tally.padding(offset + length, blank)

    def _parse(self, held: _Held, details: list[str], cited: dict[str, int]) -> Parsed:
        start = held.start
        if start and start["context"] != "PACKET":
            return _OTHER_CONTEXT
        packet = parse_packet(held.text[start.end() :] if start else held.text.partition("PACKET ")[2])
        if isinstance(packet, Unreadable):
            return packet
        if packet.opcode != "Q":
            return _NO_QUESTION
        if not packet.is_response and packet.role == "client":
            self._desired[packet.flag(1)] += 1
        return _rows(packet, details, {"ts": self._time(start), **cited})

    def _time(self, start: re.Match[str] | None) -> int | None:
        if start is not None and start.group("date", "clock", "half") == self._last_written:
            return self._last_ts
        self._last_ts = self._settle(start)
        self._last_written = start.group("date", "clock", "half") if start else ()
        return self._last_ts

    def _settle(self, start: re.Match[str] | None) -> int | None:
        day = _date_order.written(start["date"]) if start else None
        if start is None or day is None:
            self._tally.problem(UNKNOWN_FORM)
            return None
        resolved = _date_order.resolved(day, self._order.order)
        if resolved is None:
            self._tally.problem(_date_order.UNDECIDED)
            return None
        hour, minute, second = start["clock"].replace(".", ":").split(":")
        hours = int(hour) if not start["half"] else int(hour) % 12 + (12 if start["half"] in "Pp" else 0)
        year, month, number = resolved
        return self._timeline.nanoseconds(f"{year:04}-{month:02}-{number:02} {hours:02}:{minute}:{second}")


def _rows(packet: Packet, details: list[str], at: dict[str, Any]) -> tuple[Row, ...]:
    """The question or response of a packet, and the records of its details."""
    more = parse_details(details, packet.peer_ip)
    side = "client" if packet.role == "client" else "server"
    same: dict[str, Any] = {
        f"{side}_ip": packet.peer_ip, f"{side}_port": more.port, "transport": packet.transport,
        "msg_id": packet.msg_id, "qname": packet.qname, "qtype": packet.qtype, "qclass": more.qclass,
        "role": packet.role, **at,
    }  # fmt: skip
    if not packet.is_response:
        return (DnsQuery(**same, recursion_desired=packet.flag(1), edns=more.edns),)
    response = DnsResponse(
        **same, rcode=packet.rcode, authoritative=packet.flag(4), truncated=packet.flag(2),
        answer_count=more.answer_count,
    )  # fmt: skip
    seen = {"server_ip": packet.peer_ip if side == "server" else None, **at}
    return response, *(DnsRecord(**record, **seen) for record in more.records)
