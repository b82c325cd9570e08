"""A recording of questions about a registration: one JSON object a line, with the answer's bytes as they arrived.

What an answer says is always read from its bytes; the word `outcome` of a line counts only where nothing came back, or
not all of it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from forensics.protocols import http_response, recording_lines
from forensics.protocols.http_response import HttpResponse, HttpResponseError
from forensics.protocols.recording_lines import RecordingError, RecordingLine
from forensics.protocols.registration import Registration, host_name

FORMAT = "forensics-registration-recording/1"

Protocol = Literal["whois", "rdap"]
Outcome = Literal[
    "answered", "broken_off", "timeout", "refused", "closed", "unreachable", "certificate", "tls", "no_address",
    "address_unknown", "not_public", "not_sent",
]  # fmt: skip
"""`broken_off`: the answer did not end within time and size. `refused`, `closed`: the connection was.

`certificate`: not accepted; `tls`: no TLS for another reason. `no_address`: DNS says that there is none;
`address_unknown`: nobody answered. `not_public`: the name leads to no public address; nobody was called.
"""
Status = Literal[
    "registered", "not_found", "refused", "unparsed",
    "timeout", "connection_refused", "failed", "not_asked", "elsewhere",
]  # fmt: skip
"""`refused`: the server answered that it does not answer, as for too many questions. `elsewhere`: a mere redirect, or
an answer about who keeps the suffix."""

_WITHOUT: dict[str, Status] = {
    "timeout": "timeout", "refused": "connection_refused", "not_public": "not_asked", "not_sent": "not_asked",
}  # fmt: skip
_REFUSALS = (401, 403, 429, 503)  # RFC 7480 section 5.5; RFC 6585 section 4


class Entry(RecordingLine, frozen=True, kw_only=True):
    """One question as it was sent (or not), and what came back within the time.

    `query` is the text sent, without its line end, or the address fetched; `about` says what it asks for: the domain,
    or who keeps its suffix. `answer` is base64, of a whole HTTP response for RDAP; `certificate` (DER) is that of a
    server that was accepted.
    """

    domain: str
    protocol: Protocol
    query: str
    outcome: Outcome
    server: str | None = None
    address: str | None = None
    port: int | None = None
    about: Literal["domain", "suffix"] = "domain"
    referred_by: str | None = None
    rtt_ms: int | None = None
    answer: str | None = None
    certificate: str | None = None
    note: str | None = None


class Said(NamedTuple):
    """What came of a question; `registration` is there where the answer was read."""

    status: Status
    registration: Registration | None = None
    problems: tuple[str, ...] = ()


def decode(line: bytes) -> Entry:
    """The entry of a line.

    Raises:
        RecordingError: no JSON object of this format, or one about no domain.
    """
    entry = recording_lines.decode(line, Entry, FORMAT)
    if host_name(entry.domain) != entry.domain:
        raise RecordingError(f"no domain name: {entry.domain[:80]!r}")
    return entry


def said(entry: Entry) -> Said:
    """What came of a question, read from the bytes of the answer.

    Raises:
        RecordingError: the bytes are not there, or cannot be read.
    """
    noted = (entry.note,) if entry.note else ()
    data = answer_bytes(entry)
    if data is None:
        if entry.outcome in ("answered", "broken_off"):
            raise RecordingError(f"the outcome {entry.outcome} without the bytes that say so")
        return Said(_WITHOUT.get(entry.outcome, "failed"), problems=noted)
    if entry.outcome != "answered":  # half an answer could say the opposite of the whole
        return Said("unparsed", problems=(f"the answer breaks off after {len(data)} bytes", *noted))
    if entry.protocol == "rdap":
        return _of_rdap(entry, data)
    if entry.about == "suffix":
        return Said("elsewhere")
    from forensics.protocols import whois_text  # here: it takes long to load

    return _about(entry, whois_text.parse(whois_answer_text(data), domain=entry.domain, server=entry.server))


def answer_bytes(entry: Entry) -> bytes | None:
    """What came back; None where nothing did.

    Raises:
        RecordingError: they cannot be read.
    """
    return None if entry.answer is None else recording_lines.bytes_of(entry.answer, "the answer")


def whois_answer_text(data: bytes) -> str:
    """A WHOIS answer as text; RFC 3912 names no encoding, and bytes that are no UTF-8 are shown as such."""
    return data.decode("utf-8", "replace")


def http_answer(data: bytes) -> HttpResponse | None:
    """A response; None where the bytes are none that is whole."""
    try:
        return http_response.parse(data)
    except HttpResponseError:
        return None


def _of_rdap(entry: Entry, data: bytes) -> Said:
    from forensics.protocols import rdap, registry_referral  # here: they take long to load

    try:
        got = http_response.parse(data)
    except HttpResponseError as error:
        return Said("unparsed", problems=(f"no whole HTTP response: {error}",))
    if got.status in registry_referral.REDIRECTS:
        return Said("elsewhere")
    if got.status == 200 and got.media_type in registry_referral.JSON_TYPES:
        return _about(entry, rdap.parse(got.body))
    told = f"HTTP status {got.status}, {got.media_type or 'of no type'}"
    if got.status in _REFUSALS:
        return Said("refused", problems=(told,))
    # A service that moved says 404 as well: it counts only from one that speaks RDAP (RFC 7480 section 5.3).
    if got.status == 404 and (
        got.media_type == registry_referral.JSON_TYPES[0] or rdap.parse(got.body).status == "not_found"
    ):
        return Said("not_found", problems=(told,))
    return Said("unparsed", problems=(told,))


def _about(entry: Entry, found: Registration) -> Said:
    """The answer, unless it is about another domain than the one asked for."""
    if found.status in ("registered", "not_found") and found.domain not in (None, entry.domain):
        problem = f"asked about {entry.domain}, the answer is about {found.domain}"
        return Said("unparsed", problems=tuple(dict.fromkeys((*found.problems, problem))))
    return Said(found.status, found, found.problems)
