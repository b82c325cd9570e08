"""The bytes of a message on their way: where they end, how many they are, which Message-ID they name. None are kept."""

from __future__ import annotations

import re

MAX_HEADER_BYTES = 64 * 1024
MAX_FIELD_BYTES = 1024

_MESSAGE_ID = re.compile(rb"message-id[ \t]*:(?:\n?[ \t]+)?<?([^<>\s]{1,998})", re.IGNORECASE)


class DotEnd:
    """Finds the line with a single dot (RFC 5321 section 4.1.1.4).

    Line ends are CRLF; a client that ended its DATA command with a bare LF (`bare`) may end its lines so too.
    """

    def __init__(self, *, bare: bool) -> None:
        self.size = 0
        """Bytes of the message so far, without the closing line."""
        self._mark = b"\n.\n" if bare else b"\r\n.\r\n"
        self._bare = bare
        self._tail = self._mark[: len(self._mark) // 2]
        self._lead = len(self._tail)

    def feed(self, data: bytes) -> int | None:
        """How many of these bytes belong to the message and its closing line; None where it goes on."""
        window = self._tail + data
        if self._bare:
            found, length = self._find_bare(window)
        else:
            found, length = window.find(self._mark), len(self._mark)
        if found < 0:
            self.size += len(data)
            self._tail = window[-5:]
            return None
        used = found + length - len(self._tail)
        # the line end before the dot is the message's own, dot and line end are not
        self.size = max(self.size + used - (length - self._lead), 0)
        return used

    def gap(self, missing: int) -> None:
        """Bytes are missing; the closing line may be among them."""
        self.size += missing
        self._tail = b""

    def _find_bare(self, window: bytes) -> tuple[int, int]:
        match = _BARE_END.search(window)
        return (match.start(), match.end() - match.start()) if match else (-1, 0)


_BARE_END = re.compile(rb"\n\.\r?\n")


class HeaderWatch:
    """Watches a message's header for its Message-ID; looks no further than the first blank line or 64 KiB."""

    def __init__(self) -> None:
        self.message_id: str | None = None
        self._line = bytearray()
        self._seen = 0
        self._done = False

    def feed(self, data: bytes) -> None:
        """The next bytes of the message."""
        if self._done:
            return
        self._seen += len(data)
        *ends, rest = data.split(b"\n")
        for piece in ends:
            self._keep(piece)
            if self._end_line():
                self._done = True
                return
        self._keep(rest)
        self._done = self._seen > MAX_HEADER_BYTES

    def lost(self) -> None:
        """Bytes are missing: whether the header goes on cannot be known."""
        self._done = True

    def _keep(self, piece: bytes) -> None:
        self._line += piece[: max(MAX_FIELD_BYTES - len(self._line), 0)]

    def _end_line(self) -> bool:
        """Take the line; a field name alone continues on the next line (RFC 5322 section 2.2.3)."""
        line = bytes(self._line).replace(b"\r", b"")
        if line.lower().rstrip() == b"message-id:" and b"\n" not in line:
            self._line += b"\n"
            return False
        self._line.clear()
        match = _MESSAGE_ID.match(line)
        if match:
            self.message_id = match.group(1).decode("utf-8", "backslashreplace")
        return not line or match is not None
