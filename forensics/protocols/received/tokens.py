"""A Received field as tokens, and the tokens as clauses (RFC 5321 4.4, and what real servers write).

A token is a word, a comment (it begins with its parenthesis; inner ones belong to it) or a semicolon.
"""

from __future__ import annotations

import re
from itertools import product
from typing import NamedTuple

from forensics.protocols import comments

_FLAT = re.compile(
    r"""\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)   # (Postfix), (using TLSv1 with cipher X (256/256 bits))
    | \[[^\[\]()]{1,200}\][^\s;()]*
    | ;
    | [^\s;()]+
    """,
    re.VERBOSE,
)
_WORD = re.compile(
    r"""\[[^\[\]()]{1,200}\][^\s;()]*   # [192.0.2.1]:25, [XMail 1.20 ESMTP Server]
    | ;
    | [^\s;()]+
    """,
    re.VERBOSE,
)
_SHORT_KEYWORDS = ("from", "by", "via", "with", "id", "for", "tls")
_LONG_KEYWORDS = ("envelope-from", "envelope-sender")
_SENDERS = ("from", "envelope-sender")
# Every upper and lower case form of a keyword, so that a token needs one look-up and no conversion.
_KEYWORDS = {
    **{"".join(form): word for word in _SHORT_KEYWORDS for form in product(*zip(word, word.upper(), strict=True))},
    **{form: word for word in _LONG_KEYWORDS for form in (word, word.upper(), word.title(), word.capitalize())},
    ";": ";",
}


def is_comment(token: str) -> bool:
    """Whether a token is a comment."""
    return token[0] == "("


def split(value: str) -> list[str]:
    """The tokens of a value in order; a parenthesis without its partner is passed over.

    >>> split("from a (b [192.0.2.1] (c)) by d; now")
    ['from', 'a', '(b [192.0.2.1] (c))', 'by', 'd', ';', 'now']
    """
    return _split(value)[0]


def _split(value: str) -> tuple[list[str], list[str]]:
    """All tokens, and those that are comments."""
    tokens = _FLAT.findall(value)
    notes = [token for token in tokens if token[0] == "("]
    if value.count("(") == "".join(notes).count("(") and "\\" not in value:
        return tokens, notes
    tokens, notes = [], []
    position = 0
    for start, end in comments.outermost(value):
        tokens += _WORD.findall(value, position, start)
        tokens.append(value[start:end])
        notes.append(value[start:end])
        position = end
    tokens += _WORD.findall(value, position)
    return tokens, notes


class Clauses(NamedTuple):
    """The tokens behind each keyword, of the first time that it stands in the field; `date` behind the semicolon."""

    from_: list[str]
    by: list[str]
    via: list[str]
    with_: list[str]
    id: list[str]
    for_: list[str]
    tls: list[str]
    envelope_from: list[str]
    date: list[str]
    comments: list[str]


def clauses(value: str) -> Clauses:
    """Sort a field's tokens into clauses, whatever their order and the case of the keywords."""
    tokens, notes = _split(value)
    found: dict[str, list[str]] = {}
    keyword, start = "", 0
    for index in [index for index, token in enumerate(tokens) if token in _KEYWORDS]:
        if keyword == "from" and start == index and _is_followed_by_address(tokens, index):
            continue
        _close(found, keyword, tokens[start:index])
        keyword, start = _KEYWORDS[tokens[index]], index + 1
        if keyword in _SENDERS:
            keyword = _clause(keyword, tokens, index, found)
    _close(found, keyword, tokens[start:])
    empty: list[str] = []
    return Clauses(
        from_=found.get("from", empty),
        by=found.get("by", empty),
        via=found.get("via", empty),
        with_=found.get("with", empty),
        id=found.get("id", empty),
        for_=found.get("for", empty),
        tls=found.get("tls", empty),
        envelope_from=found.get("envelope-from", empty),
        date=found.get(";", empty),
        comments=[note[1:-1] for note in notes],
    )


def _close(found: dict[str, list[str]], keyword: str, clause: list[str]) -> None:
    """Keep the first clause of each name, and the last that a semicolon began: the date (RFC 5322 3.6.7)."""
    if keyword == ";":
        if clause:
            found[";"] = clause
    elif keyword not in found:
        found[keyword] = clause


def _is_followed_by_address(tokens: list[str], index: int) -> bool:
    """Whether a keyword right behind `from` is the client's name, which may be any word."""
    return index + 1 < len(tokens) and tokens[index + 1][0] in "(["


def _clause(word: str, tokens: list[str], index: int, found: dict[str, list[str]]) -> str:
    """The clause that a keyword of `_SENDERS` begins."""
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    # XMail names the reverse-path in a second from: from host ... id <S1> for <a@b> from <c@d>
    if word == "envelope-sender" or (word == "from" and "from" in found and following[:1] == "<"):
        return "envelope-from"
    return word
