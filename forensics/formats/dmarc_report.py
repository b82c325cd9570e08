"""DMARC aggregate reports: how much mail that claims a domain a receiver saw, from which addresses, over a time.

XML as RFC 7489 appendix C and RFC 9990 have it, with or without a namespace; plain, as gz, zip (one report or several)
or what else is unpacked; attached to a message it is read with the message. Every record cites its own bytes. A report
counts mail that the receiver was sent; it does not say that the mail was kept, nor when within its time it came.

Sample::

    <?xml version="1.0"?>
    <feedback>
      <report_metadata>
        <org_name>Alder Receiver</org_name><report_id>4711</report_id>
        <date_range><begin>1795392000</begin><end>1795478399</end></date_range>
      </report_metadata>
      <policy_published><domain>northwind.example</domain><p>none</p></policy_published>
      <record>
        <row>
          <source_ip>203.0.113.10</source_ip><count>2</count>
          <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated>
        </row>
        <identifiers><header_from>northwind.example</header_from></identifiers>
        <auth_results><dkim><domain>northwind.example</domain><result>pass</result></dkim></auth_results>
      </record>
    </feedback>

Source: RFC 7489 section 7.2 and appendix C; RFC 9990. Time base: seconds since 1970.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.formats._report_rows import dmarc_row
from forensics.formats.source import Source
from forensics.formats.tally import EXCERPT_BYTES, Tally
from forensics.model.evidence import Facts
from forensics.protocols.aggregate_report import AggregateReportError, ReportReader, ReportRecord
from forensics.schema import AggregateReport

NAME = "dmarc_report"
VANTAGE = "report"
TABLES = ("aggregate_report",)
LOCAL_TIME = False

_HEAD_BYTES = 4096
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?feedback[\s>]")
_OTHER_ROOT = re.compile(rb"<[A-Za-z_]")


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first element is the root of a report."""
    start = head[:_HEAD_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    first = _OTHER_ROOT.search(start)
    return start.startswith(b"<") and first is not None and _ROOT.match(start, first.start()) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[AggregateReport]:  # noqa: ARG001 - dates name their zone
    """Yield the records of one report, or of several that follow one another."""
    reading = _Reading(tally)
    for chunk in source.chunks():
        yield from reading.feed(chunk)
    reading.close()


class _Reading:
    """Feeds the reader of one report after the other, and tells what every byte became."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._reader = ReportReader()
        self._base = 0
        """Where the report begins in the content."""
        self._fed = 0
        """Up to where the content was fed to readers."""
        self._numbers = 0
        self._failure: tuple[str, bytes] | None = None
        """Why nothing more is read, and the first bytes of it."""

    def feed(self, data: bytes) -> Iterator[AggregateReport]:
        """The rows that these bytes complete."""
        while data and self._failure is None:
            start, self._fed = self._fed, self._fed + len(data)
            try:
                for record in self._reader.feed(data):
                    yield from self._take(record, data[max(self._base + record.offset - start, 0) :][:EXCERPT_BYTES])
            except AggregateReportError as error:
                place = max(self._base + error.offset - start, 0)
                self._failure = str(error), data[place : place + EXCERPT_BYTES]
                return
            if not self._reader.ended:
                return
            self._fed = self._base + self._reader.end
            data = self._next_report(data[self._fed - start :])
        self._fed += len(data)

    def close(self) -> None:
        """The content ends: what is left was malformed or cut short."""
        if self._failure is not None or self._fed > self._base:
            why, excerpt = self._failure or ("a report that is cut short", b"")
            begin = self._tally.end
            self._tally.unread(self._numbers + 1, begin, self._fed - begin, why, excerpt)

    def _next_report(self, data: bytes) -> bytes:
        """Begin anew behind a report; blank space between reports is padding."""
        self._container(self._fed)
        rest = data.lstrip()
        if len(rest) < len(data):
            self._tally.padding(self._fed, len(data) - len(rest))
        self._fed += len(data) - len(rest)
        self._reader, self._base = ReportReader(), self._fed
        return rest

    def _take(self, record: ReportRecord, excerpt: bytes) -> Iterator[AggregateReport]:
        self._numbers += 1
        offset = self._base + record.offset
        self._container(offset)
        if record.problem is not None:
            self._tally.unread(self._numbers, offset, record.length, record.problem, excerpt)
            return
        self._tally.record(offset, record.length)
        origin = self._reader.origin
        if origin.begin_s is None or origin.end_s is None:
            self._tally.problem("a report does not say for which time it is, or its time ends before it begins.")
        yield dmarc_row(origin, record, {"record_no": self._numbers, "offset": offset, "length": record.length})

    def _container(self, end: int) -> None:
        if end > self._tally.end:
            self._tally.container(self._tally.end, end - self._tally.end)
