"""The Organizational Domain of a domain: by tree walk (RFC 9989) or by public suffix list (RFC 7489 section 3.2)."""

from __future__ import annotations

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from forensics.protocols.dmarc.inquiry import Inquiry
from forensics.protocols.dmarc.tree_walk import walk


def find_organization(domain: str, inquiry: Inquiry) -> tuple[str | None, str | None]:
    """Give the Organizational Domain under the inquiry's rules, or None and which question nobody answered."""
    if inquiry.rules == "rfc7489":
        return registered_domain(domain), None
    walked = walk(domain, inquiry)
    return walked.organizational_domain, walked.failure


@lru_cache(maxsize=1 << 14)
def registered_domain(domain: str) -> str:
    """Give the public suffix of a domain with one label more; a public suffix is its own.

    >>> registered_domain("news.shop.co.uk"), registered_domain("co.uk")
    ('shop.co.uk', 'co.uk')
    """
    found = _suffixes().privatesuffix(domain)
    return found if isinstance(found, str) else domain


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # The list that comes with the package: what it says depends on its version and on nothing else.
    return PublicSuffixList()
