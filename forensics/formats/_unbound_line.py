"""One line of Unbound's log: its grammar, and the row it becomes (util/log.c, util/net_help.c, msgreply.c)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from forensics.formats.lines import Ignored, Unreadable
from forensics.protocols import address_text, dns_names, syslog
from forensics.protocols.syslog_time import Timeline
from forensics.schema import DnsQuery, DnsResponse

MAX_LINE_BYTES = 8192

LEVELS_OF_QUERIES = ("info", "query", "reply")
_LEVELS = "debug|info|notice|warning|error|fatal error|query|reply"
OWN = re.compile(
    rf"""
    (?:\[(?P<epoch>\d{{1,10}}(?:\.\d{{1,9}})?)\]                                     # [1795425693]
      |(?P<ascii>[A-Z][a-z][a-z][ ][ \d]\d[ ]\d\d:\d\d:\d\d)                           # Nov 23 09:21:33
      |(?P<iso>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?:Z|[+-]\d\d:?\d\d)?))[ ]
    [!-Z\\^-~]{{1,64}}\[\d{{1,10}}:(?:0x)?[0-9a-f]{{1,16}}\][ ](?P<level>{_LEVELS}):[ ]  # unbound[25:0] info:
    """,
    re.VERBOSE | re.ASCII,
)
_FRAMED = re.compile(rf"\[\d{{1,10}}:(?:0x)?[0-9a-f]{{1,16}}\] (?P<level>{_LEVELS}): ", re.ASCII)
CLIENT_IP = r"(?P<client>[0-9A-Fa-f:.]{2,45})(?:%[!-~]{1,64})?"
NAME = "[!-~]{1,1016}"
TAIL = r"""
    [ ](?P<qtype>[A-Z][A-Z0-9-]{0,15})[ ](?P<qclass>[A-Z][A-Z0-9]{0,15})
    (?:[ ](?P<rcode>[A-Z][A-Z0-9]{2,15})[ ](?P<seconds>\d{1,8})\.(?P<us>\d{6})[ ][01][ ]\d{1,10}  # ... 0.000945 0 54
       (?:[ ]on[ ](?P<transport>[a-z-]{2,16})                                            # on udp 192.0.2.53 53
          [ ](?P<server>[0-9A-Fa-f:.]{2,45})(?:%[!-~]{1,64})?[ ](?P<port>\d{1,5}))?
    )?[ ]*
"""
_MESSAGE = re.compile(
    rf"{CLIENT_IP}[ ](?:(?P<qname>{NAME}){TAIL}|-[ ]-[ ]-[ ](?P<formerr>FORMERR)[ ]-[ ]-[ ]-[ ]*)",
    re.VERBOSE | re.ASCII,
)
_ADDRESS_FIRST = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:%[!-~]{1,64})? [!-~]+ [A-Z]")
END_OF_TIME_S = (1 << 63) // 1_000_000_000
"""Seconds since 1970 from here on have no nanoseconds in 64 bits."""
_TRANSPORTS = {"quic": "doq"}
OTHER_PROGRAM = Ignored("another program's line")
OTHER_MESSAGE = Ignored("a message of Unbound that is no query or reply")


class Asked(NamedTuple):
    """What follows the name in a line; `rcode` None marks a question."""

    qtype: str | None
    qclass: str | None
    rcode: str | None
    rtt_ms: float | None = None
    transport: str | None = None
    server_ip: str | None = None
    server_port: int | None = None


class QueryLine(NamedTuple):
    """One question or reply. `time` is a time stamp that `nanoseconds` reads.

    `qname` is None for a question that Unbound could not read (it answered FORMERR).
    """

    time: str
    client_ip: str
    qname: str | None
    asked: Asked


def parse_line(text: bytes) -> QueryLine | Ignored | Unreadable:
    """One line, without its line end.

    >>> parse_line(b"[1795425693] unbound[25:0] query: 192.0.2.7 mx.example. MX IN").qname
    'mx.example'
    """
    if len(text) > MAX_LINE_BYTES or not text.isascii():
        return Unreadable("no line of Unbound: too long, or not ASCII")
    line = text.decode("ascii")
    own = OWN.match(line)
    if own:
        return _message(_own_time(own), own["level"], line[own.end() :])
    frame = syslog.parse(line)
    if frame is None:
        return Unreadable("no line of Unbound")
    framed = _FRAMED.match(frame.message)
    if framed:
        return _message(frame.time, framed["level"], frame.message[framed.end() :])
    return OTHER_MESSAGE if frame.program == "unbound" else OTHER_PROGRAM


def row(line: QueryLine, ts: int | None, citation: dict[str, int]) -> DnsQuery | DnsResponse:
    """The row of a line. Unbound logs neither the client's port nor the flags of the question."""
    asked = line.asked
    same: dict[str, Any] = {
        "ts": ts, "client_ip": line.client_ip, "server_ip": asked.server_ip, "server_port": asked.server_port,
        "transport": asked.transport, "qname": line.qname, "qtype": asked.qtype, "qclass": asked.qclass,
        "role": "client", **citation,
    }  # fmt: skip
    if asked.rcode is None:
        return DnsQuery(**same)
    return DnsResponse(**same, rcode=asked.rcode, rtt_ms=asked.rtt_ms)


