"""The lines of text that may be UTF-16: as UTF-8, with the bytes they lie in."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from forensics.formats.source import LINE_BYTES, Line, Source

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def utf_16_of(head: bytes) -> str | None:
    """The encoding that a byte order mark of UTF-16 says; None where there is none."""
    return _UTF16.get(head[:2])


def head_text(head: bytes) -> str:
    """The first bytes of a piece as text, without the byte order mark."""
    return head.decode(utf_16_of(head) or "utf-8", "replace").removeprefix("\ufeff")


def read_lines(source: Source) -> Iterator[Line]:
    """The lines as UTF-8, or as the bytes they are where no byte order mark says UTF-16; the mark is no text."""
    encoding = utf_16_of(source.head(2))
    if encoding:
        yield from _utf16_lines(source, encoding)
        return
    for line in source.lines():
        yield line._replace(text=line.text.removeprefix(codecs.BOM_UTF8)) if line.no == 1 else line


def _utf16_lines(source: Source, encoding: str) -> Iterator[Line]:
    end_of_line = "\n".encode(encoding)
    no, offset, rest = 0, 0, b""
    for chunk in source.chunks():
        data, start = rest + chunk, 0
        while (end := _find(data, end_of_line, start)) >= 0 or len(data) - start > 2 * LINE_BYTES:
            cut = end + 2 if end >= 0 else start + 2 * LINE_BYTES
            no += 1
            yield _utf16_line(no, offset + start, data[start:cut], encoding)
            start = cut
        rest = data[start:]
        offset += start
    if rest:
        yield _utf16_line(no + 1, offset, rest, encoding)


def _utf16_line(no: int, offset: int, raw: bytes, encoding: str) -> Line:
    text = raw.decode(encoding, "backslashreplace").rstrip("\r\n")
    text = text.removeprefix("\ufeff") if no == 1 else text
    return Line(no, offset, text.encode("utf-8", "backslashreplace"), len(raw))


def _find(data: bytes, end_of_line: bytes, start: int) -> int:
    """The next line end at a whole code unit; -1 where there is none."""
    at = data.find(end_of_line, start)
    while at >= 0 and at % 2:
        at = data.find(end_of_line, at + 1)
    return at
