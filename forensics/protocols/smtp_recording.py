"""One connection to a mail server that sent no mail, and what the server said: a line of a recording."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal, NamedTuple

import msgspec

from forensics.errors import ProtocolError
from forensics.protocols import certificate, smtp_reply
from forensics.protocols.certificate import Certificate, CertificateError
from forensics.protocols.smtp_reply import SmtpReply, SmtpReplyError

FORMAT = "forensics-smtp-recording/1"
MAX_TURNS = 8

SmtpOutcome = Literal[
    "done", "no_address", "address_unknown", "not_public", "refused", "unreachable", "timeout", "closed",
    "certificate", "tls", "oversized", "no_smtp",
]  # fmt: skip
"""`done`: to QUIT. `certificate`: not accepted, and the connection ended there; `tls`: no TLS for another reason."""
StartTls = Literal["none", "refused", "accepted"]


class SmtpRecordingError(ProtocolError):
    """A line that is none of this kind."""


class Turn(msgspec.Struct, frozen=True):
    """What was sent (None: nothing, the server speaks first), and the bytes that came back."""

    sent: str | None
    received: str


class SmtpEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One connection; `verified` says whether its certificate was held against authorities and accepted."""

    format: str
    asked_at: str
    host: str
    outcome: SmtpOutcome
    address: str | None = None
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    rtt_ms: int | None = None
    turns: tuple[Turn, ...] = ()
    tls_version: str | None = None
    cipher: str | None = None
    verified: bool | None = None
    certificate: str | None = None
    note: str | None = None


class SmtpSaid(NamedTuple):
    """What a connection gave; None is what was not seen."""

    outcome: SmtpOutcome
    banner: SmtpReply | None = None
    greeting: SmtpReply | None = None
    starttls: StartTls | None = None
    certificate: Certificate | None = None
    note: str | None = None


def encode(entry: SmtpEntry) -> bytes:
    """One line, with its line feed."""
    return msgspec.json.encode(entry) + b"\n"


def decode(line: bytes) -> SmtpEntry:
    """The entry of a line.

    Raises:
        SmtpRecordingError: no JSON object of this format.
    """
    try:
        entry = msgspec.json.decode(line, type=SmtpEntry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SmtpRecordingError(f"no line of a recording: {error}") from error
    if entry.format != FORMAT:
        raise SmtpRecordingError(f"the format {entry.format[:40]!r} is not {FORMAT}")
    if len(entry.turns) > MAX_TURNS:
        raise SmtpRecordingError(f"more than {MAX_TURNS} turns")
    return entry


def said(entry: SmtpEntry) -> SmtpSaid:
    """What the server said, read from its bytes.

    Raises:
        SmtpRecordingError: the bytes cannot be read.
    """
    replies, broken = dict[str, SmtpReply](), None
    for turn in entry.turns:
        try:
            replies.setdefault((turn.sent or "").partition(" ")[0], smtp_reply.parse(bytes_of(turn.received)))
        except SmtpReplyError as error:
            broken = str(error)
    shown, unreadable = _certificate(entry)
    note = "; ".join(part for part in (entry.note, broken, unreadable) if part) or None
    greeting = replies.get("EHLO")
    return SmtpSaid(entry.outcome, replies.get(""), greeting, _starttls(greeting, replies), shown, note)


def bytes_of(text: str) -> bytes:
    """The bytes that a line keeps as text.

    Raises:
        SmtpRecordingError: it is none of that.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SmtpRecordingError(f"the bytes of an answer cannot be read: {error}") from error


def _starttls(greeting: SmtpReply | None, replies: dict[str, SmtpReply]) -> StartTls | None:
    answer = replies.get("STARTTLS")
    if answer is not None:
        return "accepted" if answer.code == 220 else "refused"
    return "none" if greeting is not None and "STARTTLS" not in greeting.keywords else None


def _certificate(entry: SmtpEntry) -> tuple[Certificate | None, str | None]:
    if entry.certificate is None:
        return None, None
    try:
        return certificate.parse(bytes_of(entry.certificate)), None
    except CertificateError as error:
        return None, f"the certificate cannot be read: {error}"
