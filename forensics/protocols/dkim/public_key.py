"""The public keys of DKIM: RSA (RFC 6376 section 3.6.1) and Ed25519 (RFC 8463), and the check of a signature.

The arithmetic is dkimpy's (RSA) and PyNaCl's (Ed25519). dkimpy's own reader of keys is not used: it accepts any
algorithm's key as RSA, takes signatures longer than the modulus and ends in AssertionError on some keys.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from forensics.errors import ProtocolError

Match = Literal["match", "other_content", "other_key", "mismatch"]
"""`match`; `other_content`: this key signed, but something else; `other_key`: b= is not this key's work, or was
altered; `mismatch`: one of the two, and Ed25519 cannot tell which."""

_INTEGER, _BIT_STRING, _OBJECT_IDENTIFIER, _SEQUENCE = 0x02, 0x03, 0x06, 0x30
_RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")  # 1.2.840.113549.1.1.1
_MAX_LENGTH_BYTES = 4
_ED25519_KEY_BYTES = 32
_ED25519_SIGNATURE_BYTES = 64
# The cost of a check grows with both; RFC 8301 section 3.2 asks for up to 4,096 bits.
_MAX_MODULUS_BITS = 8192
_MAX_EXPONENT_BITS = 64


class PublicKeyError(ProtocolError):
    """Bytes of p= that hold no public key of the kind that k= names."""


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """An RSA public key as its two numbers."""

    modulus: int
    exponent: int

    @property
    def bits(self) -> int:
        """The size of the modulus in bits."""
        return self.modulus.bit_length()

    def check(self, content: bytes, signature: bytes, hash_algorithm: str) -> Match:
        """Tell whether the signature (RSASSA-PKCS1-v1_5) is this key's over the content."""
        from dkim import crypto  # imported here: it pulls in the whole resolver, which parsing a key must not

        size = (self.bits + 7) // 8
        if len(signature) != size or int.from_bytes(signature, "big") >= self.modulus:
            return "other_key"
        numbers = {"modulus": self.modulus, "publicExponent": self.exponent}
        encoded = bytes(crypto.rsa_encrypt(signature, numbers, size))
        try:
            expected = bytes(crypto.EMSA_PKCS1_v1_5_encode(hashlib.new(hash_algorithm, content), size))
        except crypto.DigestTooLargeError:
            return "other_key"
        if encoded == expected:
            return "match"
        return "other_content" if _is_padded(encoded) else "other_key"


@dataclass(frozen=True, slots=True)
class Ed25519PublicKey:
    """An Ed25519 public key as its 32 bytes."""

    point: bytes
    bits: int = 256

    def check(self, content: bytes, signature: bytes, hash_algorithm: str) -> Match:
        """Tell whether the signature is this key's over the hash of the content (RFC 8463 section 3)."""
        from nacl.exceptions import BadSignatureError
        from nacl.signing import VerifyKey

        if len(signature) != _ED25519_SIGNATURE_BYTES:
            return "mismatch"
        try:
            VerifyKey(self.point).verify(hashlib.new(hash_algorithm, content).digest(), signature)
        except BadSignatureError:
            return "mismatch"
        return "match"


PublicKey = RsaPublicKey | Ed25519PublicKey


def read_ed25519(data: bytes) -> Ed25519PublicKey:
    """Read an Ed25519 key: the bare 32 bytes, without any ASN.1 around them (RFC 8463 section 4)."""
    if len(data) != _ED25519_KEY_BYTES:
        raise PublicKeyError(f"an Ed25519 key has {_ED25519_KEY_BYTES} bytes, this has {len(data)}")
    return Ed25519PublicKey(data)


def read_rsa(data: bytes) -> RsaPublicKey:
    """Read an RSA key in DER: a SubjectPublicKeyInfo, as published, or a bare RSAPublicKey, as RFC 6376 words it.

    Raises:
        PublicKeyError: no such DER, another algorithm's key, or numbers that make no RSA key we would compute with.
    """
    body, _ = _element(data, 0, _SEQUENCE)
    if body[:1] == bytes([_SEQUENCE]):
        body = _inside_key_info(body)
    modulus, end = _element(body, 0, _INTEGER)
    exponent, _ = _element(body, end, _INTEGER)
    key = RsaPublicKey(int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"))
    if key.bits > _MAX_MODULUS_BITS or key.exponent.bit_length() > _MAX_EXPONENT_BITS:
        raise PublicKeyError(f"RSA modulus of {key.bits} bits, exponent of {key.exponent.bit_length()}: over the bound")
    if key.modulus % 2 == 0 or key.exponent % 2 == 0 or key.exponent < 3:
        raise PublicKeyError("these numbers are no RSA key: modulus and exponent are odd, the exponent is 3 or more")
    return key


def _inside_key_info(body: bytes) -> bytes:
    algorithm, end = _element(body, 0, _SEQUENCE)
    identifier, _ = _element(algorithm, 0, _OBJECT_IDENTIFIER)
    if identifier != _RSA_ENCRYPTION:
        raise PublicKeyError(f"the key's algorithm is not rsaEncryption (OID bytes {identifier[:20].hex()})")
    bits, _ = _element(body, end, _BIT_STRING)
    return _element(bits, 1, _SEQUENCE)[0]


def _element(data: bytes, start: int, tag: int) -> tuple[bytes, int]:
    """Give the content of the DER element at `start`, and where the next one begins."""
    header = data[start : start + 2]
    if len(header) < 2 or header[0] != tag:
        raise PublicKeyError(f"no DER element 0x{tag:02x} at byte {start} of the key")
    length, at = header[1], start + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= _MAX_LENGTH_BYTES:
            raise PublicKeyError(f"DER length of {count} bytes at byte {start} of the key")
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    if at + length > len(data):
        raise PublicKeyError(f"the key ends before its DER element at byte {start} does")
    return data[at : at + length], at + length


def _is_padded(encoded: bytes) -> bool:
    """Tell whether the bytes are PKCS #1 padding around a digest; only the key's owner can make them so."""
    padding, zero, digest = encoded[2:].partition(b"\x00")
    return encoded[:2] == b"\x00\x01" and len(padding) >= 8 and not padding.strip(b"\xff") and bool(zero and digest)
