"""Classic captures: framing, damage, and what the packets say."""

from __future__ import annotations

import random
import struct

import pytest

from forensics.formats import bind_query_log, pcap, recognise

MAIL_QUERY = bytes.fromhex(
    "4500003a000100004011 0000 c0000202 c6336405 d431 0035 0026 0000"
    "0a0b 0100 0001 0000 0000 0000 04 6d61696c 07 6578616d706c65 00 000f 0001".replace(" ", "")
)
"""IPv4, UDP 192.0.2.2:54321 > 198.51.100.5:53, id 2571, RD, mail.example MX."""


def file_header(order: str = "<", magic: int = 0xA1B2C3D4, linktype: int = 101) -> bytes:
    return struct.pack(f"{order}IHHIIII", magic, 2, 4, 0, 0, 262144, linktype)


def record(packet: bytes, *, order: str = "<", seconds: int = 1_700_000_000, fraction: int = 5, wire: int = 0) -> bytes:
    return struct.pack(f"{order}IIII", seconds, fraction, len(packet), wire or len(packet)) + packet


def test_a_query_becomes_a_row_that_cites_its_record(reading) -> None:
    read = reading("pcap", file_header() + record(MAIL_QUERY))
    (row,) = read.of("dns_query")
    assert (row.record_no, row.offset, row.length) == (1, 24, 16 + len(MAIL_QUERY))
    assert row.ts == 1_700_000_000_000_005_000
    assert (row.client_ip, row.client_port, row.server_ip, row.server_port) == ("192.0.2.2", 54321, "198.51.100.5", 53)
    assert (row.transport, row.msg_id, row.qname, row.qtype, row.qclass) == ("udp", 2571, "mail.example", "MX", "IN")
    assert (row.recursion_desired, row.edns, row.dnssec_ok, row.role) == (True, False, False, None)


@pytest.mark.parametrize(
    ("order", "magic", "ts"),
    [
        ("<", 0xA1B2C3D4, 1_700_000_000_000_005_000),
        (">", 0xA1B2C3D4, 1_700_000_000_000_005_000),
        ("<", 0xA1B23C4D, 1_700_000_000_000_000_005),
        (">", 0xA1B23C4D, 1_700_000_000_000_000_005),
    ],
)
def test_both_byte_orders_and_both_clocks_are_read(reading, order: str, magic: int, ts: int) -> None:
    read = reading("pcap", file_header(order, magic) + record(MAIL_QUERY, order=order))
    assert [(row.ts, row.qname) for row in read.of("dns_query")] == [(ts, "mail.example")]


def test_the_longer_record_headers_of_modified_captures_are_read(reading) -> None:
    longer = struct.pack("<IIII", 1_700_000_000, 5, len(MAIL_QUERY), len(MAIL_QUERY)) + struct.pack("<IHBB", 2, 8, 0, 0)
    read = reading("pcap", file_header(magic=0xA1B2CD34) + (longer + MAIL_QUERY) * 2)
    assert [(row.offset, row.length) for row in read.of("dns_query")] == [(24, 82), (106, 82)]


def test_a_capture_cut_inside_a_record_keeps_what_came_before_and_names_the_byte(reading) -> None:
    whole = file_header() + record(MAIL_QUERY) * 2
    read = reading("pcap", whole[:-3])
    assert len(read.of("dns_query")) == 1
    assert dict(read.tally.unread_records) == {"the capture is cut short inside a record": 1}
    assert [(run.fate, run.offset, run.length) for run in read.ledger] == [
        ("container", 0, 24),
        ("record", 24, 74),
        ("undecodable", 98, 71),
    ]


def test_every_cut_keeps_the_whole_records_before_it(reading) -> None:
    whole = file_header() + record(MAIL_QUERY) * 3
    for size in range(24, len(whole) + 1):
        read = reading("pcap", whole[:size])
        assert len(read.of("dns_query")) == (size - 24) // 74


@pytest.mark.parametrize("garbage", [b"\xff" * 50, b"\0" * 333, b"GET / HTTP/1.1\r\nHost: mail.example\r\n\r\n" * 9])
def test_damage_between_records_is_unread_and_what_follows_is_read(reading, garbage: bytes) -> None:
    read = reading("pcap", file_header() + record(MAIL_QUERY) * 4 + garbage + record(MAIL_QUERY) * 5)
    assert len(read.of("dns_query")) == 9
    assert [(run.fate, run.offset, run.length) for run in read.ledger] == [
        ("container", 0, 24),
        ("record", 24, 4 * 74),
        ("undecodable", 24 + 4 * 74, len(garbage)),
        ("record", 24 + 4 * 74 + len(garbage), 5 * 74),
    ]


