"""Flow records of ipfixprobe as CSV of UniRec."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats.ipfixprobe_csv import SMTP_COLUMNS, detect

HEADER = (
    b"ipaddr DST_IP,ipaddr SRC_IP,uint64 BYTES,uint64 BYTES_REV,uint64 LINK_BIT_FIELD,time TIME_FIRST,time TIME_LAST,"
    b"macaddr DST_MAC,macaddr SRC_MAC,uint32 PACKETS,uint32 PACKETS_REV,uint16 DST_PORT,uint16 SRC_PORT,"
    b"uint8 DIR_BIT_FIELD,uint8 PROTOCOL,uint8 TCP_FLAGS,uint8 TCP_FLAGS_REV\n"
)
FLOW = (
    b"203.0.113.10,198.51.100.18,21673,1546,0,2026-11-23T09:28:52.298046,2026-11-23T09:28:59.106759,"
    b"02:00:00:00:00:01,02:00:00:00:00:02,28,25,25,60664,0,6,27,26\n"
)
SMTP_HEADER = HEADER.replace(b"\n", b",uint32 SMTP_MAIL_CMD_COUNT,string SMTP_FIRST_SENDER,uint16* TLS_EXT_LEN\n")


def test_a_record_shows_both_directions(reading):
    read = reading("ipfixprobe_csv", HEADER + FLOW, sampling=1)

    (row,) = read.rows
    assert (row.ts, row.last_ts) == (1795426132298046000, 1795426139106759000)
    assert (row.src_ip, row.src_port, row.dst_ip, row.dst_port) == ("198.51.100.18", 60664, "203.0.113.10", 25)
    assert (row.transport, row.tcp_flags, row.packets, row.octets) == ("tcp", "APSF", 28, 21673)
    assert (row.reply_packets, row.reply_octets, row.sampling, row.rejected) == (25, 1546, 1, None)
    assert (row.record_no, row.offset, row.length) == (2, len(HEADER), len(FLOW))
    assert read.tally.ignored_records == {"the header of UniRec columns": 1}
    assert read.tally.problems == []


def test_the_columns_are_those_that_the_header_names(reading):
    content = (
        b"time TIME_FIRST,uint8 PROTOCOL,ipaddr SRC_IP,ipaddr DST_IP,uint16 DST_PORT\n"
        b"2026-11-23T09:28:52.298,17,2001:DB8:0::7,2001:db8::35,53\n"
    )
    (row,) = reading("ipfixprobe_csv", content).rows

    assert (row.ts, row.last_ts, row.transport, row.src_ip) == (1795426132298000000, None, "udp", "2001:db8::7")
    assert (row.src_port, row.dst_port, row.packets, row.octets, row.reply_packets) == (None, 53, None, None, None)


def test_no_reply_is_zero_packets_back(reading):
    (row,) = reading("ipfixprobe_csv", HEADER + FLOW.replace(b",1546,", b",0,").replace(b",28,25,", b",3,0,")).rows

    assert (row.packets, row.reply_packets, row.reply_octets) == (3, 0, 0)


def test_icmp_has_no_ports_and_udp_no_flags(reading):
    icmp, udp = FLOW.replace(b",0,6,27,26", b",0,1,0,0"), FLOW.replace(b",0,6,27,26", b",0,17,27,0")
    first, second = reading("ipfixprobe_csv", HEADER + icmp + udp).rows

    assert (first.transport, first.src_port, first.dst_port, first.tcp_flags) == ("icmp", None, None, None)
    assert (second.transport, second.dst_port, second.tcp_flags) == ("udp", 25, None)


def test_text_in_quotes_may_hold_commas_and_what_it_says_of_smtp_is_not_read(reading):
    line = FLOW.replace(b"\n", b',1," <""a, b""@mail.example>",[0|20|5]\n')
    read = reading("ipfixprobe_csv", SMTP_HEADER + line)

    assert [row.dst_port for row in read.rows] == [25]
    assert read.tally.problems == [SMTP_COLUMNS]
    assert read.tally.unread_records == {}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2,3\n", "other than as many fields as the header names"),
        (FLOW.replace(b"02:00:00:00:00:01", b'"open'), "other than as many fields as the header names"),
        (FLOW.replace(b"198.51.100.18", b"198.51.100"), "an address that is none"),
        (FLOW.replace(b",28,", b",x,"), "a number that is none"),
        (FLOW.replace(b",0,6,27", b",0,600,27"), "a number that is none"),
        (FLOW.replace(b",0,6,27", b",0,tcp,27"), "a number that is none"),
        (b"\xff\x1b[2J\n", "other than as many fields as the header names"),
    ],
)
def test_a_record_that_is_none_is_unread(reading, line, reason):
    read = reading("ipfixprobe_csv", HEADER + line + FLOW)

    assert read.tally.unread_records == {reason: 1}
    assert len(read.rows) == 1


def test_a_time_that_is_none_and_a_port_out_of_range_are_unknown(reading):
    line = FLOW.replace(b"2026-11-23T09:28:52.298046", b"then").replace(b"60664", b"99999")
    (row,) = reading("ipfixprobe_csv", HEADER + line).rows

    assert (row.ts, row.src_port, row.dst_port) == (None, None, 25)


def test_a_record_before_the_header_is_unread(reading):
    read = reading("ipfixprobe_csv", FLOW + HEADER + FLOW)

    assert read.tally.unread_records == {"a line before the header that names the columns": 1}
    assert len(read.rows) == 1


def test_detection_needs_types_and_the_columns_of_a_flow():
    assert recognise(HEADER + FLOW, "flows.csv").NAME == "ipfixprobe_csv"
    assert detect(b"\xef\xbb\xbf" + SMTP_HEADER, "flows.csv")
    assert not detect(b"DST_IP,SRC_IP,TIME_FIRST,PROTOCOL\n", "flows.csv")
    assert not detect(b"ipaddr DST_IP,ipaddr SRC_IP,uint64 COUNT\n", "counts.csv")
    assert not detect(b"", "empty")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.integers(0, 600), st.integers(0, 600), st.binary(max_size=6))
def test_a_damaged_file_is_accounted_for(reading, start, end, insert):
    content = HEADER + FLOW + FLOW
    read = reading("ipfixprobe_csv", content[:start] + insert + content[end:])
    ignored, unread = sum(read.tally.ignored_records.values()), sum(read.tally.unread_records.values())

    assert len(read.rows) + ignored + unread == read.tally.records
