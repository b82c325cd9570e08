"""The header fields that a signer kept in z= (RFC 6376 section 3.5): what they said before anyone altered them."""

from __future__ import annotations

from forensics.protocols.dkim.tag_list import TagListError
from forensics.protocols.dkim.tag_values import read_quoted_printable

_MAX_FIELDS = 1000


def read_copied_headers(value: str) -> tuple[tuple[str, str], ...]:
    """Give (name, value) of each field that z= holds, at most 1,000; parts that break its grammar are left out.

    They are evidence of what was signed, not part of the proof: the standard lets nobody verify with them.

    >>> read_copied_headers("From:joe@example.org | Subject:lunch=20at=20noon")
    (('From', 'joe@example.org'), ('Subject', 'lunch at noon'))
    """
    fields = []
    for part in value.split("|", _MAX_FIELDS)[:_MAX_FIELDS]:
        name, colon, text = part.partition(":")
        if not colon:
            continue
        try:
            fields.append((name.strip(), read_quoted_printable(text)))
        except TagListError:
            continue
    return tuple(fields)
