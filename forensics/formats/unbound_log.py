"""Log of Unbound with `log-queries` or `log-replies`: who asked what, what was answered and how long it took.

Lines with or without the words `query:` and `reply:` (`log-tag-queryreply`) and the destination (`log-destaddr`); times
as seconds since 1970, ASCII (`log-time-ascii`), ISO 8601 (`log-time-iso`), or those of a syslog header.

Sample::

    [1795425693] unbound[25:0] info: 192.0.2.7 mx.example. MX IN
    [1795425693] unbound[25:0] info: 192.0.2.7 mx.example. MX IN NOERROR 0.000945 0 54

Source: Unbound, util/log.c, util/net_help.c (log_query_in) and util/data/msgreply.c (log_reply_info). Time base: UTC
for seconds and ISO times (they name their zone); local time without year for `log-time-ascii` and classic syslog.
Unbound writes `?` for a byte of a name that is no letter, digit, hyphen or underscore.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from forensics.formats import _log_times
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text, dns_names, syslog
from forensics.protocols.syslog_time import Timeline
from forensics.schema import DnsQuery, DnsResponse, Row

NAME = "unbound_log"
VANTAGE = "recursive_dns"
TABLES = ("dns_query", "dns_response")
LOCAL_TIME = True

MAX_LINE_BYTES = 8192
NO_QUERIES = "It holds no query or reply; nothing in it says whether Unbound logged them (log-queries, log-replies)."
_DETECT_LINES = 200

_LEVELS = "debug|info|notice|warning|error|fatal error|query|reply"
_OWN = re.compile(
    rf"""
    (?:\[(?P<epoch>\d{{1,10}}(?:\.\d{{1,9}})?)\]                                     # [1795425693]
      |(?P<ascii>[A-Z][a-z][a-z][ ][ \d]\d[ ]\d\d:\d\d:\d\d)                           # Nov 23 09:21:33
      |(?P<iso>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?:Z|[+-]\d\d:?\d\d)?))[ ]
    [!-Z\\^-~]{{1,64}}\[\d{{1,10}}:(?:0x)?[0-9a-f]{{1,16}}\][ ](?P<level>{_LEVELS}):[ ]  # unbound[25:0] info:
    """,
    re.VERBOSE | re.ASCII,
)
_FRAMED = re.compile(rf"\[\d{{1,10}}:(?:0x)?[0-9a-f]{{1,16}}\] (?P<level>{_LEVELS}): ", re.ASCII)
_QUESTION = r"(?P<qname>[!-~]{1,1016})[ ](?P<qtype>[A-Z][A-Z0-9-]{0,15})[ ](?P<qclass>[A-Z][A-Z0-9]{0,15})"
_MESSAGE = re.compile(
    rf"""
    (?P<client>[0-9A-Fa-f:.]{{2,45}})(?:%[!-~]{{1,64}})?[ ]
    (?:{_QUESTION}
       (?P<answer>[ ](?P<rcode>[A-Z][A-Z0-9]{{2,15}})
         [ ](?P<seconds>\d{{1,8}})\.(?P<us>\d{{6}})[ ][01][ ]\d{{1,10}}
         (?:[ ]on[ ](?P<transport>[a-z-]{{2,16}})                                         # on udp 192.0.2.53 53
            [ ](?P<server>[0-9A-Fa-f:.]{{2,45}})(?:%[!-~]{{1,64}})?[ ](?P<port>\d{{1,5}}))?
       )?
    |-[ ]-[ ]-[ ](?P<formerr>FORMERR)[ ]-[ ]-[ ]-)[ ]*
    """,
    re.VERBOSE | re.ASCII,
)
_ADDRESS_FIRST = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:%[!-~]{1,64})? [!-~]+ [A-Z]")
_END_OF_TIME_S = (1 << 63) // 1_000_000_000
_TRANSPORTS = {"quic": "doq"}
_OTHER_PROGRAM = Ignored("another program's line")
_OTHER_MESSAGE = Ignored("a message of Unbound that is no query or reply")


class QueryLine(NamedTuple):
    """One question or reply; `rcode` None marks a question. `time` is a time stamp that `syslog_time` reads.

    `qname` is None for a question that Unbound could not read (it answered FORMERR).
    """

    time: str
    client_ip: str
    qname: str | None
    qtype: str | None
    qclass: str | None
    rcode: str | None
    rtt_ms: float | None
    transport: str | None
    server_ip: str | None
    server_port: int | None


def parse_line(text: bytes) -> QueryLine | Ignored | Unreadable:
    """One line, without its line end.

    >>> parse_line(b"[1795425693] unbound[25:0] query: 192.0.2.7 mx.example. MX IN").qname
    'mx.example'
    """
    if len(text) > MAX_LINE_BYTES or not text.isascii():
        return Unreadable("no line of Unbound: too long, or not ASCII")
    line = text.decode("ascii")
    own = _OWN.match(line)
    if own:
        return _message(_own_time(own), own["level"], line[own.end() :])
    frame = syslog.parse(line)
    if frame is None:
        return Unreadable("no line of Unbound")
    framed = _FRAMED.match(frame.message)
    if framed:
        return _message(frame.time, framed["level"], frame.message[framed.end() :])
    return _OTHER_MESSAGE if frame.program == "unbound" else _OTHER_PROGRAM


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True where lines of Unbound are among the first, and more of them than of other programs."""
    parsed = [parse_line(line) for line in head.splitlines()[:_DETECT_LINES]]
    own = sum(isinstance(line, QueryLine) or line == _OTHER_MESSAGE for line in parsed)
    return own > sum(line == _OTHER_PROGRAM for line in parsed)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one `dns_query` per question and one `dns_response` per reply."""
    timeline = Timeline(facts.time_zone, facts.year)

    def parse(line: Line) -> Parsed:
        parsed = parse_line(line.text)
        if not isinstance(parsed, QueryLine):
            return parsed
        tally.vantage = VANTAGE
        return (row(parsed, _nanoseconds(parsed.time, timeline), cite(line)),)

    yield from read_lines(source, tally, parse)
    _log_times.report(timeline, tally)
    if tally.vantage is None:
        tally.problem(NO_QUERIES)


def row(line: QueryLine, ts: int | None, citation: dict[str, int]) -> DnsQuery | DnsResponse:
    """The row of a line. Unbound logs neither the client's port nor the flags of the question."""
    same: dict[str, Any] = {
        "ts": ts, "client_ip": line.client_ip, "server_ip": line.server_ip, "server_port": line.server_port,
        "transport": line.transport, "qname": line.qname, "qtype": line.qtype, "qclass": line.qclass,
        "role": "client", **citation,
    }  # fmt: skip
    if line.rcode is None:
        return DnsQuery(**same)
    return DnsResponse(**same, rcode=line.rcode, rtt_ms=line.rtt_ms)


