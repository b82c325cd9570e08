"""The Authenticated Received Chain of a message: who sealed it on its way, and whether the chain holds (RFC 8617).

dkimpy 1.1.8 does the RSA arithmetic. Its chain check is not used: it overlooks ARC fields without a number, finds the
raw field only where " i=1;" is written just so, knows no Ed25519, and has the faults of its DKIM check.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forensics.protocols.arc_sets import ArcSet, ArcSyntaxError, ChainStatus, arc_fields, collect_sets
from forensics.protocols.dkim import message as message_parts
from forensics.protocols.dkim.canonicalization import Algorithm, canonical_body, canonical_field
from forensics.protocols.dkim.key_lookup import KeyName, check_with_keys, find_keys
from forensics.protocols.dkim.message import HeaderField, Message
from forensics.protocols.dkim.signature import (
    DkimSignature,
    DkimSignatureError,
    as_datetime,
    read_algorithm,
    read_message_signature,
    read_octets,
    read_signer,
    read_time,
    require_tags,
)
from forensics.protocols.dkim.signed_content import signed_header, unsigned_names, without_signature
from forensics.protocols.dns_answer import Lookup

MIN_KEY_BITS = 1024
"""RFC 8301: smaller RSA keys prove nothing."""

_AMS_TAGS = ("i", "a", "b", "bh", "d", "h", "s")


@dataclass(frozen=True, slots=True)
class ArcCheck:
    """One signature of a set. `reason` says why it is not valid, or what a valid one leaves uncovered.

    `key_bits` is None where no key was found.
    """

    valid: bool
    reason: str | None
    raw: str
    signing_domain: str | None = None
    selector: str | None = None
    algorithm: str | None = None
    key_bits: int | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArcInstance:
    """One set of three fields, as one handler of the message added it.

    `cv` is what its seal says of the chain that it received; `authentication_results` what it says it found itself,
    without "i=N;". `message_signature` is expected to break where a later handler changed the message.
    """

    instance: int
    cv: ChainStatus
    seal: ArcCheck
    message_signature: ArcCheck
    authentication_results: str


@dataclass(frozen=True, slots=True)
class ArcResult:
    """The state of the chain.

    `result` is `none` where there is no chain to judge: without ARC fields, and also where a seal says cv=fail, with
    which its handler ended the chain. RFC 8617 section 5.2 calls the latter `fail`; that word is in `chain_status`.
    `reason` of a `pass` says what the newest set leaves uncovered, None where it covers all that readers are shown.
    `instances` are in the order of their numbers, empty where the fields form no chain. `oldest_pass` is the lowest
    instance whose message signature, with all above it, still holds: 0 if all do, None unless the chain passes.
    `raw` has the ARC fields as they stand in the message.
    """

    result: ChainStatus
    reason: str | None
    instances: tuple[ArcInstance, ...] = ()
    chain_status: ChainStatus = "none"
    oldest_pass: int | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class _Examination:
    message: Message
    body: Callable[[Algorithm], bytes]
    relaxed: Callable[[HeaderField], bytes]
    lookup: Lookup


def verify(message: bytes, *, lookup: Lookup) -> ArcResult:
    """Judge the chain of a message (RFC 8617 section 5.2).

    Args:
        message: header and body as stored, with CRLF or LF.
        lookup: asked for TXT at `selector._domainkey.domain`, once per name.

    Returns:
        The state of the chain and every set in it. Nothing in a message raises; what `lookup` raises passes through.
    """
    parts = message_parts.split(message)
    fields = arc_fields(parts.fields)
    if not fields:
        return ArcResult("none", "no ARC fields")
    raw = "\r\n".join(f"{field.name}:{field.text}" for field in fields)
    try:
        sets = collect_sets(fields)
    except ArcSyntaxError as error:
        return ArcResult("fail", str(error), chain_status="fail", raw=raw)
    examination = _Examination(
        parts,
        functools.cache(lambda algorithm: canonical_body(parts.body, algorithm)),
        functools.cache(lambda field: canonical_field(field, "relaxed")),
        functools.cache(lookup),
    )
    instances = tuple(_examine(number, sets, examination) for number in range(len(sets)))
    return replace(_judge(instances), raw=raw)


def _judge(instances: tuple[ArcInstance, ...]) -> ArcResult:
    newest = instances[-1].message_signature
    if not newest.valid:
        reason = f"newest ARC-Message-Signature (i={len(instances)}): {newest.reason}"
        return ArcResult("fail", reason, instances, "fail")
    for one in reversed(instances):
        seal = f"ARC-Seal i={one.instance}"
        if one.cv == "fail":
            return ArcResult("none", f"chain ended: {seal} reports cv=fail", instances, "fail")
        if not one.seal.valid:
            return ArcResult("fail", f"{seal}: {one.seal.reason}", instances, "fail")
        if (one.cv == "none") != (one.instance == 1):
            return ArcResult("fail", f"{seal} reports cv={one.cv}, which cannot be", instances, "fail")
    return ArcResult("pass", newest.reason, instances, "pass", _oldest_pass(instances))


def _oldest_pass(instances: tuple[ArcInstance, ...]) -> int:
    broken = [one.instance for one in instances if not one.message_signature.valid]
    return max(broken) + 1 if broken else 0


def _examine(index: int, sets: Sequence[ArcSet], examination: _Examination) -> ArcInstance:
    one = sets[index]
    # Section 5.1.2: who finds the chain broken seals his own set alone.
    scope = [one] if one.cv == "fail" else sets[: index + 1]
    return ArcInstance(
        one.instance,
        one.cv,
        _guard(_check_seal, one.seal, one.seal_tags, scope, examination),
        _guard(_check_message_signature, one.message_signature, one.message_signature_tags, scope, examination),
        one.authentication_results.text.partition(";")[2].strip(),
    )


_Checker = Callable[[ArcCheck, Sequence[ArcSet], _Examination], ArcCheck]


def _guard(
    check: _Checker, field: HeaderField, tags: Mapping[str, str], scope: Sequence[ArcSet], examination: _Examination
) -> ArcCheck:
    """Run one check; a field that breaks its grammar is not valid, with the breach as reason."""
    blank = ArcCheck(False, None, field.text, tags.get("d"), tags.get("s"), tags.get("a"))
    try:
        blank = replace(blank, timestamp=as_datetime(read_time(tags, "t")))
        return check(blank, scope, examination)
    except DkimSignatureError as error:
        return replace(blank, reason=str(error))


def _check_seal(blank: ArcCheck, scope: Sequence[ArcSet], examination: _Examination) -> ArcCheck:
    """Check the seal over all sets up to its own, in their order (section 5.1.1)."""
    newest = scope[-1]
    fields = [field for one in scope for field in (one.authentication_results, one.message_signature, one.seal)]
    fields[-1] = without_signature(newest.seal)
    content = b"\r\n".join(map(examination.relaxed, fields))
    return _check_signature(blank, newest.seal_tags, content, examination)


def _check_message_signature(blank: ArcCheck, scope: Sequence[ArcSet], examination: _Examination) -> ArcCheck:
    """Check header and body against a set's ARC-Message-Signature, which works as DKIM does (section 4.1.2).

    Without c= the standard's reference to DKIM means simple/simple; the sealers that leave it out mean relaxed/relaxed,
    as everywhere else in ARC. What verifies under either was not altered.
    """
    tags = scope[-1].message_signature_tags
    require_tags(tags, _AMS_TAGS)
    if "c" in tags:
        return _check_content(blank, tags, scope, examination)
    relaxed = _check_content(blank, {**tags, "c": "relaxed/relaxed"}, scope, examination)
    return relaxed if relaxed.valid else _check_content(blank, tags, scope, examination)


def _check_content(
    blank: ArcCheck, tags: Mapping[str, str], scope: Sequence[ArcSet], examination: _Examination
) -> ArcCheck:
    signature = read_message_signature(tags)
    if "arc-seal" in map(str.lower, signature.signed_headers):
        return replace(blank, reason="h= names ARC-Seal, which it must not sign")
    body = examination.body(signature.body_canonicalization)
    if signature.body_length is not None and signature.body_length > len(body):
        return replace(blank, reason=f"body too short: l= covers {signature.body_length} of {len(body)} bytes")
    if not signature.matches_body(body):
        return replace(blank, reason="body altered: its hash is not bh=")
    field, fields = scope[-1].message_signature, examination.message.fields
    content = signed_header(fields, signature.signed_headers, field, signature.header_canonicalization)
    check = _check_signature(blank, tags, content, examination)
    uncovered = list(_uncovered(signature, field, len(body), examination.message)) if check.valid else []
    return replace(check, reason="; ".join(uncovered)) if uncovered else check


def _uncovered(signature: DkimSignature, field: HeaderField, body_size: int, message: Message) -> Iterator[str]:
    """Say what readers are shown of a message that a valid signature does not cover."""
    if "from" in map(str.lower, unsigned_names(message.fields, signature.signed_headers, field)):
        yield "a From field that is not signed stands in the message"
    if message.problems:
        yield f"header malformed: {message.problems[0]}"
    if signature.body_length not in (None, body_size):
        yield f"l= covers {signature.body_length} of {body_size} bytes"


def _check_signature(blank: ArcCheck, tags: Mapping[str, str], content: bytes, examination: _Examination) -> ArcCheck:
    algorithm, key_type, hash_algorithm = read_algorithm(tags)
    if hash_algorithm == "sha1":
        return replace(blank, reason="ARC does not know rsa-sha1")
    found = find_keys(KeyName(*read_signer(tags), key_type, hash_algorithm), examination.lookup)
    if found.refusal is not None:
        return replace(blank, reason=found.refusal.reason)
    match, key = check_with_keys(found, content, read_octets(tags, "b"), hash_algorithm)
    blank = replace(blank, algorithm=algorithm, key_bits=key.bits)
    if match != "match":
        return replace(
            blank, reason="signature does not match: what it signs or b= was altered, or another key made it"
        )
    if key_type == "rsa" and (key.bits or 0) < MIN_KEY_BITS:
        return replace(blank, reason=f"weak key: RSA of {key.bits} bits, at least {MIN_KEY_BITS} wanted")
    return replace(blank, valid=True)
