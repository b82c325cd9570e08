"""Both sides of an SMTP dialogue together: each reply finds its command."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

from forensics.protocols.smtp_dialogue.commands import Command, CommandReader
from forensics.protocols.smtp_dialogue.replies import ReplyReader
from forensics.protocols.smtp_dialogue.transactions import Transactions
from forensics.protocols.smtp_dialogue.values import Envelope, Moment, Reply, Session

MAX_PENDING = 2048

_MAIL_WORD = re.compile(r"\bE?SMTP\b", re.IGNORECASE)
_TALK = frozenset({"HELO", "EHLO", "MAIL", "RCPT"})


def _ignore(data: bytes) -> None:
    """Bytes that nobody asked for."""


class Dialogue:
    """The state of one dialogue; `drain` gives envelopes as they end, `session` the whole.

    Args:
        mail_port: whether the server's port is one of mail, so that any reply counts as SMTP.
        from_start: whether the connection's first bytes are seen, so that the first reply may be a greeting.
        client_tls: takes the client's bytes after STARTTLS.
        server_tls: takes the server's.
    """

    def __init__(
        self, *, mail_port: bool, from_start: bool,
        client_tls: Callable[[bytes], None] = _ignore, server_tls: Callable[[bytes], None] = _ignore,
    ) -> None:  # fmt: skip
        self._mail_port = mail_port
        self._from_start = from_start
        self._greeted = False
        self._server_tls = server_tls
        self._client_tls = client_tls
        self._commands = CommandReader()
        self._commands.unsure = not from_start  # the capture may begin inside a message
        self._replies = ReplyReader()
        self._pending: deque[Command] = deque()
        self._transactions = Transactions()
        self._implied = False
        self._lossy = False
        self._data_answered = False
        self._sides = {"client": False, "server": False}
        self._answered = False
        self._verbs: set[str] = set()
        self._banner: Reply | None = None
        self._helo: Command | None = None
        self._hello_replied = False
        self._offered = False
        self._starttls: str | None = None
        self.encrypted = False
        """Whether bytes came after a STARTTLS that was agreed to."""
        self._auth: str | None = None
        self._auth_reply: int | None = None
        self._last_reply: Reply | None = None
        self._closing = False

    @property
    def lmtp(self) -> bool:
        """Whether it is LMTP (RFC 2033), which ends a message with a reply for each recipient."""
        return "LHLO" in self._verbs

    def client(self, data: bytes, at: Moment) -> None:
        """Bytes from the client."""
        self._sides["client"] = True
        self._take(self._commands.feed(data, at))

    def server(self, data: bytes, at: Moment) -> None:
        """Bytes from the server."""
        self._sides["server"] = True
        start = 0
        while start < len(data):
            if self._starttls == "accepted":
                self.encrypted = True
                self._server_tls(data[start:])
                return
            reply, start = self._replies.take(data, start, at)
            if reply:
                self._reply(reply)

    def client_gap(self, missing: int) -> None:
        """Bytes from the client that the capture lacks."""
        self._lossy = True
        self._take(self._commands.gap(missing))

    def server_gap(self, missing: int) -> None:
        """Bytes from the server that the capture lacks: which commands they answered is not known."""
        self._lossy = self._lossy or missing > 0
        self._replies.gap()
        while self._pending:
            self._transactions.take(self._pending.popleft(), None)
        self._take(self._commands.resume(agreed=True))

    def drain(self) -> tuple[Envelope, ...]:
        """The envelopes ended since the last call."""
        return self._transactions.drain()

    @property
    def ended_envelopes(self) -> int:
        """How many envelopes `drain` would give."""
        return self._transactions.ended

    def finish(self, *, closed: bool) -> None:
        """No more bytes come; `closed` says that the connection ended rather than the capture."""
        self._take(self._commands.resume(agreed=True))
        while self._commands.mode.startswith("wait"):
            self._take(self._commands.resume(agreed=True))
        while self._pending:
            self._transactions.take(self._pending.popleft(), None)
        self._transactions.finish(complete=closed and self._content() == "clear")

    @property
    def is_smtp(self) -> bool:
        """Whether what was said is SMTP beyond doubt; on another port than mail's both sides must have said so."""
        if self.lmtp:
            return False
        if self._mail_port:
            return self._last_reply is not None or bool(self._verbs & _TALK)
        greeting = self._banner is not None and _MAIL_WORD.search(self._banner.text) is not None
        hello = self._helo is not None
        if greeting and (hello or not self._verbs):
            return True
        transaction = {"MAIL", "RCPT"} <= self._verbs
        return (hello and (self._hello_replied or transaction)) or (transaction and self._last_reply is not None)

    def session(self) -> Session:
        """What is known of the dialogue by now."""
        banner, helo, auth = self._banner, self._helo, self._auth
        first = banner or helo or self._last_reply
        return Session(
            banner=banner.text if banner else None, banner_code=banner.code if banner else None,
            helo=helo.argument if helo else None, esmtp=helo.verb == "EHLO" if helo else None,
            starttls=self._starttls or self._offer(), auth_mechanism=auth, auth_reply_code=self._auth_reply,
            envelopes=self._transactions.begun, recipients=self._transactions.recipients,
            accepted=self._transactions.accepted, content=self._content(), quit="QUIT" in self._verbs,
            closing=self._closing, last_reply_code=self._last_reply.code if self._last_reply else None,
            shown=first.at if first else None,
        )  # fmt: skip

    def _content(self) -> str:
        if self.encrypted:
            return "encrypted"
        # a server that only greets, or gives up, was told nothing: the silent client is not a missing direction
        unheard = not self._sides["server"] or (not self._sides["client"] and self._answered)
        # what came before the capture may have been a message; a greeting is the first that is said
        unseen = not self._from_start and self._banner is None
        return "partial" if self._lossy or unheard or unseen else "clear"

    def _offer(self) -> str | None:
        if self._offered:
            return "offered"
        return "none" if self._hello_replied else None

    def _client_opaque(self, data: bytes) -> None:
        self.encrypted = True
        if self._starttls is None:
            # the reply is not in the capture, but the client went on as after a 220
            self._starttls = "accepted"
        self._client_tls(data)

    def _take(self, commands: list[Command]) -> None:
        for command in commands:
            self._verbs.add(command.verb)
            if command.verb in ("HELO", "EHLO"):
                self._helo = command
            if command.verb == "AUTH":
                self._auth, self._auth_reply = command.argument, None
            if command.verb == "END" and self._data_answered:
                self._data_answered = False
                continue
            self._pending.append(command)
            if len(self._pending) > MAX_PENDING:
                self._transactions.take(self._pending.popleft(), None)
        opaque = self._commands.opaque
        if opaque:
            self._client_opaque(b"".join(opaque))
            opaque.clear()

    def _reply(self, reply: Reply) -> None:
        self._last_reply = reply
        self._closing = self._closing or reply.code == 421
        if not self._greeted:
            self._greeted = True
            if self._is_greeting(reply):
                self._banner = reply
                return
        self._answered = self._answered or reply.code != 421
        if reply.code == 354 and all(command.verb != "DATA" for command in self._pending):
            self._implied_data(reply)
        elif self._pending:
            self._answer(self._pending.popleft(), reply)
        elif self._implied or self._commands.in_message:
            self._end_of_unseen(reply)

    def _is_greeting(self, reply: Reply) -> bool:
        head = self._pending[0].verb if self._pending else None
        if head is None:
            return self._from_start or reply.code == 220
        return reply.code == 220 and head != "STARTTLS"

    def _answer(self, command: Command, reply: Reply) -> None:
        while reply.code == 354 and command.verb != "DATA":
            self._transactions.take(command, None)
            command = self._pending.popleft()
        agreed = reply.code < 400
        self._transactions.take(command, reply)
        if command.verb in ("HELO", "EHLO"):
            self._hello_replied = self._hello_replied or agreed
            self._offered = self._offered or "STARTTLS" in reply.text.upper().split()
        elif command.verb == "STARTTLS":
            self._starttls = "accepted" if reply.code // 100 == 2 else "refused"
            self._take(self._commands.resume(agreed=agreed))
        elif command.verb in ("AUTH", "RESPONSE"):
            self._auth_reply = None if reply.code == 334 else reply.code
            self._take(self._commands.resume(agreed=reply.code == 334))
        elif command.verb == "DATA":
            self._data_answered = False
            self._take(self._commands.resume(agreed=agreed))

    def _implied_data(self, reply: Reply) -> None:
        """The command was lost, or only the server's side is seen."""
        while self._pending:
            self._transactions.take(self._pending.popleft(), None)
        self._transactions.implied_data(reply)
        self._implied = True
        if self._commands.mode == "command":
            self._commands.expect_data()

    def _end_of_unseen(self, reply: Reply) -> None:
        """A reply within a message: its end was lost, or the server would not wait for it."""
        if self._commands.mode == "chunk":
            chunk = self._commands.answer_chunk()
            if chunk:
                self._transactions.take(chunk, reply)
            return
        in_data = self._commands.mode == "data"
        if self._data_answered:
            # a second reply: the server takes no data any more, whatever the client sends
            self._data_answered = False
            self._commands.abandon_data()
            return
        size, message_id = self._commands.message_so_far() if in_data and self._sides["client"] else (None, None)
        end = Command("END", None, reply.at, None if self._lossy else size, True, message_id)
        self._transactions.take(end, reply)
        self._implied = False
        # a 2xx within the data: the server took a line for the closing one that the standard does not
        if in_data and (self._lossy or reply.code == 421 or reply.code < 300):
            self._commands.abandon_data()
        else:
            self._data_answered = in_data
