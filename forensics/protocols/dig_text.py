"""What dig prints around the records of an answer: the command, the header, the server and the time.

The records themselves are master-file text (`zone_text`). drill prints the same, with `rcode:` for `status:`.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

from forensics.protocols import address_text, dns_names
from forensics.protocols.dns_message.mnemonics import TYPES

_HEADER = re.compile(r";; ->>HEADER<<- .{0,40}?(?:status|rcode): (?P<rcode>[A-Z0-9]{2,16})", re.ASCII)
_FLAGS = re.compile(
    r";; flags: (?P<flags>[a-z ]{0,40})[;,] QUERY: \d{1,5}[,;] ANSWER: (?P<answers>\d{1,5})[,;] AUTHORITY: \d{1,5}[,;]",
    re.ASCII | re.IGNORECASE,
)
_QUESTION = re.compile(
    r";(?P<name>[^\s;]\S{0,1016})\s{1,40}(?:(?P<class>[A-Z0-9]{2,10})\s{1,8})?(?P<type>[A-Z][A-Z0-9-]{0,15})\s*"
)
_SERVER = re.compile(r";; SERVER: (?P<ip>[0-9A-Fa-f:.]{2,45})(?:%[^#\s]{1,64})?(?:#\d{1,5})?(?:\(|\s|$)", re.ASCII)
_WHEN = re.compile(
    r";; WHEN: [A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>[ \d]?\d) (?P<clock>\d\d:\d\d:\d\d) "
    r"(?:(?P<zone>[A-Za-z0-9+:-]{1,8}) )?(?P<year>\d{4})\s*",  # Mon Nov 23 09:21:27 UTC 2026
    re.ASCII,
)
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)  # noqa: SIM905
}
_UTC_NAMES = frozenset({"UTC", "GMT", "Z"})
_OFFSET = re.compile(r"[+-]\d\d:?(?:\d\d)?", re.ASCII)
_TYPE_WORDS = frozenset(TYPES.values())
_CLASS_WORDS = frozenset({"IN", "CH", "HS"})
_OPTIONS_WITH_VALUE = frozenset({"-b", "-c", "-f", "-k", "-p", "-y"})


class Question(NamedTuple):
    """What was asked: name and type as the tables hold them."""

    qname: str
    qtype: str


class Counts(NamedTuple):
    """The flags, lower case, and how many answers the header counts."""

    flags: frozenset[str]
    answers: int


def rcode(line: str) -> str | None:
    """The response code of a header line.

    >>> rcode(";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4663")
    'NXDOMAIN'
    """
    match = _HEADER.match(line)
    return match["rcode"] if match else None


def counts(line: str) -> Counts | None:
    """The flags line.

    >>> counts(";; flags: qr aa; QUERY: 1, ANSWER: 2, AUTHORITY: 1, ADDITIONAL: 2").answers
    2
    """
    match = _FLAGS.match(line)
    return Counts(frozenset(match["flags"].lower().split()), int(match["answers"])) if match else None


def question(line: str) -> Question | None:
    """A line of the question section: a semicolon, name, class and type.

    >>> question(";Mx.example.\\t\\tIN\\tMX")
    Question(qname='mx.example', qtype='MX')
    """
    match = _QUESTION.fullmatch(line)
    try:
        return Question(dns_names.canonical(match["name"]), match["type"]) if match else None
    except dns_names.DnsNameError:
        return None


def server(line: str) -> str | None:
    """The address of the server that answered."""
    match = _SERVER.match(line)
    return address_text.canonical(match["ip"]) if match else None


def when(line: str) -> str | None:
    """The time of an answer in the form of ISO 8601; without an offset where dig wrote none, or only a zone's name.

    >>> when(";; WHEN: Mon Nov 23 09:21:27 UTC 2026"), when(";; WHEN: Mon Nov 23 10:21:27 CET 2026")
    ('2026-11-23T09:21:27Z', '2026-11-23T10:21:27')
    """
    match = _WHEN.fullmatch(line)
    if match is None or match["month"] not in _MONTHS:
        return None
    zone = match["zone"] or ""
    offset = "Z" if zone in _UTC_NAMES else f"{zone:0<5}" if _OFFSET.fullmatch(zone) else ""
    day = match["day"].strip().zfill(2)
    return f"{match['year']}-{_MONTHS[match['month']]}-{day}T{match['clock']}{offset}"


def command(line: str) -> Question | None:
    """What a command line asked (`; <<>> DiG 9.18.49 <<>> @192.0.2.53 mx.example MX`); None where it asked several.

    >>> command("; <<>> DiG 9.18.49 <<>> @192.0.2.53 -p 53 mx.example MX +norecurse")
    Question(qname='mx.example', qtype='MX')
    """
    words = line.rpartition("<<>>")[2].split()
    names, qtype, at = list[str](), "A", 0
    while at < len(words):
        word, value = words[at], words[at + 1] if at + 1 < len(words) else ""
        at += 1
        if word in _OPTIONS_WITH_VALUE:
            at += 1
        elif word == "-x":
            names.append(_reverse(value))
            qtype, at = "PTR", at + 1
        elif word in ("-t", "-q"):
            names, qtype, at = ([*names, value], qtype, at + 1) if word == "-q" else (names, value.upper(), at + 1)
        elif word.upper() in _TYPE_WORDS:
            qtype = word.upper()
        elif word[0] not in "@+-" and word.upper() not in _CLASS_WORDS:
            names.append(word)
    return _only(names, qtype)


def _only(names: list[str], qtype: str) -> Question | None:
    try:
        return Question(dns_names.canonical(names[0]), qtype) if len(names) == 1 else None
    except dns_names.DnsNameError:
        return None


def _reverse(text: str) -> str:
    try:
        return ip_address(text).reverse_pointer
    except ValueError:
        return ""
