"""nfdump's JSON of flow records (`nfdump -o json`, `ndjson`), releases 1.6 and 1.7: an array, or an object per line.

Sample::

    [
    {
        "type" : "FLOW",
        "sampled" : 0,
        "first" : "2026-11-23T09:28:52.298",
        "last" : "2026-11-23T09:28:52.539",
        "in_packets" : 8,
        "in_bytes" : 1831,
        "proto" : 6,
        "tcp_flags" : "...AP.SF",
        "src_port" : 60664,
        "dst_port" : 25,
        "src4_addr" : "198.51.100.18",
        "dst4_addr" : "203.0.113.10"
    }]

Source: https://github.com/phaag/nfdump (output_json.c, output_ndjson.c). Release 1.6 says `t_first` and `t_last`.
Time base: local time of the host that ran nfdump, without zone, in milliseconds.
Some releases of 1.7 print the number of packets as `in_bytes` in ndjson: where the two are equal, the bytes are
unknown, for no IP packet has one byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from forensics.formats._flow_values import LocalTimes, tcp_flags, transport
from forensics.formats._json_objects import OBJECT_BYTES, Piece, pieces
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text
from forensics.schema import Flow, Row

NAME = "nfdump_json"
VANTAGE = "other_flows"
TABLES = ("flow",)
LOCAL_TIME = True

_NO_FLOWS = (b"No matching flows", b"No matched flows")
_BETWEEN = b" \t\r\n[],"
_ICMP = {"icmp", "58"}
_MAX = (1 << 63) - 1


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the format is known by its content
    """Whether the first object is one of nfdump's flow records, or the array says that no flow matched."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"[") and text[1:].lstrip().startswith(_NO_FLOWS):
        return True
    first = text.removeprefix(b"[").lstrip()[:8192].partition(b"}")[0]
    has_time = b'"first"' in first or b'"t_first"' in first
    return first.startswith(b"{") and b'"type"' in first and has_time and b'"in_packets"' in first


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one row per flow record; what stands between records is their container."""
    times = LocalTimes(facts.time_zone, tally)
    for piece in pieces(source.chunks()):
        if not piece.is_object:
            _between(piece, tally)
            continue
        flow = _flow(piece, times, facts.sampling, tally) if piece.whole else "an object that is not closed"
        if isinstance(flow, Flow):
            tally.record(piece.offset, len(piece.data))
            yield flow
        elif len(piece.data) >= OBJECT_BYTES:
            reason = f"an object longer than {OBJECT_BYTES} bytes"
            tally.refused(tally.records + 1, piece.offset, len(piece.data), reason, piece.data)
        else:
            tally.unread(tally.records + 1, piece.offset, len(piece.data), flow, piece.data)


def _between(piece: Piece, tally: Tally) -> None:
    text = piece.data.strip(_BETWEEN).removeprefix(b"\xef\xbb\xbf")
    if not text:
        tally.container(piece.offset, len(piece.data))
    elif text in _NO_FLOWS:
        tally.ignored(piece.offset, len(piece.data), "nfdump says that no flow matched")
    else:
        tally.unread(tally.records + 1, piece.offset, len(piece.data), "no JSON object", piece.data)


def _flow(piece: Piece, times: LocalTimes, sampling: int | None, tally: Tally) -> Flow | str:
    """The row of one object, or why there is none."""
    try:
        record = msgspec.json.decode(piece.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "an object that is no JSON"
    source, destination = _address(record, "src"), _address(record, "dst")
    packets, octets = _count(record.get("in_packets")), _count(record.get("in_bytes"))
    if source is None or destination is None or packets is None:
        return "an object without two addresses and a number of packets"
    if packets and octets == packets:
        tally.problem("Its bytes are the numbers of packets (a fault of some releases of nfdump): they are unknown.")
        octets = None
    if record.get("sampled") and sampling is None:
        tally.problem("Its exporter sampled: declare sampling on the evidence sheet.")
    protocol = transport(str(record.get("proto", "")))
    ported = protocol not in _ICMP
    first, last = record.get("first", record.get("t_first")), record.get("last", record.get("t_last"))
    reply = (_count(record.get("out_packets")), _count(record.get("out_bytes")))
    shows_reply = any(reply)
    return Flow(
        ts=times.nanoseconds(first) if isinstance(first, str) else None,
        last_ts=times.nanoseconds(last) if isinstance(last, str) else None,
        src_ip=source, dst_ip=destination, transport=protocol,
        src_port=_port(record.get("src_port")) if ported else None,
        dst_port=_port(record.get("dst_port")) if ported else None,
        tcp_flags=tcp_flags(str(record.get("tcp_flags", ""))) if protocol == "tcp" else None,
        packets=packets, octets=octets, sampling=sampling,
        reply_packets=reply[0] if shows_reply else None, reply_octets=reply[1] if shows_reply else None,
        record_no=tally.records + 1, offset=piece.offset, length=len(piece.data),
    )  # fmt: skip


def _address(record: dict[str, Any], side: str) -> str | None:
    for name in (f"{side}4_addr", f"{side}6_addr", f"{side}_addr"):
        text = record.get(name)
        if isinstance(text, str) and len(text) < 64:
            return address_text.canonical(text)
    return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX else None


def _port(value: object) -> int | None:
    port = _count(value)
    return port if port is not None and port < 65_536 else None
