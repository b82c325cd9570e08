"""RDAP documents as JSON: bounded, and tolerant member by member with every breach named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

DOCUMENT_MAX = 4 << 20
ITEMS_MAX = 1_000

_SHOWN = 120
_INSTANT = re.compile(  # RFC 3339: 2024-06-12T22:09:39.881923Z
    r"\A(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,30}))?(Z|z|[+-]\d{2}:?\d{2})"
)

JsonObject = dict[str, Any]


class Problems(list[str]):
    """What a document breaks, in the order found, each once."""

    def note(self, text: str) -> None:
        """Add a breach."""
        if text not in self and len(self) < ITEMS_MAX:
            self.append(text)


def load(document: bytes, problems: Problems) -> JsonObject | None:
    """Give the JSON object that a document holds, or None with the reason among the problems.

    A document over 4 MiB, one that is nested too deep for the reader, and one that is no JSON object are refused whole.
    Where a member name occurs twice the last one counts, and the breach is named (RFC 8259 section 4).
    """
    if len(document) > DOCUMENT_MAX:
        problems.note(f"the document has {len(document)} bytes; the bound is {DOCUMENT_MAX}")
        return None

    def merged(pairs: list[tuple[str, Any]]) -> JsonObject:
        members: JsonObject = {}
        for name, value in pairs:
            if name in members:
                problems.note(f"the member {name[:_SHOWN]!r} occurs twice in one object")
            members[name] = value
        return members

    try:
        loaded = json.loads(document, object_pairs_hook=merged)
    except RecursionError:
        problems.note("the document is nested too deep")
        return None
    except ValueError as error:
        problems.note(f"no JSON: {str(error)[:_SHOWN]}")
        return None
    if not isinstance(loaded, dict):
        problems.note("the document is no JSON object")
        return None
    return loaded


def text_member(parent: JsonObject, name: str, problems: Problems) -> str | None:
    """Give a member that is a text with something in it; None if it is absent or empty, or no text (then a problem)."""
    value = parent.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        problems.note(f"{name} is no string")
        return None
    return value.strip() or None


def object_members(parent: JsonObject, name: str, problems: Problems) -> Iterator[JsonObject]:
    """Give the objects of a member that is an array of objects; what else stands there is a problem."""
    for item in _array(parent, name, problems):
        if isinstance(item, dict):
            yield item
        else:
            problems.note(f"{name} holds something that is no object")


def text_members(parent: JsonObject, name: str, problems: Problems) -> Iterator[str]:
    """Give the texts of a member that is an array of strings; what else stands there is a problem."""
    for item in _array(parent, name, problems):
        if isinstance(item, str):
            yield item.strip()
        else:
            problems.note(f"{name} holds something that is no string")


def _array(parent: JsonObject, name: str, problems: Problems) -> list[Any]:
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        problems.note(f"{name} is no array")
        return []
    if len(value) > ITEMS_MAX:
        problems.note(f"{name} has {len(value)} items; the first {ITEMS_MAX} were read")
    return value[:ITEMS_MAX]


def read_instant(text: str) -> datetime | None:
    """Give an RFC 3339 instant, to the microsecond; None for anything else, also for a time without an offset.

    >>> read_instant("2003-10-10T01:55:12.0Z")
    datetime.datetime(2003, 10, 10, 1, 55, 12, tzinfo=datetime.timezone.utc)
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        return None
    fraction = (match[3] or "")[:6].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}.{fraction}{match[4].upper()}")
    except ValueError:
        return None
