"""What all SVG pictures have in common: how wide they are, their letters, and that they say what they show."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

WIDTH = 760


def picture(height: int, alt: str, parts: Iterable[str]) -> str:
    """One self-contained `<svg>` element; `alt` is what it shows, for those who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(alt, quote=True)}" '
        'font-family="Libertinus Serif, Georgia, serif" font-size="13">' + "".join(parts) + "</svg>"
    )
