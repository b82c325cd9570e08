"""What the header of a message tells: hops with their grades, authentication, and what is odd."""

from __future__ import annotations

from typing import Literal

import msgspec

from forensics.model.case_file import CitationPart, Tool

SCHEMA = "forensics-headers/1"

Grade = Literal["confirmed", "consistent", "contradicted", "unverifiable"]


class HopPart(msgspec.Struct, frozen=True, kw_only=True):
    """One Received field; 1 is the topmost, written last.

    `offset_s` is its date less the time in the evidence that confirms it, None where nothing does.
    """

    no: int
    ts: str | None
    delay_s: float | None
    by: str | None
    from_helo: str | None
    from_rdns: str | None
    from_ip: str | None
    protocol: str | None
    id: str | None
    trusted: bool
    grade: Grade
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    raw: str
    offset_s: float | None = None
    citations: tuple[CitationPart, ...] = ()


class KeyWindow(msgspec.Struct, frozen=True, kw_only=True):
    """When the key of a signature was seen in the DNS, and what that says of the time `signed`.

    `state`: `seen_then`; `unknown_then` (seen before or after only); `other_key_then`, `missing_then`, `revoked_then`
    (seen at that time instead); `undated`.
    """

    name: str
    state: str
    text: str
    first_seen: str | None
    last_seen: str | None
    signed: str | None
    citations: tuple[CitationPart, ...] = ()


class AuthenticationPart(msgspec.Struct, frozen=True, kw_only=True):
    """One method: what was found here, what the receiver stamped, and whether the stamp is believed.

    `result` None: it could not be evaluated from what is at hand; `text` says why, `code` as a word for programs:
    a reason of `forensics.protocols.dkim`, or `key_not_collected`, `key_unknown_at_date`.
    """

    method: str
    domain: str | None
    result: str | None
    text: str
    stamped: str | None = None
    stamped_by: str | None = None
    believed: bool | None = None
    code: str | None = None
    key: KeyWindow | None = None


class ContentPart(msgspec.Struct, frozen=True, kw_only=True):
    """A body (its text in UTF-8) or an attachment (as it was before it was encoded for mail).

    Size and hash are None where its encoding is broken.
    """

    role: Literal["body", "attachment"]
    name: str | None
    media_type: str | None
    size_bytes: int | None
    sha256: str | None


class MessagePart(msgspec.Struct, frozen=True, kw_only=True):
    """One message."""

    source: str
    citation: CitationPart
    message_id: str | None
    header_from: str | None
    return_path: str | None
    subject: str | None
    date: str | None
    boundary: int | None
    trust: str | None
    hops: tuple[HopPart, ...]
    authentication: tuple[AuthenticationPart, ...]
    anomalies: tuple[str, ...]
    problems: tuple[str, ...]
    contents: tuple[ContentPart, ...] | None = None
    """Bodies and attachments; None where they were not asked for, or could not be read."""


class ClockPart(msgspec.Struct, frozen=True, kw_only=True):
    """How far a server's clock is off, as an estimate: positive is ahead.

    `basis`: `confirmed` (against logs or captures) or `chain` (against the host of the field below, `against`; then
    the true offset is this or more). `spread_s` is how much the `hops` it rests on vary.
    """

    host: str
    against: str | None
    offset_s: float
    spread_s: float
    hops: int
    basis: Literal["confirmed", "chain"]
    text: str


class HeaderReport(msgspec.Struct, frozen=True, kw_only=True):
    """All messages that were looked at."""

    schema: str
    tool: Tool
    messages: tuple[MessagePart, ...]
    sources: tuple[str, ...] = ()
    clocks: tuple[ClockPart, ...] = ()
