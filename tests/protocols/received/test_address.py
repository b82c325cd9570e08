import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.received import address


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("[192.0.2.1]", "192.0.2.1"),
        ("[192.0.2.1]:25", "192.0.2.1"),
        ("[192.0.2.1:25]", "192.0.2.1"),
        ("[192.0.2.1.50123]", "192.0.2.1"),
        ("[IPv6:2001:DB8:0:0:0:0:0:1]", "2001:db8::1"),
        ("[2001:db8::1]:25", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[::ffff:192.0.2.1]", "192.0.2.1"),
    ],
)
def test_an_address_is_read_in_every_form_that_servers_write(word: str, expected: str) -> None:
    assert address.read(word) == expected


@pytest.mark.parametrize(
    "word",
    ["", "mx.a.example", "192.0.2", "192.0.2.256", "192.0.2.01", "?.?.?.?", ":", "1::2::3", "12:30:45", "[local]"],
)
def test_what_is_no_address_is_none(word: str) -> None:
    assert address.read(word) is None


@given(st.text(alphabet="0123456789abcf:.[]%") | st.text())
def test_any_word_is_an_address_that_reads_as_itself_or_none(word: str) -> None:
    found = address.read(word)
    assert found is None or address.read(found) == found
