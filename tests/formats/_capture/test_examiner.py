"""Many packets at once give the rows that packet by packet gives."""

from __future__ import annotations

import random
import struct

import dns.message
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from forensics.formats._capture.compiled import decoding as compiled
from forensics.formats._capture.decoding import PLAIN, Decoding
from forensics.formats._capture.examiner import Examiner
from forensics.formats._capture.frames import NO_TS, Frames
from forensics.model.batch import ColumnBatch
from forensics.schema import DnsQuery, DnsRecord, DnsResponse, Row, name_of

ANSWER = """\
id 7
opcode QUERY
rcode NOERROR
flags QR AA RD
edns 0
eflags DO
payload 1232
;QUESTION
northwind.example. IN MX
;ANSWER
northwind.example. 300 IN MX 10 mx1.northwind.example.
northwind.example. 300 IN CNAME alder.example.
alder.example. 300 IN A 192.0.2.10
alder.example. 300 IN AAAA 2001:db8::10
alder.example. 300 IN TXT "v=spf1 -all"
birch.example. 300 IN TXT "two" "strings"
;AUTHORITY
alder.example. 60 IN SOA ns.alder.example. hostmaster.alder.example. 7 3600 900 604800 60
;ADDITIONAL
alder.example. 5 IN CAA 0 issue "ca.example"
"""
CLIENT, SERVER = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 53])


def udp4(payload: bytes, ports: tuple[int, int] = (4000, 53)) -> bytes:
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(payload), 1, 0x4000, 64, 17, 0)
    return header + CLIENT + SERVER + struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload


def tcp4(flags: int, seq: int, ack: int, data: bytes = b"", *, up: bool = True) -> bytes:
    ends, ports = ((CLIENT, SERVER), (4000, 25)) if up else ((SERVER, CLIENT), (25, 4000))
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0x4000, 64, 6, 0) + ends[0] + ends[1]
    return header + struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags, 1024, 0, 0) + data


def udp6(payload: bytes) -> bytes:
    header = struct.pack("!IHBB", 0x60000000, 8 + len(payload), 17, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
    return header + struct.pack("!HHHH", 4000, 53, 8 + len(payload), 0) + payload


QUERY = dns.message.make_query("MX1.Northwind.Example", "MX", use_edns=0, id=7).to_wire()
ODD_QUERY = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + b"\x04a.b \0\0\x01\0\x01"
RESPONSE = dns.message.from_text(ANSWER).to_wire()
PACKETS = [
    udp4(QUERY), udp4(RESPONSE, (53, 4000)), udp6(QUERY), udp4(ODD_QUERY), udp4(RESPONSE[:90], (53, 4000)),
    udp4(b"\x00\x07\x81"), udp4(b"\x00\x07\x81\x80\x00"), udp4(QUERY, (5353, 5353)),
    tcp4(2, 99, 0), tcp4(18, 499, 100, up=False), tcp4(16, 100, 500),
    tcp4(24, 500, 100, b"220 mx1.alder.example ESMTP\r\n", up=False), tcp4(24, 100, 529, b"EHLO x\r\n"),
    b"\x45\0\0\x54\0\1\0\0\x40\x01\0\0" + CLIENT + SERVER + bytes(64), b"", b"\x45",
]  # fmt: skip


def ip4(protocol: int, payload: bytes) -> bytes:
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0) + CLIENT + SERVER + payload


def ethernet(packet: bytes) -> bytes:
    return bytes(12) + (b"\x86\xdd" if packet[:1] >= b"\x60" else b"\x08\x00") + packet


