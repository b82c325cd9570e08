"""The mechanisms that look up addresses: whether one matches the client (RFC 7208 section 5).

Each takes the inquiry, its term and the domain that the term expanded to. `include`, and those that look up nothing,
are part of the evaluation itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from forensics.protocols.query_names import can_be_asked, within
from forensics.protocols.spf.inquiry import CheckStopped, Inquiry
from forensics.protocols.spf.record import Term
from forensics.protocols.spf.result import MAX_NAMES, Result


class Match(NamedTuple):
    """What one mechanism gave; `result` is that of an include's target, `problem` what was in the way."""

    matched: bool
    problem: str | None = None
    result: Result | None = None


def match_a(inquiry: Inquiry, term: Term, target: str) -> Match:
    """Judge a (section 5.3)."""
    matched, void = _find_address(inquiry, term, target)
    return _count(inquiry, target, void) or Match(matched)


def match_mx(inquiry: Inquiry, term: Term, target: str) -> Match:
    """Judge mx (section 5.4): more than 10 exchanges are an error, also where an early one would match.

    The order of MX records is chance; the result must not be.
    """
    answer = inquiry.ask(target, "MX")
    exchanges = [exchange_of(record) for record in answer.records]
    if len(exchanges) > MAX_NAMES:
        raise CheckStopped("permerror", f"{target} has {len(exchanges)} mail exchanges, more than {MAX_NAMES}")
    voids = []
    for exchange in filter(None, exchanges):
        matched, void = _find_address(inquiry, term, exchange)
        if matched:
            return Match(True)
        voids.append(void)
    # A null MX is an answer (RFC 7505); exchanges without any address are none.
    return _count(inquiry, target, answer.void or (bool(voids) and all(voids))) or Match(False)


def match_ptr(inquiry: Inquiry, _term: Term, target: str) -> Match:
    """Judge ptr (section 5.5): an error of the reverse look-up is no match there, not a temperror."""
    name = inquiry.client.ip.reverse_pointer
    answer = inquiry.reverse_names()
    if answer.failed:
        return Match(False, f"{name} PTR: {answer.status}")
    found_nothing = _count(inquiry, name, answer.void)
    return found_nothing or Match(any(within(valid, target) for valid in inquiry.validated_names()))


def match_exists(inquiry: Inquiry, _term: Term, target: str) -> Match:
    """Judge exists (section 5.7): A records, whatever the family of the client."""
    answer = inquiry.ask(target, "A")
    return _count(inquiry, target, answer.void) or Match(True)


def exchange_of(record: str) -> str:
    """Give the host of an MX record in presentation form, "" for the null MX (RFC 7505).

    >>> exchange_of("10 mx.example."), exchange_of("0 .")
    ('mx.example', '')
    """
    return record.partition(" ")[2].strip().removesuffix(".")


BY_NAME: dict[str, Callable[[Inquiry, Term, str], Match]] = {
    "a": match_a,
    "mx": match_mx,
    "ptr": match_ptr,
    "exists": match_exists,
}
"""The mechanism of each name."""


def _find_address(inquiry: Inquiry, term: Term, name: str) -> tuple[bool, bool]:
    """Say whether an address of the name matches, and whether the name has none."""
    ip = inquiry.client.ip
    answer = inquiry.ask(name, inquiry.client.address_type)
    prefix = term.cidr4 if ip.version == 4 else term.cidr6
    host_bits = 0 if prefix is None else ip.max_prefixlen - prefix
    return any(int(ip) >> host_bits == int(found) >> host_bits for found in inquiry.addresses(answer)), answer.void


def _count(inquiry: Inquiry, name: str, void: bool) -> Match | None:
    """Count a term that found nothing; a name that no question can hold was not looked up, so does not count."""
    if not void:
        return None
    if not can_be_asked(name):
        return Match(False, f"{name!r} is no name that can be asked for")
    inquiry.count_void()
    return Match(False, f"nothing found at {name}")
