r"""Master-file text: entries in, directives and records in the form of the tables out (RFC 1035 section 5, RFC 2308).

One entry is a line, or several within parentheses. No other file is ever read: `$INCLUDE` and `$GENERATE` are returned
as the directives they are. Record data goes through dnspython's record parser to the wire and comes back as
`dns_message` writes it, so that a record has one text wherever it was seen.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from forensics.errors import ProtocolError
from forensics.protocols import dns_names
from forensics.protocols.dns_message import rdata
from forensics.protocols.dns_message.mnemonics import CLASSES, TYPES
from forensics.protocols.dns_message.names import NameReader

MAX_TTL_S = (1 << 31) - 1

_PIECE = re.compile(
    r"""
    (?P<quoted>"(?:[^"\\\n]|\\[^\n])*"?)     # "v=spf1 -all", also one that is not closed
  | (?P<comment>;[^\n]*)
  | (?P<open>\()
  | (?P<close>\))
  | (?P<space>[ \t\r\n]+)
  | (?P<plain>(?:[^\s"();\\]|\\[^\n]|\\)+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FIRST = re.compile(r"(?P<word>(?:[^ \\]|\\.|\\$)+) *")
_TTL = re.compile(r"[0-9]{1,10}|(?:[0-9]{1,10}[wdhmsWDHMS]){1,5}")
_TTL_PART = re.compile(r"([0-9]+)([wdhms])")
_UNIT_S = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_GENERIC = re.compile(r"\\# +(?P<size>[0-9]{1,5}) *(?P<hex>[0-9a-fA-F ]*)")
_NOT_ASCII = re.compile(r"\\?([\x80-\xff])")
_NUMBER_OF_TYPE = {name: number for number, name in TYPES.items()}
_NUMBER_OF_CLASS = {name: number for number, name in CLASSES.items()}


class ZoneTextError(ProtocolError):
    """Text that is no entry of a master file."""


class ZoneRecord(NamedTuple):
    """One record: owner without the trailing dot, `rdata` as `dns_message` writes it; `ttl_s` None: nowhere stated."""

    owner: str
    rtype: str
    rclass: str
    ttl_s: int | None
    rdata: str


class Directive(NamedTuple):
    """`$ORIGIN`, `$TTL`, `$INCLUDE`, `$GENERATE` or another, with the rest of its line."""

    name: str
    argument: str


def decode(data: bytes) -> str:
    r"""The text of master-file bytes; a byte outside ASCII as the escape `\DDD`.

    >>> decode("caf\u00e9".encode())
    'caf\\195\\169'
    """
    text = data.decode("latin-1")
    return text if text.isascii() else _NOT_ASCII.sub(lambda match: f"\\{ord(match[1]):03}", text)


def flatten(text: str) -> str:
    r"""An entry in one line, without comments and parentheses.

    A blank at the start stays: it means "the owner of the entry before".

    >>> flatten("@ SOA ns h ( 1 ; serial\n 2 )")
    '@ SOA ns h 1 2 '
    """
    parts = list[str]()
    for piece in _PIECE.finditer(text):
        if piece["quoted"] or piece["plain"]:
            parts.append(piece.group())
        elif not parts or parts[-1] != " ":
            parts.append(" ")
    return "".join(parts)


def parentheses(text: str) -> int:
    """Parentheses opened less those closed, outside quotes and comments.

    >>> parentheses('@ SOA ns h ( 1 ; (serial'), parentheses('"(" )')
    (1, -1)
    """
    return sum(bool(piece["open"]) - bool(piece["close"]) for piece in _PIECE.finditer(text))


class ZoneReader:
    """Reads the entries of one zone in order, keeping what carries over: origin, owner, TTL.

    `origin` is a name as the tables hold it; None until `$ORIGIN` or the caller says it.
    """

    def __init__(self, origin: str | None = None) -> None:
        self.origin = origin
        self.owner: str | None = None
        self.named_origin = False
        """Whether an `$ORIGIN` was there, even one that could not be read."""
        self._default_ttl: int | None = None
        self._last_ttl: int | None = None

    def entry(self, flat: str) -> ZoneRecord | Directive:
        """Read one entry as `flatten` gives it, with something in it.

        Raises:
            ZoneTextError: it fits no grammar, or a name needs an origin that is not known.
        """
        if flat.startswith("$"):
            return self._directive(flat)
        rest = flat
        if flat.startswith(" "):
            rest = flat.lstrip(" ")
        else:
            word, rest = _split(flat)
            # where this owner cannot be read, the entries that lean on it must not fall to the one before
            self.owner = None
            self.owner = self._name(word, self.origin)
        if self.owner is None:
            raise ZoneTextError("no owner is known")
        ttl, rclass, rtype, text = self._fields(rest)
        data = rdata_text(rtype, rclass, text, self.origin)
        return ZoneRecord(self.owner, _type_name(rtype), _class_name(rclass), self._ttl(ttl, rtype, data), data)

    def _directive(self, flat: str) -> Directive:
        name, rest = _split(flat)
        argument = rest.strip()
        if name.upper() == "$ORIGIN":
            self.named_origin = True
            origin, self.origin = self.origin, None
            self.origin = self._name(_split(argument)[0], origin)
        elif name.upper() == "$TTL":
            self._default_ttl = _seconds(_split(argument)[0])
        return Directive(name.upper(), argument)

    def _name(self, word: str, origin: str | None) -> str:
        relative = not word.endswith(".") or word.endswith("\\.")
        if relative:
            if origin is None:
                raise ZoneTextError("a relative name, and no origin is known")
            word = origin if word == "@" else word if origin == "." else f"{word}.{origin}"
        try:
            return dns_names.canonical(word)
        except dns_names.DnsNameError as error:
            raise ZoneTextError(str(error)) from error

    def _fields(self, text: str) -> tuple[int | None, int, int, str]:
        """TTL and class, either first and both optional, then the type and the text of its data."""
        ttl, rclass = None, None
        word, rest = _split(text)
        for _ in range(2):
            number = _class_number(word)
            if ttl is None and _TTL.fullmatch(word):
                ttl = _seconds(word)
            elif rclass is None and number is not None and rest:
                rclass = number
            else:
                break
            word, rest = _split(rest)
        rtype = _type_number(word)
        if rtype is None:
            raise ZoneTextError(f"{word[:40]!r} is no type")
        return ttl, 1 if rclass is None else rclass, rtype, rest

    def _ttl(self, ttl: int | None, rtype: int, data: str) -> int | None:
        """The TTL: the entry's own, that of `$TTL`, that of the entry before (RFC 1035), or the minimum of the SOA."""
        if ttl is not None:
            self._last_ttl = ttl
            return ttl
        if self._default_ttl is None and self._last_ttl is None and rtype == _NUMBER_OF_TYPE["SOA"]:
            self._last_ttl = _seconds(data.rpartition(" ")[2])
        return self._last_ttl if self._default_ttl is None else self._default_ttl


def rdata_text(rtype: int, rclass: int, text: str, origin: str | None) -> str:
    r"""Record data in presentation form as the tables hold it.

    Raises:
        ZoneTextError: it does not fit its type, or a name needs an origin that is not known.

    >>> rdata_text(15, 1, "10 Mail", "example")
    '10 mail.example.'
    >>> rdata_text(16, 1, '"v=spf1 " "-all"', None)
    'v=spf1 -all'
    """
    if rtype not in TYPES or rclass not in CLASSES:
        return _unknown(text)
    import dns.exception  # here: to load it takes longer than to see that a text is no zone
    import dns.name
    import dns.rdata
    from dns.rdataclass import RdataClass
    from dns.rdatatype import RdataType

    try:
        base = None if origin is None else dns.name.from_text(origin)
        kinds = RdataClass.make(rclass), RdataType.make(rtype)
        parsed = dns.rdata.from_text(*kinds, text, origin=base, relativize=False)
        wire = parsed.to_wire()
    except dns.exception.DNSException as error:
        raise ZoneTextError(f"data that is none of type {_type_name(rtype)}: {str(error)[:80]}") from error
    if wire is None:
        raise ZoneTextError(f"data that is none of type {_type_name(rtype)}")
    return rdata.to_text(NameReader(wire), rtype, rclass, 0, len(wire))


def _unknown(text: str) -> str:
    r"""Data of a type that is not understood: `\# 2 0102` (RFC 3597 section 5)."""
    match = _GENERIC.fullmatch(text)
    data = bytes.fromhex(match["hex"]) if match and len(match["hex"].replace(" ", "")) % 2 == 0 else None
    if match is None or data is None or len(data) != int(match["size"]):
        raise ZoneTextError("data of an unknown type that is not written as such")
    return rdata.unknown(data)


def _split(text: str) -> tuple[str, str]:
    match = _FIRST.match(text)
    return (match["word"], text[match.end() :]) if match else ("", "")


def _seconds(text: str) -> int:
    if not _TTL.fullmatch(text):
        raise ZoneTextError(f"{text[:20]!r} is no TTL")
    if text.isdigit():
        seconds = int(text)
    else:
        seconds = sum(int(number) * _UNIT_S[unit] for number, unit in _TTL_PART.findall(text.lower()))
    if seconds > MAX_TTL_S:
        raise ZoneTextError(f"a TTL of {seconds} seconds (RFC 2181 section 8)")
    return seconds


def _numbered(word: str, prefix: str) -> int | None:
    digits = word[len(prefix) :]
    if not word.startswith(prefix) or not (digits.isascii() and digits.isdigit()) or len(digits) > 5:
        return None
    return int(digits) if int(digits) < 65536 else None


def _type_number(word: str) -> int | None:
    return _NUMBER_OF_TYPE.get(word.upper(), _numbered(word.upper(), "TYPE"))


def _class_number(word: str) -> int | None:
    return _NUMBER_OF_CLASS.get(word.upper(), _numbered(word.upper(), "CLASS"))


def _type_name(number: int) -> str:
    return TYPES.get(number, f"TYPE{number}")


def _class_name(number: int) -> str:
    return CLASSES.get(number, f"CLASS{number}")
