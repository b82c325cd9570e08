"""A content cut into parts: documents behind each other, each byte in one part, damage bounded by the next document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.protocols.aggregate_report.document import Document, DocumentEndedError, RefusedError
from forensics.protocols.aggregate_report.values import EXCERPT_BYTES, AggregateRecord, Part, Unreadable

_SLICE_BYTES = 64 << 10
_AHEAD_BYTES = 16
# A document type declaration cannot be undone once expat has read it, so it is looked for before; an XML declaration
# begins the next document, whatever became of the last one.
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\?xml(?=[ \t\r\n])")
_BLANK = re.compile(rb"(?:[ \t\r\n\0]|\xef\xbb\xbf)*+")
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,63}+:)?feedback[\s/>]")
_ELEMENT = re.compile(rb"<[A-Za-z_]")
_ROOT_BYTES = 4096


def begins(head: bytes) -> bool:
    """Whether the first element is the root of a report, within the first bytes of a content.

    >>> begins(b"<?xml version='1.0'?><feedback>"), begins(b"<html><feedback>")
    (True, False)
    """
    start = head[:_ROOT_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    first = _ELEMENT.search(start)
    return start.startswith(b"<") and first is not None and _ROOT.match(start, first.start()) is not None


class ReportReader:
    """Takes bytes, gives the parts that they complete: in order, each byte in one of them.

    A document that ends too early, with no byte left that is not in a record, leaves a part without bytes.

    >>> reader = ReportReader()
    >>> data = b"<feedback><record><row><source_ip>192.0.2.1</source_ip><count>2</count></row></record></feedback>"
    >>> [part.content.messages for part in (*reader.feed(data), *reader.close()) if part.content]
    [2]
    """

    def __init__(self) -> None:
        self._document: Document | None = None
        self._held, self._base = b"", 0
        self._done = 0
        self._lost: Unreadable | None = None
        self._parts: list[Part] = []

    def feed(self, data: bytes) -> Iterator[Part]:
        """The parts that end in the next bytes."""
        at = 0
        while at < len(data):
            # always the same slices, however the bytes come in, so that the same content gives the same parts
            more = data[at : at + _SLICE_BYTES + _AHEAD_BYTES - len(self._held)]
            self._held += more
            at += len(more)
            if len(self._held) == _SLICE_BYTES + _AHEAD_BYTES:
                self._take(_SLICE_BYTES)
                yield from self._drain()

    def close(self) -> Iterator[Part]:
        """The parts that the end of the content completes."""
        self._take(len(self._held))
        self._finish()
        if self._lost is not None:
            self._put(self._base, self._lost)
        self._put(self._base, None)
        yield from self._drain()

    def _drain(self) -> Iterator[Part]:
        parts, self._parts = self._parts, []
        yield from parts

    def _put(self, end: int, content: AggregateRecord | Unreadable | None) -> None:
        if content is not None or end > self._done:
            self._parts.append(Part(self._done, end - self._done, content))
            self._done = end

    def _take(self, size: int) -> None:
        """Read the first `size` bytes that are held; what follows them is looked at, and stays."""
        marks = [mark.start() for mark in _DECLARATION.finditer(self._held) if mark.start() < size]
        at = 0
        for stop in (*marks, size):
            while at < stop:
                at = self._read_to(stop, at)
            if stop < size:
                self._declaration(stop)
        self._held, self._base = self._held[size:], self._base + size

    def _read_to(self, stop: int, at: int) -> int:
        """Read on from `at`, without a declaration before `stop`; where to go on."""
        if self._lost is not None:
            return stop
        if self._document is None:
            return self._begin(at, stop)
        try:
            self._document.feed(self._held, self._base, at, stop)
        except DocumentEndedError as found:
            self._document = None
            self._put(found.end, None)
            return found.end - self._base
        except RefusedError as error:
            self._lose(error)
        return stop

    def _declaration(self, at: int) -> None:
        """A declaration begins at `at`: that of a document that begins, or what ends the one that is open."""
        if self._held.startswith(b"<!", at):
            if self._lost is None:
                self._lose(RefusedError("a document type declaration", bound=True))
            return
        if self._document is not None:
            self._finish()
        if self._lost is not None:
            self._put(self._base + at, self._lost)
            self._lost = None
        self._put(self._base + at, None)
        self._document = Document(self._base + at, self._put)

    def _finish(self) -> None:
        """End the open document, whose element is not closed."""
        if self._document is not None:
            try:
                self._document.finish()
            except RefusedError as error:
                self._lose(error)
            self._document = None

    def _begin(self, at: int, size: int) -> int:
        """Begin a document at the next byte that is no blank."""
        blank = _BLANK.match(self._held, at, size)
        at = blank.end() if blank else at
        if at < size:
            self._put(self._base + at, None)
            self._document = Document(self._base + at, self._put)
        return at

    def _lose(self, error: RefusedError) -> None:
        """Give up the document, from the record it stands in, or from the last one on."""
        document, self._document = self._document, None
        if document is not None and document.record_at is not None:
            self._put(document.record_at, None)
        start = self._done - self._base
        excerpt = self._held[start : start + EXCERPT_BYTES] if start >= 0 else b""
        if document is not None and document.record_at is not None:
            excerpt = document.excerpt
        self._lost = Unreadable(str(error), excerpt, error.bound)
