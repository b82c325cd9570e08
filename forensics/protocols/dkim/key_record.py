"""The key record of DKIM, the TXT record at `selector._domainkey.domain` (RFC 6376 section 3.6.1).

::

    v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from forensics.protocols.dkim import tag_list
from forensics.protocols.dkim.public_key import PublicKey, PublicKeyError, RsaPublicKey, read_ed25519, read_rsa
from forensics.protocols.dkim.tag_list import TagListError
from forensics.protocols.dkim.tag_values import read_base64, read_list

KeyStatus = Literal["ok", "revoked", "unsupported", "malformed"]


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One key record as published, and what can be said of it without a message.

    `status`: `ok` can check signatures; `revoked` has an empty p=; `unsupported` is of an unknown version or type;
    `malformed` breaks the grammar or holds no usable key. `problems` says why, and names what is off in an `ok` one.
    `hash_algorithms` is None where any is allowed. `fingerprint` is the SHA-256 of the decoded p=: two names with
    one fingerprint share a key. `granularity` is g=, which RFC 6376 made void.
    """

    raw: str
    status: KeyStatus
    problems: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    version: str | None = None
    key_type: str | None = None
    bits: int | None = None
    exponent: int | None = None
    fingerprint: str | None = None
    hash_algorithms: tuple[str, ...] | None = None
    service_types: tuple[str, ...] = ("*",)
    flags: tuple[str, ...] = ()
    notes: str | None = None
    granularity: str | None = None
    public_key: PublicKey | None = None

    @property
    def revoked(self) -> bool:
        """Whether the owner withdrew the key: p= is there and empty."""
        return self.status == "revoked"

    @property
    def testing(self) -> bool:
        """Whether t=y says that the domain is only testing DKIM."""
        return "y" in self.flags

    @property
    def strict(self) -> bool:
        """Whether t=s forbids that i= names a subdomain of d=."""
        return "s" in self.flags


def parse_key_record(text: str) -> DkimKey:
    """Parse one key record; a bad one comes back too, with its `status` and the reason in `problems`.

    Args:
        text: the strings of one TXT record joined without spaces (section 3.6.2.2).

    >>> key = parse_key_record("v=DKIM1; k=ed25519; t=s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    >>> key.status, key.key_type, key.bits, key.strict
    ('ok', 'ed25519', 256, True)
    >>> parse_key_record("k=rsa; t; p=").problems
    ("no tag=value in ' t'",)
    """
    try:
        tags = tag_list.parse(text)
    except TagListError as error:
        return DkimKey(text, "malformed", (str(error),))
    record = DkimKey(
        text,
        "ok",
        problems=_lesser_breaches(tags),
        tags=tuple(tags.items()),
        version=tags.get("v"),
        key_type=tags.get("k", "rsa").lower(),
        hash_algorithms=_lower_list(tags["h"]) if "h" in tags else None,
        service_types=_lower_list(tags.get("s", "*")),
        flags=read_list(tags["t"]) if tags.get("t") else (),
        notes=tags.get("n"),
        granularity=tags.get("g"),
    )
    return _with_public_key(record, tags)


def _lower_list(value: str) -> tuple[str, ...]:
    return tuple(item.lower() for item in read_list(value))


def _lesser_breaches(tags: dict[str, str]) -> tuple[str, ...]:
    """Name what the standard forbids and no verifier refuses."""
    breaches = []
    if "v" in tags and next(iter(tags)) != "v":
        breaches.append("v= is not the first tag")
    if "g" in tags:
        breaches.append("g= is void since RFC 6376 and ignored")
    return tuple(breaches)


def _with_public_key(record: DkimKey, tags: dict[str, str]) -> DkimKey:
    if record.version not in (None, "DKIM1"):
        return _refused(record, "unsupported", f"v={record.version} is not DKIM1")
    if "p" not in tags:
        return _refused(record, "malformed", "p= is missing")
    if not tags["p"]:
        return replace(record, status="revoked", problems=("p= is empty: the key is revoked", *record.problems))
    try:
        data = read_base64(tags["p"])
    except TagListError as error:
        return _refused(record, "malformed", f"p=: {error}")
    record = replace(record, fingerprint=hashlib.sha256(data).hexdigest())
    if record.key_type not in ("rsa", "ed25519"):
        return _refused(record, "unsupported", f"k={record.key_type} is not known")
    try:
        public_key = read_rsa(data) if record.key_type == "rsa" else read_ed25519(data)
    except PublicKeyError as error:
        return _refused(record, "malformed", f"p=: {error}")
    exponent = public_key.exponent if isinstance(public_key, RsaPublicKey) else None
    return replace(record, public_key=public_key, bits=public_key.bits, exponent=exponent)


def _refused(record: DkimKey, status: KeyStatus, problem: str) -> DkimKey:
    return replace(record, status=status, problems=(problem, *record.problems))
