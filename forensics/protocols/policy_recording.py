"""One attempt to fetch a policy file, and what came back: a line of a recording, with the bytes of the response."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import msgspec

from forensics.protocols import http_response, recording_lines
from forensics.protocols.http_response import HttpResponseError
from forensics.protocols.recording_lines import RecordingError, RecordingLine

FORMAT = "forensics-policy-recording/1"

Outcome = Literal[
    "answered", "no_address", "address_unknown", "not_public", "refused", "unreachable", "timeout", "closed",
    "certificate", "tls", "oversized", "redirect", "http_status", "no_http",
]  # fmt: skip
"""`no_address`: DNS says that there is none; `address_unknown`: nobody answered. `not_public`: it was not called.

`certificate`: not accepted; `tls`: no TLS for another reason. `redirect`, `http_status`: the status was not 200.
"""


class PolicyEntry(RecordingLine, frozen=True, kw_only=True):
    """One attempt; `certificate` (DER) is that of a server that was accepted."""

    host: str
    url: str
    outcome: Outcome
    address: str | None = None
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    rtt_ms: int | None = None
    response: str | None = None
    certificate: str | None = None
    note: str | None = None


class Fetched(NamedTuple):
    """What came of an attempt; `body` is there only where the outcome is `answered`."""

    outcome: Outcome
    http_status: int | None = None
    media_type: str | None = None
    body: str | None = None
    note: str | None = None


def decode(line: bytes) -> PolicyEntry:
    """The entry of a line.

    Raises:
        RecordingError: no JSON object of this format.
    """
    return recording_lines.decode(line, PolicyEntry, FORMAT)


def said(entry: PolicyEntry, max_bytes: int) -> Fetched:
    """What an attempt gave, read from the bytes of the response; the word beside them counts where none came.

    Args:
        max_bytes: how long a body may be.

    Raises:
        RecordingError: the bytes are not there, or cannot be read.
    """
    if entry.response is None:
        if entry.outcome in ("answered", "redirect", "http_status", "no_http", "oversized"):
            raise RecordingError(f"the outcome {entry.outcome} without the bytes that say so")
        return Fetched(entry.outcome, note=entry.note)
    data = recording_lines.bytes_of(entry.response, "the response")
    if len(data) > http_response.HEAD_BYTES + max_bytes:
        return Fetched("oversized", note=f"more than {max_bytes} bytes")
    try:
        got = http_response.parse(data)
    except HttpResponseError as error:
        return Fetched("no_http", note=str(error))
    if got.status != 200:
        outcome: Outcome = "redirect" if 300 <= got.status < 400 else "http_status"
        return Fetched(outcome, got.status, got.media_type, note=(got.field("location") or "")[:500] or None)
    if len(got.body) > max_bytes:
        return Fetched("oversized", got.status, got.media_type, note=f"more than {max_bytes} bytes")
    return Fetched("answered", got.status, got.media_type, got.body.decode("utf-8", "backslashreplace"))
