"""Blocklists that are asked over DNS: the name to ask, and what an answer means (RFC 5782)."""

from __future__ import annotations

import ipaddress
from typing import Literal

from forensics.protocols.dns_answer import Answer

Meaning = Literal["listed", "not_listed", "refused", "no_list", "unknown"]
"""`refused`: the list declines to answer; `no_list`: what answers there is no list. Neither is `listed`."""

_CODES = ipaddress.ip_network("127.0.0.0/8")
_REFUSALS = ipaddress.ip_network("127.255.255.0/24")
"""Codes of an error: a resolver that is not served, a limit that is passed, a name typed wrong."""
_LOOPBACK = ipaddress.ip_address("127.0.0.1")
"""No code of a list (section 5), and what resolvers answer that block names themselves."""


def query_name(address: str, zone: str) -> str:
    """The name under which a list answers for an address (sections 2.1 and 2.4).

    >>> query_name("192.0.2.99", "bl.example"), query_name("2001:db8::1", "bl.example")[:8]
    ('99.2.0.192.bl.example', '1.0.0.0.')
    """
    reverse = ipaddress.ip_address(address).reverse_pointer
    return f"{reverse.removesuffix('.in-addr.arpa').removesuffix('.ip6.arpa')}.{zone}"


def meaning(answer: Answer) -> Meaning:
    """What an answer to a question of type A means; an error among the codes spoils the others.

    >>> meaning(Answer("ok", ("127.0.0.2",))), meaning(Answer("ok", ("127.255.255.254",))), meaning(Answer("timeout"))
    ('listed', 'refused', 'unknown')
    """
    if answer.failed:
        return "unknown"
    if answer.void:
        return "not_listed"
    try:
        codes = [ipaddress.ip_address(record) for record in answer.records]
    except ValueError:
        return "no_list"
    if any(code in _REFUSALS for code in codes):
        return "refused"
    return "listed" if all(code in _CODES and code != _LOOPBACK for code in codes) else "no_list"
