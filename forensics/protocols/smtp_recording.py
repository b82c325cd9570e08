"""One connection to a mail server that sent no mail, and what the server said: a line of a recording."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import msgspec

from forensics.protocols import certificate, recording_lines, smtp_reply
from forensics.protocols.certificate import Certificate, CertificateError
from forensics.protocols.recording_lines import RecordingError, RecordingLine, bytes_of
from forensics.protocols.smtp_reply import SmtpReply, SmtpReplyError

FORMAT = "forensics-smtp-recording/1"
MAX_TURNS = 8

SmtpOutcome = Literal[
    "done", "no_address", "address_unknown", "not_public", "refused", "unreachable", "timeout", "closed",
    "certificate", "tls", "oversized", "no_smtp",
]  # fmt: skip
"""`done`: to QUIT. `certificate`: not accepted, and the connection ended there; `tls`: no TLS for another reason."""
StartTls = Literal["none", "refused", "accepted"]


class Turn(msgspec.Struct, frozen=True):
    """What was sent (None: nothing, the server speaks first), and the bytes that came back."""

    sent: str | None
    received: str


class SmtpEntry(RecordingLine, frozen=True, kw_only=True):
    """One connection; `verified` says whether its certificate was held against authorities and accepted."""

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


def decode(line: bytes) -> SmtpEntry:
    """The entry of a line.

    Raises:
        RecordingError: no JSON object of this format.
    """
    entry = recording_lines.decode(line, SmtpEntry, FORMAT)
    if len(entry.turns) > MAX_TURNS:
        raise RecordingError(f"more than {MAX_TURNS} turns")
    return entry


def said(entry: SmtpEntry) -> SmtpSaid:
    """What the server said, read from its bytes.

    Raises:
        RecordingError: the bytes cannot be read.
    """
    replies, broken = dict[str, SmtpReply](), None
    for turn in entry.turns:
        try:
            reply = smtp_reply.parse(bytes_of(turn.received, "an answer"))
        except SmtpReplyError as error:
            broken = str(error)
        else:
            replies.setdefault((turn.sent or "").partition(" ")[0], reply)
    shown, unreadable = _certificate(entry)
    note = "; ".join(part for part in (entry.note, broken, unreadable) if part) or None
    greeting = replies.get("EHLO")
    return SmtpSaid(entry.outcome, replies.get(""), greeting, _starttls(greeting, replies), shown, note)


def _starttls(greeting: SmtpReply | None, replies: dict[str, SmtpReply]) -> StartTls | None:
    answer = replies.get("STARTTLS")
    if answer is not None:
        return "accepted" if answer.code == 220 else "refused"
    return "none" if greeting is not None and "STARTTLS" not in greeting.keywords else None


def _certificate(entry: SmtpEntry) -> tuple[Certificate | None, str | None]:
    if entry.certificate is None:
        return None, None
    try:
        return certificate.parse(bytes_of(entry.certificate, "an answer")), None
    except CertificateError as error:
        return None, f"the certificate cannot be read: {error}"
