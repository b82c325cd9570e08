from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import bind_query_log
from forensics.formats._log_times import NO_TIME, NO_YEAR, NO_ZONE
from forensics.formats.bind_query_log import QueryLine, detect, parse_line
from forensics.formats.lines import Ignored, Unreadable

MODERN = (
    b"23-Nov-2026 09:23:47.937 client @0x7ffb098 192.0.2.10#58172 (mx.example): "
    b"query: mx.example IN MX -E(0)DC (198.51.100.53)\n"
)


def test_a_line_of_a_current_server_becomes_a_query(reading):
    read = reading("bind_query_log", MODERN, time_zone=UTC)

    (row,) = read.of("dns_query")
    assert (row.ts, row.client_ip, row.client_port) == (1795425827937000000, "192.0.2.10", 58172)
    assert (row.server_ip, row.transport, row.role) == ("198.51.100.53", "udp", "client")
    assert (row.qname, row.qtype, row.qclass) == ("mx.example", "MX", "IN")
    assert (row.recursion_desired, row.edns, row.dnssec_ok) == (False, True, True)
    assert (row.record_no, row.offset, row.length) == (1, 0, len(MODERN))
    assert read.tally.vantage == "authoritative_dns"


@pytest.mark.parametrize(
    ("line", "qname", "flags", "server_ip"),
    [
        (b"client 192.0.2.7#53124: query: mx.example IN A +", "mx.example", "+", None),
        (b"client 192.0.2.7#53124: query: mx.example IN A +ED (192.0.2.1)", "mx.example", "+ED", "192.0.2.1"),
        (b"client 192.0.2.7#5 (a.example): query: a.example IN A -EDC (192.0.2.1)", "a.example", "-EDC", "192.0.2.1"),
        (b"client 192.0.2.7#5 (a.example): query: a.example IN A +E(0)K (::1)", "a.example", "+E(0)K", "::1"),
        (b"client 192.0.2.7#5: view internal: query: a.example IN A + (192.0.2.1)", "a.example", "+", "192.0.2.1"),
        (
            b"client @0x7efc 192.0.2.7#5/key k1.example (a.example): view my view: query: a.example IN A +SE(0)K (::1)",
            "a.example", "+SE(0)K", "::1",
        ),
        (b"client @0x7efc 2001:DB8::7#5 (.): query: . IN NS +E(0)TK (::1) [ECS 192.0.2.0/24/0]", ".", "+E(0)TK", "::1"),
        (b"client @0x7efc fe80::1%e0#5 (A.Test): query: A.Test IN A + (fe80::2%3)", "a.test", "+", "fe80::2"),
        (rb"client @0x7 192.0.2.7#5 (a\@b.example): query: a\@b.example IN A + (::1)", "a@b.example", "+", "::1"),
        (b"queries: info: client 192.0.2.7#5: query: a.example CH TYPE65280 + (::1)", "a.example", "+", "::1"),
        (b"info: client 192.0.2.7#5: query: a.example IN A + (192.0.2.1)", "a.example", "+", "192.0.2.1"),
        (b"queries: debug 3: client 192.0.2.7#5: query: a.example IN A + (192.0.2.1)", "a.example", "+", "192.0.2.1"),
    ],
)  # fmt: skip
def test_lines_of_every_version_are_read(line, qname, flags, server_ip):
    parsed = parse_line(line)

    assert isinstance(parsed, QueryLine)
    assert (parsed.qname, parsed.flags, parsed.server_ip) == (qname, flags, server_ip)


@pytest.mark.parametrize(
    ("prefix", "ts"),
    [
        (b"23-Nov-2026 09:23:47.937 ", 1795425827937000000),
        (b"23-Nov-2026 09:23:47.937 queries: info: ", 1795425827937000000),
        (b"2026-11-23T09:23:47.937 info: ", 1795425827937000000),
        (b"2026-11-23T09:23:47.937Z queries: ", 1795425827937000000),
        (b"2026-11-23T10:23:47.937+01:00 ", 1795425827937000000),
        (b"2026-11-23T10:23:47.937+0100 queries: info: ", 1795425827937000000),
        (b"Nov 23 09:23:47 ns1 named[71]: ", 1795425827000000000),
        (b"Nov 23 09:23:47 ns1 named[71]: queries: info: ", 1795425827000000000),
        (b"Nov 23 09:23:47 ns1 named[71]: 23-Nov-2026 09:23:47.937 queries: info: ", 1795425827937000000),
        (b"<30>Nov 23 09:23:47 ns1 named[71]: ", 1795425827000000000),
        (b"2026-11-23T09:23:47.937000+00:00 ns1 named[71]: ", 1795425827937000000),
        (b"<30>1 2026-11-23T09:23:47.937Z ns1 named 71 - - ", 1795425827937000000),
        (b"", None),
    ],
)
def test_the_time_is_read_from_every_prefix(reading, prefix, ts):
    read = reading(
        "bind_query_log", prefix + b"client 192.0.2.7#5: query: a.example IN A +\n", time_zone=UTC, year=2026
    )

    assert [row.ts for row in read.of("dns_query")] == [ts]
    assert read.tally.problems == ([] if ts else [NO_TIME])


def test_local_time_is_not_guessed(reading):
    read = reading("bind_query_log", MODERN)

    assert [row.ts for row in read.rows] == [None]
    assert read.tally.problems == [NO_ZONE]


def test_a_declared_zone_settles_local_time(reading):
    read = reading("bind_query_log", MODERN, time_zone=ZoneInfo("Asia/Kolkata"))

    assert [row.ts for row in read.rows] == [1795406027937000000]


