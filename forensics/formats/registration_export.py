"""Exports of WHOIS history: dated snapshots of registrations, as providers hand them out or as an examiner writes them.

Sample::

    domain,seen,registrar,registrant,created,updated,expires,name_servers,statuses,source
    northwind.example,2016-09-23,Tidewater Registrar Inc.,Northwind Freight,2009-03-11,2016-02-20,2018-03-11,ns1.tidewater-dns.example ns2.tidewater-dns.example,clientTransferProhibited,whois.tidewater.example
    northwind.example,2019-06-10,,,,,,,not_found,whois.tidewater.example

Read are JSON of WhoisXML API (WHOIS History API: `records`), DomainTools (Whois History: `response.history`),
SecurityTrails (`result.items`) and WhoisFreaks (`whois_domains_historical`), CSV of the database files of WhoisXML API
and WhoisFreaks, and the plain CSV above: several name servers or statuses are separated by blanks, `|` or `;`, and
`not_found` as the only status says that the registry did not hold the name.

Each snapshot is a row of its own day. A time that names no zone is taken as its day; a date whose day and month cannot
be told apart stays unknown, with a problem. A span of SecurityTrails gives its beginning alone: whether its end is the
last look or the first that differed is not documented. What a provider concluded, as a score or "private", is not read.
"""  # noqa: E501 - lines as they are written

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from forensics.formats import _csv_records
from forensics.formats._csv_records import Record
from forensics.formats._exported_registrations import CSV_KINDS, JSON_KINDS, Exported, Object, row
from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import RegistrationRecord

NAME = "registration_export"
VANTAGE = "record"
TABLES = ("registration",)
LOCAL_TIME = False

MAX_BYTES = 16 << 20
"""A longer JSON document is refused: it is held in memory whole. CSV has no such bound."""
MAX_SNAPSHOTS = 100_000
"""Snapshots of one JSON document that are read; the rest is refused."""
HEAD_BYTES = 4096
# a string is one token, so that a bracket in it is none
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)
_BOM = b"\xef\xbb\xbf"


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the head has the keys of a JSON export, or the columns of a CSV."""
    if _is_json(head):
        return any(all(f'"{key}"'.encode() in head for key in (*path, mark)) for path, mark, _ in JSON_KINDS)
    columns = set(_csv_records.header_of(head))
    return any(columns >= needed for needed, _ in CSV_KINDS)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[RegistrationRecord]:  # noqa: ARG001
    """Yield a row per snapshot."""
    if not _is_json(source.head(HEAD_BYTES)):
        yield from _csv_records.read_records(source, tally, _Columns().parse)  # type: ignore[misc]
    elif source.holds(MAX_BYTES + 1):
        at = 0
        for chunk in source.chunks():
            tally.refused(1, at, len(chunk), f"a document longer than {MAX_BYTES} bytes", chunk)
            at += len(chunk)
    else:
        yield from _read_json(b"".join(source.chunks()), tally)


def _is_json(head: bytes) -> bool:
    return head.removeprefix(_BOM).lstrip(b" \t\r\n")[:1] in (b"{", b"[")


class _Columns:
    """The columns that the header of a CSV named."""

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._kind: Callable[[Object], Exported] | None = None

    def parse(self, record: Record) -> Parsed:
        """The row of a record, or why it has none."""
        if record.fields[0].startswith("#"):
            return Ignored("a line of the export about itself")
        names = _csv_records.names(record.fields)
        kind = next((found for needed, found in CSV_KINDS if needed <= set(names)), None)
        if kind is not None:
            self._columns, self._kind = names, kind
            return Ignored("the header")
        said = _csv_records.values(self._columns, record.fields)
        if isinstance(said, Unreadable):
            return said
        if self._kind is None:
            return Unreadable("a record before the header that names the columns")
        found = row(self._kind(said), dict(record.cite()))
        return Unreadable(found) if isinstance(found, str) else (found,)


def _read_json(data: bytes, tally: Tally) -> Iterator[RegistrationRecord]:
    """The rows of the snapshots where they lie in the document; what is around them holds them."""
    array, kind = _snapshots(data)
    if array is None or kind is None:
        tally.unread(1, 0, len(data), "no JSON export of WHOIS history", data)
        return
    at, no, start = 0, 0, data.find(array)
    for no, (first, last) in enumerate(_elements(array), 1):
        offset, part = start + first, array[first:last]
        if no > MAX_SNAPSHOTS:
            break
        tally.container(at, offset - at)
        at = offset + len(part)
        found = _row(part, kind, {"record_no": no, "offset": offset, "length": len(part)})
        if isinstance(found, str):
            tally.unread(no, offset, len(part), found, part)
        else:
            tally.record(offset, len(part))
            yield found
    if no > MAX_SNAPSHOTS:
        tally.refused(no, at, len(data) - at, f"more than {MAX_SNAPSHOTS} snapshots", data[at : at + 200])
    elif len(data) > at:
        tally.container(at, len(data) - at)


def _elements(array: bytes) -> Iterator[tuple[int, int]]:
    """Where each element of a sound JSON array begins and ends."""
    depth, begun = 0, 1
    for token in _TOKEN.finditer(array):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
        if (mark == b"," and depth == 1) or depth == 0:
            part = array[begun : token.start()]
            if part.strip():
                yield begun + len(part) - len(part.lstrip()), begun + len(part.rstrip())
            begun = token.end()


def _row(part: bytes, kind: Callable[[Object], Exported], cited: dict[str, Any]) -> RegistrationRecord | str:
    try:
        found = msgspec.json.decode(part)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "no JSON object"
    return row(kind(found), cited) if isinstance(found, dict) else "no JSON object"


def _snapshots(data: bytes) -> tuple[bytes | None, Callable[[Object], Exported] | None]:
    """The bytes of the array of snapshots, and what reads one."""
    text = data.removeprefix(_BOM).strip()
    try:
        if text.startswith(b"["):  # documented by WhoisFreaks as a list of one answer
            text = bytes(next(iter(msgspec.json.decode(text, type=list[msgspec.Raw])), b"{}"))
        for path, _, kind in JSON_KINDS:
            found: bytes | None = text
            for key in path:
                found = _inside(found, key)
            if found is not None and found.startswith(b"["):
                return found, kind
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None, None
    return None, None


def _inside(data: bytes | None, key: str) -> bytes | None:
    """The bytes of one value of an object."""
    if data is None or not data.startswith(b"{"):
        return None
    found = msgspec.json.decode(data, type=dict[str, msgspec.Raw]).get(key)
    return None if found is None else bytes(found).strip()
