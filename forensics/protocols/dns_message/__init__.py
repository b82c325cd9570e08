"""DNS messages on the wire: bytes in, questions and records in presentation form out (RFC 1035 section 4).

A message that breaks off or breaks the grammar keeps what was read before the break; `problem` says what broke.
Only a message without a whole header is refused; `parse_cut` takes it where id and flags are left.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from forensics.protocols.dns_message import rdata
from forensics.protocols.dns_message.mnemonics import class_text, rcode_text, type_text
from forensics.protocols.dns_message.names import DnsMessageError, NameReader

__all__ = ["DnsMessage", "DnsMessageError", "Edns", "Question", "Record", "parse", "parse_cut"]

HEADER_BYTES = 12
LEAST_BYTES = 4
CUT_HEADER = "the header is cut short"
SECTIONS = ("answer", "authority", "additional")

_OPT = 41
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")


class Question(NamedTuple):
    """One entry of the question section."""

    qname: str
    qtype: str
    qclass: str


class Record(NamedTuple):
    """One resource record: owner without the trailing dot, `rdata` in presentation form, `ttl_s` in seconds."""

    owner: str
    rtype: str
    rclass: str
    ttl_s: int
    rdata: str
    section: str


class Edns(NamedTuple):
    """The OPT record (RFC 6891): version, UDP payload size in bytes, DO bit, codes of the options."""

    version: int
    udp_size_bytes: int
    do: bool
    options: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DnsMessage:
    """One message. `counts` are the four of the header; what could be read may be less, and then `problem` says why.

    Where `problem` is `CUT_HEADER`, the counts are zero because they are not known.
    """

    id: int
    flags: int
    rcode: str
    counts: tuple[int, int, int, int]
    questions: tuple[Question, ...]
    records: tuple[Record, ...]
    edns: Edns | None
    problem: str | None

    @property
    def is_response(self) -> bool:
        """QR bit."""
        return bool(self.flags & 0x8000)

    @property
    def opcode(self) -> int:
        """0 QUERY, 1 IQUERY, 2 STATUS, 4 NOTIFY, 5 UPDATE."""
        return self.flags >> 11 & 15

    @property
    def authoritative(self) -> bool:
        """AA bit."""
        return bool(self.flags & 0x0400)

    @property
    def truncated(self) -> bool:
        """TC bit."""
        return bool(self.flags & 0x0200)

    @property
    def recursion_desired(self) -> bool:
        """RD bit."""
        return bool(self.flags & 0x0100)

    @property
    def do(self) -> bool:
        """DO bit of the OPT record; False without one."""
        return self.edns is not None and self.edns.do


def parse(wire: bytes) -> DnsMessage:
    """Parse one message, without the length that precedes it on TCP.

    Raises:
        DnsMessageError: fewer bytes than a header has.

    >>> parse(bytes.fromhex("0a0b01000001000000000000 04 6d61696c 07 6578616d706c65 00 000f 0001")).questions
    (Question(qname='mail.example', qtype='MX', qclass='IN'),)
    """
    if len(wire) < HEADER_BYTES:
        raise DnsMessageError(f"{len(wire)} bytes are no DNS message: its header alone has {HEADER_BYTES}")
    ident, flags, *counts = _HEADER.unpack_from(wire)
    body = _Body(wire)
    try:
        body.read(counts)
    except DnsMessageError as error:
        body.problem = str(error)
    extended = body.extended_rcode << 4 | flags & 15
    return DnsMessage(
        id=ident, flags=flags, rcode=rcode_text(extended), counts=(counts[0], counts[1], counts[2], counts[3]),
        questions=tuple(body.questions), records=tuple(body.records), edns=body.edns, problem=body.problem,
    )  # fmt: skip


def parse_cut(wire: bytes) -> DnsMessage:
    """The id and flags of a message of which not even the header is whole; its `problem` is `CUT_HEADER`.

    Raises:
        DnsMessageError: fewer than four bytes.
    """
    if len(wire) < LEAST_BYTES:
        raise DnsMessageError(f"{len(wire)} bytes are no DNS message: id and flags alone have {LEAST_BYTES}")
    ident, flags = struct.unpack_from("!HH", wire)
    return DnsMessage(
        id=ident, flags=flags, rcode=rcode_text(flags & 15), counts=(0, 0, 0, 0), questions=(), records=(), edns=None,
        problem=CUT_HEADER,
    )  # fmt: skip


class _Body:
    """What was read so far of the four sections."""

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self.names = NameReader(wire)
        self.offset = HEADER_BYTES
        self.questions: list[Question] = []
        self.records: list[Record] = []
        self.edns: Edns | None = None
        self.extended_rcode = 0
        self.problem: str | None = None

    def read(self, counts: list[int]) -> None:
        for _ in range(counts[0]):
            self._question()
        for section, count in zip(SECTIONS, counts[1:], strict=True):
            for _ in range(count):
                self._record(section)
        if self.offset < len(self.wire):
            self.problem = f"{len(self.wire) - self.offset} bytes follow the last record"

    def _question(self) -> None:
        qname, at = self.names.read(self.offset)
        if at + 4 > len(self.wire):
            raise DnsMessageError(f"the question at byte {self.offset} is cut short")
        qtype, qclass = struct.unpack_from("!HH", self.wire, at)
        self.questions.append(Question(qname, type_text(qtype), class_text(qclass)))
        self.offset = at + 4

    def _record(self, section: str) -> None:
        owner, at = self.names.read(self.offset)
        start = at + _RECORD.size
        if start > len(self.wire):
            raise DnsMessageError(f"the record at byte {self.offset} is cut short")
        rtype, rclass, ttl, length = _RECORD.unpack_from(self.wire, at)
        if start + length > len(self.wire):
            raise DnsMessageError(f"the data of the record at byte {self.offset} is cut short")
        if rtype == _OPT:
            self._opt(rclass, ttl, self.wire[start : start + length])
        else:
            text = rdata.to_text(self.names, rtype, rclass, start, length)
            self.records.append(Record(owner, type_text(rtype), class_text(rclass), ttl, text, section))
        self.offset = start + length

    def _opt(self, size: int, ttl: int, data: bytes) -> None:
        options, at = [], 0
        while at + 4 <= len(data):
            code, length = struct.unpack_from("!HH", data, at)
            options.append(code)
            at += 4 + length
        self.extended_rcode = ttl >> 24
        self.edns = Edns(ttl >> 16 & 255, size, bool(ttl & 0x8000), tuple(options))
