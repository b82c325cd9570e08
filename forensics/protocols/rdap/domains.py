"""RDAP answers about a domain (RFC 9083 section 5.3) as `Registration` values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from forensics.protocols.rdap.documents import (
    JsonObject,
    Problems,
    load,
    object_members,
    read_instant,
    text_member,
    text_members,
)
from forensics.protocols.rdap.entities import Entity, read_entities, remark_redactions
from forensics.protocols.registration import (
    Event,
    Redaction,
    Registration,
    RegistrationDate,
    Status,
    ascii_name,
    host_name,
    unicode_name,
)

_EVENTS: dict[str, Event] = {"registration": "created", "last changed": "updated", "expiration": "expires"}
_METHODS = ("removal", "emptyValue", "partialValue", "replacementValue")  # RFC 9537 section 4.2
_REFUSALS = (401, 403, 429, 503)  # RFC 7480 section 5.5; RFC 6585 section 4
_IANA_ID = "iana registrar id"


def parse(document: bytes) -> Registration:
    """Read one RDAP answer about a domain.

    Args:
        document: the body of the answer, as it came.

    Returns:
        What the answer says; see `Registration`. An error of code 404 is "not_found", one of 401, 403, 429 or 503 is
        "refused". Everything that is no domain object is "unparsed", with the reason in `problems`; `parse_network`
        reads networks. A member that breaks RFC 9083 is named in `problems` and the rest is read.

    >>> parse(b'{"objectClassName": "domain", "ldhName": "EXAMPLE.COM"}').domain
    'example.com'
    """
    problems = Problems()
    loaded = load(document, problems)
    if loaded is None:
        return Registration("unparsed", None, document, problems=tuple(problems))
    if loaded.get("objectClassName") != "domain":
        return Registration(_without_object(loaded, problems), None, document, problems=tuple(problems))
    domain = _domain_name(loaded, problems)
    if domain is None:
        problems.note("the domain object names no domain")
        return Registration("unparsed", None, document, problems=tuple(problems))
    return _registration(document, loaded, domain, problems)


def _registration(document: bytes, loaded: JsonObject, domain: str, problems: Problems) -> Registration:
    entities = read_entities(loaded, problems)
    registrar = next((entity for entity in entities if "registrar" in entity.roles), None)
    dates = read_events(loaded, problems)
    redactions = tuple(dict.fromkeys(_redactions(loaded, entities, problems)))
    port43 = text_member(loaded, "port43", problems)
    return Registration(
        status="registered",
        domain=domain,
        raw=document,
        registrar=_shown_name(registrar),
        registrant=_registrant(entities),
        created=event_date(dates, "created", problems),
        updated=event_date(dates, "updated", problems),
        expires=event_date(dates, "expires", problems),
        name_servers=_name_servers(loaded, problems),
        statuses=tuple(sorted({status for status in text_members(loaded, "status", problems) if status})),
        redacted=bool(redactions),
        domain_unicode=unicode_name(domain),
        registrar_id=_registrar_id(registrar),
        whois_server=host_name(port43) if port43 else None,
        dnssec=_dnssec(loaded, problems),
        contacts=tuple(entity.contact for entity in entities),
        redactions=redactions,
        dates=dates,
        problems=tuple(problems),  # last: reading the parts above finds them
    )


def _without_object(loaded: JsonObject, problems: Problems) -> Status:
    """Judge a document without a domain: an error (RFC 9083 section 6), another object, search results."""
    code = loaded.get("errorCode")
    if isinstance(code, str) and code.isdecimal() and len(code) <= 3:
        problems.note("errorCode is a string")
        code = int(code)
    if isinstance(code, int) and not isinstance(code, bool):
        problems.note(f"error {code}: {text_member(loaded, 'title', problems) or 'without a title'}")
        return "not_found" if code == 404 else "refused" if code in _REFUSALS else "unparsed"
    name = loaded.get("objectClassName")
    problems.note(f"no domain object but {name!r}"[:120] if isinstance(name, str) else "no object class name")
    return "unparsed"


def _domain_name(loaded: JsonObject, problems: Problems) -> str | None:
    ldh, full = text_member(loaded, "ldhName", problems), text_member(loaded, "unicodeName", problems)
    names = {given: ascii_name(given) for given in (ldh, full) if given}
    if ldh and names[ldh] is None:
        problems.note(f"ldhName is no domain name: {ldh[:120]!r}")
    if ldh and full and names[ldh] and names[full] and names[ldh] != names[full]:
        problems.note(f"ldhName and unicodeName disagree: {ldh[:120]!r}, {full[:120]!r}")
    return next((name for name in names.values() if name is not None), None)


def read_events(loaded: JsonObject, problems: Problems) -> tuple[RegistrationDate, ...]:
    """Read the events of an object that say when it was registered, changed and when it expires (section 4.5)."""
    dates = []
    for item in object_members(loaded, "events", problems):
        event = _EVENTS.get((text_member(item, "eventAction", problems) or "").lower())
        text = text_member(item, "eventDate", problems)
        if event is None or text is None:
            continue
        value = read_instant(text)
        if value is None:
            problems.note(f"{event}: {text[:120]!r} is no instant of RFC 3339")
        dates.append(RegistrationDate(event, text, value, "second" if value else None, _zone(text) if value else None))
    return tuple(dates)


def _zone(text: str) -> str:
    return "Z" if text.strip()[-1] in "Zz" else text.strip()[text.strip().rfind("+" if "+" in text else "-") :]


def event_date(dates: Iterable[RegistrationDate], event: Event, problems: Problems) -> datetime | None:
    """Give the instant of an event: the last change, else the first one stated; several that differ are a problem."""
    values = sorted({date.value for date in dates if date.event == event and date.value is not None})
    if event == "updated":
        return values[-1] if values else None
    if len(values) > 1:
        problems.note(f"{event}: the document states {len(values)} different instants")
    return next((date.value for date in dates if date.event == event and date.value is not None), None)


def _name_servers(loaded: JsonObject, problems: Problems) -> tuple[str, ...]:
    names: set[str] = set()
    for item in object_members(loaded, "nameservers", problems):
        text = text_member(item, "ldhName", problems) or text_member(item, "unicodeName", problems)
        name = host_name(text) if text else None
        if name is None:
            problems.note(f"a name server is no host name: {text!r}"[:120])
        else:
            names.add(name)
    return tuple(sorted(names))


def _shown_name(entity: Entity | None) -> str | None:
    return None if entity is None else entity.contact.name or entity.contact.organization


def _registrant(entities: Iterable[Entity]) -> str | None:
    people = [entity.contact for entity in entities if "registrant" in entity.roles]
    return next((person.organization or person.name for person in people if person.organization or person.name), None)


def _registrar_id(registrar: Entity | None) -> str | None:
    if registrar is None:
        return None
    listed = next((identifier for kind, identifier in registrar.public_ids if kind.lower() == _IANA_ID), None)
    return listed or registrar.contact.handle


def _dnssec(loaded: JsonObject, problems: Problems) -> str | None:
    secure = loaded.get("secureDNS")
    if secure is None:
        return None
    if not isinstance(secure, dict):
        problems.note("secureDNS is no object")
        return None
    signed = secure.get("delegationSigned")
    if signed is not None and not isinstance(signed, bool):
        problems.note("delegationSigned is no boolean")
    if isinstance(signed, bool):
        return "signed" if signed else "unsigned"
    return "signed" if secure.get("dsData") else None


def _redactions(loaded: JsonObject, entities: Iterable[Entity], problems: Problems) -> Iterator[Redaction]:
    for item in object_members(loaded, "redacted", problems):
        name, reason = item.get("name"), item.get("reason")
        method = text_member(item, "method", problems) or "removal"  # RFC 9537 section 4.2: the default
        if method not in _METHODS:
            problems.note(f"redaction by an unknown method: {method[:120]!r}")
        yield Redaction(_described(name) or "unnamed", method, _described(reason))
    yield from remark_redactions(loaded, "domain", problems)
    for entity in entities:
        yield from entity.redactions


def _described(value: object) -> str | None:
    """Give the registered type, else the description, of a name or a reason (RFC 9537 section 4.2)."""
    if not isinstance(value, dict):
        return None
    return next((text for key in ("type", "description") if isinstance(text := value.get(key), str) and text), None)
