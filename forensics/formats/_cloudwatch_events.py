"""Events of a log group as CloudWatch Logs hands them on, with what was logged in each.

A line each: bare, behind the time of the event (a task that exports to S3), or as the `message` of an object. Or in the
answer of an API, `{"events": [{"message": ...}, ...]}`, and in what a subscription delivers, as its `logEvents`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from forensics.formats._json_objects import OBJECT_BYTES, STRING, Piece, pieces
from forensics.formats.lines import Ignored, Parsed, Unreadable, read_lines, reported
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.schema import Row

NEXT_PAGE = "An answer in it names a page that follows: whether that page was kept as well is not known from it."

_HEAD_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"
_EXPORTED = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")
_PLAIN = rb"(?:" + STRING + rb"|[-+.\w]++)"
# every run of blanks is taken once, or a file of blanks would take quadratic time
_LIST = rb"\[\s*+(?:" + _PLAIN + rb"(?:\s*+,\s*+" + _PLAIN + rb")*+\s*+)?+\]"
_MEMBER = STRING + rb"\s*+:\s*+(?:" + _PLAIN + rb"|" + _LIST + rb")"
# {"events": [    {"messageType":"DATA_MESSAGE","subscriptionFilters":["all"],"logEvents":[
_OPEN = re.compile(rb"\{(?:\s*+" + _MEMBER + rb'\s*+,)*+\s*+"(?:events|logEvents)"\s*+:\s*+\[')
# ],"nextForwardToken":"f/3"}    ],"searchedLogStreams":[    ],"nextToken":"x"}
_CLOSE = re.compile(
    rb"\s*+\](?:\s*+,\s*+" + _MEMBER + rb')*+(?:\s*+,\s*+"searchedLogStreams"\s*+:\s*+\[|\s*+\})\s*+',
)
_NEXT_PAGE = re.compile(rb'"nextToken"\s*:\s*"[^"]')
_BETWEEN = b" \t\r\n,"


class _Event(msgspec.Struct):
    message: str


_DECODER = msgspec.json.Decoder(_Event)
_ANY = msgspec.json.Decoder(dict[str, msgspec.Raw])


def message_of(text: bytes) -> bytes:
    r"""What was logged, of one line without its line end; a line that is handed on bare is given as it is.

    >>> message_of(b"2026-11-23T09:28:00.000Z 2 111122223333 eni-0a1b2c3d"), message_of(b'{"message":"a \\"b\\""}')
    (b'2 111122223333 eni-0a1b2c3d', b'a "b"')
    """
    stamp = _EXPORTED.match(text)
    if stamp:
        return text[stamp.end() :]
    if text.startswith(b"{") and b'"message"' in text:
        return _message(text) or text
    return text


def first_messages(head: bytes, number: int) -> Iterator[bytes]:
    """What was logged first, of the first bytes of a piece of evidence; blank lines count among the number."""
    text = head.removeprefix(_BOM).lstrip()
    if not _OPEN.match(text):
        yield from (message_of(line.strip()) for line in text.split(b"\n")[:number])
        return
    found = (piece for piece in pieces(iter([text]), envelope=_OPEN) if piece.is_object and piece.whole)
    for _, piece in zip(range(number), found, strict=False):
        yield _message(piece.data) or b""


def read_events(source: Source, tally: Tally, parse: Callable[[Line], Parsed]) -> Iterator[Row]:
    """Yield the rows of each event and report its fate; `parse` is given an event as the line that was logged."""
    if not _OPEN.match(source.head(_HEAD_BYTES).removeprefix(_BOM).lstrip()):
        yield from read_lines(source, tally, parse)
        return
    for piece in pieces(source.chunks(), envelope=_OPEN):
        if piece.is_object:
            yield from _read_object(piece, tally, parse)
        else:
            _between(piece, tally)


def _read_object(piece: Piece, tally: Tally, parse: Callable[[Line], Parsed]) -> tuple[Row, ...]:
    no, offset, length = tally.records + 1, piece.offset, len(piece.data)
    if not piece.whole and length >= OBJECT_BYTES:
        tally.refused(no, offset, length, f"an object longer than {OBJECT_BYTES} bytes", piece.data)
        return ()
    return reported(_parsed(piece, no, parse), tally, no, offset, length, piece.data)


def _parsed(piece: Piece, no: int, parse: Callable[[Line], Parsed]) -> Parsed:
    message = _message(piece.data) if piece.whole else None
    if message is not None:
        return parse(Line(no, piece.offset, message.rstrip(b"\r\n"), len(piece.data)))
    try:
        searched = piece.whole and "searchedCompletely" in _ANY.decode(piece.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        searched = False
    return Ignored("a log stream that was searched") if searched else Unreadable("no event with a message")


def _between(piece: Piece, tally: Tally) -> None:
    text = piece.data.removeprefix(_BOM) if piece.offset == 0 else piece.data
    rest = text.strip(_BETWEEN)
    if rest and not _OPEN.fullmatch(rest) and not _CLOSE.fullmatch(rest):
        tally.unread(tally.records + 1, piece.offset, len(piece.data), "no JSON object", piece.data)
        return
    if _NEXT_PAGE.search(text):
        tally.leaves_out = True
        tally.problem(NEXT_PAGE)
    tally.container(piece.offset, len(piece.data))


def _message(data: bytes) -> bytes | None:
    try:
        return _DECODER.decode(data).message.encode("utf-8", "backslashreplace")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
