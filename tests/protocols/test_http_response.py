"""HTTP responses as bytes: bounded, put together, and refused where they break off."""

from __future__ import annotations

import pytest

from forensics.protocols.http_response import HttpResponseError, is_whole, parse

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n"
LAST_LINE_ENDS_IN_0 = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\nmax_age: 604800\r\n\r\n0\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", b"abc"),
        (b"HTTP/1.0 200\r\n\r\nto the end", b"to the end"),
        (CHUNKED, b"abc0123456789"),
        (INTERIM + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_a_whole_response_gives_its_body(data: bytes, body: bytes) -> None:
    assert parse(data).body == body


def test_a_chunk_that_ends_like_the_last_one_is_not_taken_for_the_end() -> None:
    whole = LAST_LINE_ENDS_IN_0
    assert [size for size in range(len(whole) + 1) if is_whole(bytearray(whole[:size]))] == [len(whole)]
    assert parse(whole).body == b"max_age: 604800\r\n"


def test_names_of_fields_are_lower_case_and_the_type_stands_alone() -> None:
    found = parse(b"HTTP/1.1 301 Moved\r\nCONTENT-TYPE: Text/Plain; charset=us-ascii\r\nLocation: /x\r\n\r\n")
    assert (found.status, found.media_type, found.field("location")) == (301, "text/plain", "/x")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"220 mx.example ESMTP\r\n\r\n", "no HTTP/1.1 response"),
        (b"HTTP/1.1 200 OK\r\nX: y", "does not end"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n", "more than 100 fields"),
        (b"HTTP/1.1 200 OK\r\nno field\r\n\r\n", "a field that is none"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "breaks off after 3 of 9 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\nabc", "contradict"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", "contradict"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nabc", "coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc", "coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk without its size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nabc", "a chunk breaks off"),
        (INTERIM * 9, "interim"),
    ],
)
def test_what_is_no_whole_response_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(HttpResponseError, match=reason):
        parse(data)


def test_a_response_is_whole_once_its_last_byte_is_there() -> None:
    for whole in (CHUNKED, INTERIM + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"):
        assert [size for size in range(len(whole) + 1) if is_whole(whole[:size])] == [len(whole)]
    assert not is_whole(b"HTTP/1.0 200 OK\r\n\r\nuntil it hangs up")
    assert is_whole(b"x" * 20_000)
