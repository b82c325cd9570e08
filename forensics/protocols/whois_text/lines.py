"""The lines of an answer as labelled values, whatever the layout.

Layouts: `label: value`, `label......: value`, `[Label] value`, `a. [Label] value`, two columns, a heading with the
values on the lines below it, blocks separated by empty lines, and phrases ("Record created on 2014-06-07"). The text is
gone through once; what a line is depends on itself, the next line with text, and the open heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from forensics.protocols.registration import host_name
from forensics.protocols.whois_text.labels import CONTACT, CONTINUERS, DOMAIN, PHRASES, ROLES, STARTERS

LINES_MAX = 4_000
LINE_MAX = 2_000

_LABEL_CHARS_MAX = 140
_LABEL_WORDS_MAX = 8
_COMMENT = ("%", "#", ">>>", "<<<", "--")
_BRACKETS = re.compile(r"\A(?:[a-z]{1,2}\.? {0,8})?\[([^\]]{1,60})\](.*)")  # p. [Name Server]   ns1.example.com
_RWHOIS = re.compile(r"\A(?:domain|contact|network):([A-Za-z-]{1,40})(?:;I)?:(.*)")  # domain:Created:20090324
_HASH = re.compile(r"\A([^#:]{1,60})#[ .]{2,}(.*)")  # Date de creation#.......... 2010-01-31
_DOTTED = re.compile(r"\A([A-Za-z][A-Za-z /()'-]{1,50})\.{2,} (.*)")  # Creation Date........ 2001-11-12
_NAMED = re.compile(r"\A[Dd]omain(?: [Nn]ame)? (\S{3,253})")  # Domain EXAMPLE.KG
_SECOND = re.compile(r"\A([A-Za-z][A-Za-z ]{1,30}):[ \t]+(\S.*)")  # behind a tab: a second field on the same line
_PARENTHESES = re.compile(r"\([^()]*\)")
_NOT_WORD = re.compile(r"[\W\d_]+")
_COLUMN_GAP = re.compile(r"\t+| {2,}")


class Field(NamedTuple):
    """One labelled value."""

    label: str
    """As the vocabulary spells it (`labels`)."""
    value: str
    role: str | None
    """Whose block this is: a role of `labels.ROLES`, or None for the domain itself."""
    block: int
    """Number of the block of lines between empty lines."""
    hint: str
    """The label as published; registries declare their date format in it."""


class _Line(NamedTuple):
    indent: int
    text: str
    label: str | None
    """None: the line has no label."""
    value: str
    hint: str
    gap: bool
    """True if an empty line stands before it."""


class _Heading(NamedTuple):
    label: str
    role: str | None
    indent: int


def read_fields(text: str) -> tuple[Field, ...]:
    """Read the labelled values of an answer, in its order; comments and prose give none.

    >>> [field[:2] for field in read_fields("Domain name:\\n    EXAMPLE.UK\\n\\n    Registered on: 14-Feb-1999")]
    [('domain name', 'EXAMPLE.UK'), ('registered on', '14-Feb-1999')]
    """
    reader = _Reader()
    lines = list(_lines(text))
    for line, following in zip(lines, (*lines[1:], None), strict=False):
        reader.take(line, following)
    return tuple(field for field in reader.fields if field.value)


def normal_label(text: str) -> str:
    """Give a label in the vocabulary's spelling: lower case, words only, the known part of a bilingual label.

    >>> normal_label("Data de registo / Creation Date (dd/mm/yyyy)"), normal_label("nserver 1....")
    ('creation date', 'nserver')
    """
    whole = _words(_PARENTHESES.sub(" ", text)) or _words(text)
    if whole in DOMAIN or whole in ROLES or whole in CONTACT or " / " not in text:
        return whole
    parts = [_words(_PARENTHESES.sub(" ", part)) for part in text.split(" / ")]
    return next((part for part in reversed(parts) if part in DOMAIN or part in ROLES), whole)


def _words(text: str) -> str:
    return _NOT_WORD.sub(" ", text.lower()).strip()


def _lines(text: str) -> Iterator[_Line]:
    gap = True
    for number, raw in enumerate(text.splitlines()):
        if number >= LINES_MAX:
            return
        stripped = raw[:LINE_MAX].expandtabs(8).rstrip()
        body = stripped.lstrip()
        if not body:
            gap = True
            continue
        if not body.startswith(_COMMENT):
            indent = len(stripped) - len(body)
            for part in _split_tabs(raw[:LINE_MAX].strip()):
                shown = part.removeprefix("** ").removeprefix("- ").strip()
                yield _Line(indent, shown, *_label_and_value(shown), gap)
                gap = False
        elif (heading := _words(body)) in ROLES and body.endswith(":"):  # "% Registrar:" over a block
            yield _Line(0, heading, heading, "", heading, True)
            gap = False


def _split_tabs(text: str) -> tuple[str, ...]:
    first, tab, second = text.partition("\t")
    if tab and ":" in first and _SECOND.fullmatch(second.strip()):
        return first, second.strip()
    return (text,)


def _label_and_value(text: str) -> tuple[str | None, str, str]:
    for pattern in (_BRACKETS, _RWHOIS, _HASH, _DOTTED):
        if (match := pattern.fullmatch(text)) and (label := normal_label(match[1])):
            return label, match[2].strip(), match[1]
    if phrase := _phrase(text):
        return phrase
    before, colon, after = text.partition(":")
    label = normal_label(before) if colon and len(before) <= _LABEL_CHARS_MAX else ""
    if label and (label in DOMAIN or label in ROLES or label in CONTACT):
        return label, after.strip(), before
    return _columns(text) or _unknown(label, before, after) or (None, text, "")


def _phrase(text: str) -> tuple[str, str, str] | None:
    if match := _NAMED.fullmatch(text):
        return ("domain", match[1], "domain") if host_name(match[1]) else None
    lowered = text.lower()
    phrase = next((phrase for phrase in PHRASES if lowered.startswith(phrase + " ")), None)
    rest = text[len(phrase) :].strip(" .") if phrase else ""
    return (phrase, rest, phrase) if phrase and rest[:1].isalnum() and any(char.isdigit() for char in rest) else None


def _columns(text: str) -> tuple[str, str, str] | None:
    parts = _COLUMN_GAP.split(text, maxsplit=1)
    if len(parts) != 2 or len(parts[0]) > _LABEL_CHARS_MAX or parts[0][-1:] in ".,;":  # two spaces after a sentence
        return None
    label = normal_label(parts[0])
    return (label, parts[1].strip(" :"), parts[0]) if label in DOMAIN or label.partition(" ")[0] in ROLES else None


def _unknown(label: str, before: str, after: str) -> tuple[str, str, str] | None:
    """A label that is not in the vocabulary still ends the list of values above it."""
    if not label or label.count(" ") >= _LABEL_WORDS_MAX or after.startswith("//"):
        return None
    return label, after.strip(), before


class _Reader:
    """What is open while the lines go by: a heading, a block, a label with more values below it."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self._heading: _Heading | None = None
        self._filled = False
        self._content_indent = 0
        self._role: str | None = None
        self._block = 0
        self._last: tuple[str, int, str] | None = None

    def take(self, line: _Line, following: _Line | None) -> None:
        if line.gap:
            self._block += 1
            self._last = None
        self._close(line)
        heading = _heading(line, following)
        if heading is not None:
            self._open(heading)
        elif line.label is None:
            self._more(line)
        else:
            self._field(line, line.label, following)

    def _close(self, line: _Line) -> None:
        """End the open heading at an empty line, or where the text is no longer indented below it."""
        heading = self._heading
        if heading is None or not self._filled or line.indent > heading.indent:
            return
        if line.gap or self._content_indent > heading.indent:
            self._heading = None
            self._role = None

    def _open(self, heading: _Heading) -> None:
        if self._heading is not None and heading.role is None and heading.label in CONTACT:
            self._filled = True
            self._last = (heading.label, heading.indent, heading.label)  # "Address:" inside a contact
            return
        self._heading = heading
        self._filled = False
        self._last = None

    def _more(self, line: _Line) -> None:
        """A line without a label: one more value of the label or the heading above it, else prose."""
        if self._last is not None and line.indent > self._last[1]:
            self._add(self._last[0], line.text, self._last[2])
        elif self._heading is not None:
            self._fill(line)
            self._add(self._heading.label, line.text, self._heading.label)

    def _field(self, line: _Line, label: str, following: _Line | None) -> None:
        if self._heading is not None:
            self._fill(line)
        elif line.gap:
            self._role = self._block_role(line, label, following)
        if label in ("domain", "domain name") and host_name(line.value):
            self._heading = self._role = None
        elif label == "name" and self._heading is not None and DOMAIN.get(self._heading.label) == "name server":
            label = self._heading.label
        self._add(label, line.value, line.hint)
        self._last = (label, line.indent, line.hint)

    def _fill(self, line: _Line) -> None:
        if not self._filled:
            self._content_indent = line.indent
        self._filled = True

    def _block_role(self, line: _Line, label: str, following: _Line | None) -> str | None:
        if label in CONTINUERS:
            return self._role
        if label not in STARTERS or (label == "registrar" and not _describes(following)):
            return None
        return ROLES.get(normal_label(line.value)) or ROLES.get(label) or "contact"

    def _add(self, label: str, value: str, hint: str) -> None:
        role = self._heading.role if self._heading else self._role
        self.fields.append(Field(label, value, role, self._block, hint))


