from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats._log_times import NO_YEAR, NO_ZONE
from forensics.formats.postfix_log import detect, is_postfix, parse_line

RECEIVED = b"""\
Nov 23 09:13:41 mx1 postfix/smtpd[174]: connect from mx.alder.example[198.51.100.18]
Nov 23 09:13:41 mx1 postfix/smtpd[174]: C7D3739A5FF: client=mx.alder.example[198.51.100.18]
Nov 23 09:13:41 mx1 postfix/cleanup[178]: C7D3739A5FF: message-id=<a1@alder.example>
Nov 23 09:13:41 mx1 opendkim[40]: C7D3739A5FF: DKIM verification successful
Nov 23 09:13:41 mx1 postfix/qmgr[160]: C7D3739A5FF: from=<sam@alder.example>, size=1204, nrcpt=1 (queue active)
Nov 23 09:13:42 mx1 postfix/virtual[176]: C7D3739A5FF: to=<bruno@northwind.example>, relay=virtual, delay=0.05, \
delays=0.04/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)
Nov 23 09:13:42 mx1 postfix/qmgr[160]: C7D3739A5FF: removed
"""
CASES = Path(__file__).resolve().parents[3] / ".." / "shared" / "cases"


def one(reading, line: bytes, **facts):
    (row,) = reading("postfix_log", line + b"\n", **facts).rows
    return row


def test_a_message_is_followed_through_the_queue(reading):
    read = reading("postfix_log", RECEIVED, time_zone=UTC, year=2026)

    assert [(row.event, row.direction, row.queue_id) for row in read.rows] == [
        ("connect", "in", None),
        ("accepted", "in", "C7D3739A5FF"),
        ("message_id", None, "C7D3739A5FF"),
        ("queued", None, "C7D3739A5FF"),
        ("delivery", "local", "C7D3739A5FF"),
        ("removed", None, "C7D3739A5FF"),
    ]
    accepted, message_id, queued, delivery = read.rows[1:5]
    assert (accepted.ts, accepted.host, accepted.program, accepted.pid) == (1795425221000000000, "mx1", "smtpd", 174)
    assert (accepted.peer_ip, accepted.peer_name) == ("198.51.100.18", "mx.alder.example")
    assert message_id.message_id == "a1@alder.example"
    assert (queued.mail_from, queued.size_bytes, queued.recipients) == ("sam@alder.example", 1204, 1)
    assert (delivery.rcpt_to, delivery.status, delivery.dsn) == ("bruno@northwind.example", "sent", "2.0.0")
    assert (delivery.delay_s, delivery.reply_text) == (0.05, "delivered to maildir")
    assert (read.rows[0].record_no, read.rows[0].offset, read.rows[0].length) == (1, 0, 85)
    assert read.tally.ignored_records == {"another program (opendkim)": 1}
    assert read.tally.problems == []


def test_times_without_year_and_zone_are_none_and_asked_for(reading):
    read = reading("postfix_log", RECEIVED)

    assert {row.ts for row in read.rows} == {None}
    assert read.tally.problems == [NO_ZONE, NO_YEAR]


@pytest.mark.parametrize(
    ("line", "ts"),
    [
        (b"2026-11-23T10:13:41.003115+01:00 mx1 postfix/qmgr[160]: 4E8A1B: removed", 1795425221003115000),
        (b"2026-11-23T09:13:41+0000 mx1 postfix/qmgr[160]: 4E8A1B: removed", 1795425221000000000),
        (b"<22>1 2026-11-23T09:13:41Z mx1 postfix/qmgr 160 - - 4E8A1B: removed", 1795425221000000000),
        (
            b'{"__REALTIME_TIMESTAMP":"1795425221003115","_HOSTNAME":"mx1","_PID":"160",'
            b'"SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":"4E8A1B: removed"}',
            1795425221003115000,
        ),
    ],
)
def test_every_frame_gives_the_same_event(reading, line, ts):
    row = one(reading, line)

    assert (row.ts, row.host, row.program, row.pid) == (ts, "mx1", "qmgr", 160)
    assert (row.event, row.queue_id) == ("removed", "4E8A1B")
    assert recognise(line + b"\n", "mail.log").NAME == "postfix_log"


