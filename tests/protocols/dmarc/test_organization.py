"""The organizational domain by the public suffix list."""

import tracemalloc

import pytest
from publicsuffixlist import PublicSuffixList

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
        ("a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn"),  # a rule with a U-label below a top-level domain of ASCII
        ("a.b.xn--90a3ac", "b.xn--90a3ac"),  # rules below a top-level domain that is a U-label itself
        ("a.xn--c1avg.xn--90a3ac", "a.xn--c1avg.xn--90a3ac"),
        ("city.kawasaki.jp", "city.kawasaki.jp"),  # an exception to the wildcard *.kawasaki.jp
        ("", ""),
    ],
)
def test_it_is_the_public_suffix_with_one_label_more(domain, organization):
    assert registered_domain(domain) == organization


def test_the_part_of_the_list_for_one_top_level_domain_says_what_the_whole_list_says():
    whole = PublicSuffixList()
    for rule in sorted(whole._publicsuffix)[::7]:
        domain = "a.b." + rule.lstrip("!").replace("*", "c")
        assert registered_domain(domain) == (whole.privatesuffix(domain) or domain)


def test_names_longer_than_any_are_not_kept_so_that_hostile_mail_does_not_fill_the_memory():
    tracemalloc.start()
    for number in range(1_000):
        name = f"{number}{'x' * 20_000}.example"
        assert registered_domain(name) == name
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2_000_000
