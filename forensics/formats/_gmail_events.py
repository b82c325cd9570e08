"""What one event of Gmail's log says: rows of `mta_event`, from `event_info` and `message_info` as Google names them.

A message came from the network where Gmail accepted it (event 2, or action 2 or 3, with success and no failing reply)
and `smtp_in_connect_ip` names the peer; action 10 with success and a reply of 2xx handed it over to
`smtp_out_connect_ip`. Mail inside the organisation (`is_internal`, `is_intra_domain`) has no direction. An export holds
what somebody asked for, of 30 days or so: it never shows that something did not happen.
"""

from __future__ import annotations

from typing import Any

from forensics.protocols import address_text

NO_EVENT = "an event of no connection and no delivery"

_MAX_US = ((1 << 63) - 1) // 1000
_MAX_RECIPIENTS = 1000
_RECEIVED_EVENT, _ACCEPTED_ACTIONS, _SENT_OUT_ACTION = 2, (2, 3), 10


def nanoseconds(event: dict[str, Any]) -> int | None:
    """When an event began, from its microseconds; None where it says none."""
    us = _integer(event.get("timestamp_usec"))
    return us * 1000 if us is not None and abs(us) <= _MAX_US else None


class Events:
    """What the events so far said: the last message that was taken."""

    def __init__(self) -> None:
        self._last: str | None = None

    def of(self, event: dict[str, Any], message: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows of one event as columns; a message that Gmail logs twice was taken once."""
        events = _events(event, message)
        if events and events[0]["event"] == "accepted" and events[0]["queue_id"] is not None:
            if events[0]["queue_id"] == self._last:
                events = [events[0] | {"event": "other"}]
            self._last = events[0]["queue_id"]
        return events


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
    """A number, or a number as text: Google exports 64-bit numbers so."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else None
