"""Flow logs of an Amazon VPC."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats.aws_vpc_flow_log import NO_STATUS, REJECTED_ALONE, detect

START, END = 1795426132, 1795426190
ENI = b"eni-0a1b2c3d4e5f60718"
HEADER = (
    b"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    b"log-status\n"
)
ACCEPTED = b"2 111122223333 " + ENI + b" 198.51.100.18 10.0.0.25 60664 25 6 8 1831 1795426132 1795426190 ACCEPT OK\n"
REJECTED = b"2 111122223333 " + ENI + b" 203.0.113.9 10.0.0.25 41000 25 6 3 180 1795426132 1795426190 REJECT OK\n"
NODATA = b"2 111122223333 " + ENI + b" - - - - - - - 1795426192 1795426250 - NODATA\n"
SKIPDATA = b"2 111122223333 " + ENI + b" - - - - - - - 1795426252 1795426310 - SKIPDATA\n"
ALL_FIELDS = (
    b"version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id "
    b"instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr "
    b"pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status\n"
)


def all_fields(source: str, destination: str, sport: int, dport: int, packets: int, flags: int) -> bytes:
    return (
        f"5 {source} {destination} {sport} {dport} 6 {START} {END} IPv4 {packets} 900 111122223333 vpc-0e subnet-0e "
        f"i-0e {ENI.decode()} eu-west-1 euw1-az1 - - ACCEPT {flags} {source} {destination} - - 8 egress OK\n"
    ).encode()


def test_a_record_of_the_default_format_is_a_flow_of_one_direction(reading):
    for before in (HEADER, b""):
        read = reading("aws_vpc_flow_log", before + ACCEPTED, sampling=1)

        (row,) = read.rows
        assert (row.ts, row.last_ts) == (START * 10**9, END * 10**9)
        assert (row.src_ip, row.src_port, row.dst_ip, row.dst_port) == ("198.51.100.18", 60664, "10.0.0.25", 25)
        assert (row.transport, row.packets, row.octets, row.sampling) == ("tcp", 8, 1831, 1)
        assert (row.tcp_flags, row.reply_packets, row.reply_octets, row.rejected) == (None, None, None, False)
        assert (row.record_no, row.offset, row.length) == (2 if before else 1, len(before), len(ACCEPTED))
        assert read.tally.problems == []
        assert not read.tally.leaves_out


def test_a_rejected_record_is_told_from_an_accepted_one(reading):
    read = reading("aws_vpc_flow_log", ACCEPTED + REJECTED)

    assert [(row.src_ip, row.rejected) for row in read.rows] == [("198.51.100.18", False), ("203.0.113.9", True)]
    assert not read.tally.leaves_out


def test_a_log_of_rejected_traffic_alone_says_nothing_of_what_was_let_through(reading):
    read = reading("aws_vpc_flow_log", HEADER + REJECTED)

    assert [row.rejected for row in read.rows] == [True]
    assert read.tally.problems == [REJECTED_ALONE]
    assert read.tally.leaves_out


def test_an_interval_without_traffic_is_silence_and_a_skipped_one_is_a_blind_spot(reading):
    silent = reading("aws_vpc_flow_log", ACCEPTED + NODATA)
    assert silent.tally.ignored_records == {"NODATA: the interface had no traffic in the interval": 1}
    assert (silent.tally.problems, silent.tally.unseen_records, silent.tally.leaves_out) == ([], 0, False)

    later = SKIPDATA.replace(b"1795426252 1795426310", b"1795426312 1795426370")
    blind = reading("aws_vpc_flow_log", ACCEPTED + later + SKIPDATA)
    assert blind.tally.ignored_records == {"SKIPDATA: flows of the interval were not recorded": 2}
    assert blind.tally.problems == [
        "SKIPDATA: flows of 2 interval(s) were not recorded, between 2026-11-23T09:30:52Z and 2026-11-23T09:32:50Z: "
        "what passed then is not known."
    ]
    assert blind.tally.unseen_records == 2
    assert len(blind.rows) == 1


def test_the_fields_are_those_that_the_header_names(reading):
    lines = (
        all_fields("198.51.100.18", "10.0.0.25", 60664, 25, 8, 3),
        all_fields("10.0.0.25", "198.51.100.18", 25, 60664, 7, 19),
    )
    read = reading("aws_vpc_flow_log", ALL_FIELDS + b"".join(lines))

    assert [(row.src_ip, row.dst_port, row.tcp_flags, row.packets, row.octets) for row in read.rows] == [
        ("198.51.100.18", 25, "SF", 8, 900), ("10.0.0.25", 60664, "ASF", 7, 900),
    ]  # fmt: skip
    assert read.tally.unread_records == {}


def test_a_second_header_names_the_fields_of_the_lines_after_it(reading):
    content = (
        HEADER + ACCEPTED + ALL_FIELDS + all_fields("198.51.100.19", "10.0.0.25", 60665, 25, 8, 0) + HEADER + REJECTED
    )
    read = reading("aws_vpc_flow_log", content)

    assert [row.src_ip for row in read.rows] == ["198.51.100.18", "198.51.100.19", "203.0.113.9"]
    assert [row.tcp_flags for row in read.rows] == [None, None, None]
    assert read.tally.ignored_records == {"the header of a flow log": 3}


def test_the_addresses_of_the_packet_stand_above_those_of_an_interface_on_the_way(reading):
    content = (
        b"interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr\n"
        b"eni-0a 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5\n"
        b"eni-0a 10.0.0.220 10.0.1.5 203.0.113.5 -\n"
    )
    rows = reading("aws_vpc_flow_log", content).rows

    assert [(row.src_ip, row.dst_ip) for row in rows] == [("10.0.1.5", "203.0.113.5"), ("203.0.113.5", "10.0.1.5")]
    assert [(row.ts, row.transport, row.packets, row.rejected) for row in rows] == [(None, None, None, None)] * 2


def test_icmp_has_no_ports_and_ipv6_is_written_as_everywhere(reading):
    content = (
        b"2 111122223333 eni-0a 2001:DB8:0::7 2001:db8::25 34892 25 6 54 8855 1795426132 1795426190 ACCEPT OK\n"
        b"2 111122223333 eni-0a 203.0.113.12 10.0.0.25 0 0 1 4 336 1795426132 1795426190 ACCEPT OK\n"
    )
    first, second = reading("aws_vpc_flow_log", content).rows

    assert (first.src_ip, first.dst_ip, first.dst_port) == ("2001:db8::7", "2001:db8::25", 25)
    assert (second.transport, second.src_port, second.dst_port) == ("icmp", None, None)


def test_lines_of_an_export_from_cloudwatch_are_read_too(reading):
    stamped = b"2026-11-23T09:28:52.000Z " + ACCEPTED
    wrapped = json.dumps({"id": "3", "timestamp": START * 1000, "message": REJECTED.decode().strip()}).encode() + b"\n"
    read = reading("aws_vpc_flow_log", stamped + wrapped)

    assert [(row.src_ip, row.rejected, row.offset) for row in read.rows] == [
        ("198.51.100.18", False, 0), ("203.0.113.9", True, len(stamped)),
    ]  # fmt: skip
    assert detect(stamped, "000000")
    assert detect(wrapped, "events.json")


def test_a_line_without_a_flow_and_without_status_may_be_a_blind_spot(reading):
    content = (
        b"interface-id srcaddr dstaddr srcport dstport protocol packets start end\n"
        b"eni-0a 198.51.100.18 10.0.0.25 60664 25 6 8 1795426132 1795426190\n"
        b"eni-0a - - - - - - 1795426192 1795426250\n"
    )
    read = reading("aws_vpc_flow_log", content)

    assert [row.rejected for row in read.rows] == [None]
    assert (read.tally.problems, read.tally.unseen_records) == ([NO_STATUS], 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2 111122223333\n", "other than as many fields as the format has"),
        (ACCEPTED.replace(b" OK", b" OK more"), "other than as many fields as the format has"),
        (ACCEPTED.replace(b"198.51.100.18", b"198.51.100"), "an address that is none"),
        (ACCEPTED.replace(b"198.51.100.18", b"-"), "an address that is none"),
        (ACCEPTED.replace(b" 8 1831", b" x 1831"), "a value that does not fit its field"),
        (ACCEPTED.replace(b" 8 1831", b" -8 1831"), "a value that does not fit its field"),
        (ACCEPTED.replace(b" 8 1831", b" 99999999999999999999 1831"), "a value that does not fit its field"),
        (ACCEPTED.replace(b"ACCEPT", b"MAYBE"), "a value that does not fit its field"),
        (ACCEPTED.replace(b"1795426132", b"soon"), "a time that is no number of seconds since 1970"),
        (ACCEPTED.replace(b"1795426132", b"1795426132000"), "a time that is no number of seconds since 1970"),
        (ACCEPTED.replace(b" OK", b" LOST"), "a log-status that is none"),
        (b"\xff\xfe\x00 \x1b[2J\n", "other than as many fields as the format has"),
        (b'{"message":"2 1"}\n', "other than as many fields as the format has"),
        (b'{"message":' + b"[" * 4000 + b"\n", "other than as many fields as the format has"),
    ],
)
def test_a_line_that_is_no_record_is_unread(reading, line, reason):
    read = reading("aws_vpc_flow_log", ACCEPTED + line)

    assert read.tally.unread_records == {reason: 1}
    assert len(read.rows) == 1


def test_a_custom_format_without_its_header_is_not_guessed(reading):
    line = b"3 eni-0a 198.51.100.18 10.0.0.25 60664 25 6 ACCEPT OK\n"
    read = reading("aws_vpc_flow_log", line)

    assert read.tally.unread_records == {
        "a line before a header that names its fields, and not of the default format": 1
    }
    assert not detect(line, "flow.log")


def test_a_port_or_flag_out_of_range_is_unknown(reading):
    content = ALL_FIELDS + all_fields("198.51.100.18", "10.0.0.25", 70000, 25, 8, 900)
    (row,) = reading("aws_vpc_flow_log", content).rows

    assert (row.src_port, row.dst_port, row.tcp_flags) == (None, 25, None)


def test_detection_needs_a_header_or_the_default_format():
    assert recognise(HEADER + ACCEPTED, "flow.log").NAME == "aws_vpc_flow_log"
    assert recognise(NODATA, "flow.log").NAME == "aws_vpc_flow_log"
    assert recognise(b"\xef\xbb\xbf\n" + ALL_FIELDS, "flow.log").NAME == "aws_vpc_flow_log"
    assert not detect(b"srcaddr dstaddr\n", "flow.log")
    assert not detect(b"srcaddr dstaddr srcaddr\n", "flow.log")
    assert not detect(b"the srcaddr, dstaddr and others\n", "text")
    assert not detect(b"", "empty")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.integers(0, 420), st.integers(0, 420), st.binary(max_size=6))
def test_a_damaged_log_is_accounted_for(reading, start, end, insert):
    content = HEADER + ACCEPTED + NODATA + SKIPDATA + REJECTED
    read = reading("aws_vpc_flow_log", content[:start] + insert + content[end:])
    ignored, unread = sum(read.tally.ignored_records.values()), sum(read.tally.unread_records.values())

    assert len(read.rows) + ignored + unread == read.tally.records
