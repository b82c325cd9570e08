"""Finding the key of a signature."""

import pytest

from forensics.protocols.dkim.key_lookup import KeyName, find_keys
from forensics.protocols.dns_answer import Answer

WANTED = KeyName("example.org", "2026", "rsa", "sha256")


def test_the_name_is_made_of_selector_and_domain(rsa_key):
    asked = []

    def lookup(qname, qtype):
        asked.append((qname, qtype))
        return Answer("ok", (rsa_key.record,))

    found = find_keys(WANTED, lookup)
    assert asked == [("2026._domainkey.example.org", "TXT")]
    assert [key.bits for key in found.keys] == [1024]
    assert found.refusal is None


@pytest.mark.parametrize("status", ["timeout", "servfail"])
def test_a_failed_question_is_not_a_missing_key(status):
    found = find_keys(WANTED, lambda qname, qtype: Answer(status))
    assert found.refusal == ("temperror", "key_unavailable", f"key unavailable: {status}")


@pytest.mark.parametrize("answer", [Answer("nxdomain"), Answer("nodata"), Answer("ok")])
def test_no_record_is_a_missing_key(answer):
    found = find_keys(WANTED, lambda qname, qtype: answer)
    assert found.refusal == (
        "permerror",
        "key_missing",
        "key missing: no TXT record at 2026._domainkey.example.org",
    )


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ("p=;", "key_revoked", "key revoked: p= is empty"),
        ("v=DKIM3;", "key_malformed", "key unsupported: v=DKIM3 is not DKIM1"),
        ("", "key_malformed", "key malformed: no tag=value in ''"),
        ("h=sha1; ", "key_unsuitable", "key unsuitable: h=sha1 does not allow sha256"),
        ("s=chat:web; ", "key_unsuitable", "key unsuitable: s=chat:web is not for mail"),
    ],
)
def test_a_record_that_cannot_serve_is_named_with_its_reason(rsa_key, change, code, reason):
    bare = rsa_key.record.replace("v=DKIM1; ", "")
    record = change + bare if change.endswith("; ") else change
    found = find_keys(WANTED, lambda qname, qtype: Answer("ok", (record,)))
    assert found.refusal == ("permerror", code, reason)
    assert found.refused.raw == record


def test_a_key_of_another_type_cannot_serve(ed25519_key):
    found = find_keys(WANTED, lambda qname, qtype: Answer("ok", (ed25519_key.record,)))
    assert found.refusal.reason == "key unsuitable: k=ed25519, but the signature is rsa"


def test_t_s_forbids_an_identity_in_a_subdomain_and_nothing_else(rsa_key):
    record = rsa_key.record.replace("k=rsa", "t=s")

    def lookup(qname, qtype):
        return Answer("ok", (record,))

    for identity in (None, "example.org"):
        assert find_keys(WANTED._replace(identity_domain=identity), lookup).refusal is None
    refusal = find_keys(WANTED._replace(identity_domain="a.example.org"), lookup).refusal
    assert refusal.reason == "key unsuitable: t=s, but i= names a.example.org"


def test_among_several_records_the_usable_ones_are_kept(rsa_key):
    records = ("v=spf1 -all", "v=DKIM1; p=", rsa_key.record)
    found = find_keys(WANTED, lambda qname, qtype: Answer("ok", records))
    assert [key.raw for key in found.keys] == [rsa_key.record]


def test_no_more_than_ten_records_are_read(rsa_key):
    records = ("v=spf1 -all",) * 10 + (rsa_key.record,)
    assert find_keys(WANTED, lambda qname, qtype: Answer("ok", records)).keys == ()
