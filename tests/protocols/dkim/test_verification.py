"""Verdicts on signatures: the example of RFC 8463, dkimpy's work, signatures by hand, mutants, the public corpus."""

import datetime
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import dkim
from forensics.protocols.dkim.canonicalization import canonical_body, canonical_field
from forensics.protocols.dkim.message import split
from forensics.protocols.dns_answer import Answer

SUITE = Path(__file__).resolve().parents[3] / ".." / "shared" / "suites" / "dkim"

# RFC 8463 appendix A.3: one message, signed twice.
RFC8463 = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
RFC8463_KEYS = {
    "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com": (
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J1"
        "6JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTI"
        "KT+l/K4w3QIDAQAB"
    ),
}
KEY_NAME = "2026._domainkey.example.org"
TAGS = "v=1; a=rsa-sha256; d=example.org; s=2026; h=from;"
MESSAGE = (
    b"From: Joe <joe@example.org>\r\nTo: ann@example.net\r\nSubject:  a  b \r\nDate: today\r\n"
    b"\r\nHi  Ann, \r\n\r\nJoe\r\n"
)


# What verifies.


def test_both_signatures_of_the_example_of_rfc_8463_pass(zone):
    ed25519, rsa = dkim.verify(RFC8463, lookup=zone(RFC8463_KEYS))
    assert (ed25519.result, ed25519.code, ed25519.reason, ed25519.verified) == ("pass", None, None, True)
    assert (rsa.result, rsa.code, rsa.reason, rsa.verified) == ("pass", None, None, True)
    assert (ed25519.signing_domain, ed25519.selector, ed25519.identity) == (
        "football.example.com",
        "brisbane",
        "@football.example.com",
    )
    assert (rsa.algorithm, rsa.canonicalization, rsa.key_bits) == ("rsa-sha256", "relaxed/relaxed", 1024)
    assert rsa.key_name == "test._domainkey.football.example.com"
    assert (rsa.body_length, rsa.body_size) == (54, 54)
    assert rsa.signed_headers == ("from", "to", "subject", "date", "message-id", "from", "subject", "date")
    assert rsa.unsigned_headers == ("DKIM-Signature",)
    assert rsa.timestamp == datetime.datetime(2018, 6, 10, 13, 38, 29, tzinfo=datetime.UTC)
    assert rsa.expires is None
    assert rsa.raw.startswith(" v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football")


def test_line_ends_of_the_stored_file_do_not_matter(zone):
    results = dkim.verify(RFC8463.replace(b"\n", b"\r\n"), lookup=zone(RFC8463_KEYS))
    assert [result.result for result in results] == ["pass", "pass"]


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
@pytest.mark.parametrize("text", [MESSAGE, b"From: joe@example.org\r\n\r\n", MESSAGE + b" \t\r\n\r\n\r\n"])
def test_what_dkimpy_signs_passes_under_every_canonicalization(
    one, sign_with_dkimpy, rsa_key, ed25519_key, header, body, text
):
    for key, algorithm in ((rsa_key, b"rsa-sha256"), (ed25519_key, b"ed25519-sha256")):
        signed = sign_with_dkimpy(text, key, algorithm=algorithm, canonicalize=(header, body))
        result = one(signed, key)
        assert (result.result, result.reason) == ("pass", None)
        assert result.canonicalization == f"{header.decode()}/{body.decode()}"


def test_relaxed_survives_folding_case_and_white_space_and_simple_does_not(one, sign_with_dkimpy, rsa_key):
    def rewrite(message):
        return message.replace(b"\r\nSubject:  a  b \r\n", b"\r\nSUBJECT :a\r\n  b\r\n").replace(
            b"Hi  Ann, ", b"Hi Ann,"
        )

    relaxed = sign_with_dkimpy(MESSAGE, rsa_key)
    assert one(rewrite(relaxed), rsa_key).result == "pass"
    simple = sign_with_dkimpy(MESSAGE, rsa_key, canonicalize=(b"simple", b"simple"))
    assert one(simple, rsa_key).result == "pass"
    assert one(rewrite(simple), rsa_key).reason == (
        "body altered: its hash is not bh=; header altered: this key signed another header"
    )


def test_a_signature_anywhere_in_the_header_is_judged_and_white_space_around_b_does_not_matter(
    one, sign_by_hand, rsa_key
):
    signed = sign_by_hand(TAGS, rsa_key)
    field, _, rest = signed.partition(b"\r\n")
    head, _, value = field.partition(b" b=")
    spread = head + b" b=\r\n\t" + value[:50] + b"\r\n " + value[50:] + b" \r\n"
    assert one(rest.replace(b"\r\n\r\n", b"\r\n" + spread + b"\r\n", 1), rsa_key).result == "pass"


