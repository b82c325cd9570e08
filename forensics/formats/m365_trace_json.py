"""Microsoft 365 message trace as JSON: what PowerShell, the reporting web service and Graph answer, and scripts save.

Sample::

    {"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#admin/exchange/tracing/messageTraces","value":[{"id":"5f2c","senderAddress":"sam@alder.example","recipientAddress":"bruno@northwind.example","messageId":"<a1@alder.example>","receivedDateTime":"2026-11-23T09:13:41Z","subject":"Greetings","size":1204,"fromIP":"198.51.100.18","toIP":"","status":"delivered"}]}

Source: Microsoft, Graph exchangeMessageTrace; Office 365 Reporting web service, MessageTrace report; Get-MessageTraceV2
and ConvertTo-Json. The names are those of PowerShell's CSV, in any case: what a record proves is told in `m365_trace`.

Time base: UTC where the value says so (`Z`). The web service answers `/Date(1795425221000)/` in OData 2: milliseconds
since 1970, UTC. Windows PowerShell writes the same, but takes a time without zone, as `Received` is, for one of the
host that ran it: these times stay unknown. Other times without zone are in the zone of whoever exported them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.formats import _json_records
from forensics.formats._json_records import Record
from forensics.formats._message_trace import NO_TIME, POWERSHELL, TIMES, Traces
from forensics.formats.lines import Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import MtaEvent, Row

NAME = "m365_trace_json"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

SHIFTED = (
    "Windows PowerShell wrote its times as /Date(...)/, which shifts a time without zone by the offset of the host "
    "that ran it: they stay unknown. Export it again with PowerShell 7, or as CSV."
)
_DEPTH = 2
"""A record holds objects that hold none: the web service's `__metadata`, and a time that PowerShell wrapped."""
_MAX_MS = ((1 << 63) - 1) // 1_000_000
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,16})\)/", re.ASCII)
_EMPTY = re.compile(r'\s*\{\s*"@?odata\.(?:context|metadata)"\s*:\s*"[^"]{1,500}(?:/messageTraces|#MessageTrace)"')


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first record names what a message trace names, or the envelope says that it is one."""
    text = _json_records.text_of(head)
    if text is None:
        return False
    held = {key.lower() for key in _json_records.first_of(text, _DEPTH) or ()}
    return (held >= set(POWERSHELL) and not held.isdisjoint(TIMES)) or _EMPTY.match(text) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each record."""
    reader = _Reader(facts, tally)
    yield from _json_records.read_records(source, tally, reader.parse, _DEPTH)
    reader.traces.close()


class _Reader:
    """What the records so far said."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self.traces = Traces(facts, tally)
        self._tally = tally

    def parse(self, record: Record) -> Parsed:
        """The rows of a record, or why it has none."""
        found = {name.lower(): value for name, value in record.said.items()}
        said = {name: text for name, value in found.items() if (text := _text(value))}
        if not found.keys() >= set(POWERSHELL):
            return Unreadable("no sender, recipient and status")
        ts, known = self._time(said, of_service=isinstance(found.get("__metadata"), dict))
        if not known:
            return Unreadable(NO_TIME)
        at: dict[str, Any] = {"ts": ts} | record.cite()
        return tuple(MtaEvent(**at, **event) for event in self.traces.events(said, "powershell"))

    def _time(self, said: dict[str, str], *, of_service: bool) -> tuple[int | None, bool]:
        """The time of a record, None where it is not known; and whether it is a time."""
        column = next((name for name in TIMES if name in said), "")
        match = _MILLISECONDS.fullmatch(said.get(column, ""))
        if match is None:
            return self.traces.time(said)
        if not of_service:
            self._tally.problem(SHIFTED)
            return None, True
        ms = int(match[1])
        return (ms * 1_000_000, True) if abs(ms) <= _MAX_MS else (None, False)


def _text(value: object) -> str | None:
    """A value as the text that a CSV file has in its place; None where there is none, or another object."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None
