"""The client's side: commands, message data, chunks, and what comes after STARTTLS (RFC 5321, RFC 3030, RFC 4954)."""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from typing import NamedTuple

from forensics.protocols.smtp_dialogue.message_data import DotEnd, HeaderWatch
from forensics.protocols.smtp_dialogue.values import Moment

MAX_LINE_BYTES = 4096
HOLD_BYTES = 8192
MAX_CHUNK_BYTES = 1 << 40
"""A BDAT of more is no chunk: servers refuse the command and read on."""
MAX_KNOWN_LINES = 4096
"""Clients say the same over and over; so many lines are kept with what they mean."""

_COMMAND = re.compile(
    rb"""\s*(?:
      (MAIL)\s+FROM\s*:\s*(.*)          # MAIL FROM:<a@alder.example> SIZE=100
    | (RCPT)\s+TO\s*:\s*(.*)            # RCPT TO:<b@birch.example>
    | (BDAT)\s+(\d{1,13}(?:\s+LAST)?)   # BDAT 1000 LAST
    | (AUTH)\s+([A-Z0-9_-]{1,20})(?:\s.*)?
    | (DATA|STARTTLS|RSET|QUIT)
    | (HELO|EHLO|LHLO)(?:\s+(.*))?
    )\s*""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


_WAITS = {"DATA": "wait_data", "STARTTLS": "wait_tls", "AUTH": "wait_auth"}
_ALONE = (9, 10)
"""Groups of verbs that stand without an argument."""


class Command(NamedTuple):
    """One step of the client: the verb in upper case, or OTHER; END and RESPONSE for the end of data and a SASL line.

    `argument` is the path, name or mechanism, never anything secret; `size` the bytes of a message or chunk.
    """

    verb: str
    argument: str | None
    at: Moment
    size: int | None = None
    last: bool = False
    message_id: str | None = None


def path(text: bytes) -> str | None:
    """The path of MAIL or RCPT without its brackets, "" for the null path; None where there is none.

    >>> path(b"<a@alder.example> SIZE=100"), path(b"b@birch.example"), path(b"<>"), path(b"")
    ('a@alder.example', 'b@birch.example', '', None)
    """
    if not text.startswith(b"<"):
        words = text.split(None, 1)
        return words[0].decode("utf-8", "backslashreplace") if words else None
    end = text.find(b">")
    if end > 0 and b'"' not in text and b"\\" not in text:
        return text[1:end].decode("utf-8", "backslashreplace")
    quoted = escaped = False
    for index, byte in enumerate(text):
        if escaped:
            escaped = False
        elif byte == 0x5C:
            escaped = True
        elif byte == 0x22:
            quoted = not quoted
        elif byte == 0x3E and not quoted:
            return text[1:index].decode("utf-8", "backslashreplace")
    return text[1:].rstrip().removesuffix(b">").decode("utf-8", "backslashreplace")


def parse_command(line: bytes, at: Moment) -> Command:
    """The command of one line without its end; what is none of those that matter is OTHER and kept without its text."""
    verb, argument, size, last = _parsed(line)
    return Command(verb, argument, at, size, last)


@lru_cache(MAX_KNOWN_LINES)
def _parsed(line: bytes) -> tuple[str, str | None, int | None, bool]:
    """Verb, argument, size and whether it is the last chunk."""
    match = _COMMAND.fullmatch(line)
    if not match:
        return "OTHER", None, None, False
    last = match.lastindex or 0
    word, rest = (match[last], b"") if last in _ALONE else (match[last - 1], match[last])
    verb = word.upper().decode()
    if verb in ("MAIL", "RCPT"):
        return verb, path(rest), None, False
    if verb == "BDAT":
        size, *ends = rest.split()
        return ("BDAT", None, int(size), bool(ends)) if int(size) <= MAX_CHUNK_BYTES else ("OTHER", None, None, False)
    if verb == "AUTH":
        return "AUTH", rest.upper().decode(), None, False
    return verb, rest.strip().decode("utf-8", "backslashreplace") or None, None, False


class CommandReader:
    """Cuts the client's bytes into commands.

    What follows DATA, STARTTLS and AUTH depends on the server's answer, so the bytes after these are held until
    `resume` tells what they are; more than `HOLD_BYTES` are taken for what a server that agrees would have got.
    """

    def __init__(self) -> None:
        self.mode = "command"
        self.opaque: list[bytes] = []
        """What came after STARTTLS, for the caller to take."""
        self.unsure = False
        """True from missing bytes to the next line that begins a command."""
        self._held: deque[tuple[bytes, Moment]] = deque()
        self._held_bytes = 0
        self._line = bytearray()
        self._bare = False
        self._data = DotEnd(bare=False)
        self._header = HeaderWatch()
        self._chunk = Command("BDAT", None, Moment(0, 0, 0, 0))
        self._remaining = 0
        self._answered = False

    @property
    def in_message(self) -> bool:
        """Whether the next bytes are those of a message."""
        return self.mode in ("data", "chunk")

    def feed(self, data: bytes, at: Moment) -> list[Command]:
        """The commands that these bytes complete."""
        alone = self.mode == "command" and not self._held and not self._line and len(data) <= MAX_LINE_BYTES
        if alone and data.endswith(b"\r\n") and data.find(b"\n") == len(data) - 1:
            commands: list[Command] = []
            self._bare = False
            self._take_command(parse_command(data.rstrip(b"\r\n"), at), commands)
            return commands
        self._held.append((data, at))
        self._held_bytes += len(data)
        commands = self._run()
        while self._held_bytes > HOLD_BYTES:
            commands += self.resume(agreed=True)
        return commands

    def resume(self, *, agreed: bool) -> list[Command]:
        """Go on after DATA, STARTTLS or AUTH: the server agreed, or it did not."""
        following = {"wait_data": "data", "wait_tls": "opaque", "wait_auth": "secret"}.get(self.mode)
        if following is None:
            return []
        self.mode = following if agreed else "command"
        if self.mode == "data":
            self.expect_data()
        return self._run()

    def expect_data(self) -> None:
        """The next bytes are a message."""
        self.mode = "data"
        self._data, self._header = DotEnd(bare=self._bare), HeaderWatch()

    def gap(self, missing: int) -> list[Command]:
        """Bytes are missing here: a chunk may end in them, a line is lost."""
        commands = self.resume(agreed=True)
        self._line.clear()
        self._header.lost()
        if self.mode == "chunk" and missing < self._remaining:
            self._remaining -= missing
        elif self.mode == "chunk":
            self._end_chunk(self._chunk.at, commands)
            self.unsure = True
        elif self.mode == "data":
            self._data.gap(missing)
        else:
            self.unsure = True
        return commands

    def abandon_data(self) -> None:
        """The message ended in bytes that are missing; what follows are commands."""
        self.mode, self.unsure = "command", True
        self._line.clear()

    def answer_chunk(self) -> Command | None:
        """The chunk that the server answered before its end, once; None where it was answered before."""
        if self._answered:
            return None
        self._answered = True
        return self._chunk._replace(message_id=self._header.message_id)

    def message_so_far(self) -> tuple[int, str | None]:
        """Bytes of the message that DATA began, and its Message-ID."""
        return self._data.size, self._header.message_id

    def _run(self) -> list[Command]:
        commands: list[Command] = []
        while self._held and not self.mode.startswith("wait"):
            data, at = self._held.popleft()
            self._held_bytes -= len(data)
            rest = self._step(data, at, commands)
            if rest:
                self._held.appendleft((rest, at))
                self._held_bytes += len(rest)
        return commands

    def _step(self, data: bytes, at: Moment, commands: list[Command]) -> bytes:
        if self.mode == "opaque":
            self.opaque.append(data)
            return b""
        if self.mode == "data":
            return self._take_data(data, at, commands)
        if self.mode == "chunk":
            return self._take_chunk(data, at, commands)
        return self._take_line(data, at, commands)

    def _take_line(self, data: bytes, at: Moment, commands: list[Command]) -> bytes:
        end = data.find(b"\n") + 1
        piece = data[: end or len(data)]
        self._line += piece[: max(MAX_LINE_BYTES - len(self._line), 0)]
        if not end:
            return b""
        line = bytes(self._line).rstrip(b"\r\n")
        self._bare = not piece.endswith(b"\r\n") and not (piece == b"\n" and self._line.endswith(b"\r\n"))
        self._line.clear()
        if self.mode == "secret":
            self.mode = "wait_auth"
            commands.append(Command("RESPONSE", None, at))
        else:
            self._take_command(parse_command(line, at), commands)
        return data[end:]

    def _take_command(self, command: Command, commands: list[Command]) -> None:
        if self.unsure and command.verb == "OTHER":
            return
        self.unsure = False
        self.mode = _WAITS.get(command.verb, "command")
        if command.verb != "BDAT":
            commands.append(command)
            return
        if self._chunk.last or not self._chunk.at.record_no:
            self._header = HeaderWatch()
        self._chunk, self._remaining, self.mode, self._answered = command, command.size or 0, "chunk", False
        if not command.size:
            self._end_chunk(command.at, commands)

    def _take_data(self, data: bytes, at: Moment, commands: list[Command]) -> bytes:
        end = self._data.feed(data)
        if end is None:
            self._header.feed(data)
            return b""
        self._header.feed(data[:end])
        self.mode = "command"
        commands.append(Command("END", None, at, self._data.size, True, self._header.message_id))
        return data[end:]

    def _take_chunk(self, data: bytes, at: Moment, commands: list[Command]) -> bytes:
        taken = data[: self._remaining]
        self._header.feed(taken)
        self._remaining -= len(taken)
        if not self._remaining:
            self._end_chunk(at, commands)
        return data[len(taken) :]

    def _end_chunk(self, at: Moment, commands: list[Command]) -> None:
        self.mode, self._remaining = "command", 0
        if not self._answered:
            commands.append(self._chunk._replace(at=at, message_id=self._header.message_id))
