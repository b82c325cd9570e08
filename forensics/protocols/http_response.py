r"""One HTTP/1.1 response as bytes: status, fields and body (RFC 9112), bounded and without a redirect followed.

>>> parse(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc").body
b'abc'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from forensics.errors import ProtocolError

HEAD_BYTES = 16_384
"""Bytes of a status line and fields that are read."""
MAX_FIELDS = 100
MAX_INTERIM = 4

_STATUS = re.compile(rb"HTTP/1\.[01] (?P<status>[1-5][0-9]{2})(?: [^\r\n]*)?")
_FIELD = re.compile(rb"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*(?P<value>[^\r\n\0]*)")
_SIZE = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,256})?\r\n")
_END = b"\r\n\r\n"


class HttpResponseError(ProtocolError):
    """Bytes that are no whole response."""


class HttpResponse(NamedTuple):
    """One response; names of fields are in lower case."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def field(self, name: str) -> str | None:
        """The value of the first field of that name."""
        return next((value for key, value in self.fields if key == name), None)

    @property
    def media_type(self) -> str | None:
        """The type of the body, without its parameters."""
        given = self.field("content-type")
        return None if given is None else given.partition(";")[0].strip().lower()


def parse(data: bytes) -> HttpResponse:
    """The final response of a connection that ended with it.

    Raises:
        HttpResponseError: no HTTP, a head or body that breaks off, or a body in a coding that was not asked for.
    """
    for _ in range(MAX_INTERIM + 1):
        found, start = _head(data)
        if found.status >= 200:
            return found._replace(body=_body(found, data[start:]))
        data = data[start:]  # RFC 9110 section 15.2: interim responses come before the final one
    raise HttpResponseError(f"more than {MAX_INTERIM} interim responses")


def is_whole(data: bytes | bytearray) -> bool:
    """Whether a response that tells its length is there to its end; one that does not ends with the connection."""
    at = 0
    for _ in range(MAX_INTERIM + 1):
        end = data.find(_END, at, at + HEAD_BYTES)
        if end < 0:
            return len(data) - at > HEAD_BYTES
        try:
            found, size = _head(bytes(data[at : end + len(_END)]))
            length = _length(found)
        except HttpResponseError:
            return True
        at += size
        if found.status >= 200:
            if _transfer(found) == "chunked":
                return data.endswith(b"0\r\n\r\n") and _has_last_chunk(data, at)
            return length is not None and len(data) - at >= length
    return True


def _head(data: bytes) -> tuple[HttpResponse, int]:
    """The response without its body, and where that begins."""
    end = data.find(_END, 0, HEAD_BYTES)
    first = _STATUS.match(data)
    if first is None:
        raise HttpResponseError("no HTTP/1.1 response")
    if end < 0:
        raise HttpResponseError("the head of the response does not end")
    lines = data[:end].split(b"\r\n")[1:]
    if len(lines) > MAX_FIELDS:
        raise HttpResponseError(f"more than {MAX_FIELDS} fields")
    fields = []
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise HttpResponseError("a field that is none")
        fields.append((field["name"].decode("ascii").lower(), field["value"].decode("latin-1").strip()))
    return HttpResponse(int(first["status"]), tuple(fields), b""), end + len(_END)


def _body(found: HttpResponse, rest: bytes) -> bytes:
    coding = (found.field("content-encoding") or "identity").lower()
    transfer = _transfer(found)
    if coding != "identity" or transfer not in ("", "chunked", "identity"):
        raise HttpResponseError(f"a body in a coding that was not asked for: {coding} {transfer}")
    if transfer == "chunked":
        return b"".join([rest[chunk] for chunk in _chunks(rest, 0)])
    length = _length(found)
    if length is None:
        return rest
    if len(rest) < length:
        raise HttpResponseError(f"the body breaks off after {len(rest)} of {length} bytes")
    return rest[:length]


def _transfer(found: HttpResponse) -> str:
    return (found.field("transfer-encoding") or "").lower()


def _has_last_chunk(data: bytes | bytearray, at: int) -> bool:
    try:
        for _ in _chunks(data, at):
            pass
    except HttpResponseError:
        return False
    return True


def _chunks(data: bytes | bytearray, at: int) -> Iterator[slice]:
    """Where each chunk stands that holds something, up to the last one, which holds nothing (RFC 9112 section 7.1)."""
    while True:
        size = _SIZE.match(data, at)
        if size is None:
            raise HttpResponseError("a chunk without its size")
        chunk = slice(size.end(), size.end() + int(size["size"], 16))
        if chunk.start == chunk.stop:
            return
        at = chunk.stop + 2
        if data[chunk.stop : at] != b"\r\n":
            raise HttpResponseError("a chunk breaks off")
        yield chunk


def _length(found: HttpResponse) -> int | None:
    given = {value for name, value in found.fields if name == "content-length"}
    if not given:
        return None
    text = given.pop()
    if given or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise HttpResponseError("lengths of the body that contradict each other, or none that is a number")
    return int(text)
