"""Records of a CSV file (RFC 4180) with the bytes they lie in: UTF-8 or UTF-16, quoted fields with line ends inside.

A record that is still open after `MAX_LINES` lines or `LINE_BYTES` bytes is refused whole: a stray quote costs no more.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from typing import NamedTuple

from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import LINE_BYTES, Line, Source
from forensics.formats.tally import Tally
from forensics.schema import Row

MAX_LINES = 1000
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Record(NamedTuple):
    """One record: its number, the bytes it lies in, its fields; a line that begins with `#` is one field."""

    no: int
    offset: int
    length: int
    fields: list[str]

    def cite(self) -> dict[str, int]:
        """The citation columns of a row read from this record."""
        return {"record_no": self.no, "offset": self.offset, "length": self.length}


def header_of(head: bytes) -> list[str]:
    """The fields of the first record, in lower case; lines that begin with `#` before it are passed over."""
    encoding = _UTF16.get(head[:2])
    text = head.decode(encoding or "utf-8", "replace").removeprefix("\ufeff")
    for line in text.split("\n")[:20]:
        if line.strip() and not line.startswith("#"):
            return names(_fields(line.rstrip("\r")) or [])
    return []


def names(fields: list[str]) -> list[str]:
    """Column names as they are compared: in lower case, without blanks around them."""
    return [field.strip().lower() for field in fields]


def read_records(source: Source, tally: Tally, parse: Callable[[Record], Parsed]) -> Iterator[Row]:
    """Yield the rows of each record and report the record's fate; blank lines are padding."""
    no, held = 0, list[Line]()
    size = quotes = 0
    for line in _lines(source):
        if not held and not line.text.strip():
            tally.padding(line.offset, line.length)
            continue
        held.append(line)
        size += line.length
        quotes += 0 if len(held) == 1 and line.text.startswith(b"#") else line.text.count(b'"')
        if quotes % 2 and size <= LINE_BYTES and len(held) < MAX_LINES:
            continue
        no += 1
        yield from _read_record(no, held, tally, parse)
        held, size, quotes = [], 0, 0
    if held:
        yield from _read_record(no + 1, held, tally, parse)


def _read_record(no: int, lines: list[Line], tally: Tally, parse: Callable[[Record], Parsed]) -> tuple[Row, ...]:
    offset, length = lines[0].offset, sum(line.length for line in lines)
    raw = b"\n".join(line.text for line in lines)
    if length > LINE_BYTES or len(lines) >= MAX_LINES:
        reason = f"a record longer than {LINE_BYTES} bytes or {MAX_LINES} lines"
        tally.refused(no, offset, length, reason, raw)
        return ()
    text = raw.decode("utf-8", "backslashreplace")
    fields = [text] if text.startswith("#") else _fields(text)
    parsed = Unreadable("no CSV record") if fields is None else parse(Record(no, offset, length, fields))
    if isinstance(parsed, Ignored):
        tally.ignored(offset, length, parsed.reason)
        return ()
    if isinstance(parsed, Unreadable):
        tally.unread(no, offset, length, parsed.reason, raw)
        return ()
    tally.record(offset, length)
    return parsed


def _fields(text: str) -> list[str] | None:
    """The fields of one record; None where a quote stays open or a field is over the bound of the csv module."""
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _lines(source: Source) -> Iterator[Line]:
    """The lines as UTF-8, with the bytes they lie in; the byte order mark is no text."""
    encoding = _UTF16.get(source.head(2))
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
