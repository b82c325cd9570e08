from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats._date_order import UNDECIDED
from forensics.formats._log_times import NO_ZONE
from forensics.formats._windows_dns_line import Packet, name, parse_packet
from forensics.formats.lines import Unreadable
from forensics.formats.windows_dns_log import BY_SEQUENCE, NO_QUERIES, UNKNOWN_FORM, detect

HEADER = (
    b"DNS Server log file creation at 11/23/2026 9:20:00 AM\r\n"
    b"Log file wrap at 11/23/2026 9:20:00 AM\r\n\r\n"
    b"Message logging key (for packets - other items use a subset of these fields):\r\n"
    b"\tField #  Information         Values\r\n"
    b"\t-------  -----------         ------\r\n"
    b"\t   1     Date\r\n\r\n"
)
ASKED = b"UDP Rcv 192.0.2.7       5b47   Q [0001   D   NOERROR] MX     (4)Mail(7)example(0)\r\n"
TOLD = b"UDP Snd 192.0.2.7       5b47 R Q [8385 A DR NXDOMAIN] MX     (4)Mail(7)example(0)\r\n"
FORWARDED = b"UDP Snd 192.0.2.53      01aa   Q [0001   D   NOERROR] MX     (4)Mail(7)example(0)\r\n"
BACK = b"TCP Rcv 192.0.2.53      01aa R Q [8281 T DR SERVFAIL] MX     (4)Mail(7)example(0)\r\n"
PACKET = b" 0E70 PACKET  00000000033397A0 "
AT = b"11/23/2026 9:21:33 AM" + PACKET
EVENT = b"11/23/2026 9:20:01 AM 0E70 EVENT   The DNS server has started.\r\n"
TS = 1795425693_000000000
DETAILS = (
    b"UDP response info at 00000000033397A0\r\n"
    b"  Socket = 696\r\n"
    b"  Remote addr 192.0.2.7, port 57613\r\n"
    b"  Time Query=4199, Queued=0, Expire=0\r\n"
    b"  Message:\r\n"
    b"    XID       0x5b47\r\n"
    b"    Flags     0x8580\r\n"
    b"      RCODE     0 (NOERROR)\r\n"
    b"    QCOUNT    1\r\n"
    b"    ACOUNT    2\r\n"
    b"    QUESTION SECTION:\r\n"
    b"    Offset = 0x000c, RR count = 0\r\n"
    b'    Name      "(2)mx(7)example(0)"\r\n'
    b"      QTYPE   A (1)\r\n"
    b"      QCLASS  1\r\n"
    b"    ANSWER SECTION:\r\n"
    b"    Offset = 0x0027, RR count = 0\r\n"
    b'    Name      "[C00C](2)mx(7)example(0)"\r\n'
    b"      TYPE   CNAME  (5)\r\n"
    b"      CLASS  1\r\n"
    b"      TTL    300\r\n"
    b"      DLEN   4\r\n"
    b"      DATA   (1)a[C00F](7)example(0)\r\n"
    b"    Offset = 0x0047, RR count = 1\r\n"
    b'    Name      "(1)a[C00F](7)example(0)"\r\n'
    b"      TYPE   A  (1)\r\n"
    b"      CLASS  1\r\n"
    b"      TTL    60\r\n"
    b"      DLEN   4\r\n"
    b"      DATA   192.0.2.25\r\n"
    b"    AUTHORITY SECTION:\r\n"
    b"      empty\r\n"
    b"    ADDITIONAL SECTION:\r\n"
    b'    Name      "(0)"\r\n'
    b"      TYPE   OPT  (41)\r\n"
    b"      DATA   \r\n"
    b"\r\n"
)


def test_a_packet_that_came_with_a_question_becomes_a_query(reading):
    read = reading("windows_dns_log", HEADER + AT + ASKED, time_zone=UTC)

    (row,) = read.rows
    assert (row.ts, row.client_ip, row.client_port, row.role) == (TS, "192.0.2.7", None, "client")
    assert (row.qname, row.qtype, row.qclass, row.msg_id) == ("mail.example", "MX", None, 0x5B47)
    assert (row.transport, row.recursion_desired, row.server_ip, row.edns) == ("udp", True, None, None)
    assert (row.record_no, row.offset, row.length) == (1, len(HEADER), len(AT + ASKED))
    assert read.tally.problems == []


