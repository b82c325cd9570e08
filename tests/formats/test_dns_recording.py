"""A recording as evidence: the bytes of the answer decide, not the words around them."""

from __future__ import annotations

import base64
import json
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest

AT = "2026-11-23T09:13:34.000001Z"


def wire(rcode: int = 0, *records: str, question: str = "mx.example") -> str:
    made = dns.message.make_response(dns.message.make_query(question, "A", id=7), recursion_available=True)
    made.set_rcode(rcode)
    made.answer = [dns.rrset.from_text(*record.split(" ", 4)) for record in records]
    return base64.b64encode(made.to_wire()).decode()


def line(**values: Any) -> bytes:
    entry = {"format": "forensics-dns-recording/1", "asked_at": AT, "qname": "mx.example", "qtype": "A", **values}
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def test_records_carry_time_server_and_citation(reading):
    content = line(status="ok", server="192.0.2.53", wire=wire(0, "mx.example. 60 IN A 192.0.2.25"))
    (row,) = reading("dns_recording", content).rows
    assert (row.owner, row.rtype, row.rdata, row.ttl_s, row.server_ip, row.ts, row.length) == (
        "mx.example", "A", "192.0.2.25", 60, "192.0.2.53", 1_795_425_214_000_001_000, len(content),
    )  # fmt: skip


@pytest.mark.parametrize(("rcode", "status"), [(0, "nodata"), (3, "nxdomain"), (2, "servfail"), (5, "refused")])
def test_the_bytes_decide_and_not_the_word_beside_them(reading, rcode, status):
    (row,) = reading("dns_recording", line(status="ok", wire=wire(rcode))).rows
    assert (row.owner, row.rtype, row.status) == ("mx.example", "A", status)


def test_an_alias_that_leads_nowhere_is_told_of_the_name_it_leads_to(reading):
    rows = reading("dns_recording", line(status="nxdomain", wire=wire(3, "mx.example. 9 IN CNAME gone.test."))).rows
    assert [(row.owner, row.rtype, row.status) for row in rows] == [
        ("mx.example", "CNAME", None), ("gone.test", "A", "nxdomain"),
    ]  # fmt: skip


def test_what_was_not_sent_gives_no_row(reading):
    read = reading("dns_recording", line(status="not_sent") + line(status="timeout"))
    assert [row.status for row in read.rows] == ["timeout"]
    assert dict(read.tally.ignored_records) == {"a question that was not sent": 1}


