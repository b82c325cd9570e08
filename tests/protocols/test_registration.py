"""Domain names in both forms, and the value that every registration protocol gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.registration import Registration, ascii_name, host_name, unicode_name


@pytest.mark.parametrize(
    ("u_label", "a_label"),
    [
        ("Bücher.example", "xn--bcher-kva.example"),
        ("пример.test", "xn--e1afmkfd.test"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("NORTHWIND.TEST.", "northwind.test"),
    ],
)
def test_a_name_is_given_in_a_labels(u_label, a_label):
    assert ascii_name(u_label) == a_label


def test_the_sharp_s_is_kept_and_not_turned_into_two_letters():
    assert ascii_name("straße.example") == "xn--strae-oqa.example"


@pytest.mark.parametrize("name", ["bücher.example", "例え.テスト", "straße.example", "northwind.test"])
def test_a_name_comes_back_from_a_labels_as_it_was(name):
    assert unicode_name(ascii_name(name)) == name


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64, "a b.test", "ex!ample.test", "é" * 63])
def test_what_is_no_domain_name_is_none(name):
    assert ascii_name(name) is None


def test_a_label_that_is_no_punycode_stays_as_it_is():
    assert unicode_name("xn--99999999.test") == "xn--99999999.test"


def test_an_address_and_a_word_are_no_host_names():
    assert [host_name(text) for text in ("192.0.2.53", "2001:db8::1", "pending", "ns1.northwind.test.")] == [
        None,
        None,
        None,
        "ns1.northwind.test",
    ]


def test_what_an_answer_does_not_say_is_none_and_never_empty_text():
    found = Registration("not_found", "northwind.test", "No match")
    assert (found.registrar, found.registrant, found.created, found.dnssec) == (None, None, None, None)
    assert found.redacted is False


@given(st.text())
def test_any_text_is_a_name_or_none_and_a_name_is_stable(text):
    name = ascii_name(text)
    assert name is None or (name.isascii() and ascii_name(name) == name and len(name) <= 253)