def test_the_four_ways_of_a_packet_are_told_apart(reading):
    read = reading("windows_dns_log", b"\r\n".join(AT + line for line in (ASKED, FORWARDED, BACK, TOLD)), time_zone=UTC)

    assert [(row.role, row.client_ip, row.server_ip) for row in read.of("dns_query")] == [
        ("client", "192.0.2.7", None), ("resolver", None, "192.0.2.53"),
    ]  # fmt: skip
    assert [
        (row.role, row.client_ip, row.server_ip, row.rcode, row.authoritative, row.truncated, row.transport)
        for row in read.of("dns_response")
    ] == [
        ("resolver", None, "192.0.2.53", "SERVFAIL", False, False, "tcp"),
        ("client", "192.0.2.7", None, "NXDOMAIN", True, False, "udp"),
    ]


def test_mostly_recursive_questions_mean_a_resolver(reading):
    iterative = ASKED.replace(b"0001   D  ", b"0000      ")

    assert reading("windows_dns_log", AT + ASKED, time_zone=UTC).tally.vantage == "recursive_dns"
    assert reading("windows_dns_log", AT + iterative, time_zone=UTC).tally.vantage == "authoritative_dns"
    assert reading("windows_dns_log", AT + FORWARDED, time_zone=UTC).tally.vantage is None


def test_a_log_without_questions_of_clients_says_that_they_may_not_have_been_logged(reading):
    tally = reading("windows_dns_log", AT + FORWARDED + AT + TOLD, time_zone=UTC).tally

    assert (tally.problems, tally.fills) == ([NO_QUERIES], {"dns_response", "dns_record"})
    assert reading("windows_dns_log", AT + ASKED, time_zone=UTC).tally.fills == set()


def test_the_details_of_a_packet_belong_to_its_record(reading):
    told = TOLD.replace(b"8385 A DR NXDOMAIN", b"8081   DR  NOERROR")

    read = reading("windows_dns_log", AT + told + DETAILS + AT + ASKED, time_zone=UTC)
    (response,) = read.of("dns_response")
    assert (response.client_port, response.qclass, response.answer_count) == (57613, "IN", 2)
    assert (response.offset, response.length) == (0, len(AT + told + DETAILS) - 2)
    assert [(row.owner, row.rtype, row.ttl_s, row.rdata, row.section) for row in read.of("dns_record")] == [
        ("mx.example", "CNAME", 300, "a.example.", "answer"), ("a.example", "A", 60, "192.0.2.25", "answer"),
    ]  # fmt: skip
    assert (read.of("dns_query")[0].record_no, read.tally.records) == (2, 2)


def test_a_question_with_an_opt_record_has_edns(reading):
    read = reading("windows_dns_log", AT + ASKED + DETAILS, time_zone=UTC)

    (query,) = read.rows
    assert (query.edns, query.client_port) == (True, 57613)


def test_details_after_a_blank_line_are_still_the_packets(reading):
    read = reading("windows_dns_log", AT + ASKED + b"\r\n" + DETAILS + b"\r\n" + AT + TOLD, time_zone=UTC)

    assert [row.length for row in read.rows] == [len(AT + ASKED + DETAILS), len(AT + TOLD)]


@pytest.mark.parametrize(
    ("stamp", "ts"),
    [
        (b"11/23/2026 9:21:33 AM", TS),
        (b"11/23/2026 9:21:33 PM", TS + 12 * 3600 * 10**9),
        (b"11/23/2026 12:21:33 AM", TS - 9 * 3600 * 10**9),
        (b"23/11/2026 09:21:33", TS),
        (b"23/11/2026 9:21:33 a.m.", TS),
        (b"23.11.2026 09:21:33", TS),
        (b"23.11.2026 09.21.33", TS),
        (b"23-11-2026 9:21:33", TS),
        (b"2026/11/23 9:21:33", TS),
        (b"2026-11-23 09:21:33", TS),
        (b"2026. 11. 23. 9:21:33", TS),
        (b"20261123 09:21:33", TS),
    ],
)
def test_the_time_is_read_as_the_locale_writes_it(reading, stamp, ts):
    read = reading("windows_dns_log", stamp + PACKET + ASKED, time_zone=UTC)

    assert ([row.ts for row in read.rows], read.tally.problems) == ([ts], [])


def test_local_time_needs_a_zone(reading):
    read = reading("windows_dns_log", AT + ASKED)
    assert ([row.ts for row in read.rows], read.tally.problems) == ([None], [NO_ZONE])

    read = reading("windows_dns_log", AT + ASKED, time_zone=ZoneInfo("America/New_York"))
    assert [row.ts for row in read.rows] == [TS + 5 * 3600 * 10**9]


