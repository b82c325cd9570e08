"""What is wrong with the SPF record of a domain and with every record that it includes (RFC 7208).

No client is given, so the way of one that nothing matches is walked: it costs the most. An error is what makes checks
end in "permerror"; a warning is what surprises, or what could not be judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from forensics.protocols.a_labels import to_a_labels
from forensics.protocols.dns_answer import Answer, Lookup, QueryBudget, QueryLimitError
from forensics.protocols.query_names import can_be_asked, presentation
from forensics.protocols.spf.lint import Problem, Problems, lint_end, lint_record
from forensics.protocols.spf.macros import expand_domain, letters
from forensics.protocols.spf.record import COSTLY, SpfRecord, Term, can_hold_record, is_spf, scan_terms
from forensics.protocols.spf.result import MAX_LOOKUPS, MAX_NAMES, MAX_VOID_LOOKUPS, Step
from forensics.protocols.spf.syntax import SpfSyntaxError

MAX_STEPS = 2_000
"""Terms that an audit walks."""

_QTYPES = {"a": ("A", "AAAA"), "mx": ("MX",), "exists": ("A",)}


@dataclass(frozen=True, slots=True)
class SpfAudit:
    """A domain's tree of SPF records, judged.

    `record` is that of the domain as far as it could be read, None where there is none to read. `problems` are the
    errors and then the warnings. `trace` is the tree: one step for each term, with its cost. `lookups` and
    `void_lookups` are what a client costs that nothing matches; they are "at least" where `complete` is False: then a
    question was not answered or not sent, or a bound was met. `queries` are the questions sent.
    """

    domain: str
    record: SpfRecord | None
    problems: tuple[Problem, ...]
    trace: tuple[Step, ...]
    lookups: int
    void_lookups: int
    complete: bool
    queries: tuple[tuple[str, str], ...]


def audit(domain: str, *, lookup: Lookup) -> SpfAudit:
    """Judge the SPF record of a domain and of all that it includes or redirects to.

    Targets that depend on the client are counted and not followed. At most 40 questions are sent, none twice.
    """
    return _Audit(to_a_labels(domain), lookup).run()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands in the tree; `authorizes`: who matches in it passes."""

    domain: str
    ancestors: tuple[str, ...] = ()
    authorizes: bool = True

    @property
    def depth(self) -> int:
        return len(self.ancestors)

    def below(self, domain: str, term: Term) -> _Place:
        passes = term.qualifier is None or term.qualifier == "+"
        return _Place(domain, (*self.ancestors, self.domain), self.authorizes and passes)


@dataclass(frozen=True, slots=True)
class _Subtree:
    """What the record of a domain gave, with all below it.

    `missing` says why there is no record; `unknown`: that could not be found out, or which record it is;
    `always_passes`: it lets everybody pass; `authorizes`: it lets somebody pass.
    """

    missing: str | None = None
    unknown: bool = False
    always_passes: bool = False
    authorizes: bool = False
    lookups: int = 0
    void_lookups: int = 0


