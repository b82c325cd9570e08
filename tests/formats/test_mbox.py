from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats.mbox import detect

FIRST = b"""\
From quinn@alder.example Mon Nov 23 09:28:53 2026
Received: from a (mx.alder.example [198.51.100.18]) by b; Mon, 23 Nov 2026 09:28:53 +0000
Date: Mon, 23 Nov 2026 09:28:52 +0000
From: quinn@alder.example

Hello
>From here on it is quoted.

From the start it looked like a line of its own.
"""
SECOND = b"""\
From MAILER-DAEMON Mon, 23 Nov 2026 09:29:53 +0000
Date: Mon, 23 Nov 2026 09:29:52 +0000
From: postmaster@alder.example

Sorry
"""
MBOX = FIRST + b"\n" + SECOND + b"\n"


def test_each_message_has_its_place(reading):
    read = reading("mbox", MBOX)

    first, second = read.of("message")
    assert (first.record_no, first.offset, first.length) == (1, 0, len(FIRST) + 1)
    assert (second.record_no, second.offset, second.length) == (2, len(FIRST) + 1, len(SECOND) + 1)
    assert first.size_bytes == len(FIRST) - len(FIRST.partition(b"\n")[0]) - 1
    assert (first.return_path, second.return_path) == ("quinn@alder.example", "")
    (hop,) = read.of("message_hop")
    assert MBOX[hop.offset : hop.offset + hop.length].startswith(b"Received: from a ")


def test_a_return_path_field_goes_before_the_from_line(reading):
    content = FIRST.replace(b"Date:", b"Return-Path: <other@alder.example>\nDate:", 1)

    assert reading("mbox", content).of("message")[0].return_path == "other@alder.example"


def test_line_ends_may_be_those_of_windows(reading):
    read = reading("mbox", MBOX.replace(b"\n", b"\r\n"))

    assert [message.header_from for message in read.of("message")] == [
        "quinn@alder.example",
        "postmaster@alder.example",
    ]


def test_a_giant_body_is_streamed_over_block_ends(reading):
    body = b"a line of the body\n" * 1_200_000
    read = reading("mbox", FIRST + body + b"\n" + SECOND)

    assert [message.record_no for message in read.of("message")] == [1, 2]
    assert read.of("message")[0].length == len(FIRST) + len(body) + 1


def test_a_message_shorter_than_its_content_length_is_named(reading):
    content = FIRST.replace(b"Date:", b"Content-Length: 4000\nDate:", 1) + b"\n" + SECOND

    assert "Content-Length" in reading("mbox", content).of("message")[0].problems
    right = SECOND.replace(b"Date:", b"Content-Length: 6\nDate:", 1)
    assert reading("mbox", right + b"\n").of("message")[0].problems is None


def test_text_that_is_no_message_is_unread(reading):
    read = reading("mbox", b"stray\n\n" + SECOND + b"\nFrom x@y.example Mon Nov 23 09:28:53 2026\n\nonly a body\n")

    assert len(read.of("message")) == 1
    assert read.tally.unread_records == {
        "text before the first 'From ' line": 1,
        "a message without a header field": 1,
    }


def test_detection_needs_a_from_line_with_a_date_and_a_header():
    assert recognise(MBOX, "inbox").NAME == "mbox"
    for other in (b"", b"From here on\nDate: x\n", b"From a Mon Nov 23 09:28:53 2026\n\nno header here\n", FIRST[50:]):
        assert not detect(other, "x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.integers(0, len(MBOX)), st.integers(0, len(MBOX)), st.binary(max_size=6))
def test_a_damaged_mailbox_is_accounted_for(reading, start, end, insert):
    read = reading("mbox", MBOX[:start] + insert + MBOX[end:])
    assert len(read.of("message")) + sum(read.tally.unread_records.values()) == read.tally.records


def test_hostile_separator_lines_take_linear_time(reading):
    assert reading("mbox", (b"From " + b" " * 100_000 + b"\n") * 50).of("message") == []
    assert reading("mbox", b"\nFrom " * 300_000).of("message") == []
