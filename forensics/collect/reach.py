"""Where collectors may connect to: what records name is hostile, and must not lead into the examiner's own network."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import NamedTuple

from forensics.protocols.address_scope import is_public

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
_RESERVED_4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
"""IETF protocol assignments, and the relays of 6to4 (RFC 7526)."""
_RESERVED_6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""IETF protocol assignments with Teredo, documentation, 6to4, documentation (RFC 9637)."""


def public(text: str) -> bool:
    """Whether an address is one of the public Internet, also where it only wraps another (RFC 6052, RFC 3056).

    Those for documentation stand for public ones; `strictly_public` takes none.

    >>> public("192.0.2.1"), public("127.0.0.1"), public("::ffff:10.0.0.1"), public("64:ff9b::a00:1")
    (True, False, False, False)
    """
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    if found.is_multicast:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
        if found.teredo is not None or found.is_site_local:
            return False
    return is_public(text)


def strictly_public(text: str) -> bool:
    """Whether an address is global unicast: not private, reserved, for documentation, or a cover for another of these.

    >>> strictly_public("198.41.0.4"), strictly_public("192.0.2.1"), strictly_public("64:ff9b::7f00:1")
    (True, False, False)
    """
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast and not any(found in net for net in _RESERVED_4)
    if found.scope_id is not None:
        return False
    if found in _NAT64:
        return strictly_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found in _UNICAST and found.is_global and not any(found in net for net in _RESERVED_6)


class Reach(NamedTuple):
    """Which addresses may be called, and on which ports services are looked for."""

    allowed: Callable[[str], bool] = public
    https_port: int = 443
    smtp_port: int = 25


PUBLIC = Reach()
"""The public Internet, and the ports that the standards name."""
