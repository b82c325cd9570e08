"""Checks of the rules themselves: against the tables without evidence, and on their own small cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec

from forensics.analysis import findings, slices, workspace
from forensics.analysis.coverage import Piece, covering, detection, hull
from forensics.analysis.rulebook import ClaimRule, Rule, Rulebook, Sliced
from forensics.errors import RuleError
from forensics.model.case_file import State
from forensics.model.subject import Subject
from forensics.protocols import strict_yaml
from forensics.schema import TABLES, columns, sql_columns

NEEDED: tuple[State, ...] = ("met", "not_met", "not_observable")
"""Every rule shows each of these states in a case of its own."""


class _CasePiece(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    vantage: str
    fills: list[str]
    format: str = "postfix_log"
    covers: tuple[int, int] | None = None
    whole: bool = True
    state: str = "read"
    sampling: int = 1


class _RuleCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    expect: State
    count: int | None = None
    domain: str | None = None
    names: list[str] = []
    addresses: list[str] = []
    window: tuple[int, int] | None = None
    pieces: list[_CasePiece] = []
    rows: dict[str, list[dict[str, Any]]] = {}


class _Cases(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    cases: list[_RuleCase]


class Report(NamedTuple):
    """How many cases ran, and each failure as one sentence."""

    ran: int
    failures: tuple[str, ...]


def lint(book: Rulebook) -> None:
    """Check that every query is one SELECT that fits the tables and views.

    Raises:
        RuleError: with file, line and column, and the nearest name that there is.
    """
    connection = _workspace(book)
    items: list[Rule | ClaimRule] = [*book.rules, *book.claims.values()]
    for item in items:
        for key, query in _queries(item):
            _lint(connection, book.documents[item.id], key, query)
        if isinstance(item, Rule) and item.sliced is not None:
            _lint_sliced(connection, book.documents[item.id], item.sliced)


def run_cases(book: Rulebook, folder: Path) -> Report:
    """Run the cases of every rule, from `folder/<id>.yml`; a rule without a case of each needed state fails."""
    ran, failures = 0, []
    connection = _workspace(book)
    for rule in book.rules:
        path = folder / f"{rule.id}.yml"
        if not path.is_file():
            failures.append(f"{rule.id}: has no cases: {path} is missing.")
            continue
        cases = strict_yaml.convert(strict_yaml.parse(path.read_text("utf-8"), str(path)), _Cases).cases
        failures += [
            f"{rule.id}: no case expects {state}." for state in NEEDED if state not in {c.expect for c in cases}
        ]
        for case in cases:
            ran += 1
            failures += _failures(connection, book, rule, case)
    return Report(ran, tuple(failures))


def _failures(connection: duckdb.DuckDBPyConnection, book: Rulebook, rule: Rule, case: _RuleCase) -> list[str]:
    pieces = tuple(_piece(number, piece) for number, piece in enumerate(case.pieces, 1))
    start, end = case.window or hull(pieces)
    sound = covering(pieces, start, end)
    subject = Subject(domain=case.domain, names=tuple(case.names), addresses=tuple(case.addresses))
    span = workspace.Span(*case.window) if case.window else workspace.Span(None, None)
    connection.begin()
    try:
        _fill(connection, case.rows)
        workspace.rebuild(connection, subject=subject, span=span, pieces=pieces, covering=sound, names=case.rows)
        found = findings.evaluate(connection, msgspec.structs.replace(book, rules=(rule,)), pieces, sound)[0]
    finally:
        connection.rollback()
    failures = []
    if found.state != case.expect:
        failures.append(f"{rule.id}: {case.name}: expected {case.expect}, got {found.state} ({found.text})")
    if case.count is not None and found.count != case.count:
        failures.append(f"{rule.id}: {case.name}: expected {case.count} hits, got {found.count}")
    return failures


def _piece(number: int, piece: _CasePiece) -> Piece:
    start, end = piece.covers or (None, None)
    return Piece(
        no=number, path=f"piece-{number}", format=piece.format, vantage=piece.vantage, state=piece.state,
        start=start, end=end, whole=piece.whole, detection=detection(piece.sampling),
        fills=tuple(piece.fills),
    )  # fmt: skip


def _workspace(book: Rulebook) -> duckdb.DuckDBPyConnection:
    """A workspace without rows, in memory, without access to anything else."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("SET enable_external_access = false")
    connection.execute("CREATE SCHEMA whole")
    for name in TABLES:
        connection.execute(f"CREATE TABLE whole.{name} ({sql_columns(name)})")
    workspace.build(
        connection, subject=Subject(), span=workspace.Span(None, None), pieces=(), covering={}, views=book.views
    )
    return connection


