"""Which pieces speak for the whole window: undamaged, dated, densely sampled, and together without a gap."""

from __future__ import annotations

from typing import NamedTuple

from forensics.model.evidence import Evidence

SMALLEST_SESSION_PACKETS = 20
"""Packets of a short SMTP session with one message, handshake and close included."""

SURE = 0.99
"""A source whose chance to show one such session is smaller says nothing by its silence."""


Covering = dict[tuple[str, str], tuple[int, ...]]
"""By vantage and table: the pieces that, together, would show every such row of the window."""


class Piece(NamedTuple):
    """A piece of evidence as judgement sees it; times in nanoseconds UTC."""

    no: int
    path: str
    format: str | None
    vantage: str | None
    state: str
    start: int | None
    end: int | None
    whole: bool
    """Nothing of it is unread, lost, left out or undated."""
    detection: float
    """Chance that it would show one short session (METHOD section 2)."""
    fills: tuple[str, ...]
    """Tables that its format can fill; none where the format is not known."""


def piece_of(
    evidence: Evidence,
    *,
    vantage: str | None,
    covers: tuple[int, int] | None,
    undated: bool,
    fills: tuple[str, ...],
) -> Piece:
    """What judgement needs of one piece; `covers` is the collector's word, else first and last record stand for it."""
    span = covers or (evidence.first_ts, evidence.last_ts)
    return Piece(
        no=evidence.no, path=evidence.path, format=evidence.format, vantage=vantage, state=evidence.state,
        start=span[0], end=span[1],
        whole=evidence.state == "read" and not evidence.lost_records and not evidence.leaves_out and not undated,
        detection=detection(evidence.sampling or 1), fills=fills,
    )  # fmt: skip


def detection(sampling: int, packets: int = SMALLEST_SESSION_PACKETS) -> float:
    """The chance that one session of that many packets shows in records sampled one packet in `sampling`.

    >>> detection(1)
    1.0
    >>> round(detection(100), 2)
    0.18
    """
    return 1.0 - (1.0 - 1.0 / max(sampling, 1)) ** packets


def hull(pieces: tuple[Piece, ...]) -> tuple[int | None, int | None]:
    """The span from the first to the last moment that any piece speaks of."""
    starts = [piece.start for piece in pieces if piece.start is not None]
    ends = [piece.end for piece in pieces if piece.end is not None]
    return min(starts, default=None), max(ends, default=None)


def covering(pieces: tuple[Piece, ...], start: int | None, end: int | None) -> Covering:
    """Per vantage and table, the numbers of the sound pieces that can fill it and together cover the window.

    An open window, or one that ends before it starts, is covered by no one.
    """
    if start is None or end is None or end < start:
        return {}
    sound = [piece for piece in pieces if piece.whole and piece.detection >= SURE]
    found = {}
    for vantage, table in sorted({(piece.vantage, table) for piece in sound if piece.vantage for table in piece.fills}):
        able = [piece for piece in sound if piece.vantage == vantage and table in piece.fills]
        spans = [(p.start, p.end) for p in able if p.start is not None and p.end is not None]
        if _joined(spans, start, end):
            found[vantage, table] = tuple(piece.no for piece in able)
    return found


def _joined(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    reached = start
    for first, last in sorted(span for span in spans if span[1] >= start):
        if first > reached:
            return False
        reached = max(reached, last)
        if reached >= end:
            return True
    return False
