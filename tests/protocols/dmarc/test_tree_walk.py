"""The tree walk: which names are asked for, where it stops, and whose domain is organizational."""

import pytest

from forensics.protocols.dmarc.inquiry import Inquiry
from forensics.protocols.dmarc.tree_walk import walk, walk_names


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("example", "example"),
        ("a.mail.example", "a.mail.example mail.example example"),
        (
            "a.b.c.d.e.f.g.example",
            "a.b.c.d.e.f.g.example b.c.d.e.f.g.example c.d.e.f.g.example d.e.f.g.example e.f.g.example f.g.example "
            "g.example example",
        ),
        (
            "mail.a.b.c.d.e.f.g.example.com",
            "mail.a.b.c.d.e.f.g.example.com c.d.e.f.g.example.com d.e.f.g.example.com e.f.g.example.com "
            "f.g.example.com g.example.com example.com com",
        ),
    ],
)
def test_a_walk_asks_for_at_most_eight_names(domain, names):
    assert " ".join(walk_names(domain)) == names


@pytest.mark.parametrize(
    ("records", "start", "organization"),
    [
        ({}, "a.mail.example", "a.mail.example"),
        ({"mail.example": "v=DMARC1; p=none", "example": "v=DMARC1; p=none"}, "a.mail.example", "example"),
        ({"mail.example": "v=DMARC1; p=none"}, "a.mail.example", "mail.example"),
        ({"mail.example": "v=DMARC1; p=none; psd=n", "example": "v=DMARC1; p=none"}, "a.mail.example", "mail.example"),
        ({"example": "v=DMARC1; p=none; psd=y"}, "a.mail.example", "mail.example"),
        ({"mail.example": "v=DMARC1; p=none; psd=y"}, "a.mail.example", "a.mail.example"),
        ({"b.example": "v=DMARC1; p=none; psd=y", "example": "v=DMARC1; p=none"}, "b.example", "b.example"),
        ({"mail.example": "v=DMARC1; p=none; psd=u"}, "b.a.mail.example", "mail.example"),
        ({"co.example": "v=DMARC1; p=none; psd=y"}, "x.a.b.c.d.e.f.g.shop.co.example", "shop.co.example"),
    ],
)  # fmt: skip
def test_the_organizational_domain_is_found_as_the_rfc_says(policies, records, start, organization):
    assert walk(start, Inquiry(policies(records), "rfc9989")).organizational_domain == organization


@pytest.mark.parametrize("psd", ["y", "n"])
def test_a_record_with_psd_ends_the_walk(policies, psd):
    lookup = policies({"b.mail.example": f"v=DMARC1; p=none; psd={psd}", "example": "v=DMARC1; p=none"})
    walk("a.b.mail.example", Inquiry(lookup, "rfc9989"))
    assert [name for name, _ in lookup.asked] == ["_dmarc.a.b.mail.example", "_dmarc.b.mail.example"]


def test_several_records_at_one_name_are_all_set_aside(zone):
    lookup = zone(
        {
            "_dmarc.mail.example": {"TXT": ["v=DMARC1; p=none; psd=n", "v=DMARC1; p=reject"]},
            "_dmarc.example": {"TXT": ["v=DMARC1; p=none", "unrelated"]},
        }
    )
    found = walk("mail.example", Inquiry(lookup, "rfc9989"))
    assert (found.organizational_domain, found.discarded) == ("example", ("mail.example",))


@pytest.mark.parametrize("failure", ["timeout", "servfail"])
def test_a_question_nobody_answers_leaves_the_organizational_domain_unknown(zone, failure):
    lookup = zone({"_dmarc.mail.example": {"TXT": ["v=DMARC1; p=none"]}, "_dmarc.example": {"TXT": failure}})
    found = walk("mail.example", Inquiry(lookup, "rfc9989"))
    assert found.organizational_domain is None
    assert found.failure == f"_dmarc.example TXT: {failure}"
    assert found.record_of("mail.example").p == "none"
