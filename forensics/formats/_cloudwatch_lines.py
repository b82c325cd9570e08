"""Lines of a log as CloudWatch Logs hands them on: behind a time stamp, or as the `message` of an object.

A task that exports a log group to S3 writes the time of each event before it; what reads a log group and keeps whole
events has one object a line.
"""

from __future__ import annotations

import re

import msgspec

_EXPORTED = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")


class _Event(msgspec.Struct):
    message: str


_DECODER = msgspec.json.Decoder(_Event)


def message_of(text: bytes) -> bytes:
    r"""What was logged, of one line without its line end; a line that is handed on bare is given as it is.

    >>> message_of(b"2026-11-23T09:28:00.000Z 2 111122223333 eni-0a1b2c3d"), message_of(b'{"message":"a \\"b\\""}')
    (b'2 111122223333 eni-0a1b2c3d', b'a "b"')
    """
    stamp = _EXPORTED.match(text)
    if stamp:
        return text[stamp.end() :]
    if text.startswith(b"{") and b'"message"' in text:
        try:
            return _DECODER.decode(text).message.encode("utf-8", "backslashreplace")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return text
    return text
