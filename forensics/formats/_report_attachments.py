"""DMARC and TLS reports that a message carries: told by its header block, unpacked within bounds, read as a file is."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from forensics.formats._message_rows import Head, Place
from forensics.formats._report_rows import dmarc_row, tls_rows
from forensics.formats.source import unpacked
from forensics.formats.tally import EXCERPT_BYTES, Tally
from forensics.protocols import aggregate_report, header_block
from forensics.protocols.aggregate_report import AggregateRecord, ReportReader, Unreadable
from forensics.schema import AggregateReport

MAX_MESSAGE_BYTES = 16 << 20
MAX_REPORT_BYTES = 64 << 20
MAX_DEPTH, MAX_PARTS = 3, 50
MAX_PROBLEMS = 20
"""Things wrong with the reports of one message that are said."""

_REPORT = re.compile(rb"report[ _]domain|dmarc[ _]aggregate|tlsrpt|^tls-report-domain:", re.IGNORECASE | re.MULTILINE)
_ARCHIVE = re.compile(rb"^content-type:\s{0,10}application/(?:x-)?g?zip", re.IGNORECASE | re.MULTILINE)
_POLICIES = re.compile(rb'"policies"\s{0,20}:')
_BOUNDARY = re.compile(r'boundary\s{0,10}=\s{0,10}(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_LEAVES = ("application/", "text/xml", "text/json")


class _Attachment(NamedTuple):
    """One part of a message as it stands there, and decoded; `is_archive` is what its type says."""

    offset: int
    length: int
    content: bytes
    is_archive: bool


class _Bad(NamedTuple):
    """An attached report of which something could not be read: where it lies, why, and whether it is over a bound."""

    offset: int
    length: int
    reason: str
    excerpt: bytes
    refused: bool


class ReportMessage:
    """The bytes of a message while they come in: kept only where its header block says that it carries a report."""

    def __init__(self) -> None:
        self._problems: list[str] = []
        self._bad: list[_Bad] = []
        self._pieces: list[bytes] = []
        self._size = self._head_bytes = 0
        self._wanted: bool | None = None
        self._named = False
        """Whether the header block speaks of a report, rather than of some archive."""

    def feed(self, data: bytes, head: Head) -> None:
        """Take the next bytes of the message, which `head` was given before."""
        if self._wanted is None and head.complete:
            self._head_bytes = len(head.data)
            self._named = _REPORT.search(head.data) is not None
            self._wanted = self._named or _ARCHIVE.search(head.data) is not None
        self._size += len(data)
        if self._wanted is False or self._size > MAX_MESSAGE_BYTES:
            self._pieces.clear()
        else:
            self._pieces.append(data)

    def rows(self, place: Place, begin: int, tally: Tally, called: str = "") -> Iterator[AggregateReport]:
        """The rows of the reports attached; then tell the tally the fate of the whole message's bytes.

        `begin` is where the bytes that were fed begin in the content, `called` what each problem begins with.
        """
        for row in self._read({"record_no": place.record_no}, begin):
            tally.fills.add("aggregate_report")
            yield row
        _tell(tally, place.offset, place.length, self._bad)
        for problem in self._problems[:MAX_PROBLEMS]:
            tally.problem(f"{called}{problem}.")

    def _read(self, cited: dict[str, Any], offset: int) -> Iterator[AggregateReport]:
        """The rows; `offset` is where the message's bytes begin in the content."""
        if not self._wanted:
            return
        if self._size > MAX_MESSAGE_BYTES:
            why = f"it is longer than {MAX_MESSAGE_BYTES} bytes"
            self._lose(offset + self._head_bytes, self._size - self._head_bytes, why, refused=True)
            return
        found_one, others = False, list[_Attachment]()
        for found in _attachments(b"".join(self._pieces), 0, 0):
            place = {**cited, "offset": offset + found.offset, "length": found.length}
            content, broken = unpacked(found.content, MAX_REPORT_BYTES)
            if broken:
                self._problems.append(f"an attachment at byte {place['offset']}: {broken}")
            bad = None
            if _is_report(content):
                found_one = True
                bad = yield from _report(content, place, self._problems)
            elif found.is_archive:
                others.append(found)
            if broken and (bad or self._named):
                bad = Unreadable(broken, found.content[:EXCERPT_BYTES], broken.startswith("refused"))
            if bad is not None and found.length:
                reason = f"of an attached report: {bad.reason}"
                self._bad.append(_Bad(place["offset"], found.length, reason, bad.excerpt, bad.refused))
        if others and not found_one and not self._bad:
            why = "an attachment is neither the archive that it is called nor a report"
            self._lose(offset + others[0].offset, others[0].length, why, refused=False)

    def _lose(self, offset: int, length: int, why: str, *, refused: bool) -> None:
        """Nothing of a report was read: a loss where the header block speaks of one."""
        self._problems.append(f"no report was read of it: {why}")
        if self._named and length:
            self._bad.append(_Bad(offset, length, f"of an attached report: {why}", b"", refused))


