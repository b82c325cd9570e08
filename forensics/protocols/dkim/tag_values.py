"""The value grammars that several tags share: base64, numbers, lists, domain names, quoted-printable.

Every function takes a value of `tag_list.parse` and raises `TagListError` where the value breaks its grammar.
"""

from __future__ import annotations

import binascii
import re

from forensics.protocols.dkim.tag_list import TagListError, shorten

_WHITE_SPACE = re.compile(r"[ \t]+")
_DIGITS = re.compile(r"[0-9]+")
# "_" is no host name character, but selectors in use have it and it can be looked up.
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_ESCAPE = re.compile(r"=[0-9A-Fa-f]{2}")
_MAX_LABEL = 63
_MAX_NAME = 253


def read_base64(value: str) -> bytes:
    """Give the bytes of a base64 value; white space is ignored and missing padding forgiven (RFC 6376 section 3.2).

    >>> read_base64("aGk g=")
    b'hi '
    """
    text = _WHITE_SPACE.sub("", value)
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError as error:
        raise TagListError(f"{shorten(value)} is not base64") from error


def read_number(value: str, max_digits: int) -> int:
    """Give an unsigned decimal number of at most `max_digits` digits."""
    if _DIGITS.fullmatch(value) is None or len(value) > max_digits:
        raise TagListError(f"{shorten(value)} is no decimal number of 1 to {max_digits} digits")
    return int(value)


def read_list(value: str) -> tuple[str, ...]:
    """Give the items of a colon-separated list, stripped; empty items stay.

    >>> read_list("from : to:subject")
    ('from', 'to', 'subject')
    """
    return tuple(item.strip(" \t") for item in value.split(":"))


def read_domain(value: str, *, min_labels: int) -> str:
    """Give a domain name or selector as it is asked for in the DNS: lower case, A-labels (RFC 8616).

    >>> read_domain("Mail.Bücher.Example", min_labels=2)
    'mail.xn--bcher-kva.example'
    """
    labels = [_ascii_label(label) for label in value.split(".")]
    name = ".".join(labels).lower()
    if len(labels) < min_labels or len(name) > _MAX_NAME:
        raise TagListError(f"{shorten(value)} is no domain name")
    return name


def read_quoted_printable(value: str) -> str:
    """Give the text of a dkim-quoted-printable value (RFC 6376 section 2.11).

    >>> read_quoted_printable("joe=40example. org")
    'joe@example.org'
    """
    text = _WHITE_SPACE.sub("", value)
    if text.count("=") != len(_ESCAPE.findall(text)):
        raise TagListError(f"{shorten(value)} is not quoted-printable")
    # As bytes: an escape may stand for a part of a UTF-8 character.
    return binascii.a2b_qp(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _ascii_label(label: str) -> str:
    text = label
    if not label.isascii() and len(label) <= _MAX_LABEL:
        try:
            text = label.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise TagListError(f"{shorten(label)} is no domain label") from error
    if len(text) > _MAX_LABEL or _LABEL.fullmatch(text) is None:
        raise TagListError(f"{shorten(label)} is no domain label")
    return text
