"""Macro strings: what each part of a macro does to its value, and how far an expansion may grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.spf.macros import (
    expand_domain,
    expand_text,
    letters,
    parse_domain_spec,
    parse_explanation,
    parse_macro_string,
)
from forensics.protocols.spf.syntax import SpfSyntaxError

# RFC 7208 section 7.4: strong-bad@email.example.com from 192.0.2.3.
VALUES = {
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "p": "mx.example.org",
    "v": "in-addr",
    "h": "mx.example.org",
    "c": "192.0.2.3",
    "r": "receiver.example",
    "t": "1763000000",
}.__getitem__


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("a%%b%_c%-d.example", "a%b c%20d.example"),
        ("%{d0002}", "example.com"),
        ("%{d" + "9" * 5000 + "}", "email.example.com"),
        ("mail.example.", "mail.example"),
    ],
)
def test_a_domain_expands_as_the_rfc_shows(text, expanded):
    assert expand_domain(parse_domain_spec(text), VALUES) == expanded


def test_a_name_that_is_too_long_loses_labels_from_the_left():
    cut = expand_domain(parse_domain_spec("%{d}.%{d}.example"), {"d": "a2345678." * 20 + "end"}.__getitem__)
    assert cut == "a2345678." * 6 + "end." + "a2345678." * 20 + "end.example"
    assert len(cut) <= 253 < len("a2345678." + cut)


def test_a_record_of_nothing_but_macros_builds_no_more_than_one_name():
    asked = []

    def value(letter):
        asked.append(letter)
        return "a" * 60

    expand_domain(parse_domain_spec("%{d}." * 13_000 + "example"), value)
    assert len(asked) <= 5


def test_an_explanation_may_hold_spaces_and_three_more_letters():
    pieces = parse_explanation("See %{r}: %{c} is not %{d}'s at %{t}.")
    assert (
        expand_text(pieces, VALUES, 100) == "See receiver.example: 192.0.2.3 is not email.example.com's at 1763000000."
    )


def test_an_explanation_beyond_the_limit_is_none():
    assert expand_text(parse_explanation("%{d}" * 100), VALUES, 1000) is None


@pytest.mark.parametrize(
    "text", ["%", "%x", "%{", "%{d", "%{d-x}", "%{}", "%{dr2}", "a%(d)", "%{c}.example", " a.example"]
)
def test_what_is_no_domain_spec_is_refused(text):
    with pytest.raises(SpfSyntaxError):
        parse_domain_spec(text)


def test_an_unknown_modifier_may_be_empty_and_take_any_letter():
    assert parse_macro_string("") == ()
    assert letters(parse_macro_string("%{c}%{R}x")) == {"c", "r"}


@given(st.text("%{}sldiphvcrt0123.-+,/_= aZ\x7f", max_size=40), st.text(max_size=300))
def test_whatever_parses_expands_to_a_name_that_fits(text, value):
    try:
        pieces = parse_domain_spec(text)
    except SpfSyntaxError:
        return
    assert len(expand_domain(pieces, lambda letter: value)) <= 253
