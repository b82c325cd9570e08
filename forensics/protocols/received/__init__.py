"""Received fields: what each server says of the hop it made (RFC 5321 4.4, and the dialects of real servers).

Nothing here takes more than linear time, and no value is too broken to be read: what is not there is None.
"""

from __future__ import annotations

import re
from functools import lru_cache

from forensics.protocols import mail_date
from forensics.protocols.received import address, authentication, origin, tls, transmission
from forensics.protocols.received.hop import ReceivedHop
from forensics.protocols.received.tokens import Clauses, clauses, is_comment
from forensics.protocols.received.writer import name_role

__all__ = ["ReceivedHop", "parse"]

_ENVELOPE_FROM = re.compile(r"\b(?:envelope-(?:from|sender)|return-path)\s+(?:<([^<>]*)>|([^\s<>,()]+))", re.IGNORECASE)
_SHORT = 1_024
"""Characters of a field up to which what it says is remembered, so that the memory for it is bounded."""
_PATH = re.compile(r"[^\s<>,;]+")
_SUBMITTER = re.compile(r"from ([^\s@()]+)@[^\s()]+")  # Sendmail, local submission: (from root@localhost)


def parse(value: str) -> ReceivedHop:
    """Read one Received field.

    Args:
        value: what stands behind `Received:`, folded or not.

    >>> hop = parse("from mx (mx.mail.example [192.0.2.1]) by in.mail.example (Postfix) with ESMTPS id 4F00BA"
    ...             " for <jane@mail.example>; Tue, 24 Nov 2026 10:00:00 +0100 (CET)")
    >>> hop.from_helo, hop.from_rdns, hop.from_ip, hop.by, hop.protocol, hop.id, hop.envelope_to
    ('mx', 'mx.mail.example', '192.0.2.1', 'in.mail.example', 'ESMTPS', '4F00BA', 'jane@mail.example')
    """
    parts = clauses(value)
    told = _told_before(*_key(parts)) if len(value) <= _SHORT else _told(parts)
    return told._replace(
        id=_name(parts.id),
        envelope_to=_envelope_to(parts.for_),
        ts=mail_date.parse(" ".join([token for token in parts.date if token[0] != "("])),
        raw=value,
    )


def _told(parts: Clauses) -> ReceivedHop:
    """What a field says beside its id, its recipient and its date."""
    sent = transmission.read(parts.with_)
    source = origin.read(parts.from_, name_role(parts, sent.protocol))
    encryption = tls.read([*parts.comments, _words(parts.tls)])
    login = authentication.read(parts.comments)
    via = _via(parts)
    return ReceivedHop(
        from_helo=source.helo,
        from_rdns=source.rdns,
        from_ip=source.ip,
        from_ident=source.ident or _submitter(parts.comments),
        auth=_mechanism(login, sent, via),
        auth_identity=login.identity or _user(parts.from_),
        by=_name(parts.by),
        by_ip=_address(parts.by),
        via=via,
        protocol=sent.protocol,
        tls_version=encryption.version,
        tls_cipher=encryption.cipher or sent.cipher or _tls_cipher(parts.tls),
        id=None,
        envelope_from=_envelope_from(parts),
        envelope_to=None,
        ts=None,
        comments=tuple(parts.comments),
        raw="",
    )


def _key(parts: Clauses) -> tuple[tuple[str, ...], ...]:
    """The clauses as far as `_told` looks at them: without the recipient and the date, and of the id its kind."""
    return (
        tuple(parts.from_), tuple(parts.by), tuple(parts.via), tuple(parts.with_), _id_kind(parts.id), (),
        tuple(parts.tls), tuple(parts.envelope_from), (), tuple(parts.comments),
    )  # fmt: skip


def _id_kind(tokens: list[str]) -> tuple[str, ...]:
    """The start of an id as far as it tells which program wrote the field."""
    return (tokens[0][:5] if tokens[0].startswith("smtpd") else "id",) if tokens else ()


@lru_cache(maxsize=1 << 11)
def _told_before(*key: tuple[str, ...]) -> ReceivedHop:
    """What `_told` gives; the servers of a mailbox say the same of many messages."""
    return _told(Clauses(*map(list, key)))


def _words(tokens: list[str]) -> str:
    """The words of a clause up to its first comment."""
    words: list[str] = []
    for token in tokens:
        if is_comment(token):
            break
        words.append(token)
    return " ".join(words)


def _name(tokens: list[str]) -> str | None:
    """The one word that a `by` or `id` clause is, without brackets."""
    if not tokens or is_comment(tokens[0]):
        return None
    return tokens[0].rstrip(",").strip("<>[]") or None


def _address(tokens: list[str]) -> str | None:
    """The address of the server: its name, a comment that is one, or one in brackets."""
    for token in tokens[:6]:
        words = token[1:-1].split(None, 6)[:6] if is_comment(token) else [token]
        for word in words:
            if (len(words) == 1 or word[0] == "[") and (found := address.read(word)):
                return found
    return None


def _via(parts: Clauses) -> str | None:
    for comment in parts.comments:
        if comment[:4].lower() == "via ":  # (via HTTP)
            return comment[4:].strip() or None
    return _words(parts.via).rstrip(",") or None


def _mechanism(login: authentication.Authentication, sent: transmission.Transmission, via: str | None) -> str | None:
    """The mechanism by name before the type that means one, and either before the bare word."""
    if login.mechanism and login.mechanism != "authenticated":
        return login.mechanism
    return sent.auth or (transmission.authentication(via) if via else None) or login.mechanism


def _user(tokens: list[str]) -> str | None:
    """ArGoSoft and its like: from host ([IP]) as user jane@mail.example by ..."""
    if len(tokens) > 4 and tokens[2:4] == ["as", "user"] and not is_comment(tokens[4]):
        return tokens[4]
    return None


def _submitter(comments: list[str]) -> str | None:
    match = _SUBMITTER.match(comments[0]) if comments else None
    return match[1] if match else None


def _tls_cipher(tokens: list[str]) -> str | None:
    """Exim 4.94: with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (RFC 8314 4.3)."""
    return tokens[0] if tokens and not is_comment(tokens[0]) and "=" not in tokens[0] else None


def _envelope_from(parts: Clauses) -> str | None:
    if parts.envelope_from and not is_comment(parts.envelope_from[0]):
        return parts.envelope_from[0].strip("<>,")
    for comment in parts.comments:
        match = _ENVELOPE_FROM.search(comment)
        if match is not None:
            return match[1] if match[1] is not None else match[2]
    return None


def _envelope_to(tokens: list[str]) -> str | None:
    paths = _PATH.findall(_words(tokens))
    if len(paths) > 1 and not all("@" in path for path in paths):  # for multiple recipients
        return None
    return ", ".join(paths) or None
