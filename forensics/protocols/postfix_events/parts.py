"""What Postfix log lines are made of: queue ids, the other side as `name[address]:port`, replies, attribute lists."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address

Fields = dict[str, str]

MAX_ADDRESS = 1000
"""Characters of a mail address or name that are looked at; Postfix itself cuts lines at about 2,000."""

_QUEUE_ID = re.compile(
    r"""
    (?P<queue_id>
        [0-9A-F]{5,30}                                          # 4E8A139E4E9
      | (?=[0-9A-Za-z]*z)[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,30}   # 3ZnSrQ0TQkz2fPT  enable_long_queue_ids
      | NOQUEUE
    ):[ ]
    """,
    re.VERBOSE,
)
ENDPOINT = r"(?P<name>[^\s\[\]<>]{0,255})\[(?P<address>[^\s\[\]]{1,255})\](?::(?P<port>\d{1,5}))?"
"""`mx.alder.example[198.51.100.18]:25`, `unknown[2001:db8::1]`, `[192.0.2.7]:40112`, `mx1[private/dovecot-lmtp]`."""
_ENDPOINT = re.compile(ENDPOINT, re.ASCII)
ANGLE = rf"<(?:\"(?:[^\"\\]|\\.){{0,{MAX_ADDRESS}}}\")?[^<>]{{0,{MAX_ADDRESS}}}>"
"""An address in angle brackets; a quoted local part may hold anything."""
_REPLY = re.compile(r"(?:(?P<code>[2-5]\d\d)(?:[ -]|$))?(?:(?P<dsn>[245]\.\d{1,3}\.\d{1,3})(?:\s|$))?", re.ASCII)
_TAKEN_AS = re.compile(
    r"""
    \bqueued[ ]as[ ](?P<postfix>[^\s()]{1,200})                          # Postfix: Ok: queued as 1CAF43922FC
    | ^250[ ](?:[\d.]{5,9}[ ])?OK[ ]id=(?P<exim>[^\s()]{1,200})          # Exim: OK id=1vNkXG-000000001Ab-3fgh
    | ^250[ ](?:[\d.]{5,9}[ ])?(?P<sendmail>\S{1,60})[ ]Message[ ]accepted[ ]for[ ]delivery   # Sendmail
    """,
    re.VERBOSE,
)
_PAIR = re.compile(rf"(?P<key>[a-z_]{{1,32}})=(?P<value>{ANGLE}|<.{{0,{MAX_ADDRESS}}}?>(?=,? |:|$)|[^\s,<>;]*)")
_KEYS = {"from": "mail_from", "to": "rcpt_to", "proto": "protocol", "helo": "helo", "orig_to": "orig_to"}


def split_queue_id(text: str) -> tuple[str | None, str]:
    """The queue id that a message begins with (or `NOQUEUE`, or None), and the rest.

    >>> split_queue_id("4E8A139E4E9: removed")
    ('4E8A139E4E9', 'removed')
    """
    match = _QUEUE_ID.match(text)
    return (match["queue_id"], text[match.end() :]) if match else (None, text)


def endpoint(text: str, start: int, side: str) -> tuple[Fields, int] | None:
    """Read `name[address]:port` at `start` into `side`_hostname, _ip, _port; and where it ends.

    An address that is none (a socket's path, `unknown`) is kept as `side`_address.
    """
    match = _ENDPOINT.match(text, start)
    return (_endpoint_fields(match, side), match.end()) if match else None


def find_endpoint(text: str, side: str) -> Fields:
    """The first `name[address]` in a text of unknown shape, where its address is one; else nothing."""
    match = _ENDPOINT.search(text[:MAX_ADDRESS])
    return _endpoint_fields(match, side) if match and is_address(match["address"]) else {}


def _endpoint_fields(match: re.Match[str], side: str) -> Fields:
    name, address, port = match.group("name", "address", "port")
    found = {f"{side}_ip" if is_address(address) else f"{side}_address": address}
    if name:
        found[f"{side}_hostname"] = name
    if port:
        found[f"{side}_port"] = port
    return found


@lru_cache(maxsize=65_536)
def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def reply(text: str) -> Fields:
    """Reply code and enhanced status code at the start of a reply (RFC 5321 section 4.2, RFC 3463), and all of it.

    >>> reply("550 5.1.1 User unknown")
    {'reply_code': '550', 'reply_dsn': '5.1.1', 'reply_text': '550 5.1.1 User unknown'}
    """
    found: Fields = {}
    match = _REPLY.match(text)
    if match and match["code"]:
        found["reply_code"] = match["code"]
    if match and match["dsn"]:
        found["reply_dsn"] = match["dsn"]
    if text:
        found["reply_text"] = text
    return found


def taken_as(text: str) -> Fields:
    """The queue id that a server names when it takes a message: Postfix, Exim, Sendmail.

    >>> taken_as("250 2.0.0 Ok: queued as 1CAF43922FC")
    {'remote_queue_id': '1CAF43922FC'}
    """
    taken = _TAKEN_AS.search(text[:2000])
    return {"remote_queue_id": taken[taken.lastgroup]} if taken and taken.lastgroup else {}


def split_envelope(text: str) -> tuple[str, Fields]:
    """Take the envelope that Postfix adds (`; from=<a> to=<b> proto=ESMTP helo=<c>`) off the end of a text.

    The text before may have been chosen by the client, so that the last place where such a list begins counts.
    """
    end = len(text)
    for _ in range(8):
        at = text.rfind("; ", 0, end)
        if at < 0:
            break
        found = _pairs(text, at + 2)
        if found:
            return text[:at], found
        end = at
    return text, {}


def _pairs(text: str, start: int) -> Fields:
    """`key=value` pairs up to the end of the text, or up to a colon and a remark; nothing where they are not that."""
    found: Fields = {}
    at = start
    while match := _PAIR.match(text, at):
        found[_KEYS.get(match["key"], match["key"])] = unbracket(match["value"])
        at = match.end()
        if text.startswith(":", at) or at == len(text):
            return found
        if not text.startswith((" ", ", "), at):
            return {}
        at += 2 if text[at] == "," else 1
    return {}


def unbracket(text: str) -> str:
    """A value without the angle brackets around it."""
    return text[1:-1] if len(text) > 1 and text[0] == "<" and text[-1] == ">" else text
