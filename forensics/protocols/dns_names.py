r"""Domain names as text: any presentation form made into the one that the tables use (RFC 1035 section 5.1).

Logs, zone files and tools escape differently: BIND writes `a\@b`, dig `a@b`, both mean the same label. The tables hold
lower case without the trailing dot, a dot or backslash inside a label as `\X`, a byte outside `!` to `~` as `\DDD`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from forensics.errors import ProtocolError
from forensics.protocols.dns_message.names import MAX_NAME_BYTES, ROOT, label_text

MAX_TEXT = 1016
"""Characters of the longest name: 254 bytes of labels and dots, each byte as `\\DDD`."""

_LABEL = "[A-Za-z0-9_*/=+:@?-]{1,63}"
_PLAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_PIECE = re.compile(r"\\(?P<ddd>[0-9]{3})|\\(?P<x>[^0-9])|(?P<dot>\.)|(?P<plain>[^\\.]+)", re.DOTALL)


class DnsNameError(ProtocolError):
    """Text that is no domain name."""


@lru_cache(maxsize=1 << 16)
def canonical(text: str) -> str:
    r"""The name as the tables hold it; the root is ".".

    Raises:
        DnsNameError: an empty label, an escape that is none, or a label or name that is too long.

    >>> canonical("Mail.Example."), canonical(r"a\@b\032c.example"), canonical(".")
    ('mail.example', 'a@b\\032c.example', '.')
    """
    if len(text) < MAX_NAME_BYTES and _PLAIN.fullmatch(text):
        return text.removesuffix(".").lower()
    if text == ROOT:
        return ROOT
    return ".".join(map(label_text, labels(text)))


def labels(text: str) -> list[bytes]:
    r"""The labels of a name in presentation form, unescaped; the root has none.

    Raises:
        DnsNameError: as `canonical`.

    >>> labels(r"a\.b.example.")
    [b'a.b', b'example']
    """
    if len(text) > MAX_TEXT:
        raise DnsNameError(f"{len(text)} characters are more than a domain name has")
    if text == ROOT:
        return []
    found, label, at = list[bytes](), bytearray(), 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise DnsNameError(f"{text[at : at + 4]!r} at character {at} of a name is no escape")
        at = piece.end()
        if piece["dot"]:
            found.append(_whole(label, text))
            label = bytearray()
        else:
            label += _bytes(piece, text)
    if label or not found:
        found.append(_whole(label, text))
    if sum(map(len, found)) + len(found) >= MAX_NAME_BYTES:
        raise DnsNameError(f"a name of more than {MAX_NAME_BYTES} bytes: {text[:80]!r}")
    return found


def _whole(label: bytearray, text: str) -> bytes:
    if not 0 < len(label) <= 63:
        raise DnsNameError(f"a label of {len(label)} bytes in {text[:80]!r}")
    return bytes(label)


def _bytes(piece: re.Match[str], text: str) -> bytes:
    if piece["ddd"] is None:
        return (piece["x"] or piece["plain"]).encode("utf-8", "surrogatepass")
    if int(piece["ddd"]) > 255:
        raise DnsNameError(f"the escape {piece.group()} in {text[:80]!r} is no byte")
    return bytes([int(piece["ddd"])])
