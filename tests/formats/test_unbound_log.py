from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import unbound_log
from forensics.formats._log_times import NO_YEAR, NO_ZONE
from forensics.formats.lines import Ignored, Unreadable
from forensics.formats.unbound_log import NO_QUERIES, QueryLine, detect, parse_line

QUERY = b"[1795425693] unbound[25:0] info: 192.0.2.7 Mx.Example. MX IN\n"
REPLY = b"[1795425693] unbound[25:0] info: 192.0.2.7 mx.example. MX IN NOERROR 0.000945 0 54\n"
START = b"[1795425688] unbound[25:0] info: start of service (unbound 1.17.1).\n"


def test_a_question_becomes_a_query(reading):
    read = reading("unbound_log", START + QUERY)

    (row,) = read.of("dns_query")
    assert (row.ts, row.client_ip, row.role) == (1795425693000000000, "192.0.2.7", "client")
    assert (row.qname, row.qtype, row.qclass) == ("mx.example", "MX", "IN")
    assert (row.client_port, row.server_ip, row.transport, row.recursion_desired) == (None, None, None, None)
    assert (row.record_no, row.offset, row.length) == (2, len(START), len(QUERY))
    assert read.tally.vantage == "recursive_dns"
    assert read.tally.ignored_records == {"a message of Unbound that is no query or reply": 1}


def test_a_reply_becomes_a_response_with_the_time_it_took(reading):
    read = reading("unbound_log", REPLY)

    (row,) = read.of("dns_response")
    assert (row.rcode, row.rtt_ms, row.qname, row.client_ip) == ("NOERROR", 0.945, "mx.example", "192.0.2.7")
    assert read.of("dns_query") == []


def test_a_reply_may_name_where_it_was_asked(reading):
    line = REPLY.replace(b" 54\n", b" 54 on udp 2001:DB8::53 53\n")

    (row,) = reading("unbound_log", line).of("dns_response")
    assert (row.transport, row.server_ip, row.server_port) == ("udp", "2001:db8::53", 53)


def test_a_question_that_was_not_understood_has_no_name(reading):
    (row,) = reading("unbound_log", b"[1795425693] unbound[25:0] reply: 192.0.2.7 - - - FORMERR - - - \n").rows

    assert (row.rcode, row.qname, row.qtype, row.rtt_ms) == ("FORMERR", None, None, None)


@pytest.mark.parametrize(
    ("prefix", "ts"),
    [
        (b"[1795425693] unbound[25:0] info: ", 1795425693000000000),
        (b"[1795425693] unbound[25:0] query: ", 1795425693000000000),
        (b"[1795425693.125] unbound[25:3] query: ", 1795425693125000000),
        (b"[1795425693] resolver-2[25:7f3a] info: ", 1795425693000000000),
        (b"Nov 23 09:21:33 unbound[25:0] info: ", 1795425693000000000),
        (b"2026-11-23T09:21:33.125+00:00 unbound[25:0] info: ", 1795425693125000000),
        (b"2026-11-23T10:21:33.125+01:00 unbound[25:0] query: ", 1795425693125000000),
        (b"Nov 23 09:21:33 ns1 unbound[25]: [25:0] info: ", 1795425693000000000),
        (b"2026-11-23T09:21:33.125000+00:00 ns1 unbound[25]: [25:1] query: ", 1795425693125000000),
        (b"<30>1 2026-11-23T09:21:33Z ns1 unbound 25 - - [25:0] info: ", 1795425693000000000),
    ],
)
def test_the_time_is_read_from_every_prefix(reading, prefix, ts):
    read = reading("unbound_log", prefix + b"192.0.2.7 a.example. A IN\n", time_zone=UTC, year=2026)

    assert [(row.ts, row.qname) for row in read.of("dns_query")] == [(ts, "a.example")]
    assert read.tally.problems == []


def test_ascii_times_need_zone_and_year(reading):
    line = b"Nov 23 09:21:33 unbound[25:0] info: 192.0.2.7 a.example. A IN\n"

    read = reading("unbound_log", line)
    assert ([row.ts for row in read.rows], read.tally.problems) == ([None], [NO_ZONE, NO_YEAR])
    read = reading("unbound_log", line, time_zone=ZoneInfo("Asia/Tokyo"), year=2026)
    assert [row.ts for row in read.rows] == [1795393293000000000]


