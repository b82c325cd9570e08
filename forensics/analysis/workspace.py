"""What rules ask: the tables restricted to the window, the subject as tables, the views of `rules/views.sql`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import duckdb

from forensics.analysis import operators
from forensics.analysis.coverage import Covering, Piece
from forensics.model.subject import Subject
from forensics.schema import TABLES, columns

MAIL_PORTS = (25, 465, 587, 2525)
HELD_ROWS = 200_000
"""A table of at most this many rows is held in memory while the rules run; a larger one is read where it lies."""
HELD_VIEW_ROWS = 2_000_000
"""A view over a large table is held in memory, once for all rules, where it has at most this many rows."""

SECOND_NS = 1_000_000_000

_WHEN = {
    "smtp_envelope": ("coalesce(ts, decided_ts)", "coalesce(decided_ts, ts)"),
    "message": ("coalesce(delivered_ts, ts)", "coalesce(delivered_ts, ts)"),
    # a report does not say when within its time: it belongs to a window that holds all of it
    "aggregate_report": ("last_ts", "ts"),
}
"""First and last time of a row, where they are not `ts` and `last_ts`."""

_TIMELESS = {"dns_record", "policy_file", "smtp_probe", "registration", "ledger", "unread"}
"""Tables that the window does not restrict: records are no events, the ledger is about bytes."""


class Span(NamedTuple):
    """The window in nanoseconds UTC; None is open."""

    start: int | None
    end: int | None


def span_of(start_ns: int | None, end_ns: int | None) -> Span:
    """A span that takes in the whole seconds at its ends: many logs know no fraction."""
    first = None if start_ns is None else start_ns // SECOND_NS * SECOND_NS
    last = None if end_ns is None else -(-end_ns // SECOND_NS) * SECOND_NS + SECOND_NS - 1
    return Span(first, last)


def build(
    connection: duckdb.DuckDBPyConnection,
    *,
    subject: Subject,
    span: Span,
    pieces: tuple[Piece, ...],
    covering: Covering,
    views: str,
    asked_from: int | None = None,
    addresses_declared: bool | None = None,
) -> None:
    """Create every table and view that rules may ask, in the schema `main`; the case's own tables are in `whole`.

    `asked_from` is where the window begins, or the evidence where the window is open. `addresses_declared` is False
    where the subject's addresses are only those that the evidence gives.
    """
    large = {name for name in TABLES if _rows(connection, f"whole.{name}") > HELD_ROWS}
    for name in TABLES:
        kind = "VIEW" if name in large else "TABLE"
        connection.execute(f"CREATE {kind} {name} AS SELECT * FROM whole.{name}{_where(name, span)}")
    connection.execute(_QUESTION)
    connection.executemany("INSERT INTO mail_port VALUES (?)", [(port,) for port in MAIL_PORTS])
    connection.execute(f"CREATE MACRO on_mail_port(port) AS port IN {MAIL_PORTS}")
    declared = bool(subject.addresses) if addresses_declared is None else addresses_declared
    _ask(connection, subject, pieces, covering, asked_from, declared)
    _ask_operators(connection, subject, span)
    if views:
        connection.execute(views)
        if "dns_query" in large:
            _hold(connection, "dns_about")
            if _few_clients(connection) and _hold(connection, "dns_asker"):
                connection.execute("DROP VIEW dns_asked; ALTER VIEW dns_asked_numbered RENAME TO dns_asked")


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row is not None else 0


def _few_clients(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the clients can be numbered; those of a flood with forged sources are counted, not sorted."""
    row = connection.execute("SELECT approx_count_distinct(q.client_ip) FROM dns_about q").fetchone()
    return row is not None and int(row[0]) <= HELD_VIEW_ROWS


def _hold(connection: duckdb.DuckDBPyConnection, view: str) -> bool:
    """Put a table in the place of a view that several rules read, where its rows are few enough to be held."""
    connection.execute(f"CREATE TABLE held AS SELECT * FROM {view} LIMIT {HELD_VIEW_ROWS + 1}")
    if _rows(connection, "held") > HELD_VIEW_ROWS:
        connection.execute("DROP TABLE held")
        return False
    connection.execute(f"DROP VIEW {view}")
    connection.execute(f"ALTER TABLE held RENAME TO {view}")
    return True


def rebuild(
    connection: duckdb.DuckDBPyConnection,
    *,
    subject: Subject,
    span: Span,
    pieces: tuple[Piece, ...],
    covering: Covering,
    names: Iterable[str],
) -> None:
    """Ask another question of a workspace that was built over empty tables; `names` are those that have rows now."""
    for name in names:
        connection.execute(f"INSERT INTO {name} SELECT * FROM whole.{name}{_where(name, span)}")
    for name in _ASKED:
        connection.execute(f"DELETE FROM {name}")
    _ask(connection, subject, pieces, covering, None, bool(subject.addresses))
    _ask_operators(connection, subject, span)


