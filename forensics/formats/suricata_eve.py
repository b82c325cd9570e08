"""Suricata's EVE log, one JSON object a line: events of dns (versions 1 to 3), smtp, tls, flow and netflow.

Sample::

    {"timestamp":"2026-11-23T09:21:33.125000+0000","flow_id":71,"event_type":"dns","src_ip":"192.0.2.7",\
"src_port":53124,"dest_ip":"192.0.2.53","dest_port":53,"proto":"UDP","dns":{"type":"query","id":2571,\
"rrname":"mx.example","rrtype":"MX","tx_id":0}}

Source: Suricata, doc/userguide/output/eve, etc/schema.json. Time base: the zone in each time stamp; releases before
2.1 wrote local time without one. An smtp or tls event has the time at which Suricata wrote it, inside the session.

Suricata logs no SMTP reply: whether a message was accepted is never known from it, and a session is `partial`. Which
kinds of event it writes, and which protocols it looks for, is its configuration: a log stands only for the kinds that
are in it, and its flows stand for flows alone, for a protocol that nobody looked for would show as none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from forensics.formats._eve_dns import DNS_WORDS, DnsEvents
from forensics.formats._eve_rows import End, endpoints, flow_rows, netflow_row, tls_row
from forensics.formats._eve_smtp import Sessions
from forensics.formats._flow_values import LocalTimes
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import Row

NAME = "suricata_eve"
VANTAGE = "other_link"
TABLES = (
    "dns_query", "dns_response", "dns_record", "connection", "flow", "smtp_session", "smtp_envelope", "smtp_recipient",
    "tls_session",
)  # fmt: skip
LOCAL_TIME = True

_FILLS = {
    "flow": ("flow",), "netflow": ("flow",), "tls": ("tls_session",), "smtp": ("smtp_session", "smtp_envelope"),
    "query": ("dns_query",), "request": ("dns_query",),
    "answer": ("dns_response", "dns_record"), "response": ("dns_response", "dns_record"),
}  # fmt: skip
"""Per kind of event (of dns, per type) what its silence speaks of: not of `smtp_recipient`, for no reply is logged that
could refuse one, and not of `connection`, for one without a protocol may speak one that Suricata did not look for."""

_DETECT_LINES = 20
_OTHER = "an event of a kind that is not read"
_NO_SECTION = "an event without its own section"
_NO_DNS = "a dns event that is neither a request nor a response"


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether one of the first lines is an event: a time stamp and an event type, side by side."""
    if b'"event_type"' not in head:
        return False
    events = (_event(line) for line in head.split(b"\n")[:_DETECT_LINES])
    return any(isinstance(event.get("timestamp"), str) and _has_kind(event) for event in events if event)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the rows of each event, and an `smtp_session` once its connection's events are read."""
    reader = _Reader(facts, tally)
    yield from read_lines(source, tally, reader.parse)
    yield from reader.sessions.close()
    if not tally.fills:
        tally.fills.add("unread")  # events of other kinds alone, such as alerts, stand for nothing


class _Reader:
    """What carries over from line to line."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self.sessions = Sessions()
        self._dns = DnsEvents()
        self._times = LocalTimes(facts.time_zone, tally)
        self._sampling = facts.sampling
        self._tally = tally

    def parse(self, line: Line) -> Parsed:
        """The rows of one event."""
        event = _event(line.text)
        if event is None or not _has_kind(event):
            return Unreadable("no JSON object with an event type")
        kind = event["event_type"]
        if kind == "stats":
            self._count_lost(event)
        if kind not in ("dns", "smtp", "tls", "flow", "netflow"):
            return Ignored(_OTHER)
        said = event.get(kind)
        if not isinstance(said, dict):
            # an smtp event of a connection without a transaction has no section of its own
            if kind != "smtp" or not isinstance(event.get("email"), dict):
                return Unreadable(_NO_SECTION)
            said = {}
        word = said.get("type") if kind == "dns" else kind
        if kind == "dns" and word not in DNS_WORDS:
            return Unreadable(_NO_DNS)
        self._tally.fills.update(_FILLS[str(word)])
        return tuple(self._rows(kind, event, said, cite(line)))

    def _rows(self, kind: str, event: dict[str, Any], said: dict[str, Any], at: dict[str, int]) -> Iterator[Row]:
        end = endpoints(event)
        ts = self._nanoseconds(event.get("timestamp"))
        if kind == "dns":
            yield from self._dns.rows(event, said, end, {**at, "ts": ts})
        elif kind == "smtp":
            yield from self.sessions.rows(event, said, end, {**at, "ts": ts})
        elif kind == "tls":
            yield tls_row(said, end, {**at, "ts": ts})
        else:
            yield from self._flow(kind, event, said, end, at)

    def _flow(
        self, kind: str, event: dict[str, Any], said: dict[str, Any], end: End, at: dict[str, int]
    ) -> Iterator[Row]:
        same: dict[str, Any] = {
            **at, "ts": self._nanoseconds(said.get("start")), "last_ts": self._nanoseconds(said.get("end")),
        }  # fmt: skip
        if kind == "netflow":
            yield netflow_row(event, said, end, self._sampling, same)
        else:
            yield from flow_rows(event, said, end, self._sampling, same)

    def _nanoseconds(self, text: object) -> int | None:
        return self._times.nanoseconds(text) if isinstance(text, str) and len(text) < 64 else None

    def _count_lost(self, event: dict[str, Any]) -> None:
        """Counters of the whole run: packets that the kernel dropped before Suricata saw them."""
        stats = event.get("stats")
        capture = stats.get("capture") if isinstance(stats, dict) else None
        drops = capture.get("kernel_drops") if isinstance(capture, dict) else None
        if isinstance(drops, int) and 0 < drops < 1 << 63:
            self._tally.lost_records = max(self._tally.lost_records, drops)


def _event(line: bytes) -> dict[str, Any] | None:
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        decoded = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None


def _has_kind(event: dict[str, Any]) -> bool:
    return isinstance(event.get("event_type"), str)
