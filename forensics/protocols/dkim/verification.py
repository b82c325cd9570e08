"""The verdict on every DKIM signature of a message (RFC 6376 section 6, RFC 8301, RFC 8463).

dkimpy 1.1.8 does the RSA arithmetic. Its `verify` is not used, because it:
takes x= and t= by its own clock; takes a lookup failure for a missing key; takes appended text under l= for signed and
l= beyond the body's end for valid; passes messages whose From is not signed; lets the key's type override a=, and
ignores the key's h=, t=s and lists in s=; refuses i= in quoted-printable and lists in q=; keeps white space around the
value of b= and drops it at the field's end; knows only the first TXT record; and ends in IndexError on some i=, on a
header that starts with white space, and in MessageFormatError on one bad header line.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from forensics.protocols.dkim import message as message_parts
from forensics.protocols.dkim import tag_list
from forensics.protocols.dkim.canonicalization import Algorithm, canonical_body
from forensics.protocols.dkim.copied_headers import read_copied_headers
from forensics.protocols.dkim.key_lookup import FoundKeys, find_keys, key_name
from forensics.protocols.dkim.key_record import DkimKey
from forensics.protocols.dkim.message import HeaderField, Message
from forensics.protocols.dkim.public_key import Match
from forensics.protocols.dkim.result import DkimResult, ReasonCode, Result
from forensics.protocols.dkim.signature import DkimSignature, DkimSignatureError, read_signature
from forensics.protocols.dkim.signed_content import signed_header, unsigned_names
from forensics.protocols.dkim.tag_list import TagListError
from forensics.protocols.dns_answer import Lookup

MAX_SIGNATURES = 20
"""How many signatures of one message are judged; each costs a DNS question and a pass over header and body."""

RFC8301_MIN_BITS = 1024
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


class _Concern(NamedTuple):
    result: Result
    code: ReasonCode
    reason: str


@dataclass(frozen=True, slots=True)
class _Examination:
    """What all signatures of one message share."""

    message: Message
    body: Callable[[Algorithm], bytes]
    lookup: Lookup
    min_key_bits: int
    at: datetime | None


def verify(
    message: bytes, *, lookup: Lookup, min_key_bits: int = RFC8301_MIN_BITS, at: datetime | None = None
) -> tuple[DkimResult, ...]:
    """Judge every DKIM-Signature field of a message, in the order of the fields; none: an empty tuple.

    Args:
        message: header and body as stored, with CRLF or LF.
        lookup: asked for TXT at `selector._domainkey.domain`, once per name.
        min_key_bits: RSA keys below this make a verified signature `policy`. RFC 8301 asks for 1,024 and forbids
            rsa-sha1; a smaller number judges by RFC 6376 as first published, which allowed both.
        at: the time to judge t= and x= by, aware; None: they are reported and not judged.

    Returns:
        One result per field. Fields beyond the first 20 are not judged (`policy`, code `not_judged`).

    Raises:
        ValueError: `at` without a time zone. Nothing in a message raises.
    """
    if at is not None and at.tzinfo is None:
        raise ValueError("at= needs a time zone: DKIM counts seconds of UTC")
    parts = message_parts.split(message)
    examination = _Examination(
        parts,
        functools.cache(lambda algorithm: canonical_body(parts.body, algorithm)),
        functools.cache(lookup),
        min_key_bits,
        at,
    )
    fields = [field for field in parts.fields if field.key == "dkim-signature"]
    return tuple(
        _judge(field, examination) if number < MAX_SIGNATURES else _not_judged(field)
        for number, field in enumerate(fields)
    )


def body_hash_matches(body: bytes, signature: DkimSignature) -> bool:
    """Tell whether the canonical body, up to l=, has the hash bh=."""
    covered = memoryview(body)[: signature.body_length]
    return hashlib.new(signature.hash_algorithm, covered, usedforsecurity=False).digest() == signature.body_hash


def check_with_keys(found: FoundKeys, content: bytes, signature: bytes, hash_algorithm: str) -> tuple[Match, DkimKey]:
    """Check a signature with each key found until one matches; give that one, or else the first."""
    checks = [(key.public_key.check(content, signature, hash_algorithm), key) for key in found.keys if key.public_key]
    return next((check for check in checks if check[0] == "match"), checks[0])


def _not_judged(field: HeaderField) -> DkimResult:
    reason = f"not judged: the message has more than {MAX_SIGNATURES} signatures"
    return DkimResult("policy", "not_judged", reason, field.text)


def _judge(field: HeaderField, examination: _Examination) -> DkimResult:
    blank = DkimResult("permerror", "syntax", None, field.text, problems=examination.message.problems)
    try:
        tags = tag_list.parse(field.text)
    except TagListError as error:
        return replace(blank, reason=f"signature malformed: {error}")
    blank = replace(blank, signing_domain=tags.get("d"), selector=tags.get("s"), algorithm=tags.get("a"))
    blank = replace(blank, copied_headers=read_copied_headers(tags.get("z", "")))
    try:
        signature = read_signature(tags)
    except DkimSignatureError as error:
        return replace(blank, code=error.code, reason=str(error))
    return _check(field, signature, _describe(blank, field, signature, examination), examination)


def _describe(blank: DkimResult, field: HeaderField, signature: DkimSignature, examination: _Examination) -> DkimResult:
    """Fill in what the signature says of itself, and what it covers; no key is needed for that."""
    body = examination.body(signature.body_canonicalization)
    too_short = signature.body_length is not None and signature.body_length > len(body)
    return replace(
        blank,
        identity=signature.identity,
        algorithm=signature.algorithm,
        canonicalization=f"{signature.header_canonicalization}/{signature.body_canonicalization}",
        key_name=key_name(signature).qname,
        body_hash_matches=None if too_short else body_hash_matches(body, signature),
        body_length=len(body) if signature.body_length is None else signature.body_length,
        body_size=len(body),
        signed_headers=signature.signed_headers,
        unsigned_headers=unsigned_names(examination.message.fields, signature.signed_headers, field),
        timestamp=moment(signature.signed_at),
        expires=moment(signature.expires_at),
    )


def _check(field: HeaderField, signature: DkimSignature, known: DkimResult, examination: _Examination) -> DkimResult:
    found = find_keys(key_name(signature), examination.lookup)
    if found.refusal is not None:
        bits = found.refused.bits if found.refused else None
        return replace(known, **found.refusal._asdict(), key=found.refused, key_bits=bits)
    content = signed_header(
        examination.message.fields, signature.signed_headers, field, signature.header_canonicalization
    )
    match, key = check_with_keys(found, content, signature.signature, signature.hash_algorithm)
    problems = (*known.problems, *key.problems)
    checked = replace(known, key=key, key_bits=key.bits, signature_matches=match == "match", problems=problems)
    concerns = list(_failures(checked, match)) or list(_reservations(checked, signature, examination))
    if not concerns:
        return replace(checked, result="pass", code=None, reason=None)
    first = concerns[0]
    return replace(checked, result=first.result, code=first.code, reason="; ".join(c.reason for c in concerns))


def _failures(checked: DkimResult, match: Match) -> Iterator[_Concern]:
    if checked.body_hash_matches is None:
        reason = f"body too short: l= covers {checked.body_length} of {checked.body_size} bytes"
        yield _Concern("permerror", "body_too_short", reason)
    elif not checked.body_hash_matches:
        yield _Concern("fail", "body_altered", "body altered: its hash is not bh=")
    if match != "match":
        code, reason = _MISMATCHES[match]
        yield _Concern("fail", code, reason)


def _reservations(checked: DkimResult, signature: DkimSignature, examination: _Examination) -> Iterator[_Concern]:
    """Name what a verified signature is not good for, the gravest first."""
    if examination.at is not None:
        yield from _time_concerns(signature, examination.at)
    if signature.key_type == "rsa" and (checked.key_bits or 0) < examination.min_key_bits:
        reason = f"weak key: RSA of {checked.key_bits} bits, at least {examination.min_key_bits} wanted"
        yield _Concern("policy", "weak_key", reason)
    if signature.hash_algorithm == "sha1" and examination.min_key_bits >= RFC8301_MIN_BITS:
        yield _Concern("policy", "weak_algorithm", "weak algorithm: rsa-sha1 (RFC 8301 section 3.1)")
    yield from _added_fields(checked)
    if checked.body_length != checked.body_size:
        reason = f"l= covers {checked.body_length} of {checked.body_size} bytes"
        yield _Concern("pass", "partial_body", reason)


def _added_fields(checked: DkimResult) -> Iterator[_Concern]:
    """Name the signed fields of which an unsigned one stands in the message too, where RFC 5322 allows only one.

    Readers show the upper one, signatures cover the lower one (RFC 6376 section 8.15).
    """
    signed = {name.lower() for name in checked.signed_headers}
    added = {name.lower(): name for name in checked.unsigned_headers if name.lower() in signed & _SINGLETONS}
    if "from" in added:
        yield _Concern("policy", "from_added", "From field added: one that is not signed stands in the message")
    others = [name for key, name in added.items() if key != "from"]
    if others:
        reason = f"field added: a {', '.join(others)} that is not signed stands in the message"
        yield _Concern("pass", "field_added", reason)


def _time_concerns(signature: DkimSignature, at: datetime) -> Iterator[_Concern]:
    now = at.timestamp()
    if signature.expires_at is not None and now > signature.expires_at:
        yield _Concern("permerror", "expired", f"expired: x={signature.expires_at} is before {at.isoformat()}")
    if signature.signed_at is not None and signature.signed_at > now + CLOCK_SKEW_S:
        reason = f"signed in the future: t={signature.signed_at} is after {at.isoformat()}"
        yield _Concern("policy", "signed_in_future", reason)


def moment(seconds: int | None) -> datetime | None:
    """Give the time of a count of seconds; None where there is none, or none that a datetime can hold."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
