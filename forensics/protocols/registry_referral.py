"""Where an answer about a registration refers to for more: a WHOIS server, or an RDAP address (RFC 9083 section 4.2).

What a server writes there is hostile. A referral is taken only where it is a host name of the public DNS on the port of
its protocol; every other one is given with the reason why it is not to be followed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from forensics.protocols.http_response import HttpResponse
from forensics.protocols.rdap.documents import Problems, load, object_members, text_member
from forensics.protocols.registration import host_name

TEXT_MAX = 1 << 18
SHOWN = 200
MAX_PATH = 1_000
JSON_TYPES = ("application/rdap+json", "application/json")
"""What the body of an RDAP answer is called; the first is the one of RFC 7480 section 4.2."""
REDIRECTS = (301, 302, 303, 307, 308)

_SPECIAL = ("localhost", "local", "internal", "arpa", "onion", "alt", "lan", "home", "corp")
"""Suffixes that no registry answers under: RFC 6761, RFC 6762, RFC 9476, and what sites use among themselves."""
_FIELD = re.compile(
    r"(?im)^[ \t]{0,40}(?:registrar whois server|whois server|whois|refer|referralserver)"
    r"[ \t]{0,20}:[ \t]{0,60}(?P<value>[^\s][^\r\n]{0,300})"  # Registrar WHOIS Server: whois.registrar.example
)
_WHOIS = re.compile(r"(?:whois://)?(?P<host>[^\s/:@]{1,253})(?::(?P<port>\d{1,5}))?/?")
_HTTPS = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]{1,253})(?::(?P<port>\d{1,5}))?(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)


class Referral(NamedTuple):
    """One referral; `host` is None where it is not to be followed, and `problem` says why."""

    text: str
    host: str | None
    path: str = ""
    problem: str | None = None


def of_whois(text: str) -> Referral | None:
    """The first referral of a WHOIS answer; None where it names none.

    >>> of_whois("Registrar WHOIS Server: whois.registrar.example")
    Referral(text='whois.registrar.example', host='whois.registrar.example', path='', problem=None)
    >>> of_whois("refer: rwhois://10.0.0.1:4321/").problem
    'no name of a WHOIS server'
    """
    field = _FIELD.search(text[:TEXT_MAX].replace("\r", "\n"))
    if field is None:
        return None
    value = field["value"].strip()
    match = _WHOIS.fullmatch(value)
    host = public_name(match["host"]) if match else None
    if match is None or host is None:
        return Referral(value[:SHOWN], None, problem="no name of a WHOIS server")
    if match["port"] not in (None, "43"):
        return Referral(value[:SHOWN], None, problem=f"port {match['port']} is not that of WHOIS")
    return Referral(value[:SHOWN], host)


def of_rdap(got: HttpResponse, host: str) -> Referral | None:
    """Where a response redirects to, or the related RDAP address that its document names; None where there is none.

    Args:
        host: the server that answered.
    """
    if got.status in REDIRECTS:
        location = got.field("location") or ""
        return https_address(f"https://{host}{location}" if re.match(r"/(?!/)", location) else location)
    held = got.status == 200 and got.media_type in JSON_TYPES
    document = load(got.body, Problems()) if held else None
    problems = Problems()
    for link in object_members(document or {}, "links", problems):
        href = text_member(link, "href", problems)
        told = (text_member(link, "rel", problems), text_member(link, "type", problems))
        if href and told == ("related", JSON_TYPES[0]):
            return https_address(href)
    return None


def https_address(text: str) -> Referral:
    """An address that starts with https:// in its parts; it has no other port, no user and no fragment.

    >>> https_address("https://rdap.example/v1/")[1:]
    ('rdap.example', '/v1/', None)
    >>> https_address("http://rdap.example/").problem
    'no https:// address of a host name'
    """
    match = _HTTPS.fullmatch(text) if len(text) <= MAX_PATH else None
    host = public_name(match["host"]) if match else None
    if match is None or host is None:
        return Referral(text[:SHOWN], None, problem="no https:// address of a host name")
    if match["port"] not in (None, "443"):
        return Referral(text[:SHOWN], None, problem=f"port {match['port']} is not that of HTTPS")
    return Referral(text[:SHOWN], host, match["path"] or "/")


def public_name(text: str) -> str | None:
    """A host name of the public DNS in A-labels; None for addresses in any spelling, and for names of local use.

    >>> public_name("WHOIS.Example."), public_name("0x7f.0.0.1"), public_name("2130706433"), public_name("db.local")
    ('whois.example', None, None, None)
    """
    name = host_name(text)
    return None if name is None or "_" in name or name.rpartition(".")[2] in _SPECIAL else name
