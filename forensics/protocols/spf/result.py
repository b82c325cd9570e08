"""What check_host() gives: the result and every step that led to it (RFC 7208 section 2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forensics.protocols.spf.record import SpfRecord, Term

Result = Literal["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"]
Outcome = Literal[
    "match", "no_match", "followed", "explained", "unused", "temperror", "permerror", "counted", "not_followed"
]

MAX_LOOKUPS = 10
"""Terms that may cost a DNS look-up in one check (section 4.6.4)."""
MAX_VOID_LOOKUPS = 2
"""Terms whose look-up may come back empty in one check (section 4.6.4)."""
MAX_NAMES = 10
"""Names that one mx or ptr may look up (section 4.6.4)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One term that was evaluated, in the order of the tree: an include stands before what it includes.

    `domain` publishes the record, `depth` is 0 in the first one. `cost` are the look-ups of this term with all below
    it, `lookups` and `void_lookups` the counts so far. `target` is the domain that the term expanded to, `result` what
    check_host() gave for the target of an include or redirect. `outcome` is "match" or "no_match" for a mechanism,
    "followed" for redirect, "explained" or "unused" for exp, an error for either; an audit, which has no client,
    says "counted" or "not_followed". `problem` says what was in the way.
    """

    term: Term
    domain: str
    depth: int
    outcome: Outcome
    lookups: int
    void_lookups: int
    cost: int = 0
    target: str | None = None
    result: Result | None = None
    problem: str | None = None

    def __str__(self) -> str:
        """Give one line of a printed tree.

        >>> str(Step(Term("+", "a", raw="a"), "mail.example", 1, "no_match", 3, 1, cost=1, problem="no A record"))
        '  a: no_match (cost 1, 3 so far): no A record'
        """
        result = f" ({self.result})" if self.result is not None else ""
        cost = f" (cost {self.cost}, {self.lookups} so far)" if self.cost else ""
        problem = f": {self.problem}" if self.problem is not None else ""
        return f"{'  ' * self.depth}{self.term.raw}: {self.outcome}{result}{cost}{problem}"


@dataclass(frozen=True, slots=True)
class SpfResult:
    """The result for one client.

    `explanation` is the text of exp=, only with "fail", None where none was given. `trace` are the steps, `lookups`
    (limit 10) and `void_lookups` (limit 2) the counts at the end. `problem` says why the result is "none",
    "temperror" or "permerror". `domain` is what was checked, `record` its record where one could be read, `queries`
    the DNS questions that were sent, in order.
    """

    result: Result
    explanation: str | None
    trace: tuple[Step, ...]
    lookups: int
    void_lookups: int
    domain: str
    record: SpfRecord | None = None
    problem: str | None = None
    queries: tuple[tuple[str, str], ...] = ()
