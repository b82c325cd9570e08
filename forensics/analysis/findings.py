"""Rules become findings: each query is run once, its hits counted, cited and put into words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import duckdb

from forensics.analysis import likelihood, slices
from forensics.analysis.coverage import Covering, Piece
from forensics.analysis.rulebook import Rule, Rulebook
from forensics.analysis.times import rfc3339
from forensics.errors import RuleError
from forensics.model.case_file import CitationPart, Finding, State

CITATIONS = 20
"""How many hits, the earliest first, a finding cites."""

DETAILS = 5
"""How many values of `detail`, the most frequent first, a finding shows."""

_LAST = 9223372036854775807


@dataclass(frozen=True, slots=True)
class Hits:
    """What a query gave: how many rows, first and last time, the commonest details, the earliest citations."""

    count: int
    first_ts: int | None
    last_ts: int | None
    details: tuple[str, ...]
    citations: tuple[CitationPart, ...]


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    book: Rulebook,
    pieces: tuple[Piece, ...],
    covering: Covering,
) -> tuple[Finding, ...]:
    """Run every rule; findings come in the order of the rules' ids.

    Raises:
        RuleError: a query that does not fit the tables.
    """
    return tuple(
        _finding(number, rule, book, _Case(connection, pieces, covering)) for number, rule in enumerate(book.rules, 1)
    )


class _Case(NamedTuple):
    connection: duckdb.DuckDBPyConnection
    pieces: tuple[Piece, ...]
    covering: Covering


def run(connection: duckdb.DuckDBPyConnection, query: str) -> Hits:
    """Run a rule's query and sum it up in one pass.

    Raises:
        duckdb.Error: the query does not fit the tables.
    """
    return _summed(connection, query, cited=_CITED)


def ask(connection: duckdb.DuckDBPyConnection, rule: Rule) -> Hits:
    """What a rule's query gives; of very many rows a part is asked first, or one after the other, which gives the same.

    Raises:
        duckdb.Error: the query does not fit the tables.
    """
    few = slices.probe(connection, rule)
    if rule.sliced is not None and few is not None:
        with slices.narrowed(connection, rule.sliced.view, few):
            found = run(connection, rule.query)
        return run(connection, rule.query) if found.count else found
    first = _first_citations(connection, rule)
    if first:
        return replace(_all(connection, rule, cited=_NOT_CITED), citations=first)
    return _all(connection, rule, cited=_CITED)


def _first_citations(connection: duckdb.DuckDBPyConnection, rule: Rule) -> tuple[CitationPart, ...]:
    """The citations, where a few rows have as many hits as are cited: to hold all hits against each other is costly."""
    early = slices.earliest(connection, rule)
    if rule.sliced is None or early is None:
        return ()
    with slices.narrowed(connection, rule.sliced.view, early.rows):
        found = _summed(connection, rule.query, cited=_CITED, hits=early.hits)
    return found.citations if found.count >= CITATIONS else ()


def _all(connection: duckdb.DuckDBPyConnection, rule: Rule, *, cited: str) -> Hits:
    cuts = slices.of(connection, rule)
    if rule.sliced is None or not cuts:
        return _summed(connection, rule.query, cited=cited)
    for number, cut in enumerate(cuts):
        into = "INSERT INTO sliced_hit" if number else "CREATE OR REPLACE TEMP TABLE sliced_hit AS"
        with slices.narrowed(connection, rule.sliced.view, cut.rows):
            connection.execute(f"{into} {_parted(connection, rule.query, cited, cut.hits)}")
    found = _hits(connection, _JOINED)
    connection.execute("DROP TABLE sliced_hit")
    return found


def _summed(connection: duckdb.DuckDBPyConnection, query: str, *, cited: str, hits: str = "TRUE") -> Hits:
    return _hits(connection, f"WITH parted AS MATERIALIZED ({_parted(connection, query, cited, hits)})")


def _parted(connection: duckdb.DuckDBPyConnection, query: str, cited: str, hits: str) -> str:
    given = _given(connection, query)
    return _PARTED.format(query=query, hits=hits, cited=cited.format(**given), **given)


def _given(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    names = {row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()}
    return {name: f'"{name}"' if name in names else "NULL" for name in (*_CITATION, "ts", "detail")}


def _hits(connection: duckdb.DuckDBPyConnection, parted: str) -> Hits:
    found = connection.execute(parted + _SUMMARY.format(citations=CITATIONS, details=DETAILS)).fetchone()
    if found is None or not found[0]:
        return Hits(0, None, None, (), ())
    return Hits(int(found[0]), found[1], found[2], tuple(found[3] or ()), _citations(found[4]))


_CITATION = ("evidence", "record_no", "offset", "length")
_PARTED = """
  SELECT CAST({detail} AS VARCHAR) AS part, count(*) AS n, min({ts}) AS first_ts, max({ts}) AS last_ts, {cited} AS cited
  FROM ({query}) hit WHERE {hits} GROUP BY 1
