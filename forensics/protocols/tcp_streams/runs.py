"""Runs of segments that follow each other without a flaw, found in many segments at once.

In a run nothing is late, missing, sent again or cut, and no side acknowledges what the other has not yet said. Such
are by far the most packets; a connection takes a run as one. Whether a run also fits what came before it, the
connection knows. A run may begin with a handshake and hold the end of either side, so that most connections are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from forensics.protocols.byte_columns import Flags, Ints
from forensics.protocols.tcp_streams.direction import MAX_ACK_AHEAD
from forensics.protocols.tcp_streams.segment import ACK, FIN, RST, SYN, At, Endpoint, Segment

MAX_PAUSE_NS = 60 * 1_000_000_000
"""A longer silence ends a run: the table of connections may have given up the connection in it."""

_MASK = 0xFFFFFFFF
_HALF = 1 << 31


class SegmentColumns(NamedTuple):
    """Segments in the order of a capture.

    `pair` is the number of the two endpoints, whichever sent; `side` is 0 or 1 and tells which of them did. `size` is
    the payload as captured, `cut` the rest of it. `others` counts the segments before it that are not among these.
    """

    pair: Ints
    side: Ints
    ts: Ints
    seq: Ints
    ack: Ints
    flags: Ints
    size: Ints
    cut: Ints
    others: Ints


class Spans(NamedTuple):
    """Runs, each a span of `order`, in the order of their first segments in the capture.

    The rest is of each run: the latest time, whether it begins with a handshake, and by side the segments, their bytes,
    and where in `order` the first and last of them and the FIN are, -1 without any.
    """

    order: Ints
    begin: Ints
    end: Ints
    last_ts: Ints
    opens: Flags
    packets: tuple[Ints, Ints]
    sizes: tuple[Ints, Ints]
    first: tuple[Ints, Ints]
    last: tuple[Ints, Ints]
    fins: tuple[Ints, Ints]


def spans(given: SegmentColumns) -> Spans:
    """Part the segments into runs; one that fits no run is a run of its own."""
    order = np.argsort(given.pair, kind="stable")
    found = SegmentColumns(*(column[order] for column in given))
    starts, answers = _starts(found)
    opens = np.append(answers & ~starts, False)
    begin = np.flatnonzero(starts)
    end = np.append(begin[1:], len(order))[: len(begin)]
    of_side = tuple(found.side == side for side in (0, 1))
    fin = found.flags & FIN != 0
    place = np.arange(len(order))
    by_time = np.argsort(order[begin])

    def each(ufunc: np.ufunc, values: Ints) -> Ints:
        """One value of each run, in the order of the capture."""
        reduced: Ints = ufunc.reduceat(values, begin)[by_time] if len(begin) else values[:0]
        return reduced

    first = tuple(each(np.minimum, np.where(mine, place, len(order))) for mine in of_side)
    return Spans(
        order, begin[by_time], end[by_time], each(np.maximum, found.ts), opens[begin[by_time] + 1],
        _two(each(np.add, mine.astype(np.int64)) for mine in of_side),
        _two(each(np.add, np.where(mine, found.size, 0)) for mine in of_side),
        _two(np.where(one == len(order), -1, one) for one in first),
        _two(each(np.maximum, np.where(mine, place, -1)) for mine in of_side),
        _two(each(np.maximum, np.where(mine & fin, place, -1)) for mine in of_side),
    )  # fmt: skip


def _two(values: Iterator[Ints]) -> tuple[Ints, Ints]:
    one, other = values
    return one, other


def _starts(found: SegmentColumns) -> tuple[Flags, Flags]:
    """Where runs begin; and which segments answer the SYN before them. Segments lie pair by pair."""
    pair, side, ts, seq, ack, flags, size, cut, others = found
    kind = flags & (SYN | FIN | RST | ACK)
    place = np.arange(len(pair))
    group = np.maximum.accumulate(np.where(np.diff(pair, prepend=-1) != 0, place, 0))
    before = place - 1
    turn = (before >= group) & (side != side[before])
    pause = ts - ts[before]
    empty = (size == 0) & (cut == 0)
    opening, good = (kind == SYN) & empty, _good(found, group)
    asked = turn & opening[before]
    answer = (
        (kind == SYN | ACK) & asked & empty & (ack == _after(seq[before], 1)) & (pause >= 0) & (pause < MAX_PAUSE_NS)
    )
    shaken = (kind == ACK) & turn & answer[before] & good & (ack == _after(seq[before], 1))
    apart = (before < group) | (others != others[before])
    starts = apart | ~((good & good[before] & ~answer[before]) | answer | shaken)
    return starts, answer


def _good(found: SegmentColumns, group: Ints) -> Flags:
    """Which segments follow without a flaw those before them of the same endpoints, which begin at `group`."""
    pair, side, ts, seq, ack, flags, size, cut, _ = found
    place = np.arange(len(pair))
    fin = flags & FIN != 0
    latest = [_last_before(side == each, place, group) for each in (0, 1)]
    ended = [_last_before((side == each) & fin, place, group) >= 0 for each in (0, 1)]
    own, other = np.where(side == 0, latest[0], latest[1]), np.where(side == 0, latest[1], latest[0])
    next_byte = _after(seq, size + cut + (flags & SYN != 0) + fin)
    unsaid = _ahead(ack, next_byte[other])
    heard = np.where(other >= 0, (unsaid <= 0) & (unsaid > -MAX_ACK_AHEAD), ack == ack[own])
    rising = (_ahead(ack, ack[own]) >= 0) | (flags[own] & ACK == 0)
    pause = ts - ts[np.maximum(place - 1, 0)]
    plain = (flags & (SYN | RST | ACK) == ACK) & (cut == 0) & (pause >= 0) & (pause < MAX_PAUSE_NS)
    goes_on = ~np.where(side == 0, *ended) | ((size == 0) & ~fin)
    follows: Flags = plain & goes_on & (own >= 0) & (seq == next_byte[own]) & heard & rising
    return follows


def _after(seq: Ints, count: Ints | int) -> Ints:
    """The sequence number so many bytes on."""
    return (seq + count) & _MASK


def _last_before(which: Flags, place: Ints, group: Ints) -> Ints:
    """For each place the last one before it, in its group, of those that `which` chooses; -1 without one."""
    latest = np.maximum.accumulate(np.where(which, place, -1))
    latest = np.concatenate([np.array([-1]), latest[:-1]])[: len(place)]
    return np.where(latest >= group, latest, -1)


def _ahead(seq: Ints, of: Ints) -> Ints:
    """As `direction.ahead`."""
    distance = (seq - of) & _MASK
    return np.where(distance >= _HALF, distance - _MASK - 1, distance)


class Listed(NamedTuple):
    """The segments of a stretch of a capture as lists, in `Spans.order`; `ends` are source and target of each."""

    data: bytes
    ends: list[tuple[Endpoint, Endpoint]]
    ts: list[int]
    record_no: list[int]
    offset: list[int]
    length: list[int]
    seq: list[int]
    ack: list[int]
    flags: list[int]
    begin: list[int]
    end: list[int]
    cut: list[int]
    side: list[int]

    def segment(self, place: int) -> Segment:
        """One segment."""
        return Segment(
            self.at(place), *self.ends[place], self.seq[place], self.ack[place], self.flags[place],
            self.data[self.begin[place] : self.end[place]], self.cut[place],
        )  # fmt: skip

    def at(self, place: int) -> At:
        """Time, number, offset and length of the packet of a segment."""
        return self.ts[place], self.record_no[place], self.offset[place], self.length[place]


class Run(NamedTuple):
    """Several segments without a flaw: places `begin` to `end` of the lists. By side as `Spans` has it."""

    listed: Listed
    begin: int
    end: int
    last_ts: int
    opens: bool
    packets: tuple[int, int]
    sizes: tuple[int, int]
    first: tuple[int, int]
    last: tuple[int, int]
    fins: tuple[int, int]

    def rest(self) -> Run | None:
        """The run, which opens nothing, without its first segment; None where that is all of it."""
        if self.end - self.begin < 2:
            return None
        listed, at = self.listed, self.begin
        side, size = listed.side[at], listed.end[at] - listed.begin[at]
        packets, sizes, first, last = list(self.packets), list(self.sizes), list(self.first), list(self.last)
        packets[side] -= 1
        sizes[side] -= size
        later = range(at + 1, self.end)
        first[side] = next((place for place in later if listed.side[place] == side), -1)
        last[side] = last[side] if packets[side] else -1
        fins = (self.fins[0] if self.fins[0] > at else -1, self.fins[1] if self.fins[1] > at else -1)
        return self._replace(
            begin=at + 1, packets=(packets[0], packets[1]), sizes=(sizes[0], sizes[1]), first=(first[0], first[1]),
            last=(last[0], last[1]), fins=fins,
        )  # fmt: skip

    def last_until(self, side: int, stop: int) -> int:
        """The place of the last segment of a side, none behind `stop`; -1 without one."""
        place = self.last[side]
        if place <= stop:
            return place
        sides = self.listed.side
        return next((at for at in range(stop, self.begin - 1, -1) if sides[at] == side), -1)

    def pieces(self, flip: int) -> Iterator[tuple[int, bytes, At]]:
        """What was said: the side, exchanged by `flip` 1, the bytes, and their packet."""
        here, (data, _, ts, number, offset, length, _, _, _, begin, end, _, side) = (
            slice(self.begin, self.end),
            self.listed,
        )
        at = zip(ts[here], number[here], offset[here], length[here], strict=True)
        for one, first, behind, packet in zip(side[here], begin[here], end[here], at, strict=True):
            if behind > first:
                yield one ^ flip, data[first:behind], packet

    def segments(self) -> Iterator[Segment]:
        """The segments one by one."""
        return map(self.listed.segment, range(self.begin, self.end))
