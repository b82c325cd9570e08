"""Where collectors may connect to: what records name is hostile, and must not lead into the examiner's own network."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import NamedTuple

from forensics.protocols.address_scope import is_public

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def public(text: str) -> bool:
    """Whether an address is one of the public Internet, also where it only wraps another (RFC 6052, RFC 3056).

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


class Reach(NamedTuple):
    """Which addresses may be called, and on which ports services are looked for."""

    allowed: Callable[[str], bool] = public
    https_port: int = 443
    smtp_port: int = 25


PUBLIC = Reach()
"""The public Internet, and the ports that the standards name."""
