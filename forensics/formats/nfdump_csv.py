"""nfdump's CSV of flow records (`nfdump -o csv`, `csv-fast`), releases 1.6 and 1.7.

Sample::

    ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out
    2026-11-23 09:28:52,2026-11-23 09:28:53,0.241,198.51.100.18,203.0.113.10,60664,25,TCP,...AP.SF,0,0,8,1831,0,0,0,0
    Summary
    flows,bytes,packets,avg_bps,avg_pps,avg_bpp
    1,1831,8,60780,33,228

Source: https://github.com/phaag/nfdump (output_csv.c, output_csv_fast.c). The columns are those that the header names:
`ts te td sa da sp dp pr flg ipkt ibyt opkt obyt` up to 1.7.3, `firstSeen lastSeen proto srcAddr ...` after it.
Time base: local time of the host that ran nfdump, without zone, in whole seconds up to 1.7.3; `csv-fast` and raw
columns count from 1970 in UTC. `td` is in milliseconds, but the end is taken as exported (`te`) where it is there.

An ICMP record carries type and code where others have the destination port (type * 256 + code): its ports are None.
`opkt` and `obyt` are 0 in one-directional records too: only where they are not 0 does a record show both directions.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.formats._flow_values import LocalTimes, integer, tcp_flags, transport
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text
from forensics.schema import Flow, Row

NAME = "nfdump_csv"
VANTAGE = "other_flows"
TABLES = ("flow",)
LOCAL_TIME = True

_COLUMNS = {
    "ts": "first", "te": "last", "td": "duration", "sa": "src", "da": "dst", "sp": "sport", "dp": "dport",
    "pr": "proto", "flg": "flags", "ipkt": "packets", "ibyt": "octets", "opkt": "reply_packets",
    "obyt": "reply_octets", "pkt": "packets", "byt": "octets", "tr": "received",
    "firstseen": "first", "lastseen": "last", "srcaddr": "src", "dstaddr": "dst", "srcport": "sport",
    "dstport": "dport", "packets": "packets", "inpackets": "packets", "bytes": "octets", "inbytes": "octets",
    "outpackets": "reply_packets", "outbytes": "reply_octets", "received": "received",
    "proto": "proto", "flags": "flags", "duration": "duration",
}  # fmt: skip
_NEEDED = {"first", "src", "dst", "sport", "dport", "proto", "packets", "octets"}
_ICMP = {"icmp", "58"}
_SUMMARY_LINES = 3
_NO_FLOWS = ("No matching flows", "No matched flows")
_AGGREGATED = (
    "nfdump aggregated these records (option -a or -A): one stands for several flows, and columns outside the "
    "aggregation read 0."
)


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the format is known by its content
    """Whether the first line names nfdump's columns."""
    first = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return _columns(first) is not None


def _columns(line: bytes) -> dict[str, int] | None:
    """Which of a header's columns hold what; None where the line is no header."""
    names = line.decode("ascii", "replace").strip().split(",")
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        found.setdefault(_COLUMNS.get(name.strip().lower(), ""), index)
    found["fields"] = len(names)
    return found if found.keys() >= _NEEDED else None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one row per flow record."""
    yield from read_lines(source, tally, _Reader(facts, tally).parse)


class _Reader:
    """What the lines so far said: the columns, and whether the summary has begun."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._tally = tally
        self._times = LocalTimes(facts.time_zone, tally)
        self._sampling = facts.sampling
        self._columns: dict[str, int] = {}
        self._summary_left = 0

    def parse(self, line: Line) -> Parsed:
        text = line.text.removeprefix(b"\xef\xbb\xbf") if line.no == 1 else line.text
        if columns := _columns(text):
            self._columns = columns
            return Ignored("nfdump's header")
        if text.strip() == b"Summary":
            self._summary_left = _SUMMARY_LINES
        if self._summary_left:
            self._summary_left -= 1
            return Ignored("nfdump's summary")
        words = text.decode("utf-8", "backslashreplace")
        if words.startswith(_NO_FLOWS):
            return Ignored("nfdump says that no flow matched")
        values = words.split(",")
        if not self._columns:
            return Unreadable("a line before the header that names the columns")
        if len(values) != self._columns["fields"]:
            return Unreadable("other than as many fields as the header names")
        return self._flow(line, values)

    def _flow(self, line: Line, values: list[str]) -> Parsed:
        def value(name: str) -> str:
            return values[self._columns[name]].strip() if name in self._columns else ""

        protocol = transport(value("proto"))
        packets, octets = integer(value("packets")), integer(value("octets"))
        if packets is None or octets is None or protocol is None:
            return Unreadable("no protocol, or no number of packets or bytes")
        source, destination = address_text.canonical(value("src")), address_text.canonical(value("dst"))
        if source is None or destination is None:
            return Unreadable("an address that is none")
        if value("received").startswith("1970-01-01"):
            self._tally.problem(_AGGREGATED)
        ts = self._times.nanoseconds(value("first"))
        row = Flow(
            ts=ts, last_ts=self._last(value("last"), value("duration"), ts),
            src_ip=source, dst_ip=destination, transport=protocol,
            src_port=None if protocol in _ICMP else _port(value("sport")),
            dst_port=None if protocol in _ICMP else _port(value("dport")),
            tcp_flags=tcp_flags(value("flags")) if protocol == "tcp" else None,
            packets=packets, octets=octets, sampling=self._sampling, rejected=None,
            **_reply(integer(value("reply_packets")), integer(value("reply_octets"))), **cite(line),
        )  # fmt: skip
        return (row,)

    def _last(self, end: str, duration: str, ts: int | None) -> int | None:
        if end:
            return self._times.nanoseconds(end)
        seconds = _seconds(duration)
        return ts + seconds if ts is not None and seconds is not None else None


def _reply(packets: int | None, octets: int | None) -> dict[str, int | None]:
    """The other direction, where the record shows one."""
    return {"reply_packets": packets, "reply_octets": octets} if packets or octets else {}


def _seconds(text: str) -> int | None:
    """A duration (`0.241`, `00:00:00.241`) in nanoseconds."""
    whole, _, fraction = text.strip().partition(".")
    parts = whole.split(":")
    digits = "".join(parts) + fraction
    if len(parts) > 3 or len(digits) > 18 or not digits.isascii() or not digits.isdigit() or not all(parts):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return seconds * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))


def _port(text: str) -> int | None:
    port = integer(text)
    return port if port is not None and port < 65_536 else None
