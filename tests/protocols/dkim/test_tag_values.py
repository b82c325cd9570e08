"""Values that several tags share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dkim.tag_list import TagListError
from forensics.protocols.dkim.tag_values import (
    read_base64,
    read_domain,
    read_list,
    read_number,
    read_quoted_printable,
)


def test_base64_may_be_folded_anywhere_and_lack_its_padding():
    assert read_base64("aGVsbG8\t =") == b"hello"
    assert read_base64("aGVsbG8") == b"hello"


@pytest.mark.parametrize("value", ["a", "a=b=", "ab==cd", "=abc", "a-b_", "äö==", "YQ=====", "YQ==YQ=="])
def test_what_is_not_base64_is_refused_and_never_repaired(value):
    with pytest.raises(TagListError, match="is not base64"):
        read_base64(value)


def test_a_number_has_digits_only_and_no_more_than_allowed():
    assert read_number("0012", 12) == 12
    for value in ("", "-1", "+1", "1 2", "1.0", "٣", "1234567890123"):
        with pytest.raises(TagListError, match="is no decimal number"):
            read_number(value, 12)


def test_a_list_keeps_its_empty_items():
    assert read_list("from: : to ") == ("from", "", "to")


def test_domain_names_are_given_in_lower_case_and_as_a_labels():
    assert read_domain("Mail.EXAMPLE.org", min_labels=2) == "mail.example.org"
    assert read_domain("bücher.example", min_labels=2) == "xn--bcher-kva.example"
    assert read_domain("s_1.2026", min_labels=1) == "s_1.2026"


@pytest.mark.parametrize(
    "value",
    ["", "example", ".example.org", "example.org.", "a..b", "-a.org", "a-.org", "a b.org", "*.org", "a" * 64 + ".org"],
)
def test_what_cannot_be_a_domain_name_is_refused(value):
    with pytest.raises(TagListError):
        read_domain(value, min_labels=2)


def test_a_name_over_253_characters_is_refused():
    with pytest.raises(TagListError):
        read_domain(".".join(["abcdefg"] * 32), min_labels=2)


def test_quoted_printable_is_decoded_also_where_an_escape_is_half_a_character():
    assert read_quoted_printable("j=C3=B6rg=40example.org") == "jörg@example.org"
    assert read_quoted_printable("jörg=3D=\t40") == "jörg=@"


@pytest.mark.parametrize("value", ["a=", "a=4", "a=ZZ", "=40=="])
def test_an_unfinished_escape_is_refused(value):
    with pytest.raises(TagListError):
        read_quoted_printable(value)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_the_own_error(text):
    for read in (
        read_base64,
        read_quoted_printable,
        lambda value: read_number(value, 12),
        lambda value: read_domain(value, min_labels=2),
    ):
        try:
            read(text)
        except TagListError:
            continue
