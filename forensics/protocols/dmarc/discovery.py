"""Finding the policy that applies to an author domain (RFC 9989 section 4.10.1, RFC 7489 section 6.6.3)."""

from __future__ import annotations

from dataclasses import dataclass

from forensics.protocols.dmarc.inquiry import Inquiry
from forensics.protocols.dmarc.organization import registered_domain
from forensics.protocols.dmarc.record import DmarcRecord
from forensics.protocols.dmarc.rules import Policy
from forensics.protocols.dmarc.tree_walk import walk

_BELOW: dict[Policy, Policy] = {"reject": "quarantine", "quarantine": "none", "none": "none"}


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found for an author domain.

    `record` is the one that applies, at `record_domain`; None where none does, and `problem` says why. `failure` says
    which question nobody answered: without a record it hides whether there is one, with a record only the
    Organizational Domain, which is None then.
    """

    author_domain: str
    organizational_domain: str | None
    record: DmarcRecord | None = None
    record_domain: str | None = None
    problem: str | None = None
    failure: str | None = None


def discover(author_domain: str, inquiry: Inquiry) -> Discovery:
    """Find the record that applies to an author domain, under the inquiry's rules."""
    found = _by_list(author_domain, inquiry) if inquiry.rules == "rfc7489" else _by_walk(author_domain, inquiry)
    if found.record is None or found.record.usable:
        return found
    problem = f"the record at {found.record_domain} has no valid policy and no valid rua="
    return Discovery(author_domain, found.organizational_domain, problem=problem, failure=found.failure)


def find_policy(found: Discovery, inquiry: Inquiry) -> tuple[Policy | None, str | None]:
    """Give the policy for messages that fail, after sp, np and t; None and the failure where nobody knows."""
    record = found.record
    if record is None:
        return None, None
    policy, failure = record.policy_for("itself"), None
    if found.record_domain != found.author_domain:
        policy = record.policy_for("subdomain")
        if record.policy_for("nonexistent") != policy:
            exists, failure = _exists(found.author_domain, inquiry)
            policy = policy if exists else record.policy_for("nonexistent")
    if failure is not None:
        return None, failure
    return (_BELOW[policy] if record.t == "y" else policy), None


def _exists(domain: str, inquiry: Inquiry) -> tuple[bool, str | None]:
    """Say whether a domain exists: any answer but NXDOMAIN says so (RFC 9989 section 3.2.13 and appendix A.4)."""
    answer, failure = inquiry.ask(domain, "A")
    return answer is not None and answer.status != "nxdomain", failure


def _by_walk(domain: str, inquiry: Inquiry) -> Discovery:
    walked = walk(domain, inquiry)
    organization = walked.organizational_domain
    for place in (domain, organization, walked.public_suffix_domain):
        record = walked.record_of(place)
        # Behind a failure only the author's own record is known to apply.
        if record is not None and (place == domain or walked.failure is None):
            return Discovery(domain, organization, record, place, failure=walked.failure)
    several = f"several policy records at {', '.join(walked.discarded)}" if walked.discarded else None
    problem = walked.failure or several or f"no policy record for {domain}"
    return Discovery(domain, organization, problem=problem, failure=walked.failure)


def _by_list(domain: str, inquiry: Inquiry) -> Discovery:
    organization = registered_domain(domain)
    for place in dict.fromkeys((domain, organization)):
        fetched = inquiry.fetch(place)
        if fetched.failure is not None:
            return Discovery(domain, organization, problem=fetched.failure, failure=fetched.failure)
        if fetched.record is not None:
            return Discovery(domain, organization, fetched.record, place)
        if fetched.found:
            # Step 5: several records end the search; only none leads on to the Organizational Domain.
            return Discovery(domain, organization, problem=f"several policy records at {place}")
    return Discovery(domain, organization, problem=f"no policy record for {domain}")
