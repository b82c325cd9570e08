from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import key_value_pairs
from forensics.protocols.key_value_pairs import Pair, Part


def test_words_pairs_and_comments_are_told_apart_between_semicolons() -> None:
    assert key_value_pairs.split("id 1; a=b (one (two)) c.d=e; f") == (
        [
            Part(("id", "1"), ()),
            Part((Pair("a", "b", quoted=False), Pair("c.d", "e", quoted=False)), ("one (two)",)),
            Part(("f",), ()),
        ],
        [],
    )


def test_marks_inside_a_quoted_string_are_text() -> None:
    parts, problems = key_value_pairs.split(r'reason="a; (b) = \"c\"" x=y')
    assert parts[0].items == (Pair("reason", 'a; (b) = "c"', quoted=True), Pair("x", "y", quoted=False))
    assert problems == []


def test_a_quoted_local_part_keeps_its_quotes() -> None:
    assert key_value_pairs.split('i="jane doe"@mail.example')[0][0].items == (
        Pair("i", '"jane doe"@mail.example', quoted=False),
    )


def test_blanks_and_comments_may_stand_around_every_mark_of_a_key() -> None:
    parts, _ = key_value_pairs.split("dkim / 1 (one) = (two) pass header . d = mail.example")
    assert parts[0].items == (Pair("dkim/1", "pass", quoted=False), Pair("header.d", "mail.example", quoted=False))


def test_a_name_that_ends_with_a_dot_does_not_swallow_the_next_word() -> None:
    assert key_value_pairs.split("mx.mail.example. 1; none")[0][0].items == ("mx.mail.example.", "1")


def test_a_bare_value_may_hold_equals_signs_and_slashes() -> None:
    assert key_value_pairs.split("header.b=Ab/c+d== x")[0][0].items == (Pair("header.b", "Ab/c+d==", quoted=False), "x")


def test_a_key_without_a_value_is_named_and_the_next_key_is_not_taken_for_it() -> None:
    assert key_value_pairs.split("smtp.mailfrom= smtp.helo=mx; a=") == (
        [
            Part((Pair("smtp.mailfrom", "", quoted=False), Pair("smtp.helo", "mx", quoted=False)), ()),
            Part((Pair("a", "", quoted=False),), ()),
        ],
        ["smtp.mailfrom= has no value", "a= has no value"],
    )


def test_marks_without_their_partner_are_named_and_what_is_behind_them_is_read() -> None:
    assert key_value_pairs.split('a=(b c="d; e=f') == (
        [
            Part((Pair("a", "b", quoted=False), Pair("c", '"d', quoted=False)), ()),
            Part((Pair("e", "f", quoted=False),), ()),
        ],
        ["a parenthesis without its partner", "a quotation mark without its partner"],
    )


@given(st.text(alphabet='ab.=/;()"\\ \t') | st.text())
def test_any_text_is_split_and_no_character_of_a_word_is_invented(text: str) -> None:
    parts, _ = key_value_pairs.split(text)
    for part in parts:
        for item in part.items:
            assert isinstance(item, Pair) or all(character in text for character in item)
