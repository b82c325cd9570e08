"""DMARC: the policy in force, where it stands, and whether its reports may be sent (RFC 9989, RFC 7489)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensics.analysis.recorded_answers import Answers
from forensics.model.posture import Check
from forensics.protocols import dmarc
from forensics.protocols.dmarc import Rules

_REFERENCE: dict[str, str] = {"rfc9989": "RFC 9989 section 4.7", "rfc7489": "RFC 7489 section 6.3"}


class MessagePolicy(NamedTuple):
    """What DMARC asks for: `policy` None where it is not known; `"absent"` where no record applies."""

    checks: tuple[Check, ...]
    policy: str | None


def check(domain: str, answers: Answers, rules: Rules) -> MessagePolicy:
    """Find the record that applies to messages from the domain, and judge it."""
    found = dmarc.evaluate(domain, lookup=answers, rules=rules)
    walked = [answers.ask(name, "TXT") for name in dict.fromkeys(found.queries)]
    cited = tuple(c for asked in walked for c in asked.citations)
    at_domain = answers.ask(f"_dmarc.{domain}", "TXT")
    broken = [text for text in at_domain.records if dmarc.is_dmarc(text)]
    if found.result == "temperror" or (found.record is None and any(a.status == "not_asked" for a in walked)):
        unheard = [f"{asked.qname} ({asked.status.replace('_', ' ')})" for asked in walked if asked.status != "ok"]
        text = f"The policy is not known: {', '.join(unheard) or found.problem}."
        return MessagePolicy((Check(id="dmarc/record", subject=domain, state="unknown", text=text),), None)
    if found.record is None:
        absent = Check(
            id="dmarc/record", subject=domain, state="problem" if broken else "absent",
            record="\n".join(broken) or None,
            text=f"No DMARC record applies{': ' + found.problem if found.problem else ''}.",
            reference=_REFERENCE[rules],
            why="Receivers are not asked to do anything about messages that only claim the domain.",
            remedy="Publish v=DMARC1; p=reject with an address for reports at _dmarc." + domain, citations=cited,
        )  # fmt: skip
        return MessagePolicy((absent,), "absent")
    policy = found.policy or "none"
    record = Check(
        id="dmarc/record", subject=f"_dmarc.{found.record_domain}", state="ok" if policy != "none" else "warning",
        record=found.record.raw, text=f"Messages that fail are to meet the policy {policy}.", citations=cited,
        why=None if policy != "none" else "p=none asks for reports only: a forged message is delivered like any other.",
        remedy=None if policy != "none" else "Move to quarantine, then reject, once reports show own mail to pass.",
        reference=_REFERENCE[rules],
    )  # fmt: skip
    at_fault = f"_dmarc.{found.record_domain}"
    return MessagePolicy((record, *_breaches(found.record, at_fault), *_reports(found, answers)), policy)


def _breaches(record: dmarc.DmarcRecord, name: str) -> Iterator[Check]:
    for problem in record.problems:
        yield Check(
            id="dmarc/tag", subject=name, state="warning", text=f"The DMARC record: {problem.text}.", record=record.raw,
            where=record.raw[problem.position :].partition(";")[0].strip() or None,
            why="Receivers that go by RFC 7489 may refuse the whole record for it." if problem.fatal else None,
            remedy="Correct the tag, or take it out.",
            reference=_REFERENCE[record.rules],
        )  # fmt: skip


def _reports(found: dmarc.DmarcResult, answers: Answers) -> Iterator[Check]:
    if found.record is None or found.record_domain is None:
        return
    for to in dmarc.authorize_reports(found.record, found.record_domain, lookup=answers):
        if to.authorized is True and not to.external:
            continue
        unknown = to.authorized is None or (to.query is not None and answers.ask(to.query, "TXT").status == "not_asked")
        state = "unknown" if unknown else "ok" if to.authorized else "problem"
        said = {"ok": "agreed to receive them", "unknown": "is not known to agree", "problem": "did not agree"}[state]
        yield Check(
            id="dmarc/reports", subject=to.uri.raw, state=state, where=to.tag,  # type: ignore[arg-type]
            text=f"Reports go to another organization, which {said}" + (f": {to.problem}." if to.problem else "."),
            remedy="Have the receiver publish the record at the name shown." if state == "problem" else None,
            record=to.query, reference="RFC 9990 section 4",
        )  # fmt: skip
