"""RDAP answers about address blocks and autonomous systems (RFC 9083 sections 5.4 and 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from forensics.protocols.rdap.documents import JsonObject, Problems, load, text_member, text_members
from forensics.protocols.rdap.domains import event_date, read_events
from forensics.protocols.rdap.entities import read_entities
from forensics.protocols.registration import Contact

KINDS = ("ip network", "autnum")


@dataclass(frozen=True, slots=True)
class NetworkRegistration:
    """Who holds a block of addresses or of autonomous system numbers."""

    kind: str | None
    """"ip network" or "autnum"; None if the document is neither, and `problems` says what it is."""
    raw: bytes
    handle: str | None = None
    name: str | None = None
    type: str | None = None
    """The registry's word for the allocation, as "ALLOCATED PA"."""
    country: str | None = None
    start: str | None = None
    """First address or first number, in text form."""
    end: str | None = None
    parent_handle: str | None = None
    holder: str | None = None
    abuse_email: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    statuses: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    problems: tuple[str, ...] = ()


def parse_network(document: bytes) -> NetworkRegistration:
    """Read one RDAP answer about an address block or a block of autonomous system numbers.

    Returns:
        What the document says. One that is neither has `kind` None; members that break RFC 9083 are
        named in `problems`.

    >>> parse_network(b'{"objectClassName": "autnum", "startAutnum": 64496, "endAutnum": 64511}').end
    '64511'
    """
    problems = Problems()
    loaded = load(document, problems)
    kind = None if loaded is None else loaded.get("objectClassName")
    if loaded is None or kind not in KINDS:
        problems.note("no network object")
        return NetworkRegistration(None, document, problems=tuple(problems))
    return _network(document, loaded, str(kind), problems)


def _network(document: bytes, loaded: JsonObject, kind: str, problems: Problems) -> NetworkRegistration:
    entities = read_entities(loaded, problems)
    dates = read_events(loaded, problems)
    start, end = _range(loaded, kind, problems)
    holders = [entity.contact for entity in entities if "registrant" in entity.roles]
    return NetworkRegistration(
        kind=kind,
        raw=document,
        handle=text_member(loaded, "handle", problems),
        name=text_member(loaded, "name", problems),
        type=text_member(loaded, "type", problems),
        country=text_member(loaded, "country", problems),
        start=start,
        end=end,
        parent_handle=text_member(loaded, "parentHandle", problems),
        holder=next(
            (holder.organization or holder.name for holder in holders if holder.organization or holder.name), None
        ),
        abuse_email=next(
            (entity.contact.email for entity in entities if "abuse" in entity.roles and entity.contact.email), None
        ),
        created=event_date(dates, "created", problems),
        updated=event_date(dates, "updated", problems),
        statuses=tuple(sorted({status for status in text_members(loaded, "status", problems) if status})),
        contacts=tuple(entity.contact for entity in entities),
        problems=tuple(problems),
    )


def _range(loaded: JsonObject, kind: str, problems: Problems) -> tuple[str | None, str | None]:
    if kind == "autnum":
        return _number(loaded, "startAutnum", problems), _number(loaded, "endAutnum", problems)
    return _address(loaded, "startAddress", problems), _address(loaded, "endAddress", problems)


def _number(loaded: JsonObject, name: str, problems: Problems) -> str | None:
    value = loaded.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 32:
        problems.note(f"{name} is no autonomous system number")
        return None
    return str(value)


def _address(loaded: JsonObject, name: str, problems: Problems) -> str | None:
    text = text_member(loaded, name, problems)
    try:
        return str(ip_address(text.partition("/")[0])) if text else None
    except ValueError:
        problems.note(f"{name} is no address: {(text or '')[:120]!r}")
        return None