def _fill(connection: duckdb.DuckDBPyConnection, rows: dict[str, list[dict[str, Any]]]) -> None:
    for name, given in rows.items():
        if name not in TABLES:
            raise RuleError(f"a case has rows for {name!r}, which is no table")
        for number, row in enumerate(given, 1):
            _insert(connection, name, {"evidence": 1, "record_no": number, "offset": 0, "length": 1, **row})


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    known = [column.name for column in columns(TABLES[table])]
    unknown = next((key for key in row if key not in known), None)
    if unknown is not None:
        raise RuleError(f'table {table} has no column "{unknown}".{strict_yaml.did_you_mean(unknown, known)}')
    names = ", ".join(f'"{key}"' for key in row)
    connection.execute(f"INSERT INTO whole.{table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def _queries(item: Rule | ClaimRule) -> Iterator[tuple[str, str]]:
    keys = ("query", "blind_when") if isinstance(item, Rule) else ("supported", "contradicted")
    for key in keys:
        query = getattr(item, key)
        if query is not None:
            yield key, query


def _lint(connection: duckdb.DuckDBPyConnection, document: strict_yaml.Document, key: str, query: str) -> None:
    try:
        statements = duckdb.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise _located(document, key, query, "a rule is one SELECT", None)
        names = {row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()}
    except duckdb.Error as error:
        raise _located(document, key, query, *_explained(str(error))) from error
    if "evidence" not in names:
        raise _located(document, key, query, "the query gives no column evidence to cite", None)


def _lint_sliced(connection: duckdb.DuckDBPyConnection, document: strict_yaml.Document, sliced: Sliced) -> None:
    try:
        with slices.narrowed(connection, sliced.view, f"hash({sliced.by or 'ts'}) IS NULL"):
            connection.execute(f"DESCRIBE {sliced.view}")
    except duckdb.Error as error:
        raise RuleError(str(document.error(("sliced",), _explained(str(error))[0]))) from error


_MISSING = re.compile(r'Referenced column "(?P<name>[^"]+)"|does not have a column named "(?P<other>[^"]+)"')
_CANDIDATES = re.compile(r'Candidate bindings: *:?\s*"(?P<nearest>[^"]+)"|Did you mean "(?P<table>[^"]+)"')
_LINE = re.compile(r"\nLINE (?P<line>\d+): (?P<text>[^\n]*)\n(?P<caret> *)\^")


def _explained(message: str) -> tuple[str, str | None]:
    """What DuckDB says, in our words where it is about a name, and its caret lines."""
    missing, near = _MISSING.search(message), _CANDIDATES.search(message)
    what = message.split("\n")[0]
    if missing:
        what = f'there is no column "{missing["name"] or missing["other"]}"'
    if near:
        what += f'. Did you mean "{(near["nearest"] or near["table"]).split(".")[-1]}"?'
    return what, message


def _located(document: strict_yaml.Document, key: str, query: str, what: str, message: str | None) -> RuleError:
    """An error at the line and column of the query's text inside the YAML block."""
    place = document.places.get((key,), strict_yaml.Place(1, 1))
    line, column = place.line, place.column
    found = _LINE.search(message) if message else None
    if found:
        shown = found["text"].removeprefix("...")
        in_query = int(found["line"]) - 1
        text = query.split("\n")[in_query] if in_query < query.count("\n") + 1 else ""
        at = len(found["caret"]) - len(f"LINE {found['line']}: ")
        offset = max(text.find(shown.removesuffix("...")), 0) + at
        # DESCRIBE stands before the first line of what was executed
        offset -= len("DESCRIBE ") if in_query == 0 and "DESCRIBE" in shown else 0
        line, column = place.line + 1 + in_query, document.indent(key) + offset + 1
    return RuleError(f"{document.name}:{line}:{column}: {what}")
