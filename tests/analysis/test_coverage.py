"""Which pieces speak for the whole window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.analysis.coverage import SURE, Piece, covering, detection, hull, piece_of
from forensics.model.evidence import Evidence


def _piece(no: int, start: int | None, end: int | None, **more: object) -> Piece:
    given = {"vantage": "subject_mta", "state": "read", "whole": True, "detection": 1.0, "fills": ("mta_event",)}
    return Piece(no=no, path=f"{no}.log", format="x", start=start, end=end, **{**given, **more})  # type: ignore[arg-type]


def _evidence(**more: object) -> Evidence:
    given = {
        "no": 1, "path": "a.log", "sha256": "", "size_bytes": 1, "content_bytes": 1, "format": "x", "vantage": None,
        "state": "read", "reading": "", "first_ts": 5, "last_ts": 9,
    }  # fmt: skip
    return Evidence(**{**given, **more})  # type: ignore[arg-type]


def test_one_piece_over_the_whole_window_covers_it() -> None:
    assert covering((_piece(1, 0, 100),), 0, 100) == {("subject_mta", "mta_event"): (1,)}


def test_pieces_whose_times_join_cover_together_in_whatever_order() -> None:
    pieces = (_piece(1, 60, 100), _piece(2, 0, 40), _piece(3, 30, 60))
    assert covering(pieces, 0, 100) == {("subject_mta", "mta_event"): (1, 2, 3)}


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 49), (51, 100)],
        [(1, 100)],
        [(0, 99)],
        [(0, 10), (5, 20), (90, 100)],
        [(None, None)],
        [],
    ],
)
def test_a_gap_is_no_cover(spans: list[tuple[int | None, int | None]]) -> None:
    pieces = tuple(_piece(no, *span) for no, span in enumerate(spans, 1))
    assert covering(pieces, 0, 100) == {}


@pytest.mark.parametrize("more", [{"whole": False}, {"detection": 0.98}, {"vantage": None}, {"fills": ()}])
def test_a_damaged_sampled_or_unplaced_piece_covers_nothing(more: dict[str, object]) -> None:
    assert covering((_piece(1, 0, 100, **more),), 0, 100) == {}


def test_pieces_of_two_vantages_do_not_join() -> None:
    assert covering((_piece(1, 0, 50), _piece(2, 50, 100, vantage="other_mta")), 0, 100) == {}


def test_a_piece_speaks_only_for_the_tables_it_can_fill() -> None:
    pieces = (
        _piece(1, 0, 50, vantage="subject_link", fills=("connection", "dns_query")),
        _piece(2, 50, 100, vantage="subject_link", fills=("dns_query",)),
    )
    assert covering(pieces, 0, 100) == {("subject_link", "dns_query"): (1, 2)}


@pytest.mark.parametrize(("start", "end"), [(None, 100), (0, None), (None, None), (60, 40)])
def test_an_open_window_or_one_that_ends_before_it_starts_is_covered_by_no_one(
    start: int | None, end: int | None
) -> None:
    assert covering((_piece(1, 0, 100),), start, end) == {}


def test_a_piece_that_ends_before_a_moment_does_not_cover_it() -> None:
    assert covering((_piece(1, 0, 50),), 100, 100) == {}
    assert covering((_piece(1, 0, 100),), 100, 100) == {("subject_mta", "mta_event"): (1,)}


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_a_window_is_covered_exactly_where_some_piece_holds_each_part_of_it(
    spans: list[tuple[int, int]], start: int, end: int
) -> None:
    pieces = tuple(_piece(no, min(span), max(span)) for no, span in enumerate(spans, 1))
    halves = [start + n / 2 for n in range(2 * (end - start) + 1)]  # the gap between 3 and 4 shows at 3.5
    held = all(any(min(span) <= at <= max(span) for span in spans) for at in halves)
    assert bool(covering(pieces, start, end)) == (start <= end and held)


def test_one_packet_in_a_hundred_shows_a_session_of_twenty_packets_one_time_in_five() -> None:
    assert detection(100) == pytest.approx(1 - 0.99**20)
    assert round(detection(100), 3) == 0.182


@pytest.mark.parametrize(("sampling", "sound"), [(1, True), (4, True), (5, False), (100, False)])
def test_only_a_dense_sample_counts_as_having_looked(sampling: int, sound: bool) -> None:
    assert (detection(sampling) >= SURE) is sound


def test_the_collectors_word_stands_above_first_and_last_record() -> None:
    assert piece_of(_evidence(), vantage="v", covers=(0, 100), undated=False, fills=())[5:7] == (0, 100)
    assert piece_of(_evidence(), vantage="v", covers=None, undated=False, fills=())[5:7] == (5, 9)


@pytest.mark.parametrize(
    ("more", "undated"),
    [({"state": "partial"}, False), ({"lost_records": 1}, False), ({"leaves_out": True}, False), ({}, True)],
)
def test_a_piece_with_unread_lost_or_undated_records_is_not_whole(more: dict[str, object], undated: bool) -> None:
    assert piece_of(_evidence(**more), vantage="v", covers=None, undated=undated, fills=()).whole is False


def test_the_hull_spans_every_dated_piece() -> None:
    assert hull((_piece(1, 5, 7), _piece(2, None, None), _piece(3, 1, 2))) == (1, 7)
    assert hull(()) == (None, None)
