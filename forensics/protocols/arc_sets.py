"""The ARC fields of a message sorted into sets, before any signature is checked (RFC 8617 sections 4 and 5.2, step 3).

::

    ARC-Seal: i=1; a=rsa-sha256; cv=none; d=lists.example.org; s=2026; t=12345; b=...
    ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=lists.example.org; h=from:to; s=2026; bh=...; b=...
    ARC-Authentication-Results: i=1; lists.example.org; spf=pass smtp.mailfrom=joe@example.org
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from forensics.errors import ProtocolError
from forensics.protocols.dkim import tag_list
from forensics.protocols.dkim.message import HeaderField
from forensics.protocols.dkim.tag_list import TagListError, shorten

ChainStatus = Literal["none", "pass", "fail"]

MAX_INSTANCES = 50
"""RFC 8617 section 4.2.1."""

_AAR, _AMS, _SEAL = "arc-authentication-results", "arc-message-signature", "arc-seal"
_WRITTEN = {_AAR: "ARC-Authentication-Results", _AMS: "ARC-Message-Signature", _SEAL: "ARC-Seal"}
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
class ArcSet:
    """The three fields of one instance, the tags of the two that have tags, and what the seal says of the chain."""

    instance: int
    authentication_results: HeaderField
    message_signature: HeaderField
    seal: HeaderField
    message_signature_tags: dict[str, str]
    seal_tags: dict[str, str]
    cv: ChainStatus


def arc_fields(fields: Iterable[HeaderField]) -> list[HeaderField]:
    """Give the ARC fields among those of a message."""
    return [field for field in fields if field.key in _WRITTEN]


def collect_sets(fields: list[HeaderField]) -> list[ArcSet]:
    """Sort the ARC fields of a message into sets 1 to N, the oldest first.

    Raises:
        ArcSyntaxError: more than 50 sets, a field without instance, one that stands twice or is missing, a seal
            without a required tag, with h=, or with an unknown cv=.
    """
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
    newest = max(instance for _, instance in found)
    return [_build_set(number, found, tags) for number in range(1, newest + 1)]


def _build_set(
    number: int, found: dict[tuple[str, int], HeaderField], tags: dict[tuple[str, int], dict[str, str]]
) -> ArcSet:
    missing = [written for name, written in _WRITTEN.items() if (name, number) not in found]
    if missing:
        raise ArcSyntaxError(f"i={number} has no {' and no '.join(missing)}")
    seal_tags = tags[_SEAL, number]
    return ArcSet(
        number,
        found[_AAR, number],
        found[_AMS, number],
        found[_SEAL, number],
        tags[_AMS, number],
        seal_tags,
        _read_cv(seal_tags, number),
    )


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
    statuses: dict[str, ChainStatus] = {"none": "none", "pass": "pass", "fail": "fail"}
    status = statuses.get(tags["cv"].lower())
    if status is None:
        raise ArcSyntaxError(f"ARC-Seal i={instance}: cv={shorten(tags['cv'])} is not none, pass or fail")
    return status
