"""Captures in the next generation format: sections, interfaces, clocks, counters, damage."""

from __future__ import annotations

import struct

import pytest

from forensics.formats import pcapng

MAIL_QUERY = bytes.fromhex(
    "4500003a000100004011 0000 c0000202 c6336405 d431 0035 0026 0000"
    "0a0b 0100 0001 0000 0000 0000 04 6d61696c 07 6578616d706c65 00 000f 0001".replace(" ", "")
)
TICKS = 1_700_000_000_000_005
NS = TICKS * 1000


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(linktype: int = 101, options: bytes = b"", order: str = "<") -> bytes:
    return block(1, struct.pack(f"{order}HHI", linktype, 0, 262144) + options, order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def packet(ticks: int = TICKS, number: int = 0, order: str = "<", data: bytes = MAIL_QUERY) -> bytes:
    fields = struct.pack(f"{order}5I", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(6, fields + data, order)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_query_becomes_a_row_that_cites_its_block(reading, order: str) -> None:
    read = reading("pcapng", section(order) + interface(order=order) + packet(order=order))
    (row,) = read.of("dns_query")
    assert (row.ts, row.qname, row.qtype) == (NS, "mail.example", "MX")
    assert (row.record_no, row.offset, row.length) == (1, 48, 92)
    assert [(run.fate, run.offset, run.length) for run in read.ledger] == [("container", 0, 48), ("record", 48, 92)]


@pytest.mark.parametrize(
    ("options", "ticks", "ts"),
    [
        (b"", 5, 5_000),
        (option(9, b"\x09"), 5, 5),
        (option(9, b"\x00"), 5, 5_000_000_000),
        (option(9, b"\x0c"), 5_000, 5),
        (option(9, b"\x8a"), 1024, 1_000_000_000),
        (option(14, struct.pack("<q", 100)), 5, 100_000_005_000),
    ],
)
def test_each_interface_has_a_clock_of_its_own(reading, options: bytes, ticks: int, ts: int) -> None:
    read = reading("pcapng", section() + interface() + interface(options=options) + packet(ticks, 1))
    assert [row.ts for row in read.of("dns_query")] == [ts]


def test_interfaces_of_another_link_type_and_section_are_told_apart(reading) -> None:
    framed = bytes(12) + b"\x08\x00" + MAIL_QUERY
    content = section() + interface(101) + interface(1) + packet(number=1, data=framed) + packet()
    content += section(">") + interface(1, order=">") + packet(order=">", data=framed)
    assert [row.record_no for row in reading("pcapng", content).of("dns_query")] == [1, 2, 3]


def test_simple_and_obsolete_packets_are_read(reading) -> None:
    simple = block(3, struct.pack("<I", len(MAIL_QUERY)) + MAIL_QUERY)
    size = len(MAIL_QUERY)
    obsolete = block(2, struct.pack("<HHIIII", 0, 0, TICKS >> 32, TICKS & 0xFFFFFFFF, size, size) + MAIL_QUERY)
    read = reading("pcapng", section() + interface() + simple + obsolete)
    assert [row.ts for row in read.of("dns_query")] == [None, NS]


def test_drop_counters_are_lost_records(reading) -> None:
    def counters(dropped: int) -> bytes:
        return block(5, struct.pack("<III", 0, 0, 0) + option(5, struct.pack("<Q", dropped)) + option(7, bytes(8)))

    read = reading("pcapng", section() + interface() + packet() + counters(3) + packet() + counters(7))
    assert read.tally.lost_records == 7


def test_the_filter_of_a_capture_is_named_once(reading) -> None:
    filtered = interface(options=option(11, b"\0udp port 53"))
    read = reading(
        "pcapng", section() + filtered + filtered + packet() + section() + interface(options=option(11, b"\1x"))
    )
    assert read.tally.problems == ["It was captured with the filter 'udp port 53': what that kept out is not in it."]


def test_unknown_blocks_are_passed_over(reading) -> None:
    read = reading("pcapng", section() + interface() + block(0x0B0B0B0B, b"secret") + packet())
    assert len(read.of("dns_query")) == 1


def test_every_cut_keeps_the_whole_blocks_before_it(reading) -> None:
    whole = section() + interface() + packet() * 2
    for size in range(28, len(whole) + 1):
        read = reading("pcapng", whole[:size])
        assert len(read.of("dns_query")) == max(size - 48, 0) // 92


@pytest.mark.parametrize("garbage", [b"\xff" * 50, b"\0" * 333, b"GET / HTTP/1.1\r\n\r\n" * 9])
def test_damage_between_blocks_is_unread_and_what_follows_is_read(reading, garbage: bytes) -> None:
    read = reading("pcapng", section() + interface() + packet() * 2 + garbage + packet() * 3)
    assert len(read.of("dns_query")) == 5
    assert sum(run.length for run in read.ledger if run.fate == "undecodable") == len(garbage)


def test_damage_every_few_blocks_costs_each_time_only_what_it_hits(reading) -> None:
    read = reading("pcapng", section() + interface() + (packet() * 2 + b"\xff" * 37) * 5000)
    assert [row.record_no for row in read.of("dns_query")][-2:] == [14998, 14999]
    assert read.tally.unread_records == {"bytes that are no record of a capture": 5000}


def test_a_length_that_lies_past_the_end_hides_no_block_behind_it(reading) -> None:
    lying = bytearray(packet())
    lying[6] ^= 0x10
    read = reading("pcapng", section() + interface() + packet() + bytes(lying) + packet() * 3)
    assert len(read.of("dns_query")) == 4
    assert read.tally.unread_records == {"bytes that are no record of a capture": 1}


def test_classic_captures_are_not_recognised() -> None:
    assert not pcapng.detect(bytes.fromhex("d4c3b2a1020004000000000000000000000004006500000000000000"), "x.pcapng")
