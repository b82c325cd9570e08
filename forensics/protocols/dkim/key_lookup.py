"""Finding the key of a signature, and whether it may check it (RFC 6376 section 6.1.2)."""

from __future__ import annotations

from typing import NamedTuple

from forensics.protocols.dkim.key_record import DkimKey, parse_key_record
from forensics.protocols.dkim.public_key import Match
from forensics.protocols.dkim.result import ReasonCode, Result
from forensics.protocols.dkim.signature import DkimSignature
from forensics.protocols.dns_answer import Lookup

_MAX_RECORDS = 10


class Refusal(NamedTuple):
    """Why no key can check the signature."""

    result: Result
    code: ReasonCode
    reason: str


class KeyName(NamedTuple):
    """Where a key is published, and for which kind of signature it is wanted; `identity_domain` is that of i=."""

    domain: str
    selector: str
    key_type: str
    hash_algorithm: str
    identity_domain: str | None = None

    @property
    def qname(self) -> str:
        """The name to ask for (section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


class FoundKeys(NamedTuple):
    """The keys that may check the signature; without any, `refusal` says why and `refused` is the key it is about."""

    keys: tuple[DkimKey, ...]
    refusal: Refusal | None = None
    refused: DkimKey | None = None


def key_name(signature: DkimSignature) -> KeyName:
    """Give the name of the key that a signature was made with."""
    return KeyName(
        signature.domain,
        signature.selector,
        signature.key_type,
        signature.hash_algorithm,
        signature.identity_domain,
    )


def find_keys(wanted: KeyName, lookup: Lookup) -> FoundKeys:
    """Ask for the key records and keep those that may check the signature; at most 10 records are read.

    "Nobody could say" (temperror), "there is none" and "it is there and unusable" (permerror) stay three outcomes.
    """
    answer = lookup(wanted.qname, "TXT")
    if answer.failed:
        return FoundKeys((), Refusal("temperror", "key_unavailable", f"key unavailable: {answer.status}"))
    if not answer.found:
        reason = f"key missing: no TXT record at {wanted.qname}"
        return FoundKeys((), Refusal("permerror", "key_missing", reason))
    keys = [parse_key_record(text) for text in answer.records[:_MAX_RECORDS]]
    refusals = [_refuse(key, wanted) for key in keys]
    usable = tuple(key for key, refusal in zip(keys, refusals, strict=True) if refusal is None)
    if usable:
        return FoundKeys(usable)
    return FoundKeys((), refusals[0], keys[0])


def check_with_keys(found: FoundKeys, content: bytes, signature: bytes, hash_algorithm: str) -> tuple[Match, DkimKey]:
    """Check a signature with each key found until one matches; give that one, or else the first."""
    checks = ((key.public_key.check(content, signature, hash_algorithm), key) for key in found.keys if key.public_key)
    first = next(checks)
    return first if first[0] == "match" else next((check for check in checks if check[0] == "match"), first)


def _refuse(key: DkimKey, wanted: KeyName) -> Refusal | None:
    if key.status == "revoked":
        return Refusal("permerror", "key_revoked", "key revoked: p= is empty")
    if key.status != "ok":
        return Refusal("permerror", "key_malformed", f"key {key.status}: {key.problems[0]}")
    unsuitable = _unsuitable(key, wanted)
    return Refusal("permerror", "key_unsuitable", f"key unsuitable: {unsuitable}") if unsuitable else None


def _unsuitable(key: DkimKey, wanted: KeyName) -> str | None:
    if key.key_type != wanted.key_type:
        return f"k={key.key_type}, but the signature is {wanted.key_type}"
    if key.hash_algorithms is not None and wanted.hash_algorithm not in key.hash_algorithms:
        return f"h={':'.join(key.hash_algorithms)} does not allow {wanted.hash_algorithm}"
    if not {"*", "email"} & set(key.service_types):
        return f"s={':'.join(key.service_types)} is not for mail"
    if key.strict and wanted.identity_domain not in (None, wanted.domain):
        return f"t=s, but i= names {wanted.identity_domain}"
    return None
