"""Which characters the fonts inside Typst draw: a PDF that claims PDF/A must not name any other."""

from __future__ import annotations

from bisect import bisect_right

from forensics.report.escape import visible

_RANGES = """
20-7e a1-ac ae-2ff 370-377 37a-37f 384-38a 38c 38e-3a1 3a3-482 48a-4ff 510-513 51a-51d 531-556 559-58a 58d-58f
1d00-1dbf 1e00-1f15 1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d 1f80-1fb4 1fb6-1fc4
1fc6-1fd3 1fd6-1fdb 1fdd-1fef 1ff2-1ff4 1ff6-1ffe 2010-2027 2030-2040 2042 2044-2052 2054-205e 2070-2071
2074-208e 2090-209c 20a0-20c0 2100-211e 2120 2122 2124 2126-2151 2153-2184 2189 2190-23ff 2500-262f 2638-268b
2690-269c 26a0-26a7 26aa-26b2 2701-2704 2706-2709 270c-2727 2729-274b 274d 274f-2752 2756 2758-275e 2761-277f
2794 2798-27af 27b1-27ff 2c60-2c7f a640-a641 a648-a649 a656-a657 a708-a716 a71b-a727 a72d a730 a735 a765
a789-a78e a790-a791 a793 a7aa a7f8-a7f9 fb00-fb06
"""
"""Code points that Libertinus Serif, DejaVu Sans Mono or New Computer Modern draw, as Typst 0.15 carries them.

Left out are marks that join their neighbour, and letters that run from the right and could turn what is beside them.
"""


def _parse(text: str) -> tuple[list[int], list[int]]:
    pairs = [span.partition("-") for span in text.split()]
    return [int(first, 16) for first, _, _ in pairs], [int(last or first, 16) for first, _, last in pairs]


_FIRST, _LAST = _parse(_RANGES)


def printable(text: str) -> str:
    """Text that the PDF can show: whatever acts, hides or has no glyph is written out as `<U+65E5>`.

    >>> printable("Grüße, 日本")
    'Grüße, <U+65E5><U+672C>'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _covered(ord(character)) else f"<U+{ord(character):04X}>" for character in visible(text)
    )


def _covered(code: int) -> bool:
    place = bisect_right(_FIRST, code) - 1
    return place >= 0 and code <= _LAST[place]
