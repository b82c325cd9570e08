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
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from forensics.protocols.dkim import message as message_parts
from forensics.protocols.dkim import tag_list
from forensics.protocols.dkim.canonicalization import Algorithm, canonical_body
from forensics.protocols.dkim.concerns import RFC8301_MIN_BITS, list_failures, list_reservations
from forensics.protocols.dkim.copied_headers import read_copied_headers
from forensics.protocols.dkim.key_lookup import check_with_keys, find_keys, key_name
from forensics.protocols.dkim.message import HeaderField, Message
from forensics.protocols.dkim.result import DkimResult
from forensics.protocols.dkim.signature import DkimSignature, DkimSignatureError, as_datetime, read_signature
from forensics.protocols.dkim.signed_content import signed_header, unsigned_names
from forensics.protocols.dkim.tag_list import TagListError
from forensics.protocols.dns_answer import Lookup

MAX_SIGNATURES = 20
"""How many signatures of one message are judged; each costs a DNS question and a pass over header and body."""


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
        ValueError: `at` without a time zone. Nothing in a message raises; what `lookup` raises passes through.
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
        body_hash_matches=None if too_short else signature.matches_body(body),
        body_length=len(body) if signature.body_length is None else signature.body_length,
        body_size=len(body),
        signed_headers=signature.signed_headers,
        unsigned_headers=unsigned_names(examination.message.fields, signature.signed_headers, field),
        timestamp=as_datetime(signature.signed_at),
        expires=as_datetime(signature.expires_at),
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
    concerns = list_failures(checked, match) or list_reservations(
        checked,
        signature,
        header_problems=examination.message.problems,
        min_key_bits=examination.min_key_bits,
        at=examination.at,
    )
    if not concerns:
        return replace(checked, result="pass", code=None, reason=None)
    first = concerns[0]
    return replace(checked, result=first.result, code=first.code, reason="; ".join(c.reason for c in concerns))
