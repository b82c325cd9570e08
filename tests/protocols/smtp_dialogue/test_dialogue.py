"""SMTP dialogues as bytes of both sides, and what is made of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.smtp_dialogue import Dialogue, Envelope, Moment

C, S = 0, 1
GREETING = (S, b"220 mx1.alder.example ESMTP\r\n")
EHLO = (C, b"EHLO out.birch.example\r\n")
EHLO_REPLY = (S, b"250-mx1.alder.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 CHUNKING\r\n")
MAIL = (C, b"MAIL FROM:<ann@birch.example> SIZE=100\r\n")
RCPT = (C, b"RCPT TO:<bob@alder.example>\r\n")
DATA = (C, b"DATA\r\n")
GO_ON = (S, b"354 End data with <CR><LF>.<CR><LF>\r\n")
MESSAGE = (C, b"Message-ID: <1@birch.example>\r\nSubject: x\r\n\r\nhello\r\n.\r\n")
QUEUED = (S, b"250 2.0.0 Ok: queued as 4CDEB4BA92F9\r\n")
OK = (S, b"250 2.1.0 Ok\r\n")
QUIT = (C, b"QUIT\r\n")
BYE = (S, b"221 2.0.0 Bye\r\n")

DELIVERY = [GREETING, EHLO, EHLO_REPLY, MAIL, OK, RCPT, OK, DATA, GO_ON, MESSAGE, QUEUED, QUIT, BYE]


def hold(
    steps: list[tuple[int, bytes]], *, closed: bool = True, mail_port: bool = True, from_start: bool = True
) -> Dialogue:
    dialogue = Dialogue(mail_port=mail_port, from_start=from_start)
    for number, (side, data) in enumerate(steps, 1):
        (dialogue.client if side == C else dialogue.server)(
            data, Moment(number * 1000, number, number * 100, len(data))
        )
    dialogue.finish(closed=closed)
    return dialogue


def envelopes(steps: list[tuple[int, bytes]], *, closed: bool = True) -> tuple[Envelope, ...]:
    return hold(steps, closed=closed).drain()


def outcomes(steps: list[tuple[int, bytes]], *, closed: bool = True) -> list[tuple[str | None, bool | None]]:
    return [(envelope.mail_from, envelope.accepted) for envelope in envelopes(steps, closed=closed)]


def test_a_delivery_gives_its_session_and_its_envelope() -> None:
    dialogue = hold(DELIVERY)
    session = dialogue.session()
    assert (session.banner, session.banner_code) == ("mx1.alder.example ESMTP", 220)
    assert (session.helo, session.esmtp, session.starttls) == ("out.birch.example", True, "offered")
    assert (session.envelopes, session.recipients, session.accepted) == (1, 1, 1)
    assert (session.content, session.quit, session.last_reply_code) == ("clear", True, 221)
    (envelope,) = dialogue.drain()
    assert envelope.mail_from == "ann@birch.example"
    assert envelope.mail_reply_code == 250
    assert [(r.rcpt_to, r.reply and r.reply.code) for r in envelope.recipients] == [("bob@alder.example", 250)]
    assert (envelope.data_command, envelope.accepted) == ("DATA", True)
    assert envelope.data_reply is not None
    assert envelope.data_reply.text == "2.0.0 Ok: queued as 4CDEB4BA92F9"
    assert (envelope.queue_id, envelope.message_id, envelope.message_bytes) == ("4CDEB4BA92F9", "1@birch.example", 52)
    assert (envelope.at.record_no, envelope.decided.record_no) == (4, 11)


def test_pipelined_commands_each_find_their_reply() -> None:
    steps = [GREETING, EHLO, EHLO_REPLY, (C, MAIL[1] + RCPT[1] + b"RCPT TO:<eve@alder.example>\r\n" + DATA[1])]
    steps += [(S, b"250 a\r\n250 b\r\n550 no such user\r\n354 go\r\n"), MESSAGE, QUEUED, QUIT, BYE]
    (envelope,) = envelopes(steps)
    assert [(r.rcpt_to, r.reply and r.reply.code) for r in envelope.recipients] == [
        ("bob@alder.example", 250),
        ("eve@alder.example", 550),
    ]
    assert (envelope.rcpt_count, envelope.rcpt_accepted, envelope.accepted) == (2, 1, True)


def test_a_message_sent_before_the_server_agreed_is_still_a_message() -> None:
    steps = [GREETING, EHLO, EHLO_REPLY, (C, MAIL[1] + RCPT[1] + DATA[1] + MESSAGE[1] + QUIT[1])]
    assert outcomes([*steps, OK, OK, GO_ON, QUEUED, BYE]) == [("ann@birch.example", True)]


def test_what_follows_a_refused_data_command_are_commands_again() -> None:
    steps = [GREETING, EHLO, EHLO_REPLY, MAIL, OK, (C, b"DATA\r\nRSET\r\n"), (S, b"503 need RCPT\r\n250 ok\r\n")]
    steps += [MAIL, OK, RCPT, OK, DATA, GO_ON, MESSAGE, QUEUED]
    assert outcomes(steps) == [("ann@birch.example", False), ("ann@birch.example", True)]


def test_the_next_sender_may_come_before_the_reply_to_the_message() -> None:
    steps = [GREETING, EHLO, EHLO_REPLY, MAIL, OK, RCPT, OK, DATA, GO_ON, MESSAGE, (C, b"MAIL FROM:<>\r\n"), QUEUED, OK]
    assert outcomes([*steps, QUIT, BYE]) == [("ann@birch.example", True), ("", False)]


def test_a_refused_second_mail_command_leaves_the_first_transaction_open() -> None:
    steps = [GREETING, EHLO, EHLO_REPLY, MAIL, OK, (C, b"MAIL FROM:<eve@birch.example>\r\n"), (S, b"503 nested\r\n")]
    steps += [RCPT, OK, DATA, GO_ON, MESSAGE, QUEUED, QUIT, BYE]
    assert outcomes(steps) == [("eve@birch.example", False), ("ann@birch.example", True)]


def test_a_data_command_that_the_server_accepts_without_a_sender_is_an_envelope() -> None:
    assert outcomes([GREETING, EHLO, EHLO_REPLY, DATA, GO_ON, MESSAGE, QUEUED]) == [(None, True)]


def test_a_refused_recipient_and_a_refused_message_are_not_accepted() -> None:
    refused = (S, b"550 5.1.1 unknown\r\n")
    steps = [GREETING, EHLO, EHLO_REPLY, MAIL, OK, RCPT, refused, (C, b"RSET\r\n"), OK]
    steps += [MAIL, OK, RCPT, OK, DATA, GO_ON, MESSAGE, (S, b"554 5.7.1 spam\r\n"), QUIT, BYE]
    assert outcomes(steps) == [("ann@birch.example", False), ("ann@birch.example", False)]


def test_a_message_without_a_reply_is_neither_accepted_nor_refused() -> None:
    assert outcomes(DELIVERY[:10]) == [("ann@birch.example", None)]


def test_a_transaction_that_the_capture_leaves_open_is_neither_accepted_nor_refused() -> None:
    assert outcomes(DELIVERY[:7], closed=False) == [("ann@birch.example", None)]
    assert outcomes(DELIVERY[:7], closed=True) == [("ann@birch.example", False)]


def test_chunks_are_one_message_whatever_their_content_looks_like() -> None:
    steps = [GREETING, EHLO, EHLO_REPLY, MAIL, OK, RCPT, OK, (C, b"BDAT 12\r\nQUIT\r\n.\r\nX: "), OK]
    steps += [(C, b"BDAT 3 LAST\r\ny\r\n"), QUEUED, QUIT, BYE]
    (envelope,) = envelopes(steps)
    assert (envelope.data_command, envelope.message_bytes, envelope.accepted) == ("BDAT", 15, True)


def test_a_chunk_size_that_is_none_is_no_chunk() -> None:
    bad = (C, b"BDAT 99999999999999999 LAST\r\n")
    steps = [GREETING, EHLO, EHLO_REPLY, MAIL, OK, RCPT, OK, bad, (S, b"501 syntax\r\n"), QUIT, BYE]
    dialogue = hold(steps)
    assert dialogue.session().quit
    assert [envelope.accepted for envelope in dialogue.drain()] == [False]


def test_after_starttls_nothing_more_is_read_and_tls_bytes_are_passed_on() -> None:
    hello: list[bytes] = []
    dialogue = Dialogue(mail_port=True, from_start=True, client_tls=hello.append)
    at = Moment(1, 1, 0, 1)
    for side, data in [GREETING, EHLO, EHLO_REPLY, (C, b"STARTTLS\r\n"), (S, b"220 go\r\n")]:
        (dialogue.client if side == C else dialogue.server)(data, at)
    dialogue.client(b"\x16\x03\x01MAIL FROM:<a@b.example>\r\n", at)
    dialogue.finish(closed=True)
    assert hello == [b"\x16\x03\x01MAIL FROM:<a@b.example>\r\n"]
    assert (dialogue.session().starttls, dialogue.session().content) == ("accepted", "encrypted")
    assert dialogue.drain() == ()


def test_of_auth_only_the_mechanism_and_the_outcome_are_kept() -> None:
    steps = [
        GREETING,
        EHLO,
        EHLO_REPLY,
        (C, b"AUTH LOGIN\r\n"),
        (S, b"334 VXNlcm5hbWU6\r\n"),
        (C, b"TUFJTCBGUk9NOg==\r\n"),
    ]
    steps += [
        (S, b"334 UGFzc3dvcmQ6\r\n"),
        (C, b"MAIL FROM:<secret@birch.example>\r\n"),
        (S, b"535 5.7.8 no\r\n"),
        QUIT,
    ]
    dialogue = hold([*steps, BYE])
    assert (dialogue.session().auth_mechanism, dialogue.session().auth_reply_code) == ("LOGIN", 535)
    assert dialogue.drain() == ()
    assert "secret" not in repr(dialogue.session())


def test_a_dialogue_that_began_before_the_capture_shows_what_is_left_of_it() -> None:
    for begin in range(1, 9):
        (envelope,) = hold(DELIVERY[begin:], from_start=False).drain()
        assert (begin, envelope.accepted, envelope.queue_id) == (begin, True, "4CDEB4BA92F9")


def test_of_a_dialogue_without_its_greeting_nobody_knows_whether_a_message_came_before() -> None:
    for begin in range(9, 13):
        dialogue = hold(DELIVERY[begin:], from_start=False)
        assert (dialogue.drain(), dialogue.session().content, dialogue.is_smtp) == ((), "partial", True)
    assert hold([GREETING, EHLO, EHLO_REPLY, QUIT, BYE], from_start=False).session().content == "clear"
    assert hold([EHLO, EHLO_REPLY, QUIT, BYE], from_start=False).session().content == "partial"


def test_one_side_alone_still_shows_the_envelopes() -> None:
    client = [step for step in DELIVERY if step[0] == C]
    server = [step for step in DELIVERY if step[0] == S]
    assert outcomes(client) == [("ann@birch.example", None)]
    assert outcomes(server) == [(None, True)]
    assert hold(client).session().content == "partial"


def test_a_message_whose_end_is_missing_is_accepted_when_the_reply_says_so() -> None:
    dialogue = Dialogue(mail_port=True, from_start=True)
    at = Moment(1, 1, 0, 1)
    for side, data in [*DELIVERY[:9], (C, b"Subject: x\r\n")]:
        (dialogue.client if side == C else dialogue.server)(data, at)
    dialogue.client_gap(1000)
    for side, data in [QUEUED, MAIL, OK, QUIT, BYE]:
        (dialogue.client if side == C else dialogue.server)(data, at)
    dialogue.finish(closed=True)
    found = [(envelope.accepted, envelope.message_bytes) for envelope in dialogue.drain()]
    assert found == [(True, None), (False, None)]


def test_ftp_and_a_banner_alone_on_another_port_are_told_apart() -> None:
    ftp = [(S, b"220 ftp.alder.example ready\r\n"), (C, b"USER x\r\n"), (S, b"331 password\r\n")]
    assert not hold(ftp, mail_port=False).is_smtp
    assert hold([GREETING], mail_port=False).is_smtp
    assert hold(DELIVERY, mail_port=False).is_smtp


def test_quit_alone_is_no_smtp() -> None:
    assert not hold([QUIT]).is_smtp


def test_lmtp_is_no_smtp() -> None:
    assert not hold([(S, b"220 alder.example LMTP\r\n"), (C, b"LHLO x\r\n"), (S, b"250 ok\r\n")]).is_smtp


def result(steps: list[tuple[int, bytes]]) -> object:
    dialogue = hold_at_one_moment(steps)
    return dialogue.session(), dialogue.drain(), dialogue.is_smtp


def hold_at_one_moment(steps: list[tuple[int, bytes]]) -> Dialogue:
    dialogue = Dialogue(mail_port=True, from_start=True)
    for side, data in steps:
        (dialogue.client if side == C else dialogue.server)(data, Moment(1, 1, 0, 1))
    dialogue.finish(closed=True)
    return dialogue


SOUP = st.lists(
    st.tuples(
        st.sampled_from([C, S]),
        st.one_of(
            st.sampled_from([step[1] for step in [*DELIVERY, OK]] + [b"STARTTLS\r\n", b"AUTH PLAIN\r\n", b"334 \r\n"]),
            st.sampled_from(
                [b"BDAT 5\r\n", b"BDAT 9 LAST\r\n", b".\r\n", b"\n.\n", b"RSET\r\n", b"421 bye\r\n", b"250-"]
            ),
            st.binary(max_size=20),
        ),
    ),
    max_size=25,
)


@given(SOUP, st.integers(1, 7))
def test_how_the_bytes_are_cut_never_changes_the_result(steps: list[tuple[int, bytes]], size: int) -> None:
    cut = [(side, data[at : at + size]) for side, data in steps for at in range(0, len(data), size)]
    whole = [step for step in steps if step[1]]
    assert result(cut) == result(whole)


@given(SOUP)
def test_any_bytes_give_a_session(steps: list[tuple[int, bytes]]) -> None:
    dialogue = hold(steps)
    session = dialogue.session()
    assert session.accepted <= session.envelopes
    assert len(dialogue.drain()) == session.envelopes


def test_a_client_that_leaves_after_the_greeting_leaves_a_clear_session() -> None:
    assert hold([GREETING]).session().content == "clear"
    timeout = (S, b"421 4.4.2 mx1.alder.example Error: timeout exceeded\r\n")
    assert hold([GREETING, timeout]).session().content == "clear"


def test_a_server_that_answers_a_client_nobody_heard_leaves_a_partial_session() -> None:
    assert hold([GREETING, EHLO_REPLY, OK]).session().content == "partial"
