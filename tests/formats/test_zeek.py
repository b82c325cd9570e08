import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import zeek
from forensics.formats._zeek_entries import Entry, domain_name
from forensics.formats._zeek_smtp import outcome_of
from forensics.formats.zeek import detect


def tsv(path: str, fields: str, *lines: str) -> bytes:
    header = f"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{path}\n"
    text = "".join("\t".join(line.split(" ")) + "\n" for line in (f"#fields {fields}", *lines))
    return (header + text + "#close\t2026-11-23-10-00-00\n").encode()


ENDS = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p"
FROM_TO = "1795425693.125000 C1 192.0.2.7 53124 198.51.100.53"
DNS = tsv(
    "dns",
    f"{ENDS} proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name AA TC RD RA Z answers TTLs",
    f"{FROM_TO} 53 udp 2571 0.001500 mx.example 1 C_INTERNET 1 A 0 NOERROR T F T F 0 192.0.2.5,192.0.2.6 60.0,120.0",
    f"{FROM_TO} 53 udp 2572 - Mail.Example 1 C_INTERNET 15 MX - - F F F F 0 - -",
)


def test_a_dns_entry_becomes_question_response_and_records(reading):
    read = reading("zeek", DNS)

    first, second = read.of("dns_query")
    assert (first.ts, first.client_ip, first.client_port) == (1795425693125000000, "192.0.2.7", 53124)
    assert (first.server_ip, first.server_port, first.transport) == ("198.51.100.53", 53, "udp")
    assert (first.qname, first.qtype, first.qclass, first.msg_id) == ("mx.example", "A", "IN", 2571)
    assert (first.recursion_desired, second.qname, second.recursion_desired) == (True, "mail.example", False)
    (response,) = read.of("dns_response")
    assert (response.ts, response.rcode, response.answer_count) == (1795425693126500000, "NOERROR", 2)
    assert (response.authoritative, response.truncated, response.rtt_ms) == (True, False, 1.5)
    assert [(row.owner, row.rtype, row.rdata, row.ttl_s) for row in read.of("dns_record")] == [
        ("mx.example", "A", "192.0.2.5", 60), ("mx.example", "A", "192.0.2.6", 120),
    ]  # fmt: skip
    assert [run.fate for run in read.ledger] == ["container", "record", "container"]


def test_types_and_owners_that_zeek_does_not_log_stay_unknown(reading):
    fields = f"{ENDS} proto query qtype rcode answers TTLs"
    log = tsv("dns", fields, f"{FROM_TO} 53 udp www.example 1 0 host.example,192.0.2.5 60.0,60.0",
              f"{FROM_TO} 53 udp mx.example 15 0 mail.example 60.0",
              f"{FROM_TO} 53 udp mx.example 16 0 TXT\\x207\\x20-all\\x20\\x2c 60.0")  # fmt: skip

    read = reading("zeek", log)

    assert [(row.owner, row.rtype, row.rdata) for row in read.of("dns_record")] == [
        (None, None, "host.example."), (None, "A", "192.0.2.5"), ("mx.example", None, "mail.example."),
        ("mx.example", "TXT", "-all ,"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail.Example", "mail.example"),
        ("", "."),
        ("<Root>", "."),
        (r"a\x20b.example", r"a\032b.example"),
        (r"caf\xc3\xa9.example", r"caf\195\169.example"),
        ("café.example", r"caf\195\169.example"),
        ("a..b", None),
        ("a" * 64, None),
    ],
)
def test_names_are_read_as_zeek_writes_them(text, expected):
    assert domain_name(text) == expected


@pytest.mark.parametrize(
    ("state", "history", "expected"),
    [
        ("SF", "ShADadFf", "established"),
        ("S1", "ShAdDa", "established"),
        ("S1", "Sh", "half_open"),
        ("RSTO", "ShR", "half_open"),
        ("RSTR", "ShADdr", "established"),
        ("REJ", "Sr", "refused"),
        ("REJ", "ShRr", "half_open"),
        ("S0", "S", "unanswered"),
        ("SH", "SF", "one_sided"),
        ("SHR", "^hf", "one_sided"),
        ("RSTOS0", "SR", "one_sided"),
        ("OTH", "DdAa", "midstream"),
        ("OTH", "DA", "one_sided"),
        ("SF", "DdFf", "midstream"),
        ("SF", "-", "established"),
        ("RSTO", "-", None),
        ("-", "-", None),
    ],
)
def test_the_state_of_a_connection_is_what_its_packets_show(reading, state, history, expected):
    log = tsv("conn", f"{ENDS} proto conn_state history", f"{FROM_TO} 25 tcp {state} {history}")

    assert [row.state for row in reading("zeek", log).of("connection")] == [expected]


