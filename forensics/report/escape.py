"""One escaper per medium: whatever comes from evidence passes it, so that it can neither act nor hide."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
"""Unicode categories that move a cursor, turn text around, or show nothing."""
_BLANK_RANGES = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
)  # fmt: skip
"""Letters and marks that show nothing (Unicode: Default_Ignorable_Code_Point), and the empty Braille cell."""
_ACTING = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf")
"""DEL, C1, zero width, line separators and turns of direction, in UTF-8; JSON has them within its strings alone."""
MOST_MARKS = 2
"""Marks over one letter that are drawn; more of them would cover the lines around."""


def visible(text: str) -> str:
    r"""Text with every character that acts or hides written out as `\x1b` or `<U+202E>`.

    >>> visible("a\x1b[2Jb\u202ec")
    'a\\x1b[2Jb<U+202E>c'
    """
    if text.isascii() and text.isprintable():
        return text
    shown, marks = [], MOST_MARKS
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        # A mark that opens the text would join what stands before it.
        shown.append(_written(character) if _hides(character) or marks > MOST_MARKS else character)
    return "".join(shown)


def for_terminal(text: str) -> str:
    """Text for one line of a terminal."""
    return visible(text)


def for_json(document: bytes) -> bytes:
    r"""A JSON document in which no character acts on a terminal that shows it; what it says stays the same.

    >>> for_json('{"a": "\x9b2J\u202eb"}'.encode())
    b'{"a": "\\u009b2J\\u202eb"}'
    """
    return _ACTING.sub(lambda found: f"\\u{ord(found[0].decode()):04x}".encode(), document)


def _hides(character: str) -> bool:
    if character == " ":
        return False
    code = ord(character)
    return unicodedata.category(character) in _HIDDEN or any(low <= code <= high for low, high in _BLANK_RANGES)


def _written(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"<U+{code:04X}>"
