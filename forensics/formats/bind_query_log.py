"""Query log of BIND named: category `queries` (who asked what) and `responses` (what was answered).

Lines of all versions: up to 9.8 without the name in parentheses, from 9.11 with the client's `@0x` id, with views, TSIG
keys and client subnets; behind named's own times (`print-time yes`, `iso8601`, `iso8601-utc`, `iso8601-tzinfo`), behind
a syslog header, or bare; with or without `queries: info:`.

Sample::

    23-Nov-2026 09:23:47.937 client @0x7ffb098 192.0.2.10#58172 (mx.example): query: mx.example IN A -E(0)DC (192.0.2.1)

Source: BIND 9, lib/ns/query.c (log_query) and lib/ns/client.c; ARM, logging categories. Time base: local time of the
server without a zone, unless `iso8601-utc` or `iso8601-tzinfo` is set; behind a classic syslog header without a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from forensics.formats import _log_times
from forensics.formats._bind_line import OTHER_PROGRAM, QueryLine, parse_line, row
from forensics.formats._compiled_code import is_worth_it
from forensics.formats.lines import Parsed, cite, lines_of, read_line
from forensics.formats.source import Block, Line, Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import Row

if TYPE_CHECKING:
    from forensics.formats._bind_compiled import BlockReader

__all__ = ["LOCAL_TIME", "NAME", "TABLES", "VANTAGE", "QueryLine", "detect", "parse_line", "read"]

NAME = "bind_query_log"
VANTAGE = "authoritative_dns"
TABLES = ("dns_query", "dns_response")
LOCAL_TIME = True

MIN_COLUMN_BYTES = 1 << 16
"""Blocks from this size on are read as columns."""
COMPILED_BYTES = 128 << 20
"""Logs from this size on are worth to compile code for, once per installation."""
KEPT_BYTES = 8 << 20
"""Logs from this size on are worth to load code for that was compiled before."""
_DETECT_LINES = 200


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True where queries or responses of named are among the first lines, and more of them than of other programs."""
    parsed = [parse_line(line) for line in head.splitlines()[:_DETECT_LINES]]
    others = sum(line == OTHER_PROGRAM for line in parsed)
    return sum(isinstance(line, QueryLine) for line in parsed) > others


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:
    """Yield one `dns_query` or `dns_response` per line of those categories.

    Mostly recursive questions mean a resolver's log, mostly iterative ones an authoritative server's.
    """
    reader = _Reader(facts, tally, _compiled(source))
    for block in source.blocks():
        if len(block.data) < MIN_COLUMN_BYTES:
            yield from reader.lines(block)
        else:
            yield from reader.columns(block)
    if any(reader.desired):
        tally.vantage = "recursive_dns" if reader.desired[1] > reader.desired[0] else "authoritative_dns"
    _log_times.report(reader.timeline, tally)


def _compiled(source: Source) -> BlockReader | None:
    """A reader of blocks in compiled code for a big log, where the extra `fast` is installed."""

    def scan() -> Any:
        from forensics.formats import _bind_kernel

        return _bind_kernel.scan

    if not is_worth_it(source, COMPILED_BYTES, KEPT_BYTES, scan):
        return None
    from forensics.formats._bind_compiled import BlockReader

    return BlockReader()


class _Reader:
    """What carries over from block to block."""

    def __init__(self, facts: Facts, tally: Tally, compiled: BlockReader | None) -> None:
        self.timeline = Timeline(facts.time_zone, facts.year)
        self.desired = [0, 0]
        """How many questions did not and did desire recursion."""
        self._zone = facts.time_zone
        self._tally = tally
        self._compiled = compiled
        self._no = 1

    def lines(self, block: Block) -> Iterator[Row]:
        """The rows of a block, line by line."""
        for line in lines_of(block, self._no):
            self._no += 1
            yield from self._read(line)

    def columns(self, block: Block) -> Iterator[Row | ColumnBatch]:
        """The rows of a block: those of its own shape as columns, the others one by one."""
        # NumPy and Arrow are for where there is much to read
        from forensics.formats import _bind_blocks, _column_blocks

        read = self._compiled.read if self._compiled else _bind_blocks.read_block
        found = read(block, self._no, self._zone)
        if found is None:
            yield from self.lines(block)
            return
        rows, desired = found
        yield from rows.batches
        self.desired = [before + new for before, new in zip(self.desired, desired, strict=True)]
        yield from _column_blocks.fates(block, rows, self._no, self._tally, self._read, self._follow)
        self._no += len(rows.taken)

    def _follow(self, line: Line) -> None:
        """Take note of the last line of a run of columns: a local hour that comes twice is settled by their order."""
        self._time(parse_line(line.text))

    def _read(self, line: Line) -> tuple[Row, ...]:
        return read_line(line, self._tally, self._parse)

    def _parse(self, line: Line) -> Parsed:
        parsed = parse_line(line.text)
        if not isinstance(parsed, QueryLine):
            return parsed
        if parsed.rcode is None and parsed.flags:
            self.desired[parsed.flags[0] == "+"] += 1
        return (row(parsed, self._time(parsed), cite(line)),)

    def _time(self, parsed: object) -> int | None:
        """The time of a line."""
        if not isinstance(parsed, QueryLine):
            return None
        if parsed.time is None:
            self._tally.problem(_log_times.NO_TIME)
            return None
        return self.timeline.nanoseconds(parsed.time)
