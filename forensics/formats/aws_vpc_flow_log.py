"""Flow log of an Amazon VPC: a line per flow, direction and interval, as published to S3 or to CloudWatch Logs.

Sample::

    version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
    2 111122223333 eni-0a1b2c3d4e5f60718 198.51.100.18 10.0.0.25 60664 25 6 8 1831 1795426132 1795426190 ACCEPT OK
    2 111122223333 eni-0a1b2c3d4e5f60718 - - - - - - - 1795426192 1795426250 - NODATA

Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html, flow-logs-records-examples.html and
flow-logs-limitations.html: fields of any version in the order that the header line names; without a header those of the
default format, version 2. Time base: seconds since 1970 in UTC; a packet may be seen up to 60 s late.

`srcaddr` and `dstaddr` name an interface by its primary private IPv4 address, whatever the packet said: where
`pkt-srcaddr` and `pkt-dstaddr` are there, they are taken. A public address that is mapped to the interface never shows.
`tcp-flags` tells SYN, FIN and RST, and ACK only beside SYN: that a side acknowledged nothing cannot be read from it.
REJECT is traffic that a security group or network ACL stopped, or that came after the connection was closed.

NODATA says that an interface had no traffic; SKIPDATA that flows were not recorded, which is no silence. A flow log can
be made to record accepted or rejected traffic alone. Look-ups that Amazon's resolver answers, DHCP, instance metadata,
time and mirrored traffic are in none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from forensics.formats._cloudwatch_events import first_messages, message_of, read_events
from forensics.formats._flow_values import integer, tcp_flags, transport
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text
from forensics.schema import Flow, Row

NAME = "aws_vpc_flow_log"
VANTAGE = "other_flows"
TABLES = ("flow",)
LOCAL_TIME = False

REJECTED_ALONE = (
    "It holds rejected traffic alone, and a flow log can be made to record no other: what was let through is not in it."
)
NO_STATUS = (
    "Lines of it hold no flow, and no log-status tells whether there was no traffic (NODATA) or flows were not "
    "recorded (SKIPDATA)."
)
_DEFAULT = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes",
    "start", "end", "action", "log-status",
)  # fmt: skip
_ENDS = ({"srcaddr", "dstaddr"}, {"pkt-srcaddr", "pkt-dstaddr"})
_NAMES = set("abcdefghijklmnopqrstuvwxyz0123456789-")
_NOTHING = "-"
_REJECTED = {"ACCEPT": False, "REJECT": True, _NOTHING: None}
_ICMP = {"icmp", "58"}
_NODATA = Ignored("NODATA: the interface had no traffic in the interval")
_SKIPDATA = Ignored("SKIPDATA: flows of the interval were not recorded")
_NEITHER = Ignored("a line without a flow whose log-status is not exported")
_END_OF_TIME_S = 1 << 33


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the format is known by its content
    """Whether the first line names fields of a flow log, or is a record of the default format."""
    words = _words(next(first_messages(head, 1), b""))
    return _columns(words) is not None or _is_default(words)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one row per flow record."""
    reader = _Reader(facts, tally)
    yield from read_events(source, tally, reader.parse)
    reader.report()


def _words(line: bytes) -> list[str]:
    return message_of(line.strip()).decode("utf-8", "backslashreplace").split()


def _columns(words: list[str]) -> dict[str, int] | None:
    """Which of a header's fields stand where; None where the words are no header."""
    found = {name: index for index, name in enumerate(words)}
    if len(found) < 3 or len(found) < len(words) or not any(ends <= found.keys() for ends in _ENDS):
        return None
    return found if all(_NAMES.issuperset(name) for name in words) else None


def _is_default(words: list[str]) -> bool:
    """Whether the words are a record of the default format."""
    return len(words) == len(_DEFAULT) and words[0] == "2" and words[-2] in _REJECTED and words[-1].isupper()


