"""What the DNS records of a domain say about its mail: checks with the record as published, and a summary for people.

A record is a permission or a wish, never an event: nothing here says that mail was sent or received.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from forensics.model.case_file import CitationPart, Tool

SCHEMA = "forensics-domain/1"

CheckState = Literal["ok", "problem", "warning", "absent", "unknown"]
"""`absent`: asked, and it is not there. `unknown`: nobody asked, or nobody answered; that is never `absent`."""

Status = Literal["ok", "nodata", "nxdomain", "timeout", "servfail", "not_asked"]


Validation = Literal["secure", "insecure", "bogus", "unknown"]
"""What the resolver says of the signatures of an answer (RFC 4033 section 5); `unknown`: it checks none, it seems."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: what stands there, what is wrong at which place, why it matters, and the remedy."""

    id: str
    subject: str
    state: CheckState
    text: str
    record: str | None = None
    where: str | None = None
    why: str | None = None
    remedy: str | None = None
    reference: str | None = None
    citations: tuple[CitationPart, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question, and what is known of its answer; `dnssec` is None where no source shows it."""

    qname: str
    qtype: str
    status: Status
    records: tuple[str, ...] = ()
    note: str | None = None
    dnssec: Validation | None = None
    citations: tuple[CitationPart, ...] = ()


class SummaryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One question that people ask, and its answer."""

    question: str
    answer: Literal["yes", "no", "partly", "unknown"]
    text: str


class Posture(msgspec.Struct, frozen=True, kw_only=True):
    """The mail posture of a domain, from recorded answers."""

    schema: str
    tool: Tool
    domain: str
    as_of: str | None
    dmarc_rules: str
    summary: tuple[SummaryLine, ...]
    checks: tuple[Check, ...]
    questions: tuple[Asked, ...]
    sources: tuple[str, ...] = ()
