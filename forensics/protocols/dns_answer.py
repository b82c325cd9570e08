"""What one DNS question gave, and the function that every evaluator takes instead of the network.

"Could not ask", "asked: not there" and "there" stay three outcomes: `failed`, `void`, `found`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from forensics.errors import ProtocolError

MAX_QUERIES = 40
"""Questions one evaluation may send, whatever a hostile tree of records asks for."""

Status = Literal["ok", "nodata", "nxdomain", "timeout", "servfail"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question gave; `records` in presentation form, TXT as its character-strings joined.

    >>> Answer("ok", ("10 mx.example.",)).found, Answer("nxdomain").void, Answer("timeout").failed
    (True, True, True)
    """

    status: Status
    records: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """At least one record was given."""
        return self.status == "ok" and bool(self.records)

    @property
    def void(self) -> bool:
        """The answer is that there is nothing: no such name, or no record of that type (RFC 7208 section 4.6.4)."""
        return self.status in ("nodata", "nxdomain") or (self.status == "ok" and not self.records)

    @property
    def failed(self) -> bool:
        """Nobody answered the question; that says nothing about what is there."""
        return self.status in ("timeout", "servfail")


Lookup = Callable[[str, str], Answer]
"""`lookup(qname, qtype)`: the name in lower case and without trailing dot, `\\` before a backslash; follows CNAMEs."""


class QueryLimitError(ProtocolError):
    """The next question would pass the limit; it was not sent."""

    def __init__(self, limit: int, qname: str, qtype: str) -> None:
        super().__init__(f"the limit of {limit} DNS queries is reached; not asked: {qname} {qtype}")


class QueryBudget:
    """A lookup that sends each question once, and none beyond the limit.

    It is a `Lookup` itself, so that several evaluations of one domain can share one budget.

    >>> budget = QueryBudget(lambda qname, qtype: Answer("nxdomain"), limit=1)
    >>> budget("a.example", "A").status, budget("A.example", "A").status, budget.queries
    ('nxdomain', 'nxdomain', (('a.example', 'A'),))
    """

    def __init__(self, lookup: Lookup, limit: int = MAX_QUERIES) -> None:
        self._lookup = lookup
        self._limit = limit
        self._answers: dict[tuple[str, str], Answer] = {}

    def __call__(self, qname: str, qtype: str) -> Answer:
        """Give the answer, from memory where the question was put before.

        Raises:
            QueryLimitError: the limit is reached and the question is new.
        """
        question = (qname.lower(), qtype)
        if question not in self._answers:
            if len(self._answers) >= self._limit:
                raise QueryLimitError(self._limit, *question)
            self._answers[question] = self._lookup(*question)
        return self._answers[question]

    @property
    def queries(self) -> tuple[tuple[str, str], ...]:
        """The questions sent so far, in order."""
        return tuple(self._answers)
