"""From labelled values to the parts of a registration: which record is meant, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from forensics.protocols.registration import Contact, Event, RegistrationDate, ascii_name, host_name
from forensics.protocols.whois_text.contacts import stated
from forensics.protocols.whois_text.date_orders import Order
from forensics.protocols.whois_text.dates import declared_order, proven_order, read_date
from forensics.protocols.whois_text.labels import DOMAIN, SHARED
from forensics.protocols.whois_text.lines import Field
from forensics.protocols.whois_text.redaction import is_redaction

NAME_SERVERS_MAX = 64

_NO_SERVER = "not.defined"  # .uz puts it where a server has no address

_EVENTS: dict[str, Event] = {
    "created": "created",
    "updated": "updated",
    "expires": "expires",
    "registrar expires": "expires",
}
_HANDLE = re.compile(
    r"\A(.*\S)\s*(?:\(((?:R\d+-)?[A-Z]{0,8}\d*)\)|\[ ?(?:Tag|ID) = ([\w.-]{1,40}) ?\])"
)  # X (R22-LRCC), X [Tag = Y]
_SITE = re.compile(r"\A(.*\S)\s*\((?:https?://|www\.)[^()\s]*\)")  # X (www.registrar.example)
_STATUS_END = re.compile(r"\s*(?:-?\s*\(?https?://|\s-\s|\().*")  # clientHold https://icann.org/epp#clientHold
_LISTED = re.compile(r"\A[A-Za-z_]{2,60}(?:, ?[A-Za-z_]{2,60})+")  # REGISTERED, DELEGATED, VERIFIED
_ASSIGNED = re.compile(r"\((assigned|changed)\)", re.IGNORECASE)  # .il: changed: ... 19990604 (Assigned)
_SPACES = re.compile(r"[\s,;|]+")


def own_fields(fields: Sequence[Field], domain: str) -> tuple[tuple[Field, ...], str | None, int]:
    """Give the fields of the record that is meant, its domain (None if it names none) and how many records there are.

    An answer may hold several records; each begins in the block that names another domain. The record of `domain`
    is meant, else the first.
    """
    names: dict[int, str] = {}
    current = 0
    record_of_block: dict[int, int] = {}
    for field in fields:
        name = _domain_value(field) if field.role is None and DOMAIN.get(field.label) == "domain" else None
        if name is not None and names.setdefault(current, name) != name and field.block not in record_of_block:
            current += 1
            names[current] = name
        if name is not None:
            record_of_block[field.block] = current
        record_of_block.setdefault(field.block, current)
    chosen = next((number for number, name in names.items() if name == domain), 0)
    kept = tuple(field for field in fields if record_of_block[field.block] == chosen)
    return kept, names.get(chosen), max(len(names), 1)


def _domain_value(field: Field) -> str | None:
    return ascii_name(field.value.split()[0])


def domain_fields(fields: Iterable[Field]) -> dict[str, list[Field]]:
    """Sort the fields that speak of the domain itself by what they say (the parts of `labels.DOMAIN`)."""
    found: dict[str, list[Field]] = {}
    for field in fields:
        part = DOMAIN.get(field.label)
        if part is None or (field.role is not None and field.label in SHARED and not _of_domain(field, part)):
            continue
        if part != "registrar id" or field.role != "contact":
            found.setdefault(part, []).append(field)
    return found


def _of_domain(field: Field, part: str) -> bool:
    """Shared labels that mean the domain in spite of the block they stand in."""
    if part == field.role:  # the values below the headings "Registrar:" and "Registrant:"
        return True
    return field.role == "other" and field.label in ("host name", "hostname")


def read_dates(
    found: dict[str, list[Field]], text_orders: Iterable[str], registry: Order | None
) -> tuple[list[RegistrationDate], list[str]]:
    """Read every date of the record.

    Args:
        found: of `domain_fields`.
        text_orders: lines of the answer that may declare its date format.
        registry: the order declared for the registry, if any.

    Returns:
        The dates, and why some have no value.
    """
    fields = [(event, field) for part, event in _EVENTS.items() for field in found.get(part, [])]
    said = next((order for line in text_orders if (order := declared_order(line))), None)
    order = said or registry or proven_order(field.value for _, field in fields)
    dates, problems = [], []
    for event, field in fields:
        mark = _ASSIGNED.search(field.value)
        named: Event = "created" if mark and mark[1].lower() == "assigned" else event
        reading = read_date(field.value, declared_order(field.hint) or declared_order(field.value) or order)
        dates.append(RegistrationDate(named, field.value, reading.value, reading.precision, reading.zone))
        if reading.problem and stated(field.value):
            problems.append(f"{named}: {reading.problem}")
    return dates, problems


def chosen_date(dates: Sequence[RegistrationDate], event: Event, fields: Sequence[Field]) -> datetime | None:
    """Give the date of an event: the first one with a value; of repeated `changed:` lines in one block the youngest."""
    values = [date.value for date in dates if date.event == event and date.value is not None]
    if event == "updated" and len({(field.label, field.block) for field in fields}) == 1:
        return max(values, default=None)
    return values[0] if values else None


def read_name_servers(fields: Iterable[Field], domain: str) -> tuple[str, ...]:
    """Give the host names among the values, sorted, each once; addresses and remarks behind a name are left out."""
    names: set[str] = set()
    for field in fields:
        value = field.value.partition("[")[0].partition("(")[0]
        for token in _SPACES.split(value.rpartition(" NS ")[2]):  # .pt: example.pt NS ns1.example.com.
            name = host_name(token)
            if name is not None and not (
                field.label == "dns" and name == domain
            ):  # .dk: "DNS:" is the domain's A-label
                names.add(name)
            elif token[:1].isalpha() and ":" not in token:
                break  # a sentence
    return tuple(sorted(names - {_NO_SERVER})[:NAME_SERVERS_MAX])


def read_statuses(fields: Iterable[Field]) -> tuple[str, ...]:
    """Give the statuses as written, without the links and explanations behind them, sorted, each once."""
    statuses: set[str] = set()
    for field in fields:
        parts = field.value.split(",") if _LISTED.fullmatch(field.value.strip()) else [field.value]
        statuses.update(short for part in parts if (short := _STATUS_END.sub("", part).strip(" .")))
    return tuple(sorted(statuses))


def read_registrar(fields: Iterable[Field], contacts: Iterable[Contact]) -> tuple[str | None, str | None]:
    """Give the registrar's name and its handle, where the answer puts one behind the name or in its place."""
    value = next((field.value for field in fields if stated(field.value) and not is_redaction(field.value)), None)
    described = next(
        (contact for contact in contacts if contact.role == "registrar" and (contact.organization or contact.name)),
        None,
    )
    if described is not None and (value is None or (" " not in value and described.organization)):
        return described.organization or described.name, value
    if value is None:
        return None, None
    site = _SITE.fullmatch(value)
    name = site[1] if site else value
    handle = _HANDLE.fullmatch(name)
    return (handle[1], handle[2] or handle[3]) if handle and (handle[2] or handle[3]) else (name, None)


def read_registrant(fields: Iterable[Field], contacts: Iterable[Contact]) -> str | None:
    """Give the registrant as the record names it; a handle is resolved where the answer holds its contact."""
    people = tuple(contacts)
    value = next((field.value for field in fields if stated(field.value) and not is_redaction(field.value)), None)
    meant = next((person for person in people if value is not None and person.handle == value), None)
    if value is not None:
        return value if meant is None else meant.organization or meant.name or value
    described = next((person for person in people if person.role == "registrant"), None)
    return None if described is None else described.organization or described.name


def first_host(fields: Iterable[Field]) -> str | None:
    """Give the first value that is a host name, or None."""
    return next(
        (
            name
            for field in fields
            if (name := host_name(field.value.split()[0].lower().removeprefix("http://").rstrip("/")))
        ),
        None,
    )


def first_value(fields: Iterable[Field]) -> str | None:
    """Give the first value that states something, or None."""
    return next((field.value for field in fields if stated(field.value)), None)
