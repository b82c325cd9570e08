import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats.exchange_protocol_log import detect

FIELDS = (
    b"#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n"
)
RECEIVE = b"#Software: Microsoft Exchange Server\r\n#Log-type: SMTP Receive Protocol Log\r\n" + FIELDS
SEND = RECEIVE.replace(b"Receive", b"Send")
FRONTEND = r"MBX1\Default Frontend MBX1"
QUEUED = '"250 2.6.0 <a1@alder.example> [InternalId=3003, Hostname=mbx1.northwind.example] Queued mail for delivery"'
TS = 1795425220_100000000


def log(
    *lines: str, connector: str = FRONTEND, local: str = "203.0.113.10:25", remote: str = "198.51.100.18:40112",
    session: str = "08DE2A",
) -> bytes:  # fmt: skip
    """Lines of one session, from their last columns."""
    return b"".join(
        f"2026-11-23T09:13:40.100Z,{connector},{session},{number},{local},{remote},{line}\r\n".encode()
        for number, line in enumerate(lines)
    )


TAKEN = (
    "+,,", '*,SMTPSubmit,Set Session Permissions', '>,"220 mbx1 Microsoft ESMTP MAIL Service, ready",',
    "<,EHLO mx.alder.example,", ">,250  mbx1 Hello [198.51.100.18] SIZE 37748736 PIPELINING,",
    "<,MAIL FROM:<sam@alder.example> SIZE=1204,", "<,RCPT TO:<bruno@northwind.example>,",
    "<,RCPT TO:<no@northwind.example>,",
    "<,DATA,", ">,250 2.1.0 Sender OK,", ">,250 2.1.5 Recipient OK,", ">,550 5.1.10 Recipient not found,",
    ">,354 Start mail input; end with <CRLF>.<CRLF>,", f">,{QUEUED},", "<,QUIT,", ">,221 2.0.0 Closing,", "-,,Local",
)  # fmt: skip
SENT = (
    "*,,attempting to connect", "+,,", "<,220 mx.alder.example ESMTP,", ">,EHLO mbx1.northwind.example,",
    "<,250-mx.alder.example,", "<,250 SIZE 10240000,", ">,MAIL FROM:<bruno@northwind.example>,", "<,250 2.1.0 Ok,",
    ">,RCPT TO:<sam@alder.example>,", "<,250 2.1.5 Ok,", ">,RCPT TO:<gone@alder.example>,", "<,550 5.1.1 No such user,",
    ">,BDAT 100,", "<,250 2.0.0 Ok,", ">,BDAT 20 LAST,", "<,250 2.0.0 Ok: queued as 4E8A1,",
    ">,QUIT,", "<,221 Bye,", "-,,Local",
)  # fmt: skip
OUT = {"connector": "To the Internet", "local": "203.0.113.10:41000", "remote": "198.51.100.25:25"}


def events(read):
    return [(row.event, row.direction, row.rcpt_to, row.reply_code, row.record_no) for row in read.rows]


def test_a_message_that_came_in_is_accepted_and_queued(reading):
    read = reading("exchange_protocol_log", RECEIVE + log(*TAKEN))

    assert events(read) == [
        ("connect", "in", None, None, 4),
        ("reject", "in", "no@northwind.example", 550, 15),
        ("accepted", "in", None, 250, 17),
        ("queued", None, None, None, 17),
        ("disconnect", "in", None, None, 20),
    ]
    accepted = read.rows[2]
    assert (accepted.ts, accepted.host, accepted.program, accepted.queue_id) == (TS, "mbx1", "SMTP", "3003")
    assert (accepted.peer_ip, accepted.peer_port, accepted.helo) == ("198.51.100.18", 40112, "mx.alder.example")
    assert (accepted.mail_from, accepted.message_id, accepted.recipients) == (
        "sam@alder.example",
        "a1@alder.example",
        1,
    )
    assert (accepted.dsn, read.rows[3].queue_id, read.rows[3].host) == ("2.6.0", "3003", "mbx1")
    assert (read.rows[4].envelopes, read.rows[4].commands) == (1, 6)
    assert read.tally.ignored_records == {"a line of the header": 3}


