"""Google's Email Log Search as exported: CSV, one line per event of a message.

Sample::

    Message ID,Start date,End date,Sender,Message size,Subject,Direction,Attachments,Recipient address,Event target,Event date,Event status,Event target IP address,Has encryption,Event SMTP reply code,Event description,Client Type,Device User Session ID
    a1@alder.example,2026/11/23 09:13:41 UTC,2026/11/23 09:13:42 UTC,sam@alder.example,1204,Greetings,Received,0,bruno@northwind.example,SMTP_IN,2026/11/23 09:13:41 UTC,DELIVERED,198.51.100.18,Encrypted,250,,,

Source: Google Workspace Admin Help, Email log search export fields. Time base: the zone that each time names; `UTC` and
`GMT` are read, another abbreviation does not say which zone it means and the time stays unknown.

`SMTP_IN` with a reply of 2xx, or without a reply and delivered, was taken from the address it names, `SMTP_OUT` was
handed over to it. `Mixed` mail stays within the domain: its rows have no direction. An export holds what somebody
searched for, so it never shows that something did not happen.
"""  # noqa: E501 - a header as it is written

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.formats import _csv_records, _log_times
from forensics.formats._csv_records import Record
from forensics.formats._tracking_events import address, number, sender
from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "google_email_log"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

_NEEDED = {"message id", "sender", "recipient address", "event target", "event date", "event status"}
_TIME = re.compile(
    r"(\d{4})[/-](\d\d)[/-](\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)[ ]?([A-Za-z]{1,5}|[+-]\d\d:?\d\d)?", re.ASCII
)
_UTC = {"UTC", "GMT", "Z"}
_ABBREVIATED = "Its times name their zone by an abbreviation that can mean several: these times stay unknown."
_BOXES = {"GMAIL_INBOX", "GMAIL_SPAM", "GMAIL_TRASH", "GMAIL"}
_STATUS = {"delivered": "sent", "bounced": "bounced", "deferred": "deferred", "rejected": "bounced"}
_REFUSED_SESSION = "smtpin_added_reject_session"


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first record names the columns of an Email Log Search."""
    return set(_csv_records.header_of(head)) >= _NEEDED


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each event."""
    reader = _Reader(facts, tally)
    yield from _csv_records.read_records(source, tally, reader.parse)
    _log_times.report(reader.timeline, tally)


class _Reader:
    """What the records so far said: the columns, and the last message that was taken."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self.timeline = Timeline(facts.time_zone, facts.year)
        self._tally = tally
        self._columns: list[str] = []
        self._last: str | None = None

    def parse(self, record: Record) -> Parsed:
        """The rows of a record, or why it has none."""
        names = _csv_records.names(record.fields)
        if set(names) >= _NEEDED:
            self._columns = names
            return Ignored("the header")
        said = _csv_records.values(self._columns, record.fields)
        if isinstance(said, Unreadable):
            return said
        time = _TIME.fullmatch(said.get("event date") or said.get("start date") or "")
        if time is None:
            return Unreadable("no time as Email Log Search writes it")
        at: dict[str, Any] = {"ts": self._nanoseconds(time)} | record.cite()
        return tuple(MtaEvent(**at, **event) for event in self._events(said))

    def _nanoseconds(self, time: re.Match[str]) -> int | None:
        year, month, day, clock, zone = time.groups()
        zone = zone or ""
        if zone[:1].isalpha() and zone.upper() not in _UTC:
            self._tally.problem(_ABBREVIATED)
            return None
        return self.timeline.nanoseconds(f"{year}-{month}-{day} {clock}" + ("Z" if zone[:1].isalpha() else zone))

    def _events(self, said: dict[str, str]) -> list[dict[str, Any]]:
        message_id = said.get("message id", "").strip("<>") or None
        refused = (message_id or "").lower().startswith(_REFUSED_SESSION)
        common = {
            "queue_id": message_id, "message_id": None if refused else message_id,
            "mail_from": sender(said.get("sender")), "size_bytes": number(said.get("message size")),
        }  # fmt: skip
        code, word = number(said.get("event smtp reply code")), said.get("event status", "").lower()
        told = {
            "rcpt_to": said.get("recipient address"), "reply_code": code,
            "reply_text": said.get("event description") or said.get("event status"),
        }  # fmt: skip
        target, within = said.get("event target", "").upper(), said.get("direction", "").lower() == "mixed"
        peer = {"peer_ip": address(said.get("event target ip address"))}
        if target == "SMTP_IN":
            direction = "submission" if said.get("direction", "").lower() == "sent" else "in"
            came = peer | told | {"direction": None if within else direction}
            taken = not refused and (200 <= code < 300 if code is not None else word == "delivered")
            return self._arrival(common, came, taken=taken, code=code)
        if target == "SMTP_OUT":
            status = _STATUS.get(word)
            if code is not None and not 200 <= code < 300 and status == "sent":
                status = None
            gone = {"event": "delivery", "direction": None if within else "out", "status": status}
            return [common | peer | told | gone]
        if target in _BOXES:
            return [common | told | {"event": "delivery", "direction": "local", "status": _STATUS.get(word)}]
        return [common | told | {"event": "other"}]

    def _arrival(
        self, common: dict[str, Any], came: dict[str, Any], *, taken: bool, code: int | None
    ) -> list[dict[str, Any]]:
        """A message taken, once for all its recipients; else a refusal, or what can be neither."""
        if not taken:
            return [common | came | {"event": "reject" if code is not None and code >= 400 else "other"}]
        first, self._last = common["queue_id"] != self._last, common["queue_id"]
        if not first:
            return [common | came | {"event": "other"}]
        return [common | came | {"event": "accepted"}, common | {"event": "queued"}]
