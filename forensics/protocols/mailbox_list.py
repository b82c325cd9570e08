"""Addresses of From, To and their kin (RFC 5322 3.4, obsolete routes of 4.4), without display names and comments.

One pass over the tokens, whatever their order: text that is no mailbox gives no address, and nothing is repaired.
"""

from __future__ import annotations

import re

from forensics.protocols.remembered import of_short_texts

MAX_ADDRESSES = 1_000
"""Addresses of one value that are read."""
MAX_CHARACTERS = 64 * 1024
"""Characters of one value that are looked at."""

_TOKEN = re.compile(
    r"""
    "(?:[^"\\]|\\.)*+"?         # quoted string: a display name, or the start of a local part
  | \\.?                        # quoted pair outside of one
  | [()<>,;:]
  | \s+
  | [^\s"\\()<>,;:]+            # atoms, dots and the at sign
    """,
    re.VERBOSE | re.DOTALL,
)

_ADDRESS = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^\s"@]++)@[^\s"@]++', re.DOTALL)


@of_short_texts
def addresses(value: str) -> tuple[str, ...]:
    """The addr-specs of a mailbox or address list in their order, as written.

    >>> addresses('"Ana (sales)" <ana@northwind.example>, team: bruno@northwind.example;')
    ('ana@northwind.example', 'bruno@northwind.example')
    """
    found: list[str] = []
    mailbox = _Mailbox()
    comment = 0
    for piece in _TOKEN.findall(value[:MAX_CHARACTERS]):
        if piece in "()":
            comment = comment + 1 if piece == "(" else max(comment - 1, 0)
        elif not comment and piece in ",;" and not mailbox.in_angle:
            found += mailbox.address()
            mailbox = _Mailbox()
        elif not comment:
            mailbox.add(piece)
    found += mailbox.address()
    return tuple(found[:MAX_ADDRESSES])


class _Mailbox:
    """The tokens of one mailbox: words, and what stands in angle brackets."""

    def __init__(self) -> None:
        self.in_angle = False
        self._words: list[str] = []
        self._angle: list[str] | None = None

    def add(self, piece: str) -> None:
        """Take the next piece, which is no comment and no comma between mailboxes."""
        if piece == "<" and self._angle is None:
            self.in_angle, self._angle = True, []
        elif piece == ">":
            self.in_angle = False
        elif self.in_angle and self._angle is not None:
            self._angle.append(piece)
        elif piece == ":":
            self._words.clear()  # the name of a group ends
        else:
            self._words.append(piece)

    def address(self) -> list[str]:
        """The address, if the tokens are one."""
        if self.in_angle:
            return []
        text = "".join(self._words if self._angle is None else self._angle).strip()
        if text.startswith("@"):
            text = text.rpartition(":")[2]  # RFC 5322 4.4: <@relay.example,@mx.example:ana@northwind.example>
        return [text] if _ADDRESS.fullmatch(text) else []
