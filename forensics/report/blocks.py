"""What a section is made of, whatever the medium. Text is plain; each renderer passes it through its own escaper."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from forensics.model.case_file import TimelineBin

Tone = Literal["yes", "no", "unknown", "plain", "warning"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 begins a section, level 2 a part of it. `anchor` can be linked to."""

    text: str
    level: int = 1
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `links` name anchors of findings that it rests on."""

    text: str
    links: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Callout:
    """A sentence that must not be missed, with the word it turns on."""

    word: str
    text: str
    tone: Tone = "plain"
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the whole report comes to, in the largest letters."""

    word: str
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Reply:
    """A question, the one word that answers it, why, and the findings that it rests on."""

    question: str
    word: str
    text: str
    tone: Tone
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replies:
    """Questions that belong side by side."""

    items: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one line each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short statements side by side."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; `mono` are the columns of hashes and offsets, `wide` gets the room that is left.

    `under` is a line below the cell in `wide`, one per row; `row_anchors` name the rows so that they can be linked to.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mono: frozenset[int] = field(default_factory=frozenset)
    wide: int = 0
    row_anchors: tuple[str, ...] = ()
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Counts per slice of `step_s` seconds."""

    bins: tuple[TimelineBin, ...]
    step_s: int


@dataclass(frozen=True, slots=True)
class Span:
    """One value over time: the moments of the answers that give it, RFC 3339, in order; `gaps` are pairs of them."""

    label: str
    seen: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """The values of one field, in the order of time."""

    title: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened after one moment and not later than another."""

    label: str
    after: str
    by: str


@dataclass(frozen=True, slots=True)
class Lanes:
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


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be typed or compared as it stands."""

    text: str


Block = Heading | Paragraph | Verdict | Replies | Callout | Facts | Bullets | Table | Timeline | Lanes | Code
