"""mbox: messages one after another in a file, each behind a line `From sender date` (mboxo, mboxrd, mboxcl, mboxcl2).

Sample::

    From quinn@alder.example Mon Nov 23 09:28:53 2026
    Return-Path: <quinn@alder.example>
    Received: from mx.alder.example (mx.alder.example [198.51.100.18])
     by mx1.northwind.example (Postfix) with ESMTP id 702C63703B4; Mon, 23 Nov 2026 09:28:53 +0000 (UTC)
    Date: Mon, 23 Nov 2026 09:28:52 +0000
    From: quinn@alder.example
    Subject: Six

    Hello
    >From here on it is quoted.

Source: RFC 4155, mbox(5). A message begins at a `From ` line with a date, at the start of the file or after an empty
line. mboxcl2 does not quote such lines in bodies and trusts Content-Length instead; that length is the sender's word,
so it is not followed, but a message that ends before it is named as a problem. Time base: as in single messages; the
date of the `From ` line has no zone and is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from forensics.formats._message_rows import Head, Place, rows
from forensics.formats._report_attachments import ReportMessage
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import header_block
from forensics.schema import Row

NAME = "mbox"
VANTAGE = "message"
TABLES = ("message", "message_hop", "aggregate_report")
LOCAL_TIME = False

LINE_BYTES = 1_200
"""Bytes of a `From ` line that are looked at."""
_DATE = re.compile(
    rb"""
    [ ](?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ ]{1,3}
    (?: [A-Z][a-z]{2}[ ]{1,3}\d{1,2}     # Nov 23
      | \d{1,2}[ ]{1,3}[A-Z][a-z]{2})    # 23 Nov
    [ ]
    """,
    re.VERBOSE,
)
_SHORTER = "the message ends before its Content-Length: its body may hold an unquoted 'From ' line"
_NULL_SENDERS = {"MAILER-DAEMON", "<>"}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the format is known by its content
    """Whether the first line is a `From ` line and a header field follows it."""
    if not _is_separator(head, 0):
        return False
    block = header_block.parse(head[head.find(b"\n") + 1 :][:16_384].lstrip(b"\r\n"))
    return bool(block.fields) and block.fields[0].offset == 0


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - dates name their zone
    """Yield each message and its hops, in the order of the file."""
    reading = _Reading(tally)
    for offset, data, starts in _segments(source):
        if starts:
            yield from reading.finish()
        reading.feed(offset, data, starts=starts)
    yield from reading.finish()


def _segments(source: Source) -> Iterator[tuple[int, bytes, bool]]:
    """The content cut before each `From ` line: offset, bytes, and whether they begin with one."""
    before = b""
    for block in source.blocks():
        cuts = list(_cuts(block.data, before))
        edges = cuts if cuts[:1] == [0] else [0, *cuts]
        for start, end in pairwise([*edges, len(block.data)]):
            yield block.offset + start, block.data[start:end], start in cuts[:1] or start > 0
        before = (before + block.data[-4:])[-4:]


def _cuts(data: bytes, before: bytes) -> Iterator[int]:
    """Where in a block of whole lines, behind `before`, messages begin."""
    at = 0
    while at >= 0:
        if _is_separator(data, at) and _is_start(data, at, before):
            yield at
        at = data.find(b"\nFrom ", at) + 1 or -1


def _is_separator(data: bytes, at: int) -> bool:
    """Whether the line at `at` is a `From ` line with a date."""
    return data.startswith(b"From ", at) and _DATE.search(_line(data, at), 4) is not None


def _line(data: bytes, at: int) -> bytes:
    line = data[at : at + LINE_BYTES]
    end = line.find(b"\n")
    return line if end < 0 else line[:end]


def _is_start(data: bytes, at: int, before: bytes) -> bool:
    """Whether a line stands at the start of the file or after an empty line."""
    preceding = (before + data[:at])[-4:] if at < 4 else data[at - 4 : at]
    return not preceding or preceding == b"\n" or preceding.endswith((b"\n\n", b"\n\r\n"))


class _Reading:
    """The message whose bytes are coming in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._number = 0
        self._begin(0, b"")

    def _begin(self, offset: int, separator: bytes) -> None:
        self._offset, self._separator, self._size = offset, separator, 0
        self._head, self._report, self._tail = Head(), ReportMessage(), b""

    def feed(self, offset: int, data: bytes, *, starts: bool) -> None:
        """Take the next bytes; `starts` where they begin with a separator line."""
        if starts:
            line_end = data.find(b"\n") + 1 or len(data)
            self._begin(offset, data[:line_end])
            self._number += 1
            data = data[line_end:]
        self._head.feed(data)
        self._report.feed(data, self._head)
        self._size += len(data)
        self._tail = (self._tail + data[-4:])[-4:]

    def finish(self) -> Iterator[Row]:
        """The rows of the message that has ended, and the fate of its bytes."""
        length = len(self._separator) + self._size
        if not length:
            return
        if not self._separator:
            reason = "text before the first 'From ' line"
            self._tally.unread(self._tally.records + 1, self._offset, length, reason, bytes(self._head.data[:200]))
            return
        block = self._head.block()
        record_no = self._tally.records + 1
        if not block.fields:
            self._tally.unread(record_no, self._offset, length, "a message without a header field", self._separator)
            return
        size = self._size - self._closing_line()
        if _declared(block) > size - block.length:
            block = block._replace(problems=(*block.problems, header_block.Problem(_SHORTER, 0, 0)))
        begin = self._offset + len(self._separator)
        place = Place(record_no, self._offset, length, begin)
        self._tally.fills.update(("message", "message_hop"))
        yield from rows(block, place, size, _sender(self._separator))
        yield from self._report.rows(place, begin, self._tally, f"message {record_no}: ")

    def _closing_line(self) -> int:
        """Bytes of the empty line that closes a message in an mbox."""
        if self._tail.endswith(b"\n\r\n"):
            return 2
        return 1 if self._tail.endswith(b"\n\n") else 0


def _declared(block: header_block.HeaderBlock) -> int:
    """The length of the body that the message declares, else 0; header blocks are as long as they say."""
    for field in block.all("content-length"):
        value = field.value.strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
    return 0


def _sender(separator: bytes) -> str | None:
    """The envelope sender of a `From ` line; the null sender is written as MAILER-DAEMON."""
    date = _DATE.search(separator[:LINE_BYTES], 4)
    text = separator[5 : date.start()].decode("utf-8", "backslashreplace").strip() if date else ""
    if text in _NULL_SENDERS:
        return ""
    return None if text in ("", "-", "???@???") else text
