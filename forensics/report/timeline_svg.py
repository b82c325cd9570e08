"""The timeline as an SVG picture: DNS, SMTP and log events about the subject, one row each, on one time axis."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from forensics.report.blocks import Timeline
from forensics.report.svg import WIDTH, picture

LEFT, RIGHT = 110, 10
ROW_HEIGHT, ROW_GAP, TOP, AXIS_HEIGHT = 40, 14, 8, 26
ALT = "Counts of DNS look-ups, SMTP sessions, accepted messages and log events over time"
"""What the picture shows, for those who cannot see it."""


class _Row(NamedTuple):
    title: str
    field: str
    colour: str


_ROWS = (
    _Row("DNS look-ups", "dns", "#5b7a99"),
    _Row("SMTP sessions", "smtp", "#b26b00"),
    _Row("Accepted", "accepted", "#1b7f4b"),
    _Row("Mail log", "mta", "#7a5ba6"),
)


def draw(timeline: Timeline) -> str:
    """One self-contained `<svg>` element; its text is digits, times and fixed words, nothing from evidence."""
    height = TOP + len(_ROWS) * (ROW_HEIGHT + ROW_GAP) + AXIS_HEIGHT
    parts: list[str] = []
    for number, row in enumerate(_ROWS):
        parts += _row(timeline, row, TOP + number * (ROW_HEIGHT + ROW_GAP))
    parts += _axis(timeline, height - AXIS_HEIGHT + 4)
    return picture(height, ALT, parts)


def _row(timeline: Timeline, row: _Row, top: int) -> list[str]:
    counts = [getattr(slice_, row.field) for slice_ in timeline.bins]
    most, base = max(counts, default=0), top + ROW_HEIGHT
    parts = [
        f'<text x="0" y="{base - 16}" fill="currentColor">{row.title}</text>',
        f'<text x="0" y="{base - 2}" fill="currentColor" opacity="0.65" font-size="11">{sum(counts):,} in all</text>',
        f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}" stroke="currentColor" stroke-opacity="0.35"/>',
    ]
    pitch = (WIDTH - LEFT - RIGHT) / max(len(counts), 1)
    for number, count in enumerate(counts):
        if count:
            bar = max(2.0, ROW_HEIGHT * count / most)
            width = max(1.5, min(pitch * 0.85, 40))
            parts.append(
                f'<rect x="{LEFT + number * pitch:.1f}" y="{base - bar:.1f}" width="{width:.1f}" height="{bar:.1f}" '
                f'fill="{row.colour}"/>'
            )
    return parts


def _axis(timeline: Timeline, top: int) -> list[str]:
    times = [slice_.start for slice_ in timeline.bins]
    pitch = (WIDTH - LEFT - RIGHT) / max(len(times), 1)
    wanted = sorted({0, len(times) // 2, len(times) - 1}) if len(times) > 2 else range(len(times))
    parts = []
    for number in wanted:
        anchor = "start" if number == 0 else "end" if number == len(times) - 1 else "middle"
        parts.append(
            f'<text x="{LEFT + number * pitch:.1f}" y="{top + 12}" text-anchor="{anchor}" fill="currentColor" '
            f'font-size="11">{_short(times[number])}</text>'
        )
    return parts


def _short(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
