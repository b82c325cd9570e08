"""DMARC aggregate reports: every record with its bytes, whatever is wrong with the others."""

from __future__ import annotations

import gzip
import io
import random
import zipfile

import pytest

from forensics.protocols.aggregate_report import MAX_DEPTH
from forensics.schema import AggregateReport

RECORD = """<record><row><source_ip>203.0.113.10</source_ip><count>2</count><policy_evaluated>
<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>Northwind.Example</header_from><envelope_from>bounce.northwind.example</envelope_from></identifiers>
<auth_results><dkim><domain>other.example</domain><selector>s0</selector><result>fail</result></dkim>
<dkim><domain>northwind.example</domain><selector>s1</selector><result>pass</result></dkim>
<spf><domain>bounce.northwind.example</domain><scope>mfrom</scope><result>fail</result></spf></auth_results></record>"""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feedback><version>1.0</version><report_metadata><org_name>Alder Receiver</org_name><email>dmarc@alder.example</email>
<report_id>4711</report_id><date_range><begin>1795392000</begin><end>1795478399</end></date_range></report_metadata>
<policy_published><domain>northwind.example</domain><p>none</p></policy_published>
"""
REPORT = f"{HEAD}{RECORD}\n</feedback>\n"
ROW = AggregateReport(
    record_no=1, offset=REPORT.index("<record>"), length=len(RECORD), ts=1795392000 * 10**9, last_ts=1795478399 * 10**9,
    kind="dmarc", reporter="Alder Receiver", report_id="4711", domain="northwind.example", source_ip="203.0.113.10",
    messages=2, result="none", header_from="northwind.example", envelope_from="bounce.northwind.example", dkim="pass",
    dkim_domain="northwind.example", dkim_selector="s1", spf="fail", spf_domain="bounce.northwind.example",
)  # fmt: skip


def zipped(*contents: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"alder.example!northwind.example!{number}.xml", content)
    return out.getvalue()


def with_record(**changed: str) -> str:
    record = RECORD
    for name, text in changed.items():
        begin, end = record.index(f"<{name}>"), record.index(f"</{name}>") + len(name) + 3
        record = record[:begin] + text + record[end:]
    return f"{HEAD}{record}{RECORD}</feedback>"


@pytest.mark.parametrize(
    "content", [REPORT.encode(), b"\xef\xbb\xbf" + REPORT.encode(), gzip.compress(REPORT.encode()), zipped(REPORT)]
)
def test_a_report_gives_a_row_for_each_record(reading, content):
    read = reading("dmarc_report", content)
    shift = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    (row,) = read.rows
    assert {**as_dict(row), "offset": row.offset - shift} == as_dict(ROW)
    assert read.tally.problems == []


def as_dict(row: AggregateReport) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def test_a_namespace_as_rfc_9990_has_it_changes_nothing(reading):
    content = REPORT.replace("<feedback>", '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')
    assert [row.source_ip for row in reading("dmarc_report", content.encode()).rows] == ["203.0.113.10"]
    prefixed = REPORT.replace("<feedback>", '<d:feedback xmlns:d="urn:x">').replace("</feedback>", "</d:feedback>")
    assert [row.messages for row in reading("dmarc_report", prefixed.encode()).rows] == [2]


def test_utf_16_is_read_as_the_xml_declares_it(reading):
    content = REPORT.replace("UTF-8", "UTF-16").encode("utf-16")
    assert [row.reporter for row in reading("dmarc_report", content).rows] == ["Alder Receiver"]


def test_several_reports_in_one_archive_follow_one_another(reading):
    second = REPORT.replace("4711", "4712").replace("<count>2<", "<count>5<")
    read = reading("dmarc_report", zipped(REPORT, second))
    assert [(row.record_no, row.report_id, row.messages) for row in read.rows] == [(1, "4711", 2), (2, "4712", 5)]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"source_ip": ""}, "a record without source_ip"),
        ({"source_ip": "<source_ip>203.0.113.999</source_ip>"}, "source_ip is no address"),
        ({"count": ""}, "a record without count"),
        ({"count": "<count>-1</count>"}, "count is no number of messages"),
        ({"count": "<count>99999999999999999999</count>"}, "count is no number of messages"),
        ({"count": "<count>\u0662</count>"}, "count is no number of messages"),
        ({"count": f"<count>{'9' * 2000}</count>"}, "count is longer than 1000 characters"),
        ({"count": "<count>1</count><count>2</count>"}, "count stands twice"),
        (
            {"auth_results": f"<auth_results>{'<x/>' * 300_000}</auth_results>"},
            "a record longer than 1048576 bytes",
        ),
    ],
)
def test_a_record_that_counts_nothing_is_unread_and_the_next_is_read(reading, changed, reason):
    read = reading("dmarc_report", with_record(**changed).encode())
    assert dict(read.tally.unread_records) == {reason: 1}
    assert [row.record_no for row in read.rows] == [2]


@pytest.mark.parametrize("times", ["", "<begin>2</begin><end>1</end>", "<begin>x</begin><end>1</end>"])
def test_a_report_without_a_time_has_rows_without_one(reading, times):
    content = REPORT.replace("<begin>1795392000</begin><end>1795478399</end>", times)
    read = reading("dmarc_report", content.encode())
    assert [row.ts for row in read.rows] == [None]
    assert read.tally.problems == ["a report does not say for which time it is, or its time ends before it begins."]


BOMB = '<!DOCTYPE feedback [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (REPORT.replace("<feedback>", f"{BOMB}<feedback>"), "a document type declaration"),
        (
            REPORT.replace("<feedback>", '<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd"><feedback>'),
            "a document type declaration",
        ),
        (REPORT.replace("<record>", "<x>" * 100_000), f"elements more than {MAX_DEPTH} deep"),
        (REPORT.replace("<record>", "&undefined;<record>"), "no well-formed XML: undefined entity"),
        (REPORT[: REPORT.index("</record>")], "no well-formed XML: no element found"),
        (f"{HEAD}{RECORD}<oops", "no well-formed XML: unclosed token"),
        (f"{HEAD}{RECORD}<&", "no well-formed XML: not well-formed (invalid token)"),
    ],
)
def test_what_is_no_report_is_unread_from_there_on(reading, content, reason):
    read = reading("dmarc_report", content.encode())
    assert dict(read.tally.unread_records) == {reason: 1}
    assert len(read.rows) == content.startswith(f"{HEAD}{RECORD}<")


def test_a_cut_archive_gives_the_records_that_came_before(reading):
    chance = random.Random(3)
    records = [RECORD.replace("<count>2<", f"<count>{chance.randrange(10**9)}<") for _ in range(2000)]
    whole = gzip.compress(f"{HEAD}{''.join(records)}</feedback>".encode())
    read = reading("dmarc_report", whole[: len(whole) // 2])
    assert 500 < len(read.rows) < 1500
    assert sum(read.tally.unread_records.values()) == 1


def test_a_bad_member_of_an_archive_does_not_keep_the_next_from_being_read(reading):
    bomb = REPORT.replace("<feedback>", f"{BOMB}<feedback>")
    read = reading("dmarc_report", zipped(bomb, REPORT[: REPORT.index("</record>")], REPORT))
    assert [(row.record_no, row.offset) for row in read.rows] == [
        (3, len(bomb) + REPORT.index("</record>") + REPORT.index("<record>"))
    ]
    assert [run.fate for run in read.ledger if run.records] == ["refused", "undecodable", "record"]


@pytest.mark.parametrize("encoding", ["shift_jis", "zlib", "unicode-of-our-own"])
def test_an_encoding_that_is_not_read_is_said(reading, encoding):
    read = reading("dmarc_report", REPORT.replace("UTF-8", encoding).encode())
    assert dict(read.tally.unread_records) == {"XML in an encoding that is not read": 1}


@pytest.mark.parametrize("empty", ["<record/>", "<record></record>", "<record a='>'/>"])
def test_an_empty_record_is_unread_at_its_place(reading, empty):
    read = reading("dmarc_report", f"{HEAD}{empty}{RECORD}</feedback>".encode())
    assert dict(read.tally.unread_records) == {"a record without source_ip": 1}
    assert [(row.record_no, row.offset) for row in read.rows] == [(2, len(HEAD) + len(empty))]


def test_a_report_that_ends_behind_a_record_says_so(reading):
    read = reading("dmarc_report", f"{HEAD}{RECORD}".encode())
    assert [row.record_no for row in read.rows] == [1]
    place = len(HEAD) + len(RECORD)
    assert read.tally.problems == [f"byte {place}: no well-formed XML: no element found; every record before was read"]


def test_damaged_reports_raise_nothing_and_lose_no_byte(reading):
    chance = random.Random(11)
    for _ in range(150):
        content = bytearray(f"{HEAD}{RECORD * 3}</feedback>\n{REPORT}".encode())
        for _ in range(chance.randrange(1, 5)):
            content[chance.randrange(len(content))] = chance.choice(b"<>&/\0\xff ax")
        reading("dmarc_report", bytes(content))
