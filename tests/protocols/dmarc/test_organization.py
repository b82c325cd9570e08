"""The organizational domain by the public suffix list."""

import pytest

from forensics.protocols.dmarc import registered_domain


@pytest.mark.parametrize(
    ("domain", "organization"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("a.b.shop.co.uk", "shop.co.uk"),
        ("co.uk", "co.uk"),
        ("com", "com"),
        ("mail.northwind.example", "northwind.example"),
        ("x.xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_it_is_the_public_suffix_with_one_label_more(domain, organization):
    assert registered_domain(domain) == organization
