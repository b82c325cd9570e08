"""Suricata's EVE log."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats.suricata_eve import detect

TS = 1795425693_125000000


def event(kind: str, **more: Any) -> bytes:
    ends = {"src_ip": "192.0.2.7", "src_port": 53124, "dest_ip": "192.0.2.53", "dest_port": 53, "proto": "UDP"}
    values = {"timestamp": "2026-11-23T09:21:33.125000+0000", "flow_id": 71, "event_type": kind, **ends, **more}
    return json.dumps(values).encode() + b"\n"


SMTP_ENDS = {"src_ip": "192.0.2.7", "src_port": 40112, "dest_ip": "198.51.100.25", "dest_port": 25, "proto": "TCP"}
SMTP = event(
    "smtp", **SMTP_ENDS, tx_id=0,
    smtp={"helo": "out.example", "mail_from": "<a@example>", "rcpt_to": ["<b@test>", "<c@test>"]},
    email={"status": "PARSE_DONE", "from": "a@example", "message_id": "<1@example>"},
)  # fmt: skip
FLOW = event(
    "flow", **SMTP_ENDS, app_proto="smtp",
    flow={"pkts_toserver": 12, "pkts_toclient": 11, "bytes_toserver": 1900, "bytes_toclient": 1200,
          "start": "2026-11-23T09:21:32.000000+0000", "end": "2026-11-23T09:21:34.500000+0000", "state": "closed"},
    tcp={"tcp_flags": "1b", "tcp_flags_ts": "1b", "tcp_flags_tc": "1b", "state": "closed"},
)  # fmt: skip


def test_a_query_of_version_two_is_a_question(reading):
    read = reading("suricata_eve", event("dns", dns={"type": "query", "id": 9, "rrname": "MX.example", "rrtype": "65"}))

    (row,) = read.of("dns_query")
    assert (row.ts, row.client_ip, row.server_ip, row.transport) == (TS, "192.0.2.7", "192.0.2.53", "udp")
    assert (row.qname, row.qtype, row.msg_id, row.recursion_desired) == ("mx.example", "HTTPS", 9, None)
    assert read.tally.fills == {"dns_query"}


def test_a_request_of_version_three_has_its_questions_in_a_list(reading):
    queries = [{"rrname": "a.example", "rrtype": "A"}, {"rrname": "b.example", "rrtype": "MX"}]
    dns = {"version": 3, "type": "request", "id": 9, "flags": "100", "rd": True, "queries": queries}

    rows = reading("suricata_eve", event("dns", dns=dns)).of("dns_query")

    assert [(row.qname, row.qtype, row.recursion_desired) for row in rows] == [
        ("a.example", "A", True), ("b.example", "MX", True),
    ]  # fmt: skip


ANSWERS = [
    {"rrname": "www.example", "rrtype": "CNAME", "ttl": 60, "rdata": "host.example"},
    {"rrname": "host.example", "rrtype": "AAAA", "ttl": 30, "rdata": "2001:0db8:0000:0000:0000:0000:0000:0001"},
]


def test_a_response_of_version_two_names_the_client_first(reading):
    dns = {
        "version": 2, "type": "answer", "id": 9, "flags": "8580", "qr": True, "aa": True, "rrname": "www.example",
        "rrtype": "AAAA", "rcode": "NOERROR", "answers": ANSWERS, "grouped": {"CNAME": ["host.example"]},
    }  # fmt: skip

    read = reading("suricata_eve", event("dns", dns=dns))

    (response,) = read.of("dns_response")
    assert (response.client_ip, response.server_ip, response.qname) == ("192.0.2.7", "192.0.2.53", "www.example")
    assert (response.rcode, response.authoritative, response.truncated, response.answer_count) == (
        "NOERROR", True, False, 2,
    )  # fmt: skip
    assert [(row.owner, row.rtype, row.rdata, row.ttl_s, row.section) for row in read.of("dns_record")] == [
        ("www.example", "CNAME", "host.example.", 60, "answer"), ("host.example", "AAAA", "2001:db8::1", 30, "answer"),
    ]  # fmt: skip
    assert read.tally.fills == {"dns_response", "dns_record"}


@pytest.mark.parametrize(("src_port", "dest_port"), [(53, 53124), (53, 53), (5300, 53124)])
def test_a_response_of_version_three_names_the_server_first(reading, src_port, dest_port):
    soa = {"mname": "ns.example", "rname": "root.example", "serial": 1, "refresh": 2, "retry": 3, "expire": 4,
           "minimum": 5}  # fmt: skip
    dns = {
        "version": 3, "type": "response", "id": 9, "flags": "8183", "rcode": "NXDOMAIN",
        "queries": [{"rrname": "no.example", "rrtype": "MX"}],
        "authorities": [{"rrname": "example", "rrtype": "SOA", "ttl": 5, "soa": soa}],
    }  # fmt: skip
    ends = {"src_ip": "192.0.2.53", "src_port": src_port, "dest_ip": "192.0.2.7", "dest_port": dest_port}

    read = reading("suricata_eve", event("dns", **ends, dns=dns))

    (response,) = read.of("dns_response")
    assert (response.client_ip, response.client_port, response.server_ip) == ("192.0.2.7", dest_port, "192.0.2.53")
    assert (response.qname, response.qtype, response.rcode, response.answer_count) == (
        "no.example",
        "MX",
        "NXDOMAIN",
        0,
    )
    (record,) = read.of("dns_record")
    assert (record.owner, record.section, record.server_ip) == ("example", "authority", "192.0.2.53")
    assert record.rdata == "ns.example. root.example. 1 2 3 4 5"


def test_the_lines_of_one_response_of_version_one_are_one_response(reading):
    same = {"type": "answer", "id": 9, "flags": "8180", "rcode": "NOERROR"}
    lines = [event("dns", dns={**same, **record}) for record in ANSWERS]
    failure = event("dns", dns={"type": "answer", "id": 10, "rcode": "NXDOMAIN", "rrname": "no.example"})

    read = reading("suricata_eve", b"".join([*lines, failure]))

    assert [(row.record_no, row.qname, row.rcode) for row in read.of("dns_response")] == [
        (1, None, "NOERROR"), (3, "no.example", "NXDOMAIN"),
    ]  # fmt: skip
    assert [(row.owner, row.rdata) for row in read.of("dns_record")] == [
        ("www.example", "host.example."), ("host.example", "2001:db8::1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("src_port", "dest_port", "client"),
    [(53124, 53, "192.0.2.7"), (53, 53124, "192.0.2.53"), (53, 53, None), (5353, 5353, None)],
)
def test_whose_answer_version_one_tells_is_known_by_one_port_alone(reading, src_port, dest_port, client):
    dns = {"type": "answer", "id": 9, "rcode": "NXDOMAIN", "rrname": "no.example"}

    (row,) = reading("suricata_eve", event("dns", src_port=src_port, dest_port=dest_port, dns=dns)).of("dns_response")

    assert row.client_ip == client


def test_grouped_records_have_the_owner_only_where_no_alias_is_among_them(reading):
    dns = {"version": 2, "type": "answer", "id": 9, "rrname": "www.example", "rrtype": "A", "rcode": "NOERROR"}
    plain = {**dns, "grouped": {"A": ["192.0.2.80", "192.0.2.81"]}}
    aliased = {**dns, "grouped": {"A": ["192.0.2.80"], "CNAME": ["host.example"]}}

    read = reading("suricata_eve", event("dns", dns=plain) + event("dns", dns=aliased))

    assert [(row.owner, row.rdata) for row in read.of("dns_record")] == [
        ("www.example", "192.0.2.80"), ("www.example", "192.0.2.81"), (None, "192.0.2.80"), (None, "host.example."),
    ]  # fmt: skip
    assert [row.answer_count for row in read.of("dns_response")] == [None, None]


def test_the_name_of_an_mx_without_its_preference_is_no_malformed_mx(reading):
    record = {"rrname": "example", "rrtype": "MX", "ttl": 5, "rdata": "mx.example"}
    dns = {"version": 2, "type": "answer", "id": 9, "rrname": "example", "rrtype": "MX", "answers": [record]}

    (row,) = reading("suricata_eve", event("dns", dns=dns)).of("dns_record")

    assert (row.owner, row.rtype, row.rdata) == ("example", None, "mx.example.")


def test_an_smtp_event_shows_an_envelope_and_never_whether_it_was_accepted(reading):
    read = reading("suricata_eve", SMTP)

    (session,) = read.of("smtp_session")
    assert (session.session_no, session.helo, session.client_ip, session.server_port) == (
        1, "out.example", "192.0.2.7", 25,
    )  # fmt: skip
    assert (session.envelopes, session.recipients, session.accepted, session.content) == (1, 2, None, "partial")
    assert (session.state, session.last_reply_code, session.starttls) == (None, None, None)
    (envelope,) = read.of("smtp_envelope")
    assert (envelope.mail_from, envelope.rcpt_count, envelope.message_id) == ("a@example", 2, "1@example")
    assert (envelope.accepted, envelope.rcpt_accepted, envelope.data_reply_code) == (None, None, None)
    assert [(row.rcpt_to, row.reply_code) for row in read.of("smtp_recipient")] == [("b@test", None), ("c@test", None)]
    assert read.tally.fills == {"smtp_session", "smtp_envelope"}


def test_the_transactions_of_one_flow_are_one_session(reading):
    second = event(
        "smtp", **SMTP_ENDS, tx_id=1, smtp={"helo": "out.example", "mail_from": "<>", "rcpt_to": ["<d@test>"]}
    )
    again = event("smtp", **{**SMTP_ENDS, "src_port": 40113}, tx_id=0, smtp={"helo": "out.example"})

    read = reading("suricata_eve", SMTP + second + again)

    assert [(row.session_no, row.envelopes, row.recipients) for row in read.of("smtp_session")] == [
        (1, 2, 3),
        (2, 0, 0),
    ]
    assert [(row.envelope_no, row.mail_from) for row in read.of("smtp_envelope")] == [(1, "a@example"), (2, "")]


def test_a_flow_is_told_with_both_directions(reading):
    read = reading("suricata_eve", FLOW)

    (flow,) = read.of("flow")
    assert (flow.ts, flow.last_ts) == (1795425692_000000000, 1795425694_500000000)
    assert (flow.packets, flow.octets, flow.reply_packets, flow.reply_octets) == (12, 1900, 11, 1200)
    assert (flow.transport, flow.tcp_flags) == ("tcp", "APSF")
    (connection,) = read.of("connection")
    assert (connection.state, connection.service, connection.server_port) == ("established", "smtp", 25)


def test_a_log_of_flows_stands_for_flows_and_not_for_connections_without_smtp(reading):
    assert reading("suricata_eve", FLOW).tally.fills == {"flow"}


def test_alerts_alone_say_nothing_of_what_is_not_among_them(reading):
    alert = b'{"timestamp":"2026-11-23T09:21:33.125000+0000","flow_id":71,"event_type":"alert","src_ip":"192.0.2.7",'
    alert += b'"src_port":53124,"dest_ip":"192.0.2.53","dest_port":25,"proto":"TCP","alert":{"signature":"x"}}\n'
    read = reading("suricata_eve", alert)
    assert (read.rows, read.tally.fills) == ([], {"unread"})


@pytest.mark.parametrize(
    ("toserver", "toclient", "client", "server", "state"),
    [
        (5, 5, "1b", "1b", "established"),
        (1, 0, "02", "00", "unanswered"),
        (3, 0, "1a", "00", "one_sided"),
        (0, 3, "00", "1a", "one_sided"),
        (1, 1, "02", "14", "refused"),
        (2, 1, "06", "12", "half_open"),
        (4, 4, "18", "18", "midstream"),
        (4, 4, "", "", None),
    ],
)
def test_the_state_of_a_connection_is_what_the_flags_show(reading, toserver, toclient, client, server, state):
    flow = {"pkts_toserver": toserver, "pkts_toclient": toclient}
    tcp = {"tcp_flags_ts": client, "tcp_flags_tc": server}

    (row,) = reading("suricata_eve", event("flow", **SMTP_ENDS, flow=flow, tcp=tcp)).of("connection")

    assert row.state == state


def test_netflow_is_one_direction_and_tls_a_handshake(reading):
    netflow = event("netflow", **SMTP_ENDS, netflow={"pkts": 4, "bytes": 400, "start": "2026-11-23T09:21:32+0000"})
    tls = event("tls", **{**SMTP_ENDS, "dest_port": 465}, tls={"sni": "MX.example", "version": "TLS 1.2"})

    read = reading("suricata_eve", netflow + tls)

    (flow,) = read.of("flow")
    assert (flow.packets, flow.octets, flow.reply_packets, flow.last_ts) == (4, 400, None, None)
    (session,) = read.of("tls_session")
    assert (session.server_name, session.tls_version, session.established) == ("mx.example", "TLSv1.2", None)


def test_a_time_without_zone_is_known_only_where_the_zone_is_declared(reading):
    line = event("dns", timestamp="2026-11-23T10:21:33.125000", dns={"type": "query", "rrname": "a.example"})

    unknown = reading("suricata_eve", line)
    known = reading("suricata_eve", line, time_zone=timezone(timedelta(hours=1)))

    assert [row.ts for row in unknown.rows] == [None]
    assert unknown.tally.problems == ["Its times are local and name no zone: declare time_zone on the evidence sheet."]
    assert [row.ts for row in known.rows] == [TS]


def test_packets_that_the_kernel_dropped_are_told(reading):
    stats = event("stats", stats={"capture": {"kernel_packets": 10, "kernel_drops": 3}})

    read = reading("suricata_eve", SMTP + stats + event("alert", alert={}))

    assert read.tally.lost_records == 3
    assert read.tally.ignored_records == {"an event of a kind that is not read": 2}


def test_lines_that_are_no_event_are_unread(reading):
    lines = b'noise\n{"event_type":"dns"}\n{"a":1}\n' + event("dns", dns={"type": "opt"}) + b"[" * 5000 + b"\n"

    read = reading("suricata_eve", FLOW + lines)

    assert read.tally.unread_records == {
        "no JSON object with an event type": 3, "an event without its own section": 1,
        "a dns event that is neither a request nor a response": 1,
    }  # fmt: skip


def test_only_events_are_recognised():
    assert detect(FLOW, "eve.json")
    assert detect(b"cut off}\n" + SMTP, "eve.json")
    assert not detect(b'{"ts":1.5,"uid":"C","event_type":"dns"}\n', "dns.log")
    assert not detect(b'{"timestamp":"2026-11-23T09:21:33Z","type":"dns"}\n', "x")
    assert not detect(b"", "eve.json")


WHOLE = (
    SMTP + FLOW + event("dns", dns={"version": 3, "type": "response", "queries": [{"rrname": "a"}], "answers": ANSWERS})
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 1500), st.integers(0, 4), st.binary(max_size=4), st.integers(0, 2000))
def test_every_byte_of_a_damaged_log_has_a_fate(reading, at, size, new, end):
    read = reading("suricata_eve", (WHOLE[:at] + new + WHOLE[at + size :])[:end])

    with_rows = sum(run.records or 0 for run in read.ledger if run.fate == "record")
    unread = sum(read.tally.unread_records.values())
    assert with_rows + sum(read.tally.ignored_records.values()) + unread == read.tally.records


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(["dns", "smtp", "flow", "netflow", "tls", "stats", "alert"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "rrname", "rdata", "queries", "answers", "grouped", "A", "soa", "rcpt_to", "tcp"]),
            inner, max_size=4,
        ),
        max_leaves=12,
    ),
)  # fmt: skip
def test_values_of_unexpected_kinds_break_nothing(reading, kind, value):
    body = {**value, "type": "answer"} if isinstance(value, dict) else value
    read = reading("suricata_eve", event(kind, **{kind: body}, email=value, tcp=value, timestamp=value))

    assert read.tally.records == 1
