"""DMARC aggregate reports, from bytes as they come in to records with their places (RFC 7489 appendix C, RFC 9990).

A content may hold several documents behind each other: the members of an archive. A document type declaration and the
entities in it, elements nested too deep and tokens without end are refused with their document; reading goes on with
the next XML declaration. A record that lacks what it is for is `Unreadable` alone. Nothing outside is ever looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from forensics.protocols import address_text

MAX_DEPTH = 20
"""Elements inside each other."""
MAX_RECORD_BYTES = 1 << 20
"""Bytes of one record, of a tag, and of what stands before the first record."""
MAX_TEXT = 1_000
"""Characters of one value."""
MAX_RESULTS = 100
"""DKIM signatures, SPF checks and reasons that are kept of one record."""
MAX_COUNT = (1 << 63) - 1

_SLICE_BYTES = 64 << 10
_AHEAD_BYTES = 16
# A document type declaration cannot be undone once expat has read it, so it is looked for before; an XML declaration
# begins the next document, whatever became of the last one.
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\?xml(?=[ \t\r\n])")
_BLANK = re.compile(rb"(?:[ \t\r\n\0]|\xef\xbb\xbf)*+")
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,63}+:)?feedback[\s/>]")
_ELEMENT = re.compile(rb"<[A-Za-z_]")
_ROOT_BYTES = 4096
_EXCERPT_BYTES = 200
_NUMBER = re.compile(r"[0-9]{1,19}+")
_REPEATED = {"auth_results/dkim", "auth_results/spf", "row/policy_evaluated/reason"}
_VALUES = {
    "row/source_ip", "row/count", "row/policy_evaluated/disposition", "row/policy_evaluated/dkim",
    "row/policy_evaluated/spf", "identifiers/header_from", "identifiers/envelope_from", "identifiers/envelope_to",
}  # fmt: skip
_HEAD = {
    "report_metadata/org_name", "report_metadata/email", "report_metadata/report_id",
    "report_metadata/date_range/begin", "report_metadata/date_range/end", "policy_published/domain",
}  # fmt: skip
_POLICY = ("discovery_method", "p", "sp", "np", "adkim", "aspf", "pct", "testing", "fo")


class ReportHead(NamedTuple):
    """What a document says of itself, as far as it has been read; times in seconds since 1970 UTC, None where not said.

    `domain` and `policy` are what the domain published: the policy's tags in their order, such as `p=none`.
    """

    org_name: str | None = None
    email: str | None = None
    report_id: str | None = None
    begin: int | None = None
    end: int | None = None
    domain: str | None = None
    policy: str | None = None


class AuthResult(NamedTuple):
    """One result of a check that the receiver made; `detail` is the DKIM selector or the SPF scope."""

    domain: str | None
    result: str | None
    detail: str | None


class AggregateRecord(NamedTuple):
    """One `record`: what the receiver counted of one source address.

    `disposition` is what was done; `dkim` and `spf` say whether each passed aligned with the From field;
    `envelope_from` is empty for the null sender. `reasons` are why the policy was not followed.
    """

    head: ReportHead
    source_ip: str
    messages: int
    disposition: str | None
    dkim: str | None
    spf: str | None
    header_from: str | None
    envelope_from: str | None
    envelope_to: str | None
    dkim_results: tuple[AuthResult, ...]
    spf_results: tuple[AuthResult, ...]
    reasons: tuple[str, ...]


class Unreadable(NamedTuple):
    """What is no record: why, its first bytes, and whether it is over a bound rather than malformed."""

    reason: str
    excerpt: bytes
    refused: bool


class Part(NamedTuple):
    """A run of bytes: a record, what cannot be read, or None for what stands around records."""

    offset: int
    length: int
    content: AggregateRecord | Unreadable | None


class _RefusedError(Exception):
    """Ends a document, with the reason; `bound` where it is over one of the bounds above."""

    def __init__(self, reason: str, *, bound: bool) -> None:
        super().__init__(reason)
        self.bound = bound


class _DocumentEndedError(Exception):
    """The outermost element is closed: the byte of the content behind it."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


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
        self._document: _Document | None = None
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
        except _DocumentEndedError as found:
            self._document = None
            self._put(found.end, None)
            return found.end - self._base
        except _RefusedError as error:
            self._lose(error)
        return stop

    def _declaration(self, at: int) -> None:
        """A declaration begins at `at`: that of a document that begins, or what ends the one that is open."""
        if self._held.startswith(b"<!", at):
            if self._lost is None:
                self._lose(_RefusedError("a document type declaration", bound=True))
            return
        if self._document is not None:
            self._finish()
        if self._lost is not None:
            self._put(self._base + at, self._lost)
            self._lost = None
        self._put(self._base + at, None)
        self._document = _Document(self._base + at, self._put)

    def _finish(self) -> None:
        """End the open document, whose element is not closed."""
        if self._document is not None:
            try:
                self._document.finish()
            except _RefusedError as error:
                self._lose(error)
            self._document = None

    def _begin(self, at: int, size: int) -> int:
        """Begin a document at the next byte that is no blank."""
        blank = _BLANK.match(self._held, at, size)
        at = blank.end() if blank else at
        if at < size:
            self._put(self._base + at, None)
            self._document = _Document(self._base + at, self._put)
        return at

    def _lose(self, error: _RefusedError) -> None:
        """Give up the document, from the record it stands in, or from the last one on."""
        document, self._document = self._document, None
        if document is not None and document.record_at is not None:
            self._put(document.record_at, None)
        start = self._done - self._base
        excerpt = self._held[start : start + _EXCERPT_BYTES] if start >= 0 else b""
        if document is not None and document.record_at is not None:
            excerpt = document.excerpt
        self._lost = Unreadable(str(error), excerpt, error.bound)


