"""Exchange Server's message tracking log: CSV with a `#Fields` header, one line per event of a message.

Sample::

    #Software: Microsoft Exchange Server
    #Version: 15.02.1544.004
    #Log-type: Message Tracking Log
    #Date: 2026-11-23T09:00:00.000Z
    #Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,sender-address,directionality
    2026-11-23T09:13:41.120Z,198.51.100.18,mx.alder.example,203.0.113.10,MBX1,MBX1\\Default Frontend MBX1,SMTP,RECEIVE,71,<a1@alder.example>,5f2c,bruno@northwind.example,,1204,sam@alder.example,Incoming

Source: Microsoft, Message tracking; the columns are those that `#Fields` names. Time base: UTC (`Z`).

What an event proves stands in `_tracking_events`. One server writes several of these logs, of its transport, its
delivery and its submission, and each server of an organisation its own: none of them alone can show that nothing came.
"""  # noqa: E501 - a header as it is written

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.formats import _csv_records, _log_times, _tracking_events
from forensics.formats._csv_records import Record
from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "exchange_tracking"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = False

_NEEDED = {"date-time", "source", "event-id", "recipient-address"}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether a `#Fields` line among the first names the columns of message tracking."""
    return _csv_records.declares(head, _NEEDED)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each event."""
    timeline = Timeline(facts.time_zone, facts.year)
    columns = list[str]()

    def parse(record: Record) -> Parsed:
        nonlocal columns
        if record.fields[0].startswith("#"):
            columns = _csv_records.declared_columns(record.fields[0], _NEEDED) or columns
            return Ignored("a line of the header")
        said = _csv_records.values(columns, record.fields)
        if isinstance(said, Unreadable):
            return said
        ts = timeline.nanoseconds(said.get("date-time", ""))
        if ts is None and "time_zone" not in timeline.missing:
            return Unreadable("no time as message tracking writes it")
        if "event-id" not in said:
            return Unreadable("no event")
        at: dict[str, Any] = {"ts": ts, "host": _host(said), "program": said.get("source")} | record.cite()
        return tuple(MtaEvent(**at, **event) for event in _tracking_events.events(said))

    yield from _csv_records.read_records(source, tally, parse)
    _log_times.report(timeline, tally)


def _host(said: dict[str, str]) -> str | None:
    """The host that logged: the sending side of a SEND, else the server."""
    side = "client-hostname" if said["event-id"].upper().startswith("SEND") else "server-hostname"
    return _tracking_events.host(said.get(side))
