import json
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats._log_times import NO_ZONE
from forensics.formats.passivedns_log import detect

TS = 1795425693_125000000
LINE = b"1795425693.125000||192.0.2.7||192.0.2.53||IN||Mx.Example.||A||192.0.2.25||300||5\n"
ERROR = b"1795425693.125000||192.0.2.7||192.0.2.53||IN||nx.example.||MX||NXDOMAIN||0||1\n"
OBJECT = {
    "timestamp_s": 1795425693, "timestamp_ms": 125000, "client": "192.0.2.7", "server": "192.0.2.53", "proto": "udp",
    "class": "IN", "query": "mx.example.", "type": "A", "answer": "192.0.2.25", "ttl": 300, "count": 5,
}  # fmt: skip


def line(rtype: str, answer: str, query: str = "mx.example.") -> bytes:
    return f"1795425693.125000||192.0.2.7||192.0.2.53||IN||{query}||{rtype}||{answer}||300||1\n".encode()


def test_a_pair_becomes_a_record(reading):
    read = reading("passivedns_log", b"#timestamp||dns-client||dns-server||...\n" + LINE)

    (row,) = read.rows
    assert (row.ts, row.last_ts, row.observations, row.ttl_s) == (TS, TS, 5, 300)
    assert (row.owner, row.rtype, row.rdata, row.section) == ("mx.example", "A", "192.0.2.25", "passive")
    assert (row.server_ip, row.record_no, row.length) == ("192.0.2.53", 2, len(LINE))
    assert read.tally.fills == {"dns_record"}
    assert read.tally.ignored_records == {"a comment": 1}


def test_an_error_becomes_a_response(reading):
    read = reading("passivedns_log", ERROR)

    (row,) = read.of("dns_response")
    assert (row.ts, row.client_ip, row.server_ip) == (TS, "192.0.2.7", "192.0.2.53")
    assert (row.qname, row.qtype, row.qclass, row.rcode) == ("nx.example", "MX", "IN", "NXDOMAIN")
    assert (row.role, row.transport, row.answer_count) == (None, None, None)
    assert read.tally.fills == {"dns_record", "dns_response"}


@pytest.mark.parametrize("frame", [b"", b"Nov 23 09:21:33 sensor passivedns[5]: "])
def test_json_is_read_with_its_microseconds(reading, frame):
    error = {**OBJECT, "answer": "NOTIMPL", "timestamp_ms": 7}

    read = reading("passivedns_log", b"".join(frame + json.dumps(one).encode() + b"\n" for one in (OBJECT, error)))
    (record,) = read.of("dns_record")
    assert (record.ts, record.owner, record.rdata, record.observations) == (TS, "mx.example", "192.0.2.25", 5)
    (response,) = read.of("dns_response")
    assert (response.ts, response.rcode, response.transport) == (1795425693_000007000, "NOTIMP", "udp")


@pytest.mark.parametrize(
    ("rtype", "answer", "expected"),
    [
        ("AAAA", "2001:DB8::25", ("mx.example", "AAAA", "2001:db8::25")),
        ("CNAME", "A.Example.", ("mx.example", "CNAME", "a.example.")),
        ("PTR", "a.example.", ("mx.example", "PTR", "a.example.")),
        ("NS", ".", ("mx.example", "NS", ".")),
        ("MX", "a.example.", ("mx.example", None, "a.example.")),
        ("SRV", "a.example.", ("mx.example", None, "a.example.")),
        ("TXT", '"v=spf1 -all"', ("mx.example", None, '"v=spf1 -all"')),
        ("TXT", '"a||b||1||2"', ("mx.example", None, '"a||b||1||2"')),
        ("DNAME", "b.example.", (None, "DNAME", "b.example.")),
        ("28", "2001:db8::25", ("mx.example", "AAAA", "2001:db8::25")),
    ],
)
def test_data_are_kept_with_a_type_where_they_are_whole(reading, rtype, answer, expected):
    (row,) = reading("passivedns_log", line(rtype, answer)).rows

    assert (row.owner, row.rtype, row.rdata) == expected


