"""How wide each column of a table is, in characters, so that every medium breaks the same cells."""

from __future__ import annotations

from forensics.report.blocks import Table

SAMPLE_ROWS = 500
"""Rows that are measured; later ones look alike."""


def widths(table: Table, total: int) -> tuple[int, ...]:
    """Characters per column, together `total`; a short column gets what it needs, long ones share what is left.

    The share of the column named `wide` counts twice.

    >>> widths(Table(("Id", "Text"), (("E1", "x" * 90),), wide=1), 40)
    (2, 38)
    """
    needed = [_needed(table, place) for place in range(len(table.columns))]
    shares = [2 if place == table.wide else 1 for place in range(len(needed))]
    given = [0] * len(needed)
    left, waiting = total, sum(shares)
    for place in sorted(range(len(needed)), key=lambda place: needed[place] / shares[place]):
        given[place] = max(1, min(needed[place], left * shares[place] // waiting))
        left -= given[place]
        waiting -= shares[place]
    given[table.wide] += max(0, left)
    return tuple(given)


def _needed(table: Table, place: int) -> int:
    """The longest cell; a heading may break between its words."""
    cells = [row[place] for row in table.rows[:SAMPLE_ROWS]]
    return max(*map(len, table.columns[place].split()), *map(len, cells), 1, 1)
