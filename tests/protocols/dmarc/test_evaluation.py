"""The DMARC result: the public suite of RFC 9989, alignment, policy, and what is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dmarc import evaluate


def test_the_suite_of_rfc9989_evaluates_as_it_expects(rfc9989_case, zone):
    for call in rfc9989_case["calls"]:
        found = evaluate(call["header_from"], spf=call["spf"], dkim=call["dkim"], lookup=zone(call["zone"]))
        shown = {
            "result": found.result,
            "policy": found.policy,
            "domain": found.organizational_domain,
            "queries": list(found.queries),
        }
        assert shown | call["expected"] == shown


def test_something_that_passed_and_is_aligned_is_pass(policies):
    lookup = policies({"mail.example": "v=DMARC1; p=reject"})
    found = evaluate("news.mail.example", dkim=[("pass", "other.test"), ("pass", "mail.example")], lookup=lookup)
    assert (found.result, found.policy, found.record_domain) == ("pass", "reject", "mail.example")
    assert [(item.domain, item.aligned) for item in found.identifiers] == [
        ("other.test", False),
        ("mail.example", True),
    ]


@pytest.mark.parametrize(
    ("record", "spf", "dkim", "result"),
    [
        ("v=DMARC1; p=none", ("pass", "bounce.mail.example"), [], "pass"),
        ("v=DMARC1; p=none", ("fail", "mail.example"), [], "fail"),
        ("v=DMARC1; p=none", ("softfail", "mail.example"), [("fail", "mail.example")], "fail"),
        ("v=DMARC1; p=none", ("pass", "mail.test"), [("pass", "otherexample")], "fail"),
        ("v=DMARC1; p=none; aspf=s", ("pass", "bounce.mail.example"), [], "fail"),
        ("v=DMARC1; p=none; aspf=s", ("pass", "MAIL.example."), [], "pass"),
        ("v=DMARC1; p=none; adkim=s", None, [("pass", "x.mail.example")], "fail"),
        ("v=DMARC1; p=none; adkim=s", ("pass", "x.mail.example"), [("pass", "x.mail.example")], "pass"),
        ("v=DMARC1; p=none", ("Pass", "user@mail.example"), [], "pass"),
        ("v=DMARC1; p=none", None, [], "fail"),
    ],
)
def test_alignment_follows_the_mode_of_its_mechanism(policies, record, spf, dkim, result):
    assert evaluate("mail.example", spf=spf, dkim=dkim, lookup=policies({"mail.example": record})).result == result


def test_a_subdomain_with_a_record_of_its_own_organization_aligns_no_more(policies):
    records = {"mail.example": "v=DMARC1; p=reject", "dept.mail.example": "v=DMARC1; p=none; psd=n"}
    found = evaluate("mail.example", dkim=[("pass", "x.dept.mail.example")], lookup=policies(records))
    assert (found.result, found.organizational_domain) == ("fail", "mail.example")


def test_a_parent_without_a_record_aligns_with_nothing_below_it(policies):
    lookup = policies({"news.mail.example": "v=DMARC1; p=reject"})
    found = evaluate("news.mail.example", dkim=[("pass", "mail.example")], lookup=lookup)
    assert (found.result, found.organizational_domain) == ("fail", "news.mail.example")


@pytest.mark.parametrize(
    ("record", "author", "policy"),
    [
        ("v=DMARC1; p=reject; sp=none; np=quarantine", "mail.example", "reject"),
        ("v=DMARC1; p=reject; sp=none; np=quarantine", "known.mail.example", "none"),
        ("v=DMARC1; p=reject; sp=none; np=quarantine", "ghost.mail.example", "quarantine"),
        ("v=DMARC1; p=reject; np=none", "known.mail.example", "reject"),
        ("v=DMARC1; p=reject; np=none", "ghost.mail.example", "none"),
        ("v=DMARC1; p=reject; sp=quarantine", "ghost.mail.example", "quarantine"),
        ("v=DMARC1; p=reject; t=y", "mail.example", "quarantine"),
        ("v=DMARC1; p=quarantine; t=y", "mail.example", "none"),
        ("v=DMARC1; p=none; t=y", "mail.example", "none"),
        ("v=DMARC1; p=none; sp=none; np=reject; t=y", "ghost.mail.example", "quarantine"),
        ("v=DMARC1; rua=mailto:d@mail.example", "mail.example", "none"),
    ],
)
def test_the_policy_is_the_one_for_the_author_domain(zone, record, author, policy):
    names = {
        "_dmarc.mail.example": {"TXT": [record]},
        "mail.example": {"TXT": []},
        "known.mail.example": {"MX": ["1 x."]},
    }
    assert evaluate(author, lookup=zone(names)).policy == policy


def test_existence_is_asked_for_only_where_the_policy_turns_on_it(zone):
    names = {"_dmarc.mail.example": {"TXT": ["v=DMARC1; p=reject; sp=none; np=none"]}}
    assert "a.mail.example" not in evaluate("a.mail.example", lookup=zone(names)).queries
    names = {"_dmarc.mail.example": {"TXT": ["v=DMARC1; p=reject; sp=none; np=reject"]}}
    assert evaluate("a.mail.example", lookup=zone(names)).queries[-1] == "a.mail.example"


def test_the_record_of_a_public_suffix_applies_where_the_organization_has_none(policies):
    lookup = policies({"bank.example": "v=DMARC1; p=none; sp=reject; psd=y"})
    found = evaluate("www.giant.bank.example", dkim=[("pass", "giant.bank.example")], lookup=lookup)
    assert (found.result, found.policy) == ("pass", "reject")
    assert (found.record_domain, found.organizational_domain) == ("bank.example", "giant.bank.example")


def test_a_record_between_the_author_and_its_organization_does_not_apply(policies):
    lookup = policies({"b.mail.example": "v=DMARC1; p=none", "mail.example": "v=DMARC1; p=reject"})
    found = evaluate("a.b.mail.example", lookup=lookup)
    assert (found.record_domain, found.policy) == ("mail.example", "reject")


def test_without_a_record_the_result_is_none_and_the_author_is_its_own_organization(zone):
    found = evaluate("a.mail.example", dkim=[("pass", "a.mail.example")], lookup=zone({}))
    assert (found.result, found.policy, found.record_domain) == ("none", None, None)
    assert found.organizational_domain == "a.mail.example"
    assert found.problem == "no policy record for a.mail.example"


@pytest.mark.parametrize("rules", ["rfc9989", "rfc7489"])
def test_several_records_are_none_and_named(zone, rules):
    names = {"_dmarc.mail.example": {"TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}}
    found = evaluate("mail.example", lookup=zone(names), rules=rules)
    assert (found.result, found.problem) == ("none", "several policy records at mail.example")


@pytest.mark.parametrize("failure", ["timeout", "servfail"])
@pytest.mark.parametrize("rules", ["rfc9989", "rfc7489"])
def test_a_question_nobody_answers_is_temperror_and_never_a_missing_record(zone, failure, rules):
    lookup = zone({"_dmarc.mail.example": {"TXT": failure}})
    found = evaluate("mail.example", dkim=[("pass", "mail.example")], lookup=lookup, rules=rules)
    assert (found.result, found.policy, found.record_domain) == ("temperror", None, None)
    assert found.problem == f"_dmarc.mail.example TXT: {failure}"


def test_the_authors_own_domain_passes_whatever_is_unknown_above_it(zone):
    names = {"_dmarc.mail.example": {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.example": {"TXT": "timeout"}}
    found = evaluate("mail.example", dkim=[("pass", "mail.example")], lookup=zone(names))
    assert (found.result, found.policy, found.organizational_domain) == ("pass", "reject", None)


def test_an_alignment_that_hangs_on_an_unanswered_question_is_temperror(zone):
    names = {"_dmarc.mail.example": {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.example": {"TXT": "timeout"}}
    below = evaluate("mail.example", dkim=[("pass", "x.mail.example")], lookup=zone(names))
    assert (below.result, below.problem) == ("temperror", "_dmarc.example TXT: timeout")
    assert below.identifiers[0].aligned is None
    elsewhere = evaluate("mail.example", dkim=[("pass", "mail.test")], lookup=zone(names))
    assert (elsewhere.result, elsewhere.identifiers[0].aligned) == ("fail", False)


def test_an_existence_that_nobody_answers_leaves_the_policy_unknown(zone):
    names = {
        "_dmarc.mail.example": {"TXT": ["v=DMARC1; p=reject; np=none"]},
        "a.mail.example": {"A": "servfail"},
    }
    found = evaluate("a.mail.example", lookup=zone(names))
    assert (found.result, found.policy, found.problem) == ("temperror", None, "a.mail.example A: servfail")
    assert evaluate("a.mail.example", dkim=[("pass", "mail.example")], lookup=zone(names)).result == "pass"


def test_an_aligned_domain_that_could_not_be_checked_is_temperror(policies):
    lookup = policies({"mail.example": "v=DMARC1; p=reject"})
    assert evaluate("mail.example", spf=("temperror", "mail.example"), lookup=lookup).result == "temperror"
    assert evaluate("mail.example", spf=("temperror", "mail.test"), lookup=lookup).result == "fail"
    assert evaluate("mail.example", spf=("permerror", "mail.example"), lookup=lookup).result == "fail"


def test_an_author_with_u_labels_or_a_whole_address_is_understood(policies):
    lookup = policies({"xn--bcher-kva.example": "v=DMARC1; p=reject"})
    found = evaluate("post@Bücher.Example", lookup=lookup)
    assert (found.author_domain, found.policy) == ("xn--bcher-kva.example", "reject")


@pytest.mark.parametrize("header_from", ["", "user@", "a..example", "user@[192.0.2.1]", "."])
def test_without_an_author_domain_nothing_is_asked(zone, header_from):
    lookup = zone({})
    found = evaluate(header_from, lookup=lookup)
    assert (found.result, found.author_domain, lookup.asked) == ("none", None, [])


def test_under_rfc7489_the_list_of_public_suffixes_gives_the_organization(policies):
    lookup = policies({"shop.co.uk": "v=DMARC1; p=reject; sp=quarantine; pct=10", "uk": "v=DMARC1; p=none"})
    found = evaluate("a.b.shop.co.uk", dkim=[("pass", "c.shop.co.uk")], lookup=lookup, rules="rfc7489")
    assert (found.result, found.policy, found.record.pct) == ("pass", "quarantine", 10)
    assert (found.record_domain, found.organizational_domain) == ("shop.co.uk", "shop.co.uk")
    assert found.queries == ("_dmarc.a.b.shop.co.uk", "_dmarc.shop.co.uk")
    other = evaluate("shop.co.uk", dkim=[("pass", "rival.co.uk")], lookup=lookup, rules="rfc7489")
    assert other.result == "fail"


def test_under_rfc7489_a_parent_needs_no_record_to_align(policies):
    lookup = policies({"news.shop.co.uk": "v=DMARC1; p=reject; np=none; t=y; psd=n"})
    found = evaluate("news.shop.co.uk", dkim=[("pass", "shop.co.uk")], lookup=lookup, rules="rfc7489")
    assert (found.result, found.policy) == ("pass", "reject")


def test_many_signatures_of_deep_domains_never_get_more_than_40_questions_sent(policies):
    lookup = policies({"mail.example": "v=DMARC1; p=reject"})
    signers = [("pass", f"a.b.c.d.e.f.g{n}.mail.test") for n in range(30)]
    assert evaluate("mail.example", dkim=signers, lookup=lookup).result == "fail"
    assert len(lookup.asked) == 2
    signers = [("pass", f"a.b.c.d{n}.mail.example") for n in range(30)]
    lookup = policies(
        {"mail.example": "v=DMARC1; p=reject"} | {f"d{n}.mail.example": "v=DMARC1; psd=n" for n in range(30)}
    )
    found = evaluate("mail.example", dkim=signers, lookup=lookup)
    assert len(lookup.asked) == 40
    assert found.result == "temperror"
    assert found.problem.startswith("the limit of 40 DNS queries is reached; not asked: ")


def test_the_longest_author_domain_costs_eight_questions(zone):
    lookup = zone({})
    evaluate(".".join(["a"] * 120), lookup=lookup)
    assert len(lookup.asked) == 8


@given(st.text(max_size=300), st.text(max_size=40), st.sampled_from(["rfc9989", "rfc7489"]))
def test_any_author_and_any_record_give_a_result(zone, header_from, record, rules):
    def lookup(qname, qtype):
        return zone({qname: {"TXT": ["v=DMARC1;" + record]}})(qname, qtype)

    found = evaluate(header_from, spf=("pass", header_from[1:]), dkim=[("pass", record)], lookup=lookup, rules=rules)
    assert found.result in ("pass", "fail", "none", "temperror")
    assert len(found.queries) <= 40
