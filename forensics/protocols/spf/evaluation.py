"""check_host(): the SPF result for one client, with every step that led to it (RFC 7208 section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from forensics.protocols.a_labels import to_a_labels
from forensics.protocols.dns_answer import Answer, Lookup
from forensics.protocols.spf.inquiry import CheckStopped, Inquiry, read_client
from forensics.protocols.spf.macros import expand_domain, expand_text, letters, parse_explanation
from forensics.protocols.spf.mechanisms import BY_NAME, Match
from forensics.protocols.spf.record import COSTLY, Qualifier, SpfRecord, Term, can_hold_record, is_spf, parse_record
from forensics.protocols.spf.result import Outcome, Result, SpfResult, Step
from forensics.protocols.spf.syntax import SpfSyntaxError

MAX_EXPLANATION = 4096
"""Characters of the longest explanation that is given."""

_RESULTS: dict[Qualifier, Result] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


def check_host(
    ip: str | IPv4Address | IPv6Address,
    domain: str,
    sender: str,
    *,
    helo: str = "",
    receiver: str = "",
    lookup: Lookup,
    at: datetime | None = None,
) -> SpfResult:
    """Give the SPF result of one client for one domain.

    Args:
        ip: the address of the client.
        domain: the domain of MAIL FROM or HELO; U-labels are looked up as A-labels (RFC 8616).
        sender: the address of MAIL FROM; "" for the null path, which means postmaster at the HELO name.
        helo: the HELO name, for the macro h.
        receiver: the name of the checking host, for the macro r.
        lookup: answers DNS questions; at most 40 are put, none twice.
        at: the time of the check, for the macro t.

    Raises:
        SpfClientError: `ip` is no address.
    """
    client = read_client(ip, domain, sender, helo=helo, receiver=receiver, at=at)
    domain = to_a_labels(domain)
    return _Check(Inquiry(client, lookup)).run(domain)


class _Verdict(NamedTuple):
    """What one record gave; `domain` and `record` are those that decided, behind a redirect the last."""

    result: Result
    domain: str
    record: SpfRecord | None = None
    problem: str | None = None


class _Check:
    """One run of check_host(): it keeps the trace, the inquiry keeps the counts."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._trace = list[Step]()
        self._first_record: SpfRecord | None = None

    def run(self, domain: str) -> SpfResult:
        try:
            verdict = self._judge(domain, 0)
        except CheckStopped as stop:
            verdict = _Verdict(stop.result, domain, problem=stop.problem)
        explanation = self._explain(verdict) if verdict.result == "fail" else None
        asked = self._inquiry
        return SpfResult(
            verdict.result,
            explanation,
            tuple(self._trace),
            asked.lookups,
            asked.void_lookups,
            domain,
            self._first_record,
            verdict.problem,
            asked.budget.queries,
        )

    def _judge(self, domain: str, depth: int) -> _Verdict:
        """Evaluate the record of a domain (sections 4.3 to 4.7)."""
        if not can_hold_record(domain):
            return _Verdict("none", domain, problem=f"{domain!r} is no domain name with several labels")
        answer = self._inquiry.ask(domain, "TXT")
        if answer.void and depth:
            self._inquiry.void_lookups += 1
        record = _select(answer, domain)
        if record is None:
            missing = f" ({answer.status})" if answer.void else ""
            return _Verdict("none", domain, problem=f"no SPF record at {domain}{missing}")
        if depth == 0:
            self._first_record = record
        for term in record.mechanisms:
            if term.qualifier is not None and self._matches(term, domain, depth):
                return _Verdict(_RESULTS[term.qualifier], domain, record)
        redirect = record.modifier("redirect")
        return _Verdict("neutral", domain, record) if redirect is None else self._redirect(redirect, domain, depth)

    def _matches(self, term: Term, domain: str, depth: int) -> bool:
        asked = self._inquiry
        if term.name not in COSTLY:
            matched = term.name == "all" or (term.network is not None and asked.client.ip in term.network)
            outcome: Outcome = "match" if matched else "no_match"
            self._trace.append(Step(term, domain, depth, outcome, asked.lookups, asked.void_lookups))
            return matched
        with self._step(term, domain, depth) as index:
            asked.count_lookup()
            target = self._target(term, domain, index)
            if target is None:
                match = Match(False, "the local-part is not ASCII, which no DNS name can hold (RFC 8616 section 4)")
            else:
                match = (
                    self._include(target, depth) if term.name == "include" else BY_NAME[term.name](asked, term, target)
                )
            self._close(index, "match" if match.matched else "no_match", match.result, match.problem)
        return match.matched

    def _redirect(self, term: Term, domain: str, depth: int) -> _Verdict:
        """Put the target in the place of this record (section 6.1)."""
        with self._step(term, domain, depth) as index:
            self._inquiry.count_lookup()
            target = self._target(term, domain, index)
            verdict = self._judge(target, depth + 1) if target is not None else _Verdict("none", domain)
            if verdict.result == "none":
                raise CheckStopped("permerror", verdict.problem or "the redirect names no domain")
            self._close(index, "followed", verdict.result)
        return verdict

    @contextmanager
    def _step(self, term: Term, domain: str, depth: int) -> Iterator[int]:
        """Open a step, so that it stands before those below it; an error closes it too."""
        index, before = len(self._trace), self._inquiry.lookups
        self._trace.append(Step(term, domain, depth, "not_followed", before, self._inquiry.void_lookups))
        try:
            yield index
        except CheckStopped as stop:
            self._close(index, stop.result, problem=stop.problem)
            raise

    def _close(self, index: int, outcome: Outcome, result: Result | None = None, problem: str | None = None) -> None:
        asked, opened = self._inquiry, self._trace[index]
        self._trace[index] = replace(
            opened,
            outcome=outcome,
            lookups=asked.lookups,
            void_lookups=asked.void_lookups,
            cost=asked.lookups - opened.lookups,
            result=result,
            problem=problem,
        )

    def _target(self, term: Term, domain: str, index: int) -> str | None:
        """Expand the domain of a term and note it; None where a local-part outside ASCII has no place in a name."""
        if term.value is None:
            return domain
        if letters(term.macros) & {"l", "s"} and not self._inquiry.client.local_part.isascii():
            return None
        target = to_a_labels(expand_domain(term.macros, lambda letter: self._inquiry.macro_value(letter, domain)))
        self._trace[index] = replace(self._trace[index], target=target)
        return target

    def _include(self, target: str, depth: int) -> Match:
        """Judge the target (section 5.2): only its "pass" matches; without a record it is an error."""
        verdict = self._judge(target, depth + 1)
        if verdict.result == "none":
            raise CheckStopped("permerror", verdict.problem or f"no SPF record at {target}")
        return Match(verdict.result == "pass", result=verdict.result)

    def _explain(self, verdict: _Verdict) -> str | None:
        """Give the explanation of the record that said "fail"; any fault means none (section 6.2)."""
        term = verdict.record.modifier("exp") if verdict.record is not None else None
        if term is None:
            return None
        index = len(self._trace)
        self._trace.append(Step(term, verdict.domain, 0, "unused", self._inquiry.lookups, self._inquiry.void_lookups))
        text, problem = None, None
        try:
            text, problem = self._fetch_explanation(term, verdict.domain, index)
        except CheckStopped as stop:
            problem = stop.problem
        except SpfSyntaxError as error:
            problem = str(error)
        self._close(index, "unused" if text is None else "explained", problem=problem)
        return text

    def _fetch_explanation(self, term: Term, domain: str, index: int) -> tuple[str | None, str | None]:
        target = self._target(term, domain, index)
        if target is None:
            return None, "the local-part is not ASCII"
        answer = self._inquiry.ask(target, "TXT")
        if len(answer.records) != 1:
            return None, f"{len(answer.records)} TXT records at {target}, not 1"
        pieces = parse_explanation(answer.records[0])
        text = expand_text(pieces, lambda letter: self._inquiry.macro_value(letter, domain), MAX_EXPLANATION)
        return text, f"longer than {MAX_EXPLANATION} characters" if text is None else None


def _select(answer: Answer, domain: str) -> SpfRecord | None:
    """Give the one SPF record of an answer (section 4.5), None where there is none.

    Raises:
        CheckStopped: there is more than one, or it breaks the grammar.
    """
    found = [text for text in answer.records if is_spf(text)]
    if not found:
        return None
    if len(found) > 1:
        raise CheckStopped("permerror", f"{len(found)} SPF records at {domain}")
    try:
        return parse_record(found[0])
    except SpfSyntaxError as error:
        raise CheckStopped("permerror", f"record of {domain}: {error}") from error
