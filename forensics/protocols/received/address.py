"""Addresses as mail servers write them into Received fields."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(
    rf"""\[?
    ({_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET})   # 192.0.2.1
    (?:[.:][0-9]{{1,5}})?             # .25 (Exim 3) or :25 (Ecelerity), a port
    \]?(?::[0-9]{{1,5}})?             # ]:25 (Exim 4)
    """,
    re.VERBOSE,
)
_IPV6 = re.compile(
    r"""\[?(?:IPv6:)?                 # RFC 5321 4.1.3
    ([0-9A-Fa-f:]{2,39}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?)  # 2001:db8::1, ::ffff:192.0.2.1
    (?:%[0-9A-Za-z]{1,16})?           # %6, a zone
    \]?(?::[0-9]{1,5})?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FIRST_OF_IPV4 = frozenset("[0123456789")


def read(word: str) -> str | None:
    """The address that one word is, without brackets, port and zone; None for any other word.

    >>> read("[IPv6:2001:DB8:0::1]"), read("192.0.2.1:25"), read("[::ffff:192.0.2.1]"), read("mx1")
    ('2001:db8::1', '192.0.2.1', '192.0.2.1', None)
    """
    if word[:1] in _FIRST_OF_IPV4:
        match = _IPV4.fullmatch(word)
        if match is not None:
            return match[1]
    if ":" not in word:
        return None
    match = _IPV6.fullmatch(word)
    if match is None:
        return None
    try:
        address = IPv6Address(match[1])
    except AddressValueError:
        return None
    return str(address.ipv4_mapped or address)
