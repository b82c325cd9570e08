"""Records that are JSON objects, as an API answered them and scripts saved them: bare, in an array, in the envelope of
a response, or several of these one after another; UTF-8, or UTF-16 as PowerShell writes it.

An envelope is an object that is only a frame: values that are no object, and an array named `value` (OData 4, Graph),
`results` in `d` (OData 2) or `items` (Google). Only the array's objects are records, so that a response of any size is
read object by object. An envelope that names the next page says that it is not the whole answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from forensics.formats import _encoded_lines, _json_objects
from forensics.formats._json_objects import OBJECT_BYTES, STRING, Piece
from forensics.formats.lines import Parsed, reported
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.schema import Row

NEXT_PAGE = "An answer in it names a page that follows: whether that page was kept as well is not known from it."

_VALUE = rb"(?:" + STRING + rb"|[-+.\w]++)"
_MEMBER = STRING + rb"\s*:\s*" + _VALUE
# {"d":{"results":[    {"@odata.context":"...","value":[    {"kind":"...","etag":"...","items":[
ENVELOPE = re.compile(
    rb'\{(?:\s*"d"\s*:\s*\{)?(?:\s*' + _MEMBER + rb'\s*,)*+\s*"(?:value|results|items)"\s*:\s*\[',
)
# ],"@odata.nextLink":"..."}    ]}}
_ENVELOPE_END = re.compile(rb"\s*\](?:\s*,\s*" + _MEMBER + rb")*+(?:\s*\})+[\s,\]]*")
_NEXT_PAGE = re.compile(rb'"(?:@odata\.nextLink|odata\.nextLink|__next|nextPageToken)"\s*:\s*"[^"]')
_BETWEEN = b" \t\r\n[],"
_BOM = b"\xef\xbb\xbf"
_NOT_CLOSED, _NO_JSON = "an object that is not closed", "an object that is no JSON"


class Record(NamedTuple):
    """One record: its number, the bytes it lies in, and what it says."""

    no: int
    offset: int
    length: int
    said: dict[str, Any]

    def cite(self) -> dict[str, int]:
        """The citation columns of a row read from this record."""
        return {"record_no": self.no, "offset": self.offset, "length": self.length}


class _Located(NamedTuple):
    """A piece as UTF-8, and the bytes it lies in."""

    offset: int
    length: int
    piece: Piece


def text_of(head: bytes) -> str | None:
    """The first bytes of a piece of evidence as text; None where they do not begin an array or an object."""
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] not in (b"[", b"{"):
        return None
    return _encoded_lines.head_text(head)


def first_of(text: str, depth: int) -> dict[str, Any] | None:
    """The first record in the first text of a piece of evidence; None where that holds no whole one."""
    found = _json_objects.pieces(iter([text.encode()]), depth=depth, envelope=ENVELOPE)
    first = next((piece for piece in found if piece.is_object), None)
    return _decoded(first.data) if first is not None and first.whole else None


def read_records(source: Source, tally: Tally, parse: Callable[[Record], Parsed], depth: int) -> Iterator[Row]:
    """Yield the rows of each record and report the record's fate; what frames records is their container.

    Args:
        source: what is read.
        tally: what is told the fate of each byte.
        parse: the rows of a record.
        depth: how many objects may lie in each other in a record, itself counted.
    """
    for located in _located(source, depth):
        if located.piece.is_object:
            yield from _read_object(located, tally, parse)
        else:
            _between(located, tally)


def _read_object(located: _Located, tally: Tally, parse: Callable[[Record], Parsed]) -> tuple[Row, ...]:
    no, (offset, length, piece) = tally.records + 1, located
    if not piece.whole and len(piece.data) >= OBJECT_BYTES:
        tally.refused(no, offset, length, f"an object longer than {OBJECT_BYTES} bytes", piece.data)
        return ()
    said = _decoded(piece.data) if piece.whole else None
    if said is None:
        tally.unread(no, offset, length, _NO_JSON if piece.whole else _NOT_CLOSED, piece.data)
        return ()
    return reported(parse(Record(no, offset, length, said)), tally, no, offset, length, piece.data)


def _between(located: _Located, tally: Tally) -> None:
    text = located.piece.data.removeprefix(_BOM)
    if text.strip(_BETWEEN) and not ENVELOPE.fullmatch(text) and not _ENVELOPE_END.fullmatch(text):
        tally.unread(tally.records + 1, located.offset, located.length, "no JSON object", located.piece.data)
        return
    if _NEXT_PAGE.search(text):
        tally.problem(NEXT_PAGE)
    tally.container(located.offset, located.length)


def _decoded(data: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _located(source: Source, depth: int) -> Iterator[_Located]:
    """The pieces of the content, with the bytes they lie in."""
    encoding = _encoded_lines.utf_16_of(source.head(2))
    chunks = source.chunks()
    if encoding is None:
        for piece in _json_objects.pieces(chunks, depth=depth, envelope=ENVELOPE):
            yield _Located(piece.offset, len(piece.data), piece)
        return
    offset = 0
    for piece in _json_objects.pieces(_as_utf8(chunks, encoding), depth=depth, envelope=ENVELOPE):
        length = len(piece.data.decode("utf-8", "surrogatepass").encode(encoding, "surrogatepass"))
        yield _Located(offset, length, piece)
        offset += length


def _as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-16 as UTF-8, whole characters in each chunk; half a code unit at the end is left out.

    What is no character becomes what encodes to the same bytes again, so that every piece keeps its length.
    """
    rest, high = b"", 1 if encoding.endswith("le") else 0
    for chunk in chunks:
        data = rest + chunk
        whole = len(data) // 2 * 2
        if whole and data[whole - 2 + high] & 0xFC == 0xD8:
            whole -= 2  # the first half of a pair: the other half is in the next chunk
        yield data[:whole].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
        rest = data[whole:]
    whole = len(rest) // 2 * 2
    if whole:
        yield rest[:whole].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
