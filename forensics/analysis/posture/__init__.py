"""The mail posture of a domain out of recorded answers: the checks, and what they come to for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from msgspec import structs

from forensics.analysis.posture import (
    mail_exchangers,
    message_policy,
    name_servers,
    sender_policy,
    signing_keys,
    transport,
)
from forensics.analysis.posture.mail_exchangers import Exchangers
from forensics.analysis.posture.message_policy import MessagePolicy
from forensics.analysis.posture.sender_policy import SenderPolicy
from forensics.analysis.recorded_answers import Answers
from forensics.model.case_file import Tool
from forensics.model.posture import SCHEMA, Check, Posture, SummaryLine
from forensics.protocols.dmarc import Rules, registered_domain, rules_at
from forensics.protocols.query_names import within


def judge(
    domain: str, answers: Answers, *, tool: Tool, selectors: Iterable[str] = (), as_of: date | None = None,
    rules: Rules | None = None,
) -> Posture:  # fmt: skip
    """Judge a domain from what was recorded of its names.

    Args:
        domain: in the form of the tables: lower case, A-labels, no trailing dot.
        selectors: DKIM selectors to look at besides those that the records name.
        as_of: the UTC day to judge; DMARC is judged by the specification of that day.
    """
    used = rules or rules_at(as_of or datetime.now(UTC))
    exchangers = mail_exchangers.check(domain, answers)
    policy = sender_policy.check(domain, answers)
    keys = signing_keys.check(domain, selectors, answers)
    messages = message_policy.check(domain, answers, used)
    others = (*transport.check(domain, exchangers.hosts, answers), *name_servers.check(domain, answers))
    checks = (*exchangers.checks, *policy.checks, *keys, *messages.checks, *others)
    return Posture(
        schema=SCHEMA, tool=tool, domain=domain, as_of=as_of.isoformat() if as_of else None, dmarc_rules=used,
        summary=_summary(domain, exchangers, policy, messages),
        checks=tuple(_said(check, answers) for check in checks), questions=answers.questions,
    )  # fmt: skip


def _said(check: Check, answers: Answers) -> Check:
    """The check as it may be told: evaluators know of no questions that nobody asked, and call them timed out."""
    text = check.text
    for question in answers.questions:
        if question.status == "not_asked" and "timeout" in text:
            asked = f"{question.qname} {question.qtype}"
            text = text.replace(f"{asked}: timeout", f"{asked}: not asked")
    return check if text == check.text else structs.replace(check, text=text)


def _summary(
    domain: str, exchangers: Exchangers, policy: SenderPolicy, messages: MessagePolicy
) -> tuple[SummaryLine, ...]:
    return (
        _receives(exchangers),
        _sends(policy),
        _can_be_spoofed(policy, messages),
        _is_parked(exchangers, policy, messages),
        _is_run_by_others(domain, exchangers, policy),
    )


def _receives(exchangers: Exchangers) -> SummaryLine:
    question = "Is it set up to receive mail?"
    if exchangers.receives is None:
        return SummaryLine(question=question, answer="unknown", text="Where its mail is to go is not known.")
    if exchangers.receives:
        hosts = ", ".join(exchangers.hosts)
        return SummaryLine(
            question=question, answer="yes", text=f"Mail is to go to {hosts}; that is no sign that any went."
        )
    return SummaryLine(question=question, answer="no", text="Its records leave no server that mail could go to.")


def _sends(policy: SenderPolicy) -> SummaryLine:
    question = "Does it say that anybody may send for it?"
    if policy.sends is None:
        return SummaryLine(question=question, answer="unknown", text="It says nothing that is known; anybody may try.")
    if policy.broken:
        text = "Its SPF record is in error: receivers draw nothing from it."
        return SummaryLine(question=question, answer="unknown", text=text)
    if policy.sends:
        return SummaryLine(
            question=question, answer="yes", text="SPF lets some servers send; that is no sign that any did."
        )
    return SummaryLine(
        question=question, answer="no", text="SPF lets nobody send; that binds receivers that ask, not senders."
    )


def _can_be_spoofed(policy: SenderPolicy, messages: MessagePolicy) -> SummaryLine:
    question = "Can others send in its name and be delivered?"
    if messages.policy is None:
        return SummaryLine(question=question, answer="unknown", text="The DMARC policy is not known.")
    if messages.policy == "reject":
        return SummaryLine(
            question=question, answer="no", text="Receivers that judge by DMARC are asked to reject such mail."
        )
    if messages.policy == "quarantine" or policy.closed:
        text = "Receivers are asked to distrust such mail, not to reject it."
        return SummaryLine(question=question, answer="partly", text=text)
    return SummaryLine(question=question, answer="yes", text="Receivers are not asked to refuse such mail.")


def _is_parked(exchangers: Exchangers, policy: SenderPolicy, messages: MessagePolicy) -> SummaryLine:
    question = "Is it parked: published as a domain without mail?"
    signs = (exchangers.receives is False, policy.sends is False and policy.closed is True, messages.policy == "reject")
    if all(signs):
        return SummaryLine(
            question=question, answer="yes", text="No exchanger, an SPF record that lets nobody send, and p=reject."
        )
    if exchangers.receives or policy.sends:
        return SummaryLine(question=question, answer="no", text="Its records provide for mail.")
    return SummaryLine(question=question, answer="unknown", text="Its records do not say so, nor the opposite.")


def _is_run_by_others(domain: str, exchangers: Exchangers, policy: SenderPolicy) -> SummaryLine:
    question = "Do others run its mail, by its records?"
    own = registered_domain(domain)
    hosts, includes = (
        ", ".join(dict.fromkeys(registered_domain(name) for name in names if name and not within(name, own)))
        for names in (exchangers.hosts, policy.includes)
    )
    if hosts:
        text = f"Its exchangers lie with {hosts}." + (f" {includes} may send for it." if includes else "")
        return SummaryLine(question=question, answer="yes", text=text)
    if includes:
        kept = "Its exchangers lie in the domain itself; " if exchangers.hosts else ""
        return SummaryLine(question=question, answer="partly", text=f"{kept}{includes} may send for it.")
    if exchangers.receives is None and policy.sends is None:
        return SummaryLine(question=question, answer="unknown", text="Neither exchangers nor permissions are known.")
    text = "All names lie in the domain itself; who runs the machines behind them, names do not tell."
    return SummaryLine(question=question, answer="no", text=text)