@pytest.mark.parametrize(
    "content",
    [
        line(status="ok"),
        line(status="ok", wire="no base64"),
        line(status="ok", wire=base64.b64encode(b"short").decode()),
        line(status="ok", wire=wire(0, question="other.example")),
        line(status="ok", qname="a..b", wire=wire()),
        line(status="unheard of"),
        b'{"format":"forensics-dns-recording/1"}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_what_is_no_answer_to_its_question_is_unread(reading, content):
    read = reading("dns_recording", line(status="timeout") + content)
    assert len(read.rows) == 1
    assert sum(read.tally.unread_records.values()) == 1


def test_an_answer_that_breaks_off_is_a_failure_of_the_server(reading):
    whole = base64.b64decode(wire(0, "mx.example. 60 IN A 192.0.2.25"))
    (row,) = reading("dns_recording", line(status="ok", wire=base64.b64encode(whole[:-13]).decode())).rows
    assert row.status == "servfail"


def policy(**values: Any) -> bytes:
    entry = {
        "format": "forensics-policy-recording/1", "asked_at": AT, "host": "mta-sts.example", "url": "https://mta-sts.example/",
        "outcome": "answered", **values,
    }  # fmt: skip
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_an_attempt_to_fetch_a_policy_is_read_from_its_bytes(reading):
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nversion: STSv1\n\xff"
    read = reading("dns_recording", line(status="timeout") + policy(address="192.0.2.1", response=b64(response)))
    (row,) = read.of("policy_file")
    assert (row.outcome, row.http_status, row.media_type, row.body, row.server_ip, row.record_no) == (
        "answered", 200, "text/plain", "version: STSv1\n\\xff", "192.0.2.1", 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (b"HTTP/1.1 404 Gone\r\n\r\n", "http_status"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n", "redirect"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 65_537, "oversized"),
        (b"\0" * 100, "no_http"),
    ],
)
def test_the_bytes_of_a_response_decide_and_not_the_word_beside_them(reading, response, outcome):
    (row,) = reading("dns_recording", line(status="not_sent") + policy(response=b64(response))).rows
    assert (row.outcome, row.body) == (outcome, None)


@pytest.mark.parametrize(
    "content", [policy(), policy(response="no base64"), policy(outcome="unheard of"), policy(host=5)]
)
def test_what_is_no_attempt_is_unread(reading, content):
    read = reading("dns_recording", line(status="timeout") + content)
    assert (len(read.rows), sum(read.tally.unread_records.values())) == (1, 1)


@pytest.mark.parametrize(
    ("rcode", "rows"), [(0, ["bogus"]), (3, ["bogus"]), (2, []), (5, [])]
)  # fmt: skip
def test_what_is_said_without_a_check_of_signatures_is_never_taken(reading, rcode, rows):
    content = wire(rcode, *(["mx.example. 60 IN A 192.0.2.25"] if rcode == 0 else []))
    read = reading("dns_recording", line(status="servfail", wire=content, checking_disabled=True))
    assert [(row.status, row.rdata) for row in read.rows] == [(status, None) for status in rows]


@pytest.mark.parametrize(("flags", "authenticated"), [("QR RD RA AD", True), ("QR RD RA", False)])
def test_the_resolvers_word_on_signatures_is_kept(reading, flags, authenticated):
    made = dns.message.make_response(dns.message.make_query("mx.example", "A", id=7))
    made.flags = dns.flags.from_text(flags)
    (row,) = reading("dns_recording", line(status="nodata", wire=b64(made.to_wire()))).rows
    assert (row.status, row.authenticated) == ("nodata", authenticated)


def visit(**values: Any) -> bytes:
    entry = {"format": "forensics-smtp-recording/1", "asked_at": AT, "host": "mx.example", "outcome": "done", **values}
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def test_a_visit_is_read_from_the_bytes_of_its_replies(reading):
    turns = [
        {"sent": None, "received": b64(b"220 mx.example\x1b[2J\r\n")},
        {"sent": "EHLO [192.0.2.9]", "received": b64(b"250-mx\r\n250 STARTTLS\r\n")},
        {"sent": "STARTTLS", "received": b64(b"454 not now\r\n")},
    ]
    read = reading("dns_recording", line(status="timeout") + visit(address="192.0.2.25", port=25, turns=turns))
    (row,) = read.of("smtp_probe")
    assert (row.host, row.server_ip, row.server_port, row.outcome) == ("mx.example", "192.0.2.25", 25, "done")
    assert (row.banner_code, row.banner, row.extensions, row.starttls) == (
        220, "mx.example\x1b[2J", "STARTTLS", "refused",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"turns": [{"sent": None, "received": b64(b"SSH-2.0\r\n")}]}, "no SMTP reply"),
        ({"certificate": b64(b"junk")}, "the certificate cannot be read: an element breaks off"),
        ({"note": "timed out", "turns": [{"sent": None, "received": ""}]}, "timed out; no SMTP reply"),
    ],
)
def test_what_a_server_said_wrong_is_noted(reading, values, note):
    (row,) = reading("dns_recording", line(status="not_sent") + visit(**values)).rows
    assert (row.banner, row.cert_subject, row.note) == (None, None, note)


@pytest.mark.parametrize(
    "content",
    [
        visit(port=10**30), visit(port=-1), visit(host="\ud800"), visit(turns=[[1, 2]]), visit(certificate="no base64"),
        visit(turns=[{"sent": None, "received": "!"}]), visit(turns=[{"sent": None, "received": ""}] * 9),
        policy(outcome="timeout", port=10**30), policy(outcome="timeout", host="\ud800"),
    ],
)  # fmt: skip
def test_a_contact_that_breaks_its_grammar_is_unread(reading, content):
    read = reading("dns_recording", line(status="timeout") + content)
    assert (len(read.rows), sum(read.tally.unread_records.values())) == (1, 1)


def test_a_time_that_no_table_can_hold_is_unknown(reading):
    late = {"asked_at": "9999-12-31T23:59:59Z"}
    read = reading("dns_recording", line(status="timeout", **late) + visit(**late) + policy(outcome="timeout", **late))
    assert [row.ts for row in read.rows] == [None, None, None]
