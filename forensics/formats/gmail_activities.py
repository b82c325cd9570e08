"""Gmail's log events as the Reports API answers them: activities of the application gmail, in a list, bare or per line.

Sample::

    {"kind":"admin#reports#activities","etag":"x","items":[{"kind":"admin#reports#activity","id":{"time":"2026-11-23T09:13:41.000Z","uniqueQualifier":"-71","applicationName":"gmail","customerId":"C1"},"events":[{"type":"delivery_type","name":"delivery","parameters":[{"name":"event_info","messageValue":{"parameter":[{"name":"mail_event_type","intValue":"2"},{"name":"success","boolValue":true},{"name":"timestamp_usec","intValue":"1795425221000000"}]}},{"name":"message_info","messageValue":{"parameter":[{"name":"action_type","intValue":"2"},{"name":"rfc2822_message_id","value":"<a1@alder.example>"},{"name":"connection_info","messageValue":{"parameter":[{"name":"smtp_in_connect_ip","value":"198.51.100.18"}]}}]}}]}]}]}

Source: Google, Admin SDK Reports API, Activities: list, and Gmail Activity Events. Time base: microseconds since 1970 in
`event_info`; else the time of the activity, UTC. What an event proves is in `_gmail_events`.

A parameter is `name` and one of `value`, `intValue`, `boolValue`, their `multi` forms, or nested parameters
(`messageValue`, `multiMessageValue`). The answer holds at most 30 days, and a page of it at most 1000 activities.
"""  # noqa: E501 - an answer as it is written

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.formats import _json_records
from forensics.formats._gmail_events import NO_EVENT, Events, nanoseconds
from forensics.formats._json_records import Record
from forensics.formats.lines import Ignored, Parsed, Unreadable
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "gmail_activities"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = False

_DEPTH = 16
"""Deeper than the deepest parameter that Google names (a consequence of a consequence of a rule)."""
_VALUES = ("value", "boolValue", "intValue", "multiValue", "multiIntValue")
_KIND = re.compile(r'"kind"\s*:\s*"admin#reports#activity"|"events"\s*:\s*\[')
_APPLICATION = re.compile(r'"applicationName"\s*:\s*"gmail"')


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether it begins with JSON that holds activities of the application gmail."""
    text = _json_records.text_of(head)
    return text is not None and _APPLICATION.search(text) is not None and _KIND.search(text) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - every time names its zone
    """Yield the `mta_event` rows of each activity."""
    yield from _json_records.read_records(source, tally, _Reader().parse, _DEPTH)


class _Reader:
    """What the activities so far said."""

    def __init__(self) -> None:
        self._events = Events()
        self._timeline = Timeline(None, None)

    def parse(self, record: Record) -> Parsed:
        """The rows of an activity, or why it has none."""
        identity, events = record.said.get("id"), record.said.get("events")
        if not isinstance(identity, dict) or not isinstance(events, list):
            return Unreadable("no activity: an id and events")
        if identity.get("applicationName") != "gmail":
            return Ignored("an activity of another application")
        time = identity.get("time")
        ts = self._timeline.nanoseconds(time) if isinstance(time, str) and len(time) < 64 else None
        said = [_parameters(event.get("parameters")) for event in events if isinstance(event, dict)]
        infos = [(_record(one.get("event_info")), _record(one.get("message_info"))) for one in said]
        times = [ts if (exact := nanoseconds(info)) is None else exact for info, _ in infos]
        if None in times:
            return Unreadable("no time in microseconds, and none of the activity")
        at: dict[str, Any] = dict(record.cite())
        rows = [
            MtaEvent(**at, ts=time, **columns)
            for time, (info, message) in zip(times, infos, strict=True)
            for columns in self._events.of(info, message)
        ]
        return tuple(rows) or Ignored(NO_EVENT)


def _parameters(value: Any, depth: int = 0) -> dict[str, Any]:
    """Parameters by name, nested ones as records; a name may be written with the names above it."""
    found: dict[str, Any] = {}
    for item in value if isinstance(value, list) and depth < _DEPTH else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            found[item["name"].rpartition(".")[2]] = _value(item, depth)
    return found


def _value(item: dict[str, Any], depth: int) -> Any:
    if isinstance(nested := item.get("messageValue"), dict):
        return _parameters(nested.get("parameter"), depth + 1)
    if isinstance(several := item.get("multiMessageValue"), list):
        return [_parameters(_record(one).get("parameter"), depth + 1) for one in several]
    return next((item[key] for key in _VALUES if key in item), None)


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
