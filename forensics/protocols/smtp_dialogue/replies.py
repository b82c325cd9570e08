"""The server's side: replies of one or several lines (RFC 5321 section 4.2), and the queue ids that they name."""

from __future__ import annotations

import re
from functools import lru_cache

from forensics.protocols.smtp_dialogue.values import Moment, Reply

MAX_LINE_BYTES = 4096
MAX_REPLY_LINES = 200
MAX_KNOWN_LINES = 4096
"""A server says the same over and over; so many lines are kept with what they mean."""

_REPLY = re.compile(rb"([1-5][0-9]{2})([ -]?)(.*)", re.DOTALL)
_QUEUE_ID = re.compile(
    r"""
      \bqueued\ as\ \(?([^\s<>()]{3,60}[^\s<>().;,])      # Postfix, Amavis: 2.0.0 Ok: queued as 4CDEB4BA92F9
    | \bid=([0-9A-Za-z]{3,30}-[0-9A-Za-z]{2,30}-[0-9A-Za-z]{2,8})      # Exim: OK id=1pgobK-001mwq-ED
    | \bqueued\ \(([0-9A-Fa-f][0-9A-Fa-f.-]{7,60})\)        # Haraka: Message Queued (8F2A-...)
    | \bInternalId=(\d{1,20})                               # Exchange: [InternalId=123, Hostname=...] Queued mail
    | \bok\ +\d{9,11}\ (qp\ \d{1,10})\b                     # qmail: ok 1066000000 qp 4711
    | \bOK\ +\d{9,11}\ ([^\s]{6,60})\ -\ gsmtp              # Google: 2.0.0 OK  1460481540 q12si123.12 - gsmtp
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ACCEPTED = re.compile(" message accepted for delivery", re.IGNORECASE)
_BEFORE_ACCEPTED = re.compile(r"[^\s:<>]{6,60}\Z")
"""What Sendmail and OpenSMTPD name: 2.0.0 x8NJ1a2b012345 Message accepted for delivery"""


class ReplyReader:
    """Cuts the server's bytes into replies; lines that are none are counted in `strange_lines`."""

    def __init__(self) -> None:
        self.strange_lines = 0
        self._line = bytearray()
        self._texts: list[str] = []

    def take(self, data: bytes, start: int, at: Moment) -> tuple[Reply | None, int]:
        """The reply of the next line of `data` from `start` on, None where it ends none, and where that line ends."""
        end = data.find(b"\n", start) + 1
        if end and not self._line and end - start <= MAX_LINE_BYTES:
            return self._end_line(data[start:end], at), end
        self._keep(data[start : end or len(data)])
        if not end:
            return None, len(data)
        line = bytes(self._line)
        self._line.clear()
        return self._end_line(line, at), end

    def gap(self) -> None:
        """Forget the line and the reply that the missing bytes cut."""
        self._line.clear()
        self._texts.clear()

    def _keep(self, piece: bytes) -> None:
        room = MAX_LINE_BYTES - len(self._line)
        self._line += piece[: max(room, 0)]

    def _end_line(self, line: bytes, at: Moment) -> Reply | None:
        read = _line(line)
        if read is None:
            self.strange_lines += 1
            return None
        code, goes_on, said = read
        if goes_on or self._texts:
            if len(self._texts) < MAX_REPLY_LINES:
                self._texts.append(said)
            if goes_on:
                return None
            said = "\n".join(self._texts)
            self._texts.clear()
        return Reply(code, said, at)


@lru_cache(MAX_KNOWN_LINES)
def _line(line: bytes) -> tuple[int, bool, str] | None:
    """Code, whether further lines follow, and text of a line; None where it is none of a reply."""
    match = _REPLY.fullmatch(line.rstrip(b"\r\n"))
    if not match:
        return None
    code, mark, text = match.groups()
    return int(code), mark == b"-", text.decode("utf-8", "backslashreplace")


def queue_id(text: str) -> str | None:
    """The queue id that the reply to a message names, or None.

    >>> queue_id("2.0.0 Ok: queued as 4CDEB4BA92F9"), queue_id("2.0.0 Ok")
    ('4CDEB4BA92F9', None)
    """
    match = _QUEUE_ID.search(text)
    if match:
        return next(filter(None, match.groups()), None)
    accepted = _ACCEPTED.search(text)
    before = _BEFORE_ACCEPTED.search(text, max(accepted.start() - 60, 0), accepted.start()) if accepted else None
    return before.group() if before else None
