"""SPF as published: the tree with the cost of each term, and what is wrong in it (RFC 7208)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensics.analysis.recorded_answers import Answers
from forensics.model.posture import Check, CheckState
from forensics.protocols import spf
from forensics.protocols.query_names import within

MAX_SHOWN = 40
MAX_RECORDS = 10
"""SPF records of one name that are shown; more than one is an error as it is."""


class SenderPolicy(NamedTuple):
    """What SPF says: `sends` None where it is not known; `includes` are the domains that it hands the word to.

    `broken`: receivers end in permerror, and draw nothing from it.
    """

    checks: tuple[Check, ...]
    sends: bool | None
    closed: bool | None
    includes: tuple[str, ...] = ()
    broken: bool = False


def check(domain: str, answers: Answers) -> SenderPolicy:
    """Judge the record of the domain and all that it includes."""
    asked = answers.ask(domain, "TXT")
    if asked.status in ("not_asked", "timeout", "servfail"):
        text = f"TXT of {domain}: {asked.status.replace('_', ' ')}. {asked.note or ''}".strip()
        return SenderPolicy((Check(id="spf/record", subject=domain, state="unknown", text=text),), None, None)
    records = [record for record in asked.records if spf.is_spf(record)]
    if not records:
        absent = Check(
            id="spf/record", subject=domain, state="absent",
            text="No SPF record: the domain says nothing of who may send.",
            why="Receivers cannot tell its own servers from others.",
            remedy="Publish v=spf1 ... -all, or v=spf1 -all where it never sends.",
            reference="RFC 7208 section 3", citations=asked.citations,
        )  # fmt: skip
        return SenderPolicy((absent,), None, None)
    audit = spf.audit(domain, lookup=answers)
    checks = [
        Check(
            id="spf/record", subject=domain, state=_state(audit), record=record, text=_said(audit),
            reference="RFC 7208 section 4.6.4", citations=asked.citations,
        )
        for record in records[:MAX_RECORDS]
    ]  # fmt: skip
    includes = tuple(
        dict.fromkeys(step.target for step in audit.trace if step.term.name in ("include", "redirect") and step.target)
    )
    allows = audit.record is not None and any(_allows(term) for term in audit.record.terms)
    closed = audit.record is not None and any(t.name == "all" and t.qualifier == "-" for t in audit.record.terms)
    outside = tuple(name for name in includes if not within(name, domain))
    told = (*checks, *_problems(audit), *_tree(audit))
    return SenderPolicy(told, allows or bool(includes), closed, outside, broken=bool(_errors(audit)))


def _allows(term: spf.Term) -> bool:
    return term.qualifier == "+"


def _state(audit: spf.SpfAudit) -> CheckState:
    if _errors(audit):
        return "problem"
    return "ok" if audit.complete else "unknown"


def _errors(audit: spf.SpfAudit) -> list[spf.Problem]:
    return [problem for problem in audit.problems if problem.severity == "error"]


def _said(audit: spf.SpfAudit) -> str:
    """What comes of the record: what breaks it first, else what it costs."""
    least = "" if audit.complete else "at least "
    cost = (
        f"{least}{audit.lookups} look-ups ({spf.MAX_LOOKUPS} are allowed) and {audit.void_lookups} void ones "
        f"({spf.MAX_VOID_LOOKUPS} are allowed)"
    )
    if errors := _errors(audit):
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return f"Receivers end in permerror: {errors[0].text}{more}. A check costs {cost}."
    return f"A check costs {cost}." if audit.complete else f"A check costs {cost}; not all of it could be judged."


def _problems(audit: spf.SpfAudit) -> Iterator[Check]:
    for problem in audit.problems[:MAX_SHOWN]:
        state: CheckState = "problem" if problem.severity == "error" else "unknown" if problem.unjudged else "warning"
        yield Check(
            id="spf/term", subject=problem.domain, state=state, text=problem.text, where=problem.term,
            why="Receivers answer permerror." if problem.severity == "error" else None,
            reference="RFC 7208 section 4.6",
        )  # fmt: skip


def _tree(audit: spf.SpfAudit) -> Iterator[Check]:
    """The tree as text, one line a term."""
    if audit.trace:
        lines = [str(step) for step in audit.trace[:MAX_SHOWN]]
        more = len(audit.trace) - len(lines)
        text = "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])
        yield Check(id="spf/tree", subject=audit.domain, state="ok" if audit.complete else "unknown", text=text)
