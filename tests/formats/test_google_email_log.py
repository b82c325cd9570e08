"""Google's Email Log Search: what each event proves of the network."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import google_email_log

HEADER = (
    "Message ID,Start date,End date,Sender,Message size,Subject,Direction,Attachments,Recipient address,Event target,"
    "Event date,Event status,Event target IP address,Has encryption,Event SMTP reply code,Event description,"
    "Client Type,Device User Session ID\n"
)


def event(target: str, status: str, code: str = "", **said: str) -> str:
    values = {
        "id": "a1@alder.example", "direction": "Received", "rcpt": "bruno@northwind.example", "ip": "198.51.100.18",
        "date": "2026/11/23 09:13:41 UTC",
    } | said  # fmt: skip
    return (
        '{id},{date},{date},sam@alder.example,1204,"Greetings, all",{direction},0,{rcpt},{target},{date},{status},{ip},'
        "Encrypted,{code},,,\n"
    ).format(target=target, status=status, code=code, **values)


def test_a_message_from_a_server_entered_once_for_all_its_recipients(reading):
    lines = event("SMTP_IN", "DELIVERED", "250") + event("GMAIL_INBOX", "DELIVERED", ip="")
    lines += event("SMTP_IN", "DELIVERED", "250", rcpt="eva@northwind.example")
    accepted, queued, stored, again = reading("google_email_log", (HEADER + lines).encode()).rows
    assert (accepted.event, accepted.direction, accepted.peer_ip) == ("accepted", "in", "198.51.100.18")
    assert (accepted.ts, accepted.size_bytes, accepted.reply_code) == (1795425221_000000000, 1204, 250)
    assert (queued.event, queued.queue_id) == ("queued", "a1@alder.example")
    assert (stored.event, stored.direction, stored.status) == ("delivery", "local", "sent")
    assert (again.event, again.rcpt_to) == ("other", "eva@northwind.example")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (event("SMTP_IN", "REJECTED", "550"), ("reject", "in", None)),
        (event("SMTP_IN", "N/A", "", id="SMTPIN_ADDED_REJECT_SESSION"), ("other", "in", None)),
        (event("SMTP_IN", "DELIVERED", "250", direction="Sent"), ("accepted", "submission", None)),
        (event("SMTP_IN", "DELIVERED", "250", direction="Mixed"), ("accepted", None, None)),
        (event("SMTP_OUT", "DELIVERED", "250", direction="Sent"), ("delivery", "out", "sent")),
        (event("SMTP_OUT", "DELIVERED", "250", direction="Mixed"), ("delivery", None, "sent")),
        (event("SMTP_OUT", "DELIVERED", "451", direction="Sent"), ("delivery", "out", None)),
        (event("SMTP_OUT", "BOUNCED", "550", direction="Sent"), ("delivery", "out", "bounced")),
        (event("LIST_SERVER", "DELIVERED"), ("other", None, None)),
    ],
)
def test_what_an_event_proves(reading, line, expected):
    row = reading("google_email_log", (HEADER + line).encode("utf-8-sig")).rows[0]
    assert (row.event, row.direction, row.status) == expected


def test_an_abbreviated_zone_is_not_guessed(reading):
    read = reading(
        "google_email_log", (HEADER + event("SMTP_IN", "DELIVERED", date="2026/11/23 09:13:41 IST")).encode()
    )
    assert ({row.ts for row in read.rows}, len(read.tally.problems)) == ({None}, 1)


def test_a_record_without_a_time_is_unread(reading):
    read = reading("google_email_log", (HEADER + event("SMTP_IN", "DELIVERED", date="yesterday")).encode())
    assert read.tally.unread_records == {"no time as Email Log Search writes it": 1}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_export_is_read_as_far_as_it_goes(reading, data):
    content = bytearray((HEADER + event("SMTP_IN", "DELIVERED", "250") + event("SMTP_OUT", "BOUNCED", "550")).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading("google_email_log", bytes(content))


def test_other_tables_are_not_taken_for_an_email_log_search():
    assert not google_email_log.detect(b"Date,Sender,Recipient,Subject,Status\r\n", "trace.csv")
