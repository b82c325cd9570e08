"""Postfix: what its daemons write through syslog, journald or postlogd, one line per event.

Sample::

    Nov 23 09:13:41 mx1 postfix/smtpd[174]: connect from mx.alder.example[198.51.100.18]
    Nov 23 09:13:41 mx1 postfix/smtpd[174]: C7D3739A5FF: client=mx.alder.example[198.51.100.18]
    Nov 23 09:13:41 mx1 postfix/cleanup[178]: C7D3739A5FF: message-id=<a1@alder.example>
    Nov 23 09:13:41 mx1 postfix/qmgr[160]: C7D3739A5FF: from=<sam@alder.example>, size=1204, nrcpt=1 (queue active)

Source: https://www.postfix.org (the grammar: `forensics.protocols.postfix_events`); the frames:
`forensics.protocols.syslog`. Time base: RFC 3164 time stamps are local time without zone and year, ISO 8601 ones name
their zone, the journal counts in UTC.

`accepted` is the line `QUEUE-ID: client=...`, which smtpd writes at the first recipient that it accepts. Only with a
`queued` event of the same queue id did a message really enter the queue: a client that is refused or lost after DATA
leaves `accepted` (often `message_id` too) without `queued`. `direction` is `local` for a client on a loopback address,
such as a content filter that hands messages back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.formats import _log_times
from forensics.formats._compiled_code import is_worth_it
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.postfix_log.rows import columns_of
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.protocols import syslog
from forensics.protocols.postfix_events import DAEMONS, parse
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "postfix_log"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

KERNEL_BYTES = 32 << 20
"""Logs from this size on are read by the kernel: to compile it, once per installation, takes as long as their lines."""
KEPT_KERNEL_BYTES = 1 << 20
"""Logs from this size on are read by the kernel if it was compiled before."""
MAX_REPEATED = 10_000
"""How many rows one "message repeated N times" line may become."""
_MAX_PROGRAMS = 200
_DETECT_LINES = 2_000
_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?(.*)\]", re.DOTALL | re.ASCII)
_LAST_REPEATED = re.compile(r"last message repeated \d{1,9} times")
_JOURNALCTL = re.compile(r"-- (?:Logs? begins?|Journal begins|Boot|Reboot|No entries)\b.* ?--")
_PLAIN_NAME = re.compile(r"[\w./-]{1,40}", re.ASCII)


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the format is known by its content
    """Whether the first line is a framed log line and one of the first is Postfix's."""
    if b"postfix" not in head and not any(f"/{daemon}".encode() in head for daemon in ("smtpd", "qmgr", "cleanup")):
        return False
    lines = head.split(b"\n")[:_DETECT_LINES]
    texts = [_text(line) for line in lines if line.strip()]
    framed = [syslog.parse(text) for text in texts[:1] if not _JOURNALCTL.match(text)]
    if None in framed:
        return False
    frames = (syslog.parse(text) for text in texts)
    return any(frame is not None and frame.program is not None and is_postfix(frame.program) for frame in frames)


def is_postfix(program: str) -> bool:
    """Whether a syslog tag is one of Postfix's: `postfix/smtpd`, `postfix-out/smtp`, `mx/submission/smtpd`."""
    first, slash, _ = program.partition("/")
    if program == "postfix" or (slash and (first == "postfix" or first.startswith("postfix-"))):
        return True
    return bool(slash) and program.rpartition("/")[2] in DAEMONS


def parse_line(text: str) -> dict[str, str] | None:
    """The fields of one log line as text, as logged; None where it is no line of Postfix's.

    Returns:
        `time`, `host`, `program` (the whole tag), `daemon` (its last part), `pid` and `message`, as far as the frame
        has them, and the keys of `forensics.protocols.postfix_events.KEYS` that the message has.

    >>> found = parse_line("Nov 23 09:13:41 mx1 postfix/qmgr[160]: C7D3739A5FF: removed")
    >>> found["daemon"], found["queue_id"], found["event"]
    ('qmgr', 'C7D3739A5FF', 'removed')
    """
    frame = syslog.parse(text.rstrip("\r\n"))
    if frame is None or frame.program is None or not is_postfix(frame.program):
        return None
    return _fields(frame, frame.program, frame.message)


def _fields(frame: syslog.Frame, program: str, message: str) -> dict[str, str]:
    daemon = program.rpartition("/")[2]
    found = {"time": frame.time, "program": program, "daemon": daemon, "message": message}
    if frame.host is not None:
        found["host"] = frame.host
    if frame.pid is not None:
        found["pid"] = str(frame.pid)
    return found | parse(daemon, message)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:
    """Yield one row per Postfix line; blocks of a big log come as columns, where the extra `fast` is installed."""
    exact = LineReader(facts, tally)
    if _is_for_the_kernel(source):
        yield from _read_blocks(source, exact, tally)
    else:
        yield from read_lines(source, tally, exact.parse)
    _log_times.report(exact.timeline, tally)


def _is_for_the_kernel(source: Source) -> bool:
    def scan() -> Any:
        from forensics.formats.postfix_log import kernel_scan

        return kernel_scan.scan

    return is_worth_it(source, KERNEL_BYTES, KEPT_KERNEL_BYTES, scan)


def _read_blocks(source: Source, exact: LineReader, tally: Tally) -> Iterator[Row | ColumnBatch]:
    from forensics.formats.postfix_log import blocks

    reader = blocks.BlockReader(blocks.Exact(exact.parse, exact.another_program, exact.timeline, tally))
    for block in source.blocks():
        yield from reader.read(block)


class LineReader:
    """The exact reading of each line, with what must be known of the lines before: the turn of the year."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self.timeline = Timeline(facts.time_zone, facts.year)
        self._tally = tally
        self._programs: set[str] = set()

    def parse(self, line: Line) -> Parsed:
        """The rows of a line, or why it has none."""
        text = _text(line.text)
        frame = syslog.parse(text)
        if frame is None:
            if _JOURNALCTL.match(text):
                return Ignored("journalctl's own line")
            return Unreadable("no time stamp, host and program as syslog or journald write them")
        if frame.program is None:
            return self._without_program(frame.message)
        if not is_postfix(frame.program):
            return Ignored(self.another_program(frame.program))
        return self._rows(line, frame, frame.program)

    def another_program(self, program: str) -> str:
        """The reason for which another program's line is ignored; it names the program, up to a number of them."""
        if not _PLAIN_NAME.fullmatch(program):
            return "another program"
        if program not in self._programs and len(self._programs) >= _MAX_PROGRAMS:
            return "another program"
        self._programs.add(program)
        return f"another program ({program})"

    def _without_program(self, message: str) -> Ignored:
        if _LAST_REPEATED.match(message):
            self._tally.problem("lines say 'last message repeated N times': these repetitions are not counted.")
            return Ignored("repetitions of the line before, not counted")
        return Ignored("a line that names no program")

    def _rows(self, line: Line, frame: syslog.Frame, program: str) -> tuple[MtaEvent, ...]:
        ts = self.timeline.nanoseconds(frame.time)
        repeated = _REPEATED.fullmatch(frame.message)
        fields = _fields(frame, program, repeated[2] if repeated else frame.message)
        columns = columns_of(fields) | cite(line)
        row = MtaEvent(ts=ts, host=frame.host, pid=frame.pid, **columns)
        if not repeated:
            return (row,)
        times = int(repeated[1])
        if times > MAX_REPEATED:
            self._tally.problem(f"a line says it was repeated {times} times: {MAX_REPEATED} rows stand for it.")
        return (row,) * min(times, MAX_REPEATED)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")
