"""Tag lists (RFC 6376 section 3.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dkim import tag_list
from forensics.protocols.dkim.tag_list import TagListError


def test_tags_keep_their_order_and_lose_the_white_space_around_name_and_value():
    assert list(tag_list.parse(" v = DKIM1 ;\tk=rsa;p = abc ").items()) == [("v", "DKIM1"), ("k", "rsa"), ("p", "abc")]


def test_a_last_semicolon_and_white_space_after_it_are_allowed():
    assert tag_list.parse("k=rsa; p=abc; ") == {"k": "rsa", "p": "abc"}


def test_folds_are_undone_with_the_white_space_that_follows_them_kept():
    assert tag_list.parse("h=from:\r\n\tto; b=ab\r\n cd") == {"h": "from:\tto", "b": "ab cd"}


def test_an_empty_value_is_a_value():
    assert tag_list.parse("k=rsa; p=") == {"k": "rsa", "p": ""}


def test_a_value_may_have_equals_signs_inner_spaces_and_letters_beyond_ascii():
    assert tag_list.parse("b=YQ==; n=a b; d=bücher.example") == {"b": "YQ==", "n": "a b", "d": "bücher.example"}


def test_tag_names_are_case_sensitive():
    assert tag_list.parse("a=1; A=2") == {"a": "1", "A": "2"}


@pytest.mark.parametrize(
    ("text", "breach"),
    [
        ("", "no tag=value in ''"),
        ("k=rsa; t; p=abc", "no tag=value in ' t'"),
        ("k=rsa;; p=abc", "no tag=value in ''"),
        ("k=rsa; p=a; k=rsa", "the tag k= stands twice"),
        ("_=1", "'_' is no tag name"),
        ("a b=1", "'a b' is no tag name"),
        ("=1", "'' is no tag name"),
        ("1a=1", "'1a' is no tag name"),
        ("a=x\x00y", "control character in 'a=x\\x00y'"),
        ("a=x\rz", "control character in 'a=x\\rz'"),
    ],
)
def test_one_breach_voids_the_whole_list_and_is_named(text, breach):
    with pytest.raises(TagListError) as error:
        tag_list.parse(text)
    assert str(error.value) == breach


@given(st.text(alphabet=st.characters(max_codepoint=0x17F), max_size=80))
def test_any_text_is_a_tag_list_or_a_tag_list_error(text):
    try:
        tags = tag_list.parse(text)
    except TagListError:
        return
    assert tags
    assert all(";" not in value for value in tags.values())
