"""What speaks against a signature once it is checked: why it failed, and what a verified one is not good for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from forensics.protocols.dkim.public_key import Match
from forensics.protocols.dkim.result import DkimResult, ReasonCode, Result
from forensics.protocols.dkim.signature import DkimSignature

RFC8301_MIN_BITS = 1024
"""RSA keys below this prove nothing any more (RFC 8301 section 3.2)."""
CLOCK_SKEW_S = 300
"""How far t= may lie after the given time before it counts as a time in the future."""

# RFC 5322 section 3.6: at most one of each in a message.
_SINGLETONS = frozenset(
    ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")
)
_MISMATCHES: dict[Match, tuple[ReasonCode, str]] = {
    "other_content": ("header_altered", "header altered: this key signed another header"),
    "other_key": ("signature_mismatch", "signature mismatch: b= was altered, or another key made it"),
    "mismatch": ("signature_mismatch", "header altered, or b= was, or another key made it"),
}


class Concern(NamedTuple):
    """One thing that speaks against a signature, and the result it leads to."""

    result: Result
    code: ReasonCode
    reason: str


def list_failures(checked: DkimResult, match: Match) -> list[Concern]:
    """Say which of the two halves, body and header, did not verify; empty: both did."""
    failures = []
    if checked.body_hash_matches is None:
        reason = f"body too short: l= covers {checked.body_length} of {checked.body_size} bytes"
        failures.append(Concern("permerror", "body_too_short", reason))
    elif not checked.body_hash_matches:
        failures.append(Concern("fail", "body_altered", "body altered: its hash is not bh="))
    if match != "match":
        failures.append(Concern("fail", *_MISMATCHES[match]))
    return failures


def list_reservations(
    checked: DkimResult,
    signature: DkimSignature,
    *,
    header_problems: Sequence[str],
    min_key_bits: int,
    at: datetime | None,
) -> list[Concern]:
    """Say what a verified signature is not good for, the gravest first.

    A header line that is no field is unsigned text which many readers show as the start of the body.
    """
    reservations = [] if at is None else list(_misplaced_in_time(signature, at))
    if signature.key_type == "rsa" and (checked.key_bits or 0) < min_key_bits:
        reason = f"weak key: RSA of {checked.key_bits} bits, at least {min_key_bits} wanted"
        reservations.append(Concern("policy", "weak_key", reason))
    if signature.hash_algorithm == "sha1" and min_key_bits >= RFC8301_MIN_BITS:
        reservations.append(Concern("policy", "weak_algorithm", "weak algorithm: rsa-sha1 (RFC 8301 section 3.1)"))
    if header_problems:
        reservations.append(Concern("policy", "header_malformed", f"header malformed: {header_problems[0]}"))
    reservations.extend(_added_fields(checked))
    if checked.body_length != checked.body_size:
        reason = f"l= covers {checked.body_length} of {checked.body_size} bytes"
        reservations.append(Concern("pass", "partial_body", reason))
    return reservations


def _misplaced_in_time(signature: DkimSignature, at: datetime) -> Iterator[Concern]:
    now = at.timestamp()
    if signature.expires_at is not None and now > signature.expires_at:
        yield Concern("permerror", "expired", f"expired: x={signature.expires_at} is before {at.isoformat()}")
    if signature.signed_at is not None and signature.signed_at > now + CLOCK_SKEW_S:
        reason = f"signed in the future: t={signature.signed_at} is after {at.isoformat()}"
        yield Concern("policy", "signed_in_future", reason)


def _added_fields(checked: DkimResult) -> Iterator[Concern]:
    """Name the signed fields of which an unsigned one stands in the message too, where RFC 5322 allows only one.

    Readers show the upper one, signatures cover the lower one (RFC 6376 section 8.15).
    """
    signed = {name.lower() for name in checked.signed_headers}
    added = {name.lower(): name for name in checked.unsigned_headers if name.lower() in signed & _SINGLETONS}
    if "from" in added:
        yield Concern("policy", "from_added", "From field added: one that is not signed stands in the message")
    others = [name for key, name in added.items() if key != "from"]
    if others:
        reason = f"field added: a {', '.join(others)} that is not signed stands in the message"
        yield Concern("pass", "field_added", reason)
