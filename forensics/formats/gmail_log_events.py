"""Gmail's log events as BigQuery exports them: one JSON object per line, with `event_info` and `message_info`.

Sample::

    {"event_info":{"mail_event_type":2,"success":true,"timestamp_usec":"1795425221000000"},"message_info":{"action_type":2,"rfc2822_message_id":"<a1@alder.example>","payload_size":"1204","source":{"address":"sam@alder.example"},"destination":[{"address":"bruno@northwind.example"}],"connection_info":{"smtp_in_connect_ip":"198.51.100.18","smtp_reply_code":250,"is_intra_domain":false,"is_internal":false}}}

Source: Google, Schema for Gmail logs in BigQuery; the same names stand in the Reports API. Time base: microseconds since
1970, UTC.

A message came from the network where Gmail accepted it (event 2, or action 2 or 3, with success and no failing reply)
and `smtp_in_connect_ip` names the peer; action 10 with success and a reply of 2xx handed it over to
`smtp_out_connect_ip`. Mail inside the organisation (`is_internal`, `is_intra_domain`) has no direction. An export holds
what somebody asked for, of 30 days or so: it never shows that something did not happen.
"""  # noqa: E501 - a line as it is written

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text
from forensics.schema import MtaEvent, Row

NAME = "gmail_log_events"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = False

_MAX_US = ((1 << 63) - 1) // 1000
_MAX_RECIPIENTS = 1000
_RECEIVED_EVENT, _ACCEPTED_ACTIONS, _SENT_OUT_ACTION = 2, (2, 3), 10


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first line is an object with what Gmail calls its event and its message."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return first.startswith(b"{") and b'"event_info"' in first and b'"message_info"' in first


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - every time names its zone
    """Yield the `mta_event` rows of each event."""
    last: str | None = None

    def parse(line: Line) -> Parsed:
        nonlocal last
        entry = _entry(line.text.removeprefix(b"\xef\xbb\xbf"))
        if entry is None:
            return Unreadable("no JSON object with event_info and message_info")
        event, message = entry
        ts = _integer(event.get("timestamp_usec"))
        if ts is None or abs(ts) > _MAX_US:
            return Unreadable("no time in microseconds")
        events = _events(event, message)
        if not events:
            return Ignored("an event of no connection and no delivery")
        if events[0]["event"] == "accepted" and events[0]["queue_id"] is not None:
            if events[0]["queue_id"] == last:
                events = [events[0] | {"event": "other"}]
            last = events[0]["queue_id"]
        at: dict[str, Any] = dict(cite(line), ts=ts * 1000)
        return tuple(MtaEvent(**at, **found) for found in events)

    yield from read_lines(source, tally, parse)


def _entry(text: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Event and message of a line, also where they stand under `gmail`."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(found, dict) and isinstance(found.get("gmail"), dict):
        found = found["gmail"]
    if not isinstance(found, dict):
        return None
    event, message = found.get("event_info"), found.get("message_info")
    return (event, message) if isinstance(event, dict) and isinstance(message, dict) else None


def _events(event: dict[str, Any], message: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of one line, as columns."""
    link = _record(message.get("connection_info"))
    action, code = _integer(message.get("action_type")), _integer(link.get("smtp_reply_code")) or None
    success = event.get("success") is True
    within = link.get("is_internal") is True or link.get("is_intra_domain") is True
    message_id = (_text(message.get("rfc2822_message_id")) or "").strip("<>") or None
    common = {
        "queue_id": message_id, "message_id": message_id, "reply_code": code,
        "mail_from": _text(_record(message.get("source")).get("address")),
        "size_bytes": _integer(message.get("payload_size")), "reply_text": _text(message.get("description")),
    }  # fmt: skip
    recipients = _recipients(message.get("destination"))
    if action == _SENT_OUT_ACTION:
        peer = {"peer_ip": _ip(link.get("smtp_out_connect_ip")), "peer_name": _host(link.get("smtp_out_remote_host"))}
        gone = {"event": "delivery", "direction": None if within else "out", "status": _status(code, success=success)}
        return [common | peer | gone | {"rcpt_to": rcpt} for rcpt in recipients]
    client = _ip(link.get("smtp_in_connect_ip"))
    if client is None:
        return []
    came = common | {"peer_ip": client, "direction": None if within else "in", "rcpt_to": recipients[0]}
    if code is not None and code >= 400:
        return [came | {"event": "reject"}]
    received = _integer(event.get("mail_event_type")) == _RECEIVED_EVENT or action in _ACCEPTED_ACTIONS
    if success and received:
        return [came | {"event": "accepted"}, {"event": "queued", "queue_id": message_id}]
    return [came | {"event": "other"}]


def _status(code: int | None, *, success: bool) -> str | None:
    """The outcome that the remote server's reply tells."""
    if code is None:
        return None
    if 200 <= code < 300:
        return "sent" if success else None
    return "deferred" if code < 500 else "bounced"


def _recipients(value: Any) -> list[str | None]:
    """The addresses of the destinations; one None where there is none."""
    items = value if isinstance(value, list) else [value]
    return [_text(_record(item).get("address")) for item in items[:_MAX_RECIPIENTS]] or [None]


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _ip(value: Any) -> str | None:
    return address_text.canonical(value) if isinstance(value, str) else None


def _host(value: Any) -> str | None:
    return value.rstrip(".").lower() or None if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    """A number, or a number as text: BigQuery exports 64-bit numbers so."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else None
