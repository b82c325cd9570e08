"""The grammar of a DKIM-Signature field (RFC 6376 section 3.5), which ARC-Message-Signature shares.

::

    v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=2026; t=1528637909; h=from : to : date;
     bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=F45dVWDfMbQDGHJF...
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from forensics.errors import ProtocolError
from forensics.protocols.dkim.canonicalization import Algorithm
from forensics.protocols.dkim.result import ReasonCode
from forensics.protocols.dkim.tag_list import TagListError, shorten
from forensics.protocols.dkim.tag_values import (
    read_base64,
    read_domain,
    read_list,
    read_number,
    read_quoted_printable,
)

ALGORITHMS = {
    "rsa-sha1": ("rsa", "sha1"),
    "rsa-sha256": ("rsa", "sha256"),
    "ed25519-sha256": ("ed25519", "sha256"),
}
_CANONICALIZATIONS: dict[str, Algorithm] = {"simple": "simple", "relaxed": "relaxed"}
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")
_FIELD_NAME = re.compile(r"[\x21-\x39\x3b-\x7e]+")
_MAX_TIME_DIGITS = 12
_MAX_LENGTH_DIGITS = 76


class DkimSignatureError(ProtocolError):
    """A signature field that RFC 6376 section 6.1.1 has verifiers ignore; `code` is the reason of the result."""

    def __init__(self, code: ReasonCode, text: str) -> None:
        super().__init__(f"signature malformed: {text}" if code == "syntax" else text)
        self.code: ReasonCode = code


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """The tags of one signature, read.

    `domain` and `selector` are in the form asked for in the DNS. `identity` is i= decoded, None where it is not given.
    `signed_headers` are the names of h= as written. `signed_at` and `expires_at` are t= and x= in seconds since 1970.
    """

    algorithm: str
    key_type: str
    hash_algorithm: str
    signature: bytes
    body_hash: bytes
    header_canonicalization: Algorithm
    body_canonicalization: Algorithm
    domain: str
    selector: str
    signed_headers: tuple[str, ...]
    identity: str | None = None
    identity_domain: str | None = None
    body_length: int | None = None
    signed_at: int | None = None
    expires_at: int | None = None

    def matches_body(self, body: bytes) -> bool:
        """Tell whether the canonical body, up to l=, has the hash bh=."""
        covered = memoryview(body)[: self.body_length]
        return hashlib.new(self.hash_algorithm, covered, usedforsecurity=False).digest() == self.body_hash


def read_signature(tags: Mapping[str, str]) -> DkimSignature:
    """Read the tags of a DKIM-Signature field, as strictly as section 6.1.1 asks.

    Raises:
        DkimSignatureError: with the reason code; a tag that is missing, malformed or of an unknown kind, i= outside
            d=, or From not among the signed fields.
    """
    if tags.get("v", "1") != "1":
        raise DkimSignatureError("unsupported", f"incompatible version v={tags['v']}")
    require_tags(tags, _REQUIRED)
    signature = read_message_signature(tags)
    names = read_list(tags["h"])
    if not all(map(_FIELD_NAME.fullmatch, names)):
        raise DkimSignatureError("syntax", f"h={shorten(tags['h'])} is no list of field names")
    if "from" not in map(str.lower, names):
        raise DkimSignatureError("from_not_signed", "From field not signed: h= does not name it")
    return _with_identity(signature, tags.get("i"))


def read_message_signature(tags: Mapping[str, str]) -> DkimSignature:
    """Read the tags that DKIM-Signature and ARC-Message-Signature have in common; empty names in h= are left out."""
    algorithm, key_type, hash_algorithm = read_algorithm(tags)
    domain, selector = read_signer(tags)
    signed_at, expires_at = _read_times(tags)
    header_canonicalization, body_canonicalization = _read_canonicalization(tags.get("c", "simple/simple"))
    if "dns/txt" not in (method.lower() for method in read_list(tags.get("q", "dns/txt"))):
        raise DkimSignatureError("unsupported", f"no known query method in q={shorten(tags['q'])}")
    try:
        body_length = read_number(tags["l"], _MAX_LENGTH_DIGITS) if "l" in tags else None
    except TagListError as error:
        raise DkimSignatureError("syntax", f"l=: {error}") from error
    return DkimSignature(
        algorithm=algorithm,
        key_type=key_type,
        hash_algorithm=hash_algorithm,
        signature=read_octets(tags, "b"),
        body_hash=_read_body_hash(tags, hash_algorithm),
        header_canonicalization=header_canonicalization,
        body_canonicalization=body_canonicalization,
        domain=domain,
        selector=selector,
        signed_headers=tuple(name for name in read_list(tags["h"]) if name),
        body_length=body_length,
        signed_at=signed_at,
        expires_at=expires_at,
    )


def require_tags(tags: Mapping[str, str], names: Sequence[str]) -> None:
    """Raise DkimSignatureError where one of the tags is missing."""
    missing = [f"{name}=" for name in names if name not in tags]
    if missing:
        raise DkimSignatureError("syntax", f"required tag missing: {', '.join(missing)}")


def read_algorithm(tags: Mapping[str, str]) -> tuple[str, str, str]:
    """Give a= and its two halves: ("rsa-sha256", "rsa", "sha256")."""
    algorithm = tags["a"].lower()
    if algorithm not in ALGORITHMS:
        raise DkimSignatureError("unsupported", f"unknown algorithm a={shorten(tags['a'])}")
    return algorithm, *ALGORITHMS[algorithm]


def read_signer(tags: Mapping[str, str]) -> tuple[str, str]:
    """Give d= and s= in the form asked for in the DNS."""
    try:
        # RFC 6376 section 3.5 has d= of two labels or more.
        return read_domain(tags["d"], min_labels=2), read_domain(tags["s"], min_labels=1)
    except TagListError as error:
        raise DkimSignatureError("syntax", f"d= or s=: {error}") from error


def read_octets(tags: Mapping[str, str], name: str) -> bytes:
    """Give the bytes of a base64 tag, which must not be empty."""
    try:
        octets = read_base64(tags[name])
    except TagListError as error:
        raise DkimSignatureError("syntax", f"{name}=: {error}") from error
    if not octets:
        raise DkimSignatureError("syntax", f"{name}= is empty")
    return octets


def read_time(tags: Mapping[str, str], name: str) -> int | None:
    """Give a tag that counts the seconds since 1970, None where it is not there."""
    try:
        return read_number(tags[name], _MAX_TIME_DIGITS) if name in tags else None
    except TagListError as error:
        raise DkimSignatureError("syntax", f"{name}=: {error}") from error


def as_datetime(seconds: int | None) -> datetime | None:
    """Give the time of a count of seconds since 1970; None where there is none, or none that a datetime can hold."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read_times(tags: Mapping[str, str]) -> tuple[int | None, int | None]:
    signed_at, expires_at = read_time(tags, "t"), read_time(tags, "x")
    if signed_at is not None and expires_at is not None and expires_at <= signed_at:
        raise DkimSignatureError("syntax", f"x={expires_at} is not after t={signed_at}")
    return signed_at, expires_at


