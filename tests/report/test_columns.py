"""Columns get the room they need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.report.blocks import Table
from forensics.report.columns import widths


@pytest.mark.parametrize(
    ("cells", "wide", "total", "expected"),
    [
        (("E1", "short", "x"), 1, 40, (3, 33, 4)),
        (("E1", "y" * 90, "rejected"), 1, 40, (3, 29, 8)),
        (("E1", "y" * 90, "z" * 90), 1, 62, (3, 40, 19)),
        (("y" * 24, "z" * 24, "w" * 90), 2, 30, (7, 7, 16)),
    ],
)
def test_short_columns_stay_whole_and_long_ones_share(
    cells: tuple[str, ...], wide: int, total: int, expected: tuple[int, ...]
) -> None:
    assert widths(Table(("Id", "Two", "Two"), (cells,), wide=wide), total) == expected


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=8).flatmap(
        lambda lengths: st.tuples(st.just(lengths), st.integers(0, len(lengths) - 1), st.integers(20, 200))
    )
)
def test_columns_fill_the_line_and_none_is_empty(drawn: tuple[list[int], int, int]) -> None:
    lengths, wide, total = drawn
    table = Table(("A",) * len(lengths), (tuple("x" * length for length in lengths),), wide=wide)
    given_widths = widths(table, total)
    assert sum(given_widths) == total
    assert min(given_widths) >= 1
