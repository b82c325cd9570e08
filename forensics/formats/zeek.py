"""Logs of Zeek (once Bro): dns, conn, smtp and ssl, as TSV with `#fields` or as JSON lines.

Columns vary by version and package, so they are read by name. JSON times may be seconds, milliseconds or ISO 8601.

Sample::

    {"ts":1795425693.125,"uid":"CHhAvVGS1DHFjwGM9","id.orig_h":"192.0.2.7","id.orig_p":53124,"id.resp_h":"192.0.2.53",\
"id.resp_p":53,"proto":"udp","trans_id":2571,"query":"mx.example","qclass":1,"qtype":15,"RD":true}

Source: Zeek, scripts/base/protocols/{dns,conn,smtp,ssl}/main.zeek. Time base: UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from forensics.formats import _zeek_rows
from forensics.formats._zeek_entries import PATHS, Entry, Header, json_entry, json_path
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
        return header.path in PATHS
    entry = json_entry(first) if first.startswith(b"{") else None
    return entry is not None and json_path(entry.values.__contains__, entry.text) in PATHS


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:  # noqa: ARG001 - nothing is left
    """Yield the rows of each line, and an `smtp_session` once its connection's lines are read."""
    reader = _Reader(tally)
    for block in source.blocks():
        if len(block.data) < MIN_COLUMN_BYTES:
            yield from reader.lines(block)
        else:
            yield from reader.columns(block)
    yield from reader.close()


class _Reader:
    """What carries over from line to line."""

    def __init__(self, tally: Tally) -> None:
        self._no = 1
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
        from forensics.formats import _column_blocks, _zeek_blocks

        for part in _zeek_blocks.parts(block):
            large = len(part.data) >= MIN_COLUMN_BYTES
            read = _zeek_blocks.read_block(part, self._header, self._no) if large else None
            if read is None:
                yield from self.lines(part)
                continue
            rows = read.rows
            yield from rows.batches
            self._fill(read.path)
            first_no = self._no
            yield from _column_blocks.fates(part, rows, first_no, self._tally, self._line)
            self._no = first_no + len(rows.taken)

    def lines(self, block: Block) -> Iterator[Row]:
        """The rows of a block, line by line."""
        for line in lines_of(block, self._no):
            yield from self._line(line)

    def _line(self, line: Line) -> Iterator[Row]:
        self._no = line.no + 1
        taken = _take(line, self._header, self._tally)
        self._fill(self._header.path if taken is None else taken.path)
        if taken is None:
            return
        if taken.path not in self._rows_of:
            self._tally.ignored(line.offset, line.length, _OTHER_LOG)
            return
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
            return _Taken(json_path(entry.values.__contains__, entry.text), entry)
        tally.unread(line.no, line.offset, line.length, "no JSON object of a Zeek log", line.text)
    else:
        entry = header.entry(line.text.decode("utf-8", "backslashreplace"))
        if entry is not None:
            return _Taken(header.path, entry)
        tally.unread(line.no, line.offset, line.length, "not as many columns as #fields names", line.text)
    return None