def _own_time(match: re.Match[str]) -> str:
    return match["ascii"] or match["iso"] or f"[{match['epoch']}]"


def _nanoseconds(time: str, timeline: Timeline) -> int | None:
    if not time.startswith("["):
        return timeline.nanoseconds(time)
    seconds, _, fraction = time[1:-1].partition(".")
    return int(seconds) * 1_000_000_000 + int(fraction.ljust(9, "0")) if int(seconds) < _END_OF_TIME_S else None


def _message(time: str, level: str, message: str) -> QueryLine | Ignored | Unreadable:
    match = _MESSAGE.fullmatch(message)
    if match and level in ("info", "query", "reply"):
        return _query_line(time, match)
    if level in ("query", "reply") or (level == "info" and _ADDRESS_FIRST.match(message)):
        return Unreadable("a query or reply whose fields do not fit")
    return _OTHER_MESSAGE


def _query_line(time: str, match: re.Match[str]) -> QueryLine | Unreadable:
    client_ip = address_text.canonical(match["client"])
    server_ip = address_text.canonical(match["server"]) if match["server"] else None
    port = int(match["port"]) if match["port"] else None
    if client_ip is None or (match["server"] and server_ip is None) or (port or 0) > 65535:
        return Unreadable("a query or reply with an address that is none")
    try:
        qname = None if match["formerr"] else dns_names.canonical(match["qname"])
    except dns_names.DnsNameError:
        return Unreadable("a query or reply with a name that is none")
    transport, seconds = match["transport"], match["seconds"]
    rtt_ms = None if seconds is None else (int(seconds) * 1_000_000 + int(match["us"])) / 1000
    return QueryLine(
        time=time, client_ip=client_ip, qname=qname, qtype=match["qtype"], qclass=match["qclass"],
        rcode=match["rcode"] or match["formerr"], rtt_ms=rtt_ms,
        transport=_TRANSPORTS.get(transport, transport), server_ip=server_ip, server_port=port,
    )  # fmt: skip
