"""The tags of DMARC records: how they are written, and which values each specification gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from forensics.protocols.dmarc.report_uri import parse_uris
from forensics.protocols.dmarc.rules import Rules

MAX_TAGS = 100
"""Tags of one record that are read."""

POLICIES = ("none", "quarantine", "reject")

# RFC 7489 registers afrf alone; iodef stood in the drafts before it and is still published.
_REPORT_FORMATS = ("afrf", "iodef")
_TAG = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*)[ \t]*=[ \t]*(?P<value>[ -:<-~\t]*)")
_SHOWN = 60

Judge = Callable[[str], str | None]
"""Gives what is wrong with a value in lower case, None where nothing is."""


class Tag(NamedTuple):
    """One tag as published, its name in lower case; `position` is where it begins in the record."""

    name: str
    value: str
    position: int


class TagProblem(NamedTuple):
    """One breach of the grammar: `fatal` where RFC 7489 lets a reader refuse the record for it."""

    position: int
    text: str
    fatal: bool


def split_tags(text: str, start: int) -> Iterator[Tag | TagProblem]:
    """Give the tags behind the version in order, a problem in the place of what is none; at most 100.

    >>> list(split_tags("v=DMARC1; p = none; x", 8))
    [Tag(name='p', value='none', position=10), TagProblem(position=20, text="'x' is no tag", fatal=True)]
    """
    at = start
    for count, piece in enumerate(text[start:].split(";")):
        if count > MAX_TAGS:
            yield TagProblem(at, f"more than {MAX_TAGS} tags", True)
            return
        stripped = piece.strip(" \t")
        position = at + len(piece) - len(piece.lstrip(" \t"))
        at += len(piece) + 1
        if stripped:
            yield _read_tag(stripped, position)


def is_known(name: str, rules: Rules) -> bool:
    """Say whether the specification defines a tag of that name, besides v."""
    return name in _JUDGES[rules]


def judge_tag(tag: Tag, rules: Rules) -> TagProblem | None:
    """Say what is wrong with the value of a tag; an unknown tag is ignored, so nothing is."""
    judge = _JUDGES[rules].get(tag.name)
    if judge is not None:
        problem = judge(tag.value.lower())
        return (
            None if problem is None else TagProblem(tag.position, f"{tag.name}={shorten(tag.value)}: {problem}", True)
        )
    if tag.name in _JUDGES["rfc7489"]:
        return TagProblem(tag.position, f"{tag.name}= has no meaning since RFC 9989 (section C.5)", False)
    return None


def shorten(text: str) -> str:
    """Give the text quoted and at a length that fits a message."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def _read_tag(text: str, position: int) -> Tag | TagProblem:
    match = _TAG.fullmatch(text)
    if match is None:
        return TagProblem(position, f"{shorten(text)} is no tag", True)
    return Tag(match["name"].lower(), match["value"], position)


def _one_of(*allowed: str) -> Judge:
    def judge(value: str) -> str | None:
        return None if value in allowed else f"not one of {', '.join(allowed)}"

    return judge


def _number(limit: int) -> Judge:
    def judge(value: str) -> str | None:
        fits = value.isascii() and value.isdigit() and len(value) <= 10 and int(value) <= limit
        return None if fits else f"no number from 0 to {limit}"

    return judge


def _judge_uris(value: str) -> str | None:
    bad = [uri.raw for uri in parse_uris(value) if not uri.valid]
    return f"{shorten(bad[0])} is no URI" if bad else None


def _judge_failure_options(value: str) -> str | None:
    options = split_list(value)
    if not set(options) <= {"0", "1", "d", "s"}:
        return "not a list of 0, 1, d, s"
    return None


def _judge_failure_options_once(value: str) -> str | None:
    options = split_list(value)
    if {"0", "1"} <= set(options):
        return "0 and 1 exclude each other"
    if len(options) != len(set(options)):
        return "an option stands twice"
    return _judge_failure_options(value)


def _judge_formats(value: str) -> str | None:
    unknown = [name for name in split_list(value) if name not in _REPORT_FORMATS]
    return f"no report format: {shorten(unknown[0])}" if unknown else None


def split_list(value: str) -> tuple[str, ...]:
    """Give the parts of a value that colons separate."""
    return tuple(part.strip(" \t") for part in value.split(":"))


_COMMON: Mapping[str, Judge] = {
    "p": _one_of(*POLICIES),
    "sp": _one_of(*POLICIES),
    "adkim": _one_of("r", "s"),
    "aspf": _one_of("r", "s"),
    "rua": _judge_uris,
    "ruf": _judge_uris,
}
_JUDGES: Mapping[Rules, Mapping[str, Judge]] = {
    "rfc9989": {
        **_COMMON,
        "np": _one_of(*POLICIES),
        "fo": _judge_failure_options_once,
        "psd": _one_of("y", "n", "u"),
        "t": _one_of("y", "n"),
    },
    "rfc7489": {
        **_COMMON,
        "fo": _judge_failure_options,
        "pct": _number(100),
        "rf": _judge_formats,
        "ri": _number(2**32 - 1),
    },
}
