"""Whether an address can be reached from everywhere (RFC 6890)."""

from __future__ import annotations

import ipaddress

from forensics.protocols.remembered import of_short_texts

_DOCUMENTATION = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
"""RFC 5737 and RFC 3849."""


@of_short_texts
def is_public(text: str) -> bool:
    """Whether the text is an address, and neither private nor reserved; those for documentation stand for public ones.

    >>> is_public("198.51.100.7"), is_public("10.1.2.3"), is_public("mx.example")
    (True, False, False)
    """
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    documentation = any(found in network for network in _DOCUMENTATION if network.version == found.version)
    return documentation or found.is_global
