"""Log of gamelinux passivedns: pairs of a name and an answer that it saw pass, with when, to whom and from whom.

Lines with the fields that passivedns writes unless told otherwise (`-f`), also of versions that had no count or no TTL,
and its JSON; in a file or behind a syslog header.

Sample::

    1795425693.125000||192.0.2.7||192.0.2.53||IN||mx.example.||A||192.0.2.25||300||1
    1795425694.500000||192.0.2.7||192.0.2.53||IN||nx.example.||MX||NXDOMAIN||0||1

Source: passivedns, README and src/dns.c. Time base: seconds since 1970; local time without a zone with `-f` and a date.

It writes a pair when it is new, and again at most once a day with how often it was seen: the client is the last one,
who else asked is not shown. So a line is a record, and no question: after an alias the name is not the one asked for.
A line with an error is a response, since it shows the question. Of the data of MX, SRV, TXT and SOA it writes a part:
they are kept as of no known type. A DNAME stands beside the name asked for, not beside its owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from forensics.formats import _log_times
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text, dns_names, syslog
from forensics.protocols.dns_message.mnemonics import class_text, rcode_text, type_text
from forensics.protocols.syslog_time import Timeline
from forensics.schema import DnsRecord, DnsResponse, Row

NAME = "passivedns_log"
VANTAGE = "passive_dns"
TABLES = ("dns_record", "dns_response")
LOCAL_TIME = True

MAX_LINE_BYTES = 1 << 16
_DETECT_LINES = 20
_SEPARATOR = "||"
_UNIX = re.compile(r"(?P<seconds>\d{9,10})(?:\.(?P<fraction>\d{6}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{6})?", re.ASCII)
_WORD = re.compile(r"[A-Z][A-Z0-9-]{0,15}", re.ASCII)
_ERRORS = {
    "FORMERR": "FORMERR", "SERVFAIL": "SERVFAIL", "NXDOMAIN": "NXDOMAIN", "NOTIMPL": "NOTIMP", "REFUSED": "REFUSED",
    "YXDOMAIN": "YXDOMAIN", "YXRRSET": "YXRRSET", "NXRRSET": "NXRRSET", "NOTAUTH": "NOTAUTH", "NOTZONE": "NOTZONE",
}  # fmt: skip
_UNKNOWN_ERROR = re.compile(r"UNKNOWN-ERROR-(\d{1,4})", re.ASCII)
_OF_NAMES = {"CNAME", "NS", "PTR", "DNAME"}
_JSON_KEYS = {"client", "server", "query", "type", "answer"}
_JSON_TIMES = {"timestamp_s", "timestamp"}
_COMMENT = Ignored("a comment")
_OTHER_PROGRAM = Ignored("another program's line")
_MISFIT = Unreadable("other fields than passivedns writes unless told otherwise")


class _Seen(NamedTuple):
    """The fields of a line as they stand."""

    time: str
    client: str
    server: str
    rclass: str
    query: str
    rtype: str
    answer: str
    ttl: str | None = None
    times: str | None = None
    proto: str | None = None


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first lines that are no comments are those of passivedns."""
    found = [_seen(line) for line in head.split(b"\n")[:_DETECT_LINES] if line.strip()]
    own = sum(isinstance(seen, _Seen) and _row(seen, None, {}) is not None for seen in found)
    return own > sum(not isinstance(seen, _Seen) for seen in found if seen != _COMMENT)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one `dns_record` per pair, and one `dns_response` per error."""
    timeline = Timeline(facts.time_zone, facts.year)
    errors = False

    def parse(line: Line) -> Parsed:
        nonlocal errors
        seen = _seen(line.text)
        if not isinstance(seen, _Seen):
            return seen
        row = _row(seen, _time(seen.time, timeline), dict(cite(line)))
        if row is None:
            return Unreadable("a pair of a name and an answer whose fields do not fit")
        errors = errors or isinstance(row, DnsResponse)
        return (row,)

    yield from read_lines(source, tally, parse)
    tally.fills = {"dns_record", "dns_response"} if errors else {"dns_record"}
    _log_times.report(timeline, tally)


def _seen(line: bytes) -> _Seen | Ignored | Unreadable:
    """The fields of a line."""
    if len(line) > MAX_LINE_BYTES:
        return Unreadable(f"no line of passivedns: longer than {MAX_LINE_BYTES} bytes")
    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
    if text.startswith("#"):
        return _COMMENT
    if text.startswith("{"):
        return _of_json(text)
    if not _UNIX.match(text) and not _DATE.match(text):
        frame = syslog.parse(text)
        if frame is None:
            return _MISFIT
        if frame.program != "passivedns":
            return _OTHER_PROGRAM
        text = frame.message
        if text.startswith("{"):
            return _of_json(text)
    parts = text.split(_SEPARATOR, 6)
    return _Seen(*parts[:6], *_answer(parts[6])) if len(parts) == 7 else _MISFIT


def _answer(text: str) -> list[str]:
    """The answer, which in texts may hold the separator, and what follows it: the TTL and the count."""
    parts = text.rsplit(_SEPARATOR, 2)
    if len(parts) == 3 and all(_is_number(part) for part in parts[1:]):
        return parts
    parts = text.rsplit(_SEPARATOR, 1)
    return parts if len(parts) == 2 and _is_number(parts[1]) else [text]


def _of_json(text: str) -> _Seen | Unreadable:
    try:
        found = msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return _MISFIT
    if not isinstance(found, dict) or not found.keys() >= _JSON_KEYS or found.keys().isdisjoint(_JSON_TIMES):
        return _MISFIT
    said = {str(key): str(value) for key, value in found.items() if isinstance(value, str | int)}
    if not said.keys() >= _JSON_KEYS:
        return _MISFIT
    # what it calls milliseconds are the microseconds of the time
    part = said.get("timestamp_ms", "")
    time = said.get("timestamp_s") or said.get("timestamp", "")
    time += f".{part.zfill(6)}" if _is_number(part) and int(part) < 1_000_000 and "." not in time else ""
    return _Seen(
        time, said["client"], said["server"], said.get("class", ""), said["query"], said["type"], said["answer"],
        said.get("ttl"), said.get("count"), said.get("proto"),
    )  # fmt: skip


def _row(seen: _Seen, ts: int | None, at: dict[str, Any]) -> DnsRecord | DnsResponse | None:
    """The row of a line; None where its fields do not fit."""
    client_ip, server_ip = address_text.canonical(seen.client), address_text.canonical(seen.server)
    owner, rtype = _name(seen.query), _mnemonic(seen.rtype, type_text)
    if not (_UNIX.fullmatch(seen.time) or _DATE.fullmatch(seen.time)):
        return None
    if client_ip is None or server_ip is None or owner is None or rtype is None:
        return None
    rcode = _rcode(seen.answer)
    if rcode is not None:
        return DnsResponse(
            ts=ts, client_ip=client_ip, server_ip=server_ip, qname=owner, rcode=rcode,
            # of types that it has no word for, an error line gives another number
            qtype=None if seen.rtype.isdigit() else rtype, qclass=_mnemonic(seen.rclass, class_text),
            transport=seen.proto if seen.proto in ("udp", "tcp") else None, **at,
        )  # fmt: skip
    shown = _data(rtype, seen.answer)
    if shown is None:
        return None
    ttl, count = _number(seen.ttl), _number(seen.times)
    return DnsRecord(
        ts=ts, last_ts=ts, owner=None if rtype == "DNAME" else owner, rtype=shown[0], rdata=shown[1],
        section="passive", server_ip=server_ip, ttl_s=ttl if ttl is not None and ttl < 1 << 32 else None,
        observations=count, **at,
    )  # fmt: skip


def _data(rtype: str, answer: str) -> tuple[str | None, str] | None:
    """Type and data of an answer; None where the data are none of the type."""
    if rtype in ("A", "AAAA"):
        address = address_text.canonical(answer) if len(answer) < 46 else None
        return None if address is None or (":" in address) != (rtype == "AAAA") else (rtype, address)
    if _SEPARATOR in answer and not (answer.startswith('"') and answer.endswith('"')):
        return None
    if rtype in _OF_NAMES:
        name = _name(answer)
        return None if name is None else (rtype, name if name == "." else f"{name}.")
    return (None, answer) if answer else None


def _rcode(answer: str) -> str | None:
    """The code that stands in the place of an answer; a name ends with a dot, a text is in quotes."""
    match = _UNKNOWN_ERROR.fullmatch(answer)
    return rcode_text(int(match[1])) if match else _ERRORS.get(answer)


def _time(text: str, timeline: Timeline) -> int | None:
    match = _UNIX.fullmatch(text)
    if match:
        return int(match["seconds"]) * 10**9 + int(match["fraction"] or "0") * 1000
    return timeline.nanoseconds(text) if _DATE.fullmatch(text) else None


def _name(text: str) -> str | None:
    try:
        return dns_names.canonical(text)
    except dns_names.DnsNameError:
        return None


def _mnemonic(text: str, of_number: Any) -> str | None:
    """A type or class in its mnemonic, or by its number."""
    if _is_number(text):
        return str(of_number(int(text))) if int(text) < 65_536 else None
    return text if _WORD.fullmatch(text) else None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
