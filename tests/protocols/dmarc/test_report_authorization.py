"""Who may receive reports: the name that must agree, and what its answer means."""

import pytest

from forensics.protocols.dmarc import authorization_name, authorize_reports, read_record

RECORD = "v=DMARC1; p=none; rua=mailto:a@blue.example, mailto:a@red.test; ruf=mailto:f@red.test"
AGREEMENT = "blue.example._report._dmarc.red.test"


def judge(lookup, record=RECORD, rules="rfc9989"):
    return authorize_reports(read_record(record, rules=rules), "blue.example", lookup=lookup)


def names(agreement):
    return {
        "_dmarc.blue.example": {"TXT": [RECORD]},
        AGREEMENT: {"TXT": agreement},
    }


def test_a_destination_of_the_own_organization_needs_no_agreement(zone):
    lookup = zone(names(["v=DMARC1"]))
    own = judge(lookup)[0]
    assert (own.external, own.authorized, own.query) == (False, True, None)
    below = judge(lookup, "v=DMARC1; rua=mailto:a@x.blue.example")[0]
    assert (below.external, below.authorized) == (False, True)


@pytest.mark.parametrize("rules", ["rfc9989", "rfc7489"])
@pytest.mark.parametrize("agreement", ["v=DMARC1", "v=DMARC1;", "v=DMARC1; rua=mailto:b@red.test"])
def test_an_external_destination_is_authorized_by_a_record_at_its_name(zone, rules, agreement):
    found = judge(zone(names(["unrelated", agreement])), rules=rules)[1]
    assert (found.external, found.authorized, found.query) == (True, True, AGREEMENT)


def test_the_receiver_may_name_another_destination_of_its_own(zone):
    own, aggregate, failure = judge(zone(names(["v=DMARC1; rua=mailto:new@red.test"])))
    assert [uri.uri for uri in aggregate.overrides] == ["mailto:new@red.test"]
    assert (own.overrides, failure.overrides, failure.authorized) == ((), (), True)


def test_an_override_to_a_third_host_forbids_both(zone):
    found = judge(zone(names(["v=DMARC1; rua=mailto:victim@green.test"])))[1]
    assert (found.authorized, found.problem) == (False, "the override names another host")


def test_without_a_record_nothing_may_be_sent(zone):
    assert judge(zone({}))[1].problem == f"no record at {AGREEMENT} (nxdomain)"
    assert judge(zone(names(["p=none; v=DMARC1"])))[1].problem == f"no record at {AGREEMENT}"
    assert judge(zone({}))[1].authorized is False


@pytest.mark.parametrize("failure", ["timeout", "servfail"])
def test_a_question_nobody_answers_is_neither_yes_nor_no(zone, failure):
    found = judge(zone(names(failure)))[1]
    assert (found.external, found.authorized, found.problem) == (True, None, f"{AGREEMENT} TXT: {failure}")
    unknown = judge(zone(names(["v=DMARC1"]) | {"_dmarc.example": {"TXT": failure}}))[1]
    assert (unknown.external, unknown.authorized) == (None, None)


def test_text_that_is_no_uri_or_has_no_host_is_never_authorized(zone):
    found = judge(zone({}), "v=DMARC1; p=none; rua=nonsense, urn:x")
    assert [(item.authorized, item.problem) for item in found] == [
        (False, "no URI"),
        (False, "no host that could agree"),
    ]


def test_a_name_that_dns_cannot_hold_is_not_asked_for(zone):
    assert authorization_name("a." * 110 + "example", "b." * 20 + "test") is None
    host = ".".join(["b" * 60] * 4)
    found = judge(zone({}), f"v=DMARC1; p=none; rua=mailto:a@{host}")[0]
    assert (found.authorized, found.query, found.problem) == (False, None, "the name to ask for is too long")


def test_a_thousand_destinations_never_get_more_than_40_questions_sent(zone):
    lookup = zone({})
    found = judge(lookup, "v=DMARC1; p=none; rua=" + ",".join(f"mailto:a@n{n}.test" for n in range(1000)))
    assert len(found) == 20
    assert len(lookup.asked) <= 40