@pytest.mark.parametrize(
    ("answer", "rcode"), [("SERVFAIL", "SERVFAIL"), ("NOTIMPL", "NOTIMP"), ("UNKNOWN-ERROR-23", "BADCOOKIE")]
)
def test_errors_are_told_in_the_standards_words(reading, answer, rcode):
    (row,) = reading("passivedns_log", line("10", answer)).rows

    assert (row.rcode, row.qtype) == (rcode, None)


@pytest.mark.parametrize(
    ("content", "ttl", "count"),
    [(LINE, 300, 5), (LINE.replace(b"||5", b""), 300, None), (LINE.replace(b"||300||5", b""), None, None)],
)
def test_lines_of_older_versions_are_read(reading, content, ttl, count):
    (row,) = reading("passivedns_log", content).rows

    assert (row.rdata, row.ttl_s, row.observations) == ("192.0.2.25", ttl, count)


def test_a_date_is_local_time(reading):
    dated = LINE.replace(b"1795425693.125000", b"2026-11-23 09:21:33.125000")

    read = reading("passivedns_log", dated)
    assert ([row.ts for row in read.rows], read.tally.problems) == ([None], [NO_ZONE])
    assert [row.ts for row in reading("passivedns_log", dated, time_zone=UTC).rows] == [TS]


@pytest.mark.parametrize(
    "content",
    [
        line("A", "192.0.2.700"),
        line("A", "2001:db8::25"),
        line("AAAA", "192.0.2.25"),
        line("CNAME", "a..example."),
        line("a b", "192.0.2.25"),
        line("A", "192.0.2.25", "mx..example."),
        line("A", "NXDOMAIN", "victim.example.||A||192.0.2.66||60||1.evil.example."),
        line("CNAME", "b.example.", "victim.example.||CNAME||a.example."),
        LINE.replace(b"192.0.2.7|", b"192.0.2.700|"),
        LINE.replace(b"1795425693.125000", b"1795425693.1"),
        b"1795425693.125000||192.0.2.7||192.0.2.53\n",
        json.dumps({**OBJECT, "client": None}).encode() + b"\n",
        b'{"client":"192.0.2.7"}\n',
        b"noise\n",
        b"[" * 5000 + b"\n",
    ],
)
def test_lines_that_do_not_fit_are_unread_and_not_half_read(reading, content):
    read = reading("passivedns_log", content)

    assert read.rows == []
    assert sum(read.tally.unread_records.values()) == 1


def test_only_logs_of_passivedns_are_recognised():
    assert detect(b"#timestamp||dns-client\n" + LINE, "passivedns.log")
    assert detect(json.dumps(OBJECT).encode() + b"\n", "x")
    assert detect(b"Nov 23 09:21:33 sensor passivedns[5]: " + LINE, "x")
    assert not detect(b"1795425693.125000||a||b||c||d||e||f\n", "x")
    assert not detect(
        b"Nov 23 09:21:33 mx1 postfix/qmgr[9]: 4E8A1: removed\n" + b"Nov 23 09:21:33 s passivedns: " + LINE, "x"
    )
    assert not detect(b'{"rrname":"mx.example.","rrtype":"A","rdata":"192.0.2.25"}\n', "x")
    assert not detect(b"", "passivedns.log")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lines=st.lists(st.sampled_from([LINE, ERROR, json.dumps(OBJECT).encode() + b"\n", b"#\n", b"\n"]), max_size=6),
    at=st.integers(0, 700), size=st.integers(0, 3), new=st.binary(max_size=3),
)  # fmt: skip
def test_every_byte_of_a_damaged_log_has_a_fate(reading, lines, at, size, new):
    content = b"".join(lines)

    read = reading("passivedns_log", content[:at] + new + content[at + size :])

    unread = sum(read.tally.unread_records.values())
    assert len(read.rows) + sum(read.tally.ignored_records.values()) + unread == read.tally.records