def _describes(following: _Line | None) -> bool:
    """True if the next line says what the registrar is like; then the block is about it and not about the domain."""
    if following is None or following.gap or following.label is None:
        return False
    return following.label == "type" or CONTACT.get(following.label, "other") != "other"


def _heading(line: _Line, following: _Line | None) -> _Heading | None:
    """Give the heading that this line is, or None.

    A label without a value is a heading if the next text hangs below it: indented deeper, or a bare value, or the
    label of a contact's part. Some headings stand without a colon.
    """
    label = line.label if line.label is not None else normal_label(line.text)
    known = label in ROLES or label in DOMAIN
    if line.label is None and not known:
        return None
    if line.value and line.label is not None:
        return None
    if following is None or not (known or (following.indent > line.indent and not following.gap)):
        return None
    return _Heading(label, _role(label), line.indent) if _hangs(line, following, label) else None


def _role(label: str) -> str | None:
    if DOMAIN.get(label) == "name server":
        return None
    role = ROLES.get(label)
    if role is None and "contact" in label:
        return next((ROLES[word] for word in label.split() if word in ROLES), "contact")
    return None if role == "domain" else role


def _hangs(line: _Line, following: _Line, label: str) -> bool:
    if following.indent > line.indent:
        return True
    if following.label is None:
        return not following.gap or (
            DOMAIN.get(label) == "name server" and host_name(following.text.split()[0]) is not None
        )
    return line.label is None or following.label in CONTACT
