"""The split of a message into header fields and body."""

from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dkim.message import HeaderField, split


def test_fields_keep_their_exact_bytes_and_folds_travel_as_crlf():
    parts = split(b"Subject: a\n\t b  \nFrom:c\n\nbody\n")
    assert parts.fields == (HeaderField("Subject", b"Subject: a\r\n\t b  "), HeaderField("From", b"From:c"))
    assert parts.body == b"body\r\n"
    assert parts.problems == ()


def test_white_space_before_the_colon_is_part_of_the_bytes_and_not_of_the_name():
    (field,) = split(b"SUBJECT \t: x\r\n\r\n").fields
    assert (field.name, field.key, field.value, field.raw) == ("SUBJECT", "subject", b" x", b"SUBJECT \t: x")


def test_an_mbox_line_is_passed_over_in_first_place_only():
    assert split(b"From joe Thu Jan  1\nTo: a\n\n").problems == ()
    assert split(b"To: a\nFrom joe Thu Jan  1\n\n").problems == (
        "line 2 of the header is no field: b'From joe Thu Jan  1'",
    )


def test_a_line_that_is_no_field_is_left_out_with_its_continuation_and_named():
    parts = split(b"To: a\r\nno field here\r\n and more\r\nCc: b\r\n\r\n")
    assert [field.raw for field in parts.fields] == [b"To: a", b"Cc: b"]
    assert parts.problems == ("line 2 of the header is no field: b'no field here'",)


def test_a_header_that_starts_with_white_space_is_named_and_does_not_raise():
    parts = split(b" folded\r\nTo: a\r\n\r\n")
    assert [field.raw for field in parts.fields] == [b"To: a"]
    assert parts.problems == ("line 1 of the header is no field: b' folded'",)


def test_a_message_without_an_empty_line_has_no_body():
    assert split(b"To: a").body == b""
    assert split(b"").fields == ()


def test_a_lone_cr_is_content_and_a_bare_lf_is_a_line_end():
    assert split(b"\r\na\rb\nc\r\n").body == b"a\rb\r\nc\r\n"


def test_a_value_that_is_not_utf_8_is_read_byte_by_byte():
    assert split("X: é\n".encode()).fields[0].text == " é"
    assert split("X: é\n".encode("latin-1")).fields[0].text == " é"


def test_no_more_than_ten_bad_lines_are_named():
    assert len(split(b"bad\n" * 50 + b"\n").problems) == 10


@given(st.binary(max_size=200))
def test_any_bytes_split_and_no_field_holds_a_line_end_that_is_no_fold(data):
    for field in split(data).fields:
        assert b"\n" not in field.raw.replace(b"\r\n ", b"").replace(b"\r\n\t", b"")
