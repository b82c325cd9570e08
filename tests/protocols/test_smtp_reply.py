"""Replies of SMTP servers, strictly by the grammar."""

from __future__ import annotations

import pytest

from forensics.protocols.smtp_reply import SmtpReplyError, is_whole, parse

GREETING = b"250-mx.example at your service\r\n250-SIZE 1000\r\n250-starttls\r\n250-\r\n250 8BITMIME\r\n"


def test_a_reply_of_several_lines_gives_the_extensions() -> None:
    reply = parse(GREETING)
    assert (reply.code, reply.keywords) == (250, ("SIZE", "STARTTLS", "8BITMIME"))
    assert [size for size in range(len(GREETING) + 1) if is_whole(GREETING[:size])] == [len(GREETING)]


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [(b"220\r\n", 220, ""), (b"220 \r\n", 220, ""), (b"220 a\n", 220, "a"), (b"220 \xff\r\n", 220, "\\xff")],
)
def test_replies_that_servers_give(data: bytes, code: int, text: str) -> None:
    assert (parse(data).code, parse(data).text) == (code, text)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no SMTP reply"),
        (b"220", "no SMTP reply"),
        (b"SSH-2.0-x\r\n", "no SMTP reply"),
        (b"2200 mx\r\n", "no SMTP reply"),
        (b"120 mx\r\n", "no SMTP reply"),
        (b"220-a\r\n220-b", "breaks off"),
        (b"220-a\r\n250 b\r\n", "several codes"),
        (b"220 a\r\n250 b\r\n", "7 bytes follow"),
        (b"220 a\0b\r\n", "no SMTP reply"),
    ],
)
def test_what_is_no_reply_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(SmtpReplyError, match=reason):
        parse(data)
