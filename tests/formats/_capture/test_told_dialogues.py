"""SMTP dialogues that compiled code reads at once say what the bytes piece by piece say."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats._capture.compiled import decoding as compiled
from forensics.formats._capture.decoding import PLAIN, Decoding
from forensics.formats._capture.examiner import Examiner
from forensics.formats._capture.frames import Frames
from forensics.formats._capture.segments import runs
from forensics.model.batch import ColumnBatch
from forensics.protocols.byte_columns import Loads
from forensics.protocols.packets.columns import headers
from forensics.schema import Row, SmtpEnvelope, SmtpRecipient, SmtpSession

COMPILED = compiled()
CLIENT, SERVER = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 25])
FIN, SYN, PSH, ACK = 1, 2, 8, 16
C, S = 0, 1
BODY = b"Received: from a\r\n\tby b\r\nMessage-ID: <1@birch.example>\r\nSubject: x\r\n\r\nhello\r\n..\r\n"
DELIVERY = [
    (S, b"220 mx1.alder.example ESMTP\r\n"), (C, b"EHLO out.birch.example\r\n"),
    (S, b"250-mx1.alder.example\r\n250-STARTTLS\r\n250 SIZE\r\n"), (C, b"MAIL FROM:<ann@birch.example> SIZE=9\r\n"),
    (S, b"250 2.1.0 Ok\r\n"), (C, b"RCPT TO:<bob@alder.example>\r\n"), (S, b"250 2.1.5 Ok\r\n"), (C, b"DATA\r\n"),
    (S, b"354 go on\r\n"), (C, BODY + b".\r\n"), (S, b"250 2.0.0 Ok: queued as 4CDEB4BA92F9\r\n"), (C, b"QUIT\r\n"),
    (S, b"221 2.0.0 Bye\r\n"),
]  # fmt: skip

Said = list[tuple[int, bytes]]


def packets(said: Said, port: int, to: int = 25) -> list[bytes]:
    """A whole connection."""
    next_byte, found = [100, 0xFFFFFFF0], list[bytes]()

    def send(side: int, flags: int, data: bytes = b"") -> None:
        ends, ports = ((CLIENT, SERVER), (port, to)) if side == C else ((SERVER, CLIENT), (to, port))
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0x4000, 64, 6, 0) + ends[0] + ends[1]
        seq, ack = next_byte[side], next_byte[1 - side] if flags & ACK else 0
        tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags, 1024, 0, 0)
        next_byte[side] = (seq + len(data) + (flags & (SYN | FIN) != 0)) % 2**32
        found.append(ip + tcp + data)

    for side, flags in ((C, SYN), (S, SYN | ACK), (C, ACK)):
        send(side, flags)
    for side, data in said:
        send(side, PSH | ACK, data)
    for side, flags in ((C, FIN | ACK), (S, FIN | ACK), (C, ACK)):
        send(side, flags)
    return found


def frames(chosen: list[bytes]) -> Frames:
    size = np.array([len(packet) for packet in chosen], np.int64)
    start, place = np.cumsum(size) - size, np.arange(len(chosen))
    raw = np.full(len(chosen), 101)
    return Frames(b"".join(chosen), 1000, place + 1, start, size, size, place + 5, raw, start, size)


def rows(given: Frames, decoding: Decoding) -> list[Row]:
    examiner = Examiner(decoding)
    items = [*examiner.take(given), *examiner.finish()]
    return [row for item in items for row in (item.each() if isinstance(item, ColumnBatch) else [item])]


def is_told(said: Said, to: int = 25) -> bool:
    given = frames(packets(said, 40000, to))
    loads = Loads(given.data)
    found = headers(loads, given.start, given.captured, given.linktype)
    told = runs(loads, given, found, np.zeros(0, np.int64), COMPILED).told
    return told is not None and told.at(0) is not None


def with_(place: int, data: bytes) -> Said:
    """The delivery with other bytes in one place."""
    return [(side, data if number == place else said) for number, (side, said) in enumerate(DELIVERY)]


def test_a_delivery_is_told_and_says_what_it_says_piece_by_piece() -> None:
    assert is_told(DELIVERY)
    given = frames(packets(DELIVERY, 40000))
    told = rows(given, COMPILED)
    assert told == rows(given, PLAIN)
    [session] = [row for row in told if isinstance(row, SmtpSession)]
    assert (session.banner, session.helo, session.starttls) == (
        "mx1.alder.example ESMTP",
        "out.birch.example",
        "offered",
    )
    assert (session.envelopes, session.recipients, session.accepted, session.ended) == (1, 1, 1, "quit")
    [envelope] = [row for row in told if isinstance(row, SmtpEnvelope)]
    assert (envelope.mail_from, envelope.message_id, envelope.message_bytes) == (
        "ann@birch.example", "1@birch.example", len(BODY)
    )  # fmt: skip
    assert (envelope.queue_id, envelope.accepted, envelope.record_no) == ("4CDEB4BA92F9", True, 14)
    [recipient] = [row for row in told if isinstance(row, SmtpRecipient)]
    assert (recipient.rcpt_to, recipient.reply_code, recipient.reply_text) == ("bob@alder.example", 250, "2.1.5 Ok")


@pytest.mark.parametrize(
    "said",
    [
        with_(0, b"220-two\r\n220 lines\r\n"), with_(0, b"554 no\r\n"), with_(1, b"EHLO \xff\r\n"),
        with_(1, b"EHLO\r\n"), with_(1, b"NOOP\r\n"), with_(2, b"421 busy\r\n"),
        with_(3, b'MAIL FROM:<"a b"@birch.example>\r\n'), with_(3, b"MAIL FROM: <a@birch.example>\r\n"),
        with_(3, b"MAIL FROM:<a@birch.example>\n"), with_(4, b"550 no\r\n"), with_(5, b"STARTTLS\r\n"),
        with_(8, b"550 no\r\n"), with_(9, b"Message-ID:\r\n <1@a>\r\n\r\n.\r\n"), with_(9, b"no end"),
        with_(10, b"354 again\r\n"), DELIVERY[:8], [*DELIVERY, (S, b"250 more\r\n")],
        [DELIVERY[1], DELIVERY[0], *DELIVERY[2:]],
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_who_reads_piece_by_piece(said: Said) -> None:
    assert not is_told(said)
    given = frames(packets(said, 40000))
    assert rows(given, COMPILED) == rows(given, PLAIN)


def test_only_a_port_of_mail_is_asked() -> None:
    assert is_told(DELIVERY, 587)
    assert not is_told(DELIVERY, 2526)


def line(chance: random.Random, plain: bytes, *others: bytes) -> bytes:
    return chance.choice(others) if chance.random() < 0.06 else plain


def message(chance: random.Random) -> bytes:
    fields = [
        line(
            chance, b"Message-ID: <7@birch.example>", b"message-id :<>", b"MESSAGE-ID:<a b>", b"Message-ID-Hash: 1",
            b"Message-ID:\r\n <folded@birch.example>", b"Message-ID: \xc3\xa4@a", b"Message-ID: a\rb",
            b"Message-ID:\t8@a>", b"Message-ID: " + b"x" * 1200,
        ),
        b"Subject: x", b"X: " + bytes(chance.randrange(256) for _ in range(3)),
    ]  # fmt: skip
    chance.shuffle(fields)
    body = chance.choice([b"hello\r\n", b"", b"..\r\n", b".\r", b"\r\n.\n", b"long " * 300 + b"\r\n"])
    return b"\r\n".join(fields) + line(chance, b"\r\n\r\n", b"\r\n", b"\n\n", b"\r\n\r\r\n") + body + b"\r\n.\r\n"


def dialogue(chance: random.Random) -> Said:
    """A dialogue as servers have them, mostly plain."""
    said: Said = [
        (S, line(chance, b"220 mx1.alder.example ESMTP\r\n", b"220-a\r\n220 b\r\n", b"421 no\r\n", b"220\r\n"))
    ]

    def ask(command: bytes, reply: bytes) -> None:
        said.extend([(C, command), (S, reply)])

    ask(
        line(chance, b"EHLO out.birch.example\r\n", b"helo  x \r\n", b"HELO\r\n", b"LHLO x\r\n"),
        line(
            chance,
            b"250-a\r\n250-STARTTLS\r\n250 b\r\n",
            b"250 starttls\r\n",
            b"250-XSTARTTLS x\r\n250 b\r\n",
            b"502 no\r\n",
        ),
    )
    for _ in range(chance.choice([1, 1, 2, 0])):
        ask(
            line(
                chance,
                b"MAIL FROM:<ann@birch.example>\r\n",
                b"mail from:<> BODY=8BITMIME\r\n",
                b"MAIL FROM:<a\r\n",
                b"MAIL FROM:a@b\r\n",
                b"RSET\r\n",
                b"NOOP\r\n",
            ),
            line(chance, b"250 ok\r\n", b"250-x\r\n250 ok\r\n", b"451 no\r\n"),
        )
        for _ in range(chance.choice([1, 1, 1, 3, 0])):
            ask(
                line(
                    chance,
                    b"RCPT TO:<bob@alder.example>\r\n",
                    b"rcpt to:<a\\b@c>\r\n",
                    b"RCPT TO:<b@c> NOTIFY=NEVER\r\n",
                ),
                line(chance, b"250 ok\r\n", b"550 no such user\r\n", b"354 what\r\n", b"150 what\r\n"),
            )
        ask(
            line(chance, b"DATA\r\n", b"data \r\n", b"RSET\r\n"),
            line(chance, b"354 go on\r\n", b"554 no\r\n", b"250 ok\r\n"),
        )
        ask(
            message(chance),
            line(chance, b"250 2.0.0 Ok: queued as 4CDEB4BA92F9\r\n", b"451 later\r\n", b"250 \xff\r\n"),
        )
    if chance.random() < 0.9:
        ask(b"QUIT\r\n", line(chance, b"221 bye\r\n", b"221-x\r\n221 bye\r\n"))
    return said


def pipelined(chance: random.Random, said: Said) -> Said:
    """Commands sent together, and their replies."""
    found: Said = []
    for side, data in said:
        waits = (
            len(found) > 1 and found[-2][0] == side and found[-2][1][:4] in (b"MAIL", b"RCPT") and chance.random() < 0.5
        )
        if waits:
            found[-2] = (side, found[-2][1] + data)
            found.append(found.pop())
        elif len(found) > 1 and found[-1][0] == side:
            found[-1] = (side, found[-1][1] + data)
        else:
            found.append((side, data))
    return found


def cut(chance: random.Random, said: Said) -> Said:
    """The same in other pieces."""
    found: Said = []
    for side, data in said:
        place = chance.randrange(len(data)) if data and chance.random() < 0.1 else 0
        found += [(side, piece) for piece in (data[:place], data[place:]) if piece]
        if chance.random() < 0.02 and found[-1][1]:
            spoilt = bytearray(found[-1][1])
            spoilt[chance.randrange(len(spoilt))] = chance.choice([0, 10, 13, 32, 46, 0x2D, chance.randrange(256)])
            found[-1] = (side, bytes(spoilt))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 60))
def test_dialogues_say_the_same_told_or_heard(seed: int) -> None:
    chance = random.Random(seed)
    talks = [packets(cut(chance, pipelined(chance, dialogue(chance))), 40000 + number) for number in range(6)]
    chosen = [packet for talk in talks for packet in talk]
    given = frames(chosen)
    assert rows(given, COMPILED) == rows(given, PLAIN)
