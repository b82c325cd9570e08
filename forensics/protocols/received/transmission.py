"""The protocol in a `with` clause (RFC 5321 4.4; types of RFC 3848, RFC 6531 and of the servers)."""

from __future__ import annotations

import re
from typing import NamedTuple

from forensics.protocols.received.tokens import is_comment

# https://www.iana.org/assignments/mail-parameters: mail transmission types, and what else moves mail
_PROTOCOL = re.compile(r"(?:UTF8)?(?:E?SMTP|LMTP)S?A?|ASMTP|HTTPS?|HTTPU|POP3S?|IMAP4?S?|UUCP|BSMTP|QMQP|QMTP", re.I)
_AUTHENTICATED = re.compile(r"(?:UTF8)?(?:E?SMTP|LMTP)S?A|ASMTP|HTTPS?|HTTPU", re.I)
_PRODUCT_WORDS = {
    "smtpsvc": "SMTP",  # Microsoft SMTPSVC(6.0.3790.0)
    "http-dav": "HTTP",  # Microsoft Exchange Server HTTP-DAV
    "local-smtp": "SMTP",  # Exim: SMTP on standard input
    "local-esmtp": "ESMTP",
    "local-bsmtp": "SMTP",
}
_WORD = re.compile(r"[^\s\[\],]+")


class Transmission(NamedTuple):
    """The protocol; the word that says the client authenticated, as written; a cipher that the clause names."""

    protocol: str | None
    auth: str | None
    cipher: str | None


def read(tokens: list[str]) -> Transmission:
    """Find the protocol among the words of a `with` clause.

    One unknown word is the protocol as written (`mapi`); of several, none is (`Internet Mail Service`).

    >>> read(["Microsoft", "SMTP", "Server"]).protocol, read(["ESMTP/TLS/AES256-SHA"]).cipher
    ('SMTP', 'AES256-SHA')
    """
    if tokens and _PROTOCOL.fullmatch(tokens[0]):
        return Transmission(tokens[0].upper(), authentication(tokens[0]), None)
    words = [word for token in tokens if not is_comment(token) for word in _WORD.findall(token)]
    for index, word in enumerate(words):
        name, *rest = word.split("/")  # IronPort: ESMTP/TLS/DHE-RSA-AES256-GCM-SHA384
        protocol = _PRODUCT_WORDS.get(name.lower()) or (name.upper() if _PROTOCOL.fullmatch(name) else None)
        if protocol is not None:
            cipher = rest[1] if len(rest) > 1 and rest[0].upper() == "TLS" else _encrypted(words, index)
            return Transmission(protocol, authentication(name), cipher)
    return Transmission(words[0] if len(words) == 1 else None, None, None)


def authentication(word: str) -> str | None:
    """The word itself where it is a transmission type that means an authenticated client (RFC 3848, webmail).

    >>> authentication("esmtpsa"), authentication("ESMTPS")
    ('esmtpsa', None)
    """
    return word if _AUTHENTICATED.fullmatch(word) else None


def _encrypted(words: list[str], index: int) -> str | None:
    """The cipher of `with AES128-SHA encrypted SMTP`, as patched qmail writes it."""
    return words[index - 2] if index > 1 and words[index - 1] == "encrypted" else None
