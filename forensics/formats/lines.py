"""Reading a log line by line: every line becomes rows, is ignored for a reason, or is unread for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from forensics.formats.source import LINE_BYTES, Block, Line, Source
from forensics.formats.tally import Tally
from forensics.schema import Row


class Ignored(NamedTuple):
    """A line understood and of no interest here; `reason` names its kind, not its content."""

    reason: str


class Unreadable(NamedTuple):
    """A line that fits no known shape; `reason` names what was expected."""

    reason: str


Parsed = tuple[Row, ...] | Ignored | Unreadable


def cite(line: Line) -> dict[str, int]:
    """The citation columns of a row read from this line."""
    return {"record_no": line.no, "offset": line.offset, "length": line.length}


def read_lines(
    source: Source, tally: Tally, parse: Callable[[Line], Parsed], *, line_bytes: int = LINE_BYTES
) -> Iterator[Row]:
    """Yield the rows of each line and report the line's fate; blank lines are padding, longer ones are refused."""
    for line in source.lines(line_bytes):
        yield from read_line(line, tally, parse, line_bytes)


def lines_of(block: Block, first_no: int) -> Iterator[Line]:
    """The lines of a block, as `Source.lines` gives them; `first_no` is the number of the first."""
    start, data, no = 0, block.data, first_no
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield Line(no, block.offset + start, data[start:end].rstrip(b"\r\n"), end - start)
        start, no = end, no + 1


def read_line(
    line: Line, tally: Tally, parse: Callable[[Line], Parsed], line_bytes: int = LINE_BYTES
) -> tuple[Row, ...]:
    """The rows of one line, whose fate is reported."""
    if not line.text.strip():
        tally.padding(line.offset, line.length)
        return ()
    if line.length > line_bytes:
        tally.refused(line.no, line.offset, line.length, f"a line longer than {line_bytes} bytes", line.text)
        return ()
    return reported(parse(line), tally, line.no, line.offset, line.length, line.text)


def reported(parsed: Parsed, tally: Tally, no: int, offset: int, length: int, content: bytes) -> tuple[Row, ...]:
    """The rows of what was parsed, whose fate is reported; `content` is what is shown of it where it is unread."""
    if isinstance(parsed, Ignored):
        tally.ignored(offset, length, parsed.reason)
        return ()
    if isinstance(parsed, Unreadable):
        tally.unread(no, offset, length, parsed.reason, content)
        return ()
    tally.record(offset, length)
    return parsed
