"""The TLS version and cipher in the comments of a Received field, as each server writes them."""

from __future__ import annotations

import re
from typing import NamedTuple

from forensics.protocols.remembered import of_short_texts

_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # Postfix, Kerio, Stalwart: using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
        r"using (?P<version>(?:TLS|SSL)[^\s,()]*)(?: with cipher (?P<cipher>[^\s,()]+))?",
        # Sendmail, Gmail, Exchange: version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        r"version=(?P<version>[^\s,;()]+)",
        r"cipher=(?P<cipher>[^\s,;()]+)",
        # Courier: TLS: TLSv1.2,256bits,ECDHE-RSA-AES256-GCM-SHA384
        r"(?:TLS|SSL): ?(?P<version>[^\s,:]{1,40}),[0-9]{1,5}bits,(?P<cipher>[^\s,()]+)",
        # Exim, OpenSMTPD: TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256; Cipher TLSv1:DES-CBC3-SHA:168
        r"^\s*(?:Cipher )?(?P<version>(?:TLS|SSL)[^:\s]*):(?P<cipher>[^:\s]+)(?::|$)",
        # qmail with TLS: DHE-RSA-AES256-SHA encrypted
        r"^\s*(?P<cipher>[A-Z0-9_-]+) encrypted$",
        # Exim 4.94: TLS1.3
        r"^\s*(?P<version>(?:TLS|SSL)[v_-]?[0-9][0-9._]*)$",
    )
)
_VERSION = re.compile(r"(?:.*\\)?(TLS|SSL)[v_ -]?([0-9])[._]?([0-9])?", re.IGNORECASE)


class Tls(NamedTuple):
    """Protocol version and cipher suite; None where not named."""

    version: str | None = None
    cipher: str | None = None


def read(notes: list[str]) -> Tls:
    """The first version and the first cipher that any note names.

    >>> read(["Exim 4.96", "TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256"])
    Tls(version='TLSv1.2', cipher='ECDHE_RSA_AES_256_GCM_SHA384')
    """
    version = cipher = None
    for note in notes:
        if _is_mentioned(note.lower()):
            named = _read_note(note)
            version, cipher = version or named.version, cipher or named.cipher
    return Tls(version, cipher)


def _is_mentioned(lower: str) -> bool:
    """Whether a text in lower case may name a version or a cipher at all; most do not, and need no more time."""
    return "tls" in lower or "ssl" in lower or "cipher" in lower or "encrypted" in lower


@of_short_texts  # a server writes the same few notes into all that it relays
def _read_note(note: str) -> Tls:
    version = cipher = None
    for shape in _SHAPES:
        match = shape.search(note)
        if match is not None:
            parts = match.groupdict()
            version, cipher = version or parts.get("version"), cipher or parts.get("cipher")
        if version and cipher:
            break
    return Tls(_canonical(version) if version else None, cipher)


def _canonical(version: str) -> str:
    """One spelling for `TLS1_2`, `TLS-1.2`, `TLSv1.2` and `TLS\\Tls12`; `TLSv1/SSLv3` names no one version."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return version
    family, major, minor = match[1].upper(), match[2], match[3]
    if family == "SSL":
        return f"SSLv{major}"
    return f"TLSv{major}.{minor or 0}"
