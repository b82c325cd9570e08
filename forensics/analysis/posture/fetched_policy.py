"""The MTA-STS policy that was fetched: what came of it, what is wrong in it, and whether the exchangers fit."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.analysis.posture import mail_exchangers
from forensics.analysis.recorded_answers import Answers
from forensics.analysis.recorded_contacts import Contacts, PolicyAttempt
from forensics.model.posture import Check, CheckState
from forensics.protocols import mta_sts
from forensics.protocols.mta_sts import Policy

MAX_PROBLEMS = 20
MAX_SHOWN = 2_000
_REFERENCE = "RFC 8461 section 3.3"
_UNKNOWN = {
    "address_unknown": "nobody answered the question for the address of its host",
    "timeout": "its host did not answer in time",
    "unreachable": "its host could not be reached",
}
_FAILED = {
    "no_address": "its host has no address",
    "not_public": "its host has no public address, and was not called",
    "refused": "its host refuses connections",
    "closed": "its host hung up",
    "certificate": "the certificate of its host is not accepted",
    "tls": "its host speaks no TLS that could be agreed on",
    "oversized": "it is longer than senders read",
    "redirect": "its host leads elsewhere, where senders do not follow",
    "http_status": "its host does not serve it",
    "no_http": "its host gives no HTTP response",
}
_ENFORCED = {"enforce": "senders refuse to deliver where it does not fit", "testing": "senders only report",
             "none": "senders are asked to ignore it"}  # fmt: skip


def is_wanted(domain: str, answers: Answers) -> bool:
    """Whether the domain asks senders to fetch a policy (section 3.1)."""
    asked = answers.ask(f"_mta-sts.{domain}", "TXT")
    return asked.status == "ok" and any(record.startswith("v=STSv1") for record in asked.records)


def check(domain: str, answers: Answers, contacts: Contacts) -> Iterator[Check]:
    """Judge the last attempt to fetch the policy; nothing where the domain publishes none and nobody tried."""
    host = f"mta-sts.{domain}"
    attempt = contacts.policy(host)
    if attempt is None:
        if is_wanted(domain, answers):
            yield Check(
                id="mta-sts/policy", subject=host, state="unknown", text="The policy was not fetched.",
                reference=_REFERENCE,
            )  # fmt: skip
    elif attempt.outcome != "answered" or attempt.body is None:
        yield _without(host, attempt)
    else:
        yield from _policy(domain, host, attempt, answers)


def _without(host: str, attempt: PolicyAttempt) -> Check:
    known = attempt.outcome in _FAILED
    why = (_FAILED if known else _UNKNOWN).get(attempt.outcome, attempt.outcome)
    said = f"HTTP status {attempt.http_status}" if attempt.http_status else ""
    detail = "; ".join(part for part in (said, attempt.note) if part)
    return Check(
        id="mta-sts/policy", subject=host, state="problem" if known else "unknown",
        text=f"The policy could not be fetched: {why}{f' ({detail})' if detail else ''}.",
        why="Without it senders know of no policy, and deliver as if there were none." if known else None,
        remedy=f"Serve it at {attempt.url} with status 200 and a certificate for {host}." if known else None,
        reference=_REFERENCE, citations=(attempt.citation,),
    )  # fmt: skip


def _policy(domain: str, host: str, attempt: PolicyAttempt, answers: Answers) -> Iterator[Check]:
    policy = mta_sts.parse(attempt.body or "")
    state: CheckState = "ok" if policy.valid else "problem"
    text = (
        f"Mode {policy.mode}: {_ENFORCED[policy.mode or 'none']}; kept for {policy.max_age_s} s."
        if policy.valid
        else "Senders do not take the policy: it breaks its grammar."
    )
    yield Check(
        id="mta-sts/policy", subject=host, state=state, text=text, record=_shown(attempt.body or ""),
        remedy=None if policy.valid else "Correct the policy, and publish a new id in the TXT record.",
        reference="RFC 8461 section 3.2", citations=(attempt.citation,),
    )  # fmt: skip
    for problem in policy.problems[:MAX_PROBLEMS]:
        yield Check(
            id="mta-sts/part", subject=host, state="problem" if problem.fatal else "warning", text=problem.text,
            where=problem.where, reference="RFC 8461 section 3.2", citations=(attempt.citation,),
        )  # fmt: skip
    if attempt.media_type != "text/plain":
        yield Check(
            id="mta-sts/media-type", subject=host, state="warning", record=attempt.media_type,
            text="The policy is not served as text/plain: senders may refuse it.",
            remedy="Serve it with Content-Type: text/plain.", reference="RFC 8461 section 3.2",
            citations=(attempt.citation,),
        )  # fmt: skip
    if policy.valid and policy.mode != "none":
        yield from _exchangers(domain, policy, attempt, answers)


def _shown(body: str) -> str:
    """The policy as a reader wants it; the recording has its bytes."""
    text = body.replace("\r\n", "\n").strip("\n")
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} (and {len(text) - MAX_SHOWN} more characters)"


def _exchangers(domain: str, policy: Policy, attempt: PolicyAttempt, answers: Answers) -> Iterator[Check]:
    """Section 4.1: an exchanger that no pattern names is not delivered to."""
    hosts = tuple(dict.fromkeys(mail_exchangers.check(domain, answers).hosts))
    for host in hosts[: mail_exchangers.MAX_EXCHANGERS]:
        if any(mta_sts.matches(pattern, host) for pattern in policy.mx):
            continue
        enforced = policy.mode == "enforce"
        yield Check(
            id="mta-sts/mx", subject=host, state="problem" if enforced else "warning",
            record=", ".join(policy.mx)[:500], text="The policy names no such exchanger.",
            why="Senders that know the policy refuse to deliver to it." if enforced else "Senders report it.",
            remedy=f"Add mx: {host} to the policy, or remove the MX record.", reference="RFC 8461 section 4.1",
            citations=(attempt.citation,),
        )  # fmt: skip