def tunnelled(packet: bytes) -> list[bytes]:
    """The packet within others."""
    kind = b"\x86\xdd" if packet[:1] >= b"\x60" else b"\x08\x00"
    return [
        udp4(b"\x08\0\0\0\0\0\7\0" + ethernet(packet), (50000, 4789)),
        udp4(b"\x08\0\0\0\0\0\7\0" + bytes(12) + b"\x81\0\0\5" + ethernet(packet)[12:], (8472, 50000)),
        udp4(bytes(8) + ethernet(packet), (50000, 4789)), ip4(47, b"\0\0" + kind + packet),
        ip4(47, b"\xb0\0" + kind + bytes(12) + packet), ip4(47, b"\0\0\x65\x58" + ethernet(packet)),
        ip4(47, b"\0\0\x88\xbe" + ethernet(packet)), ip4(47, b"\x10\0\x88\xbe" + bytes(12) + ethernet(packet)),
        ip4(47, b"\x10\0\x22\xeb" + bytes(16) + ethernet(packet)),
        ip4(47, b"\x10\0\x22\xeb" + bytes(15) + b"\1" + bytes(8) + ethernet(packet)),
        ip4(41 if packet[:1] >= b"\x60" else 4, packet), ip4(4, ip4(4, packet)),
        ip4(47, b"\x30\1\x88\x0b" + bytes(8) + b"\xff\3\0\x21" + packet),
    ]  # fmt: skip


def link(linktype: int, packet: bytes) -> bytes:
    six = packet[:1] >= b"\x60"
    kind = b"\x86\xdd" if six else b"\x08\x00"
    return {
        0: (b"\x1e\0\0\0" if six else b"\2\0\0\0") + packet,
        1: bytes(12) + kind + packet,
        101: packet,
        108: (b"\0\0\0\x1e" if six else b"\0\0\0\2") + packet,
        113: bytes(14) + kind + packet,
        276: kind + bytes(18) + packet,
    }[linktype]


def frames(packets: list[tuple[int, bytes, int]]) -> Frames:
    """Link type, bytes, bytes cut off the end, of each packet."""
    data, starts, sizes = b"", [], []
    for _, packet, cut in packets:
        starts.append(len(data))
        sizes.append(max(len(packet) - cut, 0))
        data += packet[: max(len(packet) - cut, 0)]
    count = len(packets)
    start, size = np.array(starts, np.int64), np.array(sizes, np.int64)
    wire = np.array([len(packet) for _, packet, _ in packets], np.int64)
    linktype = np.array([linktype for linktype, _, _ in packets], np.int64)
    return Frames(data, 1000, np.arange(count) + 1, start, size, wire, np.arange(count) + 5, linktype, start, size)


def single(item: Row | ColumnBatch) -> list[Row]:
    return list(item.each()) if isinstance(item, ColumnBatch) else [item]


def rows(given: Frames, *, singly: bool, decoding: Decoding = PLAIN) -> list[Row]:
    examiner = Examiner(decoding)
    items = [*(examiner.take_singly(given) if singly else examiner.take(given)), *examiner.finish()]
    found = [row for item in items for row in single(item)]
    return sorted(found, key=lambda row: (row.record_no or 0, name_of(type(row))))


@pytest.mark.parametrize("linktype", [0, 1, 101, 108, 113, 276])
def test_every_link_type_gives_the_same_rows_both_ways(linktype: int) -> None:
    given = frames([(linktype, link(linktype, packet), 0) for packet in PACKETS])
    together = rows(given, singly=False)
    assert together == rows(given, singly=True)
    assert together == rows(given, singly=False, decoding=compiled())
    assert [row.qname for row in together if isinstance(row, DnsQuery)] == [
        "mx1.northwind.example",
        "mx1.northwind.example",
        r"a\.b\032",
    ]


@pytest.mark.parametrize("decoding", [PLAIN, compiled()])
def test_what_travels_in_a_tunnel_gives_the_same_rows_both_ways(decoding: Decoding) -> None:
    chosen = [(1, ethernet(outer), 0) for packet in PACKETS[:13] for outer in tunnelled(packet)]
    given = frames(chosen)
    assert rows(given, singly=False, decoding=decoding) == rows(given, singly=True)
    items = list(Examiner(decoding).take(frames([(1, ethernet(outer), 0) for outer in tunnelled(udp4(QUERY))])))
    assert [item.rows if isinstance(item, ColumnBatch) else 1 for item in items] == [10, 1, 1]