def epoch_nanoseconds(text: str) -> int | None:
    """Nanoseconds UTC of seconds since 1970; None past what 64 bits hold.

    >>> epoch_nanoseconds("1795425693.125")
    1795425693125000000
    """
    seconds, _, fraction = text.partition(".")
    return int(seconds) * 1_000_000_000 + int(fraction.ljust(9, "0")) if int(seconds) < END_OF_TIME_S else None


def _own_time(match: re.Match[str]) -> str:
    return match["ascii"] or match["iso"] or f"[{match['epoch']}]"


def nanoseconds(time: str, timeline: Timeline) -> int | None:
    """The time of a line: seconds since 1970 in brackets, or what the time line makes of it."""
    if not time.startswith("["):
        return timeline.nanoseconds(time)
    return epoch_nanoseconds(time[1:-1])


def _message(time: str, level: str, message: str) -> QueryLine | Ignored | Unreadable:
    match = _MESSAGE.fullmatch(message)
    if match and level in LEVELS_OF_QUERIES:
        return _query_line(time, match)
    if level in ("query", "reply") or (level == "info" and _ADDRESS_FIRST.match(message)):
        return Unreadable("a query or reply whose fields do not fit")
    return OTHER_MESSAGE


def _query_line(time: str, match: re.Match[str]) -> QueryLine | Unreadable:
    client_ip = address_text.canonical(match["client"])
    if client_ip is None:
        return Unreadable("a query or reply with an address that is none")
    if match["formerr"]:
        return QueryLine(time, client_ip, None, Asked(None, None, "FORMERR"))
    asked = asked_by(match)
    if asked is None:
        return Unreadable("a query or reply with an address that is none")
    try:
        return QueryLine(time, client_ip, dns_names.canonical(match["qname"]), asked)
    except dns_names.DnsNameError:
        return Unreadable("a query or reply with a name that is none")


def asked_by(match: re.Match[str]) -> Asked | None:
    """What the groups of `TAIL` say; None where the server's address is none."""
    server_ip = address_text.canonical(match["server"]) if match["server"] else None
    port = int(match["port"]) if match["port"] else None
    if (match["server"] and server_ip is None) or (port or 0) > 65535:
        return None
    seconds, transport = match["seconds"], match["transport"]
    rtt_ms = None if seconds is None else (int(seconds) * 1_000_000 + int(match["us"])) / 1000
    transport = _TRANSPORTS.get(transport, transport)
    return Asked(match["qtype"], match["qclass"], match["rcode"], rtt_ms, transport, server_ip, port)