def _tell(tally: Tally, offset: int, length: int, bad: Iterable[_Bad]) -> None:
    """The fate of a message's bytes: one record, and one for each attached report that could not be read whole."""
    at = offset
    for one in bad:
        # the header block stands before every attachment
        _readable(tally, at, one.offset, first=at == offset)
        lost = tally.refused if one.refused else tally.unread
        lost(tally.records + 1, one.offset, one.length, one.reason, one.excerpt)
        at = one.offset + one.length
    _readable(tally, at, offset + length, first=at == offset)


def _readable(tally: Tally, start: int, end: int, *, first: bool) -> None:
    if first:
        tally.record(start, end - start)
    elif end > start:
        tally.container(start, end - start)


def _report(
    content: bytes, cited: dict[str, Any], problems: list[str]
) -> Generator[AggregateReport, None, Unreadable | None]:  # fmt: skip
    """The rows of a report; gives back why some of it could not be read."""
    read = _dmarc if aggregate_report.begins(content) else _tls
    return (yield from read(content, cited, problems))


def _is_report(content: bytes) -> bool:
    tls = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _POLICIES.search(content) is not None
    return tls or aggregate_report.begins(content)


def _dmarc(
    content: bytes, cited: dict[str, Any], problems: list[str]
) -> Generator[AggregateReport, None, Unreadable | None]:  # fmt: skip
    reader, records, lost = ReportReader(), 0, []
    said: list[str] = []
    for part in chain(reader.feed(content), reader.close()):
        if isinstance(part.content, AggregateRecord):
            records += 1
            yield dmarc_row(part.content, cited, said)
        elif part.content is not None:
            lost.append(part.content)
    problems += [f"an attachment at byte {cited['offset']}: {text}" for text in dict.fromkeys(said)]
    if not lost:
        return None
    counted = f"{records} record(s) of it were read, {len(lost)} not"
    problems.append(f"an attachment at byte {cited['offset']}: {lost[0].reason}; {counted}")
    return lost[0]


def _tls(
    content: bytes, cited: dict[str, Any], problems: list[str]
) -> Generator[AggregateReport, None, Unreadable | None]:  # fmt: skip
    excerpt, rows, said = content[:EXCERPT_BYTES], 0, list[str]()
    try:
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        problems.append(f"an attachment at byte {cited['offset']}: no JSON: {error}")
        return Unreadable("no JSON", excerpt, refused=False)
    for row in tls_rows(document, cited, said):
        rows += 1
        yield row
    problems += [f"an attachment at byte {cited['offset']}: {text}" for text in said]
    return None if rows else Unreadable(said[0] if said else "a report without a policy", excerpt, refused=False)


def _attachments(data: bytes, offset: int, depth: int) -> Iterator[_Attachment]:
    """The leaves of a message or part that may be reports (RFC 2046)."""
    block = header_block.parse(data)
    kind = _field(block, "content-type")
    body = data[block.length :]
    if kind.startswith("multipart/"):
        boundary = _BOUNDARY.search(_field(block, "content-type", lower=False))
        if boundary is not None and depth < MAX_DEPTH:
            for at, part in _parts(body, b"--" + (boundary[1] or boundary[2]).encode("utf-8", "surrogateescape")):
                yield from _attachments(part, offset + block.length + at, depth + 1)
    elif kind.startswith(_LEAVES):
        content = _decoded(body, _field(block, "content-transfer-encoding"))
        yield _Attachment(offset + block.length, len(body), content, "zip" in kind)


def _parts(body: bytes, delimiter: bytes) -> Iterator[tuple[int, bytes]]:
    """The parts between delimiter lines: where each begins, and its bytes."""
    begin, at = -1, 0 if body.startswith(delimiter) else body.find(b"\n" + delimiter) + 1
    for _ in range(MAX_PARTS):
        if at <= 0 and not body.startswith(delimiter):
            break
        if begin >= 0:
            yield begin, body[begin:at]
        begin = body.find(b"\n", at) + 1
        if not begin or body.startswith(b"--", at + len(delimiter)):
            return
        at = body.find(b"\n" + delimiter, begin - 1) + 1
        if not at:
            yield begin, body[begin:]
            return


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        usable = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        return base64.b64decode(usable[: len(usable) // 4 * 4] + _padded(usable[len(usable) // 4 * 4 :]))
    return quopri.decodestring(body) if encoding == "quoted-printable" else body


def _padded(rest: bytes) -> bytes:
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _field(block: header_block.HeaderBlock, name: str, *, lower: bool = True) -> str:
    values = block.all(name)
    value = values[0].value.strip() if values else ""
    return value.lower() if lower else value