def _where(name: str, span: Span) -> str:
    if name in _TIMELESS or span == Span(None, None):
        return ""
    has_last = any(column.name == "last_ts" for column in columns(TABLES[name]))
    first, last = _WHEN.get(name, ("ts", "coalesce(last_ts, ts)" if has_last else "ts"))
    terms = []
    if span.start is not None:
        terms.append(f"{last} >= {span.start}")
    if span.end is not None:
        terms.append(f"{first} <= {span.end}")
    return f" WHERE {' AND '.join(terms)}"


_ASKED = (
    "evidence", "covering", "asked", "subject_address", "subject_name", "subject_reverse", "subject_qname",
    "subject_suffixed", "window_start", "operator_record",
)  # fmt: skip
_QUESTION = """
CREATE TABLE mail_port(port BIGINT);
CREATE TABLE evidence(evidence BIGINT, path VARCHAR, format VARCHAR, vantage VARCHAR, state VARCHAR);
CREATE TABLE covering(vantage VARCHAR, fills VARCHAR, evidence BIGINT);
CREATE TABLE asked(addresses_declared BOOLEAN);
CREATE TABLE subject_address(ip VARCHAR);
CREATE TABLE subject_name(name VARCHAR);
CREATE TABLE subject_reverse(name VARCHAR);
CREATE TABLE subject_qname(name VARCHAR);
CREATE TABLE subject_suffixed(name VARCHAR);
CREATE TABLE window_start(ts BIGINT);
CREATE TABLE claim(since_ts BIGINT, "by" VARCHAR);
CREATE TABLE claim_address(ip VARCHAR);
CREATE TABLE operator_record(kind VARCHAR, owner VARCHAR, value VARCHAR, domain VARCHAR, other BOOLEAN,
  in_window BOOLEAN, ts BIGINT, last_ts BIGINT, evidence BIGINT, record_no BIGINT, "offset" BIGINT, length BIGINT);
"""


def _ask(
    connection: duckdb.DuckDBPyConnection,
    subject: Subject,
    pieces: tuple[Piece, ...],
    covering: Covering,
    asked_from: int | None,
    declared: bool,
) -> None:
    _insert(connection, "evidence", [(p.no, p.path, p.format, p.vantage, p.state) for p in pieces])
    _insert(connection, "covering", [(*seen, no) for seen, numbers in covering.items() for no in numbers])
    connection.execute("INSERT INTO window_start VALUES (?)", [asked_from])
    _define(connection, subject, declared)
    connection.execute("INSERT INTO asked VALUES (?)", [declared])
    _insert(connection, "subject_address", [(address,) for address in subject.addresses])
    names = [name for name in (subject.domain, *subject.names) if name]
    _insert(connection, "subject_name", [(name,) for name in names])
    reverse = [(ipaddress.ip_address(address).reverse_pointer,) for address in subject.addresses]
    _insert(connection, "subject_reverse", reverse)
    if subject.given:
        own = [*names, *(name for (name,) in reverse)]
        _collect(connection, names, own)


def _define(connection: duckdb.DuckDBPyConnection, subject: Subject, declared: bool) -> None:
    """What is known of the question as constants: the engine folds them, and tests rows where it reads them."""
    addresses = ", ".join("'" + address.replace("'", "''") + "'" for address in subject.addresses)
    own = f"coalesce(ip IN ({addresses}), FALSE)" if addresses else "FALSE"
    on_link = "piece IN (SELECT v.evidence FROM evidence v WHERE v.vantage = place)"
    for macro, meaning in (
        ("everything()", str(not subject.given)),
        ("own_address(ip)", own),
        ("undeclared_at(piece, place)", "FALSE" if declared else on_link),
    ):
        connection.execute(f"CREATE OR REPLACE MACRO {macro} AS {meaning}")


def _ask_operators(connection: duckdb.DuckDBPyConnection, subject: Subject, span: Span) -> None:
    """What the records say of who runs the subject; a record without a date is in no bounded window."""
    found = operators.records(connection, subject) if subject.domain else ()
    _insert(
        connection, "operator_record", [(*one[:5], one.seen_within(span.start, span.end), *one[5:]) for one in found]
    )  # fmt: skip


def _collect(connection: duckdb.DuckDBPyConnection, names: list[str], own: list[str]) -> None:
    """Fill the tables of names asked for that are `own` or below one of `names`, and of those that begin with one.

    All names are read once, and tested as they are read: a flood has too many different ones to be held in memory.
    """
    tests = {
        "subject_qname": " OR ".join(["ends_with(q.qname, ?)"] * len(names) + ["q.qname = ?"] * len(own)) or "FALSE",
        "subject_suffixed": " OR ".join(["starts_with(q.qname, ?)"] * len(names)) or "FALSE",
    }
    given = {"subject_qname": [*(f".{name}" for name in names), *own], "subject_suffixed": [f"{n}." for n in names]}
    scans = " UNION ".join(
        f"SELECT DISTINCT q.qname FROM {asked} q WHERE {' OR '.join(tests.values())}"
        for asked in ("dns_query", "dns_response")
    )
    values = [value for part in given.values() for value in part]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE named AS {scans}", values * 2)
    for table, test in tests.items():
        connection.execute(f"INSERT INTO {table} SELECT q.qname FROM named q WHERE {test}", given[table])
    connection.execute("DROP TABLE named")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
