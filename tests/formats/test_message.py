from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats.message import detect

MESSAGE = b"""\
Return-Path: <quinn@alder.example>
X-Original-To: ana@northwind.example
Delivered-To: bruno@northwind.example
Received: from MX.alder.example (mx.alder.example [IPv6:2001:DB8::18])
\tby mx1.northwind.example (Postfix) with ESMTPS id 702C63703B4
\tfor <ana@northwind.example>; Mon, 23 Nov 2026 09:28:53 +0000 (UTC)
Received: from ws12.lan.example (unknown [192.0.2.66])
\tby mx.alder.example (Postfix) with ESMTP id 593E33703B3; Mon, 23 Nov 2026 10:28:52 +0100 (CET)
Date: Mon, 23 Nov 2026 09:28:51 +0000
From: Quinn <quinn@alder.example>
To: ana@northwind.example, "Bruno, sales" <bruno@northwind.example>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <20261123092851.21@ws12.lan.example>

Hello
"""
CASES = Path(__file__).resolve().parents[2] / ".." / "shared" / "cases"


def test_a_message_gives_its_header_and_its_hops(reading):
    read = reading("message", MESSAGE)

    (message,) = read.of("message")
    assert (message.ts, message.delivered_ts) == (1795426131000000000, 1795426133000000000)
    assert message.message_id == "20261123092851.21@ws12.lan.example"
    assert (message.return_path, message.delivered_to) == ("quinn@alder.example", "bruno@northwind.example")
    assert (message.header_from, message.header_to) == (
        "quinn@alder.example", "ana@northwind.example, bruno@northwind.example",
    )  # fmt: skip
    assert (message.subject, message.hops, message.problems) == ("Grüße", 2, None)
    assert (message.header_bytes, message.size_bytes) == (len(MESSAGE) - 6, len(MESSAGE))
    assert (message.record_no, message.offset, message.length) == (1, 0, len(MESSAGE))

    top, below = read.of("message_hop")
    assert (top.hop_no, top.from_helo, top.from_rdns, top.from_ip) == (
        1, "MX.alder.example", "mx.alder.example", "2001:db8::18",
    )  # fmt: skip
    assert (top.by, top.protocol, top.id, top.envelope_to) == (
        "mx1.northwind.example", "ESMTPS", "702C63703B4", "ana@northwind.example",
    )  # fmt: skip
    assert (below.hop_no, below.from_ip, below.ts) == (2, "192.0.2.66", 1795426132000000000)
    assert MESSAGE[below.offset : below.offset + below.length].startswith(b"Received: from ws12")
    assert below.message_id == message.message_id


def test_a_bounce_has_an_empty_return_path_and_a_missing_one_is_unknown(reading):
    (bounce,) = reading("message", b"Return-Path: <>\nFrom: MAILER-DAEMON@a.example\n\n").of("message")
    assert bounce.return_path == ""

    (other,) = reading("message", b"From: ana@a.example\nSubject: x\n\n").of("message")
    assert (other.return_path, other.ts, other.hops, other.problems) == (None, None, 0, "no Date field")


def test_a_date_without_a_zone_is_no_time(reading):
    (message,) = reading("message", b"From: a@b.example\nDate: Mon, 23 Nov 2026 09:28:51\n\n").of("message")

    assert (message.ts, message.problems) == (None, "a Date field that names no instant")


def test_two_from_fields_are_both_shown(reading):
    (message,) = reading("message", b"Date: x\nFrom: a@b.example\nFrom: c@d.example\n\n").of("message")

    assert message.header_from == "a@b.example, c@d.example"
    assert "2 From fields" in message.problems


def test_the_body_does_not_matter_and_is_not_held(reading):
    content = MESSAGE + b"\n\nReceived: from nowhere\n\n" + b"x" * (20 << 20)
    read = reading("message", content)

    assert read.of("message")[0].hops == 2
    assert read.of("message")[0].size_bytes == len(content)


def test_a_header_block_without_end_is_bounded(reading):
    read = reading("message", b"From: a@b.example\nDate: x\n" + b"X-A: " + b"y" * (20 << 20))

    assert read.of("message")[0].header_from == "a@b.example"


def test_hops_are_bounded(reading):
    read = reading("message", b"Received: from a by b; Mon, 23 Nov 2026 09:28:51 +0000\n" * 3_000 + b"From: a@b.c\n\n")

    assert read.of("message")[0].hops == 3_000
    assert len(read.of("message_hop")) == 1_000
    assert "3000 Received fields, of which 1000 are read" in read.of("message")[0].problems


def test_what_has_no_header_field_is_unread(reading):
    assert reading("message", b"\x00\x01\x02").tally.unread_records == {"no header field": 1}
    assert reading("message", b"").tally.records == 0


def test_a_message_that_went_in_a_loop_is_recognised_by_its_many_hops():
    hop = b"Received: from mx1.northwind.example by mx2.northwind.example; Mon, 23 Nov 2026 09:28:53 +0000\n"
    assert recognise(hop * 60 + MESSAGE, "bounce.eml").NAME == "message"


def test_detection_is_strict():
    assert recognise(MESSAGE, "1.eml").NAME == "message"
    assert detect(b"\xef\xbb\xbf\r\n\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nbody", "x.eml")
    assert detect(b"Received: from a by b; x\n\tid 1\nDKIM-Signature: v=1\n", "m")
    for other in (
        b"",
        b"hello\nFrom: a\nDate: b\n\n",
        b"From quinn@alder.example Mon Nov 23 09:28:53 2026\nFrom: a@b\nDate: x\n\n",
        b"Nov 23 09:13:41 mx1 postfix/smtpd[174]: connect from a[192.0.2.1]\n" * 5,
        b"Date: Mon, 23 Nov 2026 09:28:51 GMT\nContent-Type: text/html\nServer: x\n\n",
        b"Domain Name: NORTHWIND.EXAMPLE\nRegistrar: x\nSubject: y\n",
        b'{"From": "a", "Date": "b"}',
        b"From: a\nno field\nno field\nDate: b\nno field\n\n",
    ):
        assert not detect(other, "x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.integers(0, len(MESSAGE)), st.integers(0, len(MESSAGE)), st.binary(max_size=6))
def test_a_damaged_message_is_read_or_unread(reading, start, end, insert):
    read = reading("message", MESSAGE[:start] + insert + MESSAGE[end:])
    assert len(read.of("message")) + sum(read.tally.unread_records.values()) == read.tally.records <= 1


def test_the_messages_of_the_public_cases_are_read_whole(reading):
    if not CASES.exists():
        pytest.skip("the public cases are not beside the checkout (../shared)")
    paths = sorted(CASES.glob("*/evidence/mail/**/Maildir/new/*"))
    assert len(paths) > 50
    for path in paths:
        content = path.read_bytes()
        assert recognise(content[:65536], path.name).NAME == "message"
        read = reading("message", content)
        (message,) = read.of("message")
        assert message.ts is not None
        assert message.delivered_ts is not None
        assert message.hops == len(read.of("message_hop")) >= 1
        assert all(hop.ts and hop.by for hop in read.of("message_hop"))
