"""How wide each column of a table is, in characters, so that every medium breaks the same cells."""

from __future__ import annotations

from forensics.report.blocks import Table

SHORT = 24
"""A column of so few characters is not broken while there is room."""
SAMPLE_ROWS = 500
"""Rows that are measured; later ones look alike."""


def widths(table: Table, total: int) -> tuple[int, ...]:
    """Characters per column, together `total`; a short column gets what it needs, long ones share what is left.

    The share of the column named `wide` counts twice. Where even short columns leave it less than a quarter, all share.

    >>> widths(Table(("Id", "Text"), (("E1", "x" * 90),), wide=1), 40)
    (3, 37)
    """
    needed = [_needed(table, place) for place in range(len(table.columns))]
    asked = sum(need if need <= SHORT else 2 for place, need in enumerate(needed) if place != table.wide)
    least = SHORT if asked <= total * 3 // 4 else 1
    given = [0] * len(needed)
    left, waiting = total, len(needed) + 1
    others = (place for place in range(len(needed)) if place != table.wide)
    for place in sorted(others, key=needed.__getitem__):
        fair = left // waiting
        given[place] = max(1, min(needed[place], fair if needed[place] > SHORT else max(fair, least)))
        left -= given[place]
        waiting -= 1
    given[table.wide] = max(1, left)
    return tuple(given)


def _needed(table: Table, place: int) -> int:
    """The longest cell; a heading may break between its words, which are bold and so a letter wider."""
    cells = [row[place] for row in table.rows[:SAMPLE_ROWS]]
    return max(*(len(word) + 1 for word in table.columns[place].split()), *map(len, cells), 1, 1)
