import json
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats._log_times import NO_TIME, NO_YEAR, NO_ZONE
from forensics.formats._powerdns_line import OTHER_MESSAGE, OTHER_PROGRAM, Said, parse_line
from forensics.formats.lines import Unreadable
from forensics.formats.powerdns_log import NAMELESS, NO_QUERIES, detect

TS = 1795425693_000000000
AT = b"Nov 23 09:21:33 "
WANTS = b"Remote 192.0.2.7 wants 'Mx.example|A', do = 0, bufsize = 1232: packetcache MISS\n"
ASKED = b"3 [8/1] question for 'mx.example|A' from 192.0.2.7:50759\n"
OTHER = b"3 [9/2] question for 'nx.example|MX' from [2001:db8::7]:50760\n"
TOLD = (
    b"3 [8/1] answer to question 'mx.example|A': 1 answers, 2 additional, took 1 packets, 0.119 netw ms, 0.323 tot ms, "
    b"0 throttled, 0 timeouts, 0/0 tcp/dot connections, rcode=0\n"
)
CACHED = b"3 question answered from packet cache tag=0 from 192.0.2.9:53664\n"
PAIRS = {
    "msg": "Question", "subsystem": "syncres", "level": "0", "prio": "Info", "tid": "3", "ts": "1795425693.129",
    "ecs": "", "mtid": "1", "proto": "udp", "qname": "mx.example", "qtype": "A", "remote": "192.0.2.7:45600",
}  # fmt: skip
ANSWERED = {
    **PAIRS, "msg": "Answer", "ts": "1795425693.130", "answers": "1", "rcode": "3", "rd": "1", "totms": "0.412000",
}  # fmt: skip


def pairs(values: dict[str, str]) -> bytes:
    quoted = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in values.items()}
    return " ".join(f'{key}="{value}"' for key, value in quoted.items()).encode() + b"\n"


def test_a_question_to_the_authoritative_server_becomes_a_query(reading):
    read = reading("powerdns_log", AT + WANTS, time_zone=UTC, year=2026)

    (row,) = read.rows
    assert (row.ts, row.client_ip, row.client_port, row.role) == (TS, "192.0.2.7", None, "client")
    assert (row.qname, row.qtype, row.transport, row.edns, row.dnssec_ok) == ("mx.example", "A", "udp", True, False)
    assert (row.recursion_desired, row.server_ip) == (None, None)
    assert (row.record_no, row.offset, row.length) == (1, 0, len(AT + WANTS))
    assert (read.tally.vantage, read.tally.fills, read.tally.problems) == ("authoritative_dns", {"dns_query"}, [])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"Remote 192.0.2.7 wants 'a.example|A', do = 0, bufsize = 512: packetcache HIT", ("udp", None, False)),
        (b"Remote 192.0.2.7 wants 'a.example|A', do = 1, bufsize = 512: packetcache MISS", ("udp", True, True)),
        (
            b"Remote 192.0.2.7 wants 'a.example|A', do = 0, bufsize = 1232 (4096): packetcache MISS",
            ("udp", True, False),
        ),
        (b"Remote 192.0.2.7<-198.51.100.0/24 wants 'a.example|A', do = 0, bufsize = 1232", ("udp", True, False)),
        (b"TCP Remote 192.0.2.7 wants 'a.example|A', do = 0, bufsize = 65535: packetcache MISS", ("tcp", None, False)),
        (b"Remote 192.0.2.7 wants 'a.example|A', do = 0, bufsize = 512packetcache MISS", ("udp", None, False)),
    ],
)
def test_questions_of_every_version_are_read(line, expected):
    parsed = parse_line(line)

    assert isinstance(parsed, Said)
    assert (parsed.client_ip, parsed.qname) == ("192.0.2.7", "a.example")
    assert (parsed.transport, parsed.edns, parsed.dnssec_ok) == expected


def test_an_answer_of_the_recursor_has_the_client_of_its_task(reading):
    read = reading("powerdns_log", AT + ASKED + AT + OTHER + AT + TOLD, time_zone=UTC, year=2026)

    assert [(row.qname, row.client_ip, row.client_port) for row in read.of("dns_query")] == [
        ("mx.example", "192.0.2.7", 50759), ("nx.example", "2001:db8::7", 50760),
    ]  # fmt: skip
    (row,) = read.of("dns_response")
    assert (row.qname, row.qtype, row.client_ip, row.client_port) == ("mx.example", "A", "192.0.2.7", 50759)
    assert (row.rcode, row.answer_count, row.rtt_ms, row.transport) == ("NOERROR", 1, 0.323, "udp")
    assert read.tally.vantage == "recursive_dns"
    assert read.tally.fills == {"dns_query", "dns_response"}


