"""One WHOIS answer (RFC 3912) as one `Registration`."""

from __future__ import annotations

from typing import NamedTuple

from forensics.protocols.registration import (
    Redaction,
    Registration,
    RegistrationDate,
    Status,
    ascii_name,
    host_name,
    unicode_name,
)
from forensics.protocols.whois_text.classification import status_statement, text_statement
from forensics.protocols.whois_text.contacts import read_contacts
from forensics.protocols.whois_text.date_orders import date_order
from forensics.protocols.whois_text.lines import LINES_MAX, Field, read_fields
from forensics.protocols.whois_text.record import (
    chosen_date,
    domain_fields,
    first_host,
    first_value,
    own_fields,
    read_dates,
    read_name_servers,
    read_registrant,
    read_registrar,
    read_statuses,
)
from forensics.protocols.whois_text.redaction import is_redaction, stated_redaction

TEXT_MAX = 1 << 18

_TONIC = "whois.tonic.to"
_LINE_SHOWN = 160
_FORMAT_LINES = 60  # a declaration of the date format stands in the head of the answer


class _Verdict(NamedTuple):
    status: Status
    problem: str | None = None


def parse(text: str, *, domain: str, server: str | None = None) -> Registration:
    """Read one answer of a WHOIS server.

    Args:
        text: the answer, decoded; what is behind the first 256 KiB or 4,000 lines is kept in `raw`, not read.
        domain: the name that was asked, in A-labels or U-labels.
        server: the server that answered, if known; the order of day and month may depend on it.

    Returns:
        What the answer says; see `Registration`. No answer makes this function fail, and none is passed over in
        silence: what could not be read is in `problems`. Time is linear in the text.

    >>> parse("Domain Name: EXAMPLE.TEST\\nCreation Date: 2001-02-03T04:05:06Z", domain="example.test").created
    datetime.datetime(2001, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
    >>> parse("% No entries found", domain="example.test").status
    'not_found'
    """
    asked = ascii_name(domain)
    read = text[:TEXT_MAX].replace("\x00", " ").replace("\ufeff", "")
    fields, named, count = own_fields(read_fields(read) + _pairs(read, asked, server), asked or "")
    if named is not None and asked is not None and asked.startswith(f"{named}."):
        named = asked  # EURid once left the suffix out
    return _registration(text, read, fields, asked, named, server, _record_problems(text, asked, named, count))


def _pairs(text: str, asked: str | None, server: str | None) -> tuple[Field, ...]:
    """Tonic (.to) answers with pairs: the domain without its suffix, and a name server, line by line."""
    if asked is None or not (server == _TONIC or asked.endswith(".to")):
        return ()
    lines = (line.split() for line in text.splitlines()[:LINES_MAX])
    pairs = [words[1] for words in lines if len(words) == 2 and words[0].lower() in (asked, asked.rpartition(".")[0])]
    return tuple(Field("name server", value, None, 0, "") for value in pairs if host_name(value))


def _record_problems(text: str, asked: str | None, named: str | None, count: int) -> list[str]:
    problems = []
    if len(text) > TEXT_MAX or text.count("\n") >= LINES_MAX:
        problems.append(f"the answer has {len(text)} characters; only its beginning was read")
    if count > 1:
        problems.append(f"the answer holds {count} records; the one of {named} is given")
    if named is not None and asked is not None and named != asked:
        problems.append(f"asked about {asked}, the answer is about {named}")
    return problems


