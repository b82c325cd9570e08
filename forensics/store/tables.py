"""The tables of a case, lazily: DuckDB over the Parquet segments, locked to the case folder and without network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from forensics.schema import TABLES, sql_columns

MEMORY_LIMIT = "1GB"
ONE_THREAD_ROWS = 500_000
"""Below this many rows, threads that wait for each other cost a fifth more time than they save."""


def connect(folder: Path | None = None, *, rows: int = 0) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that can read nothing but `folder` (nothing at all where None) and cannot be reconfigured.

    `rows` is about how many rows it will be asked about.
    """
    connection = duckdb.connect(":memory:", config={"threads": 1} if rows < ONE_THREAD_ROWS else {})
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET TimeZone = 'UTC'")
    if folder is not None:
        inside = str(folder.resolve()).replace("'", "''")
        connection.execute(f"SET temp_directory = '{inside}/spill'")
        connection.execute(f"SET allowed_directories = ['{inside}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def create_views(
    connection: duckdb.DuckDBPyConnection, schema: str, files: dict[str, list[Path]], replaced: Iterable[int] = ()
) -> None:
    """In `schema`, one view per table over its segment files; a table without files is an empty table.

    Rows of `replaced` pieces are left out; their files may lack columns that came later.
    """
    gone = ", ".join(str(int(number)) for number in replaced)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name in TABLES:
        paths = files.get(name, [])
        if not paths:
            connection.execute(f"CREATE TABLE {schema}.{name} ({sql_columns(name)})")
            continue
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        rows = f"SELECT * FROM read_parquet([{listed}])"
        if gone:
            held = f"SELECT * FROM read_parquet([{listed}], union_by_name = true) WHERE evidence NOT IN ({gone})"
            rows = f"SELECT {_nothing(name)} WHERE FALSE UNION ALL BY NAME {held}"
        connection.execute(f"CREATE VIEW {schema}.{name} AS {rows}")


def _nothing(name: str) -> str:
    """Every column of a table, without a value."""
    defined = (column.rsplit(" ", 1) for column in sql_columns(name).split(", "))
    return ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in defined)


class Tables:
    """The tables as attributes: `case.tables.dns_query` is a lazy DuckDB relation."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> duckdb.DuckDBPyRelation:
        if name not in TABLES:
            raise AttributeError(f"There is no table {name!r}. Tables: {', '.join(TABLES)}.")
        return self._connection.table(name) if self._is_table(name) else self._connection.view(name)

    def __dir__(self) -> list[str]:
        return [*TABLES]

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """Any SQL over the tables."""
        return self._connection.sql(query)

    def _is_table(self, name: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]).fetchone()
        return found is not None
