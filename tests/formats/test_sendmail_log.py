"""Sendmail: what came in, what was handed over, what was refused."""

from __future__ import annotations

from datetime import UTC

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import sendmail_log

CAME_IN = (
    b"Nov 23 09:13:41 mx1 sendmail[71]: 4AN9DfAB000071: from=<sam@alder.example>, size=1204, class=0, nrcpts=1, "
    b"msgid=<a1@alder.example>, proto=ESMTP, daemon=MTA, relay=mx.alder.example [198.51.100.18]\n"
)
STORED = (
    b"Nov 23 09:13:42 mx1 sendmail[72]: 4AN9DfAB000071: to=<bruno@northwind.example>, delay=00:00:01, xdelay=00:00:00, "
    b"mailer=local, pri=31204, dsn=2.0.0, stat=Sent\n"
)
HANDED_OVER = (
    b"Nov 23 09:14:02 mx1 sm-mta[80]: 4AN9E2cd000080: to=<kim@alder.example>, "
    b"ctladdr=<bruno@northwind.example> (1000/1000), delay=1+00:00:03, xdelay=00:00:02, mailer=esmtp, "
    b"pri=120340, relay=mx.alder.example. [198.51.100.18], "
    b"dsn=2.0.0, stat=Sent (Ok: queued as C7D3739A5FF)\n"
)
DEFERRED = (
    b"Nov 23 09:14:05 mx1 sm-mta[81]: 4AN9E2cd000081: to=<kim@oak.example>, delay=00:00:03, "
    b"xdelay=00:00:02, mailer=esmtp, pri=120340, relay=mx.oak.example. [203.0.113.9], dsn=4.0.0, "
    b"stat=Deferred: Connection refused by mx.oak.example.\n"
)
REFUSED = (
    b"Nov 23 09:15:00 mx1 sm-mta[90]: 4AN9F0ef000090: ruleset=check_rcpt, arg1=<x@elsewhere.example>, "
    b"relay=probe.example [198.51.100.99], reject=550 5.7.1 <x@elsewhere.example>... Relaying denied\n"
    b"Nov 23 09:15:00 mx1 sm-mta[90]: 4AN9F0ef000090: from=<y@probe.example>, size=0, class=0, nrcpts=0, proto=ESMTP, "
    b"daemon=MTA, relay=probe.example [198.51.100.99]\n"
)
NO_MAIL = (
    b"Nov 23 09:16:00 mx1 sm-mta[91]: 4AN9G0gh000091: probe.example [198.51.100.99] did not issue MAIL/EXPN/VRFY/ETRN "
    b"during connection to MTA\n"
)


def test_a_message_from_the_network_is_accepted_and_then_queued_by_its_first_delivery(reading):
    read = reading("sendmail_log", CAME_IN + STORED, time_zone=UTC, year=2026)

    accepted, queued, delivery = read.of("mta_event")
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.queue_id, accepted.mail_from, accepted.size_bytes) == ("4AN9DfAB000071", "sam@alder.example", 1204)
    assert (accepted.message_id, accepted.peer_name) == ("a1@alder.example", "mx.alder.example")
    assert accepted.ts == 1795425221_000000000
    assert (queued.event, queued.queue_id) == ("queued", "4AN9DfAB000071")
    assert (delivery.event, delivery.direction, delivery.status) == ("delivery", "local", "sent")
    assert (delivery.rcpt_to, delivery.dsn, delivery.delay_s) == ("bruno@northwind.example", "2.0.0", 1.0)


def test_a_message_taken_by_a_remote_server_names_its_queue_id(reading):
    (_, delivery) = reading("sendmail_log", HANDED_OVER, time_zone=UTC, year=2026).of("mta_event")
    assert (delivery.direction, delivery.status, delivery.peer_ip) == ("out", "sent", "198.51.100.18")
    assert (delivery.remote_queue_id, delivery.delay_s) == ("C7D3739A5FF", 86403.0)


def test_a_deferred_delivery_is_none(reading):
    (_, delivery) = reading("sendmail_log", DEFERRED, time_zone=UTC, year=2026).of("mta_event")
    assert (delivery.status, delivery.remote_queue_id) == ("deferred", None)
    assert delivery.reply_text == "Deferred: Connection refused by mx.oak.example."


