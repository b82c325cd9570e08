"""What a reader of aggregate reports gives: parts of a content, the records among them, and what cannot be read."""

from __future__ import annotations

from typing import NamedTuple

EXCERPT_BYTES = 200
"""Bytes of what cannot be read that are shown."""


class ReportHead(NamedTuple):
    """What a document says of itself, as far as it has been read; times in seconds since 1970 UTC, None where not said.

    `domain` and `policy` are what the domain published: the policy's tags in their order, such as `p=none`.
    """

    org_name: str | None = None
    email: str | None = None
    report_id: str | None = None
    begin: int | None = None
    end: int | None = None
    domain: str | None = None
    policy: str | None = None


class AuthResult(NamedTuple):
    """One result of a check that the receiver made; `detail` is the DKIM selector or the SPF scope."""

    domain: str | None
    result: str | None
    detail: str | None


class AggregateRecord(NamedTuple):
    """One `record`: what the receiver counted of one source address.

    `disposition` is what was done; `dkim` and `spf` say whether each passed aligned with the From field;
    `envelope_from` is empty for the null sender. `reasons` are why the policy was not followed.
    """

    head: ReportHead
    source_ip: str
    messages: int
    disposition: str | None
    dkim: str | None
    spf: str | None
    header_from: str | None
    envelope_from: str | None
    envelope_to: str | None
    dkim_results: tuple[AuthResult, ...]
    spf_results: tuple[AuthResult, ...]
    reasons: tuple[str, ...]


class Unreadable(NamedTuple):
    """What is no record: why, its first bytes, and whether it is over a bound rather than malformed."""

    reason: str
    excerpt: bytes
    refused: bool


class Part(NamedTuple):
    """A run of bytes: a record, what cannot be read, or None for what stands around records."""

    offset: int
    length: int
    content: AggregateRecord | Unreadable | None
