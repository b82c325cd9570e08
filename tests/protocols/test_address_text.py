import pytest

from forensics.protocols.address_text import canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2.256", None),
        ("192.0.2.01", None),
        ("192.0.2", None),
        ("1::2::3", None),
        ("", None),
        ("mail.example", None),
    ],
)
def test_an_address_is_written_in_its_one_form_and_no_other_text_is_one(text, expected):
    assert canonical(text) == expected
