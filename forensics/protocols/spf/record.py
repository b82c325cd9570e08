"""SPF records as published: their terms, and where the grammar breaks (RFC 7208 sections 4.5, 4.6.1 and 12)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, NamedTuple

from forensics.protocols.query_names import can_be_asked
from forensics.protocols.spf.macros import MacroString, parse_domain_spec, parse_macro_string
from forensics.protocols.spf.syntax import SpfSyntaxError, shorten

Qualifier = Literal["+", "-", "~", "?"]

MAX_RECORD = 65_535
"""Characters of the longest TXT record (RFC 1035 section 3.2.1)."""
MAX_TERMS = 4_096
"""Terms of the longest record that is read; ten times what the longest published ones have."""

COSTLY = frozenset(("include", "a", "mx", "ptr", "exists", "redirect"))
"""Terms that count as a DNS look-up, of which 10 are allowed (section 4.6.4)."""

_VERSION = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE)
_TERM = re.compile(r"[^ ]+")
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.-]*)=")
_DIRECTIVE = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)")
_DUAL_CIDR = re.compile(r"(?:/(?P<four>[0-9]+))?(?://(?P<six>[0-9]+))?\Z")
_CIDR = re.compile(r"(?P<address>[^/]*)(?:/(?P<length>.*))?", re.DOTALL)
_IP6_TEXT = re.compile(r"[0-9A-Fa-f:.]+")
_QUALIFIERS: dict[str, Qualifier] = {"": "+", "+": "+", "-": "-", "~": "~", "?": "?"}
_MISTAKES = {"ipv4": "ip4", "ip": "ip4", "ipv6": "ip6", "ip4-network": "ip4", "redirect": "redirect=", "exp": "exp="}


@dataclass(frozen=True, slots=True, repr=False)
class Term:
    """One mechanism or modifier.

    `qualifier` None means a modifier; `name` is in lower case; `value` is the domain-spec, the address or the
    macro-string as published, None where there is none; `cidr4` and `cidr6` are prefix lengths that were given.
    `position` is the index in the record, `raw` the text; `macros` is the value parsed, `network` that of ip4 and ip6.
    """

    qualifier: Qualifier | None
    name: str
    value: str | None = None
    cidr4: int | None = None
    cidr6: int | None = None
    position: int = field(default=0, compare=False)
    raw: str = field(default="", compare=False)
    macros: MacroString = field(default=(), compare=False)
    network: IPv4Network | IPv6Network | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """Show what was published and no more."""
        shown = [repr(self.qualifier), repr(self.name)] + ([] if self.value is None else [repr(self.value)])
        shown += [f"{name}={getattr(self, name)}" for name in ("cidr4", "cidr6") if getattr(self, name) is not None]
        return f"Term({', '.join(shown)})"

    def __str__(self) -> str:
        """Give the text as published."""
        return self.raw


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """One record as published: `raw` is its text, `terms` are in order."""

    raw: str
    terms: tuple[Term, ...]

    @property
    def lookups(self) -> int:
        """How many terms count as a DNS look-up, without what they include (limit 10, section 4.6.4)."""
        return sum(term.name in COSTLY for term in self.terms)

    @property
    def mechanisms(self) -> tuple[Term, ...]:
        """The terms that can match, in order."""
        return tuple(term for term in self.terms if term.qualifier is not None)

    def modifier(self, name: str) -> Term | None:
        """Give the modifier of that name ("redirect", "exp"), None where there is none."""
        return next((term for term in self.terms if term.qualifier is None and term.name == name), None)


def is_spf(text: str) -> bool:
    """Say whether a TXT record is an SPF record: "v=spf1" and then a space or the end (section 4.5).

    >>> is_spf("V=SPF1 -all"), is_spf("v=spf10")
    (True, False)
    """
    return _VERSION.match(text) is not None


def can_hold_record(domain: str) -> bool:
    """Say whether check_host() takes the domain: askable, several labels, no address literal (section 4.3)."""
    return "." in domain and not domain.startswith("[") and can_be_asked(domain)


def parse_record(text: str) -> SpfRecord:
    """Parse one SPF record as published; includes are named, not followed.

    Args:
        text: the TXT strings joined without spaces (RFC 7208 section 3.3).

    Returns:
        The terms in order; `lookups` counts those that cost a DNS query (limit 10, section 4.6.4).

    Raises:
        SpfSyntaxError: with the position of the first character that fits no term.

    >>> parse_record("v=spf1 mx -all").terms
    (Term('+', 'mx'), Term('-', 'all'))
    """
    terms = list[Term]()
    for term in scan_terms(text):
        if isinstance(term, SpfSyntaxError):
            raise term
        terms.append(term)
    return SpfRecord(text, tuple(terms))


def scan_terms(text: str) -> Iterator[Term | SpfSyntaxError]:
    """Give every term in order, an error in the place of each that fits no grammar.

    >>> [str(found) for found in scan_terms("v=spf1 ip4:192.0.2.300 -all")]
    ["character 11 in 'ip4:192.0.2.300': '192.0.2.300' is no IPv4 address", '-all']
    """
    version = _VERSION.match(text)
    if version is None:
        yield SpfSyntaxError(0, f"{shorten(text)} does not begin with v=spf1 and a space")
        return
    if len(text) > MAX_RECORD:
        yield SpfSyntaxError(MAX_RECORD, f"a record of {len(text)} characters")
        return
    seen = set[str]()
    for count, match in enumerate(_TERM.finditer(text, version.end())):
        if count == MAX_TERMS:
            yield SpfSyntaxError(match.start(), f"more than {MAX_TERMS} terms")
            return
        term = _try_term(match.group(), match.start())
        if isinstance(term, Term) and term.qualifier is None and term.name in ("redirect", "exp"):
            if term.name in seen:
                term = SpfSyntaxError(term.position, f"{term.name}= stands here twice", term.raw)
            else:
                seen.add(term.name)
        yield term


def _try_term(raw: str, position: int) -> Term | SpfSyntaxError:
    try:
        return _read_term(raw, position)
    except SpfSyntaxError as error:
        return error.within(raw)


def _read_term(raw: str, position: int) -> Term:
    modifier = _MODIFIER.match(raw)
    if modifier is not None:
        return _read_modifier(raw, modifier, position)
    directive = _DIRECTIVE.match(raw)
    name = directive["name"].lower() if directive is not None else ""
    if directive is None or name not in _MECHANISMS:
        raise SpfSyntaxError(position, _name_unknown(raw, name))
    argument = _MECHANISMS[name](raw[directive.end() :], position + directive.end())
    return Term(
        _QUALIFIERS[directive["qualifier"]], name, argument.value, argument.cidr4, argument.cidr6,
        position=position, raw=raw, macros=argument.macros, network=argument.network,
    )  # fmt: skip


def _name_unknown(raw: str, name: str) -> str:
    strange = next((char for char in raw if not "!" <= char <= "~"), None)
    if strange is not None:
        return f"{strange!r} is no visible ASCII character"
    hint = f"; {_MISTAKES[name]} is meant?" if name in _MISTAKES else ""
    return f"{shorten(raw)} is neither a mechanism nor a modifier{hint}"


def _read_modifier(raw: str, match: re.Match[str], position: int) -> Term:
    name, value, start = match["name"].lower(), raw[match.end() :], position + match.end()
    # The grammar alone would make a broken redirect= an unknown modifier; RFC 7208 section 6 does not mean that.
    parse = parse_domain_spec if name in ("redirect", "exp") else parse_macro_string
    return Term(None, name, value, position=position, raw=raw, macros=parse(value, start))


class _Argument(NamedTuple):
    """What stands behind the name of a mechanism."""

    value: str | None = None
    cidr4: int | None = None
    cidr6: int | None = None
    macros: MacroString = ()
    network: IPv4Network | IPv6Network | None = None


def _read_nothing(rest: str, position: int) -> _Argument:
    if rest:
        raise SpfSyntaxError(position, f"nothing is allowed here, but {shorten(rest)}")
    return _Argument()


def _read_domain(rest: str, position: int) -> _Argument:
    if not rest.startswith(":"):
        raise SpfSyntaxError(position, "a colon and a domain are missing")
    return _Argument(rest[1:], macros=parse_domain_spec(rest[1:], position + 1))


def _read_optional_domain(rest: str, position: int) -> _Argument:
    return _read_domain(rest, position) if rest else _Argument()


def _read_domain_and_cidr(rest: str, position: int) -> _Argument:
    cidr = _DUAL_CIDR.search(rest)
    if cidr is None:  # the empty end of the text always fits
        return _read_optional_domain(rest, position)
    domain = _read_optional_domain(rest[: cidr.start()], position)
    four = _prefix_length(cidr["four"], 32, position + cidr.start("four"))
    six = _prefix_length(cidr["six"], 128, position + cidr.start("six"))
    return domain._replace(cidr4=four, cidr6=six)


def _read_network(rest: str, position: int, *, version: Literal[4, 6]) -> _Argument:
    if not rest.startswith(":"):
        raise SpfSyntaxError(position, "a colon and an address are missing")
    parts = _CIDR.match(rest, 1)
    address = parts["address"] if parts is not None else ""
    length = parts["length"] if parts is not None else None
    at = position + 1 + len(address) + 1
    if version == 4:
        cidr4 = _prefix_length(length, 32, at)
        network4 = IPv4Network((_ip4(address, position + 1), 32 if cidr4 is None else cidr4), strict=False)
        return _Argument(address, cidr4=cidr4, network=network4)
    cidr6 = _prefix_length(length, 128, at)
    network6 = IPv6Network((_ip6(address, position + 1), 128 if cidr6 is None else cidr6), strict=False)
    return _Argument(address, cidr6=cidr6, network=network6)


def _ip4(text: str, position: int) -> IPv4Address:
    try:
        return IPv4Address(text)
    except AddressValueError as error:
        raise SpfSyntaxError(position, f"{shorten(text)} is no IPv4 address") from error


def _ip6(text: str, position: int) -> IPv6Address:
    if _IP6_TEXT.fullmatch(text) is None:  # the standard library would take a zone: fe80::1%eth0
        raise SpfSyntaxError(position, f"{shorten(text)} is no IPv6 address")
    try:
        return IPv6Address(text)
    except AddressValueError as error:
        raise SpfSyntaxError(position, f"{shorten(text)} is no IPv6 address") from error


def _prefix_length(digits: str | None, limit: int, position: int) -> int | None:
    if digits is None:
        return None
    fits = digits.isascii() and digits.isdigit() and len(digits) <= 3 and (digits == "0" or digits[0] != "0")
    if not fits or int(digits) > limit:
        raise SpfSyntaxError(position, f"{shorten(digits)} is no prefix length from 0 to {limit}")
    return int(digits)


_MECHANISMS: dict[str, Callable[[str, int], _Argument]] = {
    "all": _read_nothing,
    "include": _read_domain,
    "a": _read_domain_and_cidr,
    "mx": _read_domain_and_cidr,
    "ptr": _read_optional_domain,
    "ip4": partial(_read_network, version=4),
    "ip6": partial(_read_network, version=6),
    "exists": _read_domain,
}

MECHANISM_NAMES = frozenset(_MECHANISMS)
"""The names of all mechanisms (section 4.6.2)."""
