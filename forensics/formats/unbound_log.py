"""Log of Unbound with `log-queries` or `log-replies`: who asked what, what was answered and how long it took.

Lines with or without the words `query:` and `reply:` (`log-tag-queryreply`) and the destination (`log-destaddr`); times
as seconds since 1970, ASCII (`log-time-ascii`), ISO 8601 (`log-time-iso`), or those of a syslog header.

Sample::

    [1795425693] unbound[25:0] info: 192.0.2.7 mx.example. MX IN
    [1795425693] unbound[25:0] info: 192.0.2.7 mx.example. MX IN NOERROR 0.000945 0 54

Source: Unbound, util/log.c, util/net_help.c (log_query_in) and util/data/msgreply.c (log_reply_info). Time base: UTC
for seconds and ISO times (they name their zone); local time without year for `log-time-ascii` and classic syslog.
Unbound writes `?` for a byte of a name that is no letter, digit, hyphen or underscore.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from forensics.formats import _log_times
from forensics.formats._compiled_code import is_worth_it
from forensics.formats._unbound_line import OTHER_MESSAGE, OTHER_PROGRAM, QueryLine, nanoseconds, parse_line, row
from forensics.formats.lines import Parsed, cite, lines_of, read_line
from forensics.formats.source import Block, Line, Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import Row

if TYPE_CHECKING:
    from forensics.formats._unbound_compiled import BlockReader

__all__ = ["LOCAL_TIME", "NAME", "TABLES", "VANTAGE", "QueryLine", "detect", "parse_line", "read"]

NAME = "unbound_log"
VANTAGE = "recursive_dns"
TABLES = ("dns_query", "dns_response")
LOCAL_TIME = True

MIN_COLUMN_BYTES = 1 << 16
"""Blocks from this size on are read as columns."""
COMPILED_BYTES = 128 << 20
"""Logs from this size on are worth to compile code for, once per installation."""
KEPT_BYTES = 4 << 20
"""Logs from this size on are worth to load code for that was compiled before."""
NO_QUERIES = "It holds no query or reply; nothing in it says whether Unbound logged them (log-queries, log-replies)."
_DETECT_LINES = 200


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True where lines of Unbound are among the first, and more of them than of other programs."""
    parsed = [parse_line(line) for line in head.splitlines()[:_DETECT_LINES]]
    own = sum(isinstance(line, QueryLine) or line == OTHER_MESSAGE for line in parsed)
    return own > sum(line == OTHER_PROGRAM for line in parsed)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:
    """Yield one `dns_query` per question and one `dns_response` per reply."""
    reader = _Reader(facts, tally, _compiled(source))
    for block in source.blocks():
        if len(block.data) < MIN_COLUMN_BYTES:
            yield from reader.lines(block)
        else:
            yield from reader.columns(block)
    _log_times.report(reader.timeline, tally)
    if reader.queries:
        tally.vantage = VANTAGE
    else:
        tally.problem(NO_QUERIES)


def _compiled(source: Source) -> BlockReader | None:
    """A reader of blocks in compiled code for a big log, where the extra `fast` is installed."""

    def scan() -> Any:
        from forensics.formats import _unbound_kernel

        return _unbound_kernel.scan

    if not is_worth_it(source, COMPILED_BYTES, KEPT_BYTES, scan):
        return None
    from forensics.formats._unbound_compiled import BlockReader

    return BlockReader()


class _Reader:
    """What carries over from block to block."""

    def __init__(self, facts: Facts, tally: Tally, compiled: BlockReader | None) -> None:
        self.timeline = Timeline(facts.time_zone, facts.year)
        self.queries = False
        """Whether a question or reply was there."""
        self._tally = tally
        self._compiled = compiled
        self._no = 1

    def lines(self, block: Block) -> Iterator[Row]:
        """The rows of a block, line by line."""
        for line in lines_of(block, self._no):
            self._no += 1
            yield from self._read(line)

    def columns(self, block: Block) -> Iterator[Row | ColumnBatch]:
        """The rows of a block: lines with seconds since 1970, which no order of lines has to settle, as columns, the
        others one by one."""
        # NumPy and Arrow are for where there is much to read
        from forensics.formats import _column_blocks, _unbound_blocks

        read = self._compiled.read if self._compiled else _unbound_blocks.read_block
        rows = read(block, self._no)
        if rows is None:
            yield from self.lines(block)
            return
        yield from rows.batches
        self.queries = True
        yield from _column_blocks.fates(block, rows, self._no, self._tally, self._read)
        self._no += len(rows.taken)

    def _read(self, line: Line) -> tuple[Row, ...]:
        return read_line(line, self._tally, self._parse)

    def _parse(self, line: Line) -> Parsed:
        parsed = parse_line(line.text)
        if not isinstance(parsed, QueryLine):
            return parsed
        self.queries = True
        return (row(parsed, nanoseconds(parsed.time, self.timeline), cite(line)),)
