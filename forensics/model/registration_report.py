"""The registration history of a domain as a document."""

from __future__ import annotations

import msgspec

from forensics.model.case_file import CitationPart, Tool

SCHEMA = "forensics-whois/1"


class AnswerPart(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a registry; `at` None: nothing says when it was given, so it is in no interval.

    A question that got no answer stands here too, with its status: "timeout", "connection_refused", "failed" or
    "not_asked"; `problems` says why.
    """

    source: str
    at: str | None
    dated_by: str | None
    status: str
    registrar: str | None
    registrant: str | None
    created: str | None
    updated: str | None
    expires: str | None
    name_servers: tuple[str, ...]
    statuses: tuple[str, ...]
    redacted: bool
    problems: str | None
    citation: CitationPart
    server: str | None = None
    server_ip: str | None = None


class IntervalPart(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one field, from the first to the last answer that gave it; `seen` are the times of all of them.

    Of the fields `ns_record` and `mx_record` it tells when one host was seen in the DNS; several stand side by side.
    """

    field: str
    value: str
    first_seen: str
    last_seen: str
    sources: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...]
    seen: tuple[str, ...]


class EventPart(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened after one answer and not later than another."""

    kind: str
    after: str
    by: str
    text: str
    sources: tuple[str, ...]


class FieldAt(msgspec.Struct, frozen=True, kw_only=True):
    """A field on the day asked for; `value` None: not known, and `text` says what is.

    `basis`: "answer" of that day, "between" two answers that agree, "disagreement" of sources, or "unknown".
    """

    field: str
    value: str | None
    basis: str
    text: str


class NamedPart(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a record names; `held_by`: the registrant of its domain; `other`: None where it is not known whose it is."""

    kind: str
    value: str
    first_seen: str | None
    last_seen: str | None
    owner: str | None = None
    other: bool | None = None
    held_by: str | None = None
    citation: CitationPart | None = None


class OperatorPart(msgspec.Struct, frozen=True, kw_only=True):
    """One role: whom the records name, what that one can change and what not; nobody named: no record in the case."""

    role: str
    named: tuple[NamedPart, ...]
    can: str
    cannot: str


class RegistrationReport(msgspec.Struct, frozen=True, kw_only=True):
    """The registration of a domain over time; nothing between two answers is made up."""

    schema: str
    tool: Tool
    domain: str
    as_of: str | None
    on_the_day: tuple[FieldAt, ...]
    intervals: tuple[IntervalPart, ...]
    events: tuple[EventPart, ...]
    disagreements: tuple[str, ...]
    answers: tuple[AnswerPart, ...]
    networks: tuple[str, ...]
    operators: tuple[OperatorPart, ...]
    notes: tuple[str, ...]