@pytest.mark.parametrize(
    ("tag", "message", "direction"),
    [
        ("postfix/smtpd", "4E8A1B: client=a[192.0.2.1]", "in"),
        ("postfix/smtp-2525/smtpd", "4E8A1B: client=a[192.0.2.1]", "in"),
        ("postfix/smtpd", "4E8A1B: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=ana", "submission"),
        ("postfix/submission/smtpd", "4E8A1B: client=a[192.0.2.1]", "submission"),
        ("postfix-in/smtps/smtpd", "4E8A1B: client=a[192.0.2.1]", "submission"),
        ("postfix/smtpd", "4E8A1B: client=localhost[127.0.0.1], orig_client=a[192.0.2.1]", "local"),
        ("postfix/smtpd", "4E8A1B: client=localhost[::1]", "local"),
        ("postfix/pickup", "4E8A1B: uid=0 from=<root>", "local"),
        ("postfix/smtp", "4E8A1B: to=<a@b.example>, relay=none, delay=1, dsn=4.4.1, status=deferred (x)", "out"),
        ("postfix/smtp", "4E8A1B: to=<a@b>, relay=c[127.0.0.1]:10024, delay=1, dsn=2.0.0, status=sent (x)", "local"),
        ("postfix/lmtp", "4E8A1B: to=<a@b>, relay=c[private/lmtp], delay=1, dsn=2.0.0, status=sent (x)", "local"),
        ("postfix/lmtp", "4E8A1B: to=<a@b>, relay=c[192.0.2.9]:24, delay=1, dsn=2.0.0, status=sent (x)", "out"),
        ("postfix/error", "4E8A1B: to=<a@b>, relay=none, delay=1, dsn=5.0.0, status=bounced (x)", None),
    ],
)
def test_the_direction_follows_from_daemon_service_and_peer(reading, tag, message, direction):
    row = one(reading, f"Nov 23 09:13:41 mx1 {tag}[1]: {message}".encode())

    assert row.direction == direction
    assert row.event in ("accepted", "delivery")


def test_a_delivery_names_the_server_and_its_queue_id(reading):
    row = one(
        reading,
        b"Nov 23 09:13:41 mx1 postfix/smtp[1]: 4E8A1B: to=<pat@alder.example>, relay=MX.b.example[2001:DB8::18]:25, "
        b"delay=0.2, delays=0/0/0.1/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1CAF4)",
    )

    assert (row.peer_name, row.peer_ip, row.peer_port) == ("mx.b.example", "2001:db8::18", 25)
    assert (row.reply_code, row.dsn, row.remote_queue_id) == (250, "2.0.0", "1CAF4")


def test_a_rejection_has_its_reply_and_envelope_and_no_queue_id(reading):
    row = one(
        reading,
        b"Nov 23 09:13:41 mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 "
        b"<v@birch.example>: Relay access denied; from=<> to=<v@birch.example> proto=ESMTP helo=<pool>",
    )

    assert (row.event, row.queue_id, row.reply_code, row.dsn) == ("reject", None, 554, "5.7.1")
    assert (row.mail_from, row.rcpt_to, row.helo) == ("", "v@birch.example", "pool")
    assert (row.peer_name, row.peer_ip) == (None, "192.0.2.7")


def test_a_bounce_names_the_queue_id_of_its_notification(reading):
    row = one(reading, b"Nov 23 09:13:41 mx1 postfix/bounce[1]: 4E8A1B: sender non-delivery notification: 4E8A2C")

    assert (row.event, row.queue_id, row.related_queue_id) == ("bounce", "4E8A1B", "4E8A2C")


def test_a_session_counts_its_commands_and_envelopes(reading):
    row = one(
        reading,
        b"Nov 23 09:13:41 mx1 postfix/smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 mail=2/3 quit=1 commands=4/5",
    )

    assert (row.event, row.envelopes, row.commands) == ("disconnect", 2, 5)


def test_a_line_of_unknown_shape_is_an_other_event(reading):
    row = one(reading, b"Nov 23 09:13:41 mx1 postfix/smtpd[1]: something never seen \xff")

    assert (row.event, row.reply_text) == ("other", "something never seen \\xff")


def test_a_repeated_line_counts_as_often_as_it_says(reading):
    line = b"Nov 23 09:13:41 mx1 postfix/smtpd[1]: message repeated 3 times: [ connect from a[192.0.2.1]]\n"

    assert [row.event for row in reading("postfix_log", line).rows] == ["connect"] * 3


def test_a_repeated_line_is_bounded(reading):
    line = b"Nov 23 09:13:41 mx1 postfix/smtpd[1]: message repeated 999999999 times: [ connect from a[192.0.2.1]]\n"
    read = reading("postfix_log", line)

    assert len(read.rows) == 10_000
    assert "a line says it was repeated 999999999 times: 10000 rows stand for it." in read.tally.problems


