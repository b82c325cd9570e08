"""Intervals on a terminal."""

from __future__ import annotations

from forensics.report.blocks import Lane, Lanes, Span
from forensics.report.interval_text import LABEL, lines

START, THIRD, END = "2013-01-01T00:00:00Z", "2016-05-01T00:00:00Z", "2023-01-01T00:00:00Z"


def test_answers_agreement_and_silence_are_told_apart() -> None:
    spans = (Span("Tidewater Registrar Inc.", (START, THIRD, END), ((THIRD, END),)), Span("Harbour", (THIRD,)))
    drawn = list(lines(Lanes("alt", START, END, (Lane("Registrar", spans),)), LABEL + 1 + 30))
    assert drawn == [
        " " * 31 + "2013-01-01          2023-01-01",
        "Registrar     Tidewater Regi.. #--------#                   #",
        "              Harbour                   #",
    ]


def test_a_narrow_terminal_shows_no_bars() -> None:
    assert not list(lines(Lanes("alt", START, END, (Lane("Registrar", (Span("A", (START, END)),)),)), 40))
