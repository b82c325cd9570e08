"""U-labels become what the DNS holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.a_labels import to_a_labels


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("Mail.Example.", "mail.example"),
        ("_dmarc.mail.example", "_dmarc.mail.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a..example", "a..example"),
        ("", ""),
    ],
)
def test_a_domain_is_given_as_the_dns_holds_it(domain, expected):
    assert to_a_labels(domain) == expected


def test_text_longer_than_a_name_is_left_alone():
    assert to_a_labels("Ü" * 100_000) == "Ü" * 100_000


@given(st.text(max_size=300))
def test_any_text_that_fits_a_name_becomes_ascii(text):
    assert to_a_labels(text).isascii() or len(text) > 255