def test_what_is_not_postfix_is_ignored_or_unread_with_its_reason(reading):
    read = reading(
        "postfix_log",
        b"-- Journal begins at Mon 2026-11-23 09:00:00 UTC. --\n"
        b"Nov 23 09:13:41 mx1 dovecot: imap-login: Login: user=<ana>\n"
        b"Nov 23 09:13:41 mx1 last message repeated 2 times\n"
        b"\n"
        b"Nov 23 09:13:41 mx1 postfix/qmgr[160]: 4E8A1B: removed\n"
        b"no log line\n",
    )

    assert len(read.rows) == 1
    assert read.tally.ignored_records == {
        "journalctl's own line": 1,
        "another program (dovecot)": 1,
        "repetitions of the line before, not counted": 1,
    }
    assert read.tally.unread_records == {"no time stamp, host and program as syslog or journald write them": 1}


def test_the_names_of_other_programs_are_bounded(reading):
    lines = b"".join(b"Nov 23 09:13:41 mx1 p%d: x\n" % number for number in range(1000))

    assert len(reading("postfix_log", lines).tally.ignored_records) == 201


def test_detection_claims_postfix_logs_alone():
    assert detect(RECEIVED, "mail.log")
    assert detect(b"Nov 23 09:13:41 mx1 opendkim[40]: start\n" + RECEIVED, "maillog")
    for other in (
        b"",
        b"Received: from mx1 (mx1 [192.0.2.1]) by mx2 (postfix/smtpd) with ESMTP\n",
        b"Nov 23 09:13:41 ns1 named[1]: client 192.0.2.1#5: query: postfix.example IN MX + (::1)\n",
        b"2026-11-23 09:13:41 1vNkXG-0001Ab-3f <= a@b H=postfix/smtpd\n",
        b"Nov 23 09:13:41 mx1 postgrey[1]: postfix action=pass\n",
    ):
        assert not detect(other, "x")


def test_tags_of_postfix():
    for tag in (
        "postfix/smtpd",
        "postfix-out/smtp",
        "postfix/submission/smtpd",
        "mx/qmgr",
        "postfix",
        "postfix/policy",
    ):
        assert is_postfix(tag)
    for tag in ("opendkim", "postgrey", "smtpd", "postfix-policyd-spf", "dovecot/lmtp-x"):
        assert not is_postfix(tag)


def test_parse_line_gives_the_fields_as_logged():
    assert parse_line("Nov 23 09:13:41 mx1 postfix/qmgr[160]: 4E8A1B: removed\n") == {
        "time": "Nov 23 09:13:41",
        "host": "mx1",
        "program": "postfix/qmgr",
        "daemon": "qmgr",
        "pid": "160",
        "message": "4E8A1B: removed",
        "queue_id": "4E8A1B",
        "event": "removed",
    }
    assert parse_line("Nov 23 09:13:41 mx1 named[1]: x") is None
    assert parse_line("no log line") is None


def test_the_turn_of_the_year_is_followed_and_reported(reading):
    read = reading(
        "postfix_log",
        b"Dec 31 23:59:59 mx1 postfix/qmgr[1]: 4E8A1B: removed\nJan  1 00:00:01 mx1 postfix/qmgr[1]: 4E8A2C: removed\n",
        time_zone=ZoneInfo("Europe/Berlin"), year=2025,
    )  # fmt: skip

    assert [row.ts for row in read.rows] == [1767221999000000000, 1767222001000000000]
    assert read.tally.problems == ["1 of its times: a turn of the year, taken from dates that run backwards."]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.integers(0, len(RECEIVED)), st.integers(0, len(RECEIVED)), st.binary(max_size=6))
def test_a_damaged_log_is_accounted_for_byte_by_byte(reading, start, end, insert):
    read = reading("postfix_log", RECEIVED[:start] + insert + RECEIVED[end:], time_zone=UTC, year=2026)
    tally = read.tally
    ignored, unread = sum(tally.ignored_records.values()), sum(tally.unread_records.values())
    assert len(read.rows) + ignored + unread >= tally.records


def test_the_logs_of_the_public_cases_are_read_whole(reading):
    if not CASES.exists():
        pytest.skip("the public cases are not beside the checkout (../shared)")
    logs = sorted(CASES.glob("*/evidence/mail/**/mail.log"))
    assert len(logs) >= 40
    for log in logs:
        content = log.read_bytes()
        assert recognise(content[:65536], log.name).NAME == "postfix_log"
        read = reading("postfix_log", content, time_zone=UTC, year=2026)
        assert read.tally.unread_records == {}
        assert all(row.ts for row in read.rows)
