"""Gmail's log events of the Reports API: activities, and what each proves of the network."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import gmail_activities, gmail_log_events
from forensics.formats._json_records import NEXT_PAGE

AT = 1795425221_000000000
IN = {"smtp_in_connect_ip": "198.51.100.18", "smtp_reply_code": 250, "is_internal": False}
OUT = {"smtp_out_connect_ip": "198.51.100.25", "smtp_out_remote_host": "mx.alder.example", "smtp_reply_code": 250}


def parameter(name: str, value: Any) -> dict[str, Any]:
    """A parameter as the Reports API writes it: the kind of its value is the key."""
    if isinstance(value, bool):
        return {"name": name, "boolValue": value}
    if isinstance(value, int):
        return {"name": name, "intValue": str(value)}
    if isinstance(value, dict):
        return {"name": name, "messageValue": {"parameter": [parameter(*item) for item in value.items()]}}
    if isinstance(value, list):
        several = [{"parameter": [parameter(*item) for item in one.items()]} for one in value]
        return {"name": name, "multiMessageValue": several}
    return {"name": name, "value": value}


def activity(action: int, link: dict[str, Any], *, success: bool = True, kind: int = 0, **info: Any) -> dict[str, Any]:
    message = {
        "action_type": action, "rfc2822_message_id": "<a1@alder.example>", "payload_size": 1204,
        "source": {"address": "sam@alder.example"}, "destination": [{"address": "bruno@northwind.example"}],
        "connection_info": link,
    }  # fmt: skip
    what = {"mail_event_type": kind, "success": success, "timestamp_usec": 1795425221000000} | info
    said = [parameter("event_info", what), parameter("message_info", message)]
    return {
        "kind": "admin#reports#activity", "etag": '"x"', "actor": {"email": "bruno@northwind.example"},
        "id": {"time": "2026-11-23T09:13:42.500Z", "uniqueQualifier": "-71", "applicationName": "gmail"},
        "events": [{"type": "delivery_type", "name": "delivery", "parameters": said}],
    }  # fmt: skip


def answer(*activities: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"kind": "admin#reports#activities", "etag": '"x"', "items": activities} | more).encode()


@pytest.mark.parametrize(
    "content",
    [
        answer(activity(2, IN), activity(3, IN)),
        json.dumps(json.loads(answer(activity(2, IN), activity(3, IN))), indent=2).encode(),
        json.dumps([activity(2, IN), activity(3, IN)]).encode("utf-8-sig"),
        b"".join(json.dumps(activity(action, IN)).encode() + b"\n" for action in (2, 3)),
        answer(activity(2, IN)) + b"\n" + answer(activity(3, IN)) + b"\n",
    ],
)
def test_a_message_that_gmail_accepted_from_a_server_entered_once(reading, content):
    assert gmail_activities.detect(content, "gmail.json")
    assert not gmail_log_events.detect(content, "gmail.json")
    read = reading("gmail_activities", content)
    accepted, queued, again = read.rows
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.ts, accepted.size_bytes, accepted.mail_from) == (AT, 1204, "sam@alder.example")
    assert (accepted.rcpt_to, accepted.message_id) == ("bruno@northwind.example", "a1@alder.example")
    assert (queued.event, queued.queue_id, again.event) == ("queued", "a1@alder.example", "other")
    assert (read.tally.records, read.tally.unread_records) == (2, {})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (activity(0, IN, kind=2), ("accepted", "in", None)),
        (activity(2, IN, success=False), ("other", "in", None)),
        (activity(2, IN | {"smtp_reply_code": 550}), ("reject", "in", None)),
        (activity(2, IN | {"is_intra_domain": True}), ("accepted", None, None)),
        (activity(10, OUT), ("delivery", "out", "sent")),
        (activity(10, OUT | {"smtp_reply_code": 451}, success=False), ("delivery", "out", "deferred")),
    ],
)
def test_what_an_activity_proves(reading, said, expected):
    row = reading("gmail_activities", answer(said)).rows[0]
    assert (row.event, row.direction, row.status) == expected


def test_names_may_stand_with_the_names_above_them(reading):
    content = answer(activity(2, IN)).replace(b'"smtp_in', b'"message_info.connection_info.smtp_in')
    content = content.replace(b'"timestamp_usec"', b'"event_info.timestamp_usec"')
    assert [row.event for row in reading("gmail_activities", content).rows] == ["accepted", "queued"]


def test_the_time_of_the_activity_stands_in_for_that_of_the_event(reading):
    content = answer(activity(2, IN, timestamp_usec="unknown"))
    assert {row.ts for row in reading("gmail_activities", content).rows} == {AT + 1_500_000_000}


def test_an_activity_without_a_time_is_unread(reading):
    late = activity(2, IN, timestamp_usec="unknown")
    late["id"] |= {"time": "2026-11-23 09:13:42"}
    read = reading("gmail_activities", answer(late, activity(2, IN)))
    assert dict(read.tally.unread_records) == {"no time in microseconds, and none of the activity": 1}
    assert [row.event for row in read.rows] == ["accepted", "queued"]


def test_every_event_of_an_activity_is_read(reading):
    both = activity(2, IN)
    both["events"] += activity(10, OUT)["events"]
    rows = reading("gmail_activities", answer(both)).rows
    assert [(row.event, row.record_no) for row in rows] == [("accepted", 1), ("queued", 1), ("delivery", 1)]


def test_what_a_user_did_and_what_other_applications_did_is_no_mail(reading):
    other = activity(2, IN)
    other["id"] |= {"applicationName": "login"}
    read = reading("gmail_activities", answer(activity(71, {}, kind=7), other, nextPageToken="A:1"))
    assert read.rows == []
    assert dict(read.tally.ignored_records) == {
        "an event of no connection and no delivery": 1,
        "an activity of another application": 1,
    }
    assert read.tally.problems == [NEXT_PAGE]


def test_an_object_that_is_no_activity_is_unread(reading):
    read = reading("gmail_activities", answer({"id": "x"}, activity(2, IN)))
    assert dict(read.tally.unread_records) == {"no activity: an id and events": 1}


def test_activities_of_other_applications_are_not_taken_for_gmails():
    login = answer(activity(2, IN)).replace(b'"gmail"', b'"login"')
    assert not gmail_activities.detect(login, "login.json")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_answer_is_read_as_far_as_it_goes(reading, data):
    content = bytearray(answer(activity(2, IN), activity(10, OUT)))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("gmail_activities", bytes(content))
