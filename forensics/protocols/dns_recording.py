"""A recording of DNS questions and what came back: one JSON object a line, the answer's bytes as they arrived.

What an answer says is always read from its bytes; the word `status` of a line counts only where nothing came back.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from forensics.protocols import dns_message, dns_names, recording_lines
from forensics.protocols.dns_message import DnsMessage, DnsMessageError, Record
from forensics.protocols.recording_lines import RecordingError, RecordingLine

FORMAT = "forensics-dns-recording/1"
MAX_CHAIN = 16
"""CNAME records that are followed (RFC 1034 section 3.6.2 wants them short)."""
ENDLESS = "a chain of CNAME records without an end"

Outcome = Literal[
    "ok", "nodata", "nxdomain", "refused", "servfail", "bogus", "timeout", "truncated", "elsewhere", "not_sent"
]
"""`elsewhere`: the answer leads to a name that its server does not speak for. `not_sent`: the budget was spent.

`bogus`: the server failed, and gave an answer once it was told not to check signatures (RFC 4035 section 3.2.2). What
that answer says is not taken, least of all that there is nothing.
"""

BOGUS = "the resolver finds the signatures bogus: it answers only when told not to check them"

_AUTHENTIC_DATA = 0x0020
_RECURSION_AVAILABLE = 0x0080
_FAILURES: dict[str, Outcome] = {"NXDOMAIN": "nxdomain", "REFUSED": "refused"}
_DAMAGED = "the answer breaks off or breaks the grammar"


class Entry(RecordingLine, frozen=True, kw_only=True):
    """One question as it was sent (or not), and what came back; `list_zone`: the blocklist that it was for."""

    qname: str
    qtype: str
    status: Outcome
    server: str | None = None
    port: int | None = None
    transport: Literal["udp", "tcp", "dot", "doh"] | None = None
    rtt_ms: int | None = None
    wire: str | None = None
    note: str | None = None
    server_name: str | None = None
    checking_disabled: bool = False
    list_zone: str | None = None


class Said(NamedTuple):
    """What came of a question: `owner` is the name that the outcome is about, at the end of all aliases.

    `authenticated` is the AD bit, the resolver's word that signatures hold (RFC 4035 section 3.2.3).
    """

    outcome: Outcome
    owner: str
    records: tuple[Record, ...] = ()
    note: str | None = None
    authenticated: bool | None = None

    def data(self, qtype: str) -> tuple[str, ...]:
        """The data of the type asked for."""
        return tuple(record.rdata for record in self.records if record.owner == self.owner and record.rtype == qtype)


def decode(line: bytes) -> Entry:
    """The entry of a line.

    Raises:
        RecordingError: no JSON object of this format.
    """
    return recording_lines.decode(line, Entry, FORMAT)


def said(entry: Entry) -> Said:
    """What an entry's answer says.

    Raises:
        RecordingError: its bytes are no answer to its question.
    """
    qname = _canonical(entry.qname)
    if entry.wire is None:
        if entry.status not in ("timeout", "not_sent"):
            raise RecordingError(f"the outcome {entry.status} without the bytes that say so")
        return Said(entry.status, qname, note=entry.note)
    data = recording_lines.bytes_of(entry.wire, "the answer")
    try:
        message = dns_message.parse(data)
    except DnsMessageError as error:
        raise RecordingError(f"the bytes of the answer cannot be read: {error}") from error
    if not answers(message, qname, entry.qtype):
        raise RecordingError("the bytes are no answer to the question")
    found = read(message, qname, entry.qtype)
    if entry.checking_disabled:
        there = found.outcome in ("ok", "nodata", "nxdomain")
        return Said("bogus", qname, note=BOGUS) if there else found._replace(records=())
    if found.outcome in ("ok", "nodata", "nxdomain"):
        return found._replace(authenticated=bool(message.flags & _AUTHENTIC_DATA))
    return found


def answers(message: DnsMessage, qname: str, qtype: str) -> bool:
    """Whether a message answers a question; a server that fails may leave the question out."""
    if not message.is_response or message.opcode:
        return False
    if not message.questions:
        return message.rcode != "NOERROR"
    first = message.questions[0]
    return (first.qname.lower(), first.qtype, len(message.questions)) == (qname, qtype, 1)


def read(message: DnsMessage, qname: str, qtype: str) -> Said:
    """What an answer says of a name and type, along the aliases that it shows."""
    if message.truncated:
        return Said("truncated", qname)
    if message.rcode not in ("NOERROR", "NXDOMAIN"):
        return Said(_FAILURES.get(message.rcode, "servfail"), qname, note=message.rcode)
    if message.problem:
        return Said("servfail", qname, note=f"{_DAMAGED}: {message.problem}")
    names = _chain(message, qname, qtype)
    owner = names[-1]
    records = tuple(record for record in message.records if record.section == "answer" and record.owner in names)
    if any(record.owner == owner and record.rtype == qtype for record in records):
        return Said("ok", owner, records)
    if message.rcode == "NXDOMAIN":
        return Said("nxdomain", owner, records)
    if qtype != "CNAME" and any(record.owner == owner and record.rtype == "CNAME" for record in records):
        return Said("servfail", qname, records, ENDLESS)
    recursive = bool(message.flags & _RECURSION_AVAILABLE)
    if owner != qname and not recursive:
        return Said("elsewhere", owner, records)
    if _is_referral(message, recursive=recursive):
        return Said("servfail", qname, note="the server refers to others instead of answering")
    return Said("nodata", owner, records)


def _chain(message: DnsMessage, qname: str, qtype: str) -> list[str]:
    """The name asked for, and those that its aliases lead to."""
    aliases = {r.owner: r.rdata for r in message.records if r.section == "answer" and r.rtype == "CNAME"}
    names = [qname]
    while qtype != "CNAME" and names[-1] in aliases and len(names) <= MAX_CHAIN:
        target = aliases[names[-1]]
        following = target if target == "." else target.removesuffix(".")
        if following in names:
            break
        names.append(following)
    return names


def _is_referral(message: DnsMessage, *, recursive: bool) -> bool:
    """A mere referral (RFC 2308 section 2.2) says nothing of the type."""
    types = {record.rtype for record in message.records if record.section == "authority"}
    return not recursive and not message.authoritative and "NS" in types and "SOA" not in types


def _canonical(name: str) -> str:
    try:
        return dns_names.canonical(name)
    except dns_names.DnsNameError as error:
        raise RecordingError(f"no domain name: {error}") from error