def test_a_conn_entry_becomes_a_connection(reading):
    log = tsv(
        "conn",
        f"{ENDS} proto service duration orig_bytes resp_bytes conn_state missed_bytes history orig_pkts resp_pkts",
        f"{FROM_TO} 25 tcp ssl,smtp 1.500000 1200 800 SF 7 ShADadFf 12 10",
        f"{FROM_TO} 53 udp dns - - - SF 0 Dd 1 1",
    )

    tcp, udp = reading("zeek", log).of("connection")
    assert (tcp.ts, tcp.last_ts, tcp.service) == (1795425693125000000, 1795425694625000000, "smtp")
    assert (tcp.client_bytes, tcp.server_bytes, tcp.missing_bytes) == (1200, 800, 7)
    assert (tcp.client_packets, tcp.server_packets, tcp.transport) == (12, 10, "tcp")
    assert (udp.state, udp.last_ts, udp.service, udp.transport) == (None, None, "dns", "udp")


def test_an_ssl_entry_becomes_a_tls_session(reading):
    log = tsv("ssl", f"{ENDS} version cipher server_name resumed established",
              f"{FROM_TO} 465 TLSv13 TLS_AES_128_GCM_SHA256 MX.example F T")  # fmt: skip

    (row,) = reading("zeek", log).of("tls_session")
    assert (row.tls_version, row.cipher) == ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
    assert (row.server_name, row.established, row.server_port) == ("mx.example", True, 465)


SMTP = {
    "ts": 1795425693.125, "uid": "C1", "id.orig_h": "192.0.2.7", "id.orig_p": 53124, "id.resp_h": "198.51.100.25",
    "id.resp_p": 25, "trans_depth": 1, "helo": "out.example", "mailfrom": "a@example", "rcptto": ["b@test", "c@test"],
    "msg_id": "<1@example>", "subject": "hello", "last_reply": "250 2.0.0 Ok: queued as 4E8A1", "tls": False,
}  # fmt: skip


def test_an_accepted_message_is_told_with_its_envelope(reading):
    read = reading("zeek", json.dumps(SMTP).encode() + b"\n")

    (session,) = read.of("smtp_session")
    assert (session.session_no, session.helo, session.state) == (1, "out.example", "established")
    assert (session.envelopes, session.recipients, session.accepted) == (1, 2, 1)
    assert (session.content, session.starttls, session.last_reply_code) == ("clear", None, 250)
    (envelope,) = read.of("smtp_envelope")
    assert (envelope.accepted, envelope.queue_id, envelope.message_id) == (True, "4E8A1", "1@example")
    assert (envelope.data_reply_code, envelope.data_reply_text) == (250, "2.0.0 Ok: queued as 4E8A1")
    assert (envelope.mail_from, envelope.rcpt_count, envelope.session_no) == ("a@example", 2, 1)
    assert [row.rcpt_to for row in read.of("smtp_recipient")] == ["b@test", "c@test"]


def test_the_lines_of_one_connection_are_one_session(reading):
    second = {**SMTP, "trans_depth": 2, "last_reply": "554 5.7.1 refused", "mailfrom": ""}
    other = {**SMTP, "uid": "C2"}
    lines = [json.dumps(entry).encode() for entry in (SMTP, other, second)]

    read = reading("zeek", b"\n".join(lines) + b"\n")

    assert [(row.session_no, row.envelopes, row.accepted) for row in read.of("smtp_session")] == [(1, 2, 1), (2, 1, 1)]
    assert [(row.session_no, row.envelope_no, row.accepted, row.mail_from) for row in read.of("smtp_envelope")] == [
        (1, 1, True, "a@example"), (2, 1, True, "a@example"), (1, 2, False, ""),
    ]  # fmt: skip


