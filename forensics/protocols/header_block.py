"""The header block of a message, from raw bytes, whatever the body does (RFC 5322 2.2, RFC 6532).

One pass from line end to line end: no recursion, no list of lines, nothing kept beyond the bounds below. What fits no
field (an mbox "From " line, a byte order mark, prose) is a `Problem` with its place and never ends the block; an empty
line does. All offsets count from the first byte given.
"""

from __future__ import annotations

import hashlib
import re
from mmap import mmap
from typing import NamedTuple

MAX_FIELD_BYTES = 64 * 1024
"""Bytes of one field's value that are kept; of a longer one `length` and `sha256` tell the rest."""
MAX_BLOCK_BYTES = 8 * 1024 * 1024
"""Bytes of all values that are kept; the fields behind are one refused stretch."""
MAX_FIELDS = 10_000
"""Fields, and lines that are none, that are read; what lies behind is one refused stretch."""
MAX_PROBLEMS = 200
"""Problems that are listed; the last one then stands for all that followed."""

# RFC 5322 2.2: printable US-ASCII without colon; 4.5.8 allows blanks before the colon. RFC 5322 2.1.1: 998 a line.
_NAME = re.compile(rb"([!-9;-~]{1,998}+)[ \t]*+:")
# The line end that no blank follows: the end of a folded field.
_FIELD_END = re.compile(rb"\n(?![ \t])")
_EMPTY_LINE = re.compile(rb"\r?\n")
_LEADING_BLANK_LINES = re.compile(rb"(?:\r?\n)++")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Field(NamedTuple):
    """One header field as it stands in the message.

    `raw_value` are the bytes between the colon and the final line end, folds included, at most 64 KiB; `value` is the
    same as text: unfolded, blanks around it removed, UTF-8, and a byte that is no UTF-8 shown as `\\xNN`. Encoded
    words are left alone (`encoded_words.decode`). `offset` and `length` place the whole field, line end included.
    `sha256` is the digest of those `length` bytes where the value was cut, else None.
    """

    name: str
    raw_value: bytes
    value: str
    offset: int
    length: int
    sha256: str | None = None


class Problem(NamedTuple):
    """A stretch of the block that breaks the grammar or a bound: what is wrong, and where (bytes)."""

    text: str
    offset: int
    length: int


class HeaderBlock(NamedTuple):
    """The fields in their order, the block's size in bytes with its closing empty line, and what was wrong with it.

    `by_name` holds the same fields under their names in lower case.
    """

    fields: tuple[Field, ...]
    length: int
    problems: tuple[Problem, ...]
    by_name: dict[str, list[Field]]

    def all(self, name: str) -> tuple[Field, ...]:
        """The fields of that name in their order, upper and lower case alike."""
        return tuple(self.by_name.get(name.lower(), ()))


def parse(data: bytes | mmap) -> HeaderBlock:
    """Read the header block at the start of a message; it ends with the first empty line or with the data.

    Args:
        data: the message; a memory map serves for one that does not fit in memory.

    Returns:
        Every field that fits the bounds above. The time grows with the block's size, not with the body's.

    >>> block = parse(b"Subject: one\\r\\n two\\r\\n\\r\\nbody")
    >>> block.fields[0].value, block.length
    ('one two', 22)
    """
    return _Reading(data).block()


