"""Rows of SMTP sessions cite the bytes that say so."""

from __future__ import annotations

import struct

CLIENT, SERVER = bytes([198, 51, 100, 18]), bytes([192, 0, 2, 10])
SYN, ACK, PUSH = 0x02, 0x10, 0x18


def packet(number: int, flags: int, seq: int, ack: int, data: bytes = b"", *, up: bool) -> bytes:
    ends, ports = (CLIENT + SERVER, (4000, 25)) if up else (SERVER + CLIENT, (25, 4000))
    frame = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0, 64, 6, 0) + ends
    frame += struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags, 1024, 0, 0) + data
    return struct.pack("<IIII", 1_700_000_000, number, len(frame), len(frame)) + frame


def capture(*packets: bytes) -> bytes:
    return struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101) + b"".join(packets)


SHAKEN = (
    packet(1, SYN, 0, 0, up=True), packet(2, SYN | ACK, 0, 1, up=False), packet(3, ACK, 1, 1, up=True),
)  # fmt: skip


def test_a_session_cites_its_greeting_and_has_the_time_of_its_connection(reading) -> None:
    content = capture(*SHAKEN, packet(4, PUSH, 1, 1, b"220 mx1.northwind.example ESMTP\r\n", up=False))
    (session,) = reading("pcap", content).of("smtp_session")
    assert (session.record_no, session.ts) == (4, 1_700_000_000_000_001_000)
    assert b"220 mx1.northwind.example" in content[session.offset : session.offset + session.length]


def test_a_session_whose_server_is_not_heard_cites_the_clients_hello(reading) -> None:
    content = capture(*SHAKEN, packet(4, PUSH, 1, 1, b"EHLO out.birch.example\r\n", up=True))
    (session,) = reading("pcap", content).of("smtp_session")
    assert session.record_no == 4
