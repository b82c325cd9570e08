"""Exchange message tracking: what each event proves of the network."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import exchange_tracking

HEADER = (
    b"\xef\xbb\xbf#Software: Microsoft Exchange Server\r\n#Version: 15.02.1544.004\r\n"
    b"#Log-type: Message Tracking Log\r\n"
    b"#Date: 2026-11-23T09:00:00.000Z\r\n#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,"
    b"source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,"
    b"recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,"
    b"return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,"
    b"transport-traffic-type,log-id,schema-version\r\n"
)


def event(source: str, event_id: str, **said: str) -> bytes:
    values = {
        "time": "2026-11-23T09:13:41.120Z", "client_ip": "203.0.113.10", "server_ip": "203.0.113.10", "client": "MBX1",
        "server": "MBX1", "connector": "", "rcpt": "bruno@northwind.example", "status": "", "subject": "Greetings",
        "towards": "", "original": "",
    } | said  # fmt: skip
    return (
        (
            "{time},{client_ip},{client},{server_ip},{server},,{connector},{source},{event_id},71,<a1@alder.example>,5f2c,"
            '{rcpt},{status},1204,1,,,"{subject}",sam@alder.example,sam@alder.example,,{towards},,{original},,,Email,l1,15\r\n'
        )
        .format(source=source, event_id=event_id, **values)
        .encode()
    )


RECEIVED = event("SMTP", "RECEIVE", connector="MBX1\\Default MBX1", towards="Incoming", original="198.51.100.18")
SENT_OUT = event(
    "SMTP", "SENDEXTERNAL", connector="To the Internet", server_ip="198.51.100.25", server="mx.alder.example",
    rcpt="kim@alder.example;lou@alder.example", status="250 2.1.5 OK;550 5.1.1 No such user", towards="Originating",
)  # fmt: skip


def test_an_incoming_message_is_taken_from_the_network_by_its_first_client(reading):
    accepted, queued = reading("exchange_tracking", HEADER + RECEIVED).of("mta_event")
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.queue_id, accepted.mail_from, accepted.size_bytes) == ("5f2c", "sam@alder.example", 1204)
    assert (accepted.ts, accepted.host, accepted.message_id) == (1795425221_120000000, "mbx1", "a1@alder.example")
    assert (queued.event, queued.queue_id) == ("queued", "5f2c")


def test_a_message_sent_outside_has_an_outcome_for_each_recipient(reading):
    first, second = reading("exchange_tracking", HEADER + SENT_OUT).of("mta_event")
    assert (first.direction, first.status, first.reply_code, first.rcpt_to) == ("out", "sent", 250, "kim@alder.example")
    assert (second.status, second.reply_code, second.rcpt_to) == ("bounced", 550, "lou@alder.example")
    assert (first.peer_ip, first.peer_name) == ("198.51.100.25", "mx.alder.example")


@pytest.mark.parametrize(
    ("line", "direction"),
    [
        (event("SMTP", "RECEIVE", towards="Originating", original="192.0.2.7", connector="MBX1\\Default MBX1"), None),
        (event("SMTP", "RECEIVE", towards="Incoming"), "local"),
        (event("STOREDRIVER", "RECEIVE", towards="Originating", client_ip="192.0.2.7"), "local"),
        (event("SMTP", "RECEIVE", towards="2", client_ip="192.0.2.7", connector="A\\Client Proxy A"), "submission"),
        (event("SMTP", "RECEIVE", client_ip="198.51.100.18"), "in"),
        (event("SMTP", "SEND", connector="Intra-Organization SMTP Send Connector", server_ip="203.0.113.11"), "local"),
        (event("SMTP", "SEND", connector="Outbound", server_ip="198.51.100.25"), "out"),
        (event("STOREDRIVER", "DELIVER"), "local"),
        (event("ROUTING", "FAIL"), None),
    ],
)  # fmt: skip
def test_what_stays_between_services_of_one_server_is_not_the_networks(reading, line, direction):
    assert reading("exchange_tracking", HEADER + line).of("mta_event")[0].direction == direction


def test_a_subject_with_commas_quotes_and_line_ends_keeps_the_bytes_of_its_record(reading):
    odd = event("STOREDRIVER", "DELIVER", subject='One, ""two""\r\nthree')
    read = reading("exchange_tracking", HEADER + odd + RECEIVED)
    delivery, accepted, _ = read.of("mta_event")
    assert (delivery.offset, delivery.length) == (len(HEADER), len(odd))
    assert (accepted.offset, accepted.length) == (len(HEADER) + len(odd), len(RECEIVED))
    assert (delivery.record_no, accepted.record_no) == (6, 7)


def test_a_record_with_other_than_the_headers_fields_is_unread(reading):
    read = reading("exchange_tracking", HEADER + b"2026-11-23T09:13:41.120Z,one,two\r\n" + RECEIVED)
    assert read.tally.unread_records == {"other than as many fields as the header names": 1}
    assert len(read.rows) == 2


def test_a_quote_that_never_closes_costs_a_bounded_number_of_lines(reading):
    read = reading("exchange_tracking", HEADER + b'"' + RECEIVED.replace(b'"', b"") * 1001 + RECEIVED)
    assert read.tally.unread_records == {"a record longer than 1048576 bytes or 1000 lines": 1}
    assert len(read.of("mta_event")) == 4


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_log_is_read_as_far_as_it_goes(reading, data):
    content = bytearray(HEADER + RECEIVED + SENT_OUT + event("DSN", "DSN") + event("SMTP", "DEFER"))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("exchange_tracking", bytes(content))


def test_other_logs_of_exchange_are_not_taken_for_message_tracking():
    assert not exchange_tracking.detect(
        b"#Software: Microsoft Exchange Server\r\n#Fields: date-time,session,data\r\n", "x.log"
    )
