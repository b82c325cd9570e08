"""Received-SPF header values (RFC 7208 9.1, and the forms of the drafts before it)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

from forensics.errors import ProtocolError
from forensics.protocols import key_value_pairs
from forensics.protocols.key_value_pairs import Pair

_RESULTS = frozenset(("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"))


class ReceivedSpfError(ProtocolError):
    """A value that begins with no result."""


class ReceivedSpf(NamedTuple):
    """What one server says that SPF gave it; None where the header does not say it.

    Attributes:
        result: in lower case; one outside RFC 7208 2.6 is kept and named in `problems`.
        comment: the first comment, the server's words for the result.
        client_ip: address of the client in its shortest form, as written where it is no address.
        envelope_from: reverse-path that was checked; the empty text is the null reverse-path.
        helo: name in HELO or EHLO.
        receiver: the server that checked.
        identity: what was checked, `mailfrom` or `helo`.
        mechanism: the mechanism that matched.
        problem: the server's words for an error.
        other: every other key with its value, in order.
        problems: what breaks the grammar.
        raw: the value as given.
    """

    result: str
    comment: str | None
    client_ip: str | None
    envelope_from: str | None
    helo: str | None
    receiver: str | None
    identity: str | None
    mechanism: str | None
    problem: str | None
    other: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    raw: str


def parse(value: str) -> ReceivedSpf:
    """Read one Received-SPF value.

    Raises:
        ReceivedSpfError: the value begins with no word.

    >>> parsed = parse("Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; envelope-from=jane@mail.example")
    >>> parsed.result, parsed.client_ip, parsed.envelope_from
    ('pass', '192.0.2.1', 'jane@mail.example')
    """
    parts, problems = key_value_pairs.split(value)
    items = [item for part in parts for item in part.items]
    if not items or not isinstance(items[0], str):
        raise ReceivedSpfError(f"no result at the start of {value[:80]!r}")
    result = items[0].lower()
    if result not in _RESULTS:
        problems.append(f"not a result of SPF: {result[:60]!r}")
    problems += [f"text that belongs to no key: {item[:60]!r}" for item in items[1:] if isinstance(item, str)][:20]
    pairs = [item for item in items if isinstance(item, Pair)]
    known = {pair.key.lower(): pair.value for pair in reversed(pairs)}
    comments = [comment for part in parts for comment in part.comments]
    return ReceivedSpf(
        result=result,
        comment=comments[0] if comments else None,
        client_ip=_address(known.pop("client-ip", None), problems),
        envelope_from=_path(known.pop("envelope-from", None)),
        helo=known.pop("helo", None) or None,
        receiver=known.pop("receiver", None) or None,
        identity=known.pop("identity", None) or None,
        mechanism=known.pop("mechanism", None) or None,
        problem=known.pop("problem", None) or None,
        other=tuple((pair.key, pair.value) for pair in pairs if pair.key.lower() in known),
        problems=tuple(problems),
        raw=value,
    )


def _address(text: str | None, problems: list[str]) -> str | None:
    if not text:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        problems.append(f"client-ip is no address: {text[:60]!r}")
        return text


def _path(text: str | None) -> str | None:
    """The path without its angle brackets."""
    if text is not None and text[:1] == "<" and text[-1:] == ">":
        return text[1:-1]
    return text
