"""The TCP segments of many packets, in runs that a connection takes at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from forensics.formats._capture.decoding import Decoding, Pieces
from forensics.formats._capture.frames import Frames
from forensics.formats._capture.told_dialogues import ToldDialogues
from forensics.protocols.byte_columns import Ints, Loads, distinct_numbers
from forensics.protocols.packets.columns import SEGMENT, Headers, Payloads, segments
from forensics.protocols.tcp_streams import Endpoint, Listed, Run, SegmentColumns, Spans, spans
from forensics.protocols.tcp_streams.services import MAIL_PORTS


class _Ends(NamedTuple):
    """Sources and targets that occur; of each segment the number of its own, of its pair, and which of the two sent."""

    known: list[tuple[Endpoint, Endpoint]]
    number: Ints
    pair: Ints
    side: Ints


class Stretch(NamedTuple):
    """Runs, each with the index of its first packet; and those of their dialogues that are told already."""

    runs: Iterator[tuple[int, Run]]
    told: ToldDialogues | None


def runs(loads: Loads, frames: Frames, found: Headers, others: Ints, decoding: Decoding) -> Stretch:
    """The runs of the frequent packets whose TCP header fits.

    None goes on over one of the `others`, the packets whose segments are taken one by one.
    """
    chosen = np.flatnonzero(found.kind == SEGMENT)
    sent, fits = segments(loads, found, chosen)
    chosen, sent = chosen[fits], Payloads(*(column[fits] for column in sent))
    if not len(chosen):
        return Stretch(iter(()), None)
    transport = found.transport[chosen]
    ends = _ends(loads, found, chosen, decoding)
    given = SegmentColumns(
        ends.pair, ends.side, frames.ts[chosen], loads.u32(transport + 4), loads.u32(transport + 8),
        loads.u8(transport + 13), sent.end - sent.begin, sent.cut, np.searchsorted(others, chosen),
    )  # fmt: skip
    parted = spans(given)
    listed = _listed(frames, chosen, given, sent, ends, parted)
    following = zip(chosen[parted.order[parted.begin]].tolist(), _each(listed, parted), strict=True)
    return Stretch(following, _told(loads, listed, sent, ends, parted, decoding))


def _told(
    loads: Loads, listed: Listed, sent: Payloads, ends: _Ends, parted: Spans, decoding: Decoding
) -> ToldDialogues | None:  # fmt: skip
    """The dialogues of whole connections to a port of mail."""
    if decoding.dialogues is None:
        return None
    order, by_place = parted.order, np.argsort(parted.begin)
    begin, end = parted.begin[by_place], parted.end[by_place]
    side = ends.side[order]
    mail = np.array([target.port in MAIL_PORTS for _, target in ends.known])[ends.number[order[begin]]]
    whole = parted.opens[by_place] & (parted.fins[0][by_place] >= 0) & (parted.fins[1][by_place] >= 0) & mail
    if not whole.any():
        return None
    client = side == np.repeat(side[begin], end - begin)
    pieces = Pieces(sent.begin[order], sent.end[order], client)
    return ToldDialogues(
        listed, begin[whole].tolist(), *decoding.dialogues(loads, pieces, begin[whole], end[whole])
    )  # fmt: skip


def _each(listed: Listed, parted: Spans) -> Iterator[Run]:
    sides = (zip(one.tolist(), other.tolist(), strict=True) for one, other in parted[5:])
    fields = zip(
        parted.begin.tolist(), parted.end.tolist(), parted.last_ts.tolist(), parted.opens.tolist(), *sides, strict=True
    )
    return (Run(listed, *span) for span in fields)


def _listed(
    frames: Frames, chosen: Ints, given: SegmentColumns, sent: Payloads, ends: _Ends, parted: Spans
) -> Listed:  # fmt: skip
    order = parted.order
    packet = chosen[order]
    return Listed(
        data=frames.data, ends=[ends.known[number] for number in ends.number[order].tolist()],
        ts=given.ts[order].tolist(), record_no=frames.number[packet].tolist(),
        offset=(frames.base + frames.record[packet]).tolist(), length=frames.record_bytes[packet].tolist(),
        seq=given.seq[order].tolist(), ack=given.ack[order].tolist(), flags=given.flags[order].tolist(),
        begin=sent.begin[order].tolist(), end=sent.end[order].tolist(), cut=given.cut[order].tolist(),
        side=given.side[order].tolist(),
    )  # fmt: skip


def _ends(loads: Loads, found: Headers, chosen: Ints, decoding: Decoding) -> _Ends:
    """Addresses, any IP options between them and the ports, and the ports: each distinct run is looked at once."""
    number = np.empty(len(chosen), np.int64)
    known: list[tuple[Endpoint, Endpoint]] = []
    source, six = found.source[chosen], found.six[chosen]
    size = found.transport[chosen] + 4 - source
    for kind in distinct_numbers(size * 2 + six):
        index = np.flatnonzero(size * 2 + six == kind)
        codes, first = decoding.distinct(loads, source[index], kind // 2)
        number[index] = codes + len(known)
        known += [_parted(loads.data[at : at + kind // 2], 16 if kind % 2 else 4) for at in first.tolist()]
    pairs: dict[tuple[Endpoint, Endpoint], int] = {}
    pair = [pairs.setdefault((min(ends), max(ends)), len(pairs)) for ends in known]
    side = [int(source > target) for source, target in known]
    return _Ends(known, number, np.array(pair, np.int64)[number], np.array(side, np.int64)[number])


def _parted(data: bytes, width: int) -> tuple[Endpoint, Endpoint]:
    return (
        Endpoint(data[:width], int.from_bytes(data[-4:-2])),
        Endpoint(data[width : 2 * width], int.from_bytes(data[-2:])),
    )
