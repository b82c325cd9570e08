"""Entities of RDAP objects (RFC 9083 section 5.1) as contacts: jCard (RFC 7095) and JSContact (RFC 9553)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from forensics.protocols.rdap.documents import (
    ITEMS_MAX,
    JsonObject,
    Problems,
    object_members,
    text_member,
    text_members,
)
from forensics.protocols.registration import Contact, Redaction
from forensics.protocols.whois_text.redaction import is_redaction

DEPTH_MAX = 8

_REDACTED_TITLE = "redacted for privacy"  # ICANN RDAP response profile (2019) section 2.7.4.3
_REDACTED_TYPE = "object redacted"  # RFC 9083 section 10.2.1 and the IANA registry of remark types


class Entity(NamedTuple):
    """One entity, its roles, and what the registry hides of it."""

    roles: tuple[str, ...]
    contact: Contact
    public_ids: tuple[tuple[str, str], ...]
    """(type, identifier), as ("IANA Registrar ID", "9999")."""
    redactions: tuple[Redaction, ...]


def read_entities(parent: JsonObject, problems: Problems) -> tuple[Entity, ...]:
    """Read the entities of an object and the entities inside them, outer ones first, in the order of the document."""
    found: list[Entity] = []
    level = list(object_members(parent, "entities", problems))
    for _ in range(DEPTH_MAX):
        found.extend(_entity(item, problems) for item in level[: ITEMS_MAX - len(found)])
        level = [inner for item in level for inner in object_members(item, "entities", problems)]
    if level:
        problems.note(f"entities are nested deeper than {DEPTH_MAX}")
    return tuple(found)


def _entity(item: JsonObject, problems: Problems) -> Entity:
    roles = tuple(dict.fromkeys(role.lower() for role in text_members(item, "roles", problems) if role))
    role = roles[0] if roles else "entity"
    card = _jcard(item, problems) if "vcardArray" in item else _jscontact(item.get("jscard"), problems)
    hidden = [Redaction(f"{role} {part}", "replacementValue", value) for part, value in card if is_redaction(value)]
    stated = [(part, value) for part, value in card if not is_redaction(value)]
    contact = _contact(role, text_member(item, "handle", problems), stated)
    ids = tuple(
        (kind, identifier)
        for entry in object_members(item, "publicIds", problems)
        if (kind := text_member(entry, "type", problems)) and (identifier := text_member(entry, "identifier", problems))
    )
    return Entity(roles, contact, ids, (*dict.fromkeys(hidden), *remark_redactions(item, f"{role} contact", problems)))


def remark_redactions(item: JsonObject, field: str, problems: Problems) -> Iterator[Redaction]:
    """Give the redactions that remarks state (the form before RFC 9537)."""
    for remark in object_members(item, "remarks", problems):
        title, kind = text_member(remark, "title", problems), text_member(remark, "type", problems)
        if (title or "").lower() == _REDACTED_TITLE or (kind or "").lower().startswith(_REDACTED_TYPE):
            yield Redaction(field, "removal", title or kind)


def _contact(role: str, handle: str | None, parts: list[tuple[str, str]]) -> Contact:
    def first(name: str) -> str | None:
        return next((value for part, value in parts if part == name), None)

    return Contact(
        role=role,
        handle=handle,
        name=first("name"),
        organization=first("organization"),
        email=first("email"),
        phone=first("phone"),
        address=tuple(value for part, value in parts if part == "address"),
        country=first("country"),
    )


def _jcard(item: JsonObject, problems: Problems) -> list[tuple[str, str]]:
    """Read a jCard: ["vcard", [[name, parameters, type, value, ...], ...]]."""
    array = item["vcardArray"]
    properties = array[1] if isinstance(array, list) and len(array) == 2 else None
    if not isinstance(properties, list) or array[0] != "vcard":
        problems.note("vcardArray is no jCard (RFC 7095 section 3)")
        return []
    parts: list[tuple[str, str]] = []
    for entry in properties[:ITEMS_MAX]:
        if isinstance(entry, list) and len(entry) >= 4 and isinstance(entry[0], str) and isinstance(entry[1], dict):
            parts.extend(_property(entry[0].lower(), entry[1], entry[3:]))
        else:
            problems.note("a jCard property lacks name, parameters, type or value (RFC 7095 section 3.3)")
    return parts


def _property(name: str, parameters: JsonObject, values: list[Any]) -> Iterator[tuple[str, str]]:
    if name == "adr":
        yield from _address(parameters, values[0])
        return
    part = {"fn": "name", "org": "organization", "email": "email", "tel": "phone"}.get(name)
    if part == "phone" and "fax" in [kind.lower() for kind in _texts(parameters.get("type"))]:
        part = "fax"
    for text in _texts(values[0]) if part else ():
        yield part or "", text.removeprefix("tel:").removeprefix("mailto:")


def _address(parameters: JsonObject, value: Any) -> Iterator[tuple[str, str]]:
    """An address is structured (RFC 6350 section 6.3.1, the country last) or one text in the parameter "label"."""
    lines = [line.strip() for label in _texts(parameters.get("label")) for line in label.splitlines()]
    components = value if isinstance(value, list) else [value]
    country = next(iter(_texts(components[6])), None) if len(components) >= 7 else None
    for text in [text for component in components[:6] for text in _texts(component)] or lines:
        yield "address", text
    for text in _texts(parameters.get("cc")) or ([country] if country else []):  # RFC 8605: the two-letter code
        yield "country", text


def _texts(value: Any) -> list[str]:
    """Give the texts with something in them of a text or a list of texts."""
    items = value if isinstance(value, list) else [value]
    return [item.strip() for item in items[:ITEMS_MAX] if isinstance(item, str) and item.strip()]


def _jscontact(card: Any, problems: Problems) -> list[tuple[str, str]]:
    """Read the members of a JSContact card that a registration has (RFC 9553 section 2)."""
    if card is None:
        return []
    if not isinstance(card, dict):
        problems.note("jscard is no object")
        return []
    name = card.get("name")
    parts = [("name", text) for text in _texts(name.get("full") if isinstance(name, dict) else card.get("fullName"))]
    for member, inner, part in (
        ("organizations", "name", "organization"),
        ("emails", "address", "email"),
        ("phones", "number", "phone"),
    ):
        parts += [
            (part, text.removeprefix("tel:"))
            for entry in _values(card.get(member))
            for text in _texts(entry.get(inner))
        ]
    for entry in _values(card.get("addresses")):
        parts += [("address", text) for text in _texts(entry.get("full"))]
        parts += [("country", text) for text in _texts(entry.get("countryCode"))]
    return parts


def _values(value: Any) -> list[JsonObject]:
    return (
        [entry for entry in list(value.values())[:ITEMS_MAX] if isinstance(entry, dict)]
        if isinstance(value, dict)
        else []
    )
