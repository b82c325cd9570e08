"""What an SMTP dialogue is made of, as frozen values."""

from __future__ import annotations

from typing import NamedTuple


class Moment(NamedTuple):
    """When and where bytes were seen: time in ns UTC, number, offset and length of the record that held them."""

    ts: int
    record_no: int
    offset: int
    length: int


class Reply(NamedTuple):
    """One reply, its lines joined with line feeds and without their codes; `at` is where its last line ended."""

    code: int
    text: str
    at: Moment


class Recipient(NamedTuple):
    """One RCPT command; `reply` is None where none was seen."""

    rcpt_to: str | None
    at: Moment
    reply: Reply | None


class Envelope(NamedTuple):
    """One mail transaction.

    Each MAIL begins one, also a refused one; so does a RCPT outside of any, and a DATA or BDAT that the server accepts
    outside of any. `accepted` is True for a 2xx reply after the last byte, False where the message was refused or not
    completed, None where the capture does not show it. `decided` is where the last reply of it was seen, else its
    last command. `recipients` holds the first `MAX_RECIPIENTS`; `rcpt_count` counts all.
    """

    envelope_no: int
    at: Moment
    decided: Moment
    mail_from: str | None
    mail_reply_code: int | None
    recipients: tuple[Recipient, ...]
    rcpt_count: int
    rcpt_accepted: int
    data_command: str | None
    data_reply: Reply | None
    accepted: bool | None
    queue_id: str | None
    message_id: str | None
    message_bytes: int | None


class Session(NamedTuple):
    """One dialogue. `starttls` is none, offered, refused, accepted, or None where no reply to EHLO or HELO was seen.

    `content` is clear, encrypted (from STARTTLS or the start on) or partial (bytes missing or one direction only).
    `quit` says that the client sent QUIT, `closing` that the server sent 421. `shown` is where SMTP first shows: at the
    greeting, else at HELO or EHLO, else at the last reply.
    """

    banner: str | None = None
    banner_code: int | None = None
    helo: str | None = None
    esmtp: bool | None = None
    starttls: str | None = None
    auth_mechanism: str | None = None
    auth_reply_code: int | None = None
    envelopes: int | None = None
    recipients: int | None = None
    accepted: int | None = None
    content: str | None = None
    quit: bool = False
    closing: bool = False
    last_reply_code: int | None = None
    shown: Moment | None = None
