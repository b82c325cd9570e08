"""Query log of Amazon Route 53 Resolver (VPC Resolver): one JSON object a line for a question and its answer.

Sample::

    {"version":"1.100000","account_id":"111122223333","region":"eu-west-1","vpc_id":"vpc-0example",\
"query_timestamp":"2026-11-23T09:21:33Z","query_name":"mx.example.","query_type":"A","query_class":"IN",\
"rcode":"NOERROR","answers":[{"Rdata":"192.0.2.25","Type":"A","Class":"IN"}],"srcaddr":"10.0.0.7",\
"srcport":"56067","transport":"UDP","srcids":{"instance":"i-0example"}}

Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html and
resolver-query-logs.html; as published to S3, exported from CloudWatch Logs (the event's time before the object), or in
events of an API's answer. Time base: UTC, when the question was asked; the answer has no time of its own.

Only questions that the resolver could not answer from its cache are logged: one that is asked again while its answer
lives, by whomever, is not there, so that silence says nothing, and a count is a lower bound.
Answers name no owner: it is the name asked for where no alias is among them. Where DNS Firewall blocked a question, the
answer is its own and none of the zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from functools import lru_cache
from typing import Any

import msgspec

from forensics.formats._cloudwatch_events import first_messages, message_of, read_events
from forensics.formats._flow_values import LocalTimes, integer
from forensics.formats.lines import Parsed, Unreadable, cite
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text, dns_names
from forensics.protocols.dns_message.mnemonics import TYPES
from forensics.schema import DnsQuery, DnsRecord, DnsResponse, Row

NAME = "route53_resolver_log"
VANTAGE = "recursive_dns"
TABLES = ("dns_query", "dns_response", "dns_record")
LOCAL_TIME = False

CACHED = (
    "Route 53 Resolver logs no question that it answers from its cache: what was asked again is not in it, and what is "
    "not in it may have been asked."
)
BLOCKED = "DNS Firewall answered some of its questions itself (BLOCK): these answers are no records of the names."
_DETECT_LINES = 20
_NEEDED = {"query_timestamp", "query_name", "query_type"}
_WORD = re.compile(r"[A-Z][A-Z0-9-]{0,15}", re.ASCII)
_NAME_TYPES = {"CNAME", "NS", "PTR", "DNAME"}
_ALIASES = {"CNAME", "DNAME"}
_NUMBER_OF_TYPE = {name: number for number, name in TYPES.items()}
_MAX_TEXT = 1 << 16


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether one of the first lines is an entry of the log."""
    if b"query_timestamp" not in head:
        return False
    return any(_entry(message) is not None for message in first_messages(head, _DETECT_LINES))


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - every time names its zone
    """Yield one `dns_query` and one `dns_response` per entry, and a `dns_record` per answer."""
    reader = _Reader(tally)
    yield from read_events(source, tally, reader.parse)
    tally.leaves_out = True
    tally.problem(CACHED)


def _entry(line: bytes) -> dict[str, Any] | None:
    text = message_of(line.strip())
    if not text.startswith(b"{"):
        return None
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() >= _NEEDED else None


class _Reader:
    """Gives the rows of entries."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._times = LocalTimes(UTC, tally)

    def parse(self, line: Line) -> Parsed:
        """The rows of one line."""
        text = line.text.removeprefix(b"\xef\xbb\xbf") if line.no == 1 else line.text
        entry = _entry(text)
        if entry is None:
            return Unreadable("no JSON object with query_timestamp, query_name and query_type")
        qname, client_ip = _name(entry["query_name"]), _address(entry.get("srcaddr"))
        if qname is None:
            return Unreadable("a query name that is none")
        if client_ip is None and entry.get("srcaddr") is not None:
            return Unreadable("a source address that is none")
        answers = entry.get("answers")
        if answers is not None and not isinstance(answers, list):
            return Unreadable("answers that are no list")
        return tuple(self._rows(entry, qname, client_ip, answers, cite(line)))

    def _rows(
        self, entry: dict[str, Any], qname: str, client_ip: str | None, answers: list[Any] | None, at: dict[str, int]
    ) -> Iterator[Row]:
        stamp = entry["query_timestamp"]
        ts = self._times.nanoseconds(stamp) if isinstance(stamp, str) and len(stamp) < 64 else None
        same: dict[str, Any] = {
            "ts": ts, "client_ip": client_ip, "client_port": _port(entry.get("srcport")),
            "transport": _transport(entry.get("transport")), "qname": qname, "qtype": _word(entry["query_type"]),
            "qclass": _word(entry.get("query_class")), "role": "client", **at,
        }  # fmt: skip
        yield DnsQuery(**same)
        rcode = _word(entry.get("rcode"))
        if rcode is None:
            return
        yield DnsResponse(**same, rcode=rcode, answer_count=None if answers is None else len(answers))
        if entry.get("firewall_rule_action") == "BLOCK":
            self._tally.problem(BLOCKED)
        else:
            yield from _records(answers or [], qname, {"ts": ts, **at})


def _records(answers: list[Any], qname: str, seen: dict[str, Any]) -> Iterator[DnsRecord]:
    told = [(_word(answer.get("Type")), answer.get("Rdata")) for answer in answers if isinstance(answer, dict)]
    owner = None if any(rtype in _ALIASES for rtype, _ in told) else qname
    for rtype, text in told:
        if isinstance(text, str) and len(text) <= _MAX_TEXT:
            yield DnsRecord(**seen, owner=owner, rtype=rtype, rdata=_rdata(rtype, text), section="answer")


@lru_cache(maxsize=1 << 14)
def _rdata(rtype: str | None, text: str) -> str:
    """Data as the tables hold them; as they are where they do not fit their type."""
    if rtype in ("A", "AAAA"):
        return _address(text) or text
    if rtype in _NAME_TYPES:
        name = _name(text)
        return text if name is None else name if name == "." else f"{name}."
    # text without quotes is no master-file text: in that a semicolon begins a comment
    if rtype not in _NUMBER_OF_TYPE or (rtype in ("TXT", "SPF") and not text.startswith('"')):
        return text
    from forensics.protocols import zone_text  # it loads a parser for types that are rarely asked for

    try:
        return zone_text.rdata_text(_NUMBER_OF_TYPE[rtype], 1, text, ".")
    except zone_text.ZoneTextError:
        return text


def _name(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return dns_names.canonical(value)
    except dns_names.DnsNameError:
        return None


def _address(value: object) -> str | None:
    return address_text.canonical(value) if isinstance(value, str) and len(value) < 64 else None


def _word(value: object) -> str | None:
    """A type, class or code: `MX`, `IN`, `NXDOMAIN`."""
    return value.upper() if isinstance(value, str) and _WORD.fullmatch(value.upper()) else None


def _transport(value: object) -> str | None:
    return value.lower() if isinstance(value, str) and 0 < len(value) <= 16 and value.isalnum() else None


def _port(value: object) -> int | None:
    number = integer(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    return number if number is not None and number < 1 << 16 else None
