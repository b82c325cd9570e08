"""The contacts of an answer, gathered from prefixed labels ("Registrant Name"), headings and blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from forensics.protocols.registration import Contact, Redaction
from forensics.protocols.whois_text.labels import CONTACT, DOMAIN, ROLES, SHARED
from forensics.protocols.whois_text.lines import Field
from forensics.protocols.whois_text.redaction import is_redaction

CONTACTS_MAX = 50

_NOT_CONTACTS = ("domain", "other")
_PLACE_HOLDERS = frozenset({"-", "--", ".", "n/a", "na", "none", "null", "not available", "not defined", "unknown"})
_PHONE = re.compile(r"\A\+?[\d .()/-]{6,30}")

_Parts = dict[str, list[str]]


def stated(value: str) -> bool:
    """Say whether a value states something; "-" and "n/a" do not.

    >>> stated("Example Ltd"), stated("n/a")
    (True, False)
    """
    return value.strip().lower() not in _PLACE_HOLDERS


def read_contacts(fields: Iterable[Field]) -> tuple[tuple[Contact, ...], tuple[Redaction, ...]]:
    """Gather the contacts, in the order of the answer, and what the registry hides of them.

    A block without a role of its own ("nic-hdl: ...") takes the role under which the record refers to its handle.
    """
    groups: dict[tuple[str, int], _Parts] = {}
    redactions: list[Redaction] = []
    references: dict[str, str] = {}
    for field in fields:
        if field.role is None and field.label in ROLES:
            references.setdefault(field.value, ROLES[field.label])
        found = _part(field)
        if found is None or not stated(field.value):
            continue
        role, part, block = found
        if is_redaction(field.value):
            named = field.label if part in ("other", "line") else f"{role} {part}"
            redactions.append(Redaction(named, "replacementValue", field.value))
        elif len(groups) < CONTACTS_MAX or (role, block) in groups:
            _put(groups.setdefault((role, block), {}), field.label, part, field.value)
    return _resolved(groups, references), tuple(dict.fromkeys(redactions))


def _part(field: Field) -> tuple[str, str, int] | None:
    """Give the role, the part of the contact, and the block that keeps contacts of one role apart."""
    if field.role is not None and field.role not in _NOT_CONTACTS:
        if field.label in CONTACT and (field.label not in DOMAIN or field.label in SHARED):
            return field.role, CONTACT[field.label], field.block
        return (field.role, "line", field.block) if ROLES.get(field.label) == field.role else _prefixed(field)
    return _prefixed(field)


def _prefixed(field: Field) -> tuple[str, str, int] | None:
    if field.label in DOMAIN or field.role == "other":
        return None
    words = field.label.removeprefix("registry ").split()
    for cut in range(len(words) - 1, 0, -1):
        role, part = ROLES.get(" ".join(words[:cut])), CONTACT.get(" ".join(words[cut:]))
        if role is not None and part is not None and role not in _NOT_CONTACTS:
            return role, part, 0
    role = ROLES.get(field.label)
    return (role, "handle", 0) if role is not None and role not in _NOT_CONTACTS else None


def _put(parts: _Parts, label: str, part: str, value: str) -> None:
    if part == "line":
        part = _line_part(parts, value)
    elif label == "contact" and not parts:  # first in its block it is the handle, later the name
        part = "handle"
    parts.setdefault(part, []).append(value)


def _line_part(parts: _Parts, value: str) -> str:
    """Below a heading the name comes first; what follows shows by its form what it is."""
    if "name" not in parts:
        return "name"
    if "@" in value and " " not in value:
        return "email"
    return "phone" if _PHONE.fullmatch(value) else "address"


def _resolved(groups: dict[tuple[str, int], _Parts], references: dict[str, str]) -> tuple[Contact, ...]:
    known = {parts["handle"][0] for (_, block), parts in groups.items() if block and "handle" in parts}
    contacts = []
    for (role, block), parts in groups.items():
        handle = parts.get("handle", [""])[0]
        if block == 0 and set(parts) == {"handle"} and handle in known:
            continue  # a reference to a contact that the answer holds
        contacts.append(_contact(references.get(handle, role) if role == "contact" else role, parts))
    return tuple(contact for contact in contacts if contact != Contact(contact.role))


def _contact(role: str, parts: _Parts) -> Contact:
    def first(part: str) -> str | None:
        return parts[part][0] if part in parts else None

    return Contact(
        role=role,
        handle=first("handle"),
        name=first("name"),
        organization=first("organization"),
        email=first("email"),
        phone=first("phone"),
        address=tuple(parts.get("address", ())),
        country=first("country"),
    )