@pytest.mark.parametrize(
    "before",
    [b"", AT + OTHER.replace(b"[9/2]", b"[8/1]"), b"Nov 23 09:21:33 ns2 pdns_recursor[5]: " + ASKED],
)
def test_an_answer_without_its_question_has_no_client(reading, before):
    (row,) = reading("powerdns_log", before + AT + TOLD, time_zone=UTC, year=2026).of("dns_response")

    assert (row.qname, row.rcode, row.client_ip, row.transport) == ("mx.example", "NOERROR", None, None)


def test_the_questions_waited_for_are_bounded(reading, monkeypatch):
    monkeypatch.setattr("forensics.formats.powerdns_log.MAX_OPEN", 1)

    (row,) = reading("powerdns_log", AT + ASKED + AT + OTHER + AT + TOLD, time_zone=UTC, year=2026).of("dns_response")
    assert row.client_ip is None


def test_a_question_answered_from_the_packet_cache_has_no_name(reading):
    read = reading("powerdns_log", AT + CACHED, time_zone=UTC, year=2026)

    (row,) = read.rows
    assert (row.qname, row.qtype, row.client_ip, row.client_port) == (None, None, "192.0.2.9", 53664)
    assert (read.tally.problems, read.tally.fills) == ([NAMELESS], {"dns_response"})


@pytest.mark.parametrize("write", [pairs, lambda values: json.dumps(values).encode() + b"\n"])
@pytest.mark.parametrize("frame", [b"", AT, b"Nov 23 09:21:33 ns1 pdns-recursor[7]: "])
def test_structured_lines_have_times_in_utc(reading, write, frame):
    read = reading("powerdns_log", frame + write(PAIRS) + frame + write(ANSWERED))

    (query,) = read.of("dns_query")
    assert (query.ts, query.client_ip, query.client_port) == (TS + 129_000_000, "192.0.2.7", 45600)
    assert (query.qname, query.qtype, query.transport) == ("mx.example", "A", "udp")
    (response,) = read.of("dns_response")
    assert (response.ts, response.rcode, response.answer_count) == (TS + 130_000_000, "NXDOMAIN", 1)
    assert (response.rtt_ms, response.client_port) == (0.412, 45600)
    assert read.tally.problems == []


@pytest.mark.parametrize(
    ("changed", "name", "client"),
    [
        ({"qname": r"Foo\032bar.example"}, r"foo\032bar.example", "192.0.2.7"),
        ({"qname": 'x"y.example'}, 'x"y.example', "192.0.2.7"),
        ({"msg": "Question answered from packet cache", "source": "198.51.100.9:7"}, "mx.example", "198.51.100.9"),
        ({"remote": "[2001:DB8::7]:53"}, "mx.example", "2001:db8::7"),
    ],
)
def test_values_of_structured_lines_are_unquoted(changed, name, client):
    parsed = parse_line(pairs({**PAIRS, **changed}).rstrip())

    assert isinstance(parsed, Said)
    assert (parsed.qname, parsed.client_ip) == (name, client)


def test_a_structured_line_of_the_authoritative_server_is_read(reading):
    line = pairs({
        "msg": "Received TCP query", "prio": "Notice", "ts": "1795425693", "remote": "192.0.2.7<-198.51.100.0/24",
        "query": "mx.example", "type": "A", "dnssecok": "1", "bufsize": "1232", "packetcache": "miss",
    })  # fmt: skip

    (row,) = reading("powerdns_log", line).rows
    assert (row.ts, row.client_ip, row.qname, row.transport) == (TS, "192.0.2.7", "mx.example", "tcp")
    assert (row.edns, row.dnssec_ok) == (True, True)


@pytest.mark.parametrize(
    ("frame", "ts"),
    [
        (b"Nov 23 09:21:33 ns1 pdns[32323]: ", TS),
        (b"Nov 23 09:21:33 ns1 pdns_server[2]: ", TS),
        (b"2026-11-23T10:21:33.125000+01:00 ns1 pdns_server[773]: ", TS + 125_000_000),
        (b"<30>1 2026-11-23T09:21:33Z ns1 pdns 25 - - ", TS),
        (b"2026-11-23T09:21:33 ", TS),
    ],
)
def test_the_time_is_read_from_every_frame(reading, frame, ts):
    assert [row.ts for row in reading("powerdns_log", frame + WANTS, time_zone=UTC, year=2026).rows] == [ts]