def test_an_answer_gives_all_its_records() -> None:
    found = rows(frames([(101, udp4(RESPONSE, (53, 4000)), 0)]), singly=False)
    assert [row.answer_count for row in found if isinstance(row, DnsResponse)] == [6]
    assert [(row.owner, row.rtype, row.rdata, row.section) for row in found if isinstance(row, DnsRecord)] == [
        ("northwind.example", "MX", "10 mx1.northwind.example.", "answer"),
        ("northwind.example", "CNAME", "alder.example.", "answer"),
        ("alder.example", "A", "192.0.2.10", "answer"),
        ("alder.example", "AAAA", "2001:db8::10", "answer"),
        ("alder.example", "TXT", "v=spf1 -all", "answer"),
        ("birch.example", "TXT", "twostrings", "answer"),
        ("alder.example", "SOA", "ns.alder.example. hostmaster.alder.example. 7 3600 900 604800 60", "authority"),
        ("alder.example", "CAA", '0 issue "ca.example"', "additional"),
    ]


@pytest.mark.parametrize("decoding", [PLAIN, compiled()])
def test_an_answer_cut_by_the_snap_length_gives_the_records_before_the_cut(decoding: Decoding) -> None:
    given = frames([(101, udp4(RESPONSE, (53, 4000)), len(RESPONSE) - 90)])
    items = list(Examiner(decoding).take(given))
    assert [item.table for item in items if isinstance(item, ColumnBatch)] == [DnsResponse, DnsRecord]
    found = [row for item in items for row in single(item)]
    assert rows(given, singly=False, decoding=decoding) == rows(given, singly=True)
    assert [(row.rtype, row.rdata) for row in found if isinstance(row, DnsRecord)] == [
        ("MX", "10 mx1.northwind.example."),
        ("CNAME", "alder.example."),
    ]


@pytest.mark.parametrize("decoding", [PLAIN, compiled()])
@pytest.mark.parametrize("held", [12, 20, len(QUERY) - 12])
def test_a_question_cut_by_the_snap_length_is_not_known(held: int, decoding: Decoding) -> None:
    cut = len(QUERY) - held
    given = frames([(101, udp4(QUERY), cut), (101, udp4(QUERY), 0), (101, udp4(QUERY), cut)])
    items = list(Examiner(decoding).take(given))
    assert [item.table for item in items if isinstance(item, ColumnBatch)] == [DnsQuery]
    found = rows(given, singly=False, decoding=decoding)
    assert found == rows(given, singly=True)
    asked = [(row.qname, row.qtype, row.qclass) for row in found if isinstance(row, DnsQuery)]
    assert asked == [(None, None, None), ("mx1.northwind.example", "MX", "IN"), (None, None, None)]


def test_a_packet_without_a_time_has_a_row_without_one() -> None:
    given = frames([(101, udp4(QUERY), 0)] * 2)._replace(ts=np.array([NO_TS, 9]))
    assert [row.ts for row in rows(given, singly=False) if isinstance(row, DnsQuery)] == [None, 9]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 60))
@example(1900352)  # a packet of a rare shape between SYN and its answer
@example(1053013170)
def test_damaged_packets_give_the_same_rows_both_ways(seed: int) -> None:
    chance = random.Random(seed)
    packets = []
    for _ in range(20):
        linktype = chance.choice([0, 1, 101, 108, 113, 276])
        inner = chance.choice(PACKETS)
        packet = bytearray(link(linktype, chance.choice([inner, inner, chance.choice(tunnelled(inner))])))
        for _ in range(chance.choice([0, 1, 2, 5]) if packet else 0):
            packet[chance.randrange(len(packet))] = chance.choice(
                [0, 1, 12, 53, 63, 64, 0xC0, 255, chance.randrange(256)]
            )
        packets.append((linktype, bytes(packet), chance.choice([0, 0, 0, chance.randrange(60)])))
    given = frames(packets)
    together = rows(given, singly=False)
    assert together == rows(given, singly=True)
    assert together == rows(given, singly=False, decoding=compiled())