def test_white_space_at_the_end_of_a_signature_field_counts_under_simple(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS + " z=a:b ;", rsa_key)
    assert one(signed, rsa_key).result == "pass"
    assert one(signed.replace(b"z=a:b ;", b"z=a:b;"), rsa_key).code == "header_altered"


def test_an_identity_in_quoted_printable_is_decoded_before_it_is_compared(one, sign_by_hand, rsa_key):
    result = one(sign_by_hand(TAGS + " i=joe=40mail.example.org;", rsa_key), rsa_key)
    assert (result.result, result.identity) == ("pass", "joe@mail.example.org")


def test_each_of_several_published_keys_is_tried(zone, sign_by_hand, rsa_key, small_rsa_key):
    records = Answer("ok", ("v=spf1 -all", small_rsa_key.record, rsa_key.record))
    (result,) = dkim.verify(sign_by_hand(TAGS, rsa_key), lookup=zone({KEY_NAME: records}))
    assert (result.result, result.key.raw) == ("pass", rsa_key.record)


def test_the_same_key_is_asked_for_once(sign_by_hand, rsa_key):
    asked = []

    def lookup(qname, qtype):
        asked.append((qname, qtype))
        return Answer("ok", (rsa_key.record,))

    signed = sign_by_hand(TAGS, rsa_key)
    field = signed.partition(b"From:")[0]
    assert [result.result for result in dkim.verify(field * 3 + signed, lookup=lookup)] == ["pass"] * 4
    assert asked == [(KEY_NAME, "TXT")]


def test_an_internationalized_domain_is_asked_for_as_a_labels(zone, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS.replace("example.org", "bücher.example"), rsa_key)
    (result,) = dkim.verify(signed, lookup=zone({"2026._domainkey.xn--bcher-kva.example": rsa_key.record}))
    assert (result.result, result.signing_domain) == ("pass", "bücher.example")


def test_a_message_without_signatures_has_no_results(zone):
    assert dkim.verify(b"From: joe@example.org\r\n\r\nHi.\r\n", lookup=zone({})) == ()


# What was altered.


def test_an_altered_body_is_told_from_an_altered_header(zone):
    ed25519, rsa = dkim.verify(RFC8463.replace(b"hungry", b"thirsty"), lookup=zone(RFC8463_KEYS))
    for result in (ed25519, rsa):
        assert (result.result, result.code, result.reason) == (
            "fail",
            "body_altered",
            "body altered: its hash is not bh=",
        )
        assert (result.body_hash_matches, result.signature_matches, result.verified) == (False, True, False)
    ed25519, rsa = dkim.verify(RFC8463.replace(b"dinner", b"supper"), lookup=zone(RFC8463_KEYS))
    assert (rsa.result, rsa.code) == ("fail", "header_altered")
    assert rsa.reason == "header altered: this key signed another header"
    assert (rsa.body_hash_matches, rsa.signature_matches) == (True, False)
    assert (ed25519.result, ed25519.code) == ("fail", "signature_mismatch")
    assert ed25519.reason == "header altered, or b= was, or another key made it"


def test_a_signature_of_another_key_is_told_from_an_altered_header(one, sign_by_hand, rsa_key, small_rsa_key):
    result = one(sign_by_hand(TAGS, small_rsa_key), rsa_key)
    assert (result.result, result.code) == ("fail", "signature_mismatch")
    assert result.reason == "signature mismatch: b= was altered, or another key made it"


def test_z_shows_what_the_altered_field_said(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS + " z=Subject:lunch=20at=20noon;", rsa_key, header=(b"From: joe@example.org",))
    result = one(signed.replace(b"joe@", b"jim@"), rsa_key)
    assert (result.code, result.copied_headers) == ("header_altered", (("Subject", "lunch at noon"),))


def test_the_body_is_judged_even_where_the_key_is_missing(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS, rsa_key)
    result = one(signed + b"more\r\n", Answer("nxdomain"))
    assert (result.code, result.body_hash_matches, result.signature_matches, result.verified) == (
        "key_missing",
        False,
        None,
        None,
    )


# What a signature does not cover.


def test_fields_beyond_those_signed_are_named(one, sign_by_hand, rsa_key):
    lines = (b"Received: x", b"From: joe@example.org", b"Subject: a")
    result = one(sign_by_hand(TAGS, rsa_key, header=lines, signed=lines[1:2]), rsa_key)
    assert (result.result, result.signed_headers, result.unsigned_headers) == (
        "pass",
        ("from",),
        ("Received", "Subject"),
    )


