"""The Authenticated Received Chain of a message: who sealed it on its way, and whether the chain holds (RFC 8617).

::

    ARC-Seal: i=1; a=rsa-sha256; cv=none; d=lists.example.org; s=2026; t=12345; b=...
    ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=lists.example.org; h=from:to; s=2026; bh=...; b=...
    ARC-Authentication-Results: i=1; lists.example.org; spf=pass smtp.mailfrom=joe@example.org

dkimpy 1.1.8 does the RSA arithmetic. Its chain check is not used: it overlooks ARC fields without a number, finds the
raw field only where " i=1;" is written just so, knows no Ed25519, and has the faults of its DKIM check.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from forensics.errors import ProtocolError
from forensics.protocols.dkim import message as message_parts
from forensics.protocols.dkim import tag_list
from forensics.protocols.dkim.canonicalization import Algorithm, canonical_body
from forensics.protocols.dkim.key_lookup import KeyName, find_keys
from forensics.protocols.dkim.message import HeaderField, Message
from forensics.protocols.dkim.signature import (
    DkimSignatureError,
    read_algorithm,
    read_message_signature,
    read_octets,
    read_signer,
    read_time,
    require_tags,
)
from forensics.protocols.dkim.signed_content import signed_fields, signed_header
from forensics.protocols.dkim.tag_list import TagListError, shorten
from forensics.protocols.dkim.verification import body_hash_matches, check_with_keys, moment
from forensics.protocols.dns_answer import Lookup

ChainStatus = Literal["none", "pass", "fail"]

MAX_INSTANCES = 50
"""RFC 8617 section 4.2.1."""
MIN_KEY_BITS = 1024

_AAR, _AMS, _SEAL = "arc-authentication-results", "arc-message-signature", "arc-seal"
_WRITTEN = {_AAR: "ARC-Authentication-Results", _AMS: "ARC-Message-Signature", _SEAL: "ARC-Seal"}
_AMS_TAGS = ("i", "a", "b", "bh", "d", "h", "s")
_SEAL_TAGS = ("i", "a", "b", "cv", "d", "s")
_NUMBER = re.compile(r"[0-9]{1,2}")
_AAR_START = re.compile(
    r"""
    [ \t\r\n]* i [ \t\r\n]* = [ \t\r\n]*
    (?P<instance> [0-9]{1,2} )              # 1
    [ \t\r\n]* ;
    """,
    re.VERBOSE,
)


class ArcSyntaxError(ProtocolError):
    """ARC fields that form no chain; the text names the field and the breach."""


@dataclass(frozen=True, slots=True)
class ArcCheck:
    """One signature of a set. `reason` says why it is not valid; `key_bits` is None where no key was found."""

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
class _ArcSet:
    """The three fields of one instance, with the tags of the two that have them."""

    instance: int
    aar: HeaderField
    ams: HeaderField
    seal: HeaderField
    ams_tags: dict[str, str]
    seal_tags: dict[str, str]
    cv: ChainStatus


@dataclass(frozen=True, slots=True)
class _Examination:
    message: Message
    body: Callable[[Algorithm], bytes]
    lookup: Lookup


def verify(message: bytes, *, lookup: Lookup) -> ArcResult:
    """Judge the chain of a message (RFC 8617 section 5.2).

    Args:
        message: header and body as stored, with CRLF or LF.
        lookup: asked for TXT at `selector._domainkey.domain`, once per name.

    Returns:
        The state of the chain and every set in it. Nothing in a message raises.
    """
    parts = message_parts.split(message)
    fields = [field for field in parts.fields if field.key in (_AAR, _AMS, _SEAL)]
    if not fields:
        return ArcResult("none", "no ARC fields")
    raw = "\r\n".join(f"{field.name}:{field.text}" for field in fields)
    try:
        sets = _collect_sets(fields)
    except ArcSyntaxError as error:
        return ArcResult("fail", str(error), chain_status="fail", raw=raw)
    examination = _Examination(
        parts,
        functools.cache(lambda algorithm: canonical_body(parts.body, algorithm)),
        functools.cache(lookup),
    )
    instances = tuple(_examine(number, sets, examination) for number in range(len(sets)))
    return replace(_judge(instances), raw=raw)


def _collect_sets(fields: Sequence[HeaderField]) -> list[_ArcSet]:
    """Sort the fields into sets 1 to N of three; raise where that does not come out even (section 5.2, step 3)."""
    if len(fields) > 3 * MAX_INSTANCES:
        raise ArcSyntaxError(f"{len(fields)} ARC fields: more than {MAX_INSTANCES} sets")
    found: dict[tuple[str, int], HeaderField] = {}
    tags: dict[tuple[str, int], dict[str, str]] = {}
    for field in fields:
        field_tags = {} if field.key == _AAR else _read_tags(field)
        place = (field.key, _read_instance(field, field_tags))
        if place in found:
            raise ArcSyntaxError(f"{field.name} i={place[1]} stands twice")
        found[place], tags[place] = field, field_tags
    sets = []
    for number in range(1, max(instance for _, instance in found) + 1):
        missing = [_WRITTEN[name] for name in (_AAR, _AMS, _SEAL) if (name, number) not in found]
        if missing:
            raise ArcSyntaxError(f"i={number} has no {' and no '.join(missing)}")
        aar, ams, seal = (found[name, number] for name in (_AAR, _AMS, _SEAL))
        seal_tags = tags[_SEAL, number]
        sets.append(_ArcSet(number, aar, ams, seal, tags[_AMS, number], seal_tags, _read_cv(seal_tags, number)))
    return sets


def _read_tags(field: HeaderField) -> dict[str, str]:
    try:
        return tag_list.parse(field.text)
    except TagListError as error:
        raise ArcSyntaxError(f"{field.name}: {error}") from error


def _read_instance(field: HeaderField, tags: dict[str, str]) -> int:
    if field.key == _AAR:
        match = _AAR_START.match(field.text)
        number = match["instance"] if match else ""
    else:
        number = tags.get("i", "")
    if _NUMBER.fullmatch(number) is None or not 1 <= int(number) <= MAX_INSTANCES:
        raise ArcSyntaxError(f"{field.name}: no instance of 1 to {MAX_INSTANCES} in {shorten(field.text.strip())}")
    return int(number)


def _read_cv(tags: dict[str, str], instance: int) -> ChainStatus:
    missing = [f"{name}=" for name in _SEAL_TAGS if name not in tags]
    if missing:
        raise ArcSyntaxError(f"ARC-Seal i={instance}: required tag missing: {', '.join(missing)}")
    if "h" in tags:
        raise ArcSyntaxError(f"ARC-Seal i={instance}: h= is forbidden (section 4.1.3)")
    for status in ("none", "pass", "fail"):
        if tags["cv"].lower() == status:
            return status
    raise ArcSyntaxError(f"ARC-Seal i={instance}: cv={shorten(tags['cv'])} is not none, pass or fail")


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
    return ArcResult("pass", None, instances, "pass", _oldest_pass(instances))


def _oldest_pass(instances: tuple[ArcInstance, ...]) -> int:
    broken = [one.instance for one in instances if not one.message_signature.valid]
    return max(broken) + 1 if broken else 0


def _examine(index: int, sets: Sequence[_ArcSet], examination: _Examination) -> ArcInstance:
    one = sets[index]
    # Section 5.1.2: who finds the chain broken seals his own set alone.
    scope = [one] if one.cv == "fail" else sets[: index + 1]
    return ArcInstance(
        one.instance,
        one.cv,
        _guard(_check_seal, one.seal, one.seal_tags, scope, examination),
        _guard(_check_message_signature, one.ams, one.ams_tags, scope, examination),
        one.aar.text.partition(";")[2].strip(),
    )


_Checker = Callable[[ArcCheck, Sequence[_ArcSet], _Examination], ArcCheck]


def _guard(
    check: _Checker, field: HeaderField, tags: dict[str, str], scope: Sequence[_ArcSet], examination: _Examination
) -> ArcCheck:
    """Run one check; a field that breaks its grammar is not valid, with the breach as reason."""
    blank = ArcCheck(False, None, field.text, tags.get("d"), tags.get("s"), tags.get("a"))
    try:
        blank = replace(blank, timestamp=moment(read_time(tags, "t")))
        return check(blank, scope, examination)
    except DkimSignatureError as error:
        return replace(blank, reason=str(error))


def _check_seal(blank: ArcCheck, scope: Sequence[_ArcSet], examination: _Examination) -> ArcCheck:
    """Check the seal over all sets up to its own, in their order (section 5.1.1)."""
    newest = scope[-1]
    fields = [field for one in scope for field in (one.aar, one.ams, one.seal)]
    content = signed_fields(fields[:-1], newest.seal, "relaxed")
    return _check_signature(blank, newest.seal_tags, content, examination)


def _check_message_signature(blank: ArcCheck, scope: Sequence[_ArcSet], examination: _Examination) -> ArcCheck:
    """Check header and body against a set's ARC-Message-Signature, which works as DKIM does (section 4.1.2).

    Without c= the standard's reference to DKIM means simple/simple; the sealers that leave it out mean relaxed/relaxed,
    as everywhere else in ARC. What verifies under either was not altered.
    """
    tags = scope[-1].ams_tags
    require_tags(tags, _AMS_TAGS)
    if "c" in tags:
        return _check_content(blank, tags, scope, examination)
    relaxed = _check_content(blank, {**tags, "c": "relaxed/relaxed"}, scope, examination)
    return relaxed if relaxed.valid else _check_content(blank, tags, scope, examination)


def _check_content(
    blank: ArcCheck, tags: dict[str, str], scope: Sequence[_ArcSet], examination: _Examination
) -> ArcCheck:
    signature = read_message_signature(tags)
    if _SEAL in map(str.lower, signature.signed_headers):
        return replace(blank, reason="h= names ARC-Seal, which it must not sign")
    body = examination.body(signature.body_canonicalization)
    if signature.body_length is not None and signature.body_length > len(body):
        return replace(blank, reason=f"body too short: l= covers {signature.body_length} of {len(body)} bytes")
    if not body_hash_matches(body, signature):
        return replace(blank, reason="body altered: its hash is not bh=")
    content = signed_header(
        examination.message.fields, signature.signed_headers, scope[-1].ams, signature.header_canonicalization
    )
    return _check_signature(blank, tags, content, examination)


def _check_signature(blank: ArcCheck, tags: dict[str, str], content: bytes, examination: _Examination) -> ArcCheck:
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
