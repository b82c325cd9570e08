"""Chains by hand, mutants of them, and the public validation suite (RFC 8617)."""

import base64
import hashlib
import random
from pathlib import Path

import pytest
from dkim import crypto
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode

from forensics.protocols import arc
from forensics.protocols.dns_answer import Answer

SUITE = Path(__file__).resolve().parents[2] / ".." / "shared" / "suites" / "arc"

KEY = SigningKey(bytes(range(32)))
RECORD = "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(KEY.verify_key)).decode()
KEY_NAME = "2026._domainkey.lists.example.org"
HEADER = (b"From: joe@example.org", b"Subject: lunch")
BODY = b"At noon.\r\n"
PLAIN = b"\r\n".join([*HEADER, b"", BODY])


def sign_with_ed25519(content):
    return KEY.sign(hashlib.sha256(content).digest()).signature


def relaxed(field):
    """A field that is written on one line with single spaces, as relaxed canonicalization leaves it."""
    name, _, value = field.partition(b": ")
    return name.lower() + b":" + value


def add_set(
    message, earlier=(), *, cv=None, algorithm="ed25519-sha256", sign=sign_with_ed25519, seal_tags="", ams_tags=""
):
    """Seal a message as the next handler would; gives the message and the fields of all its sets, oldest first."""
    instance = len(earlier) // 3 + 1
    cv = cv or ("none" if instance == 1 else "pass")
    head, _, body = message.partition(b"\r\n\r\n")
    lines = {line.partition(b":")[0].lower(): line for line in head.split(b"\r\n")}
    signer = f"a={algorithm}; d=lists.example.org; s=2026;"
    body_hash = base64.b64encode(hashlib.sha256(body).digest()).decode()
    aar = f"ARC-Authentication-Results: i={instance}; lists.example.org; spf=pass".encode()
    ams = f"ARC-Message-Signature: i={instance}; {signer} c=relaxed/relaxed; h=from:subject; {ams_tags}".encode()
    ams += f"bh={body_hash}; b=".encode()
    content = relaxed(lines[b"from"]) + b"\r\n" + relaxed(lines[b"subject"]) + b"\r\n" + relaxed(ams)
    ams += base64.b64encode(sign(content))
    seal = f"ARC-Seal: i={instance}; {signer} cv={cv}; {seal_tags}b=".encode()
    scope = [aar, ams] if cv == "fail" else [*earlier, aar, ams]
    content = b"".join(relaxed(field) + b"\r\n" for field in scope) + relaxed(seal)
    seal += base64.b64encode(sign(content))
    return b"\r\n".join([seal, ams, aar, message]), [*earlier, aar, ams, seal]


def lookup(qname, qtype):
    assert qtype == "TXT"
    return Answer("ok", (RECORD,)) if qname == KEY_NAME else Answer("nxdomain")


def chain(length):
    message, fields = PLAIN, ()
    for _ in range(length):
        message, fields = add_set(message, fields)
    return message, fields


def test_a_message_without_arc_fields_has_no_chain():
    assert arc.verify(PLAIN, lookup=lookup) == arc.ArcResult("none", "no ARC fields")


def test_a_chain_of_three_passes_and_every_set_is_shown():
    message, _ = chain(3)
    result = arc.verify(message, lookup=lookup)
    assert (result.result, result.reason, result.chain_status, result.oldest_pass) == ("pass", None, "pass", 0)
    assert [one.instance for one in result.instances] == [1, 2, 3]
    assert [one.cv for one in result.instances] == ["none", "pass", "pass"]
    first = result.instances[0]
    assert first.authentication_results == "lists.example.org; spf=pass"
    assert (first.seal.valid, first.seal.signing_domain, first.seal.selector) == (True, "lists.example.org", "2026")
    assert (first.message_signature.algorithm, first.message_signature.key_bits) == ("ed25519-sha256", 256)
    assert result.raw.encode() == message.partition(b"\r\nFrom:")[0]


def test_fifty_sets_are_judged_and_fifty_one_are_not():
    message, fields = chain(50)
    assert arc.verify(message, lookup=lookup).result == "pass"
    message, _ = add_set(message, fields)
    assert arc.verify(message, lookup=lookup).reason == "153 ARC fields: more than 50 sets"


