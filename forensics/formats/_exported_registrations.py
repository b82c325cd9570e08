"""What the exports of providers of WHOIS history call the fields of a registration, and how a row comes from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from forensics.formats._registration_rows import MAX_LISTED, domain_row, nanoseconds
from forensics.protocols.registration import Registration, ascii_name, host_name
from forensics.schema import RegistrationRecord

Object = Mapping[str, Any]

MAX_TEXT = 300
"""Characters of one value; a longer one is none."""
_NOTHING = {"", "n/a", "na", "none", "null", "-"}
_PARTED = re.compile(r"[|,;\s]+")
_ADDRESS = re.compile(r"\(?https?://\S{0,300}")
_NAMED = re.compile(r"(?im)^[ \t]{0,20}domain(?: name)?[ \t]{0,20}:[ \t]{0,20}(\S{1,253})[ \t]{0,20}\r?$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_ZONE = "seen: {!r} names no zone; its day is taken"


class Exported(NamedTuple):
    """The fields of one snapshot as the export writes them; registrants in the order of preference."""

    domain: Any
    seen: Any
    registrar: Any = None
    registrants: tuple[Any, ...] = ()
    created: Any = None
    updated: Any = None
    expires: Any = None
    name_servers: Any = None
    statuses: Any = None
    server: Any = None
    absent: bool = False
    note: str | None = None


def row(found: Exported, cited: dict[str, Any]) -> RegistrationRecord | str:
    """The row of a snapshot, or why there is none."""
    name = ascii_name(_text(found.domain) or "")
    if name is None:
        return "a snapshot that names no domain"
    from forensics.protocols.whois_text.redaction import is_redaction  # here: it knows all of WHOIS

    problems = [found.note] if found.note else []
    seen = _seen(found.seen, problems)
    created = _date("created", found.created, problems)
    updated = _date("updated", found.updated, problems)
    expires = _date("expires", found.expires, problems)
    named = [text for text in map(_text, found.registrants) if text]
    servers = _servers(found.name_servers)
    registrar = _text(found.registrar)
    stated = registrar or named or servers or created or expires
    registration = Registration(
        status="not_found" if found.absent else "registered" if stated else "unparsed", domain=name, raw="",
        registrar=registrar, registrant=next((text for text in named if not is_redaction(text)), None),
        name_servers=servers, statuses=_statuses(found.statuses), redacted=any(map(is_redaction, named)),
        created=created, updated=updated, expires=expires, problems=tuple(problems),
    )  # fmt: skip
    server = _text(found.server)
    return domain_row(registration, name, {**cited, "ts": seen, "server": server, "protocol": "export"})


def of_whoisxml(record: Object) -> Exported:
    """WHOIS History API of WhoisXML API: an item of `records`."""
    contact, audit = _object(record.get("registrantContact")), _object(record.get("audit"))
    return Exported(
        domain=record.get("domainName"), seen=audit.get("updatedDate") or audit.get("createdDate"),
        registrar=record.get("registrarName"), registrants=(contact.get("organization"), contact.get("name")),
        created=_either(record, "createdDate"), updated=_either(record, "updatedDate"),
        expires=_either(record, "expiresDate"), name_servers=record.get("nameServers"), statuses=record.get("status"),
        server=record.get("whoisServer"),
    )  # fmt: skip


def of_domaintools(record: Object) -> Exported:
    """Whois History of DomainTools: an item of `response.history`; the domain stands in the text alone."""
    whois = _object(record.get("whois"))
    held = _object(whois.get("registration"))
    match = _NAMED.search(str(whois.get("record") or "")[: 1 << 16])
    return Exported(
        match[1] if match else record.get("domain"), record.get("date"), held.get("registrar"),
        (whois.get("registrant"),), held.get("created"), held.get("updated"), held.get("expires"),
        whois.get("name_servers"), held.get("statuses"), whois.get("server"),
    )  # fmt: skip


def of_securitytrails(record: Object) -> Exported:
    """WHOIS history of SecurityTrails: an item of `result.items`; it begins with `started`."""
    contacts = [found for found in _items(record.get("contact")) if isinstance(found, dict)]
    holders = [found for found in contacts if str(found.get("type", "")).lower().startswith("registrant")]
    holder = _object(holders[0] if holders else None)
    ended = _moment(record.get("ended"))
    note = f"given until {ended.date()}; only its beginning is taken" if ended else None
    return Exported(
        record.get("domain"), record.get("started"), record.get("registrarName"),
        (holder.get("organization"), holder.get("name")), record.get("createdDate"), record.get("updatedDate"),
        record.get("expiresDate"), record.get("nameServers"), record.get("status"), note=note,
    )  # fmt: skip


def of_whoisfreaks(record: Object) -> Exported:
    """Historical WHOIS of WhoisFreaks: an item of `whois_domains_historical`."""
    contact, registrar = _object(record.get("registrant_contact")), _object(record.get("domain_registrar"))
    return Exported(
        record.get("domain_name"), record.get("query_time"), registrar.get("registrar_name"),
        (contact.get("company"), contact.get("name")), record.get("create_date"), record.get("update_date"),
        record.get("expiry_date"), record.get("name_servers"), record.get("domain_status"), record.get("whois_server"),
        absent=str(record.get("domain_registered", "")).lower() == "no",
    )  # fmt: skip


def of_plain_csv(said: Object) -> Exported:
    """A line of the plain CSV; `not_found` as its only status says that the name was not found."""
    return Exported(
        said.get("domain"), said.get("seen"), said.get("registrar"), (said.get("registrant"),), said.get("created"),
        said.get("updated"), said.get("expires"), said.get("name_servers"), said.get("statuses"), said.get("source"),
        absent=str(said.get("statuses", "")).strip().lower() == "not_found",
    )  # fmt: skip


def of_whoisxml_csv(said: Object) -> Exported:
    """A line of WhoisXML API's database files."""
    return Exported(
        said.get("domainname"), said.get("audit_auditupdateddate"), said.get("registrarname"),
        (said.get("registrant_organization"), said.get("registrant_name")),
        said.get("standardregcreateddate") or said.get("createddate"),
        said.get("standardregupdateddate") or said.get("updateddate"),
        said.get("standardregexpiresdate") or said.get("expiresdate"),
        said.get("nameservers"), said.get("status"), said.get("whoisserver"),
    )  # fmt: skip


