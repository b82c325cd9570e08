"""How each mechanism looks for the client's address."""

import pytest

from forensics.protocols import spf


def result(zone, names, ip="192.0.2.1"):
    found = spf.check_host(ip, "a.example", "user@a.example", lookup=zone(names))
    return found.result, found.problem, found.void_lookups


def test_a_prefix_is_laid_over_the_addresses_that_were_found(zone):
    names = {"a.example": {"TXT": ["v=spf1 a/24//32 -all"], "A": ["192.0.2.200"], "AAAA": ["2001:db8::1"]}}
    assert result(zone, names, "192.0.2.1") == ("pass", None, 0)
    assert result(zone, names, "192.0.3.1") == ("fail", None, 0)
    assert result(zone, names, "2001:db8:ffff::9") == ("pass", None, 0)
    assert result(zone, names, "2001:db9::9") == ("fail", None, 0)


def test_mx_matches_the_addresses_of_its_exchanges_and_not_of_the_domain(zone):
    names = {"a.example": {"TXT": ["v=spf1 mx -all"], "A": ["192.0.2.1"], "MX": ["10 b.example."]}}
    assert result(zone, names | {"b.example": {"A": ["192.0.2.1"]}}) == ("pass", None, 0)
    assert result(zone, names | {"b.example": {"A": ["192.0.2.2"]}}) == ("fail", None, 0)


def test_a_null_mx_is_an_answer_and_no_void_look_up(zone):
    lookup = {"a.example": {"TXT": ["v=spf1 mx -all"], "MX": ["0 ."]}}
    assert result(zone, lookup) == ("fail", None, 0)


def test_exchanges_without_any_address_are_one_void_look_up(zone):
    names = {"a.example": {"TXT": ["v=spf1 mx -all"], "MX": ["1 x.example.", "2 y.example.", "3 z.example."]}}
    assert result(zone, names) == ("fail", None, 1)


def test_the_eleventh_exchange_is_an_error_whatever_the_first_would_match(zone):
    exchanges = ["0 b.example."] + [f"{n} mx{n}.example." for n in range(10)]
    names = {"a.example": {"TXT": ["v=spf1 mx -all"], "MX": exchanges}, "b.example": {"A": ["192.0.2.1"]}}
    assert result(zone, names) == ("permerror", "a.example has 11 mail exchanges, more than 10", 0)


def test_ptr_matches_a_name_below_the_domain_that_names_the_client_back(zone):
    names = {
        "a.example": {"TXT": ["v=spf1 ptr -all"]},
        "1.2.0.192.in-addr.arpa": {"PTR": ["forged.a.example.", "Mail.A.example."]},
        "forged.a.example": {"A": ["198.51.100.1"]},
    }
    assert result(zone, names)[0] == "fail"
    assert result(zone, names | {"mail.a.example": {"A": ["192.0.2.1"]}})[0] == "pass"


@pytest.mark.parametrize("failure", ["timeout", "servfail"])
def test_a_failing_reverse_look_up_is_no_match_as_the_rfc_says_and_is_named(zone, failure):
    names = {"a.example": {"TXT": ["v=spf1 ptr ~all"]}, "1.2.0.192.in-addr.arpa": {"PTR": failure}}
    found = spf.check_host("192.0.2.1", "a.example", "user@a.example", lookup=zone(names))
    assert found.result == "softfail"
    assert found.trace[0].problem == f"1.2.0.192.in-addr.arpa PTR: {failure}"


def test_a_name_whose_address_nobody_gives_is_passed_over(zone):
    names = {
        "a.example": {"TXT": ["v=spf1 ptr ~all"], "A": ["192.0.2.1"]},
        "1.2.0.192.in-addr.arpa": {"PTR": ["dead.a.example.", "a.example."]},
        "dead.a.example": {"A": "timeout"},
    }
    assert result(zone, names)[0] == "pass"


def test_exists_asks_for_an_ipv4_address_also_for_an_ipv6_client(zone):
    names = {"a.example": {"TXT": ["v=spf1 exists:b.example -all"]}, "b.example": {"A": ["127.0.0.2"]}}
    assert result(zone, names, "2001:db8::1")[0] == "pass"


def test_a_name_that_no_question_can_hold_is_no_match_and_not_void(zone):
    lookup = zone({"a.example": {"TXT": ["v=spf1 a:b..example ~all"]}})
    found = spf.check_host("192.0.2.1", "a.example", "user@a.example", lookup=lookup)
    assert (found.result, found.void_lookups) == ("softfail", 0)
    assert found.trace[0].problem == "'b..example' is no name that can be asked for"
    assert lookup.asked == [("a.example", "TXT")]