def test_a_handler_that_changed_the_message_breaks_the_older_signature_only():
    message, fields = chain(1)
    message, fields = add_set(message.replace(b"Subject: lunch", b"Subject: [list] lunch"), fields)
    message, fields = add_set(message, fields)
    result = arc.verify(message, lookup=lookup)
    assert (result.result, result.oldest_pass) == ("pass", 2)
    assert [one.message_signature.valid for one in result.instances] == [False, True, True]
    assert result.instances[0].message_signature.reason == (
        "signature does not match: what it signs or b= was altered, or another key made it"
    )


def test_a_change_after_the_last_seal_breaks_the_chain():
    message, _ = chain(2)
    for altered, reason in [
        (message.replace(b"noon", b"nine"), "body altered: its hash is not bh="),
        (
            message.replace(b"joe@", b"jim@"),
            "signature does not match: what it signs or b= was altered, or another key made it",
        ),
    ]:
        result = arc.verify(altered, lookup=lookup)
        assert (result.result, result.reason) == ("fail", f"newest ARC-Message-Signature (i=2): {reason}")


def test_a_change_in_what_an_earlier_handler_found_breaks_the_seals():
    message, _ = chain(2)
    result = arc.verify(
        message.replace(b"i=1; lists.example.org; spf=pass", b"i=1; lists.example.org; spf=fail"), lookup=lookup
    )
    assert result.result == "fail"
    assert [one.seal.valid for one in result.instances] == [False, False]
    assert [one.message_signature.valid for one in result.instances] == [True, True]


def test_a_handler_that_found_the_chain_broken_ends_it():
    message, fields = chain(1)
    message, _ = add_set(message, fields, cv="fail")
    result = arc.verify(message, lookup=lookup)
    assert (result.result, result.chain_status) == ("none", "fail")
    assert result.reason == "chain ended: ARC-Seal i=2 reports cv=fail"
    assert [one.seal.valid for one in result.instances] == [True, True]


@pytest.mark.parametrize(("length", "cv"), [(0, "pass"), (1, "none")])
def test_a_seal_that_says_what_cannot_be_breaks_the_chain(length, cv):
    message, _ = add_set(*chain(length), cv=cv)
    result = arc.verify(message, lookup=lookup)
    assert result.reason == f"ARC-Seal i={length + 1} reports cv={cv}, which cannot be"


def test_a_lone_field_without_a_number_is_a_broken_chain_and_not_none():
    assert arc.verify(b"ARC-Seal: a=rsa-sha256\r\n" + PLAIN, lookup=lookup).result == "fail"


def test_a_missing_key_and_a_failed_question_are_told_apart():
    message, _ = chain(1)
    missing = arc.verify(message, lookup=lambda qname, qtype: Answer("nodata"))
    assert missing.reason == f"newest ARC-Message-Signature (i=1): key missing: no TXT record at {KEY_NAME}"
    failed = arc.verify(message, lookup=lambda qname, qtype: Answer("servfail"))
    assert failed.reason == "newest ARC-Message-Signature (i=1): key unavailable: servfail"


def test_an_rsa_key_below_1024_bits_seals_nothing():
    p = 0xFFD9887E79D0FFC500D6363EBF7723B0BCE075F11F9B1DDAAEA25AF3A2F05B47
    q = 0xC4AA4B8338D5B80AB550DCDE57B67CE5C863AB2E8E410F32F7CB9FDE6296A89D
    private = pow(65537, -1, (p - 1) * (q - 1))
    numbers = {"modulus": p * q, "prime1": p, "prime2": q, "coefficient": pow(q, -1, p)}
    numbers |= {"exponent1": private % (p - 1), "exponent2": private % (q - 1)}
    modulus = b"\x02\x40" + (p * q).to_bytes(64, "big")
    der = b"\x30" + bytes([len(modulus) + 5]) + modulus + b"\x02\x03\x01\x00\x01"
    message, _ = add_set(
        PLAIN,
        algorithm="rsa-sha256",
        sign=lambda content: bytes(crypto.RSASSA_PKCS1_v1_5_sign(hashlib.sha256(content), numbers)),
    )
    record = "p=" + base64.b64encode(der).decode()
    result = arc.verify(message, lookup=lambda qname, qtype: Answer("ok", (record,)))
    assert result.reason == "newest ARC-Message-Signature (i=1): weak key: RSA of 512 bits, at least 1024 wanted"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("l=11; ", "body too short: l= covers 11 of 10 bytes"),
        ("t=soon; ", "signature malformed: t=: 'soon' is no decimal number of 1 to 12 digits"),
        ("q=http; ", "no known query method in q='http'"),
    ],
)
def test_a_message_signature_that_breaks_the_grammar_is_not_valid(tags, reason):
    message, _ = add_set(PLAIN, ams_tags=tags)
    result = arc.verify(message, lookup=lookup)
    assert result.instances[0].message_signature.reason == reason
    assert result.result == "fail"