def test_seconds_that_no_clock_reaches_are_no_time(reading):
    read = reading("unbound_log", b"[9999999999] unbound[25:0] info: 192.0.2.7 a.example. A IN\n")

    assert [row.ts for row in read.rows] == [None]


def test_a_log_without_queries_says_that_they_may_not_have_been_logged(reading):
    read = reading("unbound_log", START)

    assert (read.rows, read.tally.problems) == ([], [NO_QUERIES])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"192.0.2.7 . NS IN", "."),
        (b"2001:db8::7 a?b?c.example. TYPE65280 CLASS77", "a?b?c.example"),
        (b"fe80::1%eth0 A.EXAMPLE. A IN", "a.example"),
        (b"192.0.2.7 null A IN SERVFAIL 1.500000 0 12", "null"),
    ],
)
def test_names_types_and_addresses_of_every_kind_are_read(message, expected):
    parsed = parse_line(b"[1795425693] unbound[25:0] info: " + message)

    assert isinstance(parsed, QueryLine)
    assert parsed.qname == expected


@pytest.mark.parametrize(
    "line",
    [
        START,
        b"[1795425688] unbound[25:0] notice: init module 0: iterator",
        b"[1795425688] unbound[25:0] info:    0.000128    0.000256 1",
        b"[1795425688] unbound[25:0] info: [25%]=0 median[50%]=0 [75%]=0",
        b"[1795425688] unbound[25:0] info: example. static 192.0.2.7@44254 www.example. A IN",
        b"[1795425688] unbound[25:0] error: SERVFAIL <a.example. A IN>: no server to query",
        b"[1795425688] unbound[25:0] info: resolving a.example. A IN",
        b"Nov 23 09:21:33 ns1 unbound[25]: daemon started",
        b"Nov 23 09:21:33 ns1 sshd[25]: 192.0.2.7 a.example. A IN",
    ],
)
def test_other_messages_are_ignored_with_a_reason(line):
    assert isinstance(parse_line(line.rstrip()), Ignored)


@pytest.mark.parametrize(
    "line",
    [
        b"[1795425693] unbound[25:0] query: 192.0.2.700 a.example. A IN",
        b"[1795425693] unbound[25:0] query: 192.0.2.7 a..example. A IN",
        b"[1795425693] unbound[25:0] info: 192.0.2.7 a.example. A",
        b"[1795425693] unbound[25:0] info: 192.0.2.7 a.example. A IN NOERROR 0.000945",
        b"[1795425693] unbound[25:0] reply: 192.0.2.7 a.example. A IN NOERROR 0.000945 0 54 on udp 192.0.2.1 65536",
        b"[1795425693] unbound[25:0] query: 192.0.2.7 a.\xc3\xa9xample. A IN",
        b"[1795425693 unbound[25:0] info: 192.0.2.7 a.example. A IN",
        b"192.0.2.7 a.example. A IN",
    ],
)
def test_damaged_lines_are_unreadable_and_not_half_read(line):
    assert isinstance(parse_line(line), Unreadable)


def test_a_log_of_other_programs_is_not_claimed():
    framed = b"Nov 23 09:21:33 ns1 unbound[25]: [25:0] info: 192.0.2.7 a.example. A IN\n"

    assert detect(START, "x")
    assert detect(framed, "x")
    assert not detect(b"Nov 23 09:23:47 mx1 postfix/qmgr[9]: 4E8A1: removed\n" * 9 + framed, "syslog")
    assert not detect(b"[1795425693] nsd[25]: info: start\n", "x")
    assert not detect(b"", "unbound.log")


def test_the_sample_of_the_docstring_is_recognised():
    lines = (unbound_log.__doc__ or "").split("Sample::")[1].splitlines()[2:4]
    sample = "\n".join(line.strip() for line in lines).encode()

    assert detect(sample, "x")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lines=st.lists(st.sampled_from([QUERY, REPLY, START, b"\n", QUERY.replace(b"\n", b"\r\n")]), max_size=8),
    at=st.integers(0, 700), size=st.integers(0, 3), new=st.binary(max_size=3),
)  # fmt: skip
def test_every_byte_of_a_damaged_log_has_a_fate(reading, lines, at, size, new):
    content = b"".join(lines)

    read = reading("unbound_log", content[:at] + new + content[at + size :])

    unread = sum(read.tally.unread_records.values())
    assert len(read.rows) + sum(read.tally.ignored_records.values()) + unread == read.tally.records
