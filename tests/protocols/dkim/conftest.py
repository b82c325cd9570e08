"""Keys and signers of the DKIM tests: dkimpy signs where it can, and a signer by hand where it will not."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import dkim
import pytest
from dkim import crypto
from nacl.signing import SigningKey

from forensics.protocols.dkim import verify
from forensics.protocols.dns_answer import Answer

EXPONENT = 65537
KEY_NAME = "2026._domainkey.example.org"


@dataclass(frozen=True)
class RsaKey:
    """A test key by its two primes; never used for anything but these tests."""

    p: int
    q: int

    @property
    def numbers(self):
        private = pow(EXPONENT, -1, (self.p - 1) * (self.q - 1))
        return {
            "version": 0,
            "modulus": self.p * self.q,
            "publicExponent": EXPONENT,
            "privateExponent": private,
            "prime1": self.p,
            "prime2": self.q,
            "exponent1": private % (self.p - 1),
            "exponent2": private % (self.q - 1),
            "coefficient": pow(self.q, -1, self.p),
        }

    @property
    def public_der(self):
        numbers = _der(0x30, _integer(self.p * self.q) + _integer(EXPONENT))
        algorithm = _der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
        return _der(0x30, algorithm + _der(0x03, b"\0" + numbers))

    @property
    def private_pem(self):
        der = _der(0x30, b"".join(map(_integer, self.numbers.values())))
        return b"-----BEGIN TEST KEY-----\n" + base64.encodebytes(der) + b"-----END TEST KEY-----\n"

    @property
    def record(self):
        return "v=DKIM1; k=rsa; p=" + base64.b64encode(self.public_der).decode()

    def sign(self, content, hash_algorithm="sha256"):
        return bytes(crypto.RSASSA_PKCS1_v1_5_sign(hashlib.new(hash_algorithm, content), self.numbers))


@dataclass(frozen=True)
class Ed25519Key:
    seed: bytes

    @property
    def private_pem(self):
        return base64.b64encode(self.seed)

    @property
    def record(self):
        public = bytes(SigningKey(self.seed).verify_key)
        return "v=DKIM1; k=ed25519; p=" + base64.b64encode(public).decode()

    def sign(self, content, hash_algorithm="sha256"):
        return SigningKey(self.seed).sign(hashlib.new(hash_algorithm, content).digest()).signature


def _der(tag, content):
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _integer(number):
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@pytest.fixture(scope="session")
def rsa_key():
    """1,024 bits."""
    return RsaKey(
        0xDF4B1B9F658092F34536E6243DDFF67796350D62EDAEF5E7888C49C1EC8445ACCEFEBFD88A253D6DFB3A707F09928F1AF15BFC4C74D691E8911865BB73A5BCEF,
        0xF1D3E55578C05284D91E833F19BE1E8C3522D987C766948322748BBC92887729A34A847063CB43949562A3607AE70CB63915910CD0F4962A3D195686924E452B,
    )


@pytest.fixture(scope="session")
def small_rsa_key():
    """512 bits: too small since RFC 8301."""
    return RsaKey(
        0xFFD9887E79D0FFC500D6363EBF7723B0BCE075F11F9B1DDAAEA25AF3A2F05B47,
        0xC4AA4B8338D5B80AB550DCDE57B67CE5C863AB2E8E410F32F7CB9FDE6296A89D,
    )


@pytest.fixture(scope="session")
def ed25519_key():
    return Ed25519Key(bytes(range(32)))


@pytest.fixture(scope="session")
def sign_with_dkimpy():
    """A signer with every canonicalization; the signature is the work of dkimpy alone."""

    def sign(
        message, key, *, algorithm=b"rsa-sha256", canonicalize=(b"relaxed", b"relaxed"), headers=None, length=False
    ):
        field = dkim.sign(
            message,
            b"2026",
            b"example.org",
            key.private_pem,
            signature_algorithm=algorithm,
            canonicalize=canonicalize,
            include_headers=headers,
            length=length,
        )
        return field + message

    return sign


@pytest.fixture(scope="session")
def sign_by_hand():
    """A signer under simple/simple that takes any tags, `bh=` and `b=` are added at the end.

    `header` are the lines of the message; `signed` those of them that are hashed, in that order (default: all).
    """

    def sign(tags, key, *, header=(b"From: joe@example.org",), signed=None, body=b"Hi.\r\n", hash_algorithm="sha256"):
        covered = body[: int(tags.split("l=")[1].split(";")[0])] if "l=" in tags else body
        body_hash = base64.b64encode(hashlib.new(hash_algorithm, covered).digest())
        field = b"DKIM-Signature: " + tags.encode() + b" bh=" + body_hash + b"; b="
        content = b"".join(line + b"\r\n" for line in (header if signed is None else signed)) + field
        signature = base64.b64encode(key.sign(content, hash_algorithm))
        return b"\r\n".join([field + signature, *header, b"", body])

    return sign


@pytest.fixture(scope="session")
def zone():
    """A lookup over TXT records given by name; other names do not exist."""

    def build(records):
        def lookup(qname, qtype):
            assert qtype == "TXT"
            found = records.get(qname)
            if found is None:
                return Answer("nxdomain")
            return found if isinstance(found, Answer) else Answer("ok", (found,))

        return lookup

    return build


@pytest.fixture
def one(zone):
    """The verdict on the one signature of a message, with the key that is published."""

    def judge(message, key, **options):
        published = key if isinstance(key, str | Answer) else key.record
        (result,) = verify(message, lookup=zone({KEY_NAME: published}), **options)
        return result

    return judge
