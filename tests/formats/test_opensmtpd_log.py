"""OpenSMTPD: sessions, messages and deliveries in each generation of its log."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import opensmtpd_log

AT = "Nov 23 09:13:41 mx1 smtpd[71]: "
S, O = "5df87c903d709659", "5df87c9b982c840c"  # noqa: E741
NEW = (
    f"{AT}{S} smtp connected address=198.51.100.18 host=mx.alder.example\n"
    f'{AT}{S} smtp failed-command command="RCPT TO:<x@elsewhere.example>" result="550 5.7.1 Relaying denied"\n'
    f"{AT}{S} smtp message msgid=c405e39a size=1204 nrcpt=1 proto=ESMTP\n"
    f"{AT}{S} smtp envelope evpid=c405e39ad6bbc64f from=<sam@alder.example> to=<bruno@northwind.example>\n"
    f"{AT}{S} smtp disconnected reason=quit\n"
)
MIDDLE = (
    f"{AT}{S} smtp event=connected address=198.51.100.18 host=mx.alder.example\n"
    f"{AT}{S} smtp event=message address=198.51.100.18 host=mx.alder.example msgid=c405e39a from=<sam@alder.example> "
    "to=<bruno@northwind.example> size=1204 ndest=1 proto=ESMTP\n"
    f"{AT}{S} smtp event=message address=198.51.100.18 host=mx.alder.example msgid=c405e39a from=<sam@alder.example> "
    "to=<eva@northwind.example> size=1204 ndest=1 proto=ESMTP\n"
    f"{AT}{S} smtp event=closed reason=quit\n"
)
OLD = (
    f"{AT}smtp-in: New session {S} from host mx.alder.example [198.51.100.18]\n"
    f'{AT}smtp-in: Failed command on session {S}: "RCPT TO:<x@elsewhere.example>" => 550 Invalid recipient\n'
    f"{AT}smtp-in: Accepted message c405e39a on session {S}: from=<sam@alder.example>, to=<bruno@northwind.example>, "
    "size=1204, ndest=1, proto=ESMTP\n"
    f"{AT}smtp-in: Closing session {S}\n"
)
OUT = (
    f"{AT}{O} mta connecting address=smtp://198.51.100.25:25 host=mx.alder.example\n"
    f"{AT}{O} mta connected\n"
    f"{AT}{O} mta delivery evpid=c405e39ad6bbc64f from=<bruno@northwind.example> to=<kim@alder.example> rcpt=<-> "
    'source="203.0.113.10" relay="198.51.100.25 (mx.alder.example)" delay=1m3s result="Ok" '
    'stat="250 2.0.0: f6e94209 Message accepted for delivery"\n'
)
OLD_OUT = (
    f"{AT}relay: Ok for c405e39ad6bbc64f: session={O}, from=<bruno@northwind.example>, to=<kim@alder.example>, "
    "rcpt=<->, source=203.0.113.10, relay=198.51.100.25 (mx.alder.example), delay=1m3s, "
    "stat=250 2.0.0: f6e94209 Message accepted for delivery\n"
)
STORED = (
    f"{AT}{S} mda delivery evpid=c405e39ad6bbc64f from=<sam@alder.example> to=<bruno@northwind.example> "
    "rcpt=<bruno@northwind.example> user=bruno delay=1s result=Ok stat=Delivered\n"
)


def rows_of(reading, text, **facts):
    return reading("opensmtpd_log", text.encode(), **{"time_zone": UTC, "year": 2026} | facts).of("mta_event")


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (NEW, ["connect", "reject", "accepted", "queued", "other", "disconnect"]),
        (MIDDLE, ["connect", "accepted", "queued", "other", "disconnect"]),
        (OLD, ["connect", "reject", "accepted", "queued", "disconnect"]),
    ],
)
def test_each_generation_names_the_client_of_its_messages(reading, text, events):
    rows = rows_of(reading, text)
    assert [row.event for row in rows] == events
    accepted = next(row for row in rows if row.event == "accepted")
    assert (accepted.direction, accepted.peer_ip, accepted.peer_name) == ("in", "198.51.100.18", "mx.alder.example")
    assert (accepted.queue_id, accepted.size_bytes, accepted.ts) == ("c405e39a", 1204, 1795425221_000000000)
    assert {row.direction for row in rows if row.event in ("connect", "reject", "disconnect")} == {"in"}


@pytest.mark.parametrize("text", [OUT, OLD_OUT])
def test_a_relayed_message_was_handed_over(reading, text):
    out = rows_of(reading, text)[-1]
    assert (out.direction, out.status, out.peer_ip, out.peer_name) == (
        "out",
        "sent",
        "198.51.100.25",
        "mx.alder.example",
    )
    assert (out.reply_code, out.remote_queue_id, out.delay_s) == (250, "f6e94209", 63.0)
    assert (out.queue_id, out.rcpt_to) == ("c405e39a", "kim@alder.example")


def test_a_session_with_another_server_begins_when_it_is_connected(reading):
    connect = rows_of(reading, OUT)[0]
    assert (connect.event, connect.direction, connect.peer_ip) == ("connect", "out", "198.51.100.25")


def test_a_stored_message_stays_on_the_host(reading):
    (stored,) = rows_of(reading, STORED)
    assert (stored.direction, stored.status, stored.rcpt_to) == ("local", "sent", "bruno@northwind.example")


def test_a_failed_relay_keeps_the_reply(reading):
    failed = OUT.replace('"Ok"', '"TempFail"').replace(
        "250 2.0.0: f6e94209 Message accepted for delivery", "421 too busy"
    )
    out = rows_of(reading, failed)[-1]
    assert (out.status, out.reply_code, out.remote_queue_id) == ("deferred", 421, None)


def test_the_local_socket_is_no_network(reading):
    rows = rows_of(reading, NEW.replace("address=198.51.100.18", "address=local"))
    assert {row.direction for row in rows if row.event != "queued"} == {"local", None}
    assert {row.direction for row in rows_of(reading, OLD.replace("198.51.100.18", "local"))} == {"local", None}


def test_a_client_that_logged_in_submits(reading):
    login = f"{AT}{S} smtp authentication user=bruno result=ok\n"
    first, rest = NEW.split("\n", 1)
    accepted = next(row for row in rows_of(reading, f"{first}\n{login}{rest}") if row.event == "accepted")
    assert (accepted.direction, accepted.sasl_username) == ("submission", "bruno")


def test_a_message_without_the_beginning_of_its_session_is_unread(reading):
    read = reading("opensmtpd_log", NEW.split("\n", 1)[1].encode(), time_zone=UTC, year=2026)
    assert read.tally.unread_records == {"a message or connection of a session whose beginning is not in the log": 1}
    assert {(row.event, row.direction) for row in read.rows} == {("other", "in"), ("other", None)}


def test_without_year_and_zone_times_stay_unknown(reading):
    read = reading("opensmtpd_log", NEW.encode())
    assert ({row.ts for row in read.rows}, len(read.tally.problems)) == ({None}, 2)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_log_is_read_as_far_as_it_goes(reading, data):
    content = bytearray((NEW + MIDDLE + OLD + OUT + OLD_OUT + STORED).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("opensmtpd_log", bytes(content), time_zone=UTC, year=2026)


def test_postfix_is_not_taken_for_opensmtpd():
    line = b"Nov 23 09:13:41 mx1 postfix/smtpd[174]: connect from mx.alder.example[198.51.100.18]\n"
    assert not opensmtpd_log.detect(line, "mail.log")
