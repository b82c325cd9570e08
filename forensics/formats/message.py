"""One message in a file (RFC 5322): .eml as clients save it, a file of a Maildir, a queue's or gateway's copy.

Only the header block is read, whatever the body is, but for a DMARC or TLS report that it carries; a message attached
to another is part of its body.

Sample::

    Return-Path: <quinn@alder.example>
    Delivered-To: ana@northwind.example
    Received: from mx.alder.example (mx.alder.example [198.51.100.18])
     by mx1.northwind.example (Postfix) with ESMTP id 702C63703B4
     for <ana@northwind.example>; Mon, 23 Nov 2026 09:28:53 +0000 (UTC)
    Date: Mon, 23 Nov 2026 09:28:52 +0000
    From: Quinn <quinn@alder.example>
    Message-ID: <20261123092852.21@ws12.alder.example>

    Hello

Source: RFC 5322, RFC 5321 section 4.4. Time base: each date names its zone; it is a claim of whoever wrote the field.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.formats._message_rows import Head, Place, rows
from forensics.formats._report_attachments import ReportMessage
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import header_block
from forensics.schema import Row

NAME = "message"
VANTAGE = "message"
TABLES = ("message", "message_hop", "aggregate_report")
LOCAL_TIME = False

_TRACE = {
    "received", "return-path", "delivered-to", "x-original-to", "envelope-to", "message-id", "from", "dkim-signature",
    "authentication-results", "received-spf", "arc-seal", "x-received",
}  # fmt: skip
_COMMON = _TRACE | {
    "date", "to", "cc", "subject", "reply-to", "sender", "mime-version", "content-type", "in-reply-to", "references",
    "content-transfer-encoding", "x-mailer", "user-agent", "list-id", "list-unsubscribe", "precedence", "importance",
    "auto-submitted", "arc-message-signature", "arc-authentication-results", "x-spam-status", "x-gm-message-state",
}  # fmt: skip
_REPEATED = {"received", "x-received", "dkim-signature", "authentication-results", "arc-seal"}
"""Fields that stand many times at the top of a message that went in a loop, before any other."""
_FIRST_FIELDS = 40


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the format is known by its content
    """Whether the content begins with a header field, two of the first are known ones of mail, one a mark of mail."""
    block = header_block.parse(head[: 64 * 1024])
    fields = block.fields[:_FIRST_FIELDS]
    if not fields or fields[0].offset > _leading(block):
        return False
    every = [field.name.lower() for field in fields]
    names = set(every)
    known = len(names & _COMMON) >= 2 or any(every.count(name) >= 2 for name in names & _REPEATED)
    strays = sum("no header field" in problem.text for problem in block.problems)
    return known and bool(names & _TRACE) and strays <= len(fields) // 8


def _leading(block: header_block.HeaderBlock) -> int:
    """The offset of the first field where only a byte order mark or empty lines stand before it."""
    marks = ("a byte order mark before the first field", "empty lines before the first field")
    return sum(problem.length for problem in block.problems if problem.text in marks)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - dates name their zone
    """Yield the message and its hops, and the rows of a report that it carries; other bodies are passed over."""
    head, report, size = Head(), ReportMessage(), 0
    for chunk in source.chunks():
        head.feed(chunk)
        report.feed(chunk, head)
        size += len(chunk)
    if not size:
        return
    block = head.block()
    if not block.fields:
        tally.unread(1, 0, size, "no header field", bytes(head.data[:200]))
        return
    place = Place(1, 0, size, 0)
    tally.fills.update(("message", "message_hop"))
    yield from rows(block, place, size)
    yield from report.rows(place, 0, tally)
