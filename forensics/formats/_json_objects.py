"""The objects of a JSON array, of a response or of JSON lines, one by one, however they are spread over lines.

A reader says how deep its objects go, so that damage ends soon after the object it hit: one that goes deeper, or finds
no end, ends where a line begins with a brace, else where it goes too deep. A string never goes on in the next line
(RFC 8259 section 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

OBJECT_BYTES = 1 << 20
"""The longest object that is handed out."""
ENVELOPE_BYTES = 1 << 16
"""The longest text between two objects that is kept in one piece, and the longest beginning of an envelope."""

STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
"""A string, as the text of a pattern."""
# up to the next brace that is in no string, or up to the quote of a string that is not closed in its line
_NEXT = re.compile(rb'(?:[^"{}]++|' + STRING + rb')*+[{}"]')
_BRACE = re.compile(rb"[{}]")
_QUOTE, _OPEN = b'"{'


class Piece(NamedTuple):
    """A run of bytes: one object, or what stands between two.

    `whole` is False for an object that is longer than `OBJECT_BYTES`, or not closed.
    """

    offset: int
    data: bytes
    is_object: bool
    whole: bool


def pieces(chunks: Iterator[bytes], *, depth: int = 1, envelope: re.Pattern[bytes] | None = None) -> Iterator[Piece]:
    """Cut the content into objects and what is between them, in order and without a gap.

    Args:
        chunks: the content; UTF-8, where an object that is over the bound must not end inside a character.
        depth: how many objects may lie in each other: 1 is objects that hold no other.
        envelope: the beginning of an object that is only a frame around an array of objects; it is no object here.
    """
    cutter = _Cutter(depth, envelope)
    buffer, start, last = b"", 0, False
    while not last:
        chunk = next(chunks, None)
        last = chunk is None
        buffer += chunk or b""
        done = 0
        for piece in cutter.cut(buffer, start, last):
            done += len(piece.data)
            yield piece
        buffer, start = buffer[done:], start + done


class _Cutter(NamedTuple):
    """How objects are told from what lies between them."""

    depth: int
    envelope: re.Pattern[bytes] | None

    def cut(self, buffer: bytes, start: int, last: bool) -> Iterator[Piece]:
        """The pieces of a buffer that are complete; all of them where no more bytes follow."""
        at, size = 0, len(buffer)
        while at < size:
            end = self._end_between(buffer, at)
            if end == size and not last and size - at <= ENVELOPE_BYTES:
                return
            if end > at:
                yield Piece(start + at, buffer[at:end], is_object=False, whole=True)
                at = end
                continue
            end, whole = self._end_of_object(buffer, at, last)
            if not end and not last and size - at <= OBJECT_BYTES:
                return
            if not whole:
                end = end or _end_of_character(buffer, at + OBJECT_BYTES)
                # one of a log of lines that was cut off costs its own line
                end = buffer.find(b"\n{", at, end) + 1 or end
            yield Piece(start + at, buffer[at:end], is_object=True, whole=whole)
            at = end

    def _end_between(self, buffer: bytes, at: int) -> int:
        """Where the next object begins, or the beginning of an envelope ends; `at` where an object begins there."""
        begin = buffer.find(b"{", at)
        if begin == at and self.envelope is not None:
            match = self.envelope.match(buffer, at, at + ENVELOPE_BYTES)
            return match.end() if match else at
        return len(buffer) if begin < 0 else begin

    def _end_of_object(self, buffer: bytes, at: int, last: bool) -> tuple[int, bool]:
        """Where the object at `at` ends, and whether with its brace; 0 where no end is in sight."""
        level = 1
        for brace in _braces(buffer, at + 1, min(len(buffer), at + OBJECT_BYTES), last):
            if buffer[brace] != _OPEN:
                level -= 1
                if not level:
                    return brace + 1, True
            elif level == self.depth:
                return brace, False
            else:
                level += 1
        return 0, False


def _braces(buffer: bytes, at: int, end: int, last: bool) -> Iterator[int]:
    """Where the braces are that are in no string; a string that more bytes may close ends the search.

    Where one quote of a line opens a string that is never closed, every later quote of the line is escaped as seen
    from it, and so opens none that is closed either: none is tried, or a line of them would take quadratic time.
    """
    while (match := _NEXT.match(buffer, at, end)) is not None:
        at = match.end()
        if buffer[at - 1] != _QUOTE:
            yield at - 1
            continue
        line = buffer.find(b"\n", at, end)
        if line < 0 and not last:
            return
        line = end if line < 0 else line
        yield from (brace.start() for brace in _BRACE.finditer(buffer, at, line))
        at = line


def _end_of_character(buffer: bytes, at: int) -> int:
    """The end of the UTF-8 character that goes on at `at`; `at` where none does."""
    end = min(at, len(buffer))
    while end < min(len(buffer), at + 3) and buffer[end] & 0xC0 == 0x80:
        end += 1
    return end
