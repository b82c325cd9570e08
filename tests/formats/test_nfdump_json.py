import json
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats._log_times import NO_ZONE
from forensics.formats.nfdump_json import detect

FLOW = {
    "type": "FLOW", "sampled": 0, "first": "2026-11-23T09:28:52.298", "last": "2026-11-23T09:28:52.539",
    "in_packets": 8, "in_bytes": 1831, "proto": 6, "tcp_flags": "...AP.SF", "src_port": 60664, "dst_port": 25,
    "src4_addr": "198.51.100.18", "dst4_addr": "203.0.113.10", "label": "<none> } {",
}  # fmt: skip


def written(*flows: dict) -> bytes:
    """As nfdump writes an array."""
    objects = [
        "{\n\t" + ",\n\t".join(f'"{key}" : {json.dumps(value)}' for key, value in f.items()) + "\n}" for f in flows
    ]
    return ("[\n" + ",\n".join(objects) + "]\n").encode()


def test_records_of_an_array_become_flows(reading):
    read = reading("nfdump_json", written(FLOW, FLOW | {"dst_port": 587}), time_zone=UTC)

    row, second = read.rows
    assert (row.ts, row.last_ts) == (1795426132298000000, 1795426132539000000)
    assert (row.src_ip, row.src_port, row.dst_ip, row.dst_port) == ("198.51.100.18", 60664, "203.0.113.10", 25)
    assert (row.transport, row.tcp_flags, row.packets, row.octets, row.reply_packets) == ("tcp", "APSF", 8, 1831, None)
    assert (row.record_no, row.offset) == (1, 2)
    assert (second.record_no, second.dst_port) == (2, 587)
    assert read.tally.problems == []


def test_records_of_lines_become_flows(reading):
    lines = b"".join(json.dumps(FLOW | {"dst_port": port}).encode() + b"\n" for port in (25, 465))

    assert [row.dst_port for row in reading("nfdump_json", lines, time_zone=UTC).rows] == [25, 465]


def test_release_1_6_names_its_times_otherwise(reading):
    old = {"t_first" if key == "first" else "t_last" if key == "last" else key: value for key, value in FLOW.items()}

    assert reading("nfdump_json", written(old), time_zone=UTC).rows[0].last_ts == 1795426132539000000


def test_icmp_and_ipv6_and_both_directions(reading):
    flow = {
        "type": "FLOW", "sampled": 1, "first": "2026-11-23T09:28:52.298", "last": "x", "in_packets": 2, "in_bytes": 112,
        "out_packets": 1, "out_bytes": 56, "proto": 58, "icmp_type": 133, "icmp_code": 0, "src_port": 1,
        "src6_addr": "2001:DB8::1", "dst6_addr": "ff02::2",
    }  # fmt: skip
    read = reading("nfdump_json", written(flow), time_zone=UTC)

    (row,) = read.rows
    assert (row.src_ip, row.dst_ip, row.transport, row.src_port, row.last_ts) == (
        "2001:db8::1",
        "ff02::2",
        "58",
        None,
        None,
    )
    assert (row.reply_packets, row.reply_octets) == (1, 56)
    assert read.tally.problems == ["Its exporter sampled: declare sampling on the evidence sheet."]


def test_bytes_that_are_numbers_of_packets_are_unknown(reading):
    read = reading("nfdump_json", written(FLOW | {"in_bytes": 8}), time_zone=UTC)

    assert (read.rows[0].packets, read.rows[0].octets) == (8, None)
    assert len(read.tally.problems) == 1


def test_local_times_need_the_zone(reading):
    read = reading("nfdump_json", written(FLOW))

    assert (read.rows[0].ts, read.tally.problems) == (None, [NO_ZONE])


def test_no_flows_are_a_file_without_rows(reading):
    read = reading("nfdump_json", b"[\nNo matching flows\n]\n")

    assert (read.rows, read.tally.unread_records) == ([], {})


def test_damage_ends_with_the_object_it_hit(reading):
    content = written(FLOW, FLOW, FLOW)
    broken = content.replace(b"\n}", b"\n", 1)
    read = reading("nfdump_json", broken, time_zone=UTC)

    assert len(read.rows) == 2
    assert read.tally.unread_records == {"an object that is not closed": 1}

    read = reading("nfdump_json", content.replace(b'-539"', b"").replace(b'.539"', b".539", 1), time_zone=UTC)
    assert len(read.rows) == 2
    assert read.tally.unread_records == {"an object that is no JSON": 1}


def test_an_object_over_the_bound_is_refused_and_the_rest_read(reading):
    content = written(FLOW | {"label": "x" * (3 << 20)}) + json.dumps(FLOW).encode()
    read = reading("nfdump_json", content, time_zone=UTC)

    assert len(read.rows) == 1
    assert read.tally.unread_records["an object longer than 1048576 bytes"] == 1


def test_detection_needs_a_flow_record():
    assert detect(written(FLOW), "flows.json")
    assert recognise(written(FLOW), "flows.json").NAME == "nfdump_json"
    assert detect(b"[\nNo matching flows\n]\n", "flows.json")
    for other in (b"", b"{}", b"[]", b'{"timestamp":"2026-11-23T09:28:52","event_type":"flow","type":"x"}', b"[1]"):
        assert not detect(other, "x.json")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.integers(0, 900), st.integers(0, 900), st.binary(max_size=6))
def test_a_damaged_file_is_accounted_for(reading, start, end, insert):
    content = written(FLOW, FLOW)
    read = reading("nfdump_json", content[:start] + insert + content[end:], time_zone=UTC)
    tally = read.tally
    ignored, unread = sum(tally.ignored_records.values()), sum(tally.unread_records.values())
    assert len(read.rows) + ignored + unread == tally.records


@pytest.mark.parametrize("content", [b"{" * 100_000, b'{"' * 50_000, b'{"a":"' + b"\\" * 100_000, b"[" * 100_000])
def test_hostile_nesting_ends_quickly(reading, content):
    assert reading("nfdump_json", content).rows == []
