from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats._dnsmasq_line import (
    OTHER_MESSAGE,
    OTHER_PROGRAM,
    OWN_QUESTION,
    PASSED_ON,
    Question,
    parse_line,
)  # fmt: skip
from forensics.formats._log_times import NO_TIME, NO_YEAR, NO_ZONE
from forensics.formats.dnsmasq_log import NO_QUERIES, UNNUMBERED, detect
from forensics.formats.lines import Unreadable

AT = b"Nov 23 09:21:33 dnsmasq[871]: "
TS = 1795425693_000000000
PLAIN = (
    AT + b"query[A] Mx.Example from 192.0.2.7\n"
    + AT + b"forwarded Mx.Example to 192.0.2.53\n"
    + AT + b"reply Mx.Example is <CNAME>\n"
    + AT + b"reply a.mx.example is 192.0.2.25\n"
)  # fmt: skip
EXTRA = (
    AT + b"41 192.0.2.7/53124 query[A] mx.example from 192.0.2.7\n"
    + AT + b"42 192.0.2.8/40001 query[MX] nx.example from 192.0.2.8\n"
    + AT + b"41 192.0.2.7/53124 forwarded mx.example to 192.0.2.53\n"
    + AT + b"42 192.0.2.8/40001 forwarded nx.example to 192.0.2.53\n"
    + AT + b"42 192.0.2.8/40001 reply nx.example is NXDOMAIN\n"
    + AT + b"41 192.0.2.7/53124 reply mx.example is 192.0.2.25\n"
    + AT + b"41 192.0.2.7/53124 reply mx.example is 192.0.2.26\n"
)  # fmt: skip


def responses(read):
    return [(row.qname, row.qtype, row.rcode, row.record_no) for row in read.of("dns_response")]


def records(read):
    return [(row.owner, row.rtype, row.rdata) for row in read.of("dns_record")]


def test_a_question_becomes_a_query_and_an_address_a_record(reading):
    read = reading("dnsmasq_log", PLAIN, time_zone=UTC, year=2026)

    (row,) = read.of("dns_query")
    assert (row.ts, row.client_ip, row.client_port, row.role) == (TS, "192.0.2.7", None, "client")
    assert (row.qname, row.qtype, row.qclass, row.transport) == ("mx.example", "A", None, None)
    assert (row.record_no, row.offset, row.length) == (1, 0, 65)
    assert records(read) == [("a.mx.example", "A", "192.0.2.25")]
    assert read.tally.vantage == "recursive_dns"


def test_without_numbers_no_answer_is_paired_with_a_question(reading):
    read = reading("dnsmasq_log", PLAIN, time_zone=UTC, year=2026)

    assert read.of("dns_response") == []
    assert read.tally.problems == [UNNUMBERED]
    assert read.tally.fills == {"dns_query", "dns_record"}


def test_a_numbered_answer_belongs_to_its_question_whatever_stands_between(reading):
    read = reading("dnsmasq_log", EXTRA, time_zone=UTC, year=2026)

    assert responses(read) == [("nx.example", "MX", "NXDOMAIN", 5), ("mx.example", "A", "NOERROR", 6)]
    assert [(row.client_ip, row.client_port) for row in read.of("dns_query")] == [
        ("192.0.2.7", 53124), ("192.0.2.8", 40001),
    ]  # fmt: skip
    assert [(row.client_ip, row.client_port, row.ts) for row in read.of("dns_response")] == [
        ("192.0.2.8", 40001, TS), ("192.0.2.7", 53124, TS),
    ]  # fmt: skip
    assert records(read) == [("mx.example", "A", "192.0.2.25"), ("mx.example", "A", "192.0.2.26")]
    assert read.tally.problems == []


def test_the_protocol_is_read_where_it_is_logged(reading):
    content = EXTRA.replace(b"41 192", b"UDP 41 192").replace(b"42 192", b"TCP 42 192")

    read = reading("dnsmasq_log", content, time_zone=UTC, year=2026)
    assert [(row.qname, row.transport) for row in read.of("dns_query")] == [
        ("mx.example", "udp"), ("nx.example", "tcp"),
    ]  # fmt: skip


