"""Logs of Zeek (once Bro): dns, conn, smtp and ssl, as TSV with `#fields` or as JSON lines.

Columns vary by version and package, so they are read by name. JSON times may be seconds, milliseconds or ISO 8601.

Sample::

    {"ts":1795425693.125,"uid":"CHhAvVGS1DHFjwGM9","id.orig_h":"192.0.2.7","id.orig_p":53124,"id.resp_h":"192.0.2.53",\
"id.resp_p":53,"proto":"udp","trans_id":2571,"query":"mx.example","qclass":1,"qtype":15,"RD":true}

Source: Zeek, scripts/base/protocols/{dns,conn,smtp,ssl}/main.zeek. Time base: UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from forensics.formats import _zeek_rows
from forensics.formats._zeek_entries import Entry, Header, json_entry
from forensics.formats._zeek_smtp import Sessions
from forensics.formats.lines import cite, lines_of
from forensics.formats.source import LINE_BYTES, Block, Line, Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.schema import Row

NAME = "zeek"
VANTAGE = "other_link"
TABLES = (
    "dns_query", "dns_response", "dns_record", "connection", "smtp_session", "smtp_envelope", "smtp_recipient",
    "tls_session",
)  # fmt: skip
LOCAL_TIME = False

MIN_COLUMN_BYTES = 1 << 16
"""Blocks from this size on are read as columns."""

_PATHS = ("dns", "conn", "smtp", "ssl")
_FILLS = {
    "dns": ("dns_query", "dns_response", "dns_record"), "conn": ("connection",), "ssl": ("tls_session",),
    "smtp": ("smtp_session", "smtp_envelope", "smtp_recipient"),
}  # fmt: skip
"""What one log can show: a log of DNS says nothing of connections."""

_OTHER_LOG = "a line of another Zeek log"
_Rows = Callable[[Entry, dict[str, int]], Iterator[Row]]


class _Taken(NamedTuple):
    """A line taken apart: which log it is of (None: one of no interest here) and its fields."""

    path: str | None
    entry: Entry


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True for a TSV header that names one of these logs, or a first JSON line with the fields of one."""
    first, _, rest = head.partition(b"\n")
    if first.startswith(b"#separator "):
        header = Header()
        for line in [first, *rest.splitlines()[:20]]:
            if line.startswith(b"#"):
                header.read(line.decode("utf-8", "backslashreplace"))
        return header.path in _PATHS
    entry = json_entry(first) if first.startswith(b"{") else None
    return entry is not None and _json_path(entry) in _PATHS


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:  # noqa: ARG001 - nothing is left
    """Yield the rows of each line, and an `smtp_session` once its connection's lines are read."""
    reader = _Reader(tally)
    for block in source.blocks():
        if len(block.data) < MIN_COLUMN_BYTES:
            yield from reader.lines(lines_of(block, reader.no))
        else:
            yield from reader.columns(block)
    yield from reader.close()


class _Reader:
    """What carries over from line to line."""

    def __init__(self, tally: Tally) -> None:
        self.no = 1
        """The number of the next line."""
        self._tally = tally
        self._header = Header()
        self._sessions = Sessions()
        self._rows_of: dict[str, _Rows] = {
            "dns": _zeek_rows.dns_rows, "conn": _zeek_rows.conn_rows, "ssl": _zeek_rows.ssl_rows,
            "smtp": self._sessions.rows,
        }  # fmt: skip
        self._path: str | None = None

    def columns(self, block: Block) -> Iterator[Row | ColumnBatch]:
        """The rows of a block: lines of the frequent shape as columns, the others one by one."""
        # NumPy and Arrow are for where there is much to read
        from forensics.formats import _zeek_blocks

        for part in _zeek_blocks.parts(block):
            large = len(part.data) >= MIN_COLUMN_BYTES
            read = _zeek_blocks.read_block(part, self._header, self.no) if large else None
            if read is None:
                yield from self.lines(lines_of(part, self.no))
                continue
            rows = read.rows
            yield from rows.batches
            self._fill(read.path)
            first_no = self.no
            for first, last, taken in rows.runs():
                if taken:
                    start, end = int(rows.lines.starts[first]), int(rows.lines.nexts[last - 1])
                    self._tally.record(part.offset + start, end - start, last - first)
                else:
                    yield from self.lines(rows.line(part, index, first_no) for index in range(first, last))
            self.no = first_no + len(rows.taken)

    def lines(self, lines: Iterable[Line]) -> Iterator[Row]:
        """The rows of lines, one by one."""
        for line in lines:
            self.no = line.no + 1
            taken = _take(line, self._header, self._tally)
            self._fill(self._header.path if taken is None else taken.path)
            if taken is None:
                continue
            if taken.path not in self._rows_of:
                self._tally.ignored(line.offset, line.length, _OTHER_LOG)
                continue
            self._tally.record(line.offset, line.length)
            yield from self._rows_of[taken.path](taken.entry, cite(line))

    def close(self) -> Iterator[Row]:
        """The sessions that are still open at the end."""
        return self._sessions.close()

    def _fill(self, path: str | None) -> None:
        if path != self._path:
            self._tally.fills.update(_FILLS.get(path or "", ()))
            self._path = path


def _take(line: Line, header: Header, tally: Tally) -> _Taken | None:
    """A line's entry, or None where its fate is told already."""
    if not line.text.strip():
        tally.padding(line.offset, line.length)
    elif line.length > LINE_BYTES:
        tally.refused(line.no, line.offset, line.length, f"a line longer than {LINE_BYTES} bytes", line.text)
    elif line.text.startswith(b"#"):
        header.read(line.text.decode("utf-8", "backslashreplace"))
        tally.container(line.offset, line.length)
    elif line.text.startswith(b"{"):
        entry = json_entry(line.text)
        if entry is not None and "ts" in entry.values:
            return _Taken(_json_path(entry), entry)
        tally.unread(line.no, line.offset, line.length, "no JSON object of a Zeek log", line.text)
    else:
        entry = header.entry(line.text.decode("utf-8", "backslashreplace"))
        if entry is not None:
            return _Taken(header.path, entry)
        tally.unread(line.no, line.offset, line.length, "not as many columns as #fields names", line.text)
    return None


def _json_path(entry: Entry) -> str | None:
    """Which log a JSON line is of: the path that streaming writes, else the fields that no other log has."""
    values = entry.values
    if "_path" in values:
        path = entry.text("_path")
        return path if path in _PATHS else None
    if "event_type" in values or not {"ts", "uid", "id.orig_h", "id.resp_h"} <= values.keys():
        return None
    if "conn_state" in values:
        return "conn"
    if "trans_id" in values or "qtype" in values:
        return "dns"
    if "trans_depth" in values:
        return "smtp" if not {"method", "host", "uri", "status_code"} & values.keys() else None
    return "ssl" if "established" in values and "resumed" in values else None
