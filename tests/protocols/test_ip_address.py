"""Addresses as canonical text."""

from __future__ import annotations

import pytest

from forensics.protocols import ip_address


def test_a_mapped_address_keeps_its_dots() -> None:
    assert ip_address.text(bytes(10) + b"\xff\xff\xc0\x00\x02\x01") == "::ffff:192.0.2.1"


def test_five_bytes_are_no_address() -> None:
    with pytest.raises(ip_address.AddressError, match="5 bytes are no IPv4 or IPv6 address"):
        ip_address.text(b"12345")