def test_a_number_used_again_is_another_question(reading):
    read = reading("dnsmasq_log", EXTRA + EXTRA.replace(b"mx.example", b"other.example"), time_zone=UTC, year=2026)

    assert sorted(responses(read)) == [
        ("mx.example", "A", "NOERROR", 6), ("nx.example", "MX", "NXDOMAIN", 5),
        ("nx.example", "MX", "NXDOMAIN", 12), ("other.example", "A", "NOERROR", 13),
    ]  # fmt: skip


def test_an_answer_whose_question_is_not_in_the_log_is_no_response(reading):
    read = reading("dnsmasq_log", AT + b"41 192.0.2.7/53124 reply mx.example is 192.0.2.25\n", time_zone=UTC, year=2026)

    assert (responses(read), records(read)) == ([], [("mx.example", "A", "192.0.2.25")])


@pytest.mark.parametrize(
    ("lines", "rcode"),
    [
        ([b"cached mx.example is 192.0.2.25"], "NOERROR"),
        ([b"cached-stale mx.example is 192.0.2.25"], "NOERROR"),
        ([b"config mx.example is NODATA-IPv6"], "NOERROR"),
        ([b"reply mx.example is NODATA"], "NOERROR"),
        ([b"reply mx.example is <MX>"], "NOERROR"),
        ([b"/etc/hosts mx.example is 192.0.2.1"], "NOERROR"),
        ([b"DHCP mx.example is 192.0.2.1"], "NOERROR"),
        ([b"gravity blocked mx.example is 0.0.0.0"], "NOERROR"),
        ([b"regex denied mx.example is NXDOMAIN"], "NXDOMAIN"),
        ([b"reply error is REFUSED"], "REFUSED"),
        ([b"reply error is SERVFAIL (EDE: network error)"], "SERVFAIL"),
        ([b"reply error is SERVFAIL (EDE: NSEC(3) missing)"], "SERVFAIL"),
        ([b"reply error is not implemented"], "NOTIMP"),
        ([b"reply error is 9"], "NOTAUTH"),
        ([b"reply error is SERVFAIL", b"reply mx.example is 192.0.2.25 (DNSSEC signed)"], "NOERROR"),
        ([b"reply mx.example is <CNAME>", b"reply gone.example is NXDOMAIN"], "NXDOMAIN"),
        ([b"reply mx.example is 192.0.2.25", b"validation mx.example is BOGUS (EDE: DNSSEC bogus)"], None),
    ],
)
def test_the_code_of_a_response_is_what_its_last_line_shows(reading, lines, rcode):
    content = b"".join(
        AT + b"7 192.0.2.7/53124 " + line + b"\n" for line in [b"query[A] mx.example from 192.0.2.7", *lines]
    )

    read = reading("dnsmasq_log", content, time_zone=UTC, year=2026)
    assert responses(read) == [("mx.example", "A", rcode, 2)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"reply mx.example is 2001:DB8::25", [("mx.example", "AAAA", "2001:db8::25")]),
        (b"cached mx.example is 192.0.2.25", [("mx.example", "A", "192.0.2.25")]),
        (b"reply 192.0.2.25 is Mx.example", [("25.2.0.192.in-addr.arpa", "PTR", "mx.example.")]),
        (b"reply 192.0.2.25 is NXDOMAIN", []),
        (b"cached 192.0.2.25 is NODATA", []),
        (b"reply mx.example is <CNAME>", []),
        (b"reply mx.example is v=spf1 ip4:192.0.2.25 -all", []),
        (b"reply mx.example is of the day is 192.0.2.66", []),
        (b"config mx.example is 192.0.2.25", []),
        (b"/etc/hosts mx.example is 192.0.2.25", []),
        (b"gravity blocked mx.example is 0.0.0.0", []),
        (b"reply .example..x is 192.0.2.25", []),
    ],
)
def test_only_what_the_dns_said_and_the_line_shows_whole_is_a_record(reading, line, expected):
    assert records(reading("dnsmasq_log", AT + line + b"\n", time_zone=UTC, year=2026)) == expected


