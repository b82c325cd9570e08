"""One escaper per medium: whatever comes from evidence passes it, so that it can neither act nor hide."""

from __future__ import annotations

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that move a cursor, turn text around, or show nothing."""


def visible(text: str) -> str:
    r"""Text with every character that acts or hides written out as `\x1b` or `<U+202E>`.

    >>> visible("a\x1b[2Jb\u202ec")
    'a\\x1b[2Jb<U+202E>c'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def for_terminal(text: str) -> str:
    """Text for one line of a terminal."""
    return visible(text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"<U+{code:04X}>"
