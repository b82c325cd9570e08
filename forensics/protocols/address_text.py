"""Addresses as logs write them, made canonical (RFC 5952)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from forensics.protocols import ip_address


@lru_cache(maxsize=1 << 16)
def canonical(text: str) -> str | None:
    """The canonical text of an address, without its zone (RFC 4007 section 11); None where the text is none.

    >>> canonical("2001:DB8:0::1"), canonical("fe80::1%eth0"), canonical("192.0.2.256")
    ('2001:db8::1', 'fe80::1', None)
    """
    try:
        if ":" not in text:
            return str(IPv4Address(text))
        return ip_address.text(IPv6Address(text).packed)
    except AddressValueError:
        return None