def test_times_need_zone_and_year(reading):
    read = reading("powerdns_log", AT + WANTS)
    assert ([row.ts for row in read.rows], read.tally.problems) == ([None], [NO_ZONE, NO_YEAR])
    read = reading("powerdns_log", AT + WANTS, time_zone=ZoneInfo("Asia/Tokyo"), year=2026)
    assert [row.ts for row in read.rows] == [TS - 9 * 3600 * 10**9]
    assert reading("powerdns_log", WANTS).tally.problems == [NO_TIME]


def test_a_log_without_questions_says_that_they_may_not_have_been_logged(reading):
    read = reading("powerdns_log", AT + b"UDP server bound to 192.0.2.53:53\n", time_zone=UTC, year=2026)

    assert (read.rows, read.tally.problems, read.tally.fills) == ([], [NO_QUERIES], {"dns_response"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [(b".", "."), (rb"a\.b.example", r"a\.b.example"), (b"x|y'z.example", "x|y'z.example"), (rb"A\032b", r"a\032b")],
)
def test_names_of_every_kind_are_read(name, expected):
    parsed = parse_line(
        AT + b"Remote 2001:DB8::7 wants '" + name + b"|TYPE65280', do = 0, bufsize = 512: packetcache MISS"
    )

    assert isinstance(parsed, Said)
    assert (parsed.qname, parsed.qtype, parsed.client_ip) == (expected, "TYPE65280", "2001:db8::7")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (AT + b"Done launching threads, ready to distribute questions", OTHER_MESSAGE),
        (AT + b"AXFR-out zone 'example', client '192.0.2.9', transfer initiated", OTHER_MESSAGE),
        (b"Nov 23 09:21:33 ns1 pdns[5]: Listening on controlsocket", OTHER_MESSAGE),
        (pairs({"msg": "Listening for queries", "subsystem": "config", "ts": "1795425693"}).rstrip(), OTHER_MESSAGE),
        (b"Nov 23 09:21:33 ns1 sshd[5]: " + WANTS.rstrip(), OTHER_PROGRAM),
    ],
)
def test_other_lines_are_ignored_with_a_reason(line, expected):
    assert parse_line(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        AT + b"Remote 192.0.2.700 wants 'a.example|A', do = 0, bufsize = 512: packetcache MISS",
        AT + b"Remote 192.0.2.7 wants 'a..example|A', do = 0, bufsize = 512: packetcache MISS",
        AT + b"Remote 192.0.2.7 wants 'a.example', do = 0, bufsize = 512: packetcache MISS",
        AT + b"3 [8/1] question for 'a.example|A' from 192.0.2.7:65536",
        AT + b"3 [8/1] answer to question 'a.example|A': some answers, rcode=0",
        pairs({**PAIRS, "remote": "192.0.2.7"}).rstrip(),
        pairs({**PAIRS, "qtype": "a b"}).rstrip(),
        pairs({**ANSWERED, "rcode": "none"}).rstrip(),
        pairs({key: value for key, value in PAIRS.items() if key != "qname"}).rstrip(),
        b"noise",
        b"[" * 5000,
        AT + b"Remote 192.0.2.7 wants '" + b"a" * 9000,
    ],
)
def test_damaged_lines_are_unreadable_and_not_half_read(line):
    assert isinstance(parse_line(line), Unreadable)


def test_a_log_of_other_programs_is_not_claimed():
    framed = b"Nov 23 09:21:33 ns1 pdns[25]: " + WANTS

    assert detect(AT + WANTS, "x")
    assert detect(AT + ASKED, "x")
    assert detect(pairs(PAIRS), "x")
    assert not detect(b"Nov 23 09:23:47 mx1 postfix/qmgr[9]: 4E8A1: removed\n" * 9 + framed, "syslog")
    assert not detect(b'{"msg":"Question","qname":"a.example"}\n', "x")
    assert not detect(b"", "pdns.log")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lines=st.lists(st.sampled_from([AT + WANTS, AT + ASKED, AT + TOLD, AT + CACHED, pairs(PAIRS), b"\n"]), max_size=8),
    at=st.integers(0, 900), size=st.integers(0, 3), new=st.binary(max_size=3),
)  # fmt: skip
def test_every_byte_of_a_damaged_log_has_a_fate(reading, lines, at, size, new):
    content = b"".join(lines)

    read = reading("powerdns_log", content[:at] + new + content[at + size :], time_zone=UTC, year=2026)

    unread = sum(read.tally.unread_records.values())
    assert len(read.rows) + sum(read.tally.ignored_records.values()) + unread == read.tally.records