def days(*dates: str) -> bytes:
    return b"".join(f"{date}/2026 09:21:33".encode() + PACKET + ASKED for date in dates)


def month_and_day(read) -> list[tuple[int, int] | None]:
    from datetime import datetime

    moments = [None if row.ts is None else datetime.fromtimestamp(row.ts // 10**9, UTC) for row in read.rows]
    return [moment and (moment.month, moment.day) for moment in moments]


@pytest.mark.parametrize(
    ("dates", "expected", "problems"),
    [
        (("3/4", "23/4"), [(4, 3), (4, 23)], []),
        (("3/4", "4/23"), [(3, 4), (4, 23)], []),
        (("5/5",), [(5, 5)], []),
        (("3/4", "4/4"), [None, (4, 4)], [UNDECIDED]),
        (("12/9", "1/10"), [(9, 12), (10, 1)], [BY_SEQUENCE.format("day, month")]),
        (("9/12", "10/1"), [(9, 12), (10, 1)], [BY_SEQUENCE.format("month, day")]),
        (("3/4", "3/4", "2/4"), [None, None, None], [UNDECIDED]),
        (("12/1", "11/12"), [None, None], [UNDECIDED]),
        (("3/4", "13/4", "4/13"), [None, (4, 13), (4, 13)], [UNDECIDED]),
        (("13/13",), [None], []),
    ],
)
def test_the_order_of_a_date_is_taken_from_the_log_or_left_open(reading, dates, expected, problems):
    read = reading("windows_dns_log", days(*dates), time_zone=UTC)

    assert month_and_day(read) == expected
    assert [text for text in read.tally.problems if "64-bit" not in text] == problems


@pytest.mark.parametrize(("order", "expected"), [("day_month", (4, 3)), ("month_day", (3, 4))])
def test_the_examiner_may_declare_the_order(reading, order, expected):
    read = reading("windows_dns_log", days("3/4"), time_zone=UTC, date_order=order)

    assert (month_and_day(read), read.tally.problems) == ([expected], [])


def test_the_log_stands_above_what_was_declared(reading):
    assert month_and_day(reading("windows_dns_log", days("3/4", "23/4"), time_zone=UTC, date_order="month_day")) == [
        (4, 3), (4, 23),
    ]  # fmt: skip


def test_the_order_is_found_past_the_first_part_of_a_log(reading, monkeypatch):
    monkeypatch.setattr("forensics.formats.windows_dns_log._ORDER_BYTES", 100)

    assert month_and_day(reading("windows_dns_log", days("3/4", "3/4", "3/4", "23/4"), time_zone=UTC))[0] == (4, 3)


def test_a_time_in_no_known_form_leaves_the_packet_without_one(reading):
    read = reading("windows_dns_log", b"23.11.26 klo 9.21.33" + PACKET + ASKED, time_zone=UTC)

    assert ([row.ts for row in read.rows], read.tally.problems) == ([None], [UNKNOWN_FORM])
    assert [row.qname for row in read.rows] == ["mail.example"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_log_that_was_saved_with_a_byte_order_mark_is_read(reading, encoding):
    content = (HEADER + AT + ASKED + AT + TOLD).decode().encode(encoding)

    read = reading("windows_dns_log", content, time_zone=UTC)
    assert [(row.ts, row.qname) for row in read.rows] == [(TS, "mail.example")] * 2
    assert detect(content, "dns.log")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(0)", "."),
        ("(3)WWW(7)example(0) ", "www.example"),
        ("(5)_ldap(4)_tcp(7)example(0)", "_ldap._tcp.example"),
        ("(3)a.b(7)example(0)", r"a\.b.example"),
        ("(5)a(1)b(7)example(0)", "a(1)b.example"),
        ("(2)\xc3\xa4(7)example(0)", r"\195\164.example"),
        ("[C014](2)mx(7)example(0)", "mx.example"),
        ("(4)www(7)example(0)", None),
        ("(3)www(7)example", None),
        ("(3)www(7)example(0)x", None),
        ("(3)www7)example(0)", None),
        ("(64)" + "a" * 64 + "(0)", None),
        ("(63)" + "(63)".join(["a" * 63] * 4) + "(0)", None),
        ("(9)a\\001(0)", None),
        ("www.example", None),
    ],
)
def test_a_name_is_read_by_the_lengths_that_it_gives(text, expected):
    assert name(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("UDP Rcv 192.0.2.7 80fd   Q [0001   D   NOERROR] A     (2)mx(7)example(0)", ("A", "mx.example")),
        ("  UDP Rcv 2001:DB8::7 80fd   Q [0001   D   NOERROR] ALL     (0)", ("ANY", ".")),
        ("019B99F0 UDP Rcv 192.0.2.7 80fd   Q [0001   D   NOERROR] 65  (2)mx(7)example(0)", ("HTTPS", "mx.example")),
        (
            "019B99F0 UDP Rcv 192.0.2.7 80fd   Q [0001   D   NOERROR] 65280 (2)mx(7)example(0)",
            ("TYPE65280", "mx.example"),
        ),
        ("019B99F0 UDP Rcv 192.0.2.7 80fd   Q [0001   D   NOERROR] (2)mx(7)example(0)", (None, "mx.example")),
        ("019B99F0 UDP Snd 192.0.2.7 80fd R Q [0180       FORMERR] ", (None, None)),
    ],
)
def test_packets_of_every_version_are_read(line, expected):
    parsed = parse_packet(line)

    assert isinstance(parsed, Packet)
    assert (parsed.qtype, parsed.qname) == expected


