"""Judging rows that a test writes down, without files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import msgspec
import pytest

from forensics.analysis import rulebook
from forensics.analysis.coverage import Piece
from forensics.analysis.judgement import Judgement, Question, judge
from forensics.model.subject import Claim, Subject
from tests.analysis.filled_tables import Rows, filled


@cache
def _book() -> rulebook.Rulebook:
    """The shipped rules that an answer or the verdict rests on; the others only tell more."""
    book = rulebook.load()
    carrying = tuple(rule for rule in book.rules if rule.answers or rule.id == "traffic/dns-about-subject")
    return msgspec.structs.replace(book, rules=carrying)


@pytest.fixture(scope="session")
def judged() -> Callable[..., Judgement]:
    """`judged(rows, pieces, subject=..., window=(0, 100))`; a row's evidence is 1 where it names none."""
    return _judged


def _judged(
    rows: Rows,
    pieces: tuple[Piece, ...],
    *,
    subject: Subject = Subject(),  # noqa: B008 - a frozen value
    window: tuple[int | None, int | None] = (0, 100),
    claims: tuple[Claim, ...] = (),
) -> Judgement:
    connection = filled(rows)
    try:
        return judge(connection, Question(subject, *window, claims), pieces, _book())
    finally:
        connection.close()
