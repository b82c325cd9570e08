"""Who the client was: the `from` clause with its comments, in the order that each family of servers writes.

Three orders are in use:

- HELO name first, then what the connection told: `from HELO (RDNS [IP])` (RFC 5321 4.4; Postfix, Sendmail, Gmail);
- reverse name first, HELO name said to be one: `from RDNS ([IP] helo=HELO)` (Exim), `from RDNS (HELO x) (IP)` (qmail);
- one name for both, where they were equal: Exim, qmail, CommuniGate (`verified`), Critical Path.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from forensics.protocols.received import address

_HELO = re.compile(r"(?:^|[\s,])(?:helo=|(?:HELO|EHLO|LHLO)\s)\s*([^\s,()]*)", re.IGNORECASE)
_IDENT = re.compile(r"(?:^|[\s,])ident=([^\s,()]+)", re.IGNORECASE)
# CommuniGate Pro: account jane@mail.example; SquirrelMail: proxying for 10.0.0.1; Oracle: Forwarded-For: 10.0.0.1
_ASIDE = re.compile(r"^account \S+|^(?:proxying|forwarded)[ -]for.*", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[0-9A-Za-z_.\u0080-\U0010ffff-]+")
# Words where a server found no name for the address.
_NO_NAMES = frozenset(("unknown", "unverified", "softdnserr", "local"))
_MAX_WORDS = 6


class NameRole(Enum):
    """What the name behind `from` is, where the comments do not tell it."""

    HELO = "the name in HELO"
    REVERSE = "the name found for the address"
    BOTH = "both, and they were equal"
    USER = "the local user who submitted the message"


class Origin(NamedTuple):
    """The client's HELO name, reverse name, address and user; None where not said."""

    helo: str | None
    rdns: str | None
    ip: str | None
    ident: str | None


class _Peer(NamedTuple):
    """What one comment says of the connection; `named` also where the name it gives is `unknown`."""

    host: str | None = None
    ip: str | None = None
    ident: str | None = None
    named: bool = False
    verified: bool = False


def read(tokens: list[str], role: NameRole) -> Origin:
    """Read the tokens behind `from`.

    Args:
        tokens: the clause's words and comments.
        role: what a lone name is, by the server that wrote the field.

    >>> read(["mx", "(mx.mail.example [192.0.2.1])"], NameRole.HELO)
    Origin(helo='mx', rdns='mx.mail.example', ip='192.0.2.1', ident=None)
    """
    name, tokens = _name(tokens)
    helo = ident = second_name = None
    peer = _Peer()
    marked = _is_marked(" ".join(tokens).lower())
    for token in tokens:
        note = token[1:-1] if token[0] == "(" else token
        if marked:
            helo, ident, note = _spelled_out(note, helo, ident)
        elif peer.ip is not None:
            break
        if peer.ip is None:
            peer = _peer(note) or peer
            if peer.ip is None and token[0] == "(" and "." in note:
                second_name = second_name or _reverse_name(note)
    if ident is not None:
        peer = peer._replace(ident=ident)
    if second_name and peer.ip and helo is None:
        return _of_two_names(name, second_name, peer, role)
    return _origin(name, helo, peer, role)


def _is_marked(lower: str) -> bool:
    """Whether anything is spelled out as HELO name, user or aside."""
    if "helo" in lower or "ehlo" in lower or "lhlo" in lower or "ident=" in lower:
        return True
    return "account " in lower or "proxying" in lower or "forwarded" in lower


def _name(tokens: list[str]) -> tuple[str | None, list[str]]:
    """The name behind `from`, if there is just one word that can be one, and what stands behind it."""
    if not tokens or tokens[0][0] == "(":
        return None, tokens
    words = tokens[:2] if len(tokens) > 1 and tokens[1][0] != "(" else tokens[:1]
    rest = tokens[1:]
    second = words[1].strip("[]") if len(words) > 1 else ""
    # Not a name: from mail pickup service by ..., from 1234 named unknown by ..., from <unavailable> by ...
    if "<" in words[0] or (second not in ("", "as") and address.read(second) is None):
        return None, rest
    return words[0], rest