def test_a_message_that_went_out_is_delivered_to_each_recipient(reading):
    read = reading("exchange_protocol_log", SEND + log(*SENT, **OUT))

    assert [(row.event, row.direction, row.rcpt_to, row.status, row.reply_code) for row in read.rows] == [
        ("delivery", "out", "gone@alder.example", "bounced", 550),
        ("delivery", "out", "sam@alder.example", "sent", 250),
    ]
    sent = read.rows[1]
    assert (sent.peer_ip, sent.peer_port, sent.remote_queue_id, sent.mail_from, sent.host) == (
        "198.51.100.25", 25, "4E8A1", "bruno@northwind.example", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("where", "direction"),
    [
        ({}, "in"),
        ({"remote": "203.0.113.10:40112"}, "local"),
        ({"remote": "127.0.0.1:40112"}, "local"),
        ({"local": "203.0.113.10:2525"}, "local"),
        ({"local": "203.0.113.10:587"}, "submission"),
        ({"connector": r"MBX1\Client Frontend MBX1"}, "submission"),
        ({"local": "[2001:db8::10]:25", "remote": "[2001:db8::7]:40000"}, "in"),
        ({"remote": ""}, None),
    ],
)
def test_only_what_came_from_another_host_is_the_networks(reading, where, direction):
    read = reading("exchange_protocol_log", RECEIVE + log(*TAKEN, **where))

    assert {row.direction for row in read.rows if row.event == "accepted"} == {direction}


@pytest.mark.parametrize(
    "command", ["X-EXPS EXCHANGEAUTH SHA256", "XPROXYFROM SID=08 IP=198.51.100.18", "X-ANONYMOUSTLS"]
)
def test_sessions_between_servers_of_an_organisation_are_not_the_networks(reading, command):
    lines = (*TAKEN[:5], f"<,{command},", ">,250 2.0.0 Ok,", *TAKEN[5:])

    accepted = next(
        row for row in reading("exchange_protocol_log", RECEIVE + log(*lines)).rows if row.event == "accepted"
    )
    assert accepted.direction is None


@pytest.mark.parametrize(
    "where", [{"connector": "Intra-Organization SMTP Send Connector"}, {"remote": "203.0.113.11:2525"}]
)
def test_what_is_sent_inside_an_organisation_is_local(reading, where):
    assert {row.direction for row in reading("exchange_protocol_log", SEND + log(*SENT, **(OUT | where))).rows} == {
        "local"
    }


def test_a_user_who_logged_in_submits_and_no_secret_is_kept(reading):
    lines = (
        *TAKEN[:5], "<,AUTH LOGIN,", ">,334 <authentication information>,", "<,MAIL c2VjcmV0,", ">,334 <>,",
        "<,cGFzc3dvcmQ=,", r"*,NORTHWIND\bruno,authenticated", ">,235 2.7.0 Authentication successful,", *TAKEN[5:],
    )  # fmt: skip

    read = reading("exchange_protocol_log", RECEIVE + log(*lines))
    accepted = next(row for row in read.rows if row.event == "accepted")
    assert (accepted.direction, accepted.sasl_username, accepted.mail_from) == (
        "submission", r"NORTHWIND\bruno", "sam@alder.example",
    )  # fmt: skip
    assert "c2VjcmV0" not in repr(read.rows)


def test_a_failed_login_and_a_broken_session_are_told(reading):
    lines = (
        "+,,",
        ">,220 ready,",
        "<,AUTH LOGIN,",
        ">,334 <>,",
        "<,cGFzc3dvcmQ=,",
        ">,535 5.7.3 No,",
        "-,,Remote(SocketError)",
    )

    read = reading("exchange_protocol_log", RECEIVE + log(*lines))
    assert [row.event for row in read.rows] == ["connect", "auth_failed", "lost_connection"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("+,,", ">,421 4.3.2 Service not available,", "-,,Local"), ["connect", "reject", "lost_connection"]),
        (("+,,", ">,220 ready,", "<,MAIL FROM:<>,", ">,530 5.7.57 Not authenticated,"), ["connect", "reject"]),
        (("<,MAIL FROM:<>,", ">,250 Ok,", "<,DATA,", ">,503 5.5.2 Need rcpt command,"), ["reject"]),
        (("<,DATA,", ">,354 Go,", ">,552 5.3.4 Too big,"), ["reject"]),
    ],
)
def test_refusals_are_told_where_the_server_refused(reading, lines, expected):
    read = reading("exchange_protocol_log", RECEIVE + log(*lines))

    assert [row.event for row in read.rows] == expected


