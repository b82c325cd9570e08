"""Reports that come as mail: read out of the message, citing the part that holds them."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import zipfile
from email.message import EmailMessage

import pytest

DMARC = """<feedback><report_metadata><org_name>Alder</org_name><report_id>7</report_id>
<date_range><begin>1795392000</begin><end>1795478399</end></date_range></report_metadata>
<policy_published><domain>northwind.example</domain></policy_published>
<record><row><source_ip>203.0.113.10</source_ip><count>2</count></row></record></feedback>"""
TLS = json.dumps(
    {
        "organization-name": "Alder", "report-id": "8",
        "date-range": {"start-datetime": "2026-11-23T00:00:00Z", "end-datetime": "2026-11-23T23:59:59Z"},
        "policies": [{"policy": {"policy-domain": "northwind.example"},
                      "summary": {"total-successful-session-count": 4, "total-failure-session-count": 0}}],
    }
)  # fmt: skip


def zipped(content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.xml", content)
    return out.getvalue()


def mail(
    attachment: bytes, kind: str, subject: str = "Report Domain: northwind.example Submitter: alder.example"
) -> bytes:
    message = EmailMessage()
    message["Received"] = (
        "from a.alder.example ([198.51.100.18]) by mx1.northwind.example; Tue, 24 Nov 2026 01:00:00 +0000"
    )
    message["From"], message["To"] = "dmarc@alder.example", "rua@northwind.example"
    message["Date"], message["Message-ID"] = "Tue, 24 Nov 2026 01:00:00 +0000", "<1@alder.example>"
    message["Subject"] = subject
    message.set_content("This is a report.")
    message.add_attachment(attachment, *kind.split("/"), filename="report")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("attachment", "kind", "subject"),
    [
        (zipped(DMARC), "application/zip", "Report Domain: northwind.example"),
        (gzip.compress(DMARC.encode()), "application/gzip", "=?utf-8?q?Report_Domain=3A?= northwind.example"),
        (gzip.compress(DMARC.encode()), "application/octet-stream", "Dmarc Aggregate Report"),
        (DMARC.encode(), "application/xml", "report domain: x"),
    ],
)
def test_a_dmarc_report_is_read_out_of_its_message(reading, attachment, kind, subject):
    content = mail(attachment, kind, subject)
    read = reading("message", content, file="report.eml")
    (row,) = read.of("aggregate_report")
    assert (row.record_no, row.reporter, row.source_ip, row.messages) == (1, "Alder", "203.0.113.10", 2)
    cited = content[row.offset : row.offset + row.length]
    assert base64.b64decode(cited) == attachment
    assert len(read.of("message")) == len(read.of("message_hop")) == 1
    assert "aggregate_report" in read.tally.fills
    assert read.tally.problems == []


def test_a_tls_report_is_read_out_of_its_message(reading):
    content = mail(gzip.compress(TLS.encode()), "application/tlsrpt+gzip", "Report Domain: northwind.example")
    (row,) = reading("message", content).of("aggregate_report")
    assert (row.kind, row.sessions, row.result, row.domain) == ("tls", 4, "success", "northwind.example")


def test_a_message_that_is_the_attachment(reading):
    head = b"Received: by mx1.northwind.example; Tue, 24 Nov 2026 01:00:00 +0000\nFrom: a@alder.example\nSubject: x\n"
    content = head + b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"
    content += base64.encodebytes(zipped(DMARC))
    assert [row.messages for row in reading("message", content).of("aggregate_report")] == [2]


def test_reports_in_a_mailbox_cite_their_message(reading):
    parts = [
        mail(zipped(DMARC), "application/zip"),
        mail(b"x", "application/zip", "Hello"),
        mail(b"y", "application/gzip"),
    ]
    content = b"".join(b"From a@alder.example Tue Nov 24 01:00:00 2026\n" + part + b"\n" for part in parts)
    read = reading("mbox", content)
    (row,) = read.of("aggregate_report")
    assert row.record_no == 1
    assert base64.b64decode(content[row.offset : row.offset + row.length]) == zipped(DMARC)
    assert len(read.of("message")) == 3


def test_a_message_without_a_report_fills_no_table_of_reports(reading):
    read = reading("message", mail(zipped(DMARC), "application/zip", "Holiday pictures"))
    assert read.of("aggregate_report") == []
    assert read.tally.fills == {"message", "message_hop"}


PLAIN = DMARC.encode()


@pytest.mark.parametrize(
    ("attachment", "kind", "reason", "fate", "problem"),
    [
        (gzip.compress(PLAIN)[:-30], "application/gzip", "the compressed stream is cut short", "undecodable",
         "the compressed stream is cut short"),
        (gzip.compress(bytes(80 << 20)), "application/gzip", "refused: more than 67108864 bytes of content", "refused",
         "refused: more than"),
        (PLAIN.replace(b"<feedback>", b"<!DOCTYPE a><feedback>"), "text/xml", "a document type declaration", "refused",
         "a document type declaration; 0 record(s) of it were read, 1 not"),
        (PLAIN.replace(b"<count>2</count>", b""), "text/xml", "a record without count", "undecodable",
         "a record without count; 0 record(s) of it were read, 1 not"),
        (PLAIN[:-20], "text/xml", "no well-formed XML: no element found", "undecodable", "0 record(s) of it were read"),
        (b'{"policies": [', "application/json", "no JSON", "undecodable", "no JSON: "),
        (b'{"policies": []}', "application/json", "the report does not say for which time it is", "undecodable", None),
    ],
)  # fmt: skip
def test_what_cannot_be_read_of_a_report_is_unread_and_said(reading, attachment, kind, reason, fate, problem):
    content = mail(attachment, kind)
    read = reading("message", content)
    assert read.of("aggregate_report") == []
    assert dict(read.tally.unread_records) == {f"of an attached report: {reason}": 1}
    before, part, after = read.ledger
    assert [(run.fate, run.records) for run in (before, part, after)] == [("record", 1), (fate, 1), ("container", 0)]
    assert base64.b64decode(content[part.offset : part.offset + part.length]) == attachment
    assert problem is None or any(problem in text for text in read.tally.problems)
    assert len(read.of("message")) == 1


def test_the_records_around_a_bad_one_are_read(reading):
    record = DMARC[DMARC.index("<record>") : DMARC.index("</feedback>")]
    bad = record.replace("<count>2<", "<count>-2<")
    content = mail(zipped(DMARC.replace(record, record + bad + "<record/>" + record)), "application/zip")
    read = reading("mbox", b"".join(b"From a@alder.example Tue Nov 24 01:00:00 2026\n" + content + b"\n" for _ in "12"))
    assert [(row.record_no, row.messages) for row in read.of("aggregate_report")] == [(1, 2), (1, 2), (3, 2), (3, 2)]
    assert [row.record_no for row in read.of("message")] == [1, 3]
    assert (read.tally.records, sum(read.tally.unread_records.values())) == (4, 2)


def test_other_attachments_are_no_reports(reading):
    for attachment, kind in (
        (b"<html>", "application/xhtml+xml"),
        (b'{"a": 1}', "application/json"),
        (b"", "text/xml"),
    ):
        read = reading("message", mail(attachment, kind))
        assert (read.tally.unread_records, read.tally.problems) == ({}, [])
    cut = mail(gzip.compress(b"a picture" * 100)[:-9], "application/gzip", "Holiday")
    assert reading("message", cut).tally.unread_records == {}


def test_nested_and_endless_parts_end(reading):
    nested = b"Report-Domain: x\nFrom: a@alder.example\nReceived: by x; Tue, 24 Nov 2026 01:00:00 +0000\n"
    nested += b'Subject: Report Domain: x\nContent-Type: multipart/mixed; boundary="a"\n\n'
    nested += b'--a\nContent-Type: multipart/mixed; boundary="a"\n\n' * 20_000
    assert reading("message", nested).of("aggregate_report") == []


def test_damaged_messages_raise_nothing(reading):
    chance = random.Random(2)
    whole = mail(zipped(DMARC), "application/zip")
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            content[chance.randrange(len(content))] = chance.choice(b"\n\0-=:;\xff a")
        reading("message", bytes(content))


def test_a_message_over_the_bound_that_speaks_of_a_report_is_not_read_whole(reading):
    content = mail(zipped(DMARC), "application/zip") + b"x" * (17 << 20)
    read = reading("message", content)
    assert dict(read.tally.unread_records) == {"of an attached report: it is longer than 16777216 bytes": 1}
    assert len(read.of("message")) == 1


def test_an_archive_that_is_none_is_not_passed_over(reading):
    content = mail(zipped(DMARC), "application/zip").replace(b"UEsD", b"U*!D")
    read = reading("message", content)
    assert sum(read.tally.unread_records.values()) == 1
    assert read.of("aggregate_report") == []
