"""Microsoft 365 message traces: each export, and what it proves of the network."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import m365_trace
from forensics.formats._date_order import UNDECIDED

ENHANCED = (
    "origin_timestamp_utc,sender_address,Recipient_status,message_subject,total_bytes,message_id,network_message_id,"
    "original_client_ip,directionality,connector_id,delivery_priority\r\n"
)
POWERSHELL = (
    '"Received","SenderAddress","RecipientAddress","Subject","Status","ToIP","FromIP","Size","MessageId",'
    '"MessageTraceId"\r\n'
)
SUMMARY = "Date,Sender,Recipient,Subject,Status\r\n"
EXTENDED = (
    "date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,source,event_id,"
    "internal_message_id,message_id,network_message_id,recipient_address,recipient_status,total_bytes,recipient_count,"
    "related_recipient_address,reference,message_subject,sender_address,return_path,message_info,directionality,"
    "tenant_id,original_client_ip,original_server_ip,custom_data\r\n"
)
IN = (
    '2026-11-23T09:13:41.1234567Z,sam@alder.example,"bruno@northwind.example##Receive, Deliver;eva@northwind.example##'
    'Receive, Fail","One,\r\ntwo",1204,<a1@alder.example>,5f2c,198.51.100.18,Incoming,,Normal\r\n'
)
OUT = (
    '2026-11-23T09:14:41.1234567,bruno@northwind.example,"kim@alder.example##Receive, Send",Re,900,'
    "<b1@northwind.example>,6a11,192.0.2.7,Originating,,Normal\r\n"
)
WITHIN = OUT.replace("kim@alder.example##Receive, Send", "eva@northwind.example##Receive, Deliver")


def test_an_incoming_message_of_the_enhanced_summary_entered_from_the_network(reading):
    accepted, queued, first, second = reading("m365_trace", (ENHANCED + IN).encode()).of("mta_event")
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.ts, accepted.queue_id, accepted.size_bytes) == (1795425221_123456700, "5f2c", 1204)
    assert (queued.event, queued.queue_id) == ("queued", "5f2c")
    assert (first.direction, first.status, first.rcpt_to) == ("local", "sent", "bruno@northwind.example")
    assert (second.direction, second.status, second.rcpt_to) == (None, "bounced", "eva@northwind.example")


def test_only_a_status_of_send_hands_a_message_over(reading):
    *_, out = reading("m365_trace", (ENHANCED + OUT).encode()).of("mta_event")
    assert (out.direction, out.status, out.ts) == ("out", "sent", 1795425281_123456700)
    accepted, _, within = reading("m365_trace", (ENHANCED + WITHIN).encode()).of("mta_event")
    assert (accepted.direction, within.direction) == (None, "local")


def test_a_refused_incoming_message_did_not_enter(reading):
    refused = IN.replace("Receive, Deliver", "Receive, Fail")
    assert {row.event for row in reading("m365_trace", (ENHANCED + refused).encode()).rows} == {"delivery"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_and_utf_16_keep_the_bytes_of_each_record(reading, encoding):
    content = (ENHANCED + IN + OUT).encode(encoding)
    rows = reading("m365_trace", content).rows
    assert m365_trace.detect(content, "trace.csv")
    plain = encoding.replace("-sig", "").replace("utf-16", "utf-16-le")
    first, last = len((ENHANCED).encode(encoding)), len(OUT.encode(plain))
    assert (rows[0].offset, rows[0].length) == (first, len(IN.encode(plain)))
    assert (rows[-1].offset, rows[-1].length) == (len(content) - last, last)


def shell(
    status: str, to: str, ip_from: str, sender: str = "sam@alder.example", rcpt: str = "bruno@northwind.example"
) -> str:
    return (
        f'"2026-11-23T09:13:41.1234567","{sender}","{rcpt}","Hello","{status}","{to}","{ip_from}","1204",'
        '"<a1@alder.example>","5f2c"\r\n'
    )


@pytest.mark.parametrize(
    ("line", "entered", "handed_over"),
    [
        (shell("Delivered", "", "198.51.100.18"), True, False),
        (shell("Quarantined", "", "198.51.100.18"), True, False),
        (shell("FilteredAsSpam", "", "198.51.100.18"), False, False),
        (shell("Failed", "", "198.51.100.18"), False, False),
        (shell("Delivered", "198.51.100.25", "", "bruno@northwind.example", "kim@alder.example"), False, True),
        (shell("Delivered", "198.51.100.25", "192.0.2.7", "bruno@northwind.example", "kim@alder.example"), False, True),
        (shell("Pending", "198.51.100.25", "", "bruno@northwind.example", "kim@alder.example"), False, False),
        (shell("Delivered", "", "192.0.2.7", "bruno@northwind.example", "eva@mail.northwind.example"), False, False),
        (shell("Delivered", "", ""), False, False),
    ],
)
def test_what_an_export_of_powershell_proves(reading, line, entered, handed_over):
    rows = reading("m365_trace", (POWERSHELL + line).encode("utf-8-sig"), time_zone=UTC).rows
    assert any(row.event == "accepted" and row.direction == "in" for row in rows) == entered
    assert (
        any(row.event == "delivery" and row.direction == "out" and row.status == "sent" for row in rows) == handed_over
    )


def test_a_message_to_two_recipients_entered_once(reading):
    lines = shell("Delivered", "", "198.51.100.18") + shell(
        "Delivered", "", "198.51.100.18", rcpt="eva@northwind.example"
    )
    events = [row.event for row in reading("m365_trace", (POWERSHELL + lines).encode(), time_zone=UTC).rows]
    assert events == ["accepted", "queued", "delivery", "delivery"]


def test_received_without_a_zone_stays_unknown(reading):
    read = reading(
        "m365_trace", b"#TYPE Deserialized.MessageTrace\r\n" + (POWERSHELL + shell("Delivered", "", "")).encode()
    )
    assert {row.ts for row in read.rows} == {None}
    assert len(read.tally.problems) == 1


def test_a_summary_names_no_side(reading):
    line = "11/23/2026 9:13:41 AM,sam@alder.example,bruno@northwind.example,Hi,Delivered\r\n"
    (row,) = reading("m365_trace", (SUMMARY + line).encode(), time_zone=UTC).rows
    assert (row.event, row.direction, row.status, row.ts) == ("delivery", None, "sent", 1795425221_000000000)


def test_a_date_that_can_be_read_in_two_ways_is_not_guessed(reading):
    line = "11/12/2026 9:13:41 PM,sam@alder.example,bruno@northwind.example,Hi,Delivered\r\n"
    read = reading("m365_trace", (SUMMARY + line).encode(), time_zone=UTC)
    assert (read.rows[0].ts, read.tally.problems) == (None, [UNDECIDED])


@pytest.mark.parametrize(("order", "ts"), [("month_day", 1794518021_000000000), ("day_month", 1797023621_000000000)])
def test_the_examiner_may_say_which_number_of_a_date_is_the_month(reading, order, ts):
    line = "11/12/2026 9:13:41 PM,sam@alder.example,bruno@northwind.example,Hi,Delivered\r\n"
    read = reading("m365_trace", (SUMMARY + line).encode(), time_zone=UTC, date_order=order)
    assert (read.rows[0].ts, read.tally.problems) == (ts, [])


def extended(source: str, event: str, direction: str, server_ip: str) -> str:
    return (
        f"2026-11-23T09:13:41.1234567Z,198.51.100.18,mx.alder.example,{server_ip},S1,,Out,{source},{event},71,"
        f"<a1@alder.example>,5f2c,bruno@northwind.example,,1204,1,,,Hi,sam@alder.example,sam@alder.example,,{direction},"
        "t1,198.51.100.18,,\r\n"
    )


def test_the_events_of_the_extended_trace(reading):
    lines = extended("SMTP", "RECEIVE", "Incoming", "203.0.113.1") + extended("STOREDRIVER", "DELIVER", "Incoming", "")
    lines += extended("SMTP", "SEND", "Originating", "203.0.113.9")
    accepted, _, local, out = reading("m365_trace", (EXTENDED + lines).encode()).rows
    assert (accepted.event, accepted.direction) == ("accepted", "in")
    assert (local.direction, local.status) == ("local", "sent")
    assert (out.direction, out.status, out.peer_ip) == ("out", "sent", "203.0.113.9")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_trace_is_read_as_far_as_it_goes(reading, data):
    text = data.draw(st.sampled_from([ENHANCED + IN + OUT, POWERSHELL + shell("Delivered", "", "198.51.100.18")]))
    content = bytearray(text.encode(data.draw(st.sampled_from(["utf-8-sig", "utf-16"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("m365_trace", bytes(content))