def test_two_signed_from_fields_are_what_the_signer_signed(one, sign_by_hand, rsa_key):
    lines = (b"From: a@example.org", b"From: b@example.org")
    tags = TAGS.replace("h=from", "h=from:from")
    assert one(sign_by_hand(tags, rsa_key, header=lines, signed=lines[::-1]), rsa_key).result == "pass"


def test_a_field_that_h_keeps_out_cannot_be_added(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS.replace("h=from", "h=from:subject"), rsa_key)
    assert one(signed, rsa_key).result == "pass"
    assert one(b"Subject: new\r\n" + signed, rsa_key).code == "header_altered"


def test_h_that_names_the_signature_itself_does_not_sign_it_twice(one, sign_by_hand, rsa_key):
    assert one(sign_by_hand(TAGS.replace("h=from", "h=from:dkim-signature"), rsa_key), rsa_key).result == "pass"


def test_a_header_that_does_not_sign_from_is_refused(one, sign_by_hand, rsa_key):
    lines = (b"From: joe@example.org", b"Subject: a")
    signed = sign_by_hand(TAGS.replace("h=from", "h=subject"), rsa_key, header=lines, signed=lines[1:])
    result = one(signed, rsa_key)
    assert (result.result, result.code) == ("permerror", "from_not_signed")


# Keys.


def test_a_missing_key_a_failed_question_and_a_revoked_key_are_three_outcomes(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS, rsa_key)
    outcomes = [
        (Answer("nxdomain"), "permerror", "key_missing"),
        (Answer("nodata"), "permerror", "key_missing"),
        (Answer("timeout"), "temperror", "key_unavailable"),
        (Answer("servfail"), "temperror", "key_unavailable"),
        ("v=DKIM1; k=rsa; p=", "permerror", "key_revoked"),
        ("v=DKIM1; k=rsa; p=AAAA", "permerror", "key_malformed"),
    ]
    for published, result, code in outcomes:
        found = one(signed, published)
        assert (found.result, found.code) == (result, code)
        assert found.key_name == KEY_NAME


def test_the_type_of_the_key_does_not_override_the_algorithm_of_the_signature(one, sign_by_hand, ed25519_key):
    result = one(sign_by_hand(TAGS, ed25519_key), ed25519_key)
    assert (result.result, result.code) == ("permerror", "key_unsuitable")


def test_what_is_odd_in_the_key_record_is_reported(one, sign_by_hand, rsa_key):
    result = one(sign_by_hand(TAGS, rsa_key), rsa_key.record + "; g=nobody")
    assert (result.result, result.problems) == ("pass", ("g= is void since RFC 6376 and ignored",))


# Malformed fields and bounds.


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        (b"", "syntax", "signature malformed: no tag=value in ''"),
        (b" v=1; v=1", "syntax", "signature malformed: the tag v= stands twice"),
        (b" v=2; d=example.org; s=2026", "unsupported", "incompatible version v=2"),
        (b" v=1; a=\xff", "syntax", "signature malformed: required tag missing: b=, bh=, d=, h=, s="),
        (
            b" v=1; a=rsa-sha256; d=a.org; s=x; h=from; b=YQ; i=a.org; bh=" + b"A" * 43,
            "syntax",
            "signature malformed: i='a.org' has no @",
        ),
    ],
)
def test_a_field_that_breaks_the_grammar_is_a_permerror_with_the_breach(one, rsa_key, value, code, reason):
    result = one(b"DKIM-Signature:" + value + b"\r\nFrom: a@example.org\r\n\r\n", rsa_key)
    assert (result.result, result.code, result.reason, result.verified) == ("permerror", code, reason, None)
    assert result.raw.encode("latin-1", "replace") == value


def test_what_the_malformed_field_says_of_its_signer_is_kept(one, rsa_key):
    result = one(b"DKIM-Signature: v=1; d=Example.org; s=2026; a=x\r\n\r\n", rsa_key)
    assert (result.signing_domain, result.selector, result.algorithm) == ("Example.org", "2026", "x")


def test_a_bad_header_line_does_not_keep_the_signatures_from_being_judged(zone):
    message = RFC8463.replace(b"To: Suzie", b"oops, no field\n folded\nTo: Suzie")
    results = dkim.verify(b" starts folded\n" + message, lookup=zone(RFC8463_KEYS))
    assert [result.verified for result in results] == [True, True]
    assert results[0].problems == (
        "line 1 of the header is no field: b' starts folded'",
        "line 18 of the header is no field: b'oops, no field'",
    )


