"""Records of a CSV file (RFC 4180) with the bytes they lie in: UTF-8 or UTF-16, quoted fields with line ends inside.

A record that is still open after `MAX_LINES` lines or `LINE_BYTES` bytes is refused whole: a stray quote costs no more.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import NamedTuple

from forensics.formats import _encoded_lines
from forensics.formats.lines import Parsed, Unreadable, reported
from forensics.formats.source import LINE_BYTES, Line, Source
from forensics.formats.tally import Tally
from forensics.schema import Row

MAX_LINES = 1000
_FIELDS = "#fields:"


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
    for line in _encoded_lines.head_text(head).split("\n")[:20]:
        if line.strip() and not line.startswith("#"):
            return names(_fields(line.rstrip("\r")) or [])
    return []


def declared_columns(line: str, needed: set[str]) -> list[str] | None:
    """The columns that a line `#Fields: ...` of an Exchange log names; None where these are not among them."""
    if not line.lower().startswith(_FIELDS):
        return None
    columns = names(line[len(_FIELDS) :].split(","))
    return columns if set(columns) >= needed else None


def declares(head: bytes, needed: set[str]) -> bool:
    """Whether one of the first lines declares these columns."""
    lines = _encoded_lines.head_text(head[:16_384]).split("\n")[:20]
    return any(declared_columns(line, needed) is not None for line in lines)


def names(fields: list[str]) -> list[str]:
    """Column names as they are compared: in lower case, without blanks around them."""
    return [field.strip().lower() for field in fields]


def values(columns: list[str], fields: list[str]) -> dict[str, str] | Unreadable:
    """The values of a record by the names of their columns, without the empty ones; or why they fit no header.

    >>> values(["date", "sender", "size"], ["2026-11-23", " sam@alder.example ", ""])
    {'date': '2026-11-23', 'sender': 'sam@alder.example'}
    """
    if not columns:
        return Unreadable("a record before the header that names the columns")
    if len(fields) != len(columns):
        return Unreadable("other than as many fields as the header names")
    pairs = zip(columns, fields, strict=True)
    return {name: value.strip() for name, value in pairs if value.strip()}


def read_records(source: Source, tally: Tally, parse: Callable[[Record], Parsed]) -> Iterator[Row]:
    """Yield the rows of each record and report the record's fate; blank lines are padding."""
    no, held = 0, list[Line]()
    size = quotes = 0
    for line in _encoded_lines.read_lines(source):
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
    return reported(parsed, tally, no, offset, length, raw)


def _fields(text: str) -> list[str] | None:
    """The fields of one record; None where a quote stays open or a field is over the bound of the csv module."""
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
