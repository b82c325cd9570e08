"""Which questions a posture needs: those known beforehand, and then those that the answers lead to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice

from forensics.analysis.posture import (
    mail_exchangers,
    message_policy,
    name_servers,
    sender_policy,
    signing_keys,
    transport,
)
from forensics.analysis.posture.signing_keys import MAX_SELECTORS
from forensics.analysis.recorded_answers import Answers
from forensics.protocols.dmarc import rules_at

GUESSED_SELECTORS = ("default", "dkim", "google", "mail", "selector1", "selector2")
"""Selectors in wide use, as of November 2026; one that is not there says nothing."""

VOUCHED_FOR = (".", "SOA")
"""A signed record that every resolver can check: one that vouches for it checks signatures."""

_AT_DOMAIN = ("MX", "TXT", "NS", "SOA", "DS", "CAA")
_BELOW = ("_dmarc", "_mta-sts", "_smtp._tls", "default._bimi")


def known(domain: str, selectors: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """The questions that are certain before any answer is there, the most telling first.

    >>> known("example.com")[:3]
    (('example.com', 'MX'), ('example.com', 'TXT'), ('_dmarc.example.com', 'TXT'))
    """
    below = [(f"{label}.{domain}", "TXT") for label in _BELOW]
    at_domain = [(domain, qtype) for qtype in _AT_DOMAIN]
    keys = [(f"{selector.lower()}._domainkey.{domain}", "TXT") for selector in islice(selectors, MAX_SELECTORS)]
    return tuple(dict.fromkeys((*at_domain[:2], below[0], *at_domain[2:], *below[1:], *keys)))


def guessed(domain: str) -> tuple[tuple[str, str], ...]:
    """The keys that are looked for under names in wide use, once all else is asked."""
    return tuple((f"{selector}._domainkey.{domain}", "TXT") for selector in GUESSED_SELECTORS)


def ask(domain: str, selectors: tuple[str, ...], answers: Answers) -> None:
    """Ask all that judging the domain will ask, and what is worth a guess."""
    ask_needed(domain, selectors, answers)
    ask_guessed(domain, answers)


def ask_needed(domain: str, selectors: tuple[str, ...], answers: Answers) -> None:
    """Ask all that judging the domain will ask."""
    for qname, qtype in known(domain, selectors):
        answers.ask(qname, qtype)
    sender_policy.check(domain, answers)
    message_policy.check(domain, answers, rules_at(datetime.now(UTC)))
    exchangers = mail_exchangers.check(domain, answers)
    transport.check(domain, exchangers.hosts, answers)
    signing_keys.check(domain, selectors, answers)


def ask_guessed(domain: str, answers: Answers) -> None:
    """Ask what is worth a guess."""
    for qname, qtype in guessed(domain):
        answers.ask(qname, qtype)
    name_servers.check(domain, answers)
