"""What blocklists answered for the addresses of the exchangers; only of lists that somebody asked on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forensics.analysis.posture import mail_exchangers
from forensics.analysis.recorded_answers import Answers
from forensics.model.case_file import CitationPart
from forensics.model.posture import Asked, Check, CheckState
from forensics.protocols import blocklist
from forensics.protocols.address_scope import is_public
from forensics.protocols.blocklist import Meaning

MAX_ADDRESSES = 4
"""Public addresses of exchangers that a list is asked about, the most preferred exchanger first."""
MAX_LISTS = 4

_STATES: dict[Meaning, CheckState] = {
    "listed": "warning", "not_listed": "ok", "refused": "unknown", "no_list": "unknown", "unknown": "unknown",
}  # fmt: skip


def check(domain: str, zones: Iterable[str], answers: Answers) -> Iterator[Check]:
    """Tell what each list said of each address, in its own words."""
    lists = list(dict.fromkeys(zones))[:MAX_LISTS]
    addresses = _addresses(domain, answers) if lists else {}
    for zone in lists:
        for address, host in addresses.items():
            yield _listing(zone, address, host, answers)


def _addresses(domain: str, answers: Answers) -> dict[str, str]:
    """Public addresses, each with the first exchanger that has it."""
    found: dict[str, str] = {}
    for host in mail_exchangers.check(domain, answers).hosts[: mail_exchangers.MAX_EXCHANGERS]:
        for qtype in ("A", "AAAA"):
            for address in sorted(answers.ask(host, qtype).records):
                if len(found) < MAX_ADDRESSES and is_public(address):
                    found.setdefault(address, host)
    return found


def _listing(zone: str, address: str, host: str, answers: Answers) -> Check:
    name = blocklist.query_name(address, zone)
    asked = answers.ask(name, "A")
    meant = blocklist.meaning(answers(name, "A"))
    reason = answers.ask(name, "TXT") if meant in ("listed", "refused") else None
    words = " ".join(reason.records)[:500] if reason else ""
    codes = ", ".join(sorted(asked.records))
    text = {
        "listed": f"{zone} lists the address.",
        "not_listed": f"{zone} does not list the address.",
        "refused": f"{zone} declines to answer: its code is one of an error, and no listing.",
        "no_list": f"What answers at {zone} is no list: {codes} is no code of one.",
        "unknown": f"{zone} was not heard: {asked.status.replace('_', ' ')}.",
    }[meant]
    return Check(
        id="dnsbl/listing", subject=address, state=_STATES[meant], text=text, where=host,
        record=f"{codes} {words}".strip() or None,
        why="Receivers that use the list refuse or distrust mail from the address; it is the word of its operator."
        if meant == "listed" else None,
        remedy="Ask the list's operator for the reason." if meant == "listed" else None,
        reference="RFC 5782 section 2.1", citations=_cited(asked, reason),
    )  # fmt: skip


def _cited(asked: Asked, reason: Asked | None) -> tuple[CitationPart, ...]:
    return (*asked.citations, *(reason.citations if reason else ()))
