"""The two ways DKIM levels out what mail systems change in transit: "simple" and "relaxed" (RFC 6376 section 3.4).

Written here and not taken from dkimpy 1.1.8, whose relaxed body takes quadratic time on long runs of spaces and
keeps spaces before a missing last CRLF, and whose relaxed header also strips characters that are no white space.
"""

from __future__ import annotations

import re
from typing import Literal

from forensics.protocols.dkim.message import HeaderField

Algorithm = Literal["simple", "relaxed"]

# More than one blank, or a tab: what must become one space. A single space is left alone, which is fast.
_BLANKS = re.compile(rb"[ \t]{2,}|\t")


def canonical_field(field: HeaderField, algorithm: Algorithm) -> bytes:
    r"""Give one header field as it is hashed, without the last CRLF.

    >>> canonical_field(HeaderField("Subject", b"Subject:  a\r\n\tb "), "relaxed")
    b'subject:a b'
    """
    if algorithm == "simple":
        return field.raw
    value = _BLANKS.sub(b" ", field.value.replace(b"\r\n", b"")).strip(b" ")
    return field.key.encode("ascii") + b":" + value


def canonical_body(body: bytes, algorithm: Algorithm) -> bytes:
    r"""Give the body as it is hashed; an empty one is CRLF under "simple" and nothing under "relaxed".

    Its lines are to end in CRLF, as `message.split` leaves them.

    >>> canonical_body(b"a  b \r\n\r\n\r\n", "relaxed"), canonical_body(b"", "simple")
    (b'a b\r\n', b'\r\n')
    """
    if algorithm == "relaxed":
        body = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = _end_of_text(body)
    if end == 0 and algorithm == "relaxed":
        return b""
    return body[:end] + b"\r\n"


def _end_of_text(body: bytes) -> int:
    """Give the position behind which the body has nothing but CRLF; a CR without LF is text."""
    tail = body[len(body.rstrip(b"\r\n")) :]
    if tail.endswith(b"\r"):
        return len(body)
    return len(body) - len(tail) + tail.rfind(b"\r\r") + 1
