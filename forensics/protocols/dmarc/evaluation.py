"""The DMARC result of a message: whether something that passed is aligned, and the policy where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from forensics.protocols.a_labels import to_a_labels
from forensics.protocols.dmarc.discovery import Discovery, discover, find_policy
from forensics.protocols.dmarc.inquiry import Inquiry
from forensics.protocols.dmarc.organization import find_organization
from forensics.protocols.dmarc.record import Alignment, DmarcRecord
from forensics.protocols.dmarc.rules import Policy, Rules
from forensics.protocols.dns_answer import Lookup
from forensics.protocols.query_names import within

Result = Literal["pass", "fail", "none", "temperror"]
Mechanism = Literal["spf", "dkim"]

MAX_IDENTIFIERS = 50
"""Results of SPF and DKIM that are judged."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One domain that SPF or DKIM spoke about; `aligned` None: not judged, or hidden by a question nobody answered."""

    mechanism: Mechanism
    result: str
    domain: str
    aligned: bool | None


@dataclass(frozen=True, slots=True)
class DmarcResult:
    """What DMARC says about a message.

    `result` is "none" where no record applies, "temperror" where a question nobody answered hides the outcome.
    `policy` is the one for messages that fail, after sp, np and t; None where no record applies or it is not known.
    `record_domain` publishes `record`. `organizational_domain` is that of the author domain, None where not known.
    `queries` are the names asked for, in order. `problem` says why the result is "none" or "temperror".
    """

    result: Result
    policy: Policy | None
    record_domain: str | None
    organizational_domain: str | None
    queries: tuple[str, ...]
    rules: Rules
    author_domain: str | None
    record: DmarcRecord | None = None
    identifiers: tuple[Identifier, ...] = ()
    problem: str | None = None


def evaluate(
    header_from: str,
    *,
    spf: tuple[str, str] | None = None,
    dkim: Sequence[tuple[str, str]] = (),
    lookup: Lookup,
    rules: Rules = "rfc9989",
) -> DmarcResult:
    """Give the DMARC result of a message.

    Args:
        header_from: the domain of From, or an address in it; U-labels are looked up as A-labels.
        spf: the SPF result for MAIL FROM and its domain.
        dkim: the result and signing domain of each signature.
        lookup: answers DNS questions; at most 40 are put, none twice.
        rules: the specification; `rules_at` gives the one in force at a time.
    """
    inquiry = Inquiry(lookup, rules)
    author_domain = to_a_labels(header_from.strip().rpartition("@")[2])
    if not author_domain or author_domain.startswith("[") or "" in author_domain.split("."):
        problem = f"{author_domain!r} is no author domain"
        return DmarcResult("none", None, None, None, (), rules, None, problem=problem)
    found = discover(author_domain, inquiry)
    return _Evaluation(found, inquiry).run(_list_identifiers(spf, dkim))


def _list_identifiers(spf: tuple[str, str] | None, dkim: Sequence[tuple[str, str]]) -> list[Identifier]:
    spoken: list[tuple[Mechanism, str, str]] = [("dkim", *signature) for signature in dkim]
    spoken += [("spf", *spf)] if spf is not None else []
    return [
        Identifier(mechanism, result.lower(), to_a_labels(domain.rpartition("@")[2]), None)
        for mechanism, result, domain in spoken[:MAX_IDENTIFIERS]
    ]


class _Evaluation:
    """The judgement on one message, once its record is looked for."""

    def __init__(self, found: Discovery, inquiry: Inquiry) -> None:
        self._found = found
        self._inquiry = inquiry
        self._failures = [found.failure] if found.failure is not None else []

    def run(self, identifiers: list[Identifier]) -> DmarcResult:
        found = self._found
        if found.record is None:
            # Where a question failed the record may be there all the same (RFC 9989 section 5.3.6).
            return self._result("none" if found.failure is None else "temperror", None, (), found.problem)
        policy, failure = find_policy(found, self._inquiry)
        judged = self._judge(identifiers, found.record)
        passed = [identifier.aligned for identifier in judged if identifier.result == "pass"]
        if True in passed:
            return self._result("pass", policy, judged)
        if None in passed or failure is not None:
            return self._result("temperror", policy, judged, failure)
        if any(identifier.result == "temperror" and identifier.aligned is not False for identifier in judged):
            # RFC 7489 section 6.6.2: what could not be checked may have passed.
            return self._result("temperror", policy, judged, "an aligned domain could not be checked")
        return self._result("fail", policy, judged)

    def _judge(self, identifiers: list[Identifier], record: DmarcRecord) -> tuple[Identifier, ...]:
        """Judge what passed up to the first that is aligned; where none is, what could not be checked."""
        judged = list(identifiers)
        for wanted in ("pass", "temperror"):
            for index, identifier in enumerate(identifiers):
                if identifier.result != wanted:
                    continue
                judged[index] = replace(identifier, aligned=self._is_aligned(identifier, record))
                if judged[index].aligned:
                    return tuple(judged)
        return tuple(judged)

    def _is_aligned(self, identifier: Identifier, record: DmarcRecord) -> bool | None:
        """Say whether a domain is aligned (RFC 9989 section 4.10.2), None where a question nobody answered hides it."""
        author, organization = self._found.author_domain, self._found.organizational_domain
        mode: Alignment = record.adkim if identifier.mechanism == "dkim" else record.aspf
        if identifier.domain == author:
            return True
        if mode == "s":
            return False
        # An Organizational Domain holds its domains, so one outside cannot share it: nothing to ask.
        if not within(identifier.domain, organization or author.rpartition(".")[2]):
            return False
        other, failure = find_organization(identifier.domain, self._inquiry)
        if failure is not None:
            self._failures.append(failure)
        return None if organization is None or other is None else other == organization

    def _result(
        self, result: Result, policy: Policy | None, judged: tuple[Identifier, ...], problem: str | None = None
    ) -> DmarcResult:
        found = self._found
        if problem is None and result == "temperror":
            problem = next(iter(self._failures), None)
        return DmarcResult(
            result,
            policy,
            found.record_domain,
            found.organizational_domain,
            self._inquiry.queries,
            self._inquiry.rules,
            found.author_domain,
            found.record,
            judged,
            problem,
        )
