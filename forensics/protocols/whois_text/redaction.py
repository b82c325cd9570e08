"""Texts that registries show in the place of what they hide; data protection is not absence.

A proxy service ("WhoisGuard, Inc.") is no redaction: it is the registrant of record, and stays one.
"""

from __future__ import annotations

import re

from forensics.protocols.registration import Redaction
from forensics.protocols.whois_text.lines import LINES_MAX

_TEXT_MAX = 300

_VALUE = re.compile(
    r"""
    \bredacted\b | \bnot\ disclosed\b | \bundisclosed\b | \bdata\ protected\b | \bprivacy\ protected\b | \bgdpr\b
    | \bwithheld\b | \bhidden\b | \bmasked\b | \bmasking\ enabled\b | \bnon-?public\ data\b
    | \bnot\ (?:displayed|shown|published|public)\b
    | ^private\ person$ | ^ano\ nymous$ | ^anonymous\b | ^personal\ data\b | ^confidential$ | ^protected$ | ^private$
    | \bdata\ restricted\b | \bnot\ available\ (?:due|from)\b | \bfor\ privacy\b | \bweb[ -]?based\ whois\b
    | ^visit\ \S+\ for\b | \bquery\ the\ (?:rdds|registrar)\b | \bselect\ (?:contact|request)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"""
    \b(?:has|have)\ been\ redacted\b | \bprivacy\ has\ been\ activated\b | \bnever\ discloses?\b
    | \bdisclosure\ of\ contact\ data\ is\ restricted\b | \bdata\ (?:is|are)\ not\ (?:disclosed|displayed)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_redaction(value: str) -> bool:
    """Say whether a value is the registry's text for "not shown", and no name or address.

    >>> is_redaction("REDACTED FOR PRIVACY"), is_redaction("Privacy Proxy Ltd")
    (True, False)
    """
    return _VALUE.search(value[:_TEXT_MAX].strip()) is not None


def stated_redaction(text: str) -> Redaction | None:
    """Find the sentence that says that contacts are left out of the whole answer; None if there is none."""
    for line in text.splitlines()[:LINES_MAX]:
        if _SENTENCE.search(line[:_TEXT_MAX]):
            return Redaction("contacts", "removal", line[:_TEXT_MAX].strip(" %#*"))
    return None
