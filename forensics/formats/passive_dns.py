"""Passive DNS in the Common Output Format (draft-dulaunoy-dnsop-passive-dns-cof), one JSON object a line; also DNSDB's.

`rdata` is one string or an array; DNSDB's streaming wrapper (`{"cond": ...}`, `{"obj": {...}}`) is unwrapped. Times are
seconds of the UNIX epoch, or RFC 3339 text; `time_first_ms` and `zone_time_first` are read where they stand alone.

Sample::

    {"rrname": "mail.example.", "rrtype": "A", "rdata": ["192.0.2.25"], "time_first": 1795484963, "count": 14}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import DnsRecord, Row

NAME = "passive_dns"
VANTAGE = "passive_dns"
TABLES = ("dns_record",)
LOCAL_TIME = False

MAX_RDATA = 10_000
_FIRST = ("time_first", "zone_time_first", "first_seen")
_LAST = ("time_last", "zone_time_last", "last_seen")


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the name says nothing
    """Whether the first object names a record, by itself or inside DNSDB's wrapper."""
    for line in head.split(b"\n")[:3]:
        found = _object(line)
        if isinstance(found, dict) and isinstance(found.get("obj"), dict):
            found = found["obj"]
        if isinstance(found, dict) and {"rrname", "rrtype", "rdata"} <= found.keys():
            return True
    return False


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001
    """One row per record and datum."""
    return read_lines(source, tally, _parse)


def _parse(line: Line) -> Parsed:
    found = _object(line.text)
    if not isinstance(found, dict):
        return Unreadable("no JSON object")
    if "cond" in found and "obj" not in found:
        return Ignored("DNSDB's stream control")
    record = found.get("obj", found)
    if not isinstance(record, dict) or not isinstance(record.get("rrname"), str):
        return Unreadable("no passive DNS record: rrname, rrtype and rdata are wanted")
    rdata = record.get("rdata")
    data = rdata if isinstance(rdata, list) else [rdata]
    if not data or len(data) > MAX_RDATA or not all(isinstance(item, str) for item in data):
        return Unreadable("rdata is neither text nor a list of texts")
    owner, rtype, count = record["rrname"], str(record.get("rrtype") or "").upper(), record.get("count")
    at: dict[str, Any] = dict(cite(line))
    first, last = _time(record, _FIRST), _time(record, _LAST)
    return tuple(
        DnsRecord(
            ts=first, last_ts=last, owner=owner.rstrip(".").lower(), rtype=rtype or None,
            rdata=_shown(item, rtype), section="passive",
            observations=count if type(count) is int and 0 <= count < 1 << 63 else None, **at,
        )
        for item in map(str, data)
    )  # fmt: skip


def _object(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _shown(text: str, rtype: str) -> str:
    """Data as the other readers write it: TXT strings joined, names without the last dot."""
    if rtype in ("TXT", "SPF"):
        return "".join(text.split('"')[1::2]) if text.startswith('"') else text
    return text if rtype in ("A", "AAAA") else text.rstrip(".").lower()


def _time(record: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """The first time of these names that is there, ns UTC."""
    for name in names:
        value = record.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 33:
            return value * 1_000_000_000
        if isinstance(value, str):
            return _text_time(value)
        milliseconds = record.get(f"{name}_ms")
        if isinstance(milliseconds, int) and 0 <= milliseconds < 1 << 43:
            return milliseconds * 1_000_000
    return None


def _text_time(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int(moment.timestamp()) * 1_000_000_000
