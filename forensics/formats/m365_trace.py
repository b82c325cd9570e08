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

import re
from collections.abc import Iterator
from typing import Any

from forensics.formats import _csv_records, _date_order, _log_times, _tracking_events
from forensics.formats._csv_records import Record
from forensics.formats._date_order import Written
from forensics.formats._tracking_events import address, number, sender
from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import syslog_time
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "m365_trace"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

_UTC_TIMES = ("date-time-utc", "origin-timestamp-utc")
_TIMES = (*_UTC_TIMES, "date-time", "origin-timestamp", "received", "receiveddatetime", "date")
_KINDS: dict[str, set[str]] = {
    "extended": {"event-id", "source", "recipient-address", "sender-address"},
    "enhanced": {"sender-address", "recipient-status"},
    "powershell": {"senderaddress", "recipientaddress", "status"},
    "summary": {"sender", "recipient", "subject", "status"},
}
_DATE = re.compile(
    r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}),?[ ](\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:[ \u202f]([AaPp])\.?[Mm]\.?)?",
    re.ASCII,
)
_KEPT = {"delivered", "quarantined", "pending", "gettingstatus", "getting status", "expanded", "resolved"}
_STATUS = {"delivered": "sent", "failed": "bounced", "pending": "deferred"}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first record names the columns of a message trace."""
    return _kind(_columns(_csv_records.header_of(head))) is not None


def _columns(fields: list[str]) -> list[str]:
    return [name.replace("_", "-") for name in _csv_records.names(fields)]


def _kind(columns: list[str]) -> str | None:
    """Which export has these columns; None where none has."""
    held = set(columns)
    if held.isdisjoint(_TIMES):
        return None
    return next((kind for kind, needed in _KINDS.items() if held >= needed), None)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each record."""
    reader = _Reader(facts, tally)
    yield from _csv_records.read_records(source, tally, reader.parse)
    _log_times.report(reader.timeline, tally)


class _Reader:
    """What the records so far said: the columns, and the message of the record before."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self.timeline = Timeline(facts.time_zone, facts.year)
        self._order = facts.date_order
        self._tally = tally
        self._columns: list[str] = []
        self._last: str | None = None

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
        ts, known = self._time(said)
        if not known:
            return Unreadable("no time as a message trace writes it")
        at: dict[str, Any] = {"ts": ts} | record.cite()
        events = _tracking_events.events(said) if kind == "extended" else self._message(said, kind or "")
        return tuple(MtaEvent(**at, **event) for event in events)

    def _time(self, said: dict[str, str]) -> tuple[int | None, bool]:
        """The time of a record, None where zone or order of the numbers are not known; and whether it is a time."""
        column = next((name for name in _TIMES if name in said), "")
        text = _iso(said.get(column, ""), self._order)
        if text is None:
            self._tally.problem(_date_order.UNDECIDED)
            return None, True
        stamp = syslog_time.parse(text)
        if stamp is not None and stamp.zone is None and column in _UTC_TIMES:
            text += "Z"
        return self.timeline.nanoseconds(text), stamp is not None

    def _message(self, said: dict[str, str], kind: str) -> list[dict[str, Any]]:
        common, came, outcomes = _ENVELOPES[kind](said)
        rows = [common | {"event": "delivery"} | outcome for outcome in outcomes]
        if came is not None and common["queue_id"] != self._last:
            rows = [common | came | {"event": "accepted"}, common | {"event": "queued"}, *rows]
        self._last = common["queue_id"]
        return rows


_Envelope = tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]]]
"""What all rows share, how the message came where it was taken, and the outcome of each recipient."""


def _enhanced(said: dict[str, str]) -> _Envelope:
    common = _common(said, "network-message-id", "message-id", "total-bytes", "sender-address")
    recipients = [part.strip() for part in said.get("recipient-status", "").split(";") if part.strip()]
    outcomes, kept = [], False
    for recipient in recipients[:10_000]:
        rcpt, _, status = recipient.partition("##")
        words = {word.strip().lower() for word in status.split(",")}
        kept = kept or bool(words & {"deliver", "send"}) or ("receive" in words and "fail" not in words)
        outcomes.append({"rcpt_to": rcpt or None, "reply_text": status.strip() or None} | _outcome(words))
    incoming = said.get("directionality", "").lower() in ("incoming", "inbound", "1")
    peer = address(said.get("original-client-ip"))
    return common, {"direction": "in" if incoming else None, "peer_ip": peer} if kept else None, outcomes


def _outcome(words: set[str]) -> dict[str, Any]:
    """`Receive, Deliver` reached a mailbox here, `Receive, Send` another server."""
    if "deliver" in words:
        return {"direction": "local", "status": "sent"}
    if "fail" in words:
        return {"direction": None, "status": "bounced"}
    return {"direction": "out", "status": "sent"} if "send" in words else {"direction": None, "status": None}


def _powershell(said: dict[str, str]) -> _Envelope:
    common = _common(said, "messagetraceid" if "messagetraceid" in said else "id", "messageid", "size", "senderaddress")
    source, target = address(said.get("fromip")), address(said.get("toip"))
    rcpt, status = said.get("recipientaddress"), said.get("status", "").lower()
    outside = not _related(said.get("senderaddress"), rcpt)
    came = {"direction": "in" if source and not target and outside else None, "peer_ip": source}
    gone = {"direction": "out" if target and outside else None, "peer_ip": target, "rcpt_to": rcpt}
    gone |= {"status": _STATUS.get(status), "reply_text": said.get("status")}
    return common, came if status in _KEPT else None, [gone]


def _summary(said: dict[str, str]) -> _Envelope:
    status = said.get("status", "").lower()
    outcome = {"rcpt_to": said.get("recipient"), "status": _STATUS.get(status), "reply_text": said.get("status")}
    return _common(said, "", "message-id", "size", "sender"), None, [outcome]


_ENVELOPES = {"enhanced": _enhanced, "powershell": _powershell, "summary": _summary}


def _common(said: dict[str, str], queue_id: str, message_id: str, size: str, mail_from: str) -> dict[str, Any]:
    return {
        "queue_id": said.get(queue_id), "message_id": said.get(message_id, "").strip("<>") or None,
        "size_bytes": number(said.get(size)), "mail_from": sender(said.get(mail_from)),
    }  # fmt: skip


def _related(first: str | None, second: str | None) -> bool:
    """Whether two addresses may be of one organisation: their domains end alike, or one is not known."""
    ends = [(text or "").rpartition("@")[2].lower().rstrip(".").split(".")[-2:] for text in (first, second)]
    return ends[0] == ends[1] or min(map(len, ends)) < 2


def _iso(text: str, order: str | None) -> str | None:
    """A time in the order year, month, day; None where a date has two readings and the order was not declared."""
    match = _DATE.fullmatch(text)
    if match is None:
        return text
    first, second, year, hour, minute, seconds, half = match.groups()
    resolved = _date_order.resolved(Written(int(year), int(first), int(second), year_first=False), order)
    if resolved is None:
        return None
    _, month, day = resolved
    hours = int(hour) if not half else int(hour) % 12 + (12 if half in "Pp" else 0)
    return f"{year}-{month:02}-{day:02} {hours:02}:{minute}:{seconds or '00'}"