def test_a_capture_without_packets_is_read(reading) -> None:
    read = reading("pcap", file_header())
    assert read.rows == []
    assert [(run.fate, run.length) for run in read.ledger] == [("container", 24)]


def test_a_packet_that_is_no_ip_is_a_record_without_rows(reading) -> None:
    read = reading("pcap", file_header(linktype=1) + record(b"\xff" * 12 + b"\x08\x06" + bytes(28)))
    assert read.rows == []
    assert read.tally.records == 1


def test_an_icmp_error_that_quotes_a_query_is_no_query(reading) -> None:
    error = b"\x45\0\0\x56\0\1\0\0\x40\x01\0\0" + MAIL_QUERY[16:20] + MAIL_QUERY[12:16] + b"\x03\x03" + bytes(6)
    assert reading("pcap", file_header() + record(error + MAIL_QUERY)).rows == []


@pytest.mark.parametrize("port", [5353, 5355, 137])
def test_multicast_dns_llmnr_and_netbios_names_are_no_dns_queries(reading, port: int) -> None:
    packet = bytearray(MAIL_QUERY)
    packet[20:22] = packet[22:24] = port.to_bytes(2)
    assert reading("pcap", file_header() + record(bytes(packet))).rows == []


def test_a_fragmented_query_is_read_once_it_is_whole_and_cites_its_last_fragment(reading) -> None:
    payload = MAIL_QUERY[20:]
    first = b"\x45\0\0\x24\0\1\x20\0\x40\x11\0\0" + MAIL_QUERY[12:20] + payload[:16]
    second = b"\x45\0\0\x2a\0\1\0\2\x40\x11\0\0" + MAIL_QUERY[12:20] + payload[16:]
    read = reading("pcap", file_header() + record(second) + record(first))
    assert [(row.record_no, row.qname) for row in read.of("dns_query")] == [(2, "mail.example")]


def test_text_and_pcapng_are_not_recognised() -> None:
    assert not pcap.detect(b"220 mail.example ESMTP", "x.pcap")
    assert not pcap.detect(bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000"), "x.pcap")
    assert not pcap.detect(file_header()[:23], "x.pcap")


def test_a_capture_in_which_a_log_was_sent_is_a_capture() -> None:
    line = b"23-Nov-2026 09:23:47.937 client 192.0.2.10#58172 (mx.example): query: mx.example IN A + (192.0.2.1)\n"
    assert bind_query_log.detect(b"\n" + line * 5, "query.log")
    assert recognise(file_header() + record(MAIL_QUERY + b"\n" + line * 5), "server.pcap").NAME == "pcap"


def damaged(order: str, at: int, count: int = 400) -> bytes:
    """A capture of which one record, in the middle, claims other bytes than it has."""
    whole = bytearray(file_header(order) + record(MAIL_QUERY, order=order) * count)
    place = 24 + (count // 2) * (16 + len(MAIL_QUERY)) + at
    whole[place] ^= 0x10
    return bytes(whole)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("field", [8, 9, 10, 11])
def test_a_record_that_lies_about_its_length_costs_itself_and_not_those_behind_it(
    reading, order: str, field: int
) -> None:
    read = reading("pcap", damaged(order, field))
    assert len(read.of("dns_query")) >= 398
    assert sum(read.tally.unread_records.values()) <= 1


@pytest.mark.parametrize("field", range(8))
def test_a_record_with_a_damaged_time_is_a_record_still(reading, field: int) -> None:
    read = reading("pcap", damaged("<", field))
    assert len(read.of("dns_query")) == 400
    assert read.tally.unread_records == {}


def test_a_capture_with_a_damaged_byte_every_few_records_is_read_between_them(reading) -> None:
    chance = random.Random(8)
    whole = bytearray(file_header() + record(MAIL_QUERY) * 20_000)
    for _ in range(400):
        whole[chance.randrange(24, len(whole))] = chance.randrange(256)
    read = reading("pcap", bytes(whole))
    assert len(read.of("dns_query")) > 19_000


def test_damage_every_few_records_costs_each_time_only_what_it_hits(reading) -> None:
    read = reading("pcap", file_header() + (record(MAIL_QUERY) * 4 + b"\xff" * 37) * 5000)
    assert [row.record_no for row in read.of("dns_query")][-4:] == [24996, 24997, 24998, 24999]
    assert read.tally.unread_records == {"bytes that are no record of a capture": 5000}
