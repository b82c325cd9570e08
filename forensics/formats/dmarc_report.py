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

from collections.abc import Iterator

from forensics.formats._report_rows import dmarc_row
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import aggregate_report
from forensics.protocols.aggregate_report import AggregateRecord, Part, ReportReader
from forensics.schema import AggregateReport

NAME = "dmarc_report"
VANTAGE = "report"
TABLES = ("aggregate_report",)
LOCAL_TIME = False


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first element is the root of a report."""
    return aggregate_report.begins(head)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[AggregateReport]:  # noqa: ARG001 - dates name their zone
    """Yield the records of one report, or of several that follow one another."""
    reader = ReportReader()
    for chunk in source.chunks():
        yield from _rows(reader.feed(chunk), tally)
    yield from _rows(reader.close(), tally)


def _rows(parts: Iterator[Part], tally: Tally) -> Iterator[AggregateReport]:
    for offset, length, content in parts:
        if content is None:
            tally.container(offset, length)
        elif isinstance(content, AggregateRecord):
            tally.record(offset, length)
            problems: list[str] = []
            yield dmarc_row(content, {"record_no": tally.records, "offset": offset, "length": length}, problems)
            for problem in problems:
                tally.problem(f"{problem}.")
        elif not length:
            tally.problem(f"byte {offset}: {content.reason}; every record before was read")
        else:
            tell = tally.refused if content.refused else tally.unread
            tell(tally.records + 1, offset, length, content.reason, content.excerpt)
