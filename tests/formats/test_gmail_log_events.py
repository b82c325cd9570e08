"""Gmail's log events of BigQuery: what each proves of the network."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import gmail_log_events


def event(action: int, link: dict[str, Any], *, success: bool = True, kind: int = 0) -> bytes:
    message = {
        "action_type": action, "rfc2822_message_id": "<a1@alder.example>", "payload_size": "1204",
        "source": {"address": "sam@alder.example"}, "destination": [{"address": "bruno@northwind.example"}],
        "connection_info": link,
    }  # fmt: skip
    what = {"mail_event_type": kind, "success": success, "timestamp_usec": "1795425221000000"}
    return json.dumps({"event_info": what, "message_info": message}).encode() + b"\n"


IN = {"smtp_in_connect_ip": "198.51.100.18", "smtp_reply_code": 250, "is_internal": False}
OUT = {"smtp_out_connect_ip": "198.51.100.25", "smtp_out_remote_host": "mx.alder.example", "smtp_reply_code": 250}


def test_a_message_that_gmail_accepted_from_a_server_entered_once(reading):
    accepted, queued, again = reading("gmail_log_events", event(2, IN) + event(3, IN)).rows
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.ts, accepted.size_bytes, accepted.mail_from) == (1795425221_000000000, 1204, "sam@alder.example")
    assert (queued.event, queued.queue_id, again.event) == ("queued", "a1@alder.example", "other")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (event(1, IN), ("other", "in", None)),
        (event(0, IN, kind=2), ("accepted", "in", None)),
        (event(2, IN, success=False), ("other", "in", None)),
        (event(2, IN | {"smtp_reply_code": 550}), ("reject", "in", None)),
        (event(2, IN | {"is_intra_domain": True}), ("accepted", None, None)),
        (event(10, OUT), ("delivery", "out", "sent")),
        (event(10, OUT | {"smtp_reply_code": 0}), ("delivery", "out", None)),
        (event(10, OUT | {"smtp_reply_code": 451}, success=False), ("delivery", "out", "deferred")),
        (event(10, OUT | {"is_internal": True}), ("delivery", None, "sent")),
    ],
)
def test_what_an_event_proves(reading, line, expected):
    row = reading("gmail_log_events", line).rows[0]
    assert (row.event, row.direction, row.status) == expected


def test_what_a_user_did_with_a_message_is_no_mail(reading):
    read = reading("gmail_log_events", event(71, {}, kind=7))
    assert (read.rows, sum(read.tally.ignored_records.values())) == ([], 1)


def test_a_line_that_is_no_event_is_unread(reading):
    read = reading("gmail_log_events", event(2, IN) + b'{"event_info": 1}\n')
    assert read.tally.unread_records == {"no JSON object with event_info and message_info": 1}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_export_is_read_as_far_as_it_goes(reading, data):
    content = bytearray(event(2, IN) + event(10, OUT))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("gmail_log_events", bytes(content))


def test_other_json_is_not_taken_for_gmails():
    assert not gmail_log_events.detect(b'{"rrname":"alder.example","rrtype":"A","rdata":"192.0.2.1"}\n', "dns.json")
