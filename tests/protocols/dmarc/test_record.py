"""Policy records: what is read, what is discarded, and what RFC 7489 lets a reader refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dmarc import DmarcSyntaxError, Tag, is_dmarc, parse_record, read_record


def test_the_suite_of_rfc7489_parses_as_its_outcomes_say(rfc7489_case):
    try:
        parse_record(rfc7489_case["text"], rules="rfc7489")
        outcome = "okay"
    except DmarcSyntaxError:
        outcome = "error"
    assert outcome == rfc7489_case["outcome"]


def test_a_record_keeps_its_text_and_all_its_tags():
    text = "v=DMARC1; p=quarantine; sp=none; np=reject; adkim=s; fo=1:d; psd=n; t=y; rua=mailto:d@a.example; x=1"
    record = parse_record(text)
    assert record.raw == text
    assert (record.p, record.sp, record.np, record.psd, record.t) == ("quarantine", "none", "reject", "n", "y")
    assert (record.adkim, record.aspf, record.fo) == ("s", "r", ("1", "d"))
    assert [uri.uri for uri in record.rua] == ["mailto:d@a.example"]
    assert record.tags[-1] == Tag("x", "1", 97)
    assert record.problems == ()
    assert (record.pct, record.rf, record.ri) == (None, (), None)


def test_a_record_of_rfc7489_has_the_tags_and_defaults_of_its_time():
    record = parse_record("v=DMARC1; p=none; np=reject; psd=y; t=y", rules="rfc7489")
    assert (record.np, record.psd, record.t) == (None, "u", "n")
    assert (record.pct, record.rf, record.ri) == (100, ("afrf",), 86_400)
    assert parse_record("v=DMARC1; p=none; pct=7; rf=afrf; ri=3600", rules="rfc7489").pct == 7


@pytest.mark.parametrize(
    "text",
    ["v=DMARC1", "v=DMARC1;", "V=DMARC1; p=none", "v \t=\tDMARC1 ; p=none", "v=DMARC1;p=none;"],
)
def test_a_record_begins_with_its_version(text):
    assert is_dmarc(text)
    assert read_record(text).raw == text


@pytest.mark.parametrize(
    "text",
    ["", "v=dmarc1; p=none", "v=DMARC1x; p=none", "v=DMARC10", "v=DMARC1 p=none", " v=DMARC1", "p=none; v=DMARC1"],
)
@pytest.mark.parametrize("rules", ["rfc9989", "rfc7489"])
def test_what_does_not_is_no_record(text, rules):
    assert not is_dmarc(text)
    with pytest.raises(DmarcSyntaxError, match="does not begin with v=DMARC1"):
        parse_record(text, rules=rules)


BREACHES = [
    ("v=DMARC1; p=bob", "character 10: p='bob': not one of none, quarantine, reject"),
    ("v=DMARC1; p=none; sp=bob", "character 18: sp='bob': not one of none, quarantine, reject"),
    ("v=DMARC1; p=none; adkim=x", "character 18: adkim='x': not one of r, s"),
    ("v=DMARC1; p=none; aspf=", "character 18: aspf='': not one of r, s"),
    ("v=DMARC1; p=none; fo=2", "character 18: fo='2': not a list of 0, 1, d, s"),
    ("v=DMARC1; p=none; rua=d@a.example", "character 18: rua='d@a.example': 'd@a.example' is no URI"),
    ("v=DMARC1; p=none; ruf=mailto:d@a.example,", "character 18: ruf='mailto:d@a.example,': '' is no URI"),
    ("v=DMARC1; p=none; p=reject", "character 18: p= stands here again"),
    ("v=DMARC1; p=none; v=DMARC1", "character 18: v= stands here again"),
    ("v=DMARC1; p=none; nonsense", "character 18: 'nonsense' is no tag"),
    ("v=DMARC1; rua=mailto:d@a.example", "character 8: p= is missing"),
]


@pytest.mark.parametrize(("text", "error"), BREACHES)
def test_a_breach_is_an_error_under_rfc7489_and_discarded_under_rfc9989(text, error):
    with pytest.raises(DmarcSyntaxError) as caught:
        parse_record(text, rules="rfc7489")
    assert str(caught.value) == error
    problem = parse_record(text).problems[0]
    assert f"character {problem.position}: {problem.text}" == error


@pytest.mark.parametrize("text", ["pct=101", "pct=-1", "pct=50%", "ri=4294967296", "ri=day", "rf=html"])
def test_a_tag_that_rfc9989_removed_is_judged_by_its_own_specification_only(text):
    with pytest.raises(DmarcSyntaxError, match=text.partition("=")[0]):
        parse_record(f"v=DMARC1; p=none; {text}", rules="rfc7489")
    (problem,) = parse_record(f"v=DMARC1; p=none; {text}").problems
    assert problem.text.endswith("has no meaning since RFC 9989 (section C.5)")
    assert not problem.fatal


def test_a_broken_tag_falls_back_to_its_default():
    record = parse_record("v=DMARC1; p=reject; adkim=x; fo=0:1; psd=yes; t=true")
    assert (record.p, record.adkim, record.fo, record.psd, record.t) == ("reject", "r", ("0",), "u", "n")
    assert record.invalid == {"adkim", "fo", "psd", "t"}
    assert record.usable


@pytest.mark.parametrize(
    ("text", "usable", "itself", "subdomain", "nonexistent"),
    [
        ("p=reject", True, "reject", "reject", "reject"),
        ("p=reject; sp=none", True, "reject", "none", "none"),
        ("p=reject; np=none", True, "reject", "reject", "none"),
        ("p=none; sp=quarantine; np=reject", True, "none", "quarantine", "reject"),
        ("P=Reject; SP=NONE", True, "reject", "none", "none"),
        ("rua=mailto:d@a.example", True, "none", "none", "none"),
        ("sp=reject; rua=mailto:d@a.example", True, "none", "reject", "reject"),
        ("p=bob; rua=mailto:d@a.example", True, "none", "none", "none"),
        ("p=reject; sp=bob; rua=mailto:d@a.example", True, "none", "none", "none"),
        ("p=reject; np=bob; rua=mailto:d@a.example", True, "none", "none", "none"),
        ("p=reject; rua=nonsense", True, "reject", "reject", "reject"),
        ("p=bob", False, "none", "none", "none"),
        ("p=reject; np=bob", False, "none", "none", "none"),
        ("p=bob; rua=nonsense", False, "none", "none", "none"),
        ("adkim=s", False, "none", "none", "none"),
    ],
)
def test_a_record_without_a_valid_policy_applies_where_reports_are_wanted(text, usable, itself, subdomain, nonexistent):
    record = parse_record(f"v=DMARC1; {text}")
    assert record.usable is usable
    found = tuple(record.policy_for(who) for who in ("itself", "subdomain", "nonexistent"))
    assert found == (itself, subdomain, nonexistent)


def test_a_record_with_more_tags_than_anybody_publishes_is_read_up_to_the_bound():
    record = parse_record("v=DMARC1; p=none" + "; x=1" * 10_000)
    assert len(record.tags) <= 100
    assert record.problems[-1].text == "more than 100 tags"


@given(
    st.text() | st.text("=; \tpsnadkimrufot:ey01!,%@é").map("v=DMARC1;".__add__),
    st.sampled_from(["rfc9989", "rfc7489"]),
)
def test_any_text_is_a_record_or_an_error_of_its_own(text, rules):
    try:
        record = parse_record(text, rules=rules)
    except DmarcSyntaxError:
        return
    assert record.raw == text
    assert all(0 <= tag.position < len(text) for tag in record.tags)