def of_whoisfreaks_csv(said: Object) -> Exported:
    """A line of WhoisFreaks' database files: a column for each name server and status."""
    return Exported(
        said.get("domain_name"), said.get("query_time"), said.get("domain_registrar_name"),
        (said.get("registrant_company"), said.get("registrant_name")), said.get("create_date"),
        said.get("update_date"), said.get("expiry_date"), _numbered(said, "name_server_"),
        _numbered(said, "domain_status_"),
    )  # fmt: skip


JSON_KINDS: tuple[tuple[tuple[str, ...], str, Callable[[Object], Exported]], ...] = (
    (("records",), "createdDateISO8601", of_whoisxml),
    (("response", "history"), "whois", of_domaintools),
    (("result", "items"), "started", of_securitytrails),
    (("whois_domains_historical",), "domain_name", of_whoisfreaks),
)
"""Where the snapshots of each export lie, a key that they have, and what reads one."""
CSV_KINDS: tuple[tuple[frozenset[str], Callable[[Object], Exported]], ...] = (
    (frozenset({"domain", "seen", "registrar", "registrant", "expires", "name_servers"}), of_plain_csv),
    (frozenset({"domainname", "registrarname", "audit_auditupdateddate"}), of_whoisxml_csv),
    (frozenset({"domain_name", "query_time", "domain_registrar_name"}), of_whoisfreaks_csv),
)
"""The columns that each CSV has, and what reads a line."""


def _object(value: Any) -> Object:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return value[: 4 * MAX_LISTED] if isinstance(value, list) else []


def _either(record: Object, field: str) -> Any:
    """The normalised date, else the one as the registry wrote it."""
    return record.get(f"{field}ISO8601") or record.get(f"{field}Raw")


def _numbered(said: Object, prefix: str) -> list[Any]:
    return [value for name, value in said.items() if name.startswith(prefix)]


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return None
    text = " ".join(value.split())
    return None if text.lower() in _NOTHING else text


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970, as SecurityTrails writes times."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e14:
        return None
    return _EPOCH + timedelta(milliseconds=value)


def _date(field: str, value: Any, problems: list[str]) -> datetime | None:
    text = _text(value)
    if text is None:
        return _moment(value)
    from forensics.protocols.whois_text.dates import read_date

    found = read_date(text)
    if found.problem:
        problems.append(f"{field}: {found.problem}")
    return found.value


def _seen(value: Any, problems: list[str]) -> int | None:
    """When the snapshot was taken, ns; a time without a zone is a day."""
    text = _text(value)
    moment = _moment(value)
    if text is not None:
        from forensics.protocols.whois_text.dates import read_date

        found = read_date(text)
        moment = found.value
        if found.problem:
            problems.append(f"seen: {found.problem}")
        if moment is not None and found.zone is None:
            if found.precision != "day":
                problems.append(_NO_ZONE.format(text))
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    elif moment is None:
        problems.append("seen: no date")
    return nanoseconds(moment)


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [word for word in _PARTED.split(_ADDRESS.sub(" ", value[:8192])) if word.lower() not in _NOTHING]
    found = (_text(_ADDRESS.sub(" ", item)) if isinstance(item, str) else None for item in _items(value))
    return [text for text in found if text]


def _servers(value: Any) -> tuple[str, ...]:
    return tuple(sorted({name for word in _words(value) if (name := host_name(word.split()[0]))}))


def _statuses(value: Any) -> tuple[str, ...]:
    return tuple(sorted({word.strip("()").strip() for word in _words(value)} - {""}))
