"""TLS reports (RFC 8460): successes and failures per policy, whatever is wrong with the others."""

from __future__ import annotations

import gzip
import json
import random

import pytest

from forensics.formats import by_name
from forensics.schema import AggregateReport

DETAIL = {
    "result-type": "certificate-expired", "sending-mta-ip": "198.51.100.18", "receiving-ip": "203.0.113.10",
    "receiving-mx-hostname": "MX1.northwind.example", "failed-session-count": 2,
}  # fmt: skip
POLICY = {
    "policy": {"policy-type": "sts", "policy-domain": "Northwind.Example", "mx-host": ["mx1.northwind.example"]},
    "summary": {"total-successful-session-count": 5, "total-failure-session-count": 3},
    "failure-details": [DETAIL],
}
REPORT = {
    "organization-name": "Alder S\u00e4nder", "report-id": "4711", "contact-info": "tls@alder.example",
    "date-range": {"start-datetime": "2026-11-23T00:00:00Z", "end-datetime": "2026-11-23T23:59:59Z"},
    "policies": [POLICY],
}  # fmt: skip


def text(**changed: object) -> bytes:
    return json.dumps({**REPORT, **changed}, ensure_ascii=False).encode()


def rows(length: int, no: int = 1, offset: int = 0) -> list[AggregateReport]:
    given = {
        "record_no": no, "offset": offset, "length": length, "ts": 1795392000 * 10**9, "last_ts": 1795478399 * 10**9,
        "kind": "tls", "reporter": "Alder S\u00e4nder", "report_id": "4711", "domain": "northwind.example",
    }  # fmt: skip
    return [
        AggregateReport(sessions=5, result="success", **given),
        AggregateReport(
            sessions=2, result="certificate-expired", source_ip="198.51.100.18", server_ip="203.0.113.10",
            server_name="mx1.northwind.example", **given,
        ),
        AggregateReport(sessions=1, result="failure", **given),
    ]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_a_report_gives_successes_each_failure_and_the_failures_not_detailed(reading, packed):
    content = text()
    read = reading("tls_report", gzip.compress(content) if packed else content)
    assert read.rows == rows(len(content))
    assert read.tally.problems == []


def test_several_reports_cite_their_own_bytes(reading):
    content = b"\xef\xbb\xbf" + text() + b"\n" + text(**{"report-id": "4711"})
    read = reading("tls_report", content)
    size = len(text())
    assert read.rows == rows(size, 1, 3) + rows(size, 2, 4 + size)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"date-range": None}, "record 1: the report does not say for which time it is."),
        ({"date-range": {"start-datetime": "2026-11-23T00:00:00", "end-datetime": "2026-11-23T23:59:59"}},
         "record 1: the report's time names no zone or ends before it begins."),
        ({"date-range": {"start-datetime": "2026-11-24T00:00:00Z", "end-datetime": "2026-11-23T23:59:59Z"}},
         "record 1: the report's time names no zone or ends before it begins."),
        ({"policies": [POLICY, 7]}, "record 1: policy 2 is no object."),
        ({"policies": [POLICY, {**POLICY, "summary": {"total-successful-session-count": True}}]},
         "record 1: policy 2 does not count its successful sessions."),
        ({"policies": [{**POLICY, "failure-details": [DETAIL, {**DETAIL, "failed-session-count": -1}]}]},
         "record 1: policy 1 has a failure without a count."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_rest_read(reading, changed, problem):
    read = reading("tls_report", text(**changed))
    assert read.tally.problems == [problem]
    assert [row.sessions for row in read.rows][:3] == [5, 2, 1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (text(policies=[]), "a report without a policy"),
        (text(policies={}), "no TLS report: it has no policies"),
        (text()[:-2], "no TLS report: it has no policies"),
        (b'{"policies": [], "date-range": ' + b"[" * 200_000, "no TLS report: it has no policies"),
    ],
)
def test_what_is_no_report_is_unread(reading, content, reason):
    read = reading("tls_report", content)
    assert (read.rows, dict(read.tally.unread_records)) == ([], {reason: 1})


def test_numbers_and_texts_that_json_can_hold_and_tables_cannot_are_not_taken(reading):
    long = text().replace(b'-count": 5', b'-count": ' + b"9" * 5_000)
    read = reading("tls_report", long)
    assert dict(read.tally.unread_records) == {"no TLS report: it has no policies": 1}
    (row,) = reading("tls_report", text(**{"organization-name": None}).replace(b"null", b'"\\ud800"')).rows[:1]
    assert row.reporter == "\\ud800"


def test_the_same_fault_is_said_once(reading):
    policy = {**POLICY, "failure-details": [{}] * 10_000}
    read = reading("tls_report", text(policies=[policy] * 30))
    assert len(read.tally.problems) == 20
    assert len(read.rows) == 60


def test_other_json_is_not_taken_for_a_report():
    detect = by_name("tls_report").detect
    assert detect(text(), "x.json")
    assert not detect(b'{"event_type": "dns", "timestamp": "2026-11-23T09:13:34.1+0000"}', "eve.json")
    assert not detect(b'{"policies": []}', "x.json")


def test_damaged_reports_raise_nothing_and_lose_no_byte(reading):
    chance = random.Random(5)
    for _ in range(150):
        content = bytearray(text() + b"\n" + text())
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(len(content))] = chance.choice(b'{}[]":,\xff\0 7')
        reading("tls_report", bytes(content))
