"""Records as published: terms in order, and errors that point at the first character that fits nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.spf import SpfSyntaxError, Term, is_spf, parse_record
from forensics.protocols.spf.record import can_hold_record, scan_terms


def test_a_record_keeps_its_text_and_its_terms_in_order():
    record = parse_record("v=spf1 mx include:_spf.mail.example ip4:192.0.2.0/24 ~all")
    assert record.raw == "v=spf1 mx include:_spf.mail.example ip4:192.0.2.0/24 ~all"
    assert record.terms == (
        Term("+", "mx"),
        Term("+", "include", "_spf.mail.example"),
        Term("+", "ip4", "192.0.2.0", cidr4=24),
        Term("~", "all"),
    )
    assert [term.position for term in record.terms] == [7, 10, 36, 53]
    assert [str(term) for term in record.terms] == ["mx", "include:_spf.mail.example", "ip4:192.0.2.0/24", "~all"]


def test_a_term_shows_what_was_published_and_no_more():
    assert repr(parse_record("v=spf1 mx -all").terms) == "(Term('+', 'mx'), Term('-', 'all'))"
    assert (
        repr(parse_record("v=spf1 a:mail.example/24//64").terms)
        == "(Term('+', 'a', 'mail.example', cidr4=24, cidr6=64),)"
    )
    assert repr(parse_record("v=spf1 redirect=a.example").terms) == "(Term(None, 'redirect', 'a.example'),)"


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("MX", Term("+", "mx")),
        ("?A/32", Term("?", "a", cidr4=32)),
        ("a//0", Term("+", "a", cidr6=0)),
        ("a:foo:bar/baz.example", Term("+", "a", "foo:bar/baz.example")),
        ("mx:%{d}/24", Term("+", "mx", "%{d}", cidr4=24)),
        ("a:%{d}//64", Term("+", "a", "%{d}", cidr6=64)),
        ("a:mail.example.", Term("+", "a", "mail.example.")),
        ("a:mail.xn--zckzah", Term("+", "a", "mail.xn--zckzah")),
        ("-ptr:mail.example", Term("-", "ptr", "mail.example")),
        ("ptr", Term("+", "ptr")),
        ("ip6:2001:db8::/32", Term("+", "ip6", "2001:db8::", cidr6=32)),
        ("ip6:::ffff:192.0.2.1", Term("+", "ip6", "::ffff:192.0.2.1")),
        ("exists:%{ir}.%{l1r+-}._spf.%{d}", Term("+", "exists", "%{ir}.%{l1r+-}._spf.%{d}")),
        ("exp=%{D2}", Term(None, "exp", "%{D2}")),
        ("Moo.cow-far_out=man:dog/cat", Term(None, "moo.cow-far_out", "man:dog/cat")),
        ("default=", Term(None, "default", "")),
        ("x=%{c}", Term(None, "x", "%{c}")),
    ],
)
def test_a_term_of_the_grammar_is_read(term, expected):
    assert parse_record(f"v=spf1 {term}").terms == (expected,)


def test_the_network_of_an_address_term_ignores_the_bits_behind_its_prefix():
    ip4, ip6 = parse_record("v=spf1 ip4:192.0.2.77/24 ip6:2001:db8::1").terms
    assert str(ip4.network) == "192.0.2.0/24"
    assert str(ip6.network) == "2001:db8::1/128"


@pytest.mark.parametrize(
    ("record", "position", "problem"),
    [
        ("v=spf2 -all", 0, "'v=spf2 -all' does not begin with v=spf1 and a space"),
        ("v=spf1-all", 0, "'v=spf1-all' does not begin with v=spf1 and a space"),
        ("v=spf1 moo", 7, "'moo' is neither a mechanism nor a modifier"),
        ("v=spf1 ipv4:192.0.2.1", 7, "'ipv4:192.0.2.1' is neither a mechanism nor a modifier; ip4 is meant?"),
        ("v=spf1 -all:x", 11, "nothing is allowed here, but ':x'"),
        ("v=spf1 -all/8", 11, "nothing is allowed here, but '/8'"),
        ("v=spf1 include", 14, "a colon and a domain are missing"),
        ("v=spf1 ~exists -all", 14, "a colon and a domain are missing"),
        ("v=spf1 mx: -all", 10, "a domain is missing"),
        ("v=spf1 ptr/24", 10, "a colon and a domain are missing"),
        ("v=spf1 a:museum", 9, "'museum' does not end in a dot and a top label"),
        ("v=spf1 a:museum.", 9, "'museum.' does not end in a dot and a top label"),
        ("v=spf1 a:mail.-com", 9, "'mail.-com' does not end in a dot and a top label"),
        ("v=spf1 a:mail.123", 9, "'mail.123' does not end in a dot and a top label"),
        ("v=spf1 a:192.0.2.1", 9, "'192.0.2.1' does not end in a dot and a top label; ip4: is meant?"),
        ("v=spf1 a:%{d}mail", 13, "'mail' does not end in a dot and a top label"),
        ("v=spf1 a:mail.example:8080", 9, "'mail.example:8080' does not end in a dot and a top label"),
        ("v=spf1 a/24/64", 8, "a colon and a domain are missing"),
        ("v=spf1 a/33", 9, "'33' is no prefix length from 0 to 32"),
        ("v=spf1 a//129", 10, "'129' is no prefix length from 0 to 128"),
        ("v=spf1 mx/024", 10, "'024' is no prefix length from 0 to 32"),
        ("v=spf1 ip4", 10, "a colon and an address are missing"),
        ("v=spf1 ip4:192.0.2", 11, "'192.0.2' is no IPv4 address"),
        ("v=spf1 ip4:192.0.2.01", 11, "'192.0.2.01' is no IPv4 address"),
        ("v=spf1 ip4:192.0.2.1:25", 11, "'192.0.2.1:25' is no IPv4 address"),
        ("v=spf1 ip4:192.0.2.1//32", 21, "'/32' is no prefix length from 0 to 32"),
        ("v=spf1 ip4:192.0.2.0/", 21, "'' is no prefix length from 0 to 32"),
        ("v=spf1 ip4:192.0.2.0/24\n", 21, "'24\\n' is no prefix length from 0 to 32"),
        ("v=spf1 ip6:fe80::1%eth0", 11, "'fe80::1%eth0' is no IPv6 address"),
        ("v=spf1 ip6::2001::db8", 11, "':2001::db8' is no IPv6 address"),
        ("v=spf1 exists:%(ir).example", 14, "'%(ir).ex' is neither text nor a macro"),
        ("v=spf1 exists:%{a}.example", 16, "no macro letter here: 'a'"),
        ("v=spf1 exp=%{r}.example", 13, "no macro letter here: 'r'"),
        ("v=spf1 exists:%{d0}.example", 17, "a macro that keeps 0 parts"),
        ("v=spf1 x=%abc", 9, "'%abc' is neither text nor a macro"),
        ("v=spf1 redirect=", 16, "a domain is missing"),
        ("v=spf1 exp=-all", 11, "'-all' does not end in a dot and a top label"),
        (
            "v=spf1 redirect:a.example",
            7,
            "'redirect:a.example' is neither a mechanism nor a modifier; redirect= is meant?",
        ),
        ("v=spf1 redirect=a.example redirect=a.example", 26, "redirect= stands here twice"),
        ("v=spf1 1up=x", 7, "'1up=x' is neither a mechanism nor a modifier"),
        ("v=spf1 =all", 7, "'=all' is neither a mechanism nor a modifier"),
        ("v=spf1 a\rptr -all", 8, "a colon and a domain are missing"),
        ("v=spf1 \x80a:mail.example", 7, "'\\x80' is no visible ASCII character"),
    ],
)
def test_an_error_points_at_the_first_character_that_fits_nothing(record, position, problem):
    with pytest.raises(SpfSyntaxError) as caught:
        parse_record(record)
    assert (caught.value.position, caught.value.problem) == (position, problem)


def test_every_broken_term_is_found_and_not_only_the_first():
    found = list(scan_terms("v=spf1 moo mx ip4:x -all"))
    assert [str(item) for item in found] == [
        "character 7 in 'moo': 'moo' is neither a mechanism nor a modifier",
        "mx",
        "character 18 in 'ip4:x': 'x' is no IPv4 address",
        "-all",
    ]


def test_spaces_may_be_doubled_and_trail():
    assert parse_record("v=spf1  a   -all ").terms == (Term("+", "a"), Term("-", "all"))
    assert parse_record("v=spf1").terms == ()


def test_the_version_ends_at_a_space_or_at_the_end():
    assert is_spf("v=spf1")
    assert is_spf("V=sPf1 -all")
    assert not is_spf("v=spf10")
    assert not is_spf("v=spf1\tmx")
    assert not is_spf(" v=spf1 mx")


def test_a_single_label_and_an_address_literal_hold_no_record():
    assert can_hold_record("mail.example")
    assert not can_hold_record("localhost")
    assert not can_hold_record("[192.0.2.1]")


def test_only_terms_that_look_up_the_dns_are_counted():
    record = parse_record(
        "v=spf1 a mx ptr exists:a.example include:b.example ip4:192.0.2.1 exp=c.example redirect=d.example"
    )
    assert record.lookups == 6
    assert record.modifier("exp") == Term(None, "exp", "c.example")
    assert record.modifier("foo") is None


def test_a_record_longer_than_a_txt_record_can_be_is_refused():
    with pytest.raises(SpfSyntaxError, match="a record of 70006 characters"):
        parse_record("v=spf1" + " a" * 35_000)


def test_a_record_of_more_terms_than_anybody_publishes_is_refused_where_they_begin():
    assert len(parse_record("v=spf1" + " a" * 4_096).terms) == 4_096
    with pytest.raises(SpfSyntaxError, match="character 8199: more than 4096 terms"):
        parse_record("v=spf1" + " a" * 4_097)


@given(st.text() | st.text("v=spf1 +-~?:/%{}.0123456789abcdilmnoprstx,_=\n\x80").map("v=spf1 ".__add__))
def test_any_text_is_terms_that_stand_where_they_say_or_errors_inside_it(text):
    for found in scan_terms(text):
        assert isinstance(found, Term | SpfSyntaxError)
        assert 0 <= found.position <= len(text)
        if isinstance(found, Term):
            assert text[found.position :].startswith(found.raw)


@given(st.lists(st.sampled_from(["a", "mx/24", "-ip4:192.0.2.1", "x=y", "include:%{d2}.example", "?all"])))
def test_every_term_of_a_right_record_is_kept(terms):
    assert [term.raw for term in parse_record(" ".join(["v=spf1", *terms])).terms] == terms
