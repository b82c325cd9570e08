"""What surprises in one SPF record, without asking the DNS anything (RFC 7208)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from forensics.protocols.spf.record import MECHANISM_NAMES, SpfRecord, Term

Severity = Literal["error", "warning"]

MAX_OCTETS = 450
"""Octets of the longest record that surely fits a DNS answer over UDP (section 3.4)."""
MAX_PROBLEMS = 200
"""Problems of one severity that an audit names; a record can hold thousands."""
MIN_PREFIX = {4: 8, 6: 16}
"""Shortest prefix of ip4 and ip6 that one organisation may hold."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `term` is the text it is about, None for a whole record; `domain` publishes it.

    `position` is the index of the fault in the record, None for a whole record. `unjudged`: nothing is known to be
    wrong, but a question was not answered, or a bound was met.
    """

    severity: Severity
    text: str
    term: str | None
    domain: str
    position: int | None = None
    unjudged: bool = False

    def __str__(self) -> str:
        """Give one line of a printed list."""
        term = "" if self.term is None else f" {self.term}"
        return f"{self.severity}: {self.domain}{term}: {self.text}"


class Problems:
    """The problems of one audit, each once and at most 200 of a severity; `full` says that some were dropped."""

    def __init__(self) -> None:
        self._found: dict[Severity, list[Problem]] = {"error": [], "warning": []}
        self.full = False

    def add(self, problem: Problem) -> None:
        """Add one that was found elsewhere."""
        of_its_kind = self._found[problem.severity]
        if len(of_its_kind) >= MAX_PROBLEMS:
            self.full = True
        elif problem not in of_its_kind:
            of_its_kind.append(problem)

    def fail(self, text: str, term: Term | None, domain: str) -> None:
        """Add an error."""
        self.add(_problem("error", text, term, domain))

    def warn(self, text: str, term: Term | None, domain: str) -> None:
        """Add a warning."""
        self.add(_problem("warning", text, term, domain))

    def leave_open(self, text: str, term: Term | None, domain: str) -> None:
        """Add a warning that something could not be judged."""
        self.add(replace(_problem("warning", f"not judged{text}", term, domain), unjudged=True))

    def listed(self) -> tuple[Problem, ...]:
        """Give the errors and then the warnings."""
        return (*self._found["error"], *self._found["warning"])


def lint_record(record: SpfRecord, domain: str) -> Iterator[Problem]:
    """Give the warnings about one record and its terms."""
    if len(record.raw) > MAX_OCTETS:
        text = f"{len(record.raw)} octets; beyond {MAX_OCTETS} the answer may not fit UDP (section 3.4)"
        yield _problem("warning", text, None, domain)
    for term in record.terms:
        yield from (_problem("warning", text, term, domain) for text in _lint_term(term))
    yield from (_problem("warning", text, term, domain) for term, text in _list_unreached(record))


def lint_end(record: SpfRecord, domain: str) -> Iterator[Problem]:
    """Give the warnings about how the first record of a tree ends; included ones end as they like."""
    ends = [term for term in record.mechanisms if term.name == "all"]
    if not ends and record.modifier("redirect") is None:
        text = 'neither all nor redirect=: who matches nothing gets "neutral" (section 4.7)'
        yield _problem("warning", text, None, domain)
    if ends and ends[0].qualifier == "+":
        text = "everybody who is not listed before passes"
        yield _problem("warning", text, ends[0], domain)


def _lint_term(term: Term) -> Iterator[str]:
    if term.qualifier is None:
        if term.name in MECHANISM_NAMES:
            yield f"an unknown modifier is ignored; the mechanism is written {term.name}:"
        elif term.name not in ("redirect", "exp"):
            yield "an unknown modifier is ignored (section 6)"
    elif term.name == "ptr":
        yield "ptr is slow and unreliable and should not be published (section 5.5)"
    elif term.network is not None and term.network.prefixlen < MIN_PREFIX[term.network.version]:
        yield f"{term.network.num_addresses} addresses"


def _list_unreached(record: SpfRecord) -> Iterator[tuple[Term, str]]:
    ended = False
    for term in record.mechanisms:
        if ended:
            yield term, "never evaluated: it stands behind all (section 5.1)"
        ended = ended or term.name == "all"
    redirect = record.modifier("redirect")
    if ended and redirect is not None:
        yield redirect, "ignored: the record has all (section 6.1)"


def _problem(severity: Severity, text: str, term: Term | None, domain: str) -> Problem:
    if term is None:
        return Problem(severity, text, None, domain)
    return Problem(severity, text, term.raw, domain, term.position)
