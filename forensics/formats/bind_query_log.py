"""Query log of BIND named: category `queries` (who asked what) and `responses` (what was answered).

Lines of all versions: up to 9.8 without the name in parentheses, from 9.11 with the client's `@0x` id, with views, TSIG
keys and client subnets; behind named's own times (`print-time yes`, `iso8601`, `iso8601-utc`, `iso8601-tzinfo`), behind
a syslog header, or bare; with or without `queries: info:`.

Sample::

    23-Nov-2026 09:23:47.937 client @0x7ffb098 192.0.2.10#58172 (mx.example): query: mx.example IN A -E(0)DC (192.0.2.1)

Source: BIND 9, lib/ns/query.c (log_query) and lib/ns/client.c; ARM, logging categories. Time base: local time of the
server without a zone, unless `iso8601-utc` or `iso8601-tzinfo` is set; behind a classic syslog header without a year.
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

NAME = "bind_query_log"
VANTAGE = "authoritative_dns"
TABLES = ("dns_query", "dns_response")
LOCAL_TIME = True

MAX_LINE_BYTES = 8192
_DETECT_LINES = 200
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)  # noqa: SIM905
}

_OWN_TIME = rf"""
    (?P<day>\d\d)-(?P<month>{"|".join(_MONTHS)})-(?P<year>\d{{4}})[ ]               # 23-Nov-2026 09:23:47.937
        (?P<clock>\d\d:\d\d:\d\d(?:\.\d{{1,9}})?)
  | (?P<iso>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,9}})?                     # 2026-11-23T09:23:47.937Z
        (?:Z|[+-]\d\d:?\d\d)?)
"""
_PREFIX = rf"""
    (?:(?:{_OWN_TIME})[ ])?
    (?P<category>[a-z]{{2,20}}(?:-[a-z0-9]{{1,20}}){{0,3}}:[ ])?                       # queries:
    (?:(?:info|notice|warning|error|critical|debug(?:[ ]\d{{1,3}})?):[ ])?        # info:
"""
_MESSAGE = r"""
    client[ ](?:@0x[0-9a-fA-F]{1,16}[ ])?
    (?P<client>[0-9A-Fa-f:.]{2,45})(?:%[^\s\#]{1,64})?\#(?P<port>\d{1,5})      # 192.0.2.10#58172
    (?:/key[ ][!-~]{1,1016})?                                                      # /key transfer.example
    (?:[ ]\([!-~]{1,1016}\))?                                                      # (mx.example)
    (?::[ ]view[ ](?:(?!:[ ]).){1,255})?                                           # : view internal
    :[ ](?P<kind>query|response):[ ]
    (?P<qname>[!-~]{1,1016})[ ](?P<qclass>[A-Z][A-Z0-9]{0,15})[ ](?P<qtype>[A-Z][A-Z0-9-]{0,15})
    (?P<answer>[ ](?P<rcode>[A-Z][A-Z0-9]{2,15})(?:[ ](?P<count>\d{1,5})[ ]\d{1,5}[ ]\d{1,5})?)?
    (?:[ ](?P<flags>[+-](?:[A-Z]|\(\d{1,3}\)){0,20}))?                          # +SE(0)TDCV
    (?:[ ]\((?P<server>[0-9A-Fa-f:.]{2,45})(?:%[^\s)]{1,64})?\))?                  # (192.0.2.1)
    (?:[ ]\[ECS[ ][^\]\s]{1,80}\])?[ ]*
