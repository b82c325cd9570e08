"""The tag=value list that DKIM, ARC and their key records are written in (RFC 6376 section 3.2).

::

    v=1; a=rsa-sha256; d=example.org; h=from : to;
"""

from __future__ import annotations

import re

from forensics.errors import ProtocolError

_FOLD = re.compile(r"\r?\n")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WHITE_SPACE = " \t"
_SHOWN = 60


class TagListError(ProtocolError):
    """A tag list, or a value in one, that breaks its grammar; the text names the offending part."""


def parse(text: str) -> dict[str, str]:
    r"""Parse a tag list into its tags, in the order written; folds are undone, values stripped.

    Names and values are case-sensitive. Characters beyond ASCII may stand in values (RFC 8616).

    Raises:
        TagListError: a part without "=", a bad tag name, a control character, or a tag named twice:
            one such breach voids the whole list (section 3.2).

    >>> parse("k=rsa; t=y:s;\r\n p=")
    {'k': 'rsa', 't': 'y:s', 'p': ''}
    """
    parts = _FOLD.sub("", text).split(";")
    if len(parts) > 1 and not parts[-1].strip(_WHITE_SPACE):
        parts.pop()
    tags: dict[str, str] = {}
    for part in parts:
        name, value = _split(part)
        if name in tags:
            raise TagListError(f"the tag {name}= stands twice")
        tags[name] = value
    return tags


def shorten(text: str) -> str:
    """Give the text quoted for a message, cut at 60 characters."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _split(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    name = name.strip(_WHITE_SPACE)
    if not equals:
        raise TagListError(f"no tag=value in {shorten(part)}")
    if _NAME.fullmatch(name) is None:
        raise TagListError(f"{shorten(name)} is no tag name")
    if _CONTROL.search(value):
        raise TagListError(f"control character in {shorten(part)}")
    return name, value.strip(_WHITE_SPACE)