def test_a_refused_recipient_leaves_a_reject_and_no_accepted_message(reading):
    reject, came_in = reading("sendmail_log", REFUSED, time_zone=UTC, year=2026).of("mta_event")
    assert (reject.event, reject.reply_code, reject.dsn, reject.rcpt_to) == (
        "reject",
        550,
        "5.7.1",
        "x@elsewhere.example",
    )
    assert (came_in.event, came_in.recipients, came_in.direction) == ("connect", 0, "in")


def test_a_message_that_a_milter_refuses_never_was_in_the_queue(reading):
    refused = (
        b"Nov 23 09:13:41 mx1 sm-mta[71]: 4AN9DfAB000071: Milter: data, reject=550 5.7.1 Blocked\n"
        b"Nov 23 09:13:41 mx1 sm-mta[71]: 4AN9DfAB000071: to=<bruno@northwind.example>, delay=00:00:00, pri=31204, "
        b"stat=Blocked\n"
    )
    accepted, milter, recipient = reading("sendmail_log", CAME_IN + refused, time_zone=UTC, year=2026).of("mta_event")
    assert accepted.event == "accepted"
    assert (milter.event, milter.reply_code, milter.queue_id, milter.direction) == (
        "reject", 550, "4AN9DfAB000071", None,
    )  # fmt: skip
    assert (recipient.event, recipient.rcpt_to, recipient.reply_text) == (
        "reject", "bruno@northwind.example", "Blocked",
    )  # fmt: skip


def test_a_message_that_a_milter_discards_was_taken_from_the_client(reading):
    discarded = (
        b"Nov 23 09:13:41 mx1 sm-mta[71]: 4AN9DfAB000071: Milter: data, discard\n"
        b"Nov 23 09:13:41 mx1 sm-mta[71]: 4AN9DfAB000071: discarded\n"
    )
    named = (
        b"Nov 23 09:13:41 mx1 sm-mta[71]: 4AN9DfAB000071: to=<bruno@northwind.example>, delay=00:00:00, pri=31204, "
        b"stat=discarded\n"
    )
    for lines in (discarded, named):
        read = reading("sendmail_log", CAME_IN + lines, time_zone=UTC, year=2026)
        assert [event.event for event in read.of("mta_event")] == ["accepted", "queued", "removed"]


def test_a_client_that_is_lost_inside_its_data_is_told(reading):
    lost = (
        b"Nov 23 09:13:41 mx1 sm-mta[71]: 4AN9DfAB000071: collect: unexpected close on connection from "
        b"mx.alder.example, sender=<sam@alder.example>\n"
    )
    (event,) = reading("sendmail_log", lost, time_zone=UTC, year=2026).of("mta_event")
    assert (event.event, event.queue_id, event.peer_name) == ("lost_connection", "4AN9DfAB000071", "mx.alder.example")


def test_a_client_that_sent_no_mail_is_a_session(reading):
    (event,) = reading("sendmail_log", NO_MAIL, time_zone=UTC, year=2026).of("mta_event")
    assert (event.event, event.direction, event.peer_ip) == ("disconnect", "in", "198.51.100.99")


def test_a_users_own_message_came_over_no_network(reading):
    line = CAME_IN.replace(b"mx.alder.example [198.51.100.18]", b"root@localhost")
    (event,) = reading("sendmail_log", line, time_zone=UTC, year=2026).of("mta_event")
    assert (event.direction, event.peer_ip) == ("local", None)


def test_without_year_and_zone_times_stay_unknown(reading):
    read = reading("sendmail_log", CAME_IN)
    assert [row.ts for row in read.of("mta_event")] == [None]
    assert len(read.tally.problems) == 2


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_log_is_read_as_far_as_it_goes(reading, data):
    content = bytearray(CAME_IN + STORED + HANDED_OVER + REFUSED + NO_MAIL)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("sendmail_log", bytes(content), time_zone=UTC, year=2026)


def test_other_logs_are_not_taken_for_sendmails():
    assert not sendmail_log.detect(b"Nov 23 09:13:40 mx1 postfix/qmgr[91]: 4E8A1: removed\n", "mail.log")
    assert not sendmail_log.detect(b"Nov 23 09:13:40 mx1 sendmail[91]: starting daemon (8.17)\n", "mail.log")
