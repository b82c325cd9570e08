"""Commands with their replies, in order, become mail transactions (RFC 5321 section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from forensics.protocols.smtp_dialogue.commands import Command
from forensics.protocols.smtp_dialogue.replies import queue_id
from forensics.protocols.smtp_dialogue.values import Envelope, Moment, Recipient, Reply

MAX_RECIPIENTS = 1000


@dataclass(slots=True)
class _Open:
    """A transaction that may still grow."""

    no: int
    at: Moment
    decided: Moment
    mail_from: str | None = None
    mail_reply: Reply | None = None
    recipients: list[Recipient] = field(default_factory=list)
    rcpt_count: int = 0
    rcpt_accepted: int = 0
    data_command: str | None = None
    data_reply: Reply | None = None
    message_id: str | None = None
    message_bytes: int | None = None
    ended: bool = False
    """The last byte of the message was sent."""

    def decide(self, at: Moment, reply: Reply | None) -> None:
        self.decided = reply.at if reply else at


class Transactions:
    """Takes each command once its reply is known (None: none was seen) and gives the envelopes that it ends."""

    def __init__(self) -> None:
        self.begun = 0
        self.recipients = 0
        self.accepted = 0
        self._open: _Open | None = None
        self._done: list[Envelope] = []

    def take(self, command: Command, reply: Reply | None) -> None:
        """Apply one command and its reply."""
        handler = _HANDLERS.get(command.verb)
        if handler:
            handler(self, command, reply)

    def implied_data(self, reply: Reply) -> None:
        """A 354 without the command that it answers: the client's side is not in the capture."""
        self._data(Command("DATA", None, reply.at), reply)

    @property
    def ended(self) -> int:
        """How many envelopes `drain` would give."""
        return len(self._done)

    def drain(self) -> tuple[Envelope, ...]:
        """The envelopes ended since the last call."""
        done, self._done = self._done, []
        return tuple(done)

    def finish(self, *, complete: bool) -> None:
        """The dialogue is over; `complete` says that the capture shows all of it."""
        self._close(complete=complete)

    def reset(self) -> None:
        """What was open is given up: RSET, HELO, EHLO, QUIT, a new MAIL."""
        self._close(complete=True)

    def _mail(self, command: Command, reply: Reply | None) -> None:
        nested = self._open if _refused(reply) and self._open and not _refused(self._open.mail_reply) else None
        if not nested:
            self.reset()
        envelope = self._begin(command.at)
        envelope.mail_from, envelope.mail_reply = command.argument, reply
        envelope.decide(command.at, reply)
        if nested:
            self.reset()
            self._open = nested

    def _rcpt(self, command: Command, reply: Reply | None) -> None:
        envelope = self._open or self._begin(command.at)
        envelope.decide(command.at, reply)
        envelope.rcpt_count += 1
        envelope.rcpt_accepted += reply is not None and reply.code // 100 == 2
        self.recipients += 1
        if len(envelope.recipients) < MAX_RECIPIENTS:
            envelope.recipients.append(Recipient(command.argument, command.at, reply))

    def _data(self, command: Command, reply: Reply | None) -> None:
        if self._open is None and _refused(reply):
            return
        envelope = self._open or self._begin(command.at)
        envelope.data_command = command.verb
        envelope.decide(command.at, reply)

    def _end(self, command: Command, reply: Reply | None) -> None:
        envelope = self._open or self._begin(command.at)
        envelope.data_command = envelope.data_command or "DATA"
        envelope.message_bytes, envelope.message_id = command.size, command.message_id
        self._answered(envelope, command, reply)

    def _bdat(self, command: Command, reply: Reply | None) -> None:
        if self._open is None and _refused(reply):
            return
        envelope = self._open or self._begin(command.at)
        envelope.data_command = "BDAT"
        envelope.message_bytes = (envelope.message_bytes or 0) + (command.size or 0)
        envelope.message_id = envelope.message_id or command.message_id
        if command.last or _refused(reply):
            self._answered(envelope, command, reply)
        else:
            envelope.decide(command.at, reply)

    def _answered(self, envelope: _Open, command: Command, reply: Reply | None) -> None:
        envelope.ended, envelope.data_reply = True, reply
        envelope.decide(command.at, reply)
        self._close(complete=True)

    def _reset(self, _command: Command, reply: Reply | None) -> None:
        if not _refused(reply):
            self.reset()

    def _begin(self, at: Moment) -> _Open:
        self.begun += 1
        self._open = _Open(self.begun, at, at)
        return self._open

    def _close(self, *, complete: bool) -> None:
        envelope, self._open = self._open, None
        if envelope:
            closed = _closed(envelope, complete=complete)
            self.accepted += closed.accepted is True
            self._done.append(closed)


def _refused(reply: Reply | None) -> bool:
    return reply is not None and reply.code >= 400


def _outcome(envelope: _Open, *, complete: bool) -> bool | None:
    if envelope.data_reply:
        return envelope.data_reply.code // 100 == 2
    if _refused(envelope.mail_reply):
        return False
    return False if complete and not envelope.ended else None


def _closed(envelope: _Open, *, complete: bool) -> Envelope:
    reply = envelope.data_reply
    accepted = _outcome(envelope, complete=complete)
    return Envelope(
        envelope_no=envelope.no, at=envelope.at, decided=envelope.decided, mail_from=envelope.mail_from,
        mail_reply_code=envelope.mail_reply.code if envelope.mail_reply else None,
        recipients=tuple(envelope.recipients), rcpt_count=envelope.rcpt_count, rcpt_accepted=envelope.rcpt_accepted,
        data_command=envelope.data_command, data_reply=reply, accepted=accepted,
        queue_id=queue_id(reply.text) if reply and accepted else None,
        message_id=envelope.message_id, message_bytes=envelope.message_bytes,
    )  # fmt: skip


_HANDLERS = {
    "MAIL": Transactions._mail,
    "RCPT": Transactions._rcpt,
    "DATA": Transactions._data,
    "END": Transactions._end,
    "BDAT": Transactions._bdat,
    "RSET": Transactions._reset,
    "HELO": Transactions._reset,
    "EHLO": Transactions._reset,
    "QUIT": Transactions._reset,
}