def _registration(
    raw: str,
    text: str,
    fields: tuple[Field, ...],
    asked: str | None,
    named: str | None,
    server: str | None,
    problems: list[str],
) -> Registration:
    found = domain_fields(fields)
    domain = named or asked
    contacts, redactions = read_contacts(fields)
    registrar, handle = read_registrar(found.get("registrar", []), contacts)
    dates, date_problems = read_dates(found, _head(text), date_order(domain or "", server))
    name_servers = read_name_servers(found.get("name server", []), domain or "")
    registrant = read_registrant(found.get("registrant", []), contacts)
    evidence = bool(registrar or name_servers or _dated(dates) or (named and (registrant or dates)))
    verdict = _verdict(text, found.get("status", []), evidence, named)
    if verdict.status != "registered":
        return _without_record(raw, domain, verdict, problems)
    hidden = _redactions(found, redactions, text)
    return Registration(
        status="registered",
        domain=domain,
        raw=raw,
        registrar=registrar,
        registrant=registrant,
        created=chosen_date(dates, "created", found.get("created", [])),
        updated=chosen_date(dates, "updated", found.get("updated", [])),
        expires=chosen_date(dates, "expires", found.get("expires", [])),
        name_servers=name_servers,
        statuses=read_statuses(found.get("status", [])),
        redacted=bool(hidden),
        problems=(*problems, *([verdict.problem] if verdict.problem else []), *date_problems),
        domain_unicode=unicode_name(domain) if domain else None,
        registrar_id=first_value(found.get("registrar id", [])) or handle,
        whois_server=first_host(found.get("whois server", [])),
        dnssec=first_value(found.get("dnssec", [])),
        contacts=contacts,
        redactions=hidden,
        dates=tuple(dates),
    )


def _head(text: str) -> list[str]:
    """The comment lines in which a registry declares its date format."""
    return [line for line in text.splitlines()[:_FORMAT_LINES] if line.lstrip().startswith(("%", "#"))]


def _dated(dates: list[RegistrationDate]) -> bool:
    return any(date.event != "updated" for date in dates)


def _verdict(text: str, status_fields: list[Field], evidence: bool, named: str | None) -> _Verdict:
    """Weigh status fields, record and sentences: what is stated about the name itself comes before prose."""
    said = [statement for field in status_fields if (statement := status_statement(field.value))]
    if "not_found" in said:
        return (
            _Verdict("registered", "the status says free, the record says registered")
            if evidence
            else _Verdict("not_found")
        )
    if "reserved" in said:
        return _Verdict("registered", "held by the registry itself: reserved or blocked")
    if evidence:
        return _Verdict("registered")
    if "refused" in said:
        return _Verdict("refused", "the server did not answer the question")
    return _sentence_verdict(text) or _bare_verdict(text, status_fields, named)


def _sentence_verdict(text: str) -> _Verdict | None:
    found = text_statement(text)
    if found is None:
        return None
    statement, line = found
    if statement == "not_found":
        return _Verdict("not_found")
    if statement == "reserved":
        return _Verdict("registered", f"held by the registry itself: {line[:_LINE_SHOWN]!r}")
    if statement == "refused":
        return _Verdict("refused", f"the server did not answer the question: {line[:_LINE_SHOWN]!r}")
    return _Verdict("registered", "the answer says no more than that the name is taken")


def _bare_verdict(text: str, status_fields: list[Field], named: str | None) -> _Verdict:
    if named is not None and status_fields:
        return _Verdict("registered", "the record states a status and nothing else")
    if not text.strip():
        return _Verdict("unparsed", "the answer is empty")
    return _Verdict("unparsed", "the answer has neither a record nor a sentence of a known form")


def _without_record(raw: str, domain: str | None, verdict: _Verdict, problems: list[str]) -> Registration:
    return Registration(
        status=verdict.status,
        domain=domain,
        raw=raw,
        domain_unicode=unicode_name(domain) if domain else None,
        problems=(*problems, *([verdict.problem] if verdict.problem else [])),
    )


def _redactions(found: dict[str, list[Field]], redactions: tuple[Redaction, ...], text: str) -> tuple[Redaction, ...]:
    shown = [
        Redaction("registrant", "replacementValue", field.value)
        for field in found.get("registrant", [])
        if is_redaction(field.value)
    ]
    stated = stated_redaction(text)
    return tuple(dict.fromkeys([*redactions, *shown, *([stated] if stated else [])]))
