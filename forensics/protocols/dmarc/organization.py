"""The Organizational Domain of a domain: by tree walk (RFC 9989) or by public suffix list (RFC 7489 section 3.2)."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from forensics.protocols.a_labels import to_a_labels
from forensics.protocols.dmarc.inquiry import Inquiry
from forensics.protocols.dmarc.tree_walk import walk
from forensics.protocols.remembered import of_short_texts


def find_organization(domain: str, inquiry: Inquiry) -> tuple[str | None, str | None]:
    """Give the Organizational Domain under the inquiry's rules, or None and which question nobody answered."""
    if inquiry.rules == "rfc7489":
        return registered_domain(domain), None
    walked = walk(domain, inquiry)
    return walked.organizational_domain, walked.failure


@partial(of_short_texts, results=1 << 14)
def registered_domain(domain: str) -> str:
    """Give the public suffix of a domain with one label more; a public suffix is its own.

    >>> registered_domain("news.shop.co.uk"), registered_domain("co.uk")
    ('shop.co.uk', 'co.uk')
    """
    found = _suffixes(domain.rstrip(".").rpartition(".")[2].lower()).privatesuffix(domain)
    return found if isinstance(found, str) else domain


@lru_cache(maxsize=256)
def _suffixes(top: str) -> PublicSuffixList:
    """The rules below one top-level domain: to read all takes longer than everything else that one domain needs."""
    return PublicSuffixList(_rules().get(top, ()))


@lru_cache(maxsize=1)
def _rules() -> dict[str, list[str]]:
    """The rules by top-level domain, as U-label and as A-label."""
    # The list that comes with the package: what it says depends on its version and on nothing else.
    rules: dict[str, list[str]] = {}
    for line in Path(PSLFILE).read_text(encoding="utf-8").splitlines():
        rule, _, _ = line.strip().lower().partition(" ")
        if rule and not rule.startswith("//"):
            rules.setdefault(rule.rpartition(".")[2], []).append(rule)
    return rules | {to_a_labels(top): own for top, own in rules.items() if not top.isascii()}