@pytest.mark.parametrize(
    "line",
    [
        "UDP Rcv 192.0.2.700 80fd   Q [0001   D   NOERROR] A     (2)mx(7)example(0)",
        "UDP Rcv 192.0.2.7 80fd   Q [0001   D   NOERROR] A     (3)mx(7)example(0)",
        "UDP Rcv 192.0.2.7 80fd   X [0001   D   NOERROR] A     (2)mx(7)example(0)",
        "UDP Rcv 192.0.2.7 80fd   Q [001   D   NOERROR] A     (2)mx(7)example(0)",
        "UDP Got 192.0.2.7 80fd   Q [0001   D   NOERROR] A     (2)mx(7)example(0)",
        "",
    ],
)
def test_damaged_packets_are_unreadable_and_not_half_read(line):
    assert isinstance(parse_packet(line), Unreadable)


def test_what_is_no_question_is_ignored_and_counted(reading):
    update = b"UDP Rcv 192.0.2.9       7822   U [0028       NOERROR] SOA    (7)example(0)\r\n"

    read = reading(
        "windows_dns_log", HEADER + EVENT + b"  more of it\r\n" + AT + update + DETAILS + AT + ASKED, time_zone=UTC
    )
    assert len(read.rows) == 1
    assert read.tally.ignored_records == {
        "a line about something other than a packet": 1, "a DNS message that is no query: an update, a notification": 1,
    }  # fmt: skip


def test_lines_that_belong_to_nothing_are_unread(reading):
    read = reading(
        "windows_dns_log", b"  Socket = 1\r\nnoise\r\n" + AT + ASKED + b"noise\r\n  Socket = 1\r\n", time_zone=UTC
    )

    assert read.tally.unread_records == {"a detail without its packet": 2, "no line of the debug log": 2}


def test_only_the_debug_log_is_recognised():
    assert detect(AT + ASKED, "dns.log")
    assert detect(HEADER, "dns.log")
    assert detect(b"cut off\r\n" + b"23.11.2026 09.21.33" + PACKET + ASKED, "x")
    assert not detect(b"11/23/2026 9:21:33 AM 0E70 PACKET of something\r\n", "x")
    assert not detect(b"Nov 23 09:21:33 ns1 named[5]: PACKET\n", "x")
    assert not detect(b"", "dns.log")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    parts=st.lists(
        st.sampled_from([HEADER, EVENT, AT + ASKED, AT + TOLD, DETAILS, b"\r\n", b"noise\n", days("3/4")]), max_size=6
    ),
    at=st.integers(0, 900), size=st.integers(0, 4), new=st.binary(max_size=3), wide=st.booleans(),
)  # fmt: skip
def test_every_byte_of_a_damaged_log_has_a_fate(reading, parts, at, size, new, wide):
    content = b"".join(parts).decode().encode("utf-16") if wide else b"".join(parts)

    read = reading("windows_dns_log", content[:at] + new + content[at + size :], time_zone=UTC)

    told = sum(run.records or 0 for run in read.ledger if run.fate == "record")
    unread = sum(read.tally.unread_records.values())
    assert told + sum(read.tally.ignored_records.values()) + unread == read.tally.records