class _Audit:
    """One walk: it keeps the counts so far, the problems and the trace."""

    def __init__(self, domain: str, lookup: Lookup) -> None:
        self._domain = domain
        self._budget = QueryBudget(lookup)
        self._problems = Problems()
        self._trace = list[Step]()
        self._subtrees = dict[str, _Subtree]()
        self._lookups = self._void_lookups = self._authorizing = 0
        self._complete = True
        self._record: SpfRecord | None = None
        self._eleventh: tuple[Term, str] | None = None
        self._eleventh_hides_somebody = False

    def run(self) -> SpfAudit:
        found = self._visit(_Place(self._domain))
        if found.missing is not None:
            self._problems.warn(found.missing, None, self._domain)
        if self._eleventh is not None:
            self._judge_eleventh(*self._eleventh)
        return SpfAudit(
            self._domain,
            self._record,
            self._problems.listed(),
            tuple(self._trace),
            self._lookups,
            self._void_lookups,
            self._complete and not self._problems.full,
            self._budget.queries,
        )

    def _judge_eleventh(self, term: Term, domain: str) -> None:
        text = f"{self._lookups} terms look up the DNS and {MAX_LOOKUPS} are allowed; this one is beyond"
        if self._eleventh_hides_somebody or not self._authorizing:
            self._problems.fail(text, term, domain)
        else:
            # Everybody who is listed stands before it and passes; the others get "permerror" in place of the end.
            self._problems.warn(f"{text}, but from here on nobody is listed", term, domain)

    def _visit(self, place: _Place) -> _Subtree:
        """Judge the record of a domain and all below it; one that was judged before is counted again."""
        known = self._subtrees.get(place.domain)
        if known is not None:
            return known
        lookups, void_lookups, authorizing = self._lookups, self._void_lookups, self._authorizing
        text, missing = self._fetch(place.domain)
        always_passes = text is not None and self._walk(text, place)
        found = _Subtree(
            missing,
            text is None and missing is None,
            always_passes,
            self._authorizing > authorizing,
            self._lookups - lookups,
            self._void_lookups - void_lookups,
        )
        self._subtrees[place.domain] = found
        return found

    def _fetch(self, domain: str) -> tuple[str | None, str | None]:
        """Give the text of the record, or why there is none; neither where that is not known or already named."""
        if not can_hold_record(domain):
            return None, f"{domain!r} is no domain name with several labels"
        answer = self._ask(domain, "TXT")
        if answer is None:
            return None, None
        found = [text for text in answer.records if is_spf(text)]
        if not found:
            return None, f"no SPF record at {domain}" + (f" ({answer.status})" if answer.void else "")
        if len(found) > 1:
            self._problems.fail(f"{len(found)} SPF records (section 4.5)", None, domain)
            return None, None
        return found[0], None

    def _ask(self, qname: str, qtype: str) -> Answer | None:
        """Give an answer that is found or void; None, with a warning, where there is none."""
        try:
            answer = self._budget(presentation(qname), qtype)
        except QueryLimitError as error:
            self._leave_open(f": {error}", None, qname)
            return None
        if answer.failed:
            self._leave_open(f": {qname} {qtype}: {answer.status}", None, qname)
            return None
        return answer

    def _leave_open(self, text: str, term: Term | None, domain: str) -> None:
        self._complete = False
        self._problems.leave_open(text, term, domain)

    def _walk(self, text: str, place: _Place) -> bool:
        """Judge the terms of one record; True: it lets everybody pass."""
        terms = list[Term]()
        for term in scan_terms(text):
            if isinstance(term, SpfSyntaxError):
                self._problems.add(Problem("error", term.problem, term.term or None, place.domain, term.position))
            else:
                terms.append(term)
        record = SpfRecord(text, tuple(terms))
        self._lint(record, place)
        for term in record.mechanisms:
            if len(self._trace) >= MAX_STEPS:
                self._leave_open(f" from here on: {MAX_STEPS} terms were", term, place.domain)
                return False
            if self._mechanism(term, place):
                return term.qualifier == "+"
        redirect = record.modifier("redirect")
        return redirect is not None and self._follow(redirect, place)

    def _lint(self, record: SpfRecord, place: _Place) -> None:
        for problem in lint_record(record, place.domain):
            self._problems.add(problem)
        if place.depth:
            return
        self._record = record
        for problem in lint_end(record, place.domain):
            self._problems.add(problem)
        explanation = record.modifier("exp")
        target = None if explanation is None else self._target(explanation, place.domain)
        if target is not None and can_be_asked(target):
            answer = self._ask(target, "TXT")
            if answer is not None and len(answer.records) != 1:
                self._problems.warn(f"{len(answer.records)} TXT records at {target}, not 1", explanation, place.domain)

    def _mechanism(self, term: Term, place: _Place) -> bool:
        """Judge one mechanism; True: it matches everybody."""
        if term.name == "include":
            return self._follow(term, place)
        target = None if term.network is not None else self._target(term, place.domain)
        with self._step(term, place, target):
            if term.name in COSTLY:
                self._count_lookups(1, term, place)
            if term.name not in _QTYPES or target is None or self._finds_something(term, target, place):
                self._note_authorized(term, place)
        return term.name == "all"

    def _finds_something(self, term: Term, target: str, place: _Place) -> bool:
        """Ask for what a, mx or exists names; True also where nobody answers."""
        if not can_be_asked(target):
            self._problems.warn(f"never matches: {target!r} is no name that can be asked for", term, place.domain)
            return False
        answers = []
        for qtype in _QTYPES[term.name]:
            answer = self._ask(target, qtype)
            if answer is None or answer.found:
                self._judge_exchanges(term, answer, place)
                return True
            answers.append(f"{qtype}: {answer.status}")
        self._count_voids(1, term, place)
        self._problems.warn(f"finds nothing at {target} ({', '.join(answers)})", term, place.domain)
        return False

    def _judge_exchanges(self, term: Term, answer: Answer | None, place: _Place) -> None:
        if term.name == "mx" and answer is not None and len(answer.records) > MAX_NAMES:
            self._problems.fail(
                f"{len(answer.records)} mail exchanges, more than {MAX_NAMES} (section 4.6.4)", term, place.domain
            )

    def _follow(self, term: Term, place: _Place) -> bool:
        """Judge the target of include or redirect; True: it lets everybody pass."""
        target = self._target(term, place.domain)
        with self._step(term, place, target):
            self._count_lookups(1, term, place)
            if target is None:
                self._note_authorized(term, place)
                return False
            if target in (*place.ancestors, place.domain):
                chain = " -> ".join((*place.ancestors, place.domain, target))
                self._problems.fail(f"a loop: {chain}", term, place.domain)
                return False
            return self._descend(term, place, target)

    def _descend(self, term: Term, place: _Place, target: str) -> bool:
        again = target in self._subtrees
        found = self._visit(place.below(target, term))
        if found.unknown:
            self._note_authorized(term, place)
        if again:
            self._problems.warn(f"{target} is followed before and costs again", term, place.domain)
            self._count_lookups(found.lookups, term, place)
            self._count_voids(found.void_lookups, term, place)
            if found.authorizes:
                self._note_authorized(term, place)
        if found.missing is not None:
            self._problems.fail(f"{found.missing} (sections 5.2 and 6.1)", term, place.domain)
        if found.always_passes:
            self._problems.warn("everybody passes through it", term, place.domain)
        return found.always_passes

    @contextmanager
    def _step(self, term: Term, place: _Place, target: str | None) -> Iterator[None]:
        """Put the term into the trace, before those below it, and its cost when they are counted."""
        index, before = len(self._trace), self._lookups
        depends = target is None and bool(term.macros)
        problem = "depends on the client" if depends else None
        step = Step(term, place.domain, place.depth, "not_followed" if depends else "counted", 0, 0)
        self._trace.append(replace(step, target=target, problem=problem))
        yield
        self._trace[index] = replace(
            self._trace[index],
            lookups=self._lookups,
            void_lookups=self._void_lookups,
            cost=self._lookups - before,
        )

    def _target(self, term: Term, domain: str) -> str | None:
        """Expand the domain of a term; None where it depends on the client. o is the domain of MAIL FROM: this one."""
        if not term.macros:
            return domain
        if letters(term.macros) - {"d", "o"}:
            return None
        return to_a_labels(expand_domain(term.macros, {"d": domain, "o": self._domain}.__getitem__))

    def _count_lookups(self, count: int, term: Term, place: _Place) -> None:
        if self._lookups <= MAX_LOOKUPS < self._lookups + count:
            self._eleventh = term, place.domain
        self._lookups += count

    def _count_voids(self, count: int, term: Term, place: _Place) -> None:
        if self._void_lookups <= MAX_VOID_LOOKUPS < self._void_lookups + count:
            text = f"more than {MAX_VOID_LOOKUPS} look-ups that find nothing (section 4.6.4)"
            self._problems.fail(text, term, place.domain)
        self._void_lookups += count

    def _note_authorized(self, term: Term, place: _Place) -> None:
        """Note that the term may let somebody pass, and whether that is beyond the limit."""
        if term.qualifier is not None and term.qualifier != "+":
            return
        self._authorizing += 1
        if self._eleventh is not None and place.authorizes:
            self._eleventh_hides_somebody = True
