"""A recording of questions to registries as evidence: the bytes of the answer decide, not the words around them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

AT = "2026-11-23T09:13:34.000001Z"
RECORD = b"Domain Name: SEAGLASS.TEST\r\nRegistrar: Harbour Names\r\nCreation Date: 2009-08-14T10:22:31Z\r\n"
RDAP = b'{"objectClassName": "domain", "ldhName": "SEAGLASS.TEST", "status": ["active"]}'


def line(data: bytes | None = None, **values: Any) -> bytes:
    entry = {
        "format": "forensics-registration-recording/1", "asked_at": AT, "domain": "seaglass.test", "protocol": "whois",
        "query": "seaglass.test", "outcome": "answered", "server": "whois.example", "address": "192.0.2.43", "port": 43,
    }  # fmt: skip
    given = {"answer": base64.b64encode(data).decode()} if data is not None else {}
    return json.dumps(entry | given | values, separators=(",", ":")).encode() + b"\n"


def http(body: bytes, status: str = "200 OK", media_type: str = "application/rdap+json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n\r\n".encode() + body


def test_an_answer_is_read_as_a_saved_one_and_keeps_time_and_server(reading):
    content = line(RECORD)
    (row,) = reading("registration_recording", content).rows
    (saved,) = reading("whois_answer", RECORD, file="saved.txt").rows
    same = ("kind", "name", "status", "registrar", "holder", "created_ts", "expires_ts", "name_servers", "problems")
    assert [getattr(row, name) for name in same] == [getattr(saved, name) for name in same]
    assert (row.ts, row.server, row.server_ip, row.protocol, row.length) == (
        1_795_425_214_000_001_000, "whois.example", "192.0.2.43", "whois", len(content),
    )  # fmt: skip


def test_an_rdap_answer_is_read_from_the_body_of_its_response(reading):
    (row,) = reading("registration_recording", line(http(RDAP), protocol="rdap")).rows
    assert (row.name, row.status, row.statuses, row.protocol) == ("seaglass.test", "registered", "active", "rdap")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (line(b'No match for "SEAGLASS.TEST".\r\n'), "not_found"),
        (line(b"Your connection limit exceeded.\r\n"), "refused"),
        (line(b""), "unparsed"),
        (line(RECORD, outcome="broken_off"), "unparsed"),
        (line(RECORD, outcome="timeout"), "unparsed"),
        (line(b"Domain Name: OTHER.TEST\r\nRegistrar: Harbour Names\r\n"), "unparsed"),
        (line(outcome="timeout"), "timeout"),
        (line(outcome="refused"), "connection_refused"),
        (line(outcome="closed"), "failed"),
        (line(outcome="certificate"), "failed"),
        (line(outcome="not_public"), "not_asked"),
        (line(outcome="not_sent", server=None, address=None), "not_asked"),
        (line(http(b"", "404 Not Found"), protocol="rdap"), "not_found"),
        (line(http(b'{"errorCode": 404}', "404 Not Found", "text/json"), protocol="rdap"), "not_found"),
        (line(http(b"gone", "404 Not Found", "text/html"), protocol="rdap"), "unparsed"),
        (line(http(b"", "429 Too Many Requests"), protocol="rdap"), "refused"),
    ],
)
def test_each_outcome_stays_what_it_is(reading, content, status):
    (row,) = reading("registration_recording", content).rows
    assert (row.name, row.status) == ("seaglass.test", status)


@pytest.mark.parametrize(
    "content",
    [
        line(b"whois: whois.example\n", about="suffix", query="test"),
        line(http(b"", "302 Found"), protocol="rdap"),
    ],
)
def test_an_answer_that_only_says_who_is_to_be_asked_gives_no_row(reading, content):
    read = reading("registration_recording", content)
    assert read.rows == []
    assert dict(read.tally.ignored_records) == {"an answer that only says who is to be asked": 1}


@pytest.mark.parametrize(
    "content",
    [
        line(),
        line(answer="no base64"),
        line(RECORD, domain="a..b"),
        line(RECORD, domain="SEAGLASS.test"),
        line(RECORD, outcome="unheard of"),
        line(RECORD, protocol="gopher"),
        b'{"format":"forensics-registration-recording/1"}\n',
        b"[" * 100_000 + b"\n",
        b"\xff\n",
    ],
)
def test_what_is_no_line_of_a_recording_is_unread(reading, content):
    read = reading("registration_recording", line(RECORD) + content)
    assert len(read.rows) == 1
    assert sum(read.tally.unread_records.values()) == 1


def test_an_answer_of_one_mebibyte_is_read_whole(reading):
    read = reading("registration_recording", line(RECORD + b"%" * ((1 << 20) - len(RECORD))) + line(RECORD))
    assert [row.status for row in read.rows] == ["registered", "registered"]


def test_a_line_longer_than_any_answer_is_refused(reading):
    read = reading("registration_recording", line(RECORD, note="x" * (2 << 20)) + line(RECORD))
    assert [row.record_no for row in read.rows] == [2]
    assert dict(read.tally.unread_records) == {"a line longer than 2097152 bytes": 1}


def test_what_an_answer_lists_without_end_is_bounded_and_said(reading):
    listed = b"".join(b"Domain Status: hold%d\r\n" % number for number in range(3_000))
    (row,) = reading("registration_recording", line(RECORD + listed)).rows
    assert (len(row.statuses.split()), row.problems) == (64, "3000 status words; 64 are taken")
