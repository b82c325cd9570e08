"""Key records (RFC 6376 section 3.6.1, RFC 8463 section 4)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dkim import DkimKey, parse_key_record
from forensics.protocols.dkim.public_key import RsaPublicKey

ED25519 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_a_bare_key_is_rsa_for_all_services_and_all_hashes(rsa_key):
    text = rsa_key.record.replace("v=DKIM1; k=rsa; ", "")
    key = parse_key_record(text)
    assert (key.status, key.problems, key.raw) == ("ok", (), text)
    assert (key.version, key.key_type, key.bits, key.exponent) == (None, "rsa", 1024, 65537)
    assert (key.service_types, key.hash_algorithms, key.flags) == (("*",), None, ())
    assert isinstance(key.public_key, RsaPublicKey)


def test_every_tag_is_read_and_unknown_ones_are_kept(rsa_key):
    text = rsa_key.record.replace("k=rsa", "s=email:web ; x1 = extra ; t = y:s:new; h=SHA1:sha256; n=a note")
    key = parse_key_record(text + " ; ")
    assert key.status == "ok"
    assert key.service_types == ("email", "web")
    assert key.flags == ("y", "s", "new")
    assert (key.testing, key.strict, key.revoked) == (True, True, False)
    assert key.hash_algorithms == ("sha1", "sha256")
    assert key.notes == "a note"
    assert dict(key.tags)["x1"] == "extra"


def test_an_ed25519_key_has_256_bits_and_no_exponent():
    key = parse_key_record(f"v=DKIM1; k=ed25519; p={ED25519}")
    assert (key.status, key.key_type, key.bits, key.exponent) == ("ok", "ed25519", 256, None)


def test_two_names_with_one_key_have_one_fingerprint(rsa_key):
    key = parse_key_record(rsa_key.record)
    assert key.fingerprint == hashlib.sha256(rsa_key.public_der).hexdigest()
    assert parse_key_record(rsa_key.record.replace("k=rsa", "t=y")).fingerprint == key.fingerprint


def test_a_key_split_by_white_space_is_one_key(rsa_key):
    text = rsa_key.record[:60] + " " + rsa_key.record[60:120] + "\r\n\t" + rsa_key.record[120:]
    assert parse_key_record(text).fingerprint == parse_key_record(rsa_key.record).fingerprint


def test_an_empty_p_is_a_revoked_key_and_not_a_malformed_one():
    key = parse_key_record("v=DKIM1; k=rsa; t=y; p=")
    assert (key.status, key.revoked, key.testing) == ("revoked", True, True)
    assert key.problems == ("p= is empty: the key is revoked",)


@pytest.mark.parametrize(
    ("text", "status", "problem"),
    [
        ("", "malformed", "no tag=value in ''"),
        ("k=rsa; t; p=abcd", "malformed", "no tag=value in ' t'"),
        ("v=DKIM1; p=abcd; p=abcd", "malformed", "the tag p= stands twice"),
        ("v=DKIM1; k=rsa", "malformed", "p= is missing"),
        ("v=DKIM1; p=not*base64", "malformed", "p=: 'not*base64' is not base64"),
        ("v=DKIM1; p=abcd", "malformed", "p=: no DER element 0x30 at byte 0 of the key"),
        ("v=DKIM1; k=ed25519; p=abcd", "malformed", "p=: an Ed25519 key has 32 bytes, this has 3"),
        ("v=DKIM3; p=abcd", "unsupported", "v=DKIM3 is not DKIM1"),
        ("v=dkim1; p=abcd", "unsupported", "v=dkim1 is not DKIM1"),
        ("v=spf1 -all", "unsupported", "v=spf1 -all is not DKIM1"),
        ("v=DKIM1\\; p=abcd", "unsupported", "v=DKIM1\\ is not DKIM1"),
        ("k=dsa; p=abcd", "unsupported", "k=dsa is not known"),
    ],
)
def test_a_record_that_is_no_usable_key_comes_back_with_the_reason(text, status, problem):
    key = parse_key_record(text)
    assert (key.status, key.problems, key.public_key, key.raw) == (status, (problem,), None, text)


def test_what_no_verifier_refuses_is_named_and_the_key_stays_usable(rsa_key):
    record = rsa_key.record.replace("v=DKIM1; k=rsa;", "k=rsa; g=joe; v=DKIM1;")
    key = parse_key_record(record)
    assert (key.status, key.granularity) == ("ok", "joe")
    assert key.problems == ("v= is not the first tag", "g= is void since RFC 6376 and ignored")


@given(st.text(max_size=80) | st.text(alphabet="vkpths=;:DKIM1rsaed25519 \t", max_size=60))
def test_any_text_gives_a_key_that_keeps_it(text):
    key = parse_key_record(text)
    assert isinstance(key, DkimKey)
    assert key.raw == text
    assert (key.status == "ok") == (key.public_key is not None)
