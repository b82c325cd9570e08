"""Tables of a case in memory, with the rows that a test writes down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from forensics.store import tables

Rows = Mapping[str, list[dict[str, Any]]]


def filled(rows: Rows) -> duckdb.DuckDBPyConnection:
    """The schema `whole`; a row's evidence is 1 where it names none, and its number its place in the list."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    tables.create_views(connection, "whole", {}, ())
    for name, given in rows.items():
        for number, row in enumerate(given, 1):
            full = {"evidence": 1, "record_no": number, "offset": 0, "length": 1, **row}
            names = ", ".join(f'"{key}"' for key in full)
            marks = ", ".join("?" * len(full))
            connection.execute(f"INSERT INTO whole.{name} ({names}) VALUES ({marks})", list(full.values()))
    return connection
