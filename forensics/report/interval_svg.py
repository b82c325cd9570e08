"""Intervals as an SVG picture: one lane per field on one axis of time, with every answer, gap and event.

A bar reaches from one answer to the next that agrees; answers are ticks on it. A gap is blank. Values that sources
disagree about run beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise

from forensics.report.blocks import Lanes, Mark, Span
from forensics.report.svg import WIDTH, picture

LEFT, RIGHT, TOP, AXIS_HEIGHT = 106, 14, 8, 24
ROW_HEIGHT, TICK_HEIGHT, ROW_GAP, LANE_GAP = 22, 6, 3, 9
MAX_ROWS = 5
"""Rows of one lane that are drawn; what does not fit is counted beside the lane."""
MAX_SPANS = 300
"""Intervals of one lane that are drawn."""
MAX_TICKS = 300
"""Answers of one interval that are drawn."""
MOST_YEARS = 13
"""Labels of the axis."""
_LETTER = 6.2
"""Width of a letter of a bar's label, about."""
_COLOURS = ("#5b7a99", "#b26b00", "#1b7f4b", "#7a5ba6", "#a3455a", "#4c7f86")

Clean = Callable[[str], str]
Place = Callable[[str], float]
"""From a moment to where it stands."""


def draw(item: Lanes, clean: Clean) -> str:
    """One self-contained `<svg>` element; text from evidence passes `clean`, and is then escaped for XML."""

    def x_of(moment: str) -> float:
        return LEFT + item.share(moment) * (WIDTH - LEFT - RIGHT)

    parts, top = _marks(item.marks, x_of, TOP)
    for lane in item.lanes:
        rows, left_out = _rows(lane.spans[:MAX_SPANS], x_of)
        left_out += max(0, len(lane.spans) - MAX_SPANS)
        parts.append(_text(0, top + 14, escape(clean(lane.title)), 13))
        parts += _left_out(left_out, top)
        colours: dict[str, str] = {}
        for row in rows:
            for span in row:
                colour = colours.setdefault(span.label, _COLOURS[len(colours) % len(_COLOURS)])
                parts += _bar(span, x_of, top, colour, clean)
            top += ROW_HEIGHT + ROW_GAP
        top += LANE_GAP + (0 if rows else ROW_HEIGHT)
    return picture(top + AXIS_HEIGHT, clean(item.alt), (*_axis(item, x_of, top), *parts))


def _marks(marks: Sequence[Mark], x_of: Place, top: int) -> tuple[list[str], int]:
    """Each event as a bracket between its two answers, with the number that the table gives it."""
    if not marks:
        return [], top
    parts = [_text(0, top + 14, "Events", 13)]
    ends: list[float] = []
    left_out = 0
    for mark in marks[:MAX_SPANS]:
        first, last = x_of(mark.after), x_of(mark.by)
        room = max(last, first + 1) + 7 + 6 * len(mark.label)
        row = next((number for number, used in enumerate(ends) if used < first), len(ends))
        if row >= MAX_ROWS:
            left_out += 1
            continue
        ends[row : row + 1] = [room]
        y = top + 9 + row * 15
        parts.append(
            f'<path d="M{first:.1f} {y - 4}v8M{first:.1f} {y}H{last:.1f}M{last:.1f} {y - 4}v8" fill="none" '
            f'stroke="currentColor" stroke-width="1"/>{_text(last + 3, y + 4, escape(mark.label), 11)}'
        )
    left_out += max(0, len(marks) - MAX_SPANS)
    parts += _left_out(left_out, top)
    return parts, top + max(len(ends) * 15, 28 if left_out else 0) + LANE_GAP + 3


def _left_out(count: int, top: int) -> list[str]:
    return [_text(0, top + 26, f"{count:,} not drawn", 10, quiet=True)] if count else []


def _rows(spans: Sequence[Span], x_of: Place) -> tuple[list[list[Span]], int]:
    """Spans that overlap in rows below each other, and how many found no room."""
    rows: list[list[Span]] = []
    left_out = 0
    for span in spans:
        row = next((row for row in rows if x_of(row[-1].seen[-1]) < x_of(span.seen[0])), None)
        if row is not None:
            row.append(span)
        elif len(rows) < MAX_ROWS:
            rows.append([span])
        else:
            left_out += 1
    return rows, left_out


def _bar(span: Span, x_of: Place, top: int, colour: str, clean: Clean) -> list[str]:
    """The runs between answers that agree, a tick per answer, and the value where there is room for it."""
    gaps = set(span.gaps)
    parts, runs, begun = [], [], x_of(span.seen[0])
    for before, after in pairwise(span.seen):
        if (before, after) in gaps:
            runs.append((begun, x_of(before)))
            begun = x_of(after)
    runs.append((begun, x_of(span.seen[-1])))
    for first, last in runs:
        parts.append(
            f'<rect x="{first:.1f}" y="{top}" width="{max(last - first, 1.5):.1f}" height="{ROW_HEIGHT}" '
            f'fill="{colour}" fill-opacity="0.3"/>'
        )
    ends = {end for run in runs for end in run}
    for x in map(x_of, span.seen[:MAX_TICKS]):
        tall = ROW_HEIGHT if x in ends else TICK_HEIGHT  # the value is written above the answers between the ends
        parts.append(
            f'<rect x="{x - 0.8:.1f}" y="{top + ROW_HEIGHT - tall}" width="1.6" height="{tall}" fill="{colour}"/>'
        )
    first, last = max(runs, key=lambda run: run[1] - run[0])
    label = clean(span.label)
    fits = int((last - first - 6) / _LETTER)
    if fits >= min(len(label), 6):
        shown = label if len(label) <= fits else f"{label[: fits - 3]}..."
        parts.append(_text(first + 4, top + 12, escape(shown), 11))
    return parts


def _axis(item: Lanes, x_of: Place, bottom: int) -> list[str]:
    """Lines at the beginning of years, as many as have room; first and last day where there are none."""
    start, end = datetime.fromisoformat(item.start), datetime.fromisoformat(item.end)
    years = range(start.year + 1, end.year + 1)
    step = len(years) // MOST_YEARS + 1
    parts = [
        f'<line x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}" stroke="currentColor" opacity="0.5"/>'
    ]
    for year in years[::step]:
        x = x_of(datetime(year, 1, 1, tzinfo=UTC).isoformat())
        parts.append(
            f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom}" stroke="currentColor" stroke-opacity="0.15"/>'
        )
        parts.append(_text(x, bottom + 15, str(year), 11, anchor="middle"))
    if len(years) < 2:
        parts.append(_text(LEFT, bottom + 15, start.date().isoformat(), 11))
        parts.append(_text(WIDTH - RIGHT, bottom + 15, end.date().isoformat(), 11, anchor="end"))
    return parts


def _text(x: float, y: float, text: str, size: int, *, anchor: str = "start", quiet: bool = False) -> str:
    faint = ' opacity="0.65"' if quiet else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="currentColor"{faint}>{text}</text>'
