"""Public keys and the check of a signature."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dkim.public_key import (
    Ed25519PublicKey,
    PublicKeyError,
    RsaPublicKey,
    read_ed25519,
    read_rsa,
)

# From the key record of RFC 8463 appendix A.3.
RFC8463_RSA = base64.b64decode(
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91"
    "y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)


def test_a_published_key_is_read_with_its_size_and_exponent():
    key = read_rsa(RFC8463_RSA)
    assert (key.bits, key.exponent) == (1024, 65537)


def test_a_bare_rsa_public_key_is_the_same_key():
    assert read_rsa(RFC8463_RSA[22:]) == read_rsa(RFC8463_RSA)


def test_an_algorithm_identifier_without_parameters_is_read():
    bare = RFC8463_RSA[22:]
    body = bytes.fromhex("300b06092a864886f70d010101") + bytes.fromhex("03818d00") + bare
    assert read_rsa(b"\x30\x81" + bytes([len(body)]) + body) == read_rsa(RFC8463_RSA)


@pytest.mark.parametrize(
    ("data", "breach"),
    [
        (b"", "no DER element 0x30 at byte 0"),
        (b"\x30", "no DER element 0x30 at byte 0"),
        (b"\x30\x05\x02\x01\x07", "ends before"),
        (b"\x30\x80\x02\x01\x07", "DER length of 0 bytes"),
        (b"\x30\xff" + b"\xff" * 127, "DER length of 127 bytes"),
        (RFC8463_RSA[:100], "ends before"),
        (
            RFC8463_RSA.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010a")),
            "rsaEncryption",
        ),
        (b"\x30\x06\x02\x01\x00\x02\x01\x03", "no RSA key"),
        (b"\x30\x06\x02\x01\x21\x02\x01\x01", "no RSA key"),
        (b"\x30\x06\x02\x01\x22\x02\x01\x03", "no RSA key"),
        (b"\x30\x82\x08\x08\x02\x82\x08\x01" + b"\x7f" * 2049 + b"\x02\x01\x03", "over the bound"),
        (b"\x30\x0e\x02\x01\x21\x02\x09" + b"\x7f" * 9, "over the bound"),
    ],
)
def test_what_is_no_rsa_key_is_refused_with_the_reason(data, breach):
    with pytest.raises(PublicKeyError, match=breach):
        read_rsa(data)


def test_an_ed25519_key_is_32_bare_bytes():
    assert read_ed25519(bytes(32)) == Ed25519PublicKey(bytes(32))
    with pytest.raises(PublicKeyError, match="has 32 bytes, this has 44"):
        read_ed25519(bytes(44))


def test_the_own_signature_matches(rsa_key, ed25519_key):
    rsa = read_rsa(rsa_key.public_der)
    assert rsa.check(b"text", rsa_key.sign(b"text"), "sha256") == "match"
    assert rsa.check(b"text", rsa_key.sign(b"text", "sha1"), "sha1") == "match"
    ed25519 = read_ed25519(base64.b64decode(ed25519_key.record.split("p=")[1]))
    assert ed25519.check(b"text", ed25519_key.sign(b"text"), "sha256") == "match"


def test_rsa_tells_other_content_from_another_key(rsa_key, small_rsa_key):
    key = read_rsa(rsa_key.public_der)
    signature = rsa_key.sign(b"text")
    assert key.check(b"other text", signature, "sha256") == "other_content"
    assert key.check(b"text", rsa_key.sign(b"text", "sha1"), "sha256") == "other_content"
    assert key.check(b"text", signature[:-1] + bytes([signature[-1] ^ 1]), "sha256") == "other_key"
    assert key.check(b"text", small_rsa_key.sign(b"text"), "sha256") == "other_key"


def test_ed25519_cannot_tell_which_of_the_two(ed25519_key):
    key = read_ed25519(base64.b64decode(ed25519_key.record.split("p=")[1]))
    signature = ed25519_key.sign(b"text")
    assert key.check(b"other text", signature, "sha256") == "mismatch"
    assert key.check(b"text", bytes(64), "sha256") == "mismatch"
    assert key.check(b"text", signature + b"\0", "sha256") == "mismatch"


def test_a_signature_plus_the_modulus_is_not_the_signature(rsa_key):
    key = read_rsa(rsa_key.public_der)
    for text in (b"%d" % number for number in range(64)):
        larger = int.from_bytes(rsa_key.sign(text), "big") + key.modulus
        if larger.bit_length() <= 1024:
            assert key.check(text, larger.to_bytes(128, "big"), "sha256") == "other_key"
            return
    raise AssertionError("no signature is small enough for the test")


def test_a_key_too_small_for_the_digest_matches_nothing():
    key = RsaPublicKey((1 << 400) + 1, 3)
    assert key.check(b"text", bytes(50) + b"\x01", "sha256") == "other_key"


@given(st.integers(0, 160), st.integers(0, 255))
def test_a_key_with_one_byte_changed_is_read_or_refused(position, value):
    data = bytearray(RFC8463_RSA)
    data[position] = value
    try:
        key = read_rsa(bytes(data))
    except PublicKeyError:
        return
    assert key.check(b"text", b"\x01" * 128, "sha256") == "other_key"


@given(st.binary(max_size=60))
def test_any_bytes_are_a_key_or_a_public_key_error(data):
    try:
        key = read_rsa(data)
    except PublicKeyError:
        return
    assert key.modulus % 2 == 1
