"""Reading a piece of evidence in a test, with its ledger checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from forensics.formats import by_name
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.schema import TABLES, Ledger, Row, columns, name_of


class Reading(NamedTuple):
    """What a reader made of a piece: its rows in the order of their records, its tally, the runs of its ledger."""

    rows: list[Row]
    tally: Tally
    ledger: list[Ledger]

    def of(self, table: str) -> list[Any]:
        return [row for row in self.rows if type(row) is TABLES[table]]


@pytest.fixture
def reading(tmp_path: Path) -> Callable[..., Reading]:
    """`reading("bind_query_log", content, time_zone=UTC)`; rows + ignored + unread = records, the ledger covers all."""

    def read(name: str, content: bytes, *, file: str = "piece.log", **facts: Any) -> Reading:
        return _read(tmp_path / file, name, content, Facts(**facts))

    return read


def _read(path: Path, name: str, content: bytes, facts: Facts) -> Reading:
    path.write_bytes(content)
    source, tally = Source(path), Tally()
    rows = [row for item in by_name(name).read(source, facts, tally) for row in _rows(item)]
    source.close()
    tally.close(source.content_bytes)
    told, _ = tally.drain()
    runs = [row for run in told for row in _rows(run)]
    _check_ledger(runs, source.content_bytes)
    _check_citations(rows, tally, runs, source.content_bytes)
    return Reading(sorted(rows, key=lambda row: row.record_no or 0), tally, runs)


def _check_ledger(runs: list[Ledger], size: int) -> None:
    at = 0
    for run in runs:
        assert run.offset == at
        at += run.length or 0
    assert at == size


def _check_citations(rows: list[Row], tally: Tally, runs: list[Ledger], size: int) -> None:
    assert tally.records == sum(run.records or 0 for run in runs)
    of_fate = dict.fromkeys(("record", "ignored", "undecodable", "refused"), 0)
    for run in runs:
        of_fate[str(run.fate)] = of_fate.get(str(run.fate), 0) + (run.records or 0)
    records = {row.record_no for row in rows}
    assert None not in records
    assert len(records) <= of_fate["record"]
    assert of_fate["ignored"] == sum(tally.ignored_records.values())
    for row in rows:
        assert row.offset is not None
        assert row.length is not None
        assert 0 <= row.offset <= row.offset + row.length <= size


def _rows(item: Row | ColumnBatch) -> Iterator[Row]:
    if isinstance(item, Row):
        yield item
        return
    table = item.table
    values = {name: _values(column) for name, column in item.columns.items()}
    assert set(values) <= {column.name for column in columns(table)}, name_of(table)
    for index in range(item.rows):
        yield table(**{name: column[index] for name, column in values.items()})


def _values(column: Any) -> list[Any]:
    return column.to_pylist() if hasattr(column, "to_pylist") else column.tolist()
