"""What passes between two endpoints (RFC 9293 section 3.1)."""

from __future__ import annotations

from typing import NamedTuple

FIN, SYN, RST, ACK = 1, 2, 4, 16

At = tuple[int, int, int, int]
"""A packet: its time in ns, its number, and offset and length of its record."""


class Endpoint(NamedTuple):
    """An address, 4 or 16 bytes, and a port."""

    ip: bytes
    port: int


class Segment(NamedTuple):
    """One TCP segment; `at` is its packet, `cut` the payload bytes not captured."""

    at: At
    source: Endpoint
    target: Endpoint
    seq: int
    ack: int
    flags: int
    data: bytes
    cut: int = 0
