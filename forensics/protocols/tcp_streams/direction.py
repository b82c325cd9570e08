"""One direction of a connection: segments in any order in, bytes in order out (RFC 9293 section 3.10.7.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from forensics.protocols.tcp_streams.segment import At

MAX_HELD_SEGMENTS = 128
MAX_HELD_BYTES = 256 * 1024
MAX_STALL = 16
"""Packets of the connection to wait for bytes that the other side has acknowledged and the capture does not show."""
MAX_ACK_AHEAD = 1 << 25

_WRAP = 0xFFFFFFFF
_HALF = 1 << 31


def ahead(seq: int, of: int) -> int:
    """How many bytes a sequence number lies ahead of another, modulo 2**32; negative where it lies behind.

    >>> ahead(5, 0xFFFFFFFF), ahead(0xFFFFFFFF, 5)
    (6, -6)
    """
    distance = (seq - of) & _WRAP
    return distance - _WRAP - 1 if distance >= _HALF else distance


class Piece(NamedTuple):
    """Bytes in order, or `missing` bytes that the capture lacks; `at` is the mark of the segment that held them."""

    data: bytes
    missing: int
    at: At


class _Held(NamedTuple):
    seq: int
    data: bytes
    cut: int
    at: At


class Direction:
    """The bytes of one side, as far as they are in order.

    The first copy of a byte counts: a retransmission with other content changes nothing.
    """

    __slots__ = ("acked", "data_bytes", "fin", "held", "held_bytes", "missing", "next", "packets", "stalled", "started")

    def __init__(self) -> None:
        self.next: int | None = None
        """Sequence number of the next byte in order."""
        self.acked: int | None = None
        """What the other side has acknowledged."""
        self.fin: int | None = None
        self.packets = 0
        self.data_bytes = 0
        self.missing = 0
        self.stalled = 0
        self.started = False
        """Whether the stream's first byte is known: a SYN was seen or acknowledged."""
        self.held: list[_Held] = []
        self.held_bytes = 0

    @property
    def ended(self) -> bool:
        """Whether all bytes up to the FIN were given out."""
        return self.fin is not None and self.next is not None and ahead(self.next, self.fin) >= 0

    def open(self, seq: int) -> None:
        """A SYN with this number was sent, or acknowledged."""
        if self.next is None:
            self.next = (seq + 1) & _WRAP
            self.started = True

    def add(self, seq: int, data: bytes, cut: int, at: At) -> Iterator[Piece]:
        """Take one segment of which the last `cut` bytes were not captured; give what is in order now."""
        if self.next is None:
            self.next = seq
        distance = ahead(seq, self.next)
        if distance <= 0:
            yield from self._in_order(seq, data, cut, at)
            if self.held:
                yield from self._from_held()
            return
        self.held.append(_Held(seq, data, cut, at))
        self.held_bytes += len(data)
        if len(self.held) > MAX_HELD_SEGMENTS or self.held_bytes > MAX_HELD_BYTES:
            yield from self.skip()

    def take_run(self, packets: int, size: int, *, fin: bool) -> None:
        """Packets whose `size` bytes are the next in order, taken elsewhere; with `fin` they are the last."""
        self.packets += packets
        if self.next is not None:
            self.next = (self.next + size) & _WRAP
            if fin:
                self.fin = self.next
                self.next = (self.next + 1) & _WRAP
        self.data_bytes += size

    def skip(self, waiting: Iterable[int] = ()) -> Iterator[Piece]:
        """Give up what is missing and go on with the first segment held or `waiting`, or with what was acknowledged."""
        if self.next is None:
            return
        self.stalled = 0
        numbers = [*waiting, *(held.seq for held in self.held)]
        if self.acked is not None:
            numbers.append(self.acked)
        distances = [distance for distance in (ahead(seq, self.next) for seq in numbers) if distance > 0]
        if distances:
            yield from self._lose(min(distances), self.held[0].at if self.held else None)
        # without one, what is held was overtaken: it lies before the next byte
        yield from self._from_held()

    def acknowledge(self, ack: int) -> None:
        """The other side has everything before `ack`."""
        if self.next is None:
            self.next = ack
        if self.acked is None or 0 < ahead(ack, self.acked) < MAX_ACK_AHEAD:
            self.acked = ack

    def lacks(self, ack: int) -> bool:
        """Whether bytes before `ack` are still to come."""
        return self.next is not None and 0 < ahead(ack, self.next) < MAX_ACK_AHEAD

    def _in_order(self, seq: int, data: bytes, cut: int, at: At) -> Iterator[Piece]:
        assert self.next is not None  # noqa: S101 - set by the callers
        known = -ahead(seq, self.next)
        if known < len(data):
            fresh = data[known:] if known else data
            self.next = (self.next + len(fresh)) & _WRAP
            self.data_bytes += len(fresh)
            self.stalled = 0
            yield Piece(fresh, 0, at)
            known = len(data)
        lost = len(data) + cut - known
        if cut and lost > 0:
            yield from self._lose(lost, at)

    def _lose(self, count: int, at: At | None) -> Iterator[Piece]:
        if self.next is None or count <= 0:
            return
        self.next = (self.next + count) & _WRAP
        self.missing += count
        yield Piece(b"", count, at or (0, 0, 0, 0))

    def _from_held(self) -> Iterator[Piece]:
        while self.held and self.next is not None:
            base = self.next
            first = min(range(len(self.held)), key=lambda index: ahead(self.held[index].seq, base))
            if ahead(self.held[first].seq, base) > 0:
                return
            held = self.held.pop(first)
            self.held_bytes -= len(held.data)
            yield from self._in_order(held.seq, held.data, held.cut, held.at)
