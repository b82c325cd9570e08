"""Packets that cannot be told end what a capture's silence says."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from forensics.case import Case

SHEET = """\
subject: {domain: northwind.example, servers: [192.0.2.10, "2001:db8::10"]}
window: [2023-11-14T22:13:00Z, 2023-11-14T22:14:00Z]
evidence:
  - {path: link.pcap, vantage: subject_link, covers: [2023-11-14T22:13:00Z, 2023-11-14T22:14:00Z]}
"""
CUT = "Packets in it were cut inside their headers: what they carried is not known."
GREETING = b"220 mx1.northwind.example ESMTP\r\n"


def capture(*packets: bytes, cut: int = 65535, linktype: int = 101) -> bytes:
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, cut, linktype)
    kept = ((packet[:cut], len(packet)) for packet in packets)
    return head + b"".join(struct.pack("<IIII", 1_700_000_000, 5, len(short), size) + short for short, size in kept)


def tcp(data: bytes = GREETING) -> bytes:
    return struct.pack("!HHIIBBHHH", 25, 4000, 1, 1, 0x50, 0x18, 1024, 0, 0) + data


def ipv4(payload: bytes, protocol: int = 6) -> bytes:
    ends = bytes([192, 0, 2, 10, 198, 51, 100, 18])
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + ends + payload


def ipv6(payload: bytes, following: int = 6) -> bytes:
    ends = bytes.fromhex("20010db800000000000000000000001020010db8000000000000000000000018")
    return struct.pack("!IHBB", 0x60000000, len(payload), following, 64) + ends + payload


def hop_by_hop(payload: bytes, following: int = 6) -> bytes:
    return bytes([following, 0, 1, 4, 0, 0, 0, 0]) + payload


@pytest.mark.parametrize(
    ("packet", "cut", "unseen"),
    [
        (ipv4(tcp()), 40, 0),
        (ipv4(tcp()), 39, 1),
        (ipv4(tcp()), 19, 1),
        (ipv6(tcp()), 60, 0),
        (ipv6(tcp()), 59, 1),
        (ipv6(tcp()), 39, 1),
        (ipv6(hop_by_hop(tcp()), 0), 68, 0),
        (ipv6(hop_by_hop(tcp()), 0), 67, 1),
        (ipv4(bytes(60), protocol=17), 27, 1),
        (ipv4(bytes(60), protocol=1), 27, 0),
    ],
)
def test_a_packet_is_told_as_long_as_its_transport_header_is_there(reading, packet: bytes, cut: int, unseen: int):
    tally = reading("pcap", capture(packet, cut=cut)).tally
    assert (tally.unseen_records, tally.problems) == (unseen, [CUT] * unseen)


def test_a_packet_of_an_unknown_link_type_is_not_told(reading) -> None:
    tally = reading("pcap", capture(ipv4(tcp()), ipv4(tcp()), linktype=147)).tally
    assert tally.unseen_records == 2
    assert tally.problems == ["Its packets of link type 147 cannot be read: what they carried is not known."]


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (capture(ipv6(tcp()), cut=54), "unknown"),
        (capture(ipv4(tcp()), linktype=147), "unknown"),
        (capture(ipv4(bytes(60), protocol=1), cut=54), "no"),
    ],
)
def test_a_capture_that_hides_packets_does_not_say_that_there_was_no_smtp(tmp_path: Path, content: bytes, answer: str):
    (tmp_path / "link.pcap").write_bytes(content)
    (tmp_path / "sheet.yml").write_text(SHEET)
    with Case(sheet_path=tmp_path / "sheet.yml") as case:
        case.add(tmp_path / "link.pcap")
        assert {said.answer for said in case.result().answers.values()} == {answer}
