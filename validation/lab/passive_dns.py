"""Passive DNS: what a sensor at a name server's link keeps of the answers that pass it.

Which names existed and when they were asked for, summed up; not who asked. Written as the Common Output Format
(draft-dulaunoy-dnsop-passive-dns-cof): one JSON object per line.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.message
import dns.rdatatype

_ETHERNET, _IPV4, _UDP_AT = 14, 0x0800, 9


def sum_up(capture: Path, sensor: str) -> str:
    """The passive DNS of a capture: one line per owner and type, with first and last time and count."""
    seen: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for second, payload in _answers(capture):
        try:
            message = dns.message.from_wire(payload)
        except dns.exception.DNSException:
            continue
        for records in message.answer:
            data = tuple(sorted(record.to_text() for record in records))
            key = (records.name.to_text(), dns.rdatatype.to_text(records.rdtype), data)
            span = seen.setdefault(key, [second, second, 0])
            span[:] = [min(span[0], second), max(span[1], second), span[2] + 1]
    lines = []
    for (name, rtype, data), (first, last, count) in sorted(seen.items()):
        lines.append(json.dumps({"rrname": name, "rrtype": rtype, "rdata": list(data), "time_first": first,
                                 "time_last": last, "count": count, "sensor_id": sensor}))  # fmt: skip
    return "\n".join(lines) + "\n"


def _answers(capture: Path) -> Iterator[tuple[int, bytes]]:
    """Seconds and payload of each UDP datagram from port 53 (classic pcap, little-endian, Ethernet, IPv4)."""
    content = capture.read_bytes()
    at = 24
    while at + 16 <= len(content):
        second, _, length, _ = struct.unpack_from("<IIII", content, at)
        frame = content[at + 16 : at + 16 + length]
        at += 16 + length
        if len(frame) < _ETHERNET + 28 or struct.unpack_from("!H", frame, 12)[0] != _IPV4:
            continue
        header = (frame[_ETHERNET] & 15) * 4
        if frame[_ETHERNET + _UDP_AT] == 17 and struct.unpack_from("!H", frame, _ETHERNET + header)[0] == 53:
            yield second, frame[_ETHERNET + header + 8 :]
