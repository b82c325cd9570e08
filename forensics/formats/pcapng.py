"""Packet captures in the next generation format: Wireshark, dumpcap, tshark.

Sections in either byte order, several interfaces with link type, time resolution and time offset of their own,
enhanced, simple and obsolete packet blocks; drop counters count as lost records. The format is that of
draft-ietf-opsawg-pcapng. Times are UTC.

Sample (hex)::

    0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
    01000000 14000000 6500 0000 00000400 14000000
    06000000 5c000000 00000000 e5440600 40f8ae5e 3a000000 3a000000
    4500003a 00010000 40110000 c0000202 c6336405 d431 0035 0026 0000
    0a0b 0100 0001 0000 0000 0000 04 6d61696c 07 6578616d706c65 00 000f 0001 0000
    5c000000
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from forensics.formats._capture.frames import NO_TS, Frames
from forensics.formats._capture.reading import MAX_PACKET_BYTES, decoding_for, read_frames
from forensics.formats._capture.windows import windows
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.schema import Row

NAME = "pcapng"
VANTAGE = "other_link"
TABLES = (
    "dns_query", "dns_response", "dns_record", "connection", "smtp_session", "smtp_envelope", "smtp_recipient",
    "tls_session",
)  # fmt: skip
LOCAL_TIME = False

MAX_BLOCK_BYTES = MAX_PACKET_BYTES + (1 << 20)
MAX_INTERFACES = 65536
MAX_OPTION_BYTES = 65536
"""A packet block with more behind its packet has a damaged length, if other blocks follow within it."""

_SECTION, _INTERFACE, _PACKET, _SIMPLE, _STATISTICS, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 5, 6
_KNOWN_BLOCKS = frozenset({_SECTION, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xBAD, 0x40000BAD, 0x80000001})
_IF_TSRESOL, _IF_FILTER, _IF_TSOFFSET = 9, 11, 14
_FILTER_TEXT = b"\0"
"""What the filter option begins with where it is the text that was typed, and not compiled code."""
MAX_FILTER_TEXT = 200
MAX_FILTERS = 20
"""Filters that are named; captures have one or two."""
_ISB_IFDROP, _ISB_OSDROP = 5, 7
_LATEST_NS = (1 << 63) - 1


class _Interface(NamedTuple):
    """Link type, bytes to which packets are cut (0: none), and how its clock counts: units a second, offset in s."""

    linktype: int
    snap_bytes: int
    units: int
    offset_s: int

    def ns(self, ticks: int) -> int:
        """The time of a packet in ns UTC."""
        return min(ticks * 1_000_000_000 // self.units + self.offset_s * 1_000_000_000, _LATEST_NS)


class _PacketRecord(NamedTuple):
    start: int
    captured: int
    wire: int
    ts: int
    linktype: int
    record: int
    record_bytes: int


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content alone tells
    """Whether the content begins with a section header block."""
    return _order(head) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:  # noqa: ARG001 - needs no facts
    """Yield the rows of the packets; damaged stretches are unread, what follows them is read."""
    yield from read_frames(source, _Framing(tally), tally, decoding_for(source))


def _order(head: bytes) -> str | None:
    """The byte order of a section header block."""
    if len(head) < 28 or head[:4] != b"\x0a\x0d\x0d\x0a":
        return None
    return {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(head[8:12])


class _Framing:
    """Walks blocks; what a block says of interfaces and drops is remembered for its section."""

    def __init__(self, tally: Tally) -> None:
        self.number = 1
        self._tally = tally
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._drops: dict[int, int] = {}
        self._filters = 0
        self._lost_before = 0
        self._packets: list[_PacketRecord] = []

    def walk(self, data: bytes, base: int, at: int) -> tuple[list[Frames], int, bool]:
        """The whole blocks from `at` on, where they end, and whether what follows is no block."""
        self._packets, first, broken = [], self.number, False
        told = 0
        while at + 12 <= len(data):
            end = self._block_end(data, at)
            broken = end is None
            if end is None or end > len(data):
                break
            packet = self._take(data, at, end)
            if packet is None:
                self._tell(base, told)
                told = len(self._packets)
                self._tally.container(base + at, end - at)
            at = end
        self._tell(base, told)
        return self._frames(data, base, first), at, broken

    def claims(self, data: bytes, at: int) -> bool:
        """Whether the type of a known block is at `at`, as long as its packet needs where it holds one."""
        if at + 8 > len(data):
            return True
        kind, length = self._u32(data, at), self._u32(data, at + 4)
        if kind not in (_ENHANCED, _PACKET) or at + 28 > len(data):
            return kind in _KNOWN_BLOCKS
        return 0 <= length - 32 - self._u32(data, at + 20) < MAX_OPTION_BYTES

    def resume(self, data: bytes, at: int, *, last: bool) -> tuple[int, bool]:
        """The next place where a known block has the same length at both its ends."""
        content = np.frombuffer(data, np.uint8)
        end = len(data) - 12 - (0 if last else MAX_BLOCK_BYTES)
        for begin, stop in windows(at, end + 1):
            block = content[begin : stop + 3]
            # the type of a known block: two bytes of zero within, yet not all, or a section's palindrome
            plain = (block[1:-2] == 0) & (block[2:-1] == 0) & (block[:-3] != block[3:])
            section = (block[:-3] == 0x0A) & (block[1:-2] == 0x0D) & (block[2:-1] == 0x0D) & (block[3:] == 0x0A)
            for place in (np.flatnonzero(plain | section) + begin).tolist():
                if self._whole_block(data, place):
                    return place, True
        return (len(data) if last else max(end, at)), False

    def _whole_block(self, data: bytes, at: int) -> bool:
        if self._u32(data, at) not in _KNOWN_BLOCKS:
            return False
        end = self._block_end(data, at)
        return end is not None and end <= len(data)

    def _block_end(self, data: bytes, at: int) -> int | None:
        """Where the block at `at` ends, which may be past the data; None where it is none."""
        order = self._order
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = _order(data[at : at + 28]) or order
        (length,) = struct.unpack_from(f"{order}I", data, at + 4)
        if length < 12 or length % 4 or length > MAX_BLOCK_BYTES:
            return None
        if at + length <= len(data) and data[at + 4 : at + 8] != data[at + length - 4 : at + length]:
            return None
        return int(at + length)

    def _take(self, data: bytes, at: int, end: int) -> _PacketRecord | None:
        """The packet of one block; None where the block is of another kind, or holds none that can be read."""
        kind = self._u32(data, at)
        packet = None
        if kind == _ENHANCED and end - at >= 32:
            packet = self._enhanced(data, at, end)
        elif kind == _SECTION:
            self._begin_section(data, at)
        elif kind == _INTERFACE and end - at >= 20:
            self._add_interface(data, at, end)
        elif kind == _SIMPLE and end - at >= 16:
            packet = self._simple(data, at, end)
        elif kind == _PACKET and end - at >= 32:
            packet = self._obsolete(data, at, end)
        elif kind == _STATISTICS and end - at >= 24:
            self._add_drops(data, at, end)
        if packet is not None:
            self._packets.append(packet)
        return packet

    def _enhanced(self, data: bytes, at: int, end: int) -> _PacketRecord | None:
        number, high, low, captured, wire = struct.unpack_from(f"{self._order}5I", data, at + 8)
        return self._packet(number, high << 32 | low, captured, wire, at, end)

    def _obsolete(self, data: bytes, at: int, end: int) -> _PacketRecord | None:
        number, _, high, low, captured, wire = struct.unpack_from(f"{self._order}2H4I", data, at + 8)
        return self._packet(number, high << 32 | low, captured, wire, at, end)

    def _packet(self, number: int, ticks: int, captured: int, wire: int, at: int, end: int) -> _PacketRecord | None:
        if number >= len(self._interfaces) or at + 28 + captured + 4 > end:
            return None
        interface = self._interfaces[number]
        return _PacketRecord(
            at + 28, captured, max(wire, captured), interface.ns(ticks), interface.linktype, at, end - at
        )

    def _simple(self, data: bytes, at: int, end: int) -> _PacketRecord | None:
        """A packet of the first interface, without a time; its captured length follows from that interface."""
        if not self._interfaces:
            return None
        wire = self._u32(data, at + 8)
        interface = self._interfaces[0]
        captured = min(wire, end - at - 16, interface.snap_bytes or wire)
        return _PacketRecord(at + 12, captured, wire, NO_TS, interface.linktype, at, end - at)

    def _begin_section(self, data: bytes, at: int) -> None:
        self._order = _order(data[at : at + 28]) or self._order
        self._interfaces = []
        self._lost_before += sum(self._drops.values())
        self._drops = {}

    def _add_interface(self, data: bytes, at: int, end: int) -> None:
        if len(self._interfaces) >= MAX_INTERFACES:
            return
        linktype, _, snap = struct.unpack_from(f"{self._order}HHI", data, at + 8)
        options = self._options(data, at + 16, end - 4)
        self._tell_filter(options.get(_IF_FILTER, b""))
        resolution = options.get(_IF_TSRESOL, b"\x06")[:1] or b"\x06"
        exponent = min(resolution[0] & 0x7F, 63)
        units = 1 << exponent if resolution[0] & 0x80 else 10**exponent
        offset = int.from_bytes(options.get(_IF_TSOFFSET, b""), "little" if self._order == "<" else "big", signed=True)
        self._interfaces.append(_Interface(linktype, snap, units, max(min(offset, 1 << 33), -(1 << 33))))

    def _tell_filter(self, option: bytes) -> None:
        text = option.removeprefix(_FILTER_TEXT)[:MAX_FILTER_TEXT].decode("utf-8", "backslashreplace")
        if option.startswith(_FILTER_TEXT) and text and self._filters < MAX_FILTERS:
            self._filters += 1
            self._tally.problem(f"It was captured with the filter {text!r}: what that kept out is not in it.")

    def _add_drops(self, data: bytes, at: int, end: int) -> None:
        """The counters are totals of an interface so far: the last ones stand."""
        options = self._options(data, at + 20, end - 4)
        counts = [self._number(options.get(code, b"")[:8]) for code in (_ISB_IFDROP, _ISB_OSDROP)]
        self._drops[self._u32(data, at + 8)] = sum(counts)
        self._tally.lost_records = self._lost_before + sum(self._drops.values())

    def _options(self, data: bytes, at: int, end: int) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while at + 4 <= end:
            code, length = struct.unpack_from(f"{self._order}HH", data, at)
            if not code or at + 4 + length > end:
                break
            found.setdefault(code, data[at + 4 : at + 4 + length])
            at += 4 + (length + 3 & ~3)
        return found

    def _tell(self, base: int, since: int) -> None:
        """Report the packets since the last block of another kind; they lie one after the other."""
        fresh = self._packets[since:]
        if fresh:
            begin, end = fresh[0].record, fresh[-1].record + fresh[-1].record_bytes
            self._tally.record(base + begin, end - begin, len(fresh))
            self.number += len(fresh)

    def _frames(self, data: bytes, base: int, first: int) -> list[Frames]:
        if not self._packets:
            return []
        columns = np.array(self._packets, np.int64).T
        return [Frames(data, base, first + np.arange(len(self._packets)), *map(np.ascontiguousarray, columns))]

    def _u32(self, data: bytes, at: int) -> int:
        return self._number(data[at : at + 4])

    def _number(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self._order == "<" else "big")
