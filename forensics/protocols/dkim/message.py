"""A message as DKIM sees it: header fields with their exact bytes, and the body with CRLF line ends.

Nothing is decoded and nothing raises: a line that is no header field is left out and named in `problems`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# A field name, with the white space before the colon that old mail has (RFC 5322 section 4.5).
_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
_MAX_PROBLEMS = 10


class HeaderField(NamedTuple):
    """One header field; `raw` is all of it as it travels, folds as CRLF, without the last CRLF."""

    name: str
    raw: bytes

    @property
    def key(self) -> str:
        """The name in lower case: field names are compared without regard to case."""
        return self.name.lower()

    @property
    def value(self) -> bytes:
        """What stands after the colon, white space included."""
        return self.raw.partition(b":")[2]

    @property
    def text(self) -> str:
        """The value as text: UTF-8 (RFC 6532), or one character per byte where it is not."""
        try:
            return self.value.decode("utf-8")
        except UnicodeDecodeError:
            return self.value.decode("latin-1")


class Message(NamedTuple):
    """A message in two parts; `problems` says what in the header could not be taken as a field."""

    fields: tuple[HeaderField, ...]
    body: bytes
    problems: tuple[str, ...]


def split(message: bytes) -> Message:
    r"""Split a message into header fields and body; lines may end in CRLF or LF.

    A first line "From " (mbox) is passed over. A message without an empty line has no body.

    >>> split(b"Subject: a\n b\n\nhi\n")
    Message(fields=(HeaderField(name='Subject', raw=b'Subject: a\r\n b'),), body=b'hi\r\n', problems=())
    """
    lines, rest = _header_lines(message)
    groups, problems = _group(lines)
    fields = []
    for group in groups:
        match = _NAME.match(group[0])
        if match is not None:
            fields.append(HeaderField(match[1].decode("ascii"), b"\r\n".join(group)))
    return Message(tuple(fields), rest.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), tuple(problems[:_MAX_PROBLEMS]))


def _header_lines(message: bytes) -> tuple[list[bytes], bytes]:
    lines = []
    start = 0
    while start < len(message):
        end = message.find(b"\n", start)
        end = len(message) if end < 0 else end
        line = message[start:end].removesuffix(b"\r")
        start = end + 1
        if not line:
            break
        lines.append(line)
    return lines, message[start:]


def _group(lines: list[bytes]) -> tuple[list[list[bytes]], list[str]]:
    """Join each line that starts a field with its continuation lines; name the lines that fit nowhere."""
    groups: list[list[bytes]] = []
    problems = []
    for number, line in enumerate(lines, start=1):
        if line[0] in b" \t" and groups:
            groups[-1].append(line)
            continue
        if _NAME.match(line) is None and not (number == 1 and line.startswith(b"From ")):
            problems.append(f"line {number} of the header is no field: {line[:40]!r}")
        groups.append([line])
    return groups, problems
