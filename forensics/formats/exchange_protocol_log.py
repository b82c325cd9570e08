"""Exchange Server's protocol logs (SmtpReceive, SmtpSend): every command and reply of its SMTP sessions, as CSV.

Sample::

    #Software: Microsoft Exchange Server
    #Version: 15.0.0.0
    #Log-type: SMTP Receive Protocol Log
    #Date: 2026-11-23T09:00:00.000Z
    #Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context
    2026-11-23T09:13:40.100Z,MBX1\\Default Frontend MBX1,08DE2A,0,203.0.113.10:25,198.51.100.18:40112,+,,
    2026-11-23T09:13:40.120Z,MBX1\\Default Frontend MBX1,08DE2A,1,203.0.113.10:25,198.51.100.18:40112,>,"220 mbx1.northwind.example Microsoft ESMTP MAIL Service ready",
    2026-11-23T09:13:40.140Z,MBX1\\Default Frontend MBX1,08DE2A,2,203.0.113.10:25,198.51.100.18:40112,<,EHLO mx.alder.example,
    2026-11-23T09:13:40.900Z,MBX1\\Default Frontend MBX1,08DE2A,3,203.0.113.10:25,198.51.100.18:40112,-,,Remote

Source: Microsoft, Protocol logging; the columns are those that `#Fields` names. Time base: UTC (`Z`).

The sessions become what a mail server's log says (`mta_event`), not sessions seen on the network: they are the server's
own word, like its tracking log, and confirm nothing that it says. Protocol logging is set for each connector, and off
for most: a log without sessions shows nothing. The services of a server hand each other messages in such sessions too;
only what passed between hosts is the network's (`_exchange_sessions`).
"""  # noqa: E501 - a log as it is written

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from forensics.formats import _csv_records, _log_times
from forensics.formats._csv_records import Record
from forensics.formats._exchange_sessions import Session, endpoint
from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "exchange_protocol_log"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = False

MAX_OPEN = 4096
"""Sessions that are followed at a time; the oldest gives way."""
_NEEDED = {"date-time", "session-id", "local-endpoint", "remote-endpoint", "event", "data"}
_KIND = "#log-type:"
_KINDS = {"smtp receive protocol log": True, "smtp send protocol log": False}
_EVENTS = {"+", "-", ">", "<", "*"}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether a `#Fields` line among the first names the columns of a protocol log."""
    return _csv_records.declares(head, _NEEDED)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each line."""
    reader = _Reader(facts)
    yield from _csv_records.read_records(source, tally, reader.parse)
    _log_times.report(reader.timeline, tally)


class _Reader:
    """What the lines so far said: kind and columns of the log, and the sessions that are open."""

    def __init__(self, facts: Facts) -> None:
        self.timeline = Timeline(facts.time_zone, facts.year)
        self._received: bool | None = None
        self._names: list[str] = []
        self._open: OrderedDict[str, Session] = OrderedDict()

    def parse(self, record: Record) -> Parsed:
        """The rows of one line; a line that only leads to others has none of its own."""
        if record.fields[0].startswith("#"):
            return self._header(record.fields[0])
        if self._received is None or not self._names:
            return Unreadable("a line before the header that names kind and columns of the log")
        if len(record.fields) != len(self._names):
            return Unreadable("other than as many fields as the header names")
        said = dict(zip(self._names, record.fields, strict=True))
        ts = self.timeline.nanoseconds(said["date-time"])
        if ts is None and "time_zone" not in self.timeline.missing:
            return Unreadable("no time as a protocol log writes it")
        event = said["event"].strip()
        if event not in _EVENTS or not said["session-id"]:
            return Unreadable("no event of a session")
        at: dict[str, Any] = {"ts": ts, "program": "SMTP"} | record.cite()
        rows = self._session(said, event).take(event, said["data"], said.get("context", ""))
        if event == "-":
            self._open.pop(said["session-id"], None)
        return tuple(MtaEvent(**at, **row) for row in rows)

    def _header(self, line: str) -> Ignored:
        self._names = _csv_records.declared_columns(line, _NEEDED) or self._names
        if line.lower().startswith(_KIND):
            self._received = _KINDS.get(line[len(_KIND) :].strip().lower())
        return Ignored("a line of the header")

    def _session(self, said: dict[str, str], event: str) -> Session:
        key = said["session-id"]
        if event == "+" or key not in self._open:
            self._open[key] = Session(
                received=bool(self._received), connector=said.get("connector-id", ""),
                local=endpoint(said["local-endpoint"]), remote=endpoint(said["remote-endpoint"]),
            )  # fmt: skip
            if len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)
        return self._open[key]
