"""One line of a query log of BIND named: its grammar, and the row it becomes (lib/ns/query.c, lib/ns/client.c)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from forensics.formats.lines import Ignored, Unreadable
from forensics.protocols import address_text, dns_names, syslog
from forensics.schema import DnsQuery, DnsResponse

MAX_LINE_BYTES = 8192
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
CATEGORY = r"""
    (?:[a-z]{2,20}(?:-[a-z0-9]{1,20}){0,3}:[ ])?                                   # queries:
    (?:(?:info|notice|warning|error|critical|debug(?:[ ]\d{1,3})?):[ ])?           # info:
"""
_PREFIX = rf"(?:(?:{_OWN_TIME})[ ])?{CATEGORY}"
CLIENT_ID = r"client[ ](?:@0x[0-9a-fA-F]{1,16}[ ])?"
CLIENT_IP = r"(?P<client>[0-9A-Fa-f:.]{2,45})(?:%[^\s\#]{1,64})?"
NAME = "[!-~]{1,1016}"
VIEW_AND_KIND = r"(?::[ ]view[ ](?:(?!:[ ]).){1,255})?:[ ](?P<kind>query|response):[ ]"
TAIL = r"""
    [ ](?P<qclass>[A-Z][A-Z0-9]{0,15})[ ](?P<qtype>[A-Z][A-Z0-9-]{0,15})
    (?P<answer>[ ](?P<rcode>[A-Z][A-Z0-9]{2,15})(?:[ ](?P<count>\d{1,5})[ ]\d{1,5}[ ]\d{1,5})?)?
    (?:[ ](?P<flags>[+-](?:[A-Z]|\(\d{1,3}\)){0,20}))?                             # +SE(0)TDCV
    (?:[ ]\((?P<server>[0-9A-Fa-f:.]{2,45})(?:%[^\s)]{1,64})?\))?                  # (192.0.2.1)
    (?:[ ]\[ECS[ ][^\]\s]{1,80}\])?[ ]*
"""
_MESSAGE = rf"""
    {CLIENT_ID}
    {CLIENT_IP}\#(?P<port>\d{{1,5}})                                               # 192.0.2.10#58172
    (?:/key[ ]{NAME})?                                                             # /key transfer.example
    (?:[ ]\({NAME}\))?                                                             # (mx.example)
    {VIEW_AND_KIND}                                                                # : view internal: query:
    (?P<qname>{NAME}){TAIL}
"""
_START = re.compile(_PREFIX, re.VERBOSE | re.ASCII)
_LINE = re.compile(_PREFIX + _MESSAGE, re.VERBOSE | re.ASCII)
_HINTS = (": query: ", ": response: ")
OTHER_PROGRAM = Ignored("another program's line")


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


def row(line: QueryLine, ts: int | None, citation: dict[str, int]) -> DnsQuery | DnsResponse:
    """The row of a line."""
    transport, recursion_desired, edns, dnssec_ok = said_by(line.flags, line.server_ip)
    same: dict[str, Any] = {
        "ts": ts, "client_ip": line.client_ip, "client_port": line.client_port, "server_ip": line.server_ip,
        "transport": transport, "qname": line.qname, "qtype": line.qtype, "qclass": line.qclass, "role": "client",
        **citation,
    }  # fmt: skip
    if line.rcode is not None:
        return DnsResponse(**same, rcode=line.rcode, answer_count=line.answer_count)
    return DnsQuery(**same, recursion_desired=recursion_desired, edns=edns, dnssec_ok=dnssec_ok)


def said_by(flags: str | None, server_ip: str | None) -> tuple[str | None, bool | None, bool | None, bool | None]:
    """Transport, RD, EDNS and DO as the flags say them.

    Before 9.7 neither the flags T and D nor the server's address were logged: without an address, their absence says
    nothing.
    """
    if flags is None:
        return None, None, None, None
    new = server_ip is not None
    transport = "tcp" if "T" in flags else "udp" if new else None
    return transport, flags[0] == "+", "E" in flags, True if "D" in flags else False if new else None


def _other(line: str, frame: syslog.Frame | None) -> Ignored | Unreadable:
    """What a line is that is no query or response."""
    if any(hint in line for hint in _HINTS):
        return Unreadable("a query or response whose fields do not fit")
    start = _START.match(line)
    if line.startswith("client ") or (start and start.end()):
        return Ignored("a message of named that is no query")
    if frame is None:
        return Unreadable("no line of named")
    return Ignored("a message of named that is no query") if "named" in (frame.program or "") else OTHER_PROGRAM


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
