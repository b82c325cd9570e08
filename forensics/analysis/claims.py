"""Claims that somebody made, held against the evidence (METHOD section 6)."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from forensics.analysis.findings import run
from forensics.analysis.rulebook import ClaimRule, Rulebook
from forensics.errors import RuleError, UsageError
from forensics.model.case_file import Answer, ClaimPart, ClaimVerdict
from forensics.model.subject import Claim


def judge(
    connection: duckdb.DuckDBPyConnection, book: Rulebook, claims: tuple[Claim, ...], answers: dict[str, Answer]
) -> tuple[ClaimPart, ...]:
    """One word for each claim.

    Raises:
        UsageError: a claim of an unknown kind.
    """
    return tuple(_judge(connection, book, claim, answers) for claim in claims)


def _judge(
    connection: duckdb.DuckDBPyConnection, book: Rulebook, claim: Claim, answers: dict[str, Answer]
) -> ClaimPart:
    rule = book.claims.get(claim.says)
    if rule is None:
        known = ", ".join(sorted(book.claims))
        raise UsageError(f"The claim {claim.id!r} says {claim.says!r}, which no rule reads. Known: {known}.")
    _tables(connection, claim)
    supported = _holds(connection, rule, rule.supported, rule.supported_answers, answers)
    contradicted = _holds(connection, rule, rule.contradicted, rule.contradicted_answers, answers)
    verdict = _word(supported is not None, contradicted is not None)
    because = contradicted if contradicted is not None else supported
    return ClaimPart(
        id=claim.id, text=_text(rule, claim), verdict=verdict, because=because or (),
        would_test=tuple(rule.would_test) if verdict in ("not_testable", "ambiguous") else (),
        readings=tuple(rule.readings),
    )  # fmt: skip


def _word(supported: bool, contradicted: bool) -> ClaimVerdict:
    if supported and contradicted:
        return "ambiguous"
    if contradicted:
        return "contradicted"
    return "supported" if supported else "not_testable"


def _tables(connection: duckdb.DuckDBPyConnection, claim: Claim) -> None:
    connection.execute("DELETE FROM claim")
    connection.execute("DELETE FROM claim_address")
    since = None if claim.since is None else int(claim.since.timestamp()) * 1_000_000_000
    connection.execute("INSERT INTO claim VALUES (?, ?)", [since, claim.by])
    for address in claim.addresses:
        connection.execute("INSERT INTO claim_address VALUES (?)", [address])


def _holds(
    connection: duckdb.DuckDBPyConnection,
    rule: ClaimRule,
    query: str | None,
    wanted: Mapping[str, str],
    answers: dict[str, Answer],
) -> tuple[str, ...] | None:
    """The citations and findings that make one side hold, or None where it does not."""
    if not query and not wanted:
        return None
    if any(answers[question].answer != word for question, word in wanted.items()):
        return None
    because = [identity for question in wanted for identity in answers[question].because]
    if query:
        try:
            hits = run(connection, query)
        except duckdb.Error as error:
            raise RuleError(f"{rule.id}: the query failed: {error}") from error
        if not hits.count:
            return None
        because.extend(map(str, hits.citations[:5]))
    return tuple(dict.fromkeys(because))


def _text(rule: ClaimRule, claim: Claim) -> str:
    return rule.says.format(
        addresses=", ".join(claim.addresses) or "any address",
        since=claim.since.isoformat().replace("+00:00", "Z") if claim.since else "a date not named",
        by=claim.by or "a party not named",
    )
