"""What one record of a Microsoft 365 message trace says: rows of `mta_event`, whatever the trace was saved as.

What each kind of trace proves is told in `m365_trace`.
"""

from __future__ import annotations

import re
from typing import Any

from forensics.formats import _date_order, _log_times
from forensics.formats._date_order import Written
from forensics.formats._tracking_events import address, number, sender
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import syslog_time
from forensics.protocols.syslog_time import Timeline

POWERSHELL = ("senderaddress", "recipientaddress", "status")
"""What every record of PowerShell, of the reporting web service and of Graph names, in lower case."""
_UTC_TIMES = ("date-time-utc", "origin-timestamp-utc")
TIMES = (*_UTC_TIMES, "date-time", "origin-timestamp", "received", "receiveddatetime", "date")
"""The names of a record's time, the best first."""
NO_TIME = "no time as a message trace writes it"

_DATE = re.compile(
    r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}),?[ ](\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:[ \u202f]([AaPp])\.?[Mm]\.?)?",
    re.ASCII,
)
_KEPT = {"delivered", "quarantined", "pending", "gettingstatus", "getting status", "expanded", "resolved"}
_STATUS = {"delivered": "sent", "failed": "bounced", "pending": "deferred"}


class Traces:
    """What the records so far said: their times, and the message of the record before."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._timeline = Timeline(facts.time_zone, facts.year)
        self._order = facts.date_order
        self._tally = tally
        self._last: str | None = None

    def time(self, said: dict[str, str]) -> tuple[int | None, bool]:
        """The time of a record, None where zone or order of the numbers are not known; and whether it is a time."""
        column = next((name for name in TIMES if name in said), "")
        text = _iso(said.get(column, ""), self._order)
        if text is None:
            self._tally.problem(_date_order.UNDECIDED)
            return None, True
        stamp = syslog_time.parse(text)
        if stamp is not None and stamp.zone is None and column in _UTC_TIMES:
            text += "Z"
        return self._timeline.nanoseconds(text), stamp is not None

    def events(self, said: dict[str, str], kind: str) -> list[dict[str, Any]]:
        """The rows of one record as columns; `kind` is enhanced, powershell or summary."""
        common, came, outcomes = _ENVELOPES[kind](said)
        rows = [common | {"event": "delivery"} | outcome for outcome in outcomes]
        if came is not None and common["queue_id"] != self._last:
            rows = [common | came | {"event": "accepted"}, common | {"event": "queued"}, *rows]
        self._last = common["queue_id"]
        return rows

    def close(self) -> None:
        """Tell what the times left open."""
        _log_times.report(self._timeline, self._tally)


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
    peer = _peer(said.get("original-client-ip"))
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
    source, target = _peer(said.get("fromip")), _peer(said.get("toip"))
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


def _peer(text: str | None) -> str | None:
    """The host at the other end; the service writes `255.255.255.255` where no host connected."""
    found = address(text)
    return None if found == "255.255.255.255" else found


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
