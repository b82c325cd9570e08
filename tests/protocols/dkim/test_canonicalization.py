"""Canonicalization (RFC 6376 section 3.4)."""

import time

import pytest
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dkim.canonicalization import canonical_body, canonical_field
from forensics.protocols.dkim.message import HeaderField, split

# The example of RFC 6376 section 3.4.5.
EXAMPLE = b"A: X \r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n"


def test_the_example_of_rfc_6376_under_relaxed():
    parts = split(EXAMPLE)
    assert [canonical_field(field, "relaxed") for field in parts.fields] == [b"a:X", b"b:Y Z"]
    assert canonical_body(parts.body, "relaxed") == b" C\r\nD E\r\n"


def test_the_example_of_rfc_6376_under_simple():
    parts = split(EXAMPLE)
    assert [canonical_field(field, "simple") for field in parts.fields] == [b"A: X ", b"B : Y\t\r\n\tZ  "]
    assert canonical_body(parts.body, "simple") == b" C \r\nD \t E\r\n"


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n\r\n"])
def test_an_empty_body_is_one_line_end_under_simple_and_nothing_under_relaxed(body):
    assert canonical_body(body, "simple") == b"\r\n"
    assert canonical_body(body, "relaxed") == b""


def test_a_missing_last_line_end_is_added():
    assert canonical_body(b"a", "simple") == b"a\r\n"
    assert canonical_body(b"a", "relaxed") == b"a\r\n"


def test_relaxed_drops_white_space_at_the_end_of_a_last_line_without_line_end():
    assert canonical_body(b"a \t ", "relaxed") == b"a\r\n"


def test_lines_of_white_space_alone_are_empty_lines_under_relaxed_only():
    assert canonical_body(b"a\r\n \t\r\n\r\n", "relaxed") == b"a\r\n"
    assert canonical_body(b"a\r\n \t\r\n\r\n", "simple") == b"a\r\n \t\r\n"


def test_relaxed_strips_blanks_and_tabs_and_no_other_white_space():
    assert canonical_field(HeaderField("X", b"X:\x0b a \x0c"), "relaxed") == b"x:\x0b a \x0c"
    assert canonical_body(b"a\x0c\r\n", "relaxed") == b"a\x0c\r\n"


def test_white_space_around_the_colon_goes_under_relaxed():
    assert canonical_field(HeaderField("SUBject", b"SUBject \t: \r\n  x"), "relaxed") == b"subject:x"


def test_a_long_run_of_spaces_takes_linear_time():
    body = b" " * 2_000_000 + b"x\r\n"
    start = time.perf_counter()
    assert canonical_body(body, "relaxed") == b" x\r\n"
    assert time.perf_counter() - start < 2


@given(st.lists(st.sampled_from([b"a", b"b ", b" ", b"\t", b"\r\n", b"\r\n\r\n"]), max_size=12))
def test_bodies_that_end_in_a_line_end_are_leveled_as_dkimpy_does(parts):
    body = b"".join(parts) + b"\r\n"
    for name in ("simple", "relaxed"):
        policy = CanonicalizationPolicy.from_c_value(name.encode() + b"/" + name.encode())
        assert canonical_body(body, name) == policy.canonicalize_body(body)


@given(st.binary(max_size=60), st.sampled_from(["simple", "relaxed"]))
def test_leveling_twice_changes_nothing(body, algorithm):
    once = canonical_body(split(b"\n" + body).body, algorithm)
    assert canonical_body(once, algorithm) == once