"""
_START = re.compile(_PREFIX, re.VERBOSE | re.ASCII)
_LINE = re.compile(_PREFIX + _MESSAGE, re.VERBOSE | re.ASCII)
_HINTS = (": query: ", ": response: ")
_OTHER_PROGRAM = Ignored("another program's line")


class QueryLine(NamedTuple):
    """One line of the categories `queries` and `responses`; `rcode` None marks a query.

    `time` is a time stamp that `syslog_time` reads, `flags` are as written (`+E(0)K`): None where the line has none.
    Names, types and addresses are as the tables hold them.
    """

    time: str | None
    client_ip: str
    client_port: int
    qname: str
    qclass: str
    qtype: str
    flags: str | None
    server_ip: str | None
    rcode: str | None
    answer_count: int | None


def parse_line(text: bytes) -> QueryLine | Ignored | Unreadable:
    """One line, without its line end.

    >>> parse_line(b"client 192.0.2.7#53124: query: mx.example IN MX + (192.0.2.1)").qname
    'mx.example'
    """
    if len(text) > MAX_LINE_BYTES or not text.isascii():
        return Unreadable("no line of named: too long, or not ASCII")
    line = text.decode("ascii")
    match = _LINE.fullmatch(line)
    if match:
        return _query_line(match, None)
    frame = syslog.parse(line)
    match = _LINE.fullmatch(frame.message) if frame else None
    if frame and match:
        return _query_line(match, frame.time)
    return _other(line, frame)


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True where queries or responses of named are among the first lines, and more of them than of other programs."""
    parsed = [parse_line(line) for line in head.splitlines()[:_DETECT_LINES]]
    others = sum(line == _OTHER_PROGRAM for line in parsed)
    return sum(isinstance(line, QueryLine) for line in parsed) > others


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one `dns_query` or `dns_response` per line of those categories.

    Mostly recursive questions mean a resolver's log, mostly iterative ones an authoritative server's.
    """
    timeline = Timeline(facts.time_zone, facts.year)
    desired = [0, 0]

    def parse(line: Line) -> Parsed:
        parsed = parse_line(line.text)
        if not isinstance(parsed, QueryLine):
            return parsed
        if parsed.rcode is None and parsed.flags:
            desired[parsed.flags[0] == "+"] += 1
        if parsed.time is None:
            tally.problem(_log_times.NO_TIME)
        return (row(parsed, timeline.nanoseconds(parsed.time) if parsed.time else None, cite(line)),)

    yield from read_lines(source, tally, parse)
    if any(desired):
        tally.vantage = "recursive_dns" if desired[1] > desired[0] else "authoritative_dns"
    _log_times.report(timeline, tally)


def row(line: QueryLine, ts: int | None, citation: dict[str, int]) -> DnsQuery | DnsResponse:
    """The row of a line. Before 9.7 the flags T and D and the server's address were not logged: then unknown."""
    flags = line.flags
    new = line.server_ip is not None
    transport = None if flags is None else "tcp" if "T" in flags else "udp" if new else None
    same: dict[str, Any] = {
        "ts": ts, "client_ip": line.client_ip, "client_port": line.client_port, "server_ip": line.server_ip,
        "transport": transport, "qname": line.qname, "qtype": line.qtype, "qclass": line.qclass, "role": "client",
        **citation,
    }  # fmt: skip
    if line.rcode is not None:
        return DnsResponse(**same, rcode=line.rcode, answer_count=line.answer_count)
    return DnsQuery(
        **same,
        recursion_desired=None if flags is None else flags[0] == "+",
        edns=None if flags is None else "E" in flags,
        dnssec_ok=None if flags is None else True if "D" in flags else False if new else None,
    )  # fmt: skip


def _other(line: str, frame: syslog.Frame | None) -> Ignored | Unreadable:
    """What a line is that is no query or response."""
    if any(hint in line for hint in _HINTS):
        return Unreadable("a query or response whose fields do not fit")
    start = _START.match(line)
    if line.startswith("client ") or (start and start.end()):
        return Ignored("a message of named that is no query")
    if frame is None:
        return Unreadable("no line of named")
    return Ignored("a message of named that is no query") if "named" in (frame.program or "") else _OTHER_PROGRAM


def _time(match: re.Match[str]) -> str | None:
    """The time that named itself wrote, in the form of ISO 8601."""
    if match["iso"]:
        return match["iso"]
    if match["day"] is None:
        return None
    return f"{match['year']}-{_MONTHS[match['month']]}-{match['day']}T{match['clock']}"


def _query_line(match: re.Match[str], header_time: str | None) -> QueryLine | Unreadable:
    client_ip = address_text.canonical(match["client"])
    server_ip = address_text.canonical(match["server"]) if match["server"] else None
    port = int(match["port"])
    is_response = match["kind"] == "response"
    if client_ip is None or (match["server"] and server_ip is None) or port > 65535:
        return Unreadable("a query or response with an address that is none")
    if is_response != bool(match["answer"]):
        return Unreadable("a query or response whose fields do not fit")
    try:
        qname = dns_names.canonical(match["qname"])
    except dns_names.DnsNameError:
        return Unreadable("a query or response with a name that is none")
    count = match["count"]
    return QueryLine(
        time=_time(match) or header_time, client_ip=client_ip, client_port=port, qname=qname,
        qclass=match["qclass"], qtype=match["qtype"], flags=match["flags"], server_ip=server_ip,
        rcode=match["rcode"], answer_count=None if count is None else int(count),
    )  # fmt: skip
