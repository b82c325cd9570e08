"""TLS reports: how many SMTP sessions a sender opened to the mail exchangers of a domain over a time, and what failed.

JSON as RFC 8460 section 4.4 has it; plain, as gz or zip, one report or several; attached to a message it is read with
the message. A report is one record; each policy gives a row for its successes and one for each kind of failure.

Sample::

    {"organization-name": "Alder Sender", "report-id": "4711", "contact-info": "tls@alder.example",
     "date-range": {"start-datetime": "2026-11-23T00:00:00Z", "end-datetime": "2026-11-23T23:59:59Z"},
     "policies": [{"policy": {"policy-type": "sts", "policy-domain": "northwind.example"},
       "summary": {"total-successful-session-count": 3, "total-failure-session-count": 1},
       "failure-details": [{"result-type": "certificate-expired", "sending-mta-ip": "198.51.100.18",
         "receiving-mx-hostname": "mx1.northwind.example", "failed-session-count": 1}]}]}

Source: RFC 8460. Time base: RFC 3339 with an offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecoder

from forensics.formats._report_rows import tls_rows
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import AggregateReport

NAME = "tls_report"
VANTAGE = "report"
TABLES = ("aggregate_report",)
LOCAL_TIME = False

MAX_BYTES = 32 << 20
"""Reports longer than this are none that a sender writes."""
_MARKS = tuple(re.compile(rb'"' + name + rb'"\s{0,20}:') for name in (b"policies", b"date-range", b"organization-name"))


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the content is a JSON object with at least two of the members that only such a report has together."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and sum(mark.search(start) is not None for mark in _MARKS) >= 2


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[AggregateReport]:  # noqa: ARG001 - times name their zone
    """Yield the rows of one report, or of several that follow one another."""
    data = bytearray()
    for chunk in source.chunks():
        data += chunk[: max(MAX_BYTES + 1 - len(data), 0)]
    size = source.content_bytes
    if size > MAX_BYTES:
        tally.refused(1, 0, size, f"reports longer than {MAX_BYTES} bytes", bytes(data[:200]))
        return
    for number, (offset, document, length) in enumerate(_documents(bytes(data)), 1):
        if offset > tally.end:
            tally.padding(tally.end, offset - tally.end)
        problems: list[str] = []
        cited = {"record_no": number, "offset": offset, "length": length}
        rows = list(tls_rows(document, cited, problems))
        if rows:
            tally.record(offset, length)
        else:
            reason = problems[0] if problems else "a report without a policy"
            tally.unread(number, offset, length, reason, bytes(data[offset : offset + 200]))
        for problem in problems if rows else ():
            tally.problem(f"record {number}: {problem}.")
        yield from rows
    if size > tally.end:
        tally.padding(tally.end, size - tally.end)


def _documents(data: bytes) -> Iterator[tuple[int, object, int]]:
    """JSON documents that follow one another: where each begins, what it holds, its bytes; None for what is none."""
    text, decoder = data.decode("utf-8", "surrogateescape"), JSONDecoder()
    at = 1 if text.startswith("\ufeff") else 0
    offset = len(_bytes(text[:at]))
    while (begin := _past_blank(text, at)) < len(text):
        offset += begin - at
        try:
            document, at = decoder.raw_decode(text, begin)
        # a number of more digits than Python reads is a ValueError, as JSONDecodeError is
        except (ValueError, RecursionError):
            yield offset, None, len(data) - offset
            return
        length = len(_bytes(text[begin:at]))
        yield offset, document, length
        offset += length


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _past_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