def _spelled_out(note: str, helo: str | None, ident: str | None) -> tuple[str | None, str | None, str]:
    """The HELO name and the user where they are marked as such, and the note without them and without an account."""
    note = _ASIDE.sub("", note)
    helo_note = _HELO.search(note)
    if helo_note is not None:
        helo = helo_note[1] if helo is None else helo
        note = f"{note[: helo_note.start()]} {note[helo_note.end() :]}"
    ident_note = _IDENT.search(note)
    if ident_note is not None:
        ident = ident or ident_note[1]
        note = f"{note[: ident_note.start()]} {note[ident_note.end() :]}"
    return helo, ident, note


def _of_two_names(name: str | None, second: str, peer: _Peer, role: NameRole) -> Origin:
    """`from A (B) [IP]`: old Exim writes the reverse name first, everybody else the HELO name."""
    if role is NameRole.BOTH:
        return Origin(second, _reverse_name(name), peer.ip, peer.ident)
    return Origin(_bare(name), second, peer.ip, peer.ident)


def _origin(name: str | None, helo: str | None, peer: _Peer, role: NameRole) -> Origin:
    ip = peer.ip
    ident = peer.ident.strip("[]") if peer.ident else None
    name_ip = address.read(name) if name else None
    if ip is None and name_ip is not None:
        ip, name = name_ip, None
    if role is NameRole.USER and ip is None:
        return Origin(_bare(helo), None, None, ident or name)
    if helo is not None:
        return Origin(_bare(helo), peer.host or _reverse_name(name), ip, ident)
    if peer.named:
        if role is NameRole.REVERSE:
            return Origin(None, peer.host or _reverse_name(name), ip, ident)
        return Origin(None if peer.host is None and _is_unknown(name) else _bare(name), peer.host, ip, ident)
    if peer.verified:
        role, name = NameRole.BOTH, name if name_ip is None else None
    if ip is None:  # without an address there is nothing to find a name for
        role = NameRole.HELO
    if role is NameRole.BOTH and _is_unknown(name):
        name = None
    return Origin(
        None if role is NameRole.REVERSE else _bare(name),
        None if role is NameRole.HELO else _reverse_name(name),
        ip,
        ident,
    )


def _peer(note: str) -> _Peer | None:
    """Read `host [ip]`, `[ip] unverified`, `user@host [ip]`, `user@ip with plain`, `ip` and their like."""
    words = note.replace("[", " [").split(None, _MAX_WORDS)[:_MAX_WORDS]  # host[ip], user@[ip]
    before: list[str] = []
    for index, word in enumerate(words):
        ident, _, rest = word.rpartition("@") if "@" in word else (None, "", word)
        ip = address.read(rest)
        if ip is not None:
            return _connection(before, ip, ident, "verified" in words[index + 1 :])
        before.append(word)
    if len(words) == 1 and "@" in words[0] and "<" not in note:  # Sendmail, of its own machine: user@localhost
        return _Peer(ident=_without_prefix(words[0].rpartition("@")[0]))
    return None


def _connection(before: list[str], ip: str, ident: str | None, verified: bool) -> _Peer:
    host = before[-1] if before else None
    if host is not None and "@" in host:
        ident, _, host = host.rpartition("@")
    elif len(before) > 1 and before[0].upper() == "IDENT:":  # Courier: IDENT: user, host [ip]
        ident = before[1].rstrip(",")
    return _Peer(_reverse_name(host), ip, _without_prefix(ident) if ident else None, bool(host), verified)


def _without_prefix(ident: str) -> str | None:
    """Sendmail marks what it has from RFC 1413 as `IDENT:user`."""
    return (ident[6:] if ident[:6].upper() == "IDENT:" else ident) or None


def _reverse_name(name: str | None) -> str | None:
    if name is None or name.lower() in _NO_NAMES or _HOST.fullmatch(name) is None or address.read(name):
        return None
    return name


def _is_unknown(name: str | None) -> bool:
    return name is None or name.lower() in _NO_NAMES


def _bare(name: str | None) -> str | None:
    """A HELO name without the brackets of an address literal."""
    if name and name[0] == "[" and name[-1] == "]":
        name = name[1:-1]
    return name or None
