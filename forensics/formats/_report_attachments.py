"""DMARC and TLS reports that a message carries: told by its header block, unpacked within bounds, read as a file is."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from forensics.formats._message_rows import Head
from forensics.formats._report_rows import dmarc_row, tls_rows
from forensics.formats.source import unpacked
from forensics.protocols import header_block
from forensics.protocols.aggregate_report import AggregateReportError, ReportReader
from forensics.schema import AggregateReport

MAX_MESSAGE_BYTES = 16 << 20
MAX_REPORT_BYTES = 64 << 20
MAX_DEPTH, MAX_PARTS = 3, 50

_CARRIER = re.compile(
    rb"report[ _]domain|dmarc[ _]aggregate|tlsrpt|^tls-report-domain:|^content-type:\s{0,10}application/(?:x-)?g?zip",
    re.IGNORECASE | re.MULTILINE,
)
_BOUNDARY = re.compile(r'boundary\s{0,10}=\s{0,10}(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_LEAVES = ("application/", "text/xml", "text/json")


class Attachment(NamedTuple):
    """One part of a message as it stands there, and decoded."""

    offset: int
    length: int
    content: bytes


class ReportMessage:
    """The bytes of a message while they come in: kept only where its header block says that it carries a report."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._pieces: list[bytes] = []
        self._size = 0
        self._wanted: bool | None = None

    def feed(self, data: bytes, head: Head) -> None:
        """Take the next bytes of the message, which `head` was given before."""
        if self._wanted is None and head.complete:
            self._wanted = _CARRIER.search(head.data) is not None
        self._size += len(data)
        if self._wanted is False or self._size > MAX_MESSAGE_BYTES:
            self._pieces.clear()
        else:
            self._pieces.append(data)

    def rows(self, cited: dict[str, Any], offset: int) -> Iterator[AggregateReport]:
        """The rows of the reports attached; `offset` is where the message's bytes begin in the content."""
        if not self._wanted:
            return
        if self._size > MAX_MESSAGE_BYTES:
            self.problems.append(f"its report was not looked for: it is longer than {MAX_MESSAGE_BYTES} bytes")
        for found in _attachments(b"".join(self._pieces), 0, 0):
            place = {**cited, "offset": offset + found.offset, "length": found.length}
            content, broken = unpacked(found.content, MAX_REPORT_BYTES)
            if broken:
                self.problems.append(f"an attachment at byte {place['offset']}: {broken}")
            yield from self._report(content, place)

    def _report(self, content: bytes, cited: dict[str, Any]) -> Iterator[AggregateReport]:
        start = content[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        if start.startswith(b"<"):
            yield from self._dmarc(content, cited)
        elif start.startswith(b"{"):
            try:
                document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                self.problems.append(f"an attachment at byte {cited['offset']}: no JSON: {error}")
                return
            yield from tls_rows(document, cited, self.problems)

    def _dmarc(self, content: bytes, cited: dict[str, Any]) -> Iterator[AggregateReport]:
        while content:
            reader = ReportReader()
            try:
                for record in reader.feed(content):
                    if record.problem is None:
                        yield dmarc_row(reader.origin, record, cited)
                    else:
                        self.problems.append(f"an attachment at byte {cited['offset']}: {record.problem}")
            except AggregateReportError as error:
                self.problems.append(f"an attachment at byte {cited['offset']}: {error}")
                return
            if not reader.ended:
                self.problems.append(f"an attachment at byte {cited['offset']}: a report that is cut short")
            content = content[reader.end :].lstrip() if reader.ended else b""


def _attachments(data: bytes, offset: int, depth: int) -> Iterator[Attachment]:
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
        yield Attachment(offset + block.length, len(body), _decoded(body, _field(block, "content-transfer-encoding")))


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