def _read_body_hash(tags: Mapping[str, str], hash_algorithm: str) -> bytes:
    body_hash = read_octets(tags, "bh")
    size = hashlib.new(hash_algorithm, usedforsecurity=False).digest_size
    if len(body_hash) != size:
        raise DkimSignatureError("syntax", f"bh= has {len(body_hash)} bytes, {hash_algorithm} has {size}")
    return body_hash


def _read_canonicalization(value: str) -> tuple[Algorithm, Algorithm]:
    header, slash, body = value.lower().partition("/")
    body = body if slash else "simple"
    if header not in _CANONICALIZATIONS or body not in _CANONICALIZATIONS:
        raise DkimSignatureError("unsupported", f"unknown canonicalization c={shorten(value)}")
    return _CANONICALIZATIONS[header], _CANONICALIZATIONS[body]


def _with_identity(signature: DkimSignature, value: str | None) -> DkimSignature:
    if value is None:
        return signature
    try:
        identity = read_quoted_printable(value)
        domain = read_domain(identity.rpartition("@")[2], min_labels=2)
    except TagListError as error:
        raise DkimSignatureError("syntax", f"i=: {error}") from error
    if "@" not in identity:
        raise DkimSignatureError("syntax", f"i={shorten(value)} has no @")
    if domain != signature.domain and not domain.endswith("." + signature.domain):
        raise DkimSignatureError("domain_mismatch", f"domain mismatch: i={shorten(identity)} is outside d=")
    return replace(signature, identity=identity, identity_domain=domain)