def test_a_text_that_is_an_address_is_no_address_of_the_name(reading):
    content = EXTRA.replace(b"query[A]", b"query[TXT]")

    read = reading("dnsmasq_log", content, time_zone=UTC, year=2026)
    assert records(read) == []
    assert ("mx.example", "TXT", "NOERROR", 6) in responses(read)


@pytest.mark.parametrize(
    ("prefix", "ts"),
    [
        (b"Nov 23 09:21:33 dnsmasq[871]: ", TS),
        (b"Nov 23 09:21:33 ns1 dnsmasq[871]: ", TS),
        (b"2026-11-23T10:21:33.125000+01:00 ns1 dnsmasq[871]: ", TS + 125_000_000),
        (b"<30>1 2026-11-23T09:21:33Z ns1 dnsmasq 871 - - ", TS),
        (b"Mon Nov 23 09:21:33 2026 daemon.info dnsmasq[871]: ", TS),
        (b"Mon Nov 23 09:21:33 2026 daemon.info dnsmasq[1]: 3 192.0.2.7/5353 ", TS),
    ],
)
def test_the_time_is_read_from_every_frame(reading, prefix, ts):
    read = reading("dnsmasq_log", prefix + b"query[A] a.example from 192.0.2.7\n", time_zone=UTC, year=2026)

    assert [(row.ts, row.qname) for row in read.of("dns_query")] == [(ts, "a.example")]


@pytest.mark.parametrize("prefix", [b"dnsmasq: ", b"dnsmasq[871]: "])
def test_a_log_from_stderr_has_no_times(reading, prefix):
    read = reading("dnsmasq_log", prefix + b"5 192.0.2.7/5353 query[A] a.example from 192.0.2.7\n", time_zone=UTC)

    assert [(row.ts, row.qname) for row in read.rows] == [(None, "a.example")]
    assert read.tally.problems == [NO_TIME]


def test_times_need_zone_and_year(reading):
    read = reading("dnsmasq_log", PLAIN)
    assert [row.ts for row in read.rows] == [None, None]
    assert read.tally.problems == [NO_ZONE, NO_YEAR, UNNUMBERED]

    read = reading("dnsmasq_log", PLAIN, time_zone=ZoneInfo("Asia/Tokyo"), year=2026)
    assert [row.ts for row in read.rows] == [TS - 9 * 3600 * 10**9] * 2


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"query[A] . from 192.0.2.7", (".", "A", "192.0.2.7")),
        (b"query[type=65280] a.example from 2001:DB8::7", ("a.example", "TYPE65280", "2001:db8::7")),
        (b"query[NSAP_PTR] a.example from fe80::1%eth0", ("a.example", "NSAP-PTR", "fe80::1")),
        (b"query[A] Foo bar.example from 192.0.2.7", (r"foo\032bar.example", "A", "192.0.2.7")),
        (b"query[A] x from 192.0.2.9.example from 192.0.2.7", (r"x\032from\032192.0.2.9.example", "A", "192.0.2.7")),
        (b"query[A] <name unprintable> from 192.0.2.7", (None, "A", "192.0.2.7")),
        (b"auth[SOA] example from 192.0.2.7", ("example", "SOA", "192.0.2.7")),
    ],
)
def test_names_types_and_addresses_of_every_kind_are_read(message, expected):
    parsed = parse_line(AT + message)

    assert isinstance(parsed, Question)
    assert (parsed.qname, parsed.qtype, parsed.client_ip) == expected


