"""Microsoft 365 message traces as JSON: each way they are saved, and that they prove what the CSV proves."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import m365_trace_json
from forensics.formats._json_records import NEXT_PAGE
from forensics.formats._log_times import NO_ZONE

SHELL = {
    "Received": "2026-11-23T09:13:41.1234567Z", "SenderAddress": "sam@alder.example",
    "RecipientAddress": "bruno@northwind.example", "Subject": "One {two}", "Status": "Delivered", "ToIP": None,
    "FromIP": "198.51.100.18", "Size": 1204, "MessageId": "<a1@alder.example>", "MessageTraceId": "5f2c",
    "StartDate": "2026-11-22T09:13:41Z", "EndDate": "2026-11-24T09:13:41Z", "Index": 0,
}  # fmt: skip
SERVICE = {"__metadata": {"id": "MessageTrace(0)", "type": "TenantReporting.MessageTrace"}} | SHELL | {
    "Received": "/Date(1795425221123)/", "StartDate": "/Date(1795338821123)/", "EndDate": "/Date(1795511621123)/",
}  # fmt: skip
GRAPH = {
    "id": "5f2c", "senderAddress": "sam@alder.example", "recipientAddress": "bruno@northwind.example",
    "messageId": "<a1@alder.example>", "receivedDateTime": "2026-11-23T09:13:41Z", "subject": "One", "size": 1204,
    "fromIP": "198.51.100.18", "toIP": "", "status": "delivered",
}  # fmt: skip
CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#admin/exchange/tracing/messageTraces"
LIGHT = "https://reports.office365.com/ecp/ReportingWebService/Reporting.svc/$metadata#MessageTrace"
AT = 1795425221_000000000


def read_of(reading: Any, *records: dict[str, Any], **facts: Any) -> Any:
    return reading("m365_trace_json", json.dumps(records).encode(), **facts)


@pytest.mark.parametrize(
    ("content", "ts"),
    [
        (json.dumps(SHELL), AT + 123456700),
        (json.dumps([SHELL], indent=4), AT + 123456700),
        (json.dumps({"odata.metadata": LIGHT, "value": [SHELL]}), AT + 123456700),
        (json.dumps({"d": {"results": [SERVICE]}}, indent=2), AT + 123000000),
        (json.dumps(SERVICE), AT + 123000000),
        (json.dumps({"@odata.context": CONTEXT, "value": [GRAPH]}), AT),
        (json.dumps({"value": [{"@odata.type": "#microsoft.graph.exchangeMessageTrace"} | GRAPH]}), AT),
        (json.dumps(GRAPH) + "\n", AT),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_way_a_trace_is_saved_gives_the_same_events(reading, content, ts, encoding):
    assert m365_trace_json.detect(content.encode(encoding), "trace.json")
    read = reading("m365_trace_json", content.encode(encoding))
    accepted, queued, delivery = read.rows
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.ts, accepted.size_bytes, accepted.message_id) == (ts, 1204, "a1@alder.example")
    assert (queued.event, queued.queue_id) == ("queued", "5f2c")
    assert (delivery.event, delivery.rcpt_to, delivery.status) == ("delivery", "bruno@northwind.example", "sent")
    assert (read.tally.unread_records, read.tally.problems) == ({}, [])


def test_a_message_that_went_to_another_server_was_handed_over(reading):
    gone = {"SenderAddress": "bruno@northwind.example", "RecipientAddress": "kim@alder.example"}
    *_, out = read_of(reading, SHELL | gone | {"FromIP": None, "ToIP": "192.0.2.7"}).rows
    assert (out.direction, out.status, out.peer_ip) == ("out", "sent", "192.0.2.7")


def test_a_message_to_two_recipients_entered_once(reading):
    events = [row.event for row in read_of(reading, GRAPH, GRAPH | {"recipientAddress": "eva@northwind.example"}).rows]
    assert events == ["accepted", "queued", "delivery", "delivery"]


@pytest.mark.parametrize("status", ["filteredAsSpam", "failed", "none"])
def test_what_was_not_kept_did_not_enter(reading, status):
    assert [row.event for row in read_of(reading, GRAPH | {"status": status}).rows] == ["delivery"]


def test_the_address_that_stands_for_no_connection_is_no_peer(reading):
    accepted, *_ = read_of(reading, GRAPH | {"fromIP": "255.255.255.255"}).rows
    assert (accepted.direction, accepted.peer_ip) == (None, None)


def test_a_time_without_a_zone_is_of_the_zone_that_was_declared(reading):
    local = SHELL | {"Received": "2026-11-23T09:13:41.1234567"}
    unknown, known = read_of(reading, local), read_of(reading, local, time_zone=UTC)
    assert ({row.ts for row in unknown.rows}, unknown.tally.problems) == ({None}, [NO_ZONE])
    assert ({row.ts for row in known.rows}, known.tally.problems) == ({AT + 123456700}, [])


@pytest.mark.parametrize(
    "written",
    [r'"\/Date(1795425221123)\/"', r'{"value":"\/Date(1795425221123)\/","DateTime":"Monday, November 23, 2026"}'],
)
def test_a_time_that_windows_powershell_may_have_shifted_stays_unknown(reading, written):
    content = json.dumps(SHELL).replace(f'"{SHELL["Received"]}"', written)
    read = reading("m365_trace_json", content.encode("utf-16"), time_zone=UTC)
    assert ({row.ts for row in read.rows}, read.tally.problems) == ({None}, [m365_trace_json.SHIFTED])


def test_a_time_that_powershell_wrapped_is_read(reading):
    wrapped = {"value": "2026-11-23T09:13:41Z", "DateTime": "Monday, November 23, 2026 9:13:41 AM"}
    assert {row.ts for row in read_of(reading, SHELL | {"Received": wrapped}).rows} == {AT}


def test_an_answer_without_messages_is_a_trace_and_holds_none(reading):
    content = json.dumps({"@odata.context": CONTEXT, "value": [], "@odata.nextLink": "https://graph.example/x"})
    read = reading("m365_trace_json", content.encode())
    assert m365_trace_json.detect(content.encode(), "trace.json")
    assert (read.rows, read.tally.records, read.tally.problems) == ([], 0, [NEXT_PAGE])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"id": "5f2c", "status": "delivered"}, "no sender, recipient and status"),
        (GRAPH | {"receivedDateTime": "yesterday"}, "no time as a message trace writes it"),
        (GRAPH | {"receivedDateTime": None}, "no time as a message trace writes it"),
        (SERVICE | {"Received": "/Date(9999999999999999)/"}, "no time as a message trace writes it"),
    ],
)
def test_a_record_that_is_none_of_a_trace_is_unread(reading, record, reason):
    read = read_of(reading, GRAPH, record)
    assert (len(read.rows), dict(read.tally.unread_records)) == (3, {reason: 1})


def test_a_message_without_a_sender_is_read(reading):
    *_, delivery = read_of(reading, GRAPH | {"senderAddress": ""}).rows
    assert (delivery.mail_from, delivery.direction) == (None, None)


@pytest.mark.parametrize(
    "other", ['{"status":"delivered","date":"2026-11-23"}', '[{"type":"FLOW","first":"x"}]', "[]", "{", "[1,2]"]
)
def test_other_json_is_not_taken_for_a_trace(other):
    assert not m365_trace_json.detect(other.encode(), "other.json")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_trace_is_read_as_far_as_it_goes(reading, data):
    text = json.dumps(data.draw(st.sampled_from([{"d": {"results": [SERVICE, SERVICE]}}, {"value": [GRAPH, GRAPH]}])))
    content = bytearray(text.encode(data.draw(st.sampled_from(["utf-8-sig", "utf-16"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("m365_trace_json", bytes(content))