def test_what_a_valid_chain_does_not_cover_is_the_reason_beside_its_pass():
    message, _ = add_set(PLAIN, ams_tags="l=10; ")
    assert arc.verify(message, lookup=lookup).reason is None
    appended = arc.verify(message + b"Pay now.\r\n", lookup=lookup)
    assert (appended.result, appended.reason) == ("pass", "l= covers 10 of 20 bytes")
    second = arc.verify(b"From: ceo@example.org\r\n" + message, lookup=lookup)
    assert (second.result, second.reason) == ("pass", "a From field that is not signed stands in the message")
    hidden = arc.verify(message.replace(b"\r\n\r\n", b"\r\npay now\r\n\r\n", 1), lookup=lookup)
    assert (hidden.result, hidden.reason) == ("pass", "header malformed: line 6 of the header is no field: b'pay now'")


def test_a_message_signature_must_not_sign_seals():
    message, _ = chain(1)
    result = arc.verify(message.replace(b"h=from:subject", b"h=from:arc-seal"), lookup=lookup)
    assert result.reason == "newest ARC-Message-Signature (i=1): h= names ARC-Seal, which it must not sign"


def test_no_mutant_of_a_chain_raises_and_none_with_another_content_passes():
    generator = random.Random(8617)
    message, _ = chain(2)
    outcomes = set()
    for _ in range(3000):
        octets = bytearray(message)
        start = generator.randrange(len(octets))
        octets[start : start + generator.randint(0, 9)] = generator.randbytes(generator.randint(0, 3))
        result = arc.verify(bytes(octets), lookup=lookup)
        outcomes.add(result.result)
        if result.result == "pass":
            assert result.instances[0].authentication_results == "lists.example.org; spf=pass"
            assert b"From:joe@example.org" in bytes(octets).replace(b" ", b"").replace(b"\t", b"")
    assert outcomes == {"pass", "fail"}


@given(st.binary(max_size=200))
def test_any_bytes_in_arc_fields_give_documented_outcomes(data):
    message = b"ARC-Seal:" + data + b"\r\nARC-Message-Signature:" + data + b"\r\n\r\n"
    assert arc.verify(message, lookup=lookup).result == "fail"


# The public suite.


def suite_cases():
    """Every case of the suite; four names stand twice, so the YAML is read with its duplicates."""

    def plain(node):
        if isinstance(node, MappingNode):
            return [(key.value, plain(value)) for key, value in node.value]
        return node.value

    text = (SUITE / "arc-draft-validation-tests.yml").read_text("utf-8")
    for document in YAML(typ="safe", pure=True).compose_all(text):
        scenario = dict(plain(document))
        for name, case in scenario["tests"]:
            yield name, dict(case), dict(scenario["txt-records"])


def test_every_case_of_the_public_suite_has_the_expected_chain_value():
    if not SUITE.is_dir():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    names, wrong = set(), []
    for name, case, records in suite_cases():
        names.add(name)

        def suite_lookup(qname, qtype, records=records):
            return Answer("ok", (records[qname],)) if qname in records else Answer("nxdomain")

        result = arc.verify(case["message"].encode(), lookup=suite_lookup)
        # An empty value stands for a chain that its newest handler ended with cv=fail.
        if result.result != (case["cv"].lower() or "none"):
            wrong.append((name, result.result, result.reason))
    assert wrong == []
    assert len(names) == 171
