"""What a section is made of, whatever the medium. Text is plain; each renderer passes it through its own escaper."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from forensics.model.case_file import TimelineBin

Tone = Literal["yes", "no", "unknown", "plain", "warning"]


class Heading(msgspec.Struct, frozen=True):
    """A heading; level 1 begins a section, level 2 a part of it. `anchor` can be linked to."""

    text: str
    level: int = 1
    anchor: str | None = None


class Paragraph(msgspec.Struct, frozen=True):
    """Running text; `links` name anchors of findings that it rests on."""

    text: str
    links: tuple[str, ...] = ()
    quiet: bool = False


class Callout(msgspec.Struct, frozen=True):
    """A sentence that must not be missed, with the word it turns on."""

    word: str
    text: str
    tone: Tone = "plain"
    links: tuple[str, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """What the whole report comes to, in the largest letters."""

    word: str
    text: str
    tone: Tone


class Reply(msgspec.Struct, frozen=True):
    """A question, the one word that answers it, why, and the findings that it rests on."""

    question: str
    word: str
    text: str
    tone: Tone
    links: tuple[str, ...] = ()


class Replies(msgspec.Struct, frozen=True):
    """Questions that belong side by side."""

    items: tuple[Reply, ...]


class Facts(msgspec.Struct, frozen=True):
    """Names and values, one line each."""

    rows: tuple[tuple[str, str], ...]


class Bullets(msgspec.Struct, frozen=True):
    """Short statements side by side."""

    items: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """Rows under named columns; `mono` are the columns of hashes and offsets, `wide` gets the room that is left.

    `under` is a line below the cell in `wide`, one per row; `row_anchors` name the rows so that they can be linked to.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mono: frozenset[int] = frozenset()
    wide: int = 0
    row_anchors: tuple[str, ...] = ()
    under: tuple[str, ...] = ()


class Timeline(msgspec.Struct, frozen=True):
    """Counts per slice of `step_s` seconds."""

    bins: tuple[TimelineBin, ...]
    step_s: int


class Span(msgspec.Struct, frozen=True):
    """One value over time: the moments of the answers that give it, RFC 3339, in order; `gaps` are pairs of them."""

    label: str
    seen: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...] = ()


class Lane(msgspec.Struct, frozen=True):
    """The values of one field, in the order of time."""

    title: str
    spans: tuple[Span, ...]


class Mark(msgspec.Struct, frozen=True):
    """Something that happened after one moment and not later than another."""

    label: str
    after: str
    by: str


class Lanes(msgspec.Struct, frozen=True):
    """Values over time, a lane per field, drawn between two moments; `alt` says it in words."""

    alt: str
    start: str
    end: str
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...] = ()

    def share(self, moment: str) -> float:
        """Where a moment stands, from 0 for the start to 1 for the end."""
        start, end = datetime.fromisoformat(self.start), datetime.fromisoformat(self.end)
        past = (datetime.fromisoformat(moment) - start).total_seconds()
        return min(max(past / max((end - start).total_seconds(), 1.0), 0.0), 1.0)


class Code(msgspec.Struct, frozen=True):
    """Text to be typed or compared as it stands."""

    text: str


Block = Heading | Paragraph | Verdict | Replies | Callout | Facts | Bullets | Table | Timeline | Lanes | Code
