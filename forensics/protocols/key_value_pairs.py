"""Header values of words and `key=value` pairs between semicolons, with comments (RFC 8601 2.2, RFC 7208 9.1).

The reading is tolerant: whatever breaks the grammar is read as far as it goes and named. Time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from forensics.protocols import comments

_BLANK = re.compile(r"\s*+")
_WORD = re.compile(r'[^\s;=()"]++')
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"([^\s;()]*+)', re.DOTALL)
_BARE = re.compile(r"[^\s;()]*+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEXT_KEY = re.compile(r"(?:reason|(?:smtp|header|body|policy|dns)\.[\w-]++)\s*+=", re.IGNORECASE)


class Pair(NamedTuple):
    """One `key=value`; `quoted` where the value was a quoted string (it is given without its quotes)."""

    key: str
    value: str
    quoted: bool


class Part(NamedTuple):
    """What stands between two semicolons, in order: words and pairs, and the comments among them."""

    items: tuple[str | Pair, ...]
    comments: tuple[str, ...]


def split(text: str) -> tuple[list[Part], list[str]]:
    """The parts of a value, and what was wrong with its marks.

    >>> split('a 1; b=pass (ok) c.d="x;y"')[0][1]
    Part(items=(Pair(key='b', value='pass', quoted=False), Pair(key='c.d', value='x;y', quoted=True)), comments=('ok',))
    """
    reading = _Reading(text)
    return list(reading.parts()), list(reading.problems)


class _Reading:
    """A position in a text that moves forward only."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.pairs = comments.pairs(text)
        self.comments: list[str] = []
        self.problems: dict[str, None] = {}
        self.quotes_close = True

    def parts(self) -> Iterator[Part]:
        items: list[str | Pair] = []
        while self._skip():
            if self.text[self.position] == ";":
                self.position += 1
                yield self._part(items)
                items = []
            else:
                items.append(self._item())
        yield self._part(items)

    def _part(self, items: list[str | Pair]) -> Part:
        part = Part(tuple(items), tuple(self.comments))
        self.comments = []
        return part

    def _skip(self) -> bool:
        """Move over blanks and comments; whether anything is left."""
        text = self.text
        while True:
            blank = _BLANK.match(text, self.position)
            self.position = blank.end() if blank else self.position
            if self.position >= len(text):
                return False
            if text[self.position] not in "()":
                return True
            end = self.pairs.get(self.position)
            if end is None:
                self.problems["a parenthesis without its partner"] = None
                self.position += 1
            else:
                self.comments.append(text[self.position + 1 : end - 1])
                self.position = end

    def _item(self) -> str | Pair:
        word = self._word()
        if word is None:
            return self._value()[0]
        key = self._spread_key(word) if self._skip() else word
        if not self._at("="):
            return word
        self.position += 1
        before = self.position
        if not self._skip() or self._at(";") or (self.position > before and self._at_next_key()):
            self.problems[f"{key[:60]}= has no value"] = None
            return Pair(key, "", quoted=False)
        return Pair(key, *self._value())

    def _spread_key(self, word: str) -> str:
        """Put `dkim / 1 =` and `header . d =` together (RFC 8601 2.2 allows blanks there); else move nowhere."""
        start, noted = self.position, len(self.comments)
        tail = self._word() if self._at("/") or self._at(".") or word[-1] in "/." else None
        if tail in ("/", ".") and self._skip():
            tail += self._word() or ""
        if tail and self._skip() and self._at("="):
            return word + tail
        self.position = start
        del self.comments[noted:]
        return word

    def _value(self) -> tuple[str, bool]:
        quoted = _QUOTED.match(self.text, self.position) if self.quotes_close and self._at('"') else None
        if quoted is None:
            return self._bare(), False
        self.position = quoted.end()
        if quoted[2]:  # "jane doe"@mail.example
            return quoted[0], False
        return _ESCAPE.sub(r"\1", quoted[1]), True

    def _bare(self) -> str:
        match = _BARE.match(self.text, self.position)
        value = match[0] if match else ""
        self.position += len(value)
        if '"' in value:
            self.problems["a quotation mark without its partner"] = None
            self.quotes_close = False  # the search ran to the end; once is enough
        return value

    def _word(self) -> str | None:
        match = _WORD.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return match[0]

    def _at(self, mark: str) -> bool:
        return self.text.startswith(mark, self.position)

    def _at_next_key(self) -> bool:
        return _NEXT_KEY.match(self.text, self.position) is not None