class _Reader:
    """What the lines so far said: the fields, and what the log leaves out."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._tally = tally
        self._sampling = facts.sampling
        self._columns: dict[str, int] = {}
        self._seen = {False: 0, True: 0, None: 0}
        """Records by whether their traffic was rejected."""
        self._skipped = 0
        self._skipped_from: int | None = None
        self._skipped_to: int | None = None

    def parse(self, line: Line) -> Parsed:
        """The row of one line."""
        text = line.text.removeprefix(b"\xef\xbb\xbf") if line.no == 1 else line.text
        words = _words(text)
        if columns := _columns(words):
            self._columns = columns
            return Ignored("the header of a flow log")
        if not self._columns:
            if not _is_default(words):
                return Unreadable("a line before a header that names its fields, and not of the default format")
            self._columns = {name: index for index, name in enumerate(_DEFAULT)}
        if len(words) != len(self._columns):
            return Unreadable("other than as many fields as the format has")
        return self._record(line, _Record(words, self._columns))

    def report(self) -> None:
        """Tell the tally what the log as a whole leaves out."""
        if self._skipped:
            self._tally.problem(
                f"SKIPDATA: flows of {self._skipped} interval(s) were not recorded, between "
                f"{_time_text(self._skipped_from)} and {_time_text(self._skipped_to)}: what passed then is not known."
            )
        if self._seen[True] and not self._seen[False] and not self._seen[None]:
            self._tally.leaves_out = True
            self._tally.problem(REJECTED_ALONE)

    def _record(self, line: Line, record: _Record) -> Parsed:
        ts, last_ts = record.time("start"), record.time("end")
        if ts == -1 or last_ts == -1:
            return Unreadable("a time that is no number of seconds since 1970")
        status = record.text("log-status")
        if status == "NODATA":
            return _NODATA
        if status == "SKIPDATA":
            self._skip(ts, last_ts)
            return _SKIPDATA
        if status not in ("OK", _NOTHING):
            return Unreadable("a log-status that is none")
        if record.text("srcaddr") == record.text("dstaddr") == _NOTHING and "log-status" not in self._columns:
            self._tally.unseen_records += 1
            self._tally.problem(NO_STATUS)
            return _NEITHER
        flow = record.flow(line, ts, last_ts, self._sampling)
        if isinstance(flow, Flow):
            self._seen[flow.rejected] += 1
            return (flow,)
        return Unreadable(flow)

    def _skip(self, start: int | None, end: int | None) -> None:
        self._skipped += 1
        self._tally.unseen_records += 1
        moments = [moment for moment in (start, end) if moment is not None]
        self._skipped_from = min([*moments, *filter(None, [self._skipped_from])], default=None)
        self._skipped_to = max([*moments, *filter(None, [self._skipped_to])], default=None)


class _Record:
    """The values of one line by the names of their fields."""

    def __init__(self, words: list[str], columns: dict[str, int]) -> None:
        self._words = words
        self._columns = columns

    def text(self, name: str) -> str:
        """A value; `-` where it is not known or not exported."""
        return self._words[self._columns[name]] if name in self._columns else _NOTHING

    def time(self, name: str) -> int | None:
        """Nanoseconds since 1970; None where they are not told, -1 where the text is no time."""
        text = self.text(name)
        if text == _NOTHING:
            return None
        seconds = integer(text)
        return -1 if seconds is None or seconds >= _END_OF_TIME_S else seconds * 1_000_000_000

    def flow(self, line: Line, ts: int | None, last_ts: int | None, sampling: int | None) -> Flow | str:
        """The row, or why there is none."""
        source, destination = self._address("src"), self._address("dst")
        if source is None or destination is None:
            return "an address that is none"
        numbers = [self._number(name) for name in ("protocol", "packets", "bytes", "tcp-flags", "srcport", "dstport")]
        if -1 in numbers or self.text("action") not in _REJECTED:
            return "a value that does not fit its field"
        number, packets, octets, flags, src_port, dst_port = numbers
        protocol = None if number is None else transport(str(number))
        return Flow(
            ts=ts, last_ts=last_ts, src_ip=source, dst_ip=destination, transport=protocol,
            src_port=None if protocol in _ICMP else _below(src_port, 1 << 16),
            dst_port=None if protocol in _ICMP else _below(dst_port, 1 << 16),
            tcp_flags=_letters(flags) if protocol == "tcp" else None,
            packets=packets, octets=octets, sampling=sampling, rejected=_REJECTED[self.text("action")], **cite(line),
        )  # fmt: skip

    def _address(self, side: str) -> str | None:
        """The address in the packet, else that which the interface is named by."""
        packet = self.text(f"pkt-{side}addr")
        return address_text.canonical(self.text(f"{side}addr") if packet == _NOTHING else packet)

    def _number(self, name: str) -> int | None:
        """A count; None where it is not told, -1 where the text is none."""
        text = self.text(name)
        if text == _NOTHING:
            return None
        value = integer(text)
        return -1 if value is None else value


def _letters(flags: int | None) -> str | None:
    return None if flags is None or flags > 0xFF else tcp_flags(f"0x{flags:02x}")


def _below(value: int | None, bound: int) -> int | None:
    return value if value is not None and value < bound else None


def _time_text(ns: int | None) -> str:
    if ns is None:
        return "an unknown time"
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