_Found = Callable[[int, AggregateRecord | Unreadable | None], None]
"""Told where a part ends, and what it is."""


class _Document:
    """One document on its way through expat; `record_at` is where the open record begins."""

    def __init__(self, base: int, found: _Found) -> None:
        self._base, self._found = base, found
        self._held, self._held_at = b"", 0
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._text_size = 0
        self._head: dict[str, str] = {}
        self._record = _Fields()
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
            raise _RefusedError(f"a tag or text longer than {MAX_RECORD_BYTES} bytes", bound=True)

    def finish(self) -> None:
        """Say so where the document is not complete."""
        self._parse(b"", final=True)

    def _parse(self, data: bytes | memoryview, *, final: bool) -> None:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            raise _RefusedError(f"no well-formed XML: {expat.ErrorString(error.code)}", bound=False) from error
        # an encoding that is not known, or that has more than one byte to a character
        except (ValueError, LookupError) as error:
            raise _RefusedError("XML in an encoding that is not read", bound=False) from error

    def _position(self) -> int:
        return self._base + self._parser.CurrentByteIndex

    def _declared(self, *_: object) -> None:
        raise _RefusedError("a document type declaration", bound=True)

    def _start(self, name: str, _: dict[str, str]) -> None:
        path = self._path
        path.append(name.rpartition(":")[2])
        if len(path) > MAX_DEPTH:
            raise _RefusedError(f"elements more than {MAX_DEPTH} deep", bound=True)
        if len(path) == 1 and path[0] != "feedback":
            raise _RefusedError("no DMARC aggregate report", bound=False)
        if len(path) == 2 and path[1] == "record":
            self.record_at, self._record = self._position(), _Fields()
            start = max(self.record_at - self._held_at, 0)
            self._record.excerpt = self._held[start : start + _EXCERPT_BYTES]
        elif self.record_at is not None and "/".join(path[2:]) in _REPEATED:
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
        elif value and len(value) <= MAX_TEXT:
            self._head_value(path, value)
        self._text = None
        ended, depth = path.pop(), len(path)
        if depth == 1 and ended == "record" and self.record_at is not None:
            self._record_ended(self.record_at, empty)
        elif depth == 0:
            raise _DocumentEndedError(self._behind(empty))

    def _head_value(self, path: list[str], value: str) -> None:
        key = "/".join(path[1:])
        if key in _HEAD or (len(path) == 3 and path[1] == "policy_published" and path[2] in _POLICY):
            self._head.setdefault(key, value)

    def _record_ended(self, start: int, empty: str | None) -> None:
        self._found(start, None)
        end = self._behind(empty)
        self.record_at = None
        content = self._record.close(_head_of(self._head))
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


