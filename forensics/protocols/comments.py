"""Where the comments of a structured header value are (RFC 5322 3.2.2)."""

from __future__ import annotations

import re

_MARK = re.compile(r"\\[()\\]|[()]")


def pairs(text: str) -> dict[int, int]:
    """For each parenthesis that has a partner: where it stands, and where the position behind its partner is.

    One pass with a stack, so any depth costs linear time; what nobody closes is no comment. A backslash takes a
    parenthesis its meaning.

    >>> pairs("a (b (c)) (d")
    {5: 8, 2: 9}
    """
    opened: list[int] = []
    found: dict[int, int] = {}
    for mark in _MARK.finditer(text):
        if mark[0] == "(":
            opened.append(mark.start())
        elif mark[0] == ")" and opened:
            found[opened.pop()] = mark.end()
    return found


def outermost(text: str) -> list[tuple[int, int]]:
    """Start and end of every comment that lies in no other, in order.

    >>> outermost("a (b (c)) (d")
    [(2, 9)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(pairs(text).items()):
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found
