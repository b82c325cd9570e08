"""Flow records of ipfixprobe in both directions, as CSV of UniRec: a header of types and names, then a line a flow.

Sample::

    ipaddr DST_IP,ipaddr SRC_IP,uint64 BYTES,uint64 BYTES_REV,time TIME_FIRST,time TIME_LAST,uint32 PACKETS,\
uint32 PACKETS_REV,uint16 DST_PORT,uint16 SRC_PORT,uint8 PROTOCOL,uint8 TCP_FLAGS,uint8 TCP_FLAGS_REV
    203.0.113.10,198.51.100.18,1831,1546,2026-11-23T09:28:52.298000,2026-11-23T09:28:52.539000,12,11,25,60664,6,27,27

Source: https://github.com/CESNET/ipfixprobe (output of the unirec plugin, tests/functional) and
https://github.com/CESNET/Nemea-Framework (unirec2csv.c), which NEMEA's logger writes with its option -t. Time base:
UTC, without a mark that says so. The columns are those that the header names, in any order.

`*_REV` is the way back, as far as it passed the exporter; `tcp_flags` are those of the way there. Plugins add columns
of what they recognised in the content (SMTP_*, DNS_*, TLS_*), which are not read: a flow is no session.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC

from forensics.formats._flow_values import LocalTimes, integer, tcp_flags, transport
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text
from forensics.schema import Flow, Row

NAME = "ipfixprobe_csv"
VANTAGE = "other_flows"
TABLES = ("flow",)
LOCAL_TIME = False

SMTP_COLUMNS = "Its exporter looked into SMTP sessions: what it saw of them (columns SMTP_*) is not read here."
_NEEDED = {"SRC_IP", "DST_IP", "PROTOCOL", "TIME_FIRST"}
_COLUMN = re.compile(
    r"(?:ipaddr|macaddr|time|string|bytes|char|float|double|u?int(?:8|16|32|64))\*? (?P<name>[A-Z][A-Z0-9_]{0,63})",
    re.ASCII,
)
_NUMBERS = ("PACKETS", "BYTES", "PACKETS_REV", "BYTES_REV", "SRC_PORT", "DST_PORT", "TCP_FLAGS")
_ICMP = {"icmp", "58"}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the format is known by its content
    """Whether the first line names types and columns of flow records."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return _columns(first.decode("ascii", "replace").strip()) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one row per flow record."""
    yield from read_lines(source, tally, _Reader(facts, tally).parse)


def _columns(text: str) -> dict[str, int] | None:
    """Which of a header's columns stand where; None where the text is no header."""
    found = {}
    for index, column in enumerate(text.split(",")):
        match = _COLUMN.fullmatch(column)
        if match is None:
            return None
        found[match["name"]] = index
    return found if found.keys() >= _NEEDED else None


class _Reader:
    """Gives the rows of records; knows the columns."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._tally = tally
        self._times = LocalTimes(UTC, tally)
        self._sampling = facts.sampling
        self._columns: dict[str, int] = {}
        self._count = 0

    def parse(self, line: Line) -> Parsed:
        """The row of one line."""
        data = line.text.removeprefix(b"\xef\xbb\xbf") if line.no == 1 else line.text
        text = data.decode("utf-8", "backslashreplace").strip()
        columns = _columns(text) if " " in text else None
        if columns:
            self._columns, self._count = columns, text.count(",") + 1
            if any(name.startswith("SMTP_") for name in columns):
                self._tally.problem(SMTP_COLUMNS)
            return Ignored("the header of UniRec columns")
        if not self._columns:
            return Unreadable("a line before the header that names the columns")
        values = text.split(",") if '"' not in text else _unquoted(text)
        if len(values) != self._count:
            return Unreadable("other than as many fields as the header names")
        return self._flow(line, {name: values[index] for name, index in self._columns.items()})

    def _flow(self, line: Line, values: dict[str, str]) -> Parsed:
        source, destination = address_text.canonical(values["SRC_IP"]), address_text.canonical(values["DST_IP"])
        if source is None or destination is None:
            return Unreadable("an address that is none")
        number = integer(values["PROTOCOL"])
        counts = {name: integer(values[name]) for name in _NUMBERS if name in values}
        if number is None or number > 0xFF or None in counts.values():
            return Unreadable("a number that is none")
        protocol = transport(str(number))
        flags = counts.get("TCP_FLAGS")
        row = Flow(
            ts=self._times.nanoseconds(values["TIME_FIRST"]),
            last_ts=self._times.nanoseconds(values.get("TIME_LAST", "")),
            src_ip=source, dst_ip=destination, transport=protocol,
            src_port=None if protocol in _ICMP else _port(counts.get("SRC_PORT")),
            dst_port=None if protocol in _ICMP else _port(counts.get("DST_PORT")),
            tcp_flags=tcp_flags(f"0x{flags:02x}") if protocol == "tcp" and flags is not None and flags < 256 else None,
            packets=counts.get("PACKETS"), octets=counts.get("BYTES"), reply_packets=counts.get("PACKETS_REV"),
            reply_octets=counts.get("BYTES_REV"), sampling=self._sampling, rejected=None, **cite(line),
        )  # fmt: skip
        return (row,)


def _unquoted(text: str) -> list[str]:
    """The fields of a line with quoted ones; none where a quote stays open."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return []


def _port(port: int | None) -> int | None:
    return port if port is not None and port < 65_536 else None
