"""DMARC aggregate reports while their XML comes in (RFC 7489 appendix C, RFC 9990).

The XML is taken as data alone: a document type declaration, and with it every entity, is refused, and depth and the
length of texts are bounded. Each record is given with the bytes that hold it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from forensics.errors import ProtocolError
from forensics.protocols import address_text

MAX_DEPTH = 32
MAX_TEXT = 4096
MAX_ELEMENTS = 10_000
"""Elements of one record."""
MAX_COUNT = 1 << 53

_LATEST_S = 1 << 33
_DISPOSITIONS = ("none", "quarantine", "reject", "pass")


class AggregateReportError(ProtocolError):
    """Bytes that are no aggregate report, from `offset` of those fed on."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


class Origin(NamedTuple):
    """Who reports on which domain, and for which time (seconds since 1970); None where the report does not say."""

    reporter: str | None
    report_id: str | None
    domain: str | None
    begin_s: int | None
    end_s: int | None


class Authentication(NamedTuple):
    """One DKIM or SPF result of the receiver: its domain, selector and result."""

    method: str
    domain: str | None
    selector: str | None
    result: str | None


class ReportRecord(NamedTuple):
    """Messages of one source (RFC 7489 section 7.2); `problem` says why they cannot be counted.

    `dkim` and `spf` are the aligned results, `results` those before alignment.
    """

    offset: int
    length: int
    source_ip: str | None
    messages: int | None
    disposition: str | None
    dkim: str | None
    spf: str | None
    header_from: str | None
    envelope_from: str | None
    envelope_to: str | None
    results: tuple[Authentication, ...]
    problem: str | None


class ReportReader:
    """Takes a report piece by piece; `origin` is what its head says, which comes before the records."""

    def __init__(self) -> None:
        self.ended = False
        """Whether the root element was closed."""
        self.end = 0
        """Where it was closed, of the bytes fed."""
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._close
        self._parser.CharacterDataHandler = self._characters
        self._base, self._data = 0, b""
        self._path: list[str] = []
        self._text = ""
        self._head: dict[str, str] = {}
        self._record: _Record | None = None
        self._found: list[ReportRecord] = []

    @property
    def origin(self) -> Origin:
        """What the report has said of itself so far."""
        head = self._head.get
        begin, end = _seconds(head("date_range/begin")), _seconds(head("date_range/end"))
        if begin is not None and end is not None and begin > end:
            begin = end = None
        return Origin(head("org_name"), head("report_id"), head("policy/domain"), begin, end)

    def feed(self, data: bytes) -> Iterator[ReportRecord]:
        """The records that these bytes complete; what follows the root element is left.

        Raises:
            AggregateReportError: the XML is malformed or over a bound; the records before were given.
        """
        self._base, self._data = self._base + len(self._data), data
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            yield from self._drain()
            if not self.ended:
                raise AggregateReportError(f"no well-formed XML: {error}", self._parser.ErrorByteIndex) from error
        except AggregateReportError:
            yield from self._drain()
            raise
        yield from self._drain()

    def _drain(self) -> list[ReportRecord]:
        found, self._found = self._found, []
        return found

    def _refuse(self, *_: object) -> None:
        raise AggregateReportError("a document type declaration, which no report has", self._parser.CurrentByteIndex)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        self._path.append(name.rpartition(":")[2].lower())
        self._text = ""
        if len(self._path) == 1 and self._path != ["feedback"]:
            raise AggregateReportError(f"the root element is {name[:80]!r}, not feedback", at)
        if len(self._path) > MAX_DEPTH:
            raise AggregateReportError(f"elements nested deeper than {MAX_DEPTH}", at)
        if self._path == ["feedback", "record"]:
            self._record = _Record(at)
        elif self._record is not None:
            self._record.start(self._path[2:])

    def _close(self, _name: str) -> None:
        text = self._text.strip()
        if self._record is None:
            if len(self._path) > 2 and self._path[1] in ("report_metadata", "policy_published"):
                below = "/".join(self._path[2:])
                self._head.setdefault(below if self._path[1] == "report_metadata" else f"policy/{below}", text)
        elif len(self._path) == 2:
            self._found.append(self._record.done(self._after_tag()))
            self._record = None
        else:
            self._record.value(self._path[2:], text)
        self._text = ""
        self._path.pop()
        if not self._path:
            self.ended, self.end = True, self._after_tag()

    def _after_tag(self) -> int:
        """Where the tag ends that the parser stands at; it may have begun in bytes fed before."""
        at = max(self._parser.CurrentByteIndex - self._base, 0)
        return self._base + (self._data.find(b">", at) + 1 or len(self._data))

    def _characters(self, text: str) -> None:
        self._text += text[: max(MAX_TEXT - len(self._text), 0)]


class _Record:
    """One record while its elements come."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self._elements = 0
        self._values: dict[str, str] = {}
        self._results: list[dict[str, str]] = []

    def start(self, path: list[str]) -> None:
        self._elements += 1
        if len(path) == 2 and path[0] == "auth_results" and self._elements <= MAX_ELEMENTS:
            self._results.append({"method": path[1]})

    def value(self, path: list[str], text: str) -> None:
        if self._elements > MAX_ELEMENTS:
            return
        if len(path) == 3 and path[0] == "auth_results" and self._results:
            self._results[-1].setdefault(path[2], text)
        else:
            self._values.setdefault("/".join(path), text)

    def done(self, end: int) -> ReportRecord:
        value = self._values.get
        address = value("row/source_ip")
        source_ip = address_text.canonical(address) if address else None
        messages, disposition = _count(value("row/count")), value("row/policy_evaluated/disposition")
        return ReportRecord(
            self._offset, end - self._offset, source_ip, messages,
            disposition if disposition in _DISPOSITIONS else None, value("row/policy_evaluated/dkim") or None,
            value("row/policy_evaluated/spf") or None, value("identifiers/header_from") or None,
            value("identifiers/envelope_from"), value("identifiers/envelope_to") or None,
            tuple(_authentication(result) for result in self._results), self._problem(source_ip, messages),
        )  # fmt: skip

    def _problem(self, source_ip: str | None, messages: int | None) -> str | None:
        if self._elements > MAX_ELEMENTS:
            return f"a record of more than {MAX_ELEMENTS} elements"
        if source_ip is None:
            return "a record without a source address"
        return "a record without a count of messages" if messages is None else None


def _authentication(found: dict[str, str]) -> Authentication:
    return Authentication(found["method"], found.get("domain"), found.get("selector"), found.get("result"))


def _count(text: str | None) -> int | None:
    return (
        int(text) if text and text.isascii() and text.isdigit() and len(text) < 17 and int(text) < MAX_COUNT else None
    )


def _seconds(text: str | None) -> int | None:
    return (
        int(text) if text and text.isascii() and text.isdigit() and len(text) < 11 and int(text) < _LATEST_S else None
    )
