"""Intervals on a terminal: one line per value, with a mark in every cell of time that an answer stands in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from forensics.report.blocks import Lanes, Span

LABEL = 30
"""Columns of the field and the value before the bar."""
LEAST = 16
"""A bar of fewer columns shows nothing."""
MAX_LINES = 60
_ANSWER, _BETWEEN = "#", "-"


def lines(item: Lanes, width: int) -> Iterator[str]:
    """Give the picture line by line: `#` an answer, `-` between two that agree, blank: not known."""
    cells = width - LABEL - 1
    if cells < LEAST:
        return
    axis = f"{item.start[:10]}{item.end[:10]:>{cells - 10}}" if cells > 20 else ""
    yield " " * LABEL + " " + axis
    spans = [(lane.title, span) for lane in item.lanes for span in lane.spans]
    before = None
    for title, span in spans[:MAX_LINES]:
        room = LABEL - 14
        value = span.label if len(span.label) <= room else f"{span.label[: room - 2]}.."
        yield f"{'' if title == before else title:<13} {value:<{room}} {_bar(span, item, cells)}".rstrip()
        before = title
    if len(spans) > MAX_LINES:
        yield f"{len(spans) - MAX_LINES:,} more in the table."


def _bar(span: Span, item: Lanes, cells: int) -> str:
    gaps, bar = set(span.gaps), [" "] * cells
    places = [min(int(item.share(seen) * cells), cells - 1) for seen in span.seen]
    for (before, after), (first, last) in zip(pairwise(span.seen), pairwise(places), strict=True):
        if (before, after) not in gaps:
            bar[first : last + 1] = _BETWEEN * (last + 1 - first)
    for place in places:
        bar[place] = _ANSWER
    return "".join(bar)
