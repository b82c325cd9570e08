"""Where the network layer begins on each link type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.packets.link import network

MACS = bytes(12)
SNAP = b"\xaa\xaa\x03\0\0\0\x08\0"
WIRELESS = b"\x08\x01" + bytes(22)


@pytest.mark.parametrize(
    ("linktype", "head", "ethertype"),
    [
        (0, b"\x02\0\0\0", 0x0800),
        (0, b"\0\0\0\x1e", 0x86DD),
        (0, b"\x0f\0\x08\0", 0x0800),
        (1, MACS + b"\x08\0", 0x0800),
        (1, MACS + b"\x81\0\0\x07\x86\xdd", 0x86DD),
        (1, MACS + b"\x88\xa8\0\x07\x81\0\0\x08\x08\0", 0x0800),
        (1, MACS + b"\x89\x3f" + bytes(6) + b"\x08\0", 0x0800),
        (1, MACS + b"\0\x40" + SNAP, 0x0800),
        (1, MACS + b"\x88\x64\x11\0\0\1\0\x20\0\x21", 0x0800),
        (1, MACS + b"\x88\x47", 0x8847),
        (6, bytes(14) + SNAP, 0x0800),
        (9, b"\xff\x03\0\x21", 0x0800),
        (9, b"\x57", 0x86DD),
        (10, bytes(13) + SNAP, 0x0800),
        (100, SNAP, 0x0800),
        (104, b"\x0f\0\x08\0", 0x0800),
        (105, WIRELESS + SNAP, 0x0800),
        (105, b"\x88\x03" + bytes(30) + SNAP, 0x0800),
        (107, b"\x18\x41\x03\xcc", 0x0800),
        (108, b"\0\0\0\x02", 0x0800),
        (113, bytes(14) + b"\x86\xdd", 0x86DD),
        (117, b"\x3d\x02" + bytes(62), 0x0800),
        (127, b"\0\0\x08\0\0\0\0\0" + WIRELESS + SNAP, 0x0800),
        (129, b"\1\2\0\0\xf0", 0x0800),
        (129, b"\1\2\0\0\xd4\0\0\0", 0x0800),
        (192, b"\0\0\x08\0\x01\0\0\0" + MACS + b"\x08\0", 0x0800),
        (239, b"\x02\0\0\0\x08\0\x05\0abcd\x18\0\x09\0", 0x0800),
        (258, b"\x0c\0\0\0\x01\0\0\0\x01\0\0\0" + MACS + b"\x08\0", 0x0800),
        (276, b"\x86\xdd" + bytes(18), 0x86DD),
        (276, b"\x81\0" + bytes(18) + b"\0\7\x08\0", 0x0800),
    ],
)
def test_the_network_layer_follows_the_header(linktype: int, head: bytes, ethertype: int) -> None:
    found = network(linktype, head + b"\x45" * 20)
    assert found is not None
    assert (found.ethertype, found.offset) == (ethertype, len(head))


@pytest.mark.parametrize(
    ("linktype", "version", "ethertype"), [(101, 0x45, 0x0800), (12, 0x60, 0x86DD), (229, 0x60, 0x86DD)]
)
def test_raw_packets_begin_at_once(linktype: int, version: int, ethertype: int) -> None:
    found = network(linktype, bytes([version]) * 20)
    assert found is not None
    assert (found.ethertype, found.offset) == (ethertype, 0)


def test_an_encrypted_wireless_frame_and_an_unknown_link_type_hold_nothing() -> None:
    assert network(105, b"\x08\x41" + bytes(22) + SNAP) is None
    assert network(9999, bytes(40)) is None


@given(st.integers(0, 300), st.binary(max_size=80))
def test_any_bytes_give_a_network_layer_or_none(linktype: int, data: bytes) -> None:
    found = network(linktype, data)
    assert found is None or found.offset >= 0
