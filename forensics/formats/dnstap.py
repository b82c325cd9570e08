"""dnstap: DNS messages as a server saw them, in a Frame Streams file (`dnstap-output file`, `fstrm_capture`).

What BIND, Unbound, Knot, PowerDNS, CoreDNS and dnsdist write: queries and responses of clients, of authoritative
service and of the server's own resolving, with wire messages, addresses and times.

Sample (hex)::

    000000000000002200000002000000010000001670726f746f6275663a646e737461702e446e737461700000004a0a036e73317241080110
    0118012204c00002072a04c633643530849f03383540a38c90d8064d407cd937521c0a0b00000001000000000000026d78076578616d706c
    6500000f00017801000000000000000400000003

Source: dnstap.proto (dnstap/dnstap.pb), Frame Streams (farsightsec/fstrm). Time base: seconds and nanoseconds UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import dns_message, dnstap_message
from forensics.protocols.dns_message import DnsMessage, DnsMessageError
from forensics.protocols.dnstap_message import DnstapError, DnstapMessage
from forensics.schema import DnsQuery, DnsRecord, DnsResponse, Row

NAME = "dnstap"
VANTAGE = "authoritative_dns"
TABLES = ("dns_query", "dns_response", "dns_record")
LOCAL_TIME = False

MAX_FRAME_BYTES = 1 << 20
CONTENT_TYPE = b"protobuf:dnstap.Dnstap"

_QUERY_OPCODE = 0
_ASKED_OF_IT = ("AUTH_", "CLIENT_")


class _Seen:
    """What the messages read so far say of the file as a whole."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.broken = 0
        self.first_problem: str | None = None

    def message(self, kind: str, problem: str | None) -> None:
        self.kinds[kind.partition("_")[0]] += 1
        self.broken += problem is not None
        self.first_problem = self.first_problem or problem

    def vantage(self) -> str | None:
        """BIND names a query AUTH or CLIENT by its RD bit, so a few CLIENT messages do not make a resolver."""
        if self.kinds["AUTH"] > self.kinds["CLIENT"]:
            return "authoritative_dns"
        return "recursive_dns" if self.kinds["CLIENT"] or self.kinds["RESOLVER"] or self.kinds["FORWARDER"] else None


class _Frame(NamedTuple):
    """One frame: `control` frames have type and fields, data frames one payload; `length` counts the framing."""

    offset: int
    length: int
    control: bool
    payload: bytes


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True for a control frame of Frame Streams whose content type is dnstap's."""
    if head[:4] != bytes(4):
        return False
    size = int.from_bytes(head[4:8])
    return 4 <= size <= 512 and CONTENT_TYPE in head[8 : 8 + size]


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - nothing is left to declare
    """Yield a `dns_query` or a `dns_response` with its `dns_record` rows per message.

    Mostly AUTH messages mean an authoritative server, CLIENT or RESOLVER ones a resolver.
    """
    seen, record_no = _Seen(), 0
    for frame in _frames(source, tally):
        if frame.control:
            tally.container(frame.offset, frame.length)
            continue
        record_no += 1
        citation = {"record_no": record_no, "offset": frame.offset, "length": frame.length}
        yield from _record(frame, citation, seen, tally)
    tally.vantage = seen.vantage()
    if seen.broken:
        tally.problem(f"{seen.broken} of its DNS messages are broken in part; the first: {seen.first_problem}.")


def _frames(source: Source, tally: Tally) -> Iterator[_Frame]:
    """The frames of a file; what cannot be one ends the reading, since nothing tells where the next would begin."""
    held, offset, chunks = b"", 0, source.chunks()
    for chunk in chunks:
        held = held + chunk if held else chunk
        at = 0
        while frame := _frame(held, at, offset):
            yield frame
            at += frame.length
            offset += frame.length
        held = held[at:]
        if _too_long(held):
            break
    if held:
        _rest(held, offset, len(held) + sum(map(len, chunks)), tally)


def _frame(held: bytes, at: int, offset: int) -> _Frame | None:
    """The frame at `at`, or None where it is not whole or longer than the bound."""
    size = int.from_bytes(held[at : at + 4])
    if len(held) - at < 8 or _too_long(held[at : at + 8]):
        return None
    control = size == 0
    start = at + 8 if control else at + 4
    end = start + (int.from_bytes(held[at + 4 : at + 8]) if control else size)
    return _Frame(offset, end - at, control, held[start:end]) if end <= len(held) else None


def _too_long(held: bytes) -> bool:
    size = int.from_bytes(held[:4]) or int.from_bytes(held[4:8])
    return size > MAX_FRAME_BYTES


def _rest(held: bytes, offset: int, size: int, tally: Tally) -> None:
    """What follows the last whole frame, as one record that could not be read."""
    record_no = tally.records + 1
    if _too_long(held):
        tally.refused(record_no, offset, size, f"a frame longer than {MAX_FRAME_BYTES} bytes, and all after it", held)
    else:
        tally.unread(record_no, offset, size, "a frame that breaks off at the end of the file", held)


def _record(frame: _Frame, citation: dict[str, int], seen: _Seen, tally: Tally) -> Iterator[Row]:
    try:
        tap = dnstap_message.parse(frame.payload)
        wire = tap.response_wire if tap.kind.endswith("_RESPONSE") else tap.query_wire
        message = dns_message.parse(wire or b"")
    except (DnstapError, DnsMessageError) as error:
        tally.unread(citation["record_no"], frame.offset, frame.length, str(error), frame.payload)
        return
    seen.message(tap.kind, message.problem)
    if message.opcode != _QUERY_OPCODE or tap.kind.startswith("UPDATE_"):
        tally.ignored(frame.offset, frame.length, "a DNS message that is no query: an update, a notification")
        return
    tally.record(frame.offset, frame.length)
    yield from _rows(tap, message, citation)


def _rows(tap: DnstapMessage, message: DnsMessage, citation: dict[str, int]) -> Iterator[Row]:
    question = message.questions[0] if message.questions else None
    is_response = tap.kind.endswith("_RESPONSE")
    same: dict[str, Any] = {
        "ts": tap.response_ts if is_response else tap.query_ts,
        "client_ip": tap.query_ip, "client_port": tap.query_port,
        "server_ip": tap.response_ip, "server_port": tap.response_port, "transport": tap.transport,
        "msg_id": message.id, "role": "client" if tap.kind.startswith(_ASKED_OF_IT) else "resolver",
        "qname": question.qname if question else None, "qtype": question.qtype if question else None,
        "qclass": question.qclass if question else None, **citation,
    }  # fmt: skip
    if not is_response:
        yield DnsQuery(
            **same, recursion_desired=message.recursion_desired, edns=message.edns is not None, dnssec_ok=message.do
        )
        return
    yield DnsResponse(
        **same, rcode=message.rcode, authoritative=message.authoritative, truncated=message.truncated,
        answer_count=message.counts[1], rtt_ms=_rtt_ms(tap),
    )  # fmt: skip
    seen: dict[str, Any] = {"ts": same["ts"], "server_ip": tap.response_ip, **citation}
    for record in message.records:
        yield DnsRecord(
            **seen, owner=record.owner, rtype=record.rtype, ttl_s=record.ttl_s, rdata=record.rdata,
            section=record.section,
        )  # fmt: skip


def _rtt_ms(tap: DnstapMessage) -> float | None:
    if tap.query_ts is None or tap.response_ts is None or tap.response_ts < tap.query_ts:
        return None
    return (tap.response_ts - tap.query_ts) / 1_000_000
