"""A view in slices: what one query need not have in memory at once, it is asked for one slice after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import duckdb

from forensics.analysis.rulebook import Rule, Sliced

SLICE_ROWS = 12_000_000
"""About how many rows a slice has: to sort them takes less than the memory that the engine is given."""

PROBE_ROWS = 500_000
"""About how many rows are asked about first, where what they show can settle what all would show."""

SECOND_NS = 1_000_000_000
_SLOT_NS = 60 * SECOND_NS
"""Slices of time begin at a multiple of this; what is denser is one slice, and the engine spills it to disk."""


class Slice(NamedTuple):
    """Conditions on the rows that the query reads, and on those of its hits that count."""

    rows: str
    hits: str


def of(connection: duckdb.DuckDBPyConnection, rule: Rule) -> tuple[Slice, ...]:
    """The slices in which to ask a rule, so that every hit counts in one of them; none where there are few rows."""
    sliced = rule.sliced
    if sliced is None or sliced.absent or _count(connection, f"whole.{rule.reads[0]}") <= SLICE_ROWS:
        return ()
    if sliced.reach_s is not None:
        return _in_time(connection, rule.reads[0], sliced.reach_s * SECOND_NS) if sliced.reach_s else ()
    number = -(-_count(connection, sliced.view) // SLICE_ROWS)
    return tuple(Slice(_part(sliced, part, number), "TRUE") for part in range(number)) if number > 1 else ()


def probe(connection: duckdb.DuckDBPyConnection, rule: Rule) -> str | None:
    """A condition on the few rows that a rule is asked about first, to whose findings no further row adds any."""
    if rule.sliced is None or not rule.sliced.absent:
        return None
    number = _count(connection, f"whole.{rule.reads[0]}") // PROBE_ROWS
    return _part(rule.sliced, 0, number) if number > 1 else None


def earliest(connection: duckdb.DuckDBPyConnection, rule: Rule) -> Slice | None:
    """The slice whose hits are earlier than all others, where there are many more rows than it has."""
    if rule.sliced is None or rule.sliced.reach_s is None:
        return None
    table = rule.reads[0]
    if _count(connection, f"whole.{table}") <= 4 * PROBE_ROWS or _is_held(connection, rule.sliced.view):
        return None
    found = connection.execute(_EARLY.format(slots=_slots(connection, table), rows=PROBE_ROWS)).fetchone()
    if found is None or found[0] is None:
        return None
    return Slice(*(f"ts < {int(found[0]) * _SLOT_NS + more}" for more in (rule.sliced.reach_s * SECOND_NS, 0)))


def _part(sliced: Sliced, part: int, number: int) -> str:
    return f"coalesce(hash({sliced.by}), 0) % {number} = {part}"


@contextmanager
def narrowed(connection: duckdb.DuckDBPyConnection, view: str, condition: str) -> Iterator[None]:
    """Within it, the view has only the rows that meet the condition."""
    connection.execute(f"ALTER VIEW {view} RENAME TO {view}_whole")
    connection.execute(f"CREATE VIEW {view} AS SELECT * FROM {view}_whole w WHERE {condition}")
    try:
        yield
    finally:
        connection.execute(f"DROP VIEW {view}")
        connection.execute(f"ALTER VIEW {view}_whole RENAME TO {view}")


def _in_time(connection: duckdb.DuckDBPyConnection, table: str, reach_ns: int) -> tuple[Slice, ...]:
    """Slices one after the other, each with what a hit in it can reach behind its end; undated rows are one more."""
    found = connection.execute(_BOUNDS.format(slots=_slots(connection, table), rows=SLICE_ROWS)).fetchall()
    dated = [int(begin) * _SLOT_NS for (begin,) in found if begin is not None]
    slices = [Slice("ts IS NULL", "ts IS NULL")] if len(dated) < len(found) else []
    for begin, end in zip([None, *dated[1:]], [*dated[1:], None], strict=True):
        after = "ts IS NOT NULL" if begin is None else f"ts >= {begin}"
        slices.append(Slice(*(after if end is None else f"{after} AND ts < {end + more}" for more in (reach_ns, 0))))
    return tuple(slices) if len(slices) > 1 else ()


def _is_held(connection: duckdb.DuckDBPyConnection, view: str) -> bool:
    """Whether a table with the view's rows is in its place, because they are few."""
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [view]).fetchone()
    return found is not None


def _slots(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The table of how many rows there are in each minute, which is counted once."""
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table}_slot AS {_SLOTS.format(table=table, slot=_SLOT_NS)}")
    return f"{table}_slot"


_SLOTS = """
SELECT s.slot, s.n, sum(s.n) OVER (ORDER BY s.slot) - s.n AS before
FROM (SELECT t.ts // {slot} AS slot, count(*) AS n FROM {table} t GROUP BY 1) s
"""
_BOUNDS = "SELECT min(m.slot) FROM {slots} m GROUP BY m.slot IS NULL, m.before // {rows} ORDER BY 1"
_EARLY = "SELECT min(m.slot) FROM {slots} m WHERE m.slot IS NOT NULL AND m.before >= {rows}"


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row is not None else 0
