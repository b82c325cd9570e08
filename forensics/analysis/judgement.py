"""The door of the wing: from the tables of a case and a question to findings, answers, claims and a verdict."""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from forensics.analysis import answers as answering
from forensics.analysis import claims as claiming
from forensics.analysis import findings as finding
from forensics.analysis import subject_facts, summary, workspace
from forensics.analysis.coverage import Covering, Piece, covering, hull
from forensics.analysis.rulebook import Rulebook
from forensics.model.case_file import Answer, ClaimPart, Finding, NextEvidence, TimelineBin, Verdict
from forensics.model.subject import Claim, Subject

_SHOWN_BY = {
    "smtp_session": ("smtp_session", "mta_event"),
    "connection": ("connection", "flow"),
    "message_accepted": ("smtp_envelope", "mta_event"),
    "dns_lookup": ("dns_query",),
    "ptr_lookup": ("dns_query",),
    "inside_client": ("dns_query",),
}
"""Tables whose rows show each observable."""


_RULED_OUT_BY = {"smtp_session": ("smtp_activity",), "message_accepted": ("mail_received", "mail_sent")}
"""Observables that cannot have gone unseen where all these questions are answered with no."""


class Question(NamedTuple):
    """What is asked; the window in nanoseconds UTC, None where open."""

    subject: Subject
    start: int | None
    end: int | None
    claims: tuple[Claim, ...]


class Judgement(NamedTuple):
    """What the rules make of the evidence."""

    subject: Subject
    derived: tuple[str, ...]
    proposed: tuple[str, ...]
    findings: tuple[Finding, ...]
    answers: dict[str, Answer]
    verdict: Verdict
    claims: tuple[ClaimPart, ...]
    covering: Covering
    not_seen: tuple[str, ...]
    next_evidence: tuple[NextEvidence, ...]
    counts: dict[str, int]
    timeline_bin_s: int | None
    timeline: tuple[TimelineBin, ...]


def judge(
    connection: duckdb.DuckDBPyConnection, question: Question, pieces: tuple[Piece, ...], book: Rulebook
) -> Judgement:
    """Answer the question from the case's tables, which are in the schema `whole` of the connection.

    Raises:
        RuleError: a rule that does not fit the tables.
        UsageError: a claim of an unknown kind.
    """
    first, last = hull(pieces)
    start = first if question.start is None else question.start
    end = last if question.end is None else question.end
    sound = covering(pieces, start, end)
    derived = subject_facts.complete(connection, question.subject)
    workspace.build(
        connection, subject=derived.subject, span=workspace.span_of(question.start, question.end), pieces=pieces,
        covering=sound, views=book.views, asked_from=start, addresses_declared=bool(question.subject.addresses),
    )  # fmt: skip
    found = finding.evaluate(connection, book, pieces, sound)
    answers = answering.answer(found)
    step, bins = summary.timeline(connection)
    return Judgement(
        subject=derived.subject, derived=derived.notes,
        proposed=() if question.subject.given else subject_facts.propose(connection),
        findings=found, answers=answers, verdict=answering.verdict(answers, found),
        claims=claiming.judge(connection, book, question.claims, answers), covering=sound,
        not_seen=_not_seen(pieces, sound, book, answers), next_evidence=_next(answers, sound, book),
        counts=summary.counts(connection), timeline_bin_s=step, timeline=bins,
    )  # fmt: skip


def _not_seen(
    pieces: tuple[Piece, ...], sound: Covering, book: Rulebook, answers: dict[str, Answer]
) -> tuple[str, ...]:
    """Per observable that no sound source sees in full, and that no answer rules out, one sentence."""
    sentences = []
    ruled_out = {name for name, asked in _RULED_OUT_BY.items() if all(answers[q].answer == "no" for q in asked)}
    held = {piece.vantage for piece in pieces if piece.vantage and piece.state != "rejected"}
    for observable, title in book.visibility.observables.items():
        if observable in ruled_out:
            continue
        levels = {name: book.visibility.vantages[name].level(observable) for name in held}
        if any(levels.get(name) == "full" and table in _SHOWN_BY[observable] for name, table in sound):
            continue
        if any(level == "full" for level in levels.values()):
            sentences.append(
                f"{title}: such sources can show all of them, but none here does, whole and for all of the window."
            )
        elif any(level == "partial" for level in levels.values()):
            sentences.append(f"{title}: shown in part only; what is not shown may still have happened.")
        else:
            sentences.append(f"{title}: nothing here could have shown any.")
    return tuple(sentence[0].upper() + sentence[1:] for sentence in sentences)


def _next(answers: dict[str, Answer], sound: Covering, book: Rulebook) -> tuple[NextEvidence, ...]:
    held = {vantage for vantage, _ in sound}
    open_questions = {question for question, answer in answers.items() if answer.answer == "unknown"}
    return tuple(
        NextEvidence(what=wish.what, from_whom=wish.from_whom, why=wish.why)
        for wish in book.wishes
        if wish.vantage not in held and open_questions & set(wish.settles)
    )