def test_after_starttls_nothing_is_known(reading):
    entry = {name: SMTP[name] for name in ("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "helo")}
    entry |= {"trans_depth": 1, "last_reply": "220 2.0.0 Ready to start TLS", "tls": True}

    read = reading("zeek", json.dumps(entry).encode())

    (session,) = read.of("smtp_session")
    assert (session.starttls, session.content, session.accepted) == ("accepted", "encrypted", None)
    assert read.of("smtp_envelope") == []


@pytest.mark.parametrize(
    ("reply", "content", "accepted"),
    [
        ("250 2.0.0 Ok: queued as 4E8A1", False, True),
        ("250 OK id=1Mugho-0003Dg-Un", False, True),
        ("250 2.0.0 OK 1795425693 x1 - gsmtp", True, True),
        ("250 Ok", True, True),
        ("250 Ok", False, None),
        ("250 2.1.5 Ok", False, None),
        ("250 2.1.5 Ok", True, None),
        ("250 Accepted", False, None),
        ("354 End data with <CR><LF>.<CR><LF>", True, None),
        ("221 2.0.0 Bye", False, None),
        ("221 2.0.0 Bye", True, None),
        ("451 4.7.1 try later", True, False),
        ("550 5.1.1 no such user", False, False),
        ("", True, None),
        (None, True, None),
    ],
)
def test_only_the_reply_to_the_message_shows_acceptance(reply, content, accepted):
    values: dict[str, str | list[str]] = {"msg_id": "<1@example>"} if content else {}

    outcome = outcome_of(Entry({**values, **({} if reply is None else {"last_reply": reply})}, ",", "(empty)"))

    assert outcome.accepted is accepted
    assert (outcome.code is not None) <= (accepted is not None)


@pytest.mark.parametrize(
    "ts", [1795425693.125, "2026-11-23T09:21:33.125000Z", 1795425693125, "2026-11-23T10:21:33.125+01:00"]
)
def test_json_times_of_every_kind_are_read(reading, ts):
    line = {**SMTP, "ts": ts, "_path": "smtp", "_write_ts": ts}

    assert {row.ts for row in reading("zeek", json.dumps(line).encode()).rows} == {1795425693125000000}


def test_a_null_sender_is_empty_and_an_unset_one_unknown(reading):
    log = tsv(
        "smtp", f"{ENDS} mailfrom rcptto last_reply", f"{FROM_TO} 25 (empty) <b@test> 250", f"{FROM_TO} 25 - b 250"
    )

    assert [row.mail_from for row in reading("zeek", log).of("smtp_envelope")] == ["", None]


def test_lines_of_other_logs_are_ignored_and_damaged_ones_unread(reading):
    http = tsv("http", f"{ENDS} method", f"{FROM_TO} 80 GET")
    lines = b'{"ts":1.5,"uid":"C","method":"GET"}\n{"ts":\nshort line\n'

    read = reading("zeek", DNS + http + lines)

    assert read.tally.ignored_records == {"a line of another Zeek log": 2}
    assert read.tally.unread_records == {
        "no JSON object of a Zeek log": 1, "not as many columns as #fields names": 1,
    }  # fmt: skip


def test_other_separators_are_taken_from_the_header(reading):
    log = b"#separator \\x2c\n#set_separator,|\n#empty_field,EMPTY\n#unset_field,NONE\n#path,dns\n"
    log += b"#fields,ts,uid,id.orig_h,id.resp_h,query,rcode,answers,qtype\n"
    log += b"1.5,C1,192.0.2.7,192.0.2.1,EMPTY,0,192.0.2.5|192.0.2.6,NONE\n"

    read = reading("zeek", log)

    assert [(row.qname, row.qtype, row.ts) for row in read.of("dns_query")] == [(".", None, 1500000000)]
    assert [row.rdata for row in read.of("dns_record")] == ["192.0.2.5", "192.0.2.6"]


def test_only_these_logs_of_zeek_are_recognised():
    assert detect(DNS, "dns.log")
    assert detect(json.dumps(SMTP).encode() + b"\n", "x")
    assert not detect(tsv("http", f"{ENDS} method"), "http.log")
    assert not detect(b'{"timestamp":"2026-11-23T09:21:33+0000","event_type":"dns","dns":{}}\n', "eve.json")
    assert not detect(b'{"ts":1.5,"uid":"C","id.orig_h":"192.0.2.7","id.resp_h":"192.0.2.1","method":"GET"}', "x")
    assert not detect(b"", "dns.log")


def test_the_sample_of_the_docstring_is_a_query(reading):
    sample = (zeek.__doc__ or "").split("Sample::")[1].splitlines()[2].strip().encode()

    assert detect(sample, "x")
    assert [row.qname for row in reading("zeek", sample).of("dns_query")] == ["mx.example"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from([DNS, json.dumps(SMTP).encode() + b"\n" + json.dumps({**SMTP, "uid": "C2"}).encode()]),
    st.integers(0, 600), st.integers(0, 4), st.binary(max_size=4), st.integers(0, 900),
)  # fmt: skip
def test_every_byte_of_a_damaged_log_has_a_fate(reading, content, at, size, new, end):
    read = reading("zeek", (content[:at] + new + content[at + size :])[:end])

    unread = sum(read.tally.unread_records.values())
    with_rows = sum(run.records or 0 for run in read.ledger if run.fate == "record")
    assert with_rows + sum(read.tally.ignored_records.values()) + unread == read.tally.records
    assert {row.record_no for row in read.rows} <= set(range(1, 20))
