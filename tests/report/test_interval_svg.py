"""The interval chart: bars between answers that agree, blanks in gaps, and nothing from evidence that acts."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from forensics.report.blocks import Lane, Lanes, Mark, Span
from forensics.report.escape import visible
from forensics.report.interval_svg import LEFT, MAX_ROWS, MAX_SPANS, RIGHT, ROW_HEIGHT, WIDTH, draw

START, MIDDLE, END = "2013-01-01T00:00:00Z", "2018-01-01T00:00:00Z", "2023-01-01T00:00:00Z"


def lanes(*spans: Span, marks: tuple[Mark, ...] = ()) -> Lanes:
    return Lanes("alt", START, END, (Lane("Registrar", spans),), marks)


def shapes(svg: str) -> list[tuple[float, float, float, bool]]:
    """x, width, height of each rectangle, and whether it is a bar and no tick."""
    root = ElementTree.fromstring(svg)
    return [
        (float(r.get("x") or 0), float(r.get("width") or 0), float(r.get("height") or 0), "fill-opacity" in r.attrib)
        for r in root.iter("{http://www.w3.org/2000/svg}rect")
    ]


def test_a_bar_reaches_from_the_first_to_the_last_answer_with_a_tick_for_each() -> None:
    found = shapes(draw(lanes(Span("Tidewater", (START, MIDDLE, END))), visible))
    assert [(x, round(x + width)) for x, width, _, bar in found if bar] == [(LEFT, WIDTH - RIGHT)]
    assert [height for _, _, height, bar in found if not bar] == [ROW_HEIGHT, 6, ROW_HEIGHT]


def test_a_gap_is_blank() -> None:
    found = shapes(draw(lanes(Span("Tidewater", (START, MIDDLE, END), ((START, MIDDLE),))), visible))
    bars = [(x, x + width) for x, width, _, bar in found if bar]
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    assert bars[0] == (LEFT, LEFT + 1.5)
    assert abs(bars[1][0] - middle) < 1


def test_values_that_overlap_run_below_each_other() -> None:
    svg = draw(lanes(Span("Tidewater", (START, END)), Span("Harbour", (MIDDLE, END))), visible)
    tops = re.findall(r'y="(\d+)" width="[\d.]+" height="22" fill="[^"]+" fill-opacity', svg)
    assert len(set(tops)) == 2


def test_an_event_is_a_bracket_with_its_number() -> None:
    svg = draw(lanes(Span("Tidewater", (START, END)), marks=(Mark("7", START, MIDDLE),)), visible)
    assert "<path" in svg
    assert ">7</text>" in svg


def test_text_from_evidence_is_escaped(hostile: str) -> None:
    svg = draw(Lanes(hostile, START, END, (Lane("Registrar", (Span(hostile, (START, END)),)),)), visible)
    root = ElementTree.fromstring(svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "rect", "text", "line", "path"}
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)


def test_a_flood_of_values_is_bounded_and_counted() -> None:
    svg = draw(lanes(*(Span(f"v{number}", (START, END)) for number in range(5_000))), visible)
    assert len(shapes(svg)) == MAX_ROWS * 3
    assert f"{5_000 - MAX_ROWS:,} not drawn" in svg
    assert MAX_SPANS < 5_000


def test_one_moment_is_drawn() -> None:
    svg = draw(Lanes("alt", START, START, (Lane("Registrar", (Span("Tidewater", (START,)),)),)), visible)
    assert "2013-01-01" in svg
