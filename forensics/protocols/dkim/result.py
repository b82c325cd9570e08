"""What is said of one signature: an RFC 8601 result, its reason, and what the signature covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forensics.protocols.dkim.key_record import DkimKey

Result = Literal["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"]
"""The words of RFC 8601 section 2.7.1. `none` and `neutral` are never given to a signature here: a message without
signatures has no results, and what RFC 6376 calls PERMFAIL is `permerror`, or `fail` where the cryptography failed."""

ReasonCode = Literal[
    "body_altered",  # fail: the body's hash is not bh=
    "header_altered",  # fail: the key signed other header fields
    "signature_mismatch",  # fail: b= was altered, another key signed, or (Ed25519) the header was altered
    "key_missing",  # permerror: the name holds no record
    "key_unavailable",  # temperror: nobody could say whether it does
    "key_revoked",  # permerror
    "key_malformed",  # permerror: a record is there and is no usable key
    "key_unsuitable",  # permerror: the key forbids this use (k= h= s= t=s)
    "syntax",  # permerror: the signature field breaks the grammar
    "unsupported",  # permerror: version, algorithm, canonicalization or query method not known
    "domain_mismatch",  # permerror: i= is outside d=
    "from_not_signed",  # permerror: h= does not name From
    "body_too_short",  # permerror: l= is more than the body has
    "expired",  # permerror: verified, but x= is before the given time
    "signed_in_future",  # policy: verified, but t= is after the given time
    "weak_key",  # policy: verified, but the RSA key is too small
    "weak_algorithm",  # policy: verified, but with rsa-sha1
    "from_added",  # policy: verified, but a From field stands in the message that it does not cover
    "header_malformed",  # policy: verified, but a line of the header is no field and can hide unsigned text
    "field_added",  # pass: another field of a name that it covers once, such as Subject, is not covered
    "partial_body",  # pass: l= leaves a part of the body unsigned
    "not_judged",  # policy: more signatures than are judged
]
"""Why a signature has its result; the comment beside each word is that result."""


@dataclass(frozen=True, slots=True)
class DkimResult:
    """The verdict on one DKIM-Signature field, and what it rests on.

    A `pass` says no more than that `signing_domain` signed `signed_headers` and the first `body_length` bytes of the
    body: look at `body_size` and `unsigned_headers` for what it does not say.

    Attributes:
        result: the word of RFC 8601.
        reason: why, in words; None for a `pass` without reservation.
        code: the same as a word for programs; the first where there are several reasons.
        raw: the value of the field as it stands in the message.
        signing_domain, selector, identity: d=, s= and i= as written (i= decoded).
        algorithm, canonicalization: a= and c=, c= with both halves.
        key_name: the name asked for in the DNS.
        key: the key record that was used, or the one that could not be.
        key_bits: the size of that key.
        body_hash_matches: whether the body is the one signed; None: not tested.
        signature_matches: whether b= is the key's signature over the header; None: not tested.
        body_length: how many bytes of the canonical body the signature covers: l=, or all.
        body_size: how many bytes the canonical body has.
        signed_headers: the names in h=.
        unsigned_headers: the fields of the message that are not covered, one name per field.
        copied_headers: the fields that z= kept from before signing, (name, value).
        timestamp, expires: t= and x=; None where not given, or beyond the year 9999.
        problems: what else is off: header lines that are no fields, breaches in the key record.
    """

    result: Result
    code: ReasonCode | None
    reason: str | None
    raw: str
    signing_domain: str | None = None
    selector: str | None = None
    identity: str | None = None
    algorithm: str | None = None
    canonicalization: str | None = None
    key_name: str | None = None
    key: DkimKey | None = None
    key_bits: int | None = None
    body_hash_matches: bool | None = None
    signature_matches: bool | None = None
    body_length: int | None = None
    body_size: int | None = None
    signed_headers: tuple[str, ...] = ()
    unsigned_headers: tuple[str, ...] = ()
    copied_headers: tuple[tuple[str, str], ...] = ()
    timestamp: datetime | None = None
    expires: datetime | None = None
    problems: tuple[str, ...] = ()

    @property
    def verified(self) -> bool | None:
        """Whether body and header are what the key signed, whatever policy says of it; None: not tested."""
        if self.body_hash_matches is None or self.signature_matches is None:
            return None
        return self.body_hash_matches and self.signature_matches
