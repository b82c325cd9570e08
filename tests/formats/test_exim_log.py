"""Exim: what came in, what was handed over, what was refused; and the logs of Exim's own suite, by their flags."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import exim_log

SUITE = Path(__file__).resolve().parents[3] / "shared" / "suites" / "exim" / "cases.json"
AT = "2026-11-23 09:13:41 "
ID = "1tBAbc-00000000123-4567"
CAME_IN = (
    f"{AT}{ID} <= sam@alder.example H=mx.alder.example (alder) [198.51.100.18]:40112 P=esmtps "
    "X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no S=1204 id=a1@alder.example "
    'T="H=[192.0.2.1] \\" P=local" for b@x.example\n'
)
STORED = f"{AT}{ID} => bruno <bruno@northwind.example> R=localuser T=local_delivery QT=3s\n"
HANDED_OVER = (
    f"{AT}{ID} => kim@alder.example R=dnslookup T=remote_smtp H=mx.alder.example [198.51.100.18] "
    'X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes DN="CN=mx.alder.example" C="250 2.0.0 Ok: queued as C7D3739A5FF"\n'
)
BOUNCED = (
    f"{AT}{ID} ** kim@oak.example R=dnslookup T=remote_smtp H=mx.oak.example [203.0.113.9]: SMTP error from remote "
    "mail server after RCPT TO:<kim@oak.example>: 550 5.1.1 No such user\n"
)
DEFERRED = f"{AT}{ID} == kim@oak.example R=dnslookup T=remote_smtp defer (111): Connection refused\n"
REFUSED = (
    f"{AT}H=probe.example (probe) [198.51.100.99] F=<y@probe.example> rejected RCPT <x@elsewhere.example>: "
    "relay not permitted\n"
)
COMPLETED = f"{AT}{ID} Completed\n"
EVERYTHING = CAME_IN + STORED + HANDED_OVER + BOUNCED + DEFERRED + REFUSED + COMPLETED


def rows_of(reading, text, **facts):
    return reading("exim_log", text.encode(), **{"time_zone": UTC} | facts).of("mta_event")


def test_a_message_from_the_network_is_in_the_spool_when_its_line_is_written(reading):
    accepted, queued = rows_of(reading, CAME_IN)
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.peer_name, accepted.helo, accepted.peer_port) == ("mx.alder.example", "alder", 40112)
    assert (accepted.mail_from, accepted.message_id, accepted.size_bytes) == (
        "sam@alder.example",
        "a1@alder.example",
        1204,
    )
    assert (accepted.ts, accepted.tls_version) == (1795425221_000000000, "TLS1.3")
    assert (queued.event, queued.queue_id) == ("queued", ID)


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        ("H=(laptop) [192.0.2.7] P=esmtpsa A=plain:bruno S=9", "submission"),
        ("U=bruno P=local S=9", "local"),
        ("H=localhost [127.0.0.1] P=esmtp S=9", "local"),
        ("H=host [192.0.2.7] U=bruno P=local-esmtp S=9", "local"),
        ("H=[2001:db8::1] P=smtp S=9", "in"),
    ],
)
def test_where_a_message_came_from(reading, said, direction):
    assert rows_of(reading, f"{AT}{ID} <= sam@alder.example {said}\n")[0].direction == direction


def test_a_sender_cannot_name_another_host(reading):
    line = f'{AT}{ID} <= "a H=[192.0.2.1] b"@alder.example U=bruno P=local S=9\n'
    accepted, _ = rows_of(reading, line)
    assert (accepted.direction, accepted.peer_ip) == ("local", None)


def test_a_delivery_to_a_host_was_taken_over_and_names_its_queue_id(reading):
    (out,) = rows_of(reading, HANDED_OVER)
    assert (out.direction, out.status, out.peer_ip, out.peer_name) == (
        "out",
        "sent",
        "198.51.100.18",
        "mx.alder.example",
    )
    assert (out.reply_code, out.dsn, out.remote_queue_id) == (250, "2.0.0", "C7D3739A5FF")


def test_a_local_delivery_stays_on_the_host(reading):
    (local,) = rows_of(reading, STORED)
    assert (local.direction, local.status, local.rcpt_to, local.delay_s) == (
        "local",
        "sent",
        "bruno@northwind.example",
        3.0,
    )


def test_failures_keep_the_reply_of_the_remote_server(reading):
    bounced, deferred = rows_of(reading, BOUNCED + DEFERRED)
    assert (bounced.direction, bounced.status, bounced.reply_code) == ("out", "bounced", 550)
    assert (deferred.direction, deferred.status, deferred.reply_code) == (None, "deferred", None)
    assert deferred.reply_text == "Connection refused"


def test_a_delivery_that_was_only_played_is_none(reading):
    (played,) = rows_of(reading, HANDED_OVER.replace("=> ", "*> "))
    assert (played.direction, played.status) == (None, None)


def test_a_refused_recipient_is_a_session_without_a_message(reading):
    (reject,) = rows_of(reading, REFUSED)
    assert (reject.event, reject.direction, reject.peer_ip, reject.helo) == ("reject", "in", "198.51.100.99", "probe")
    assert (reject.rcpt_to, reject.reply_text) == ("x@elsewhere.example", "relay not permitted")


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("SMTP connection from probe.example (probe) [198.51.100.99] closed by QUIT", "disconnect"),
        ("SMTP connection from [198.51.100.99] (TCP/IP connection count = 1)", "connect"),
        ("unexpected disconnection while reading SMTP command from (probe) [198.51.100.99]", "lost_connection"),
        ("plain authenticator failed for (probe) [198.51.100.99]: 535 Incorrect authentication data", "auth_failed"),
        ("refused connection from [198.51.100.99] (host_reject_connection)", "reject"),
    ],
)
def test_sessions_name_their_client(reading, line, event):
    (row,) = rows_of(reading, AT + line + "\n")
    assert (row.event, row.direction, row.peer_ip) == (event, "in", "198.51.100.99")


def test_a_bounce_names_both_messages(reading):
    line = f"{AT}1tBXyz-00000000999-0001 <= <> R={ID} U=exim P=local S=9\n"
    accepted, queued, bounce = rows_of(reading, line)
    assert (accepted.mail_from, queued.queue_id) == ("", "1tBXyz-00000000999-0001")
    assert (bounce.event, bounce.queue_id, bounce.related_queue_id) == ("bounce", ID, "1tBXyz-00000000999-0001")


@pytest.mark.parametrize(
    "opening",
    [
        "2026-11-23 09:13:41.250 +0100 ",
        "2026-11-23 09:13:41.250 +0100 [71] ",
        "2026-11-23T09:13:41.250+01:00 mx1 exim[71]: ",
    ],
)
def test_times_name_their_zone_where_the_log_does(reading, opening):
    accepted, _ = rows_of(reading, opening + CAME_IN[len(AT) :], time_zone=None)
    assert accepted.ts == 1795421621_250000000


def test_without_a_zone_times_stay_unknown(reading):
    read = reading("exim_log", EVERYTHING.encode())
    assert ({row.ts for row in read.rows}, len(read.tally.problems)) == ({None}, 1)


@pytest.mark.skipif(not SUITE.exists(), reason="the shared suites are not beside this checkout")
def test_the_logs_of_exims_own_suite_have_their_flags(reading):
    for case in json.loads(SUITE.read_text())["cases"]:
        read = reading("exim_log", case["log"].encode("utf-8", "surrogatepass"))
        events = Counter(row.event for row in read.rows)
        flags = case["flags"]
        deliveries = sum(flags.get(flag, 0) for flag in ("=>", "->", ">>", "*>", "==", "**"))
        assert (events["accepted"], events["delivery"]) == (flags.get("<=", 0), deliveries), case["name"]
        written = sum(1 for line in case["log"].split("\n") if line.strip())
        assert sum(read.tally.unread_records.values()) == written - case["stamped_lines"], case["name"]
        assert events["removed"] == flags.get("Completed", 0), case["name"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_log_is_read_as_far_as_it_goes(reading, data):
    content = bytearray(EVERYTHING.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("exim_log", bytes(content), time_zone=UTC)


def test_other_logs_are_not_taken_for_exims():
    assert not exim_log.detect(b"Nov 23 09:13:40 mx1 postfix/qmgr[91]: 4E8A1: removed\n", "mail.log")
    assert not exim_log.detect(b"2026-11-23 09:13:40 status installed exim4:amd64 4.97\n", "dpkg.log")
