r"""One reply of an SMTP server as bytes: its code and lines, strictly by the grammar (RFC 5321 section 4.2).

>>> parse(b"250-mx.example\r\n250 STARTTLS\r\n")
SmtpReply(code=250, lines=('mx.example', 'STARTTLS'))
"""

from __future__ import annotations

import re
from typing import NamedTuple

from forensics.errors import ProtocolError

MAX_BYTES = 16_384
"""Bytes of one reply that are read; the standard has 512 for a line."""

_LINE = re.compile(rb"(?P<code>[2-5][0-9]{2})(?:(?P<mark>[ -])(?P<text>[^\r\n\0]*))?\r?\n")
_KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


class SmtpReplyError(ProtocolError):
    """Bytes that are no reply, or more than one."""


class SmtpReply(NamedTuple):
    """One reply; `lines` without their codes."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines as one."""
        return " ".join(self.lines)

    @property
    def keywords(self) -> tuple[str, ...]:
        """The extensions that a reply to EHLO names, in upper case (RFC 5321 section 4.1.1.1)."""
        found = (_KEYWORD.match(line) for line in self.lines[1:])
        return tuple(match.group().upper() for match in found if match)


def parse(data: bytes) -> SmtpReply:
    """Read one reply, to the last byte.

    Raises:
        SmtpReplyError: it is none, breaks off, changes its code, or more follows it.
    """
    lines, code, at = list[str](), 0, 0
    while match := _LINE.match(data, at):
        if code and int(match["code"]) != code:
            raise SmtpReplyError("a reply with several codes")
        code, at = int(match["code"]), match.end()
        lines.append((match["text"] or b"").decode("utf-8", "backslashreplace"))
        if match["mark"] != b"-":
            if at < len(data):
                raise SmtpReplyError(f"{len(data) - at} bytes follow the reply")
            return SmtpReply(code, tuple(lines))
    raise SmtpReplyError("the reply breaks off" if at and b"\n" not in data[at:] else "no SMTP reply")


def is_whole(data: bytes | bytearray) -> bool:
    """Whether nothing more belongs to the reply, or what came can be none.

    >>> is_whole(b"220-mx.example"), is_whole(b"220 mx.example\\r\\n"), is_whole(b"SSH-2.0\\r\\n")
    (False, True, True)
    """
    if not data.endswith(b"\n"):
        return False
    last = bytes(data[data.rfind(b"\n", 0, len(data) - 1) + 1 :])
    match = _LINE.fullmatch(last)
    return match is None or match["mark"] != b"-"
