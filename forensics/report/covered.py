"""Which characters the fonts inside Typst draw: a PDF that claims PDF/A must not name any other."""

from __future__ import annotations

from bisect import bisect_right

from forensics.report.escape import visible

_RANGES: tuple[tuple[int, int], ...] = ((0x20, 0x7E), (0xA1, 0x17F), (0x2010, 0x2015), (0x2018, 0x201E))
"""First and last code points; left out are marks that join their neighbour and letters that run from the right."""
_FIRST = [first for first, _ in _RANGES]


def printable(text: str) -> str:
    """Text that the PDF can show: whatever acts, hides or has no glyph is written out as `<U+65E5>`.

    >>> printable("日\x00")
    '<U+65E5>\\\\x00'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _covered(ord(character)) else f"<U+{ord(character):04X}>" for character in visible(text)
    )


def _covered(code: int) -> bool:
    place = bisect_right(_FIRST, code) - 1
    return place >= 0 and code <= _RANGES[place][1]
