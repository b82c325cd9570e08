"""Zone files: master files of RFC 1035, as kept by a server or as the output of a zone transfer.

`$INCLUDE` and `$GENERATE` are not followed or expanded: the records they stand for are missing, and the report says so.

Sample::

    $ORIGIN example.
    $TTL 300
    @ IN SOA ns1 hostmaster ( 2026110101 3600 900 604800 60 )
      IN MX 10 mail

Source: RFC 1035 section 5, RFC 2308 section 4 ($TTL), BIND 9 ARM (units of TTLs). Time base: none; it is a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from forensics.formats._zone_entries import RawEntry, entries
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import dns_names
from forensics.protocols.zone_text import Directive, ZoneReader, ZoneRecord, ZoneTextError
from forensics.schema import DnsRecord, Row

NAME = "zone_file"
VANTAGE = "record"
TABLES = ("dns_record",)
LOCAL_TIME = False

_DETECT_ENTRIES = 50
_NO_FOLLOW = {
    "$INCLUDE": "an $INCLUDE, whose file is not read",
    "$GENERATE": "a $GENERATE, which is not expanded",
}
_OF_DIG = (b"<<>> DiG", b"->>HEADER<<-")
_FILE_NAMES = (
    re.compile(r"(?:db|master|pri|zone)\.([A-Za-z0-9_.-]+)"),  # db.example.com
    re.compile(r"([A-Za-z0-9_.-]+)\.(?:zone|db|hosts|dns)"),  # example.com.zone
)


def detect(head: bytes, name: str) -> bool:
    """True where the first entries are all records or directives, a record among them, and it is no output of dig."""
    if b"\0" in head or any(mark in head for mark in _OF_DIG):
        return False
    reader, records = ZoneReader(_origin(name) or "."), 0
    for entry in _first_entries(head):
        if not entry.flat.strip():
            continue
        try:
            records += isinstance(reader.entry(entry.flat), ZoneRecord)
        except ZoneTextError:
            return False
    return records > 0


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - nothing is left to declare
    """Yield a `dns_record` per record; where no `$ORIGIN` completes relative names, the file's name is the origin."""
    reader, record_no = ZoneReader(), 0
    for entry in entries(source.lines()):
        if not entry.flat.strip() and not entry.refused:
            fate = tally.container if entry.raw.strip() else tally.padding
            fate(entry.offset, entry.length)
            continue
        record_no += 1
        yield from _row(entry, record_no, reader, source.name, tally)


def _row(entry: RawEntry, record_no: int, reader: ZoneReader, name: str, tally: Tally) -> Iterator[DnsRecord]:
    if entry.refused:
        tally.refused(record_no, entry.offset, entry.length, "an entry over the bounds of this tool", entry.raw)
        return
    try:
        item = _entry(entry.flat, reader, name, tally)
    except ZoneTextError as error:
        tally.unread(record_no, entry.offset, entry.length, _reason(error), entry.raw)
        return
    if isinstance(item, Directive):
        reason = _NO_FOLLOW.get(item.name)
        tally.ignored(entry.offset, entry.length, reason or "a directive")
        if reason:
            tally.problem(f"It holds {reason}: records of the zone are missing here.")
        return
    tally.record(entry.offset, entry.length)
    yield DnsRecord(
        owner=item.owner, rtype=item.rtype, ttl_s=item.ttl_s, rdata=item.rdata, section="zone",
        record_no=record_no, offset=entry.offset, length=entry.length,
    )  # fmt: skip


def _entry(flat: str, reader: ZoneReader, name: str, tally: Tally) -> ZoneRecord | Directive:
    try:
        return reader.entry(flat)
    except ZoneTextError:
        origin = _origin(name)
        if reader.named_origin or reader.origin is not None or origin is None:
            raise
        reader.origin = origin
        tally.problem(f"It names no $ORIGIN: {origin}, taken from the file's name, completes its relative names.")
        return reader.entry(flat)


def _reason(error: ZoneTextError) -> str:
    """The kind of what is wrong, without what the entry holds."""
    return str(error).partition(":")[0] if str(error).startswith("data that is none") else "no entry of a master file"


def _origin(name: str) -> str | None:
    """The zone that a file's name names: db.example.com, example.com.zone."""
    found = (pattern.fullmatch(name.rpartition("/")[2]) for pattern in reversed(_FILE_NAMES))
    match = next(filter(None, found), None)
    if match is None or "." not in match[1]:
        return None
    try:
        return dns_names.canonical(match[1])
    except dns_names.DnsNameError:
        return None


def _first_entries(head: bytes) -> Iterator[RawEntry]:
    """The first entries; the last, which the end of the head may cut, only where the head is a whole small file."""
    found = islice(entries(_lines(head)), _DETECT_ENTRIES)
    held = next(found, None)
    for entry in found:
        if held is not None:
            yield held
        held = entry
    if held is not None and len(head) < 1 << 15:
        yield held


def _lines(head: bytes) -> Iterator[Line]:
    offset = 0
    for number, raw in enumerate(head.split(b"\n"), start=1):
        yield Line(number, offset, raw.rstrip(b"\r"), len(raw) + 1)
        offset += len(raw) + 1
