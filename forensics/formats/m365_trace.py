"""Microsoft 365 message trace as CSV: summary, enhanced summary, extended, and what PowerShell or Graph export.

Sample::

    origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id,delivery_priority
    2026-11-23T09:13:41.1234567Z,sam@alder.example,"bruno@northwind.example##Receive, Deliver",Greetings,1204,<a1@alder.example>,5f2c,198.51.100.18,Incoming,,Normal

Source: Microsoft, Message trace in the modern Exchange admin center; Get-MessageTraceV2. Time base: UTC where the column
or the value says so (`_utc`, `Z`); other columns are in the zone of whoever exported them, and dates such as 3/4/2026
can be read in two ways: then the examiner says which (`date_order`), or the time stays unknown.

A trace is what somebody asked for, at most 20,000 rows of 90 days: it never shows that something did not happen, and it
has no sessions without a message. What each kind proves:

* extended: the events of `_tracking_events`;
* enhanced: Incoming with a status other than failure alone came from the network, `Send` without `Deliver` is a
  hand-over to another server. Mail inside the organisation is Originating as well, so Originating alone says nothing;
* PowerShell: a delivered message with `ToIP` went to that server, one with `FromIP` alone came from there, both only
  where the two addresses are of different organisations by their domains. FilteredAsSpam and Failed are no acceptance;
* summary: that a message had a status; it names no side, so its rows have no direction.
"""  # noqa: E501 - a header as it is written

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.formats import _csv_records, _tracking_events
from forensics.formats._csv_records import Record
from forensics.formats._message_trace import NO_TIME, POWERSHELL, TIMES, Traces
from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import MtaEvent, Row

NAME = "m365_trace"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

_KINDS: dict[str, set[str]] = {
    "extended": {"event-id", "source", "recipient-address", "sender-address"},
    "enhanced": {"sender-address", "recipient-status"},
    "powershell": set(POWERSHELL),
    "summary": {"sender", "recipient", "subject", "status"},
}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first record names the columns of a message trace."""
    return _kind(_columns(_csv_records.header_of(head))) is not None


def _columns(fields: list[str]) -> list[str]:
    return [name.replace("_", "-") for name in _csv_records.names(fields)]


def _kind(columns: list[str]) -> str | None:
    """Which export has these columns; None where none has."""
    held = set(columns)
    if held.isdisjoint(TIMES):
        return None
    return next((kind for kind, needed in _KINDS.items() if held >= needed), None)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each record."""
    reader = _Reader(facts, tally)
    yield from _csv_records.read_records(source, tally, reader.parse)
    reader.traces.close()


class _Reader:
    """What the records so far said."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self.traces = Traces(facts, tally)
        self._columns: list[str] = []

    def parse(self, record: Record) -> Parsed:
        """The rows of a record, or why it has none."""
        if record.fields[0].startswith("#"):
            return Ignored("a line of the export about itself")
        columns = _columns(record.fields)
        if _kind(columns) is not None:
            self._columns = columns
            return Ignored("the header")
        said = _csv_records.values(self._columns, record.fields)
        if isinstance(said, Unreadable):
            return said
        kind = _kind(self._columns)
        if kind == "extended" and "event-id" not in said:
            return Unreadable("no event")
        ts, known = self.traces.time(said)
        if not known:
            return Unreadable(NO_TIME)
        at: dict[str, Any] = {"ts": ts} | record.cite()
        events = _tracking_events.events(said) if kind == "extended" else self.traces.events(said, kind or "")
        return tuple(MtaEvent(**at, **event) for event in events)
