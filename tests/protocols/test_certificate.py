"""Certificates out of hostile bytes: their own error, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.certificate import CertificateError, fits, parse


def element(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    size = bytes([len(value)]) if len(value) < 128 else b"\x82" + len(value).to_bytes(2)
    return bytes([tag]) + size + value


def name(text: bytes, kind: int = 0x0C) -> bytes:
    return element(0x30, element(0x31, element(0x30, element(6, bytes.fromhex("550403")), element(kind, text))))


def made(
    subject: bytes = b"", until: bytes = b"491231235959Z", names: bytes = b"", before: bytes = b"19500101000000Z"
) -> bytes:
    extensions = element(0xA3, element(0x30, element(0x30, element(6, bytes.fromhex("551d11")), element(4, names))))
    body = element(
        0x30, element(2, b"\x01"), element(0x30), name(b"Test, CA"),
        element(0x30, element(0x18, before), element(0x17, until)),
        subject or element(0x30), element(0x30, b"\x05\x00"), extensions if names else b"",
    )  # fmt: skip
    return element(0x30, body, element(0x30), element(3))


def test_names_times_and_special_characters() -> None:
    names = element(0x30, element(0x82, b"MX1.example.net."), element(0x82, b"a b"), element(0x87, bytes(15) + b"\1"))
    found = parse(made(subject=name("mx".encode("utf-16-be"), 0x1E), names=names))
    assert (found.subject, found.issuer) == ("CN=mx", "CN=Test\\, CA")
    assert found.names == ("mx1.example.net", "a\\032b", "::1")
    assert (found.not_before, found.not_after) == ("1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z")


def test_a_certificate_without_an_end_has_the_year_that_stands_for_it() -> None:
    assert parse(made(before=b"99991231235959Z")).not_before == "9999-12-31T23:59:59Z"


def test_a_time_that_is_none_is_unknown() -> None:
    found = parse(made(until=b"991331235959Z"))
    assert (found.subject, found.names, found.not_after) == ("", (), None)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x30", b"\x30\x80\x00\x00", b"\x30\x85\x00\x00\x00\x00\x00", b"\x30\x84\xff\xff\xff\xff",
        b"\x1f\x81\x00",
        b"0" * 65_537, element(0x30, element(0x30)), made(subject=element(0x30, element(0x31, element(0x30)))),
        made(names=element(4)), made(subject=element(0x30, name(b"x")[2:] * 51)),
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(CertificateError):
        parse(data)


@given(st.binary(max_size=300), st.integers(0, 120))
def test_any_bytes_give_a_certificate_or_its_error(data: bytes, at: int) -> None:
    whole = made(names=element(0x30, element(0x82, b"mx")))
    try:
        parse(whole[:at] + data + whole[at + len(data) :])
    except CertificateError:
        return


@pytest.mark.parametrize(
    ("names", "host", "fitting"),
    [
        (("mx.example.net",), "MX.example.net.", True),
        (("*.example.net",), "a.b.example.net", False),
        (("*.net",), "example.net", False),
        (("mx*.example.net",), "mx1.example.net", False),
        ((), "mx.example.net", False),
        (("*.example.net",), "*.example.net", True),
    ],
)
def test_a_wildcard_stands_for_one_whole_label(names: tuple[str, ...], host: str, fitting: bool) -> None:
    assert fits(names, host) is fitting
