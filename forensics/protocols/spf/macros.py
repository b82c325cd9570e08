"""SPF macro strings: their grammar and their expansion (RFC 7208 section 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from forensics.protocols.query_names import MAX_NAME
from forensics.protocols.spf.syntax import SpfSyntaxError, shorten

DOMAIN_LETTERS = frozenset("slodiphv")
"""Letters that a domain-spec may expand."""
TEXT_LETTERS = DOMAIN_LETTERS | frozenset("crt")
"""Letters that the text of an explanation may expand too."""

_MAX_PARTS = 127

_MACRO = r"""
    | %(?P<escape>[%_-])                # %_
    | %\{(?P<letter>[A-Za-z])           # %{i
         (?P<parts>[0-9]*)              #     4
         (?P<reverse>[rR]?)             #     r
         (?P<delimiters>[.\-+,/_=]*)\}  #     -}
"""
_IN_NAME = re.compile(rf"(?P<literal>[!-$&-~]+) {_MACRO}", re.VERBOSE)
_IN_TEXT = re.compile(rf"(?P<literal>[\ -$&-~]+) {_MACRO}", re.VERBOSE)
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}

# .example or .example. - the top label has at least one character that is no digit.
_TOP_LABEL = re.compile(r"\.(?![0-9]+\.?\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?\Z")
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


class Expand(NamedTuple):
    """One macro: `%{l2r+-}` is `Expand("l", False, 2, True, "+-")`; `parts` None keeps them all."""

    letter: str
    url_escape: bool
    parts: int | None
    reverse: bool
    delimiters: str


MacroString = tuple[str | Expand, ...]
"""Literal text and macros, in order."""
Values = Callable[[str], str]
"""Gives the value of a macro letter (lower case)."""


def parse_domain_spec(text: str, position: int = 0) -> MacroString:
    """Parse a domain-spec: a macro string that ends in a macro, or in a dot and a top label (section 7.1).

    Args:
        text: the part behind ":" or "=".
        position: where it begins in its record, for errors.

    Raises:
        SpfSyntaxError: with the position in the record.

    >>> parse_domain_spec("%{ir}.sbl.example")
    (Expand(letter='i', url_escape=False, parts=None, reverse=True, delimiters=''), '.sbl.example')
    """
    if not text:
        raise SpfSyntaxError(position, "a domain is missing")
    tokens = list(_tokens(text, _IN_NAME, position))
    end = tokens[-1]["literal"]
    if end is not None and _TOP_LABEL.search(end) is None:
        hint = "; ip4: is meant?" if _DOTTED.fullmatch(end) else ""
        problem = f"{shorten(end)} does not end in a dot and a top label{hint}"
        raise SpfSyntaxError(position + tokens[-1].start(), problem)
    return tuple(_piece(token, DOMAIN_LETTERS, position) for token in tokens)


def parse_macro_string(text: str, position: int = 0) -> MacroString:
    """Parse the value of an unknown modifier; every letter is allowed, as its meaning is not known (section 6).

    Raises:
        SpfSyntaxError: with the position in the record.
    """
    return tuple(_piece(token, TEXT_LETTERS, position) for token in _tokens(text, _IN_NAME, position))


def parse_explanation(text: str) -> MacroString:
    """Parse the text that exp= points to: a macro string with spaces (section 6.2).

    Raises:
        SpfSyntaxError: with the position in the text.
    """
    return tuple(_piece(token, TEXT_LETTERS, 0) for token in _tokens(text, _IN_TEXT, 0))


def letters(pieces: MacroString) -> frozenset[str]:
    """Give the letters whose values the expansion takes.

    >>> sorted(letters(parse_domain_spec("%{L}.%{d2}")))
    ['d', 'l']
    """
    return frozenset(piece.letter for piece in pieces if isinstance(piece, Expand))


def expand_domain(pieces: MacroString, values: Values) -> str:
    """Expand to a domain name without trailing dot, cut from the left to 253 characters at a label (section 7.3).

    >>> expand_domain(parse_domain_spec("%{l1r-}.user.%{d2}"), {"l": "strong-bad", "d": "mail.box.example"}.__getitem__)
    'strong.user.box.example'
    """
    parts, length = list[str](), 0
    # From the right, so that what the cut would drop is never built.
    for piece in reversed(pieces):
        parts.append(_expand(piece, values))
        length += len(parts[-1])
        if length > MAX_NAME + 1:
            break
    name = "".join(reversed(parts)).removesuffix(".")
    if len(name) <= MAX_NAME:
        return name
    return name[-MAX_NAME - 1 :].partition(".")[2]


def expand_text(pieces: MacroString, values: Values, limit: int) -> str | None:
    """Expand the text of an explanation; None where it is longer than the limit."""
    parts, length = list[str](), 0
    for piece in pieces:
        parts.append(_expand(piece, values))
        length += len(parts[-1])
        if length > limit:
            return None
    return "".join(parts)


def _tokens(text: str, grammar: re.Pattern[str], position: int) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        token = grammar.match(text, at)
        if token is None:
            raise SpfSyntaxError(position + at, f"{shorten(text[at : at + 8])} is neither text nor a macro")
        yield token
        at = token.end()


def _piece(token: re.Match[str], allowed: frozenset[str], position: int) -> str | Expand:
    if token["literal"] is not None:
        return token["literal"]
    if token["escape"] is not None:
        return _ESCAPES[token["escape"]]
    letter = token["letter"].lower()
    if letter not in allowed:
        raise SpfSyntaxError(position + token.start("letter"), f"no macro letter here: {token['letter']!r}")
    return Expand(
        letter, token["letter"].isupper(), _parts(token, position), bool(token["reverse"]), token["delimiters"]
    )


def _parts(token: re.Match[str], position: int) -> int | None:
    if not token["parts"]:
        return None
    digits = token["parts"].lstrip("0")
    if not digits:
        raise SpfSyntaxError(position + token.start("parts"), "a macro that keeps 0 parts")
    # A name has no more parts than that; the digits may be as many as a record holds.
    return int(digits) if len(digits) <= 3 else _MAX_PARTS


def _expand(piece: str | Expand, values: Values) -> str:
    if isinstance(piece, str):
        return piece
    value = values(piece.letter)
    if piece.delimiters or piece.reverse or piece.parts is not None:
        parts = re.split(f"[{re.escape(piece.delimiters or '.')}]", value)
        if piece.reverse:
            parts.reverse()
        value = ".".join(parts[-piece.parts :] if piece.parts else parts)
    return quote(value, safe="", errors="surrogatepass") if piece.url_escape else value