"""
_CITED = (
    f"min(struct_pack(ts := coalesce({{ts}}, {_LAST}), e := {{evidence}}, r := {{record_no}}, o := {{offset}}, "
    f"l := {{length}}), {CITATIONS})"
)
_NOT_CITED = "CAST(NULL AS STRUCT(ts BIGINT, e BIGINT, r BIGINT, o BIGINT, l BIGINT)[])"
_JOINED = """
WITH parted AS MATERIALIZED (
  SELECT h.part, sum(h.n) AS n, min(h.first_ts) AS first_ts, max(h.last_ts) AS last_ts, flatten(list(h.cited)) AS cited
  FROM sliced_hit h GROUP BY 1)
"""
_SUMMARY = """
SELECT (SELECT sum(p.n) FROM parted p), (SELECT min(p.first_ts) FROM parted p), (SELECT max(p.last_ts) FROM parted p),
  (SELECT list(p.part ORDER BY p.n DESC, p.part)[1:{details}] FROM parted p WHERE p.part IS NOT NULL),
  (SELECT min(u.s, {citations}) FROM (SELECT unnest(p.cited) AS s FROM parted p) u)
"""


def _citations(found: list[dict[str, Any]] | None) -> tuple[CitationPart, ...]:
    return tuple(
        CitationPart(evidence=f"E{hit['e']}", record_no=hit["r"], offset=hit["o"], length=hit["l"])
        for hit in found or ()
        if hit["e"] is not None
    )


def _finding(number: int, rule: Rule, book: Rulebook, case: _Case) -> Finding:
    try:
        hits = ask(case.connection, rule)
        state = _state(rule, hits, case)
    except duckdb.Error as error:
        raise RuleError(f"{rule.id}: the query failed: {error}") from error
    weight = None
    if rule.likelihood is not None and state in ("met", "not_met"):
        weight = likelihood.ratio(rule.likelihood, book.hypotheses, met=state == "met")
    return Finding(
        id=f"F{number}", rule=rule.id, title=rule.title, state=state, count=hits.count,
        first_ts=rfc3339(hits.first_ts), last_ts=rfc3339(hits.last_ts), text=_text(rule, state, hits),
        answers=dict(rule.answers) if state == "met" else {}, why=rule.why, alternatives=tuple(rule.alternatives),
        details=hits.details, likelihood_ratio=weight, citations=hits.citations,
    )  # fmt: skip


def _state(rule: Rule, hits: Hits, case: _Case) -> State:
    """METHOD section 3: a finding weighs only where a source looked and could have seen."""
    if hits.count:
        return "met"
    able = [piece for piece in case.pieces if set(piece.fills) & set(rule.reads)]
    named = [piece for piece in case.pieces if not piece.fills and piece.vantage in rule.observed_by]
    if not able:
        return "rejected_source" if named else "not_collected"
    if all(piece.state == "rejected" for piece in able):
        return "rejected_source"
    readable = {piece.no for piece in able}
    looked = any(
        readable & set(case.covering.get((vantage, table), ())) for vantage in rule.observed_by for table in rule.reads
    )
    if not looked or (rule.blind_when and run(case.connection, rule.blind_when).count):
        return "not_observable"
    return "not_met"


def _text(rule: Rule, state: State, hits: Hits) -> str:
    if state == "not_collected":
        return "No evidence of a kind that could show this is in the case."
    if state == "rejected_source":
        return "The evidence that could show this could not be read."
    template = {"met": rule.text.met, "not_met": rule.text.not_met}.get(state, rule.text.not_observable)
    return template.format(
        count=f"{hits.count:,}", first=rfc3339(hits.first_ts) or "an unknown time",
        last=rfc3339(hits.last_ts) or "an unknown time", details="; ".join(hits.details) or "-",
    ).strip()  # fmt: skip
