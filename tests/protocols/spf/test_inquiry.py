"""The client as the macros see it."""

import pytest

from forensics.protocols.spf.inquiry import Inquiry, SpfClientError, read_client


def client(ip="192.0.2.1", sender="user@a.example"):
    return read_client(ip, "a.example", sender, helo="mail.example", receiver="", at=None)


@pytest.mark.parametrize(
    ("sender", "local_part", "domain"),
    [
        ("user@B.example", "user", "b.example"),
        ("@b.example", "postmaster", "b.example"),
        ("", "postmaster", "mail.example"),
        ("b.example", "postmaster", "b.example"),
        ("a@b@c.example", "a@b", "c.example"),
    ],
)
def test_a_sender_is_split_at_its_last_at_sign_and_never_without_a_local_part(sender, local_part, domain):
    found = client(sender=sender)
    assert (found.local_part, found.sender_domain) == (local_part, domain)


def test_the_macro_i_of_an_ipv6_address_is_its_nibbles_and_c_its_text():
    found = client("CAFE:BABE::1")
    assert found.value("i", "") == "C.A.F.E.B.A.B.E." + "0." * 23 + "1"
    assert found.value("c", "") == "cafe:babe::1"
    assert (found.value("v", ""), client().value("v", "")) == ("ip6", "in-addr")


def test_the_zone_of_an_address_is_left_out():
    assert str(client("fe80::1%eth0").ip) == "fe80::1"


@pytest.mark.parametrize("ip", ["", "192.0.2", "[192.0.2.1]", "mail.example"])
def test_what_is_no_address_is_refused(ip):
    with pytest.raises(SpfClientError):
        client(ip)


def test_the_macro_p_prefers_the_domain_then_a_name_below_it_then_any(zone):
    names = {
        "1.2.0.192.in-addr.arpa": {"PTR": ["other.test.", "mx.a.example.", "a.example.", "forged.a.example."]},
        "other.test": {"A": ["192.0.2.1"]},
        "mx.a.example": {"A": ["192.0.2.1"]},
        "a.example": {"A": ["192.0.2.1"]},
        "forged.a.example": {"A": ["192.0.2.2"]},
    }
    assert Inquiry(client(), zone(names)).macro_value("p", "A.example") == "a.example"
    del names["a.example"]
    assert Inquiry(client(), zone(names)).macro_value("p", "a.example") == "mx.a.example"
    assert Inquiry(client(), zone(names)).macro_value("p", "b.example") == "other.test"
    assert Inquiry(client(), zone({})).macro_value("p", "a.example") == "unknown"
