"""A Received field as tokens, and the tokens as clauses (RFC 5321 4.4, and what real servers write).

A token is a word, a comment (it begins with its parenthesis; inner ones belong to it) or a semicolon.
"""

from __future__ import annotations

import re
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
_KEYWORDS = frozenset(("from", "by", "via", "with", "id", "for", "tls", "envelope-from", "envelope-sender"))


def is_comment(token: str) -> bool:
    """Whether a token is a comment."""
    return token[0] == "("


def split(value: str) -> list[str]:
    """The tokens of a value in order; a parenthesis without its partner is passed over.

    >>> split("from a (b [192.0.2.1] (c)) by d; now")
    ['from', 'a', '(b [192.0.2.1] (c))', 'by', 'd', ';', 'now']
    """
    tokens = _FLAT.findall(value)
    if value.count("(") == sum(token.count("(") for token in tokens if token[0] == "(") and "\\" not in value:
        return tokens
    tokens = []
    position = 0
    for start, end in comments.outermost(value):
        tokens += _WORD.findall(value, position, start)
        tokens.append(value[start:end])
        position = end
    tokens += _WORD.findall(value, position)
    return tokens


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
    tokens = split(value)
    date_at = _date_position(tokens)
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for index, token in enumerate(tokens):
        word = token.lower()
        if word in _KEYWORDS and not _is_name_behind_from(tokens, index):
            current = _begin(found, _keyword(word, tokens, index, found))
        elif word == ";":
            current = _begin(found, "date") if index == date_at else []
        else:
            current.append(token)
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
        date=found.get("date", empty),
        comments=[token[1:-1] for token in tokens if is_comment(token)],
    )


def _date_position(tokens: list[str]) -> int | None:
    """The semicolon before the date: the last one with something behind it (RFC 5322 3.6.7)."""
    last = len(tokens) - 1
    while last >= 0 and tokens[last] == ";":
        last -= 1
    while last >= 0 and tokens[last] != ";":
        last -= 1
    return last if last >= 0 else None


def _is_name_behind_from(tokens: list[str], index: int) -> bool:
    """Whether a keyword is the client's name, which may be any word: `from` before it, its address behind it."""
    return (
        index > 0 and tokens[index - 1].lower() == "from" and index + 1 < len(tokens) and tokens[index + 1][0] in "(["
    )


def _keyword(word: str, tokens: list[str], index: int, found: dict[str, list[str]]) -> str:
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    # XMail names the reverse-path in a second from: from host ... id <S1> for <a@b> from <c@d>
    if word == "envelope-sender" or (word == "from" and "from" in found and following[:1] == "<"):
        return "envelope-from"
    return word


def _begin(found: dict[str, list[str]], keyword: str) -> list[str]:
    if keyword in found:
        return []
    found[keyword] = []
    return found[keyword]
