"""Rows from entries of Zeek's smtp log: one line per mail transaction, one session per connection.

Zeek writes a line when the server answers the end of the message, and else when the next MAIL comes or the connection
ends. `last_reply` is thus the answer to the message only in the first case; what tells is a header of the message or
words that no other reply has. After STARTTLS Zeek sees nothing more.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

from forensics.formats._zeek_entries import Entry
from forensics.formats._zeek_rows import endpoints
from forensics.schema import Row, SmtpEnvelope, SmtpRecipient, SmtpSession

MAX_OPEN = 1 << 16
"""Connections held until the end of the log, so that their transactions count together; the oldest goes first."""

_CONTENT = ("msg_id", "date", "from", "subject", "in_reply_to", "user_agent", "first_received")
_REPLY = re.compile(r"(?P<code>[2-5][0-9]{2})[ -]?(?P<text>.*)", re.DOTALL)
# RFC 3463: X.1.X is about addresses, so it answers MAIL or RCPT, never the message
_ABOUT_ADDRESS = re.compile(r"[245]\.1\.[0-9]{1,3}\b")
_TAKEN = re.compile(r"\bqueued\b|\baccepted for delivery\b|\bmessage (?:accepted|received)\b|\bid=[!-~]", re.IGNORECASE)
_QUEUE_ID = re.compile(r"\bqueued as ([!-~]{1,64})|\bid=([!-~]{1,64})", re.IGNORECASE)


class Outcome(NamedTuple):
    """What an entry says of its message: `code` and `text` of the reply to its end, where it is that reply."""

    accepted: bool | None
    code: int | None
    text: str | None


class Sessions:
    """The connections of one log; numbers them and gives their rows once no more lines can belong to them."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._count = 0

    def rows(self, entry: Entry, citation: dict[str, int]) -> Iterator[Row]:
        """The rows of one line: an envelope and its recipients, and the oldest session where too many are open."""
        where, outcome = endpoints(entry), outcome_of(entry)
        key = entry.text("uid") or f"line {citation['record_no']}"
        session = self._open.get(key)
        if session is None:
            session = self._open[key] = self._begin(where, citation)
        mail_from, rcpt_to = entry.text("mailfrom"), sorted(entry.items("rcptto"))
        if mail_from is not None or rcpt_to:
            session["envelopes"] += 1
            yield from _envelope(entry, session, outcome, citation)
        _add(session, entry, outcome, len(rcpt_to))
        if len(self._open) > MAX_OPEN:
            yield _session_row(self._open.popitem(last=False)[1])

    def close(self) -> Iterator[SmtpSession]:
        """The sessions still open, at the end of the log."""
        while self._open:
            yield _session_row(self._open.popitem(last=False)[1])

    def _begin(self, where: dict[str, Any], citation: dict[str, int]) -> dict[str, Any]:
        self._count += 1
        return {**where, **citation, "session_no": self._count, "envelopes": 0, "recipients": 0, "outcomes": [0, 0]}


def outcome_of(entry: Entry) -> Outcome:
    """Whether the message was accepted, as far as the last reply can show it."""
    match = _REPLY.fullmatch((entry.text("last_reply") or "").strip())
    if match is None or entry.flag("tls"):
        return Outcome(None, None, None)
    code, text = int(match["code"]), match["text"].strip()
    content = any(entry.text(name) for name in _CONTENT) or bool(entry.items("fuids"))
    answers_message = content and not _ABOUT_ADDRESS.match(text)
    if code >= 400:
        return Outcome(False, code, text) if answers_message else Outcome(False, None, None)
    if code in (250, 251, 252) and (answers_message or _TAKEN.search(text)):
        return Outcome(True, code, text)
    return Outcome(None, None, None)


def _envelope(entry: Entry, session: dict[str, Any], outcome: Outcome, citation: dict[str, int]) -> Iterator[Row]:
    same = {**citation, "ts": entry.time("ts"), "session_no": session["session_no"],
            "envelope_no": session["envelopes"]}  # fmt: skip
    rcpt_to, mail_from, message_id = sorted(entry.items("rcptto")), entry.text("mailfrom"), entry.text("msg_id")
    queued = _QUEUE_ID.search(outcome.text or "") if outcome.accepted else None
    yield SmtpEnvelope(
        **same, client_ip=session["client_ip"], server_ip=session["server_ip"], server_port=session["server_port"],
        mail_from=None if mail_from is None else _path(mail_from), rcpt_count=len(rcpt_to),
        data_reply_code=outcome.code, data_reply_text=outcome.text, accepted=outcome.accepted,
        queue_id=(queued[1] or queued[2]) if queued else None,
        message_id=message_id.strip().removeprefix("<").removesuffix(">") if message_id else None,
    )  # fmt: skip
    for address in rcpt_to:
        yield SmtpRecipient(**same, rcpt_to=_path(address))


def _add(session: dict[str, Any], entry: Entry, outcome: Outcome, recipients: int) -> None:
    reply = _REPLY.fullmatch((entry.text("last_reply") or "").strip())
    session["helo"] = entry.text("helo") or session.get("helo")
    session["recipients"] += recipients
    session["tls"] = session.get("tls", False) or bool(entry.flag("tls"))
    session["last_reply_code"] = int(reply["code"]) if reply else session.get("last_reply_code")
    if outcome.accepted is not None:
        session["outcomes"][outcome.accepted] += 1


def _session_row(session: dict[str, Any]) -> SmtpSession:
    """A session; what Zeek does not log (greeting, HELO or EHLO, offers) is unknown. Accepted messages are counted only
    where every transaction's outcome shows, else where at least one was accepted."""
    refused, accepted = session.pop("outcomes")
    tls = session.pop("tls")
    answered = session["last_reply_code"] is not None
    decided = refused + accepted == session["envelopes"] and not tls
    return SmtpSession(
        **session, state="established" if answered else None, starttls="accepted" if tls else None,
        accepted=accepted if accepted or decided else None,
        content="encrypted" if tls else "clear" if answered else "partial",
    )  # fmt: skip


def _path(text: str) -> str:
    """A path without the brackets that older versions log."""
    return text.strip().removeprefix("<").removesuffix(">")
