from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats._log_times import NO_ZONE
from forensics.formats.nfdump_csv import detect

HEADER = b"ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt\n"
FLOW = (
    b"2026-11-23 09:28:52,2026-11-23 09:28:53,0.241,198.51.100.18,203.0.113.10,60664,25,TCP,...AP.SF,0,0,8,1831,0,0\n"
)
SUMMARY = b"Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n1,1831,8,60780,33,228\n"
CASES = Path(__file__).resolve().parents[2] / ".." / "shared" / "cases"


def test_a_record_becomes_a_flow_and_the_summary_does_not(reading):
    read = reading("nfdump_csv", HEADER + FLOW + SUMMARY, time_zone=UTC, sampling=1)

    (row,) = read.rows
    assert (row.ts, row.last_ts) == (1795426132000000000, 1795426133000000000)
    assert (row.src_ip, row.src_port, row.dst_ip, row.dst_port) == ("198.51.100.18", 60664, "203.0.113.10", 25)
    assert (row.transport, row.tcp_flags, row.packets, row.octets) == ("tcp", "APSF", 8, 1831)
    assert (row.reply_packets, row.reply_octets, row.sampling) == (None, None, 1)
    assert (row.record_no, row.offset, row.length) == (2, len(HEADER), len(FLOW))
    assert read.tally.ignored_records == {"nfdump's header": 1, "nfdump's summary": 3}
    assert read.tally.problems == []


def test_local_times_need_the_zone(reading):
    read = reading("nfdump_csv", HEADER + FLOW)
    assert (read.rows[0].ts, read.tally.problems) == (None, [NO_ZONE])

    (row,) = reading("nfdump_csv", HEADER + FLOW, time_zone=ZoneInfo("Europe/Berlin")).rows
    assert row.ts == 1795426132000000000 - 3600 * 10**9


def test_a_time_in_the_hour_that_clocks_repeat_is_unknown(reading):
    line = FLOW.replace(b"2026-11-23 09:28:5", b"2026-10-25 02:30:0")
    read = reading("nfdump_csv", HEADER + line, time_zone=ZoneInfo("Europe/Berlin"))

    assert read.rows[0].ts is None
    assert read.tally.problems == ["Times of it lie in the hour that its zone has twice: they are unknown."]


def test_an_icmp_record_has_no_ports(reading):
    line = b"2026-11-23 09:28:48,2026-11-23 09:28:48,0.000,2001:DB8::1,ff02::2,0,34048,ICMP6,........,0,0,1,56,0,0\n"
    (row,) = reading("nfdump_csv", HEADER + line, time_zone=UTC).rows

    assert (row.src_ip, row.transport, row.src_port, row.dst_port) == ("2001:db8::1", "58", None, None)
    assert row.tcp_flags is None


def test_a_bidirectional_record_shows_the_reply(reading):
    line = b"2026-11-23 09:28:52,2026-11-23 09:28:52,0.0,203.0.113.10,192.0.2.130,2067,53,UDP,........,0,0,1,69,1,130\n"
    (row,) = reading("nfdump_csv", HEADER + line, time_zone=UTC).rows

    assert (row.transport, row.packets, row.reply_packets, row.reply_octets) == ("udp", 1, 1, 130)


def test_the_columns_are_those_that_the_header_names(reading):
    fast = (
        b"cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,bytes\n"
        b"1,2,1795426132298,1795426132539,6,198.51.100.18,60664,203.0.113.10,25,0,0,0,0,...AP.SF,0,8,1831\n"
    )
    (row,) = reading("nfdump_csv", fast).rows
    assert (row.ts, row.last_ts) == (1795426132298000000, 1795426132539000000)
    assert (row.transport, row.dst_port, row.octets, row.tcp_flags) == ("tcp", 25, 1831, "APSF")

    short = (
        b"firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,bps,bpp,flows\n"
        b"2026-11-23 09:28:52.298,00:00:00.241,TCP,198.51.100.18,60664,203.0.113.10,25,8,1831,60780,228,1\n"
    )
    (row,) = reading("nfdump_csv", short, time_zone=UTC).rows
    assert (row.ts, row.last_ts) == (1795426132298000000, 1795426132539000000)


def test_aggregated_records_are_named_as_such(reading):
    header = HEADER.replace(b"\n", b",tr\n")
    line = FLOW.replace(b"\n", b",1970-01-01 00:00:00.000\n")

    assert "aggregated" in reading("nfdump_csv", header + line, time_zone=UTC).tally.problems[0]


def test_no_flows_are_a_file_without_rows(reading):
    read = reading("nfdump_csv", HEADER + b"No matching flows\n" + SUMMARY)

    assert read.rows == []
    assert read.tally.unread_records == {}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2,3\n", "other than as many fields as the header names"),
        (FLOW.replace(b"198.51.100.18", b"198.51.100"), "an address that is none"),
        (FLOW.replace(b",8,", b",x,"), "no protocol, or no number of packets or bytes"),
    ],
)
def test_a_record_that_is_none_is_unread(reading, line, reason):
    assert reading("nfdump_csv", HEADER + line).tally.unread_records == {reason: 1}


def test_detection_needs_the_columns_of_flow_records():
    assert detect(HEADER, "server.csv")
    assert recognise(HEADER + FLOW, "server.csv").NAME == "nfdump_csv"
    assert not detect(b"ts,te,td,pr,val,fl,flP,ipkt,ipktP,ibyt,ibytP,ipps,ibps,ibpp\n", "top.csv")
    assert not detect(b"Date,Sender,Recipient,Subject,Status\n", "trace.csv")
    assert not detect(b"", "empty")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), st.binary(max_size=6))
def test_a_damaged_file_is_accounted_for(reading, start, end, insert):
    content = HEADER + FLOW + FLOW + SUMMARY
    read = reading("nfdump_csv", content[:start] + insert + content[end:], time_zone=UTC)
    tally = read.tally
    ignored, unread = sum(tally.ignored_records.values()), sum(tally.unread_records.values())
    assert len(read.rows) + ignored + unread == tally.records


def test_the_flows_of_the_public_cases_are_as_many_as_their_summary_says(reading):
    if not CASES.exists():
        pytest.skip("the public cases are not beside the checkout (../shared)")
    for path in sorted(CASES.glob("*/evidence/flows/*.csv")):
        content = path.read_bytes()
        flows, octets, packets = content.splitlines()[-1].split(b",")[:3]
        read = reading("nfdump_csv", content, time_zone=UTC)
        assert read.tally.unread_records == {}
        assert len(read.rows) == int(flows)
        assert sum(row.octets for row in read.rows) == int(octets)
        assert sum(row.packets for row in read.rows) == int(packets)
        assert all(row.ts for row in read.rows)
