"""What a certificate says: names, issuer, validity, digests (X.509 in DER, RFC 5280), read within bounds."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from forensics.errors import ProtocolError

MAX_BYTES = 65_536
MAX_NAMES = 500
MAX_ATTRIBUTES = 50
MAX_EXTENSIONS = 100

_SEQUENCE, _SET, _OID, _INTEGER, _BOOLEAN, _OCTETS = 0x30, 0x31, 0x06, 0x02, 0x01, 0x04
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _ADDRESS = 0x82, 0x87
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_ATTRIBUTES = {
    bytes.fromhex("550403"): "CN", bytes.fromhex("55040a"): "O", bytes.fromhex("55040b"): "OU",
    bytes.fromhex("550406"): "C", bytes.fromhex("550407"): "L", bytes.fromhex("550408"): "ST",
    bytes.fromhex("2a864886f70d010901"): "emailAddress",
}  # fmt: skip
_CODECS = {0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x14: "latin-1"}
_SPECIAL = re.compile(r'[,+"\\<>;=]')
_SHORT_TIME, _LONG_TIME = 0x17, 0x18
_REST = rb"([0-9]{2})" * 5 + b"Z"
_TIMES = {_SHORT_TIME: re.compile(rb"([0-9]{2})" + _REST), _LONG_TIME: re.compile(rb"([0-9]{4})" + _REST)}


class CertificateError(ProtocolError):
    """Bytes that are no certificate."""


class Certificate(NamedTuple):
    """One certificate; times as YYYY-MM-DDTHH:MM:SSZ, None where they are none; digests are SHA-256 in hex.

    Times are text since certificates without an end name the year 9999 (RFC 5280 section 4.1.2.5).
    `names` are the hosts and addresses that it is for; the subject's common name is none of them (RFC 9525 section 2).
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str | None
    not_after: str | None
    sha256: str
    key_sha256: str


class _Part(NamedTuple):
    tag: int
    value: bytes
    whole: bytes


def parse(data: bytes) -> Certificate:
    """Read a certificate.

    Raises:
        CertificateError: it breaks off, breaks its grammar, or is longer than `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise CertificateError(f"more than {MAX_BYTES} bytes")
    outer = _only(data, _SEQUENCE)
    signed = next(_parts(outer.value), None)
    if signed is None or signed.tag != _SEQUENCE:
        raise CertificateError("no certificate")
    fields = list(_parts(signed.value))
    if fields and fields[0].tag == _VERSION:
        fields.pop(0)
    if len(fields) < 6 or [part.tag for part in fields[:6]] != [_INTEGER, *(_SEQUENCE,) * 5]:
        raise CertificateError("fields of a certificate are missing")
    times = [_time(part) for part in _parts(fields[3].value)]
    if len(times) != 2:
        raise CertificateError("no span of validity")
    return Certificate(
        subject=_name(fields[4].value), issuer=_name(fields[2].value), names=tuple(_names(fields[6:])),
        not_before=times[0], not_after=times[1], sha256=hashlib.sha256(data).hexdigest(),
        key_sha256=hashlib.sha256(fields[5].whole).hexdigest(),
    )  # fmt: skip


def fits(names: tuple[str, ...], host: str) -> bool:
    """Whether one of the names is the host's; `*` stands for the whole first label alone (RFC 9525 section 6.3).

    >>> fits(("*.example.net",), "mx.example.net"), fits(("*.example.net", "*.net"), "example.com")
    (True, False)
    """
    wanted = host.lower().rstrip(".")
    first, _, rest = wanted.partition(".")
    return any(name == wanted or (first and "." in rest and name == f"*.{rest}") for name in names)


def _only(data: bytes, tag: int) -> _Part:
    part = next(_parts(data), None)
    if part is None or part.tag != tag:
        raise CertificateError(f"no element 0x{tag:02x} where one belongs")
    return part


def _parts(data: bytes) -> Iterator[_Part]:
    """The elements of a value, in definite lengths as DER has them."""
    at = 0
    while at < len(data):
        start, tag = at, data[at]
        if tag & 0x1F == 0x1F or at + 1 >= len(data):
            raise CertificateError("an element that breaks off, or has a tag of several bytes")
        size, at = data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4 or at + count > len(data):
                raise CertificateError("an element with no length, or one beyond all bounds")
            size, at = int.from_bytes(data[at : at + count]), at + count
        if at + size > len(data):
            raise CertificateError("an element breaks off")
        yield _Part(tag, data[at : at + size], data[start : at + size])
        at += size


def _name(value: bytes) -> str:
    """A name as text, the last part first (RFC 4514)."""
    found = list[str]()
    for group in _parts(value):
        for pair in _parts(group.value) if group.tag == _SET else ():
            parts = list(_parts(pair.value))
            if len(parts) != 2 or parts[0].tag != _OID or len(found) >= MAX_ATTRIBUTES:
                raise CertificateError("a name that breaks its grammar, or has more parts than any has")
            kind = _ATTRIBUTES.get(parts[0].value, f"OID.{parts[0].value.hex()}")
            text = parts[1].value.decode(_CODECS.get(parts[1].tag, "utf-8"), "backslashreplace")
            found.append(f"{kind}={_SPECIAL.sub(lambda special: chr(92) + special.group(), text)}")
    return ",".join(reversed(found))


def _names(rest: list[_Part]) -> Iterator[str]:
    extensions = next((part for part in rest if part.tag == _EXTENSIONS), None)
    if extensions is None:
        return
    for number, extension in enumerate(_parts(_only(extensions.value, _SEQUENCE).value)):
        if number >= MAX_EXTENSIONS:
            raise CertificateError(f"more than {MAX_EXTENSIONS} extensions")
        parts = [part for part in _parts(extension.value) if part.tag != _BOOLEAN]
        if [part.tag for part in parts] != [_OID, _OCTETS] or parts[0].value != _ALTERNATIVE_NAMES:
            continue
        for count, name in enumerate(_parts(_only(parts[1].value, _SEQUENCE).value)):
            if count >= MAX_NAMES:
                return
            if name.tag == _DNS_NAME:
                text = name.value.decode("ascii", "backslashreplace").lower().rstrip(".")
                yield text.replace(" ", "\\032")  # one name stays one, also in a list of names
            elif name.tag == _ADDRESS and len(name.value) in (4, 16):
                yield str(ipaddress.ip_address(name.value))


def _time(part: _Part) -> str | None:
    """RFC 5280 section 4.1.2.5: two digits of a year from 50 on are of the twentieth century."""
    grammar = _TIMES.get(part.tag)
    match = grammar.fullmatch(part.value) if grammar else None
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    if part.tag == _SHORT_TIME:
        year += 1900 if year >= 50 else 2000
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    except ValueError:
        return None
