"""Rows from Suricata's smtp events: one per mail transaction; the events of one flow are one session.

Suricata logs what the client said (HELO, MAIL, RCPT) and the header of the message, and nothing that the server
answered: no reply, no acceptance, no code. All of that stays unknown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from forensics.formats._eve_rows import End, text_of
from forensics.schema import Row, SmtpEnvelope, SmtpRecipient, SmtpSession

MAX_OPEN = 1 << 16
"""Flows held until the end of the log, so that their transactions count together; the oldest goes first."""

MAX_RECIPIENTS = 10_000


class Sessions:
    """The flows of one log; numbers them and gives their rows once no more events can belong to them."""

    def __init__(self) -> None:
        self._open: OrderedDict[object, dict[str, Any]] = OrderedDict()
        self._count = 0

    def rows(self, event: dict[str, Any], said: dict[str, Any], end: End, same: dict[str, Any]) -> Iterator[Row]:
        """The rows of one event: an envelope and its recipients, and the oldest session where too many are open."""
        flow = event.get("flow_id")
        # a flow's number is used again once the flow has ended: the ends must agree too
        key = (flow, end) if isinstance(flow, int | str) else same["record_no"]
        session = self._open.get(key)
        if session is None:
            self._count += 1
            session = self._open[key] = {
                **same, **end.sided(), "session_no": self._count, "envelopes": 0, "recipients": 0, "helo": None,
            }  # fmt: skip
        session["helo"] = text_of(said, "helo") or session["helo"]
        mail_from, rcpt_to = text_of(said, "mail_from"), _texts(said.get("rcpt_to"))
        if mail_from is not None or rcpt_to:
            session["envelopes"] += 1
            session["recipients"] += len(rcpt_to)
            yield from _envelope(event, session, mail_from, rcpt_to, same)
        if len(self._open) > MAX_OPEN:
            yield _session(self._open.popitem(last=False)[1])

    def close(self) -> Iterator[SmtpSession]:
        """The sessions still open, at the end of the log."""
        while self._open:
            yield _session(self._open.popitem(last=False)[1])


def _envelope(
    event: dict[str, Any], session: dict[str, Any], mail_from: str | None, rcpt_to: list[str], same: dict[str, Any]
) -> Iterator[Row]:
    email = event.get("email")
    message_id = text_of(email, "message_id") if isinstance(email, dict) else None
    numbers = {"session_no": session["session_no"], "envelope_no": session["envelopes"]}
    yield SmtpEnvelope(
        **same, **numbers, client_ip=session["client_ip"], server_ip=session["server_ip"],
        server_port=session["server_port"], mail_from=None if mail_from is None else _path(mail_from),
        rcpt_count=len(rcpt_to), message_id=_path(message_id) if message_id else None,
    )  # fmt: skip
    for address in rcpt_to:
        yield SmtpRecipient(**same, **numbers, rcpt_to=_path(address))


def _session(session: dict[str, Any]) -> SmtpSession:
    return SmtpSession(**session, content="partial")


def _texts(value: object) -> list[str]:
    return [item for item in value[:MAX_RECIPIENTS] if isinstance(item, str)] if isinstance(value, list) else []


def _path(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">")
