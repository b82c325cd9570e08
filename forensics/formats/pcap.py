"""Packet captures in the classic format: tcpdump, dumpcap -P, tshark -F pcap, most appliances.

Both byte orders, microseconds and nanoseconds, and the variant with longer record headers that patched libpcap wrote.
The format is that of draft-ietf-opsawg-pcap; link types are those of the tcpdump group. Times are UTC.

Sample (hex)::

    d4c3b2a1 0200 0400 00000000 00000000 00000400 65000000
    401e2a69 10270000 3a000000 3a000000
    4500003a 00010000 40110000 c0000202 c6336405 d431 0035 0026 0000
    0a0b 0100 0001 0000 0000 0000 04 6d61696c 07 6578616d706c65 00 000f 0001
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forensics.formats._capture.decoding import Decoding, RecordHeader
from forensics.formats._capture.frames import Frames, Ints
from forensics.formats._capture.reading import MAX_PACKET_BYTES, decoding_for, read_frames
from forensics.formats._capture.windows import windows
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.protocols.byte_columns import Flags
from forensics.schema import Row

NAME = "pcap"
VANTAGE = "other_link"
TABLES = (
    "dns_query", "dns_response", "dns_record", "connection", "smtp_session", "smtp_envelope", "smtp_recipient",
    "tls_session",
)  # fmt: skip
LOCAL_TIME = False

FILE_HEADER_BYTES = 24
USUAL_PACKET_BYTES = 262_144
MAX_CLOCK_STEP_S = 30 * 86400
LATEST = 101
"""Packets whose times tell about when the latest were seen."""
CHAIN = 3
"""Records that must follow each other before a place in damaged content is taken for a record."""


class _Header(NamedTuple):
    """What the file header says: byte order, ns of one unit of the fraction, bytes of a record header, link type."""

    order: str
    unit_ns: int
    record_header: int
    linktype: int
    limit: int


_MAGIC = {
    0xA1B2C3D4: (1000, 16),
    0xA1B23C4D: (1, 16),
    0xA1B2CD34: (1000, 24),
}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content alone tells
    """Whether the content begins with a file header of this format."""
    return _header(head) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:  # noqa: ARG001 - needs no facts
    """Yield the rows of the packets; damaged stretches are unread, what follows them is read."""
    steps = decoding_for(source)
    yield from read_frames(source, _Framing(tally, steps), tally, steps)


def _header(head: bytes) -> _Header | None:
    if len(head) < FILE_HEADER_BYTES:
        return None
    for order in "<>":
        magic, major, minor, _, _, snap, network = struct.unpack_from(f"{order}IHHIIII", head)
        if magic in _MAGIC and major == 2 and minor <= 4:
            unit, record_header = _MAGIC[magic]
            limit = max(USUAL_PACKET_BYTES, min(snap, MAX_PACKET_BYTES))
            return _Header(order, unit, record_header, network & 0xFFFF, limit)
    return None


class _Framing:
    """Walks packet records, each behind a header of its own."""

    def __init__(self, tally: Tally, steps: Decoding) -> None:
        self.number = 1
        self._tally = tally
        self._steps = steps
        self._header: _Header | None = None
        self._last_s: int | None = None
        """About when the latest packets were seen: the median of several, for each can be damaged."""

    def walk(self, data: bytes, base: int, at: int) -> tuple[list[Frames], int, bool]:
        """The whole records from `at` on, where they end, and whether what follows is no record."""
        if self._header is None:
            self._header = _header(data)
            if self._header is None:
                return [], at, False
            self._tally.container(base, FILE_HEADER_BYTES)
            at = FILE_HEADER_BYTES
        units = 1_000_000_000 // self._header.unit_ns
        header = RecordHeader(self._header.order, self._header.record_header, self._header.limit, units)
        starts, end, broken = self._steps.record_starts(data, at, header)
        if not len(starts):
            return [], end, broken
        self._last_s = int(np.median(_fields(data, self._header, starts[-LATEST:])[0]))
        if broken:
            # what follows is no record: was the last one as long as it says, or do records begin within it?
            if self._first_chain(data, int(starts[-1]) + 1, end - self._header.record_header) is not None:
                starts, end = starts[:-1], int(starts[-1])
            if not len(starts):
                return [], end, broken
        frames = self._frames(data, base, starts, end)
        self._tally.record(base + at, end - at, len(starts))
        self.number += len(starts)
        return [frames], end, broken

    def claims(self, data: bytes, at: int) -> bool:
        """Whether a record header that fits its neighbours is at `at`."""
        if self._header is None or at + 16 > len(data):
            return True
        return bool(self._plausible(_fields(data, self._header, np.array([at], np.int64)))[0])

    @property
    def _known(self) -> _Header:
        assert self._header is not None  # noqa: S101 - feed reads it first
        return self._header

    def _frames(self, data: bytes, base: int, record: Ints, end: int) -> Frames:
        header = self._known
        fields = _fields(data, header, record)
        ts = fields[0] * 1_000_000_000 + fields[1] * header.unit_ns
        following = np.append(record[1:], end)[: len(record)]
        number = np.arange(self.number, self.number + len(record))
        return Frames(
            data=data, base=base, number=number, start=record + header.record_header, captured=fields[2],
            wire=np.maximum(fields[3], fields[2]), ts=ts, linktype=np.full(len(record), header.linktype),
            record=record, record_bytes=following - record,
        )  # fmt: skip

    def resume(self, data: bytes, at: int, *, last: bool) -> tuple[int, bool]:
        """The next place from `at` on where records follow each other; without one, how far there is none."""
        size = self._known.record_header
        # a record that begins in the last bytes cannot be judged before more is seen
        end = len(data) - size - (0 if last else self._known.limit)
        if end <= at:
            return (len(data) if last else at), False
        place = self._first_chain(data, at, end)
        if place is not None:
            return place, True
        return (len(data) if last else end), False

    def _first_chain(self, data: bytes, at: int, end: int) -> int | None:
        """The first place from `at` to `end` where records follow each other."""
        for begin, stop in windows(at, end + 1):
            places = np.arange(begin, stop, dtype=np.int64)
            likely = places[self._plausible(_fields(data, self._known, places))]
            found = likely[self._chained(data, likely)]
            if len(found):
                return int(found[0])
        return None

    def _chained(self, data: bytes, places: Ints) -> Flags:
        """At which places so many records follow each other, or as many as there are up to the end."""
        size, at, good = self._known.record_header, places.copy(), np.ones(len(places), bool)
        for _ in range(CHAIN):
            begun = np.flatnonzero(good & (at != len(data)))
            good[begun] = at[begun] + size <= len(data)
            begun = begun[good[begun]]
            fields = _fields(data, self._known, at[begun])
            good[begun] = self._plausible(fields)
            at[begun] += size + fields[2]
        return np.asarray(good & (at <= len(data)))

    def _plausible(self, fields: Ints) -> Flags:
        """Which header fields (seconds, fraction, captured, wire) can be those of a record near the last one."""
        header = self._known
        low, high = (10**9, 2**32) if self._last_s is None else (0, 2**32)
        if self._last_s is not None:
            low, high = self._last_s - MAX_CLOCK_STEP_S, self._last_s + MAX_CLOCK_STEP_S
        seconds, fraction, captured, wire = fields
        good = (seconds >= low) & (seconds <= high) & (fraction * header.unit_ns < 1_000_000_000)
        return np.asarray(good & (captured > 0) & (captured <= header.limit) & (wire >= captured) & (wire < 1 << 24))


def _fields(data: bytes, header: _Header, places: Ints) -> Ints:
    """Seconds, fraction, captured and wire length of the record headers at these places, as the rows of an array."""
    order = np.dtype(f"{header.order}u4")
    numbers: NDArray[np.uint32] = np.ndarray((max(len(data) - 3, 0),), order, data, strides=(1,))
    return np.stack([numbers[places + at].astype(np.int64) for at in range(0, 16, 4)])
