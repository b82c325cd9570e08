"""The flat objects of a JSON array or of JSON lines, one by one, however they are spread over lines.

An object that holds no other is all that is read here, so that damage ends with the object it hit: a brace that
opens inside an object begins the next one, and a string never goes on in the next line (RFC 8259 section 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from forensics.formats.source import Source

OBJECT_BYTES = 1 << 20
"""The longest object that is handed out."""

# a string is one token, so that a brace in it is none
_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*+"|[{}]')


class Piece(NamedTuple):
    """A run of bytes: one object, or what stands between two.

    `whole` is False for an object that is longer than `OBJECT_BYTES`, or not closed.
    """

    offset: int
    data: bytes
    is_object: bool
    whole: bool


def pieces(source: Source) -> Iterator[Piece]:
    """Cut the content into objects and what is between them, in order and without a gap."""
    buffer, start, last = b"", 0, False
    chunks = source.chunks()
    while not last:
        chunk = next(chunks, None)
        last = chunk is None
        buffer += chunk or b""
        done = 0
        for piece in _cut(buffer, start, last):
            done += len(piece.data)
            yield piece
        buffer, start = buffer[done:], start + done


def _cut(buffer: bytes, start: int, last: bool) -> Iterator[Piece]:
    """The pieces of a buffer that are complete; all of them where no more bytes follow."""
    at, size = 0, len(buffer)
    while at < size:
        begin = buffer.find(b"{", at)
        if begin != at:
            end = size if begin < 0 else begin
            yield Piece(start + at, buffer[at:end], is_object=False, whole=True)
            at = end
            continue
        end, whole = _end_of_object(buffer, at)
        if not end and not last and size - at <= OBJECT_BYTES:
            return
        end = end or min(size, at + OBJECT_BYTES)
        yield Piece(start + at, buffer[at:end], is_object=True, whole=whole)
        at = end


def _end_of_object(buffer: bytes, at: int) -> tuple[int, bool]:
    """Where the object at `at` ends, and whether with its brace; 0 where no end is in sight."""
    for token in _TOKEN.finditer(buffer, at + 1, min(len(buffer), at + OBJECT_BYTES)):
        if token.group() == b"}":
            return token.end(), True
        if token.group() == b"{":
            return token.start(), False
    return 0, False