def test_a_server_that_turns_the_sender_away_in_its_greeting_spoke_smtp(reading):
    turned_away = ("*,,attempting to connect", "+,,", "<,421 4.7.0 too busy,", ">,QUIT,", "-,,Local")
    read = reading("exchange_protocol_log", SEND + log(*turned_away, **OUT))
    assert events(read) == [("other", "out", None, 421, 6)]


def test_the_null_sender_is_empty_and_the_tls_version_is_read(reading):
    tls = '*,,"TLS protocol SP_PROT_TLS1_2_SERVER negotiation succeeded using CALG_AES_256"'
    lines = (*TAKEN[:5], "<,STARTTLS,", ">,220 2.0.0 Ready,", tls, "<,MAIL FROM:<>,", ">,250 Ok,",
             "<,RCPT TO:<bruno@northwind.example>,", ">,250 Ok,", "<,DATA,", ">,354 Go,", ">,250 Queued,")  # fmt: skip

    rows = reading("exchange_protocol_log", RECEIVE + log(*lines)).rows
    assert [row.event for row in rows] == ["connect", "tls", "accepted", "queued"]
    assert (rows[2].tls_version, rows[2].mail_from, rows[2].queue_id) == ("TLSv1.2", "", None)


def test_sessions_that_are_interleaved_are_kept_apart(reading):
    one, other = log(*TAKEN).splitlines(True), log(*TAKEN, session="08DE2B", remote="198.51.100.19:5").splitlines(True)

    read = reading("exchange_protocol_log", RECEIVE + b"".join(a + b for a, b in zip(one, other, strict=True)))
    assert [row.peer_ip for row in read.rows if row.event == "accepted"] == ["198.51.100.18", "198.51.100.19"]


def test_the_sessions_that_are_followed_are_bounded(reading, monkeypatch):
    monkeypatch.setattr("forensics.formats.exchange_protocol_log.MAX_OPEN", 1)
    between = log("+,,", session="08DE2B")

    read = reading("exchange_protocol_log", RECEIVE + log(*TAKEN[:6]) + between + log(*TAKEN[9:14]))
    assert [row.event for row in read.rows] == ["connect", "connect"]


def test_lines_that_do_not_fit_are_unread(reading):
    bad = log("+,,").replace(b"2026-11-23T", b"2026-13-45T") + log("?,,") + log("+,,", session="") + b"a,b\r\n"

    read = reading("exchange_protocol_log", RECEIVE + bad)
    assert read.tally.unread_records == {
        "no time as a protocol log writes it": 1, "no event of a session": 2,
        "other than as many fields as the header names": 1,
    }  # fmt: skip
    read = reading("exchange_protocol_log", FIELDS + log("+,,"))
    assert read.tally.unread_records == {"a line before the header that names kind and columns of the log": 1}


def test_only_protocol_logs_are_recognised():
    assert detect(RECEIVE, "RECV.LOG")
    assert detect("\ufeff".encode() + SEND, "SEND.LOG")
    assert not detect(
        b"#Log-type: Message Tracking Log\r\n#Fields: date-time,source,event-id,recipient-address\r\n", "x"
    )
    assert not detect(b"", "RECV.LOG")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.booleans(), st.integers(0, 2500), st.integers(0, 4), st.binary(max_size=4), st.integers(0, 2600))
def test_every_byte_of_a_damaged_log_has_a_fate(reading, received, at, size, new, end):
    whole = RECEIVE + log(*TAKEN) if received else SEND + log(*SENT, **OUT)

    read = reading("exchange_protocol_log", (whole[:at] + new + whole[at + size :])[:end])

    told = sum(run.records or 0 for run in read.ledger if run.fate == "record")
    unread = sum(read.tally.unread_records.values())
    assert told + sum(read.tally.ignored_records.values()) + unread == read.tally.records