class _Reading:
    """One pass over one block: where it stands, and what it has found so far."""

    def __init__(self, data: bytes | mmap) -> None:
        self.data = data
        self.fields: list[Field] = []
        self.by_name: dict[str, list[Field]] = {}
        self.problems: list[Problem] = []
        self.kept_bytes = 0

    def block(self) -> HeaderBlock:
        start = self._skip_leading_junk()
        end = self._read_fields(start)
        return HeaderBlock(tuple(self.fields), end, tuple(self.problems), self.by_name)

    def _skip_leading_junk(self) -> int:
        start = 0
        if self.data[:3] == _BYTE_ORDER_MARK:
            self._note("a byte order mark before the first field", 0, 3)
            start = 3
        blank = _LEADING_BLANK_LINES.match(self.data, start)
        if blank is None or _NAME.match(self.data, blank.end()) is None:
            return start
        self._note("empty lines before the first field", start, blank.end() - start)
        return blank.end()

    def _read_fields(self, position: int) -> int:
        """Read fields up to the end of the block and give the offset behind it."""
        data, size = self.data, len(self.data)
        for _ in range(MAX_FIELDS):
            name = _NAME.match(data, position)
            if name is None and (position >= size or _EMPTY_LINE.match(data, position)):
                return self._end_of_line(position)
            if self.kept_bytes >= MAX_BLOCK_BYTES:
                break
            line_end = _FIELD_END.search(data, position)
            end = line_end.end() if line_end else size
            if name is None:
                self._note_junk(position, end)
            else:
                self._keep(name, end)
            position = end
        return self._refuse_rest(position)

    def _end_of_line(self, position: int) -> int:
        empty_line = _EMPTY_LINE.match(self.data, position)
        return empty_line.end() if empty_line else position

    def _keep(self, name: re.Match[bytes], end: int) -> None:
        start, value_start = name.span()
        value_end = end if end - value_start <= MAX_FIELD_BYTES + 2 else value_start + MAX_FIELD_BYTES + 2
        raw_value = self.data[value_start:value_end]
        if raw_value[-1:] == b"\n":
            raw_value = raw_value[: -2 if raw_value[-2:] == b"\r\n" else -1]
        digest = None
        if len(raw_value) > MAX_FIELD_BYTES or value_end < end:
            raw_value, digest = raw_value[:MAX_FIELD_BYTES], self._digest(start, end)
            self._note("a field longer than is kept", start, end - start)
        self.kept_bytes += len(raw_value)
        try:
            value = raw_value.decode()
        except UnicodeDecodeError:
            self._note("bytes that are not UTF-8 in a field", start, end - start)
            value = raw_value.decode("utf-8", "backslashreplace")
        if "\n" in value:  # a blank follows each one, or it would have ended the field
            value = value.replace("\r\n", "").replace("\n", "")
        if "\r" in value or "\0" in value:
            self._note("a bare carriage return or NUL in a field", start, end - start)
        written = name[1].decode()
        field = Field(written, raw_value, value.strip(" \t"), start, end - start, digest)
        self.fields.append(field)
        lower = written.lower()
        if lower in self.by_name:
            self.by_name[lower].append(field)
        else:
            self.by_name[lower] = [field]

    def _digest(self, start: int, end: int) -> str:
        digest = hashlib.sha256()
        for position in range(start, end, 1 << 20):
            digest.update(self.data[position : min(end, position + (1 << 20))])
        return digest.hexdigest()

    def _note_junk(self, start: int, end: int) -> None:
        if self.data[start : start + 5] in (b"From ", b">From"):
            self._note("an mbox separator line inside the block", start, end - start)
        else:
            self._note("a line that is no header field", start, end - start)

    def _note(self, text: str, offset: int, length: int) -> None:
        last = self.problems[-1] if self.problems else None
        if last and last.text == text and last.offset + last.length == offset:
            self.problems[-1] = Problem(text, last.offset, last.length + length)
        elif len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(text, offset, length))
        else:
            first = self.problems[-1].offset
            self.problems[-1] = Problem("more problems than are listed", first, offset + length - first)

    def _refuse_rest(self, position: int) -> int:
        """Note what lies behind a bound as one stretch and give the end of the block."""
        if position >= len(self.data) or _EMPTY_LINE.match(self.data, position):
            return self._end_of_line(position)
        end = self._end_of_block(position)
        self._note("fields beyond what is kept of a block", position, end - position)
        return end

    def _end_of_block(self, position: int) -> int:
        bare = self.data.find(b"\n\n", position)
        limit = len(self.data) if bare < 0 else bare
        with_return = self.data.find(b"\n\r\n", position, limit)
        if with_return >= 0:
            return with_return + 3
        return limit if bare < 0 else bare + 2
