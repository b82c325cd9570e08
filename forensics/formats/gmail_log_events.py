"""Gmail's log events as BigQuery exports them: one JSON object per line, with `event_info` and `message_info`.

Sample::

    {"event_info":{"mail_event_type":2,"success":true,"timestamp_usec":"1795425221000000"},"message_info":{"action_type":2,"rfc2822_message_id":"<a1@alder.example>","payload_size":"1204","source":{"address":"sam@alder.example"},"destination":[{"address":"bruno@northwind.example"}],"connection_info":{"smtp_in_connect_ip":"198.51.100.18","smtp_reply_code":250,"is_intra_domain":false,"is_internal":false}}}

Source: Google, Schema for Gmail logs in BigQuery. Time base: microseconds since 1970, UTC. What an event proves is in
`_gmail_events`; the Reports API answers the same events in another shape, which `gmail_activities` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from forensics.formats._gmail_events import NO_EVENT, Events, nanoseconds
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import MtaEvent, Row

NAME = "gmail_log_events"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = False

_KEYS = (re.compile(rb'"event_info"\s*:'), re.compile(rb'"message_info"\s*:'))


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first line is an object with what Gmail calls its event and its message."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return first.startswith(b"{") and all(key.search(first) for key in _KEYS)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - every time names its zone
    """Yield the `mta_event` rows of each event."""
    events = Events()

    def parse(line: Line) -> Parsed:
        entry = _entry(line.text.removeprefix(b"\xef\xbb\xbf"))
        if entry is None:
            return Unreadable("no JSON object with event_info and message_info")
        event, message = entry
        ts = nanoseconds(event)
        if ts is None:
            return Unreadable("no time in microseconds")
        found = events.of(event, message)
        if not found:
            return Ignored(NO_EVENT)
        at: dict[str, Any] = dict(cite(line), ts=ts)
        return tuple(MtaEvent(**at, **columns) for columns in found)

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