def test_signatures_beyond_twenty_are_named_and_not_judged(sign_by_hand, rsa_key, zone):
    signed = sign_by_hand(TAGS, rsa_key)
    field = signed.partition(b"From:")[0]
    results = dkim.verify(field * 24 + signed, lookup=zone({KEY_NAME: rsa_key.record}))
    assert [result.result for result in results] == ["pass"] * 20 + ["policy"] * 5
    assert (results[20].code, results[20].key, results[20].verified) == ("not_judged", None, None)
    assert results[20].reason == "not judged: the message has more than 20 signatures"


# Mutants.

OUTCOMES = {"pass", "fail", "policy", "temperror", "permerror"}
COVERED = ("from", "to", "subject", "date", "message-id")


def meaning(message):
    """What a signature over RFC8463 vouches for: its five fields and the body, leveled."""
    parts = split(message)
    fields = {}
    for field in parts.fields:
        if field.key in COVERED:
            fields.setdefault(field.key, []).append(canonical_field(field, "relaxed"))
    return fields, canonical_body(parts.body, "relaxed")


def mutate(message, generator):
    octets = bytearray(message)
    for _ in range(generator.randint(1, 4)):
        start = generator.randrange(len(octets))
        kind = generator.randrange(4)
        if kind == 0:
            octets[start] = generator.randrange(256)
        elif kind == 1:
            del octets[start : start + generator.randint(1, 40)]
        elif kind == 2:
            octets[start:start] = octets[start : start + generator.randint(1, 200)]
        else:
            octets[start:start] = generator.choice([b"\r\n", b"\n", b";", b"=", b" ", b"\x00", b"From: x\n", b":"])
        if not octets:
            break
    return bytes(octets)


def test_no_mutant_raises_and_none_that_says_something_else_passes(zone):
    generator = random.Random(6376)
    answers = [*RFC8463_KEYS.values(), "", "v=DKIM1; p=", Answer("timeout"), Answer("nodata")]
    original = meaning(RFC8463)
    passed = 0
    for _ in range(4000):
        mutant = mutate(RFC8463, generator)
        records = dict(RFC8463_KEYS)
        if generator.random() < 0.1:
            records[generator.choice(list(records))] = generator.choice(answers)
        for result in dkim.verify(mutant, lookup=zone(records)):
            assert result.result in OUTCOMES
            assert (result.code is None) == (result.reason is None)
            assert result.verified is not True or result.signature_matches
            if result.result == "pass" and result.code is None:
                passed += 1
                assert meaning(mutant) == original
    assert passed > 100


@given(st.binary(max_size=300))
def test_any_bytes_after_a_signature_field_give_documented_outcomes(data):
    results = dkim.verify(
        b"DKIM-Signature:" + data, lookup=lambda qname, qtype: Answer("ok", (data.decode("latin-1"),))
    )
    assert {result.result for result in results} <= OUTCOMES - {"pass"}


# The public corpus.


@pytest.fixture(scope="module")
def corpus():
    if not SUITE.is_dir():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    return json.loads((SUITE / "cases.json").read_text("utf-8"))["cases"]


# What the corpus expects and RFC 6376 forbids: signatures without v=1 from before RFC 4871, and keys whose g= counts.
CONTRADICT_RFC6376 = {
    "mine_ietf01_3.txt": "no v=",
    "mine_ietf01_4.txt": "no v=",
    "mine_ietf05_1.txt": "v=0.5",
    "good_ietf01_2.txt": "no v=",
    "multiple_1.txt": "no v=",
    "no_body_3.txt": "v=0.5",
    "badkey_8.txt": "g=*poe in the key",
    "badkey_13.txt": "g=jl*g in the key",
}


def corpus_lookup(records):
    def lookup(qname, qtype):
        found = records.get(qname)
        if found is None:
            return Answer("nxdomain")
        if "*" in found:
            return Answer(found["*"])
        return Answer("ok", tuple(found[qtype])) if qtype in found else Answer("nodata")

    return lookup


def test_every_message_of_the_corpus_that_rfc_6376_agrees_with_has_the_expected_outcome(corpus):
    wrong = set()
    for case in corpus:
        results = dkim.verify(
            (SUITE / case["message_file"]).read_bytes(),
            lookup=corpus_lookup(case["dns"]),
            min_key_bits=384,
            at=datetime.datetime(2024, 11, 14, tzinfo=datetime.UTC),
        )
        passed = any(result.result == "pass" for result in results)
        if not results or passed != (case["expected"] == "pass"):
            wrong.add(case["name"])
    assert wrong == set(CONTRADICT_RFC6376)
