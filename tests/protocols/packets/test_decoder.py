"""Packets down to TCP and UDP: IP of both versions, extension headers, fragments, tunnels, cuts."""

from __future__ import annotations

import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.packets import Decoder, TcpSegment, UdpDatagram

A4, B4 = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 2])
A6, B6 = bytes.fromhex("20010db8") + bytes(11) + b"\1", bytes.fromhex("20010db8") + bytes(11) + b"\2"
RAW, ETHERNET = 101, 1
QUESTION = b"payload of a datagram"


def udp(payload: bytes = QUESTION, source: int = 4000, target: int = 53) -> bytes:
    return struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload


def ip4(protocol: int, payload: bytes, *, fragment: int = 0) -> bytes:
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol, 0) + A4 + B4 + payload


def ip6(following: int, payload: bytes) -> bytes:
    return struct.pack("!IHBB", 0x60000000, len(payload), following, 64) + A6 + B6 + payload


def decode(packet: bytes, linktype: int = RAW, wire: int = 0) -> object:
    return Decoder().decode(linktype, packet, 0, wire or len(packet))


FOUR = UdpDatagram(A4, 4000, B4, 53, QUESTION, 0)
SIX = UdpDatagram(A6, 4000, B6, 53, QUESTION, 0)
INNER = ip4(17, udp())
FRAME = bytes(12) + b"\x08\0" + INNER


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (ip4(17, udp()), FOUR),
        (ip6(17, udp()), SIX),
        (ip6(0, b"\x3c\0" + bytes(6) + b"\x11\0" + bytes(6) + udp()), SIX),
        (ip6(51, b"\x11\x04" + bytes(22) + udp()), SIX),
        (ip6(44, b"\x11\0\0\0" + bytes(4) + udp()), SIX),
        (ip4(17, udp()) + b"ethernet padding", FOUR),
        (ip4(41, ip6(17, udp())), SIX),
        (ip6(4, INNER), FOUR),
        (ip4(47, b"\0\0\x08\0" + INNER), FOUR),
        (ip4(47, b"\xb0\0\x08\0" + bytes(12) + INNER), FOUR),
        (ip4(47, b"\0\0\x65\x58" + FRAME), FOUR),
        (ip4(47, b"\x10\0\x88\xbe" + bytes(12) + FRAME), FOUR),
        (ip4(47, b"\x30\x81\x88\x0b\0\0\0\0" + bytes(8) + b"\xff\x03\0\x21" + INNER), FOUR),
        (ip4(17, udp(b"\x08" + bytes(7) + FRAME, 5555, 4789)), FOUR),
        (ip4(17, udp(b"\0\0\x65\x58" + bytes(4) + FRAME, 5555, 6081)), FOUR),
        (ip4(17, udp(b"\x30\xff\0\0\0\0\0\1" + INNER, 2152, 2152)), FOUR),
        (ip4(17, udp(ip6(17, udp()), 4444, 3544)), SIX),
        (ip4(97, b"\x30\0" + FRAME), FOUR),
    ],
)
def test_the_innermost_datagram_is_found(packet: bytes, expected: UdpDatagram) -> None:
    assert decode(packet) == expected


def test_mpls_labels_come_off() -> None:
    assert decode(bytes(12) + b"\x88\x47" + b"\0\x01\x00\x40\0\x02\x01\x40" + INNER, ETHERNET) == FOUR


def test_a_segment_keeps_its_numbers_and_what_was_not_captured_is_counted() -> None:
    header = struct.pack("!HHIIBBHHH", 4000, 25, 10, 20, 0x60, 0x18, 1, 0, 0) + b"\1\1\1\1"
    packet = ip4(6, header + b"MAIL FROM:<>\r\n")
    assert decode(packet) == TcpSegment(A4, 4000, B4, 25, 10, 20, 0x18, b"MAIL FROM:<>\r\n", 0)
    cut = decode(packet[:48], wire=len(packet))
    assert cut == TcpSegment(A4, 4000, B4, 25, 10, 20, 0x18, b"MAIL", 10)


def test_a_packet_that_left_its_length_to_the_network_card_is_read_to_its_end() -> None:
    packet = bytearray(ip4(17, udp()))
    packet[2:4] = b"\0\0"
    assert decode(bytes(packet)) == FOUR


def test_fragments_of_both_versions_are_put_together_in_any_order() -> None:
    whole = udp(b"x" * 40)
    expected = (b"x" * 40, 0)
    four = [
        ip4(17, whole[:16], fragment=0x2000),
        ip4(17, whole[16:32], fragment=0x2002),
        ip4(17, whole[32:], fragment=4),
    ]
    parts = ((0, 1, whole[:16]), (16, 1, whole[16:32]), (32, 0, whole[32:]))
    six = [ip6(44, b"\x11\0" + struct.pack("!HI", offset | more, 9) + part) for offset, more, part in parts]
    for packets in (four, six):
        decoder = Decoder()
        found = [decoder.decode(RAW, packets[order], 0, len(packets[order])) for order in (2, 0, 1)]
        assert found[:2] == [None, None]
        assert (found[2].payload, found[2].cut) == expected


def test_fragments_of_different_datagrams_do_not_mix_and_old_ones_are_given_up() -> None:
    first, second = ip4(17, udp()[:16], fragment=0x2000), ip4(17, udp()[16:], fragment=2)
    other = bytearray(second)
    other[4:6] = b"\0\x08"
    decoder = Decoder()
    assert decoder.decode(RAW, first, 0, len(first)) is None
    assert decoder.decode(RAW, bytes(other), 0, len(other)) is None
    assert decoder.decode(RAW, second, 61_000_000_000, len(second)) is None


def test_a_tunnel_in_a_tunnel_ends_somewhere() -> None:
    packet = INNER
    for _ in range(20):
        packet = ip4(4, packet)
    assert decode(packet) is None


@given(st.binary(max_size=60), st.sampled_from([4, 6, 17, 41, 47, 51, 97, 44, 0]))
def test_any_payload_is_taken(payload: bytes, protocol: int) -> None:
    for packet in (ip4(protocol, payload), ip6(protocol, payload)):
        found = decode(packet)
        assert found is None or isinstance(found, TcpSegment | UdpDatagram)


@given(st.binary(min_size=1, max_size=80), st.integers(0, 65535), st.integers(0, 65535))
def test_dpkt_reads_the_same(payload: bytes, source: int, target: int) -> None:
    if {source, target} & {2152, 3544, 4789, 6081, 6635, 8472}:
        return
    packet = bytes(
        dpkt.ip.IP(
            src=A4, dst=B4, p=17, data=dpkt.udp.UDP(sport=source, dport=target, ulen=8 + len(payload), data=payload)
        )
    )
    found = decode(packet)
    assert isinstance(found, UdpDatagram)
    assert (found.source_port, found.target_port, found.payload) == (source, target, payload)
