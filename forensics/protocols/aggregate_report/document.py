"""One document on its way through expat, within bounds: where its records begin and end, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from forensics.protocols.aggregate_report.fields import MAX_TEXT, REPEATED, HeadFields, RecordFields
from forensics.protocols.aggregate_report.values import EXCERPT_BYTES, AggregateRecord, Unreadable

MAX_DEPTH = 20
"""Elements inside each other."""
MAX_RECORD_BYTES = 1 << 20
"""Bytes of one record, of a tag, and of what stands before the first record."""

Found = Callable[[int, AggregateRecord | Unreadable | None], None]
"""Told where a part ends, and what it is."""


class RefusedError(Exception):
    """Ends a document, with the reason; `bound` where it is over one of the bounds above."""

    def __init__(self, reason: str, *, bound: bool) -> None:
        super().__init__(reason)
        self.bound = bound


class DocumentEndedError(Exception):
    """The outermost element is closed: the byte of the content behind it."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


class Document:
    """One document on its way through expat; `record_at` is where the open record begins."""

    def __init__(self, base: int, found: Found) -> None:
        self._base, self._found = base, found
        self._held, self._held_at = b"", 0
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._text_size = 0
        self._head = HeadFields()
        self._record = RecordFields()
        self.record_at: int | None = None
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._declared
        parser.EntityDeclHandler = self._declared
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    @property
    def excerpt(self) -> bytes:
        """The first bytes of the open record."""
        return self._record.excerpt

    def feed(self, held: bytes, held_at: int, start: int, stop: int) -> None:
        """Read `held[start:stop]`; the first byte of `held` is byte `held_at` of the content."""
        self._held, self._held_at = held, held_at
        self._parse(memoryview(held)[start:stop], final=False)
        if held_at + stop - self._position() > MAX_RECORD_BYTES:
            raise RefusedError(f"a tag or text longer than {MAX_RECORD_BYTES} bytes", bound=True)

    def finish(self) -> None:
        """Say so where the document is not complete."""
        self._parse(b"", final=True)

    def _parse(self, data: bytes | memoryview, *, final: bool) -> None:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            raise RefusedError(f"no well-formed XML: {expat.ErrorString(error.code)}", bound=False) from error
        # an encoding that is not known, or that has more than one byte to a character
        except (ValueError, LookupError) as error:
            raise RefusedError("XML in an encoding that is not read", bound=False) from error

    def _position(self) -> int:
        return self._base + self._parser.CurrentByteIndex

    def _declared(self, *_: object) -> None:
        raise RefusedError("a document type declaration", bound=True)

    def _start(self, name: str, _: dict[str, str]) -> None:
        path = self._path
        path.append(name.rpartition(":")[2])
        if len(path) > MAX_DEPTH:
            raise RefusedError(f"elements more than {MAX_DEPTH} deep", bound=True)
        if len(path) == 1 and path[0] != "feedback":
            raise RefusedError("no DMARC aggregate report", bound=False)
        if len(path) == 2 and path[1] == "record":
            self.record_at, self._record = self._position(), RecordFields()
            start = max(self.record_at - self._held_at, 0)
            self._record.excerpt = self._held[start : start + EXCERPT_BYTES]
        elif self.record_at is not None and "/".join(path[2:]) in REPEATED:
            self._record.open()
        self._text, self._text_size = [], 0

    def _characters(self, text: str) -> None:
        if self._text is not None and self._text_size <= MAX_TEXT:
            self._text.append(text[: MAX_TEXT + 1])
            self._text_size += len(text)

    def _end(self, name: str) -> None:
        path, text = self._path, self._text
        value = None if text is None else "".join(text).strip()
        empty = name if text == [] else None
        if self.record_at is not None:
            self._record.take(path[2:], value)
        else:
            self._head.take(path[1:], value)
        self._text = None
        ended, depth = path.pop(), len(path)
        if depth == 1 and ended == "record" and self.record_at is not None:
            self._record_ended(self.record_at, empty)
        elif depth == 0:
            raise DocumentEndedError(self._behind(empty))

    def _record_ended(self, start: int, empty: str | None) -> None:
        self._found(start, None)
        end = self._behind(empty)
        self.record_at = None
        content = self._record.close(self._head.head())
        if end - start > MAX_RECORD_BYTES:
            content = Unreadable(f"a record longer than {MAX_RECORD_BYTES} bytes", self._record.excerpt, refused=True)
        self._found(end, content)

    def _behind(self, empty: str | None) -> int:
        """The byte behind the element that ends; `empty` is its name where nothing stands in it."""
        start = self._position() - self._held_at
        # expat is at the end tag, but behind the tag of an element that has none
        if empty is not None and start > 0 and not self._held.startswith(f"</{empty}".encode(), start):
            return self._held_at + start
        return self._held_at + self._held.find(b">", max(start, 0)) + 1