class _Fields:
    """The values of one record while they come in."""

    def __init__(self) -> None:
        self.excerpt = b""
        self._values: dict[str, str] = {}
        self._repeated: dict[str, list[dict[str, str]]] = {key: [] for key in _REPEATED}
        self._group: dict[str, str] | None = None
        self._wrong: Unreadable | None = None

    def open(self) -> None:
        """Begin an element that may stand more than once."""
        self._group = {}

    def take(self, path: list[str], value: str | None) -> None:
        """The value of an element that has ended; None where it holds others."""
        key = "/".join(path).replace("identities/", "identifiers/")
        if key in _REPEATED:
            if len(self._repeated[key]) < MAX_RESULTS:
                self._repeated[key].append(self._group or {})
            self._group = None
        elif value is not None and self._group is not None and "/".join(path[:-1]) in _REPEATED:
            self._group.setdefault(path[-1], value[:MAX_TEXT])
        elif value is not None and key in _VALUES:
            if key in self._values:
                self._wrong = self._wrong or Unreadable(f"{path[-1]} stands twice", self.excerpt, refused=False)
            if len(value) > MAX_TEXT:
                reason = f"{path[-1]} is longer than {MAX_TEXT} characters"
                self._wrong = self._wrong or Unreadable(reason, self.excerpt, refused=True)
            self._values[key] = value

    def close(self, head: ReportHead) -> AggregateRecord | Unreadable:
        """The record, or why it is none."""
        if self._wrong is not None:
            return self._wrong
        address, number = self._values.get("row/source_ip"), self._values.get("row/count")
        source_ip = address_text.canonical(address) if address else None
        count = _number(number)
        if source_ip is None:
            return self._unreadable("source_ip is no address" if address else "a record without source_ip")
        if count is None:
            return self._unreadable("count is no number of messages" if number else "a record without count")
        evaluated, named = "row/policy_evaluated/", "identifiers/"
        return AggregateRecord(
            head=head, source_ip=source_ip, messages=count, disposition=self._said(f"{evaluated}disposition"),
            dkim=self._said(f"{evaluated}dkim"), spf=self._said(f"{evaluated}spf"),
            header_from=self._said(f"{named}header_from"), envelope_from=self._values.get(f"{named}envelope_from"),
            envelope_to=self._said(f"{named}envelope_to"), dkim_results=self._results("auth_results/dkim", "selector"),
            spf_results=self._results("auth_results/spf", "scope"),
            reasons=tuple(
                reason for group in self._repeated["row/policy_evaluated/reason"] if (reason := group.get("type"))
            ),
        )  # fmt: skip

    def _unreadable(self, reason: str) -> Unreadable:
        return Unreadable(reason, self.excerpt, refused=False)

    def _said(self, key: str) -> str | None:
        return self._values.get(key) or None

    def _results(self, key: str, detail: str) -> tuple[AuthResult, ...]:
        return tuple(
            AuthResult(group.get("domain") or None, group.get("result") or None, group.get(detail) or None)
            for group in self._repeated[key]
        )


def _number(text: str | None) -> int | None:
    number = int(text) if text and _NUMBER.fullmatch(text) else None
    return number if number is not None and number <= MAX_COUNT else None


def _head_of(said: dict[str, str]) -> ReportHead:
    policy = "; ".join(f"{tag}={said[key]}" for tag in _POLICY if (key := f"policy_published/{tag}") in said)
    return ReportHead(
        org_name=said.get("report_metadata/org_name"), email=said.get("report_metadata/email"),
        report_id=said.get("report_metadata/report_id"),
        begin=_number(said.get("report_metadata/date_range/begin")),
        end=_number(said.get("report_metadata/date_range/end")),
        domain=said.get("policy_published/domain"), policy=policy or None,
    )  # fmt: skip
