"""Query logs of Amazon Route 53 Resolver."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats.route53_resolver_log import BLOCKED, CACHED, detect

TS = 1795425693_000000000
NO_ENTRY = "no JSON object with query_timestamp, query_name and query_type"


def entry(**more: Any) -> bytes:
    values = {
        "version": "1.100000", "account_id": "111122223333", "region": "eu-west-1", "vpc_id": "vpc-0example",
        "query_timestamp": "2026-11-23T09:21:33Z", "query_name": "MX.example.", "query_type": "A", "query_class": "IN",
        "rcode": "NOERROR", "answers": [{"Rdata": "192.0.2.25", "Type": "A", "Class": "IN"}], "srcaddr": "10.0.0.7",
        "srcport": "56067", "transport": "UDP", "srcids": {"instance": "i-0example"}, **more,
    }  # fmt: skip
    return json.dumps({name: value for name, value in values.items() if value is not None}).encode() + b"\n"


def answers(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Rdata": rdata, "Type": rtype, "Class": "IN"} for rtype, rdata in pairs]


def test_an_entry_is_a_question_its_answer_and_the_records_in_it(reading):
    line = entry()
    read = reading("route53_resolver_log", line)

    (query,) = read.of("dns_query")
    assert (query.ts, query.client_ip, query.client_port, query.transport) == (TS, "10.0.0.7", 56067, "udp")
    assert (query.qname, query.qtype, query.qclass, query.role) == ("mx.example", "A", "IN", "client")
    assert (query.server_ip, query.recursion_desired, query.msg_id) == (None, None, None)
    (response,) = read.of("dns_response")
    assert (response.ts, response.client_ip, response.qname, response.qtype) == (TS, "10.0.0.7", "mx.example", "A")
    assert (response.rcode, response.answer_count, response.rtt_ms) == ("NOERROR", 1, None)
    (record,) = read.of("dns_record")
    assert (record.ts, record.owner, record.rtype, record.rdata) == (TS, "mx.example", "A", "192.0.2.25")
    assert (record.ttl_s, record.section, record.status) == (None, "answer", None)
    assert {(row.record_no, row.offset, row.length) for row in read.rows} == {(1, 0, len(line))}


def test_what_the_cache_answered_is_not_in_the_log_and_the_result_says_so(reading):
    tally = reading("route53_resolver_log", entry()).tally

    assert (tally.problems, tally.leaves_out) == ([CACHED], True)


def test_a_name_that_does_not_exist_has_an_answer_without_records(reading):
    read = reading("route53_resolver_log", entry(query_name="no.example.", rcode="NXDOMAIN", answers=[]))

    assert [(row.qname, row.rcode, row.answer_count) for row in read.of("dns_response")] == [
        ("no.example", "NXDOMAIN", 0)
    ]
    assert read.of("dns_record") == []


def test_records_have_an_owner_where_no_alias_is_among_them(reading):
    aliased = answers(("CNAME", "Host.example."), ("AAAA", "2001:0DB8::1"))
    read = reading("route53_resolver_log", entry(query_type="AAAA", answers=aliased))

    assert [(row.owner, row.rtype, row.rdata) for row in read.of("dns_record")] == [
        (None, "CNAME", "host.example."), (None, "AAAA", "2001:db8::1"),
    ]  # fmt: skip


def test_data_are_in_the_form_of_the_tables_and_as_they_are_where_they_do_not_fit(reading):
    told = answers(
        ("MX", "10 Mail.example."), ("MX", "ten mail"), ("TXT", '"v=spf1 " "-all"'), ("TXT", "v=DMARC1; p=none"),
        ("PTR", "192.0.2.9"), ("A", "192.0.2"), ("NS", "a..b"), ("TYPE65280", "00ff"),
    )  # fmt: skip
    read = reading("route53_resolver_log", entry(query_type="ANY", answers=told))

    assert [(row.rtype, row.rdata) for row in read.of("dns_record")] == [
        ("MX", "10 mail.example."), ("MX", "ten mail"), ("TXT", "v=spf1 -all"), ("TXT", "v=DMARC1; p=none"),
        ("PTR", "192.0.2.9."), ("A", "192.0.2"), ("NS", "a..b"), ("TYPE65280", "00ff"),
    ]  # fmt: skip


def test_what_dns_firewall_answered_is_no_record_of_the_name(reading):
    read = reading("route53_resolver_log", entry(firewall_rule_action="BLOCK") + entry(firewall_rule_action="ALERT"))

    assert [row.record_no for row in read.of("dns_query")] == [1, 2]
    assert [row.record_no for row in read.of("dns_record")] == [2]
    assert read.tally.problems == [BLOCKED, CACHED]


def test_a_question_without_an_outcome_is_a_question(reading):
    read = reading("route53_resolver_log", entry(rcode=None, answers=None, srcport=None, transport=None))

    assert [type(row).__name__ for row in read.rows] == ["DnsQuery"]
    assert (read.rows[0].client_port, read.rows[0].transport) == (None, None)


def test_lines_of_an_export_from_cloudwatch_are_read_too(reading):
    stamped = b"2026-11-23T09:21:33.000Z " + entry()
    wrapped = json.dumps({"id": "3", "timestamp": TS // 10**6, "message": entry().decode().strip()}).encode() + b"\n"
    read = reading("route53_resolver_log", stamped + wrapped)

    assert [(row.ts, row.qname, row.offset) for row in read.of("dns_query")] == [
        (TS, "mx.example", 0), (TS, "mx.example", len(stamped)),
    ]  # fmt: skip
    assert detect(stamped, "000000")
    assert detect(wrapped, "events.json")


def test_a_time_that_is_none_is_unknown(reading):
    lines = entry(query_timestamp="2026-11-23T09:21:177Z") + entry(query_timestamp=7) + entry(query_timestamp="2" * 999)
    read = reading("route53_resolver_log", lines)

    assert [row.ts for row in read.of("dns_query")] == [None, None, None]


def test_values_of_another_kind_are_unknown(reading):
    odd = entry(
        query_type=["A"], query_class={"a": 1}, rcode="NO ERROR", srcport=True, transport="\x1b[2J", answers=[7, None]
    )
    (row,) = reading("route53_resolver_log", odd).rows

    assert (row.qtype, row.qclass, row.client_port, row.transport) == (None, None, None, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"noise\n", NO_ENTRY),
        (b'{"query_timestamp":"2026-11-23T09:21:33Z"\n', NO_ENTRY),
        (b'{"message":"{}"}\n', NO_ENTRY),
        (b"[" * 5000 + b"\n", NO_ENTRY),
        (b'{"answers":' * 5000 + b"\n", NO_ENTRY),
        (entry(query_name=7), "a query name that is none"),
        (entry(query_name="a..example."), "a query name that is none"),
        (entry(query_name="a" * 5000), "a query name that is none"),
        (entry(srcaddr="10.0.0"), "a source address that is none"),
        (entry(answers="192.0.2.25"), "answers that are no list"),
    ],
)
def test_a_line_that_is_no_entry_is_unread(reading, line, reason):
    read = reading("route53_resolver_log", entry() + line)

    assert read.tally.unread_records == {reason: 1}
    assert len(read.of("dns_query")) == 1


def test_detection_needs_an_entry():
    assert recognise(entry(), "log").NAME == "route53_resolver_log"
    assert recognise(b"\xef\xbb\xbf" + entry() + entry(), "log").NAME == "route53_resolver_log"
    assert not detect(b'{"query_timestamp":"2026-11-23T09:21:33Z","query_name":"a.example."}\n', "log")
    assert not detect(b"query_timestamp\n", "text")
    assert not detect(b"", "empty")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.integers(0, 800), st.integers(0, 800), st.binary(max_size=6))
def test_a_damaged_log_is_accounted_for(reading, start, end, insert):
    content = entry() + entry(rcode="NXDOMAIN", answers=[])
    read = reading("route53_resolver_log", content[:start] + insert + content[end:])

    assert len(read.of("dns_query")) + sum(read.tally.unread_records.values()) == read.tally.records