def test_a_year_is_not_guessed_either_and_turns_where_the_months_do(reading):
    lines = b"".join(
        b"%s ns1 named[7]: client 192.0.2.7#5: query: a.example IN A +\n" % time
        for time in (b"Dec 31 23:59:59", b"Jan  1 00:00:01")
    )

    assert reading("bind_query_log", lines, time_zone=UTC).tally.problems == [NO_YEAR]
    read = reading("bind_query_log", lines, time_zone=UTC, year=2026)
    assert [row.ts for row in read.rows] == [1798761599000000000, 1798761601000000000]


def test_what_old_servers_did_not_log_is_unknown(reading):
    read = reading("bind_query_log", b"client 192.0.2.7#5: query: a.example IN A +E\n")

    (row,) = read.rows
    assert (row.edns, row.transport, row.dnssec_ok, row.server_ip) == (True, None, None, None)


def test_tcp_and_signed_queries_are_told_apart(reading):
    read = reading("bind_query_log", b"client 192.0.2.7#5: query: a.example IN A +SE(0)TD (192.0.2.1)\n")

    assert [(row.transport, row.dnssec_ok) for row in read.rows] == [("tcp", True)]


def test_a_response_line_becomes_a_response(reading):
    line = (
        b"2026-11-23T09:23:47.937Z client @0x7f 192.0.2.7#5353 (mx.example): "
        b"response: mx.example IN MX NXDOMAIN 0 1 1 +E(0)K (192.0.2.1)\n"
    )

    read = reading("bind_query_log", line)

    (row,) = read.of("dns_response")
    assert (row.rcode, row.answer_count, row.qname, row.client_ip) == ("NXDOMAIN", 0, "mx.example", "192.0.2.7")
    assert (row.server_ip, row.transport, row.ts) == ("192.0.2.1", "udp", 1795425827937000000)
    assert read.of("dns_query") == []


def test_mostly_recursive_questions_are_a_resolvers_log(reading):
    line = b"client 192.0.2.7#5: query: a.example IN A %s (192.0.2.1)\n"

    assert reading("bind_query_log", line % b"+" * 3 + line % b"-").tally.vantage == "recursive_dns"
    assert reading("bind_query_log", line % b"-" * 3 + line % b"+").tally.vantage == "authoritative_dns"
    assert reading("bind_query_log", b"").tally.vantage is None


@pytest.mark.parametrize(
    "line",
    [
        b"23-Nov-2026 09:23:47.937 general: info: zone example/IN: loaded serial 1",
        b"23-Nov-2026 09:23:47.937 managed-keys-zone: loaded serial 1",
        b"client @0x7f 192.0.2.7#5 (a.example): query (cache) 'a.example/A/IN' denied",
        b"query-errors: info: client @0x7f 192.0.2.7#5 (a.example): query failed (REFUSED) for a.example/IN/A at q.c:1",
        b"Nov 23 09:23:47 ns1 named[71]: all zones loaded",
        b"Nov 23 09:23:47 ns1 sshd[71]: Accepted publickey for root",
    ],
)
def test_other_messages_are_ignored_with_a_reason(line):
    assert isinstance(parse_line(line), Ignored)


@pytest.mark.parametrize(
    "line",
    [
        b"client 192.0.2.700#5: query: a.example IN A +",
        b"client 192.0.2.7#65536: query: a.example IN A +",
        b"client 192.0.2.7#5: query: a..example IN A +",
        b"client 192.0.2.7#5: query: a.example IN",
        b"client 192.0.2.7#5: query: a.example IN A NOERROR 1 0 0 +",
        b"client 192.0.2.7#5: response: a.example IN A +",
        b"client 192.0.2.7#5: query: a.\xc3\xa9xample IN A +",
        b"client 192.0.2.7#5: query: " + b"a" * 9000 + b" IN A +",
        b"23-Foo-2026 09:23:47.937 client 192.0.2.7#5: query: a.example IN A +",
        b"x23-Nov-2026 09:23:47.937 client 192.0.2.7#5: query: a.example IN A +",
        b"hello",
    ],
)
def test_damaged_lines_are_unreadable_and_not_half_read(line):
    assert isinstance(parse_line(line), Unreadable)


def test_a_log_of_other_programs_is_not_claimed():
    named = b"Nov 23 09:23:47 ns1 named[71]: client 192.0.2.7#5: query: a.example IN A +\n"

    assert detect(named, "query.log")
    assert not detect(b"Nov 23 09:23:47 mx1 postfix/qmgr[9]: 4E8A1: removed\n" * 9 + named, "syslog")
    assert not detect(b"", "query.log")


def test_the_sample_of_the_docstring_is_recognised():
    sample = (bind_query_log.__doc__ or "").split("Sample::")[1].splitlines()[2].strip().encode()

    assert detect(sample, "x")
    assert isinstance(parse_line(sample), QueryLine)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lines=st.lists(st.sampled_from([MODERN, MODERN.replace(b"\n", b"\r\n"), b"\n", b"zone x: loaded\n"]), max_size=8),
    at=st.integers(0, 1200), size=st.integers(0, 3), new=st.binary(max_size=3),
)  # fmt: skip
def test_every_byte_of_a_damaged_log_has_a_fate(reading, lines, at, size, new):
    content = b"".join(lines)

    read = reading("bind_query_log", content[:at] + new + content[at + size :], time_zone=UTC)

    unread = sum(read.tally.unread_records.values())
    assert len(read.rows) + sum(read.tally.ignored_records.values()) + unread == read.tally.records