def test_a_log_of_questions_about_own_zones_is_an_authoritative_servers(reading):
    read = reading("dnsmasq_log", AT + b"auth[MX] example from 192.0.2.7\n", time_zone=UTC, year=2026)

    assert (len(read.of("dns_query")), read.tally.vantage) == (1, "authoritative_dns")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (AT + b"started, version 2.90 cachesize 150", OTHER_MESSAGE),
        (AT + b"read /etc/hosts - 8 names", OTHER_MESSAGE),
        (AT + b"reply is truncated", OTHER_MESSAGE),
        (AT + b"reply error is unheard of", OTHER_MESSAGE),
        (AT + b"validation mx.example is SECURE", OTHER_MESSAGE),
        (AT + b"non-query opcode 4 from 192.0.2.7", OTHER_MESSAGE),
        (AT + b"ipset add blocked 192.0.2.25 mx.example", OTHER_MESSAGE),
        (AT + b"3 192.0.2.7/5353 forwarded query to 192.0.2.53#5353", PASSED_ON),
        (AT + b"3 dnssec-query[DS] example to 192.0.2.53", OWN_QUESTION),
        (b"Nov 23 09:21:33 dnsmasq-dhcp[871]: DHCPACK(eth0) 192.0.2.7 02:00:00:00:00:01 pc", OTHER_MESSAGE),
        (b"Nov 23 09:21:33 ns1 sshd[1]: query[A] a.example from 192.0.2.7", OTHER_PROGRAM),
        (b"Mon Nov 23 09:21:33 2026 daemon.notice netifd: up", OTHER_PROGRAM),
    ],
)
def test_other_lines_are_ignored_with_a_reason(line, expected):
    assert parse_line(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        AT + b"query[A] a.example from 192.0.2.700",
        AT + b"query[A] a..example from 192.0.2.7",
        AT + b"query[A] a.example",
        AT + b"query[type=65536] a.example from 192.0.2.7",
        AT + b"3 192.0.2.700/5353 query[A] a.example from 192.0.2.7",
        AT + b"3 192.0.2.7/65536 reply a.example is 192.0.2.25",
        b"query[A] a.example from 192.0.2.7",
        AT + b"query[A] " + b"a" * 9000 + b" from 192.0.2.7",
    ],
)
def test_damaged_lines_are_unreadable_and_not_half_read(line):
    assert isinstance(parse_line(line), Unreadable)


def test_lines_that_dnsmasq_lost_are_told(reading):
    read = reading("dnsmasq_log", EXTRA + AT + b"overflow: 12 log entries lost\n", time_zone=UTC, year=2026)

    assert read.tally.lost_records == 12


def test_a_log_without_questions_says_that_they_may_not_have_been_logged(reading):
    read = reading("dnsmasq_log", AT + b"started, version 2.90 cachesize 150\n")

    assert (read.rows, read.tally.problems, read.tally.fills) == ([], [NO_QUERIES], {"dns_record"})


def test_the_questions_waited_for_are_bounded(reading, monkeypatch):
    monkeypatch.setattr("forensics.formats.dnsmasq_log.MAX_OPEN", 1)

    read = reading("dnsmasq_log", EXTRA, time_zone=UTC, year=2026)
    assert responses(read) == [("nx.example", "MX", "NXDOMAIN", 5)]
    assert len(records(read)) == 2


def test_a_log_of_other_programs_is_not_claimed():
    framed = b"Nov 23 09:21:33 ns1 dnsmasq[25]: query[A] a.example from 192.0.2.7\n"

    assert detect(PLAIN, "x")
    assert detect(EXTRA, "x")
    assert detect(framed, "x")
    assert not detect(b"Nov 23 09:23:47 mx1 postfix/qmgr[9]: 4E8A1: removed\n" * 9 + framed, "syslog")
    assert not detect(b"", "dnsmasq.log")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lines=st.lists(st.sampled_from([*PLAIN.splitlines(True), *EXTRA.splitlines(True), b"\n"]), max_size=9),
    at=st.integers(0, 700), size=st.integers(0, 3), new=st.binary(max_size=3),
)  # fmt: skip
def test_every_byte_of_a_damaged_log_has_a_fate(reading, lines, at, size, new):
    content = b"".join(lines)

    read = reading("dnsmasq_log", content[:at] + new + content[at + size :], time_zone=UTC, year=2026)

    told = sum(run.records or 0 for run in read.ledger if run.fate == "record")
    unread = sum(read.tally.unread_records.values())
    assert told + sum(read.tally.ignored_records.values()) + unread == read.tally.records
