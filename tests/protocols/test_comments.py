from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import comments


def test_comments_nest_and_the_outermost_are_found() -> None:
    assert comments.outermost("a (b (c) d) e (f)") == [(2, 11), (14, 17)]


def test_a_parenthesis_that_nobody_closes_hides_no_comment_behind_it() -> None:
    assert comments.outermost("a (b (c) d") == [(5, 8)]


def test_a_backslash_takes_a_parenthesis_its_meaning() -> None:
    assert comments.outermost(r"(a \) b) c \( d") == [(0, 8)]


def test_a_hundred_thousand_levels_are_one_comment() -> None:
    assert comments.outermost("(" * 100_000 + ")" * 100_000) == [(0, 200_000)]


@given(st.text(alphabet="()\\a "))
def test_the_outermost_comments_begin_and_end_with_parentheses_and_do_not_overlap(text: str) -> None:
    position = 0
    for start, end in comments.outermost(text):
        assert position <= start < end
        assert (text[start], text[end - 1]) == ("(", ")")
        position = end
