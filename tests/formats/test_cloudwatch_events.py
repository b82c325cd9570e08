"""Events of a log group, as an API answered them or a subscription delivered them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import recognise
from forensics.formats._cloudwatch_events import NEXT_PAGE

FLOW = "2 111122223333 eni-0a1b2c3d 198.51.100.18 10.0.0.25 {port} 25 6 8 1831 1795426132 1795426190 ACCEPT OK"
SKIPDATA = "2 111122223333 eni-0a1b2c3d - - - - - - - 1795426252 1795426310 - SKIPDATA"


def event(message: str, **more: Any) -> dict[str, Any]:
    return {"logStreamName": "eni-0a1b2c3d-all", "timestamp": 1795426132000, "message": message, **more}


FLOWS = [event(FLOW.format(port=40001)), event(SKIPDATA), event(FLOW.format(port=40002), eventId="3")]


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize(
    "answer",
    [
        {"events": FLOWS},
        {"events": FLOWS, "nextForwardToken": "f/3", "nextBackwardToken": "b/3"},
        {"events": FLOWS, "searchedLogStreams": []},
        {
            "messageType": "DATA_MESSAGE",
            "owner": "111122223333",
            "subscriptionFilters": ["all", "b"],
            "logEvents": FLOWS,
        },
    ],
)
def test_each_event_is_read_as_the_line_that_was_logged(reading, answer: dict[str, Any], indent: int | None):
    content = json.dumps(answer, indent=indent).encode()
    read = reading("aws_vpc_flow_log", content)

    assert [(row.src_port, row.record_no) for row in read.rows] == [(40001, 1), (40002, 3)]
    assert all(json.loads(content[row.offset : row.offset + row.length])["message"] for row in read.rows)
    assert read.tally.unread_records == {}
    assert (read.tally.unseen_records, read.tally.leaves_out) == (1, False)
    assert recognise(content, "events.json").NAME == "aws_vpc_flow_log"


def test_streams_that_were_searched_are_no_events_and_a_page_that_follows_may_be_missing(reading):
    searched = [{"logStreamName": "eni-0a1b2c3d-all", "searchedCompletely": True}] * 2
    page = json.dumps({"events": FLOWS, "searchedLogStreams": searched, "nextToken": "x"}, indent=4).encode() + b"\n"
    read = reading("aws_vpc_flow_log", b"\xef\xbb\xbf" + page + page)

    assert [row.src_port for row in read.rows] == [40001, 40002, 40001, 40002]
    assert read.tally.ignored_records["a log stream that was searched"] == 4
    assert NEXT_PAGE in read.tally.problems
    assert read.tally.leaves_out


def test_an_event_that_is_an_object_itself_is_read_too(reading):
    asked = {
        "query_timestamp": "2026-11-23T09:21:33Z", "query_name": "mx.example.", "query_type": "A", "rcode": "NOERROR",
        "answers": [{"Rdata": "192.0.2.25", "Type": "A", "Class": "IN"}], "srcaddr": "10.0.0.7",
    }  # fmt: skip
    content = json.dumps({"events": [event(json.dumps(asked)), event("noise")]}, indent=4).encode()
    read = reading("route53_resolver_log", content)

    assert [type(row).__name__ for row in read.rows] == ["DnsQuery", "DnsResponse", "DnsRecord"]
    assert read.tally.unread_records == {"no JSON object with query_timestamp, query_name and query_type": 1}
    assert recognise(content, "events.json").NAME == "route53_resolver_log"


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        (b'{"message":7}', "no event with a message"),
        (b'{"logStreamName":"a"}', "no event with a message"),
        (b'{"message":"2 1"}', "other than as many fields as the format has"),
        (b'{"message":"\xff"}', "no event with a message"),
        (b'"text"', "no JSON object"),
    ],
)
def test_what_is_no_event_is_unread(reading, spoiled: bytes, reason: str):
    first, last = (json.dumps(event(FLOW.format(port=port))).encode() for port in (40001, 40002))
    read = reading("aws_vpc_flow_log", b'{"events":[' + first + b"," + spoiled + b"," + last + b"]}")

    assert [row.src_port for row in read.rows] == [40001, 40002]
    assert read.tally.unread_records == {reason: 1}


def test_an_event_that_is_cut_off_is_unread(reading):
    content = json.dumps({"events": FLOWS}).encode()
    read = reading("aws_vpc_flow_log", content[: content.index(b"SKIPDATA")])

    assert [row.src_port for row in read.rows] == [40001]
    assert sum(read.tally.unread_records.values()) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.integers(0, 800), st.integers(0, 800), st.binary(max_size=6))
def test_a_damaged_answer_is_accounted_for(reading, start, end, insert):
    content = json.dumps({"events": FLOWS, "nextToken": "x"}).encode()
    read = reading("aws_vpc_flow_log", content[:start] + insert + content[end:])
    ignored, unread = sum(read.tally.ignored_records.values()), sum(read.tally.unread_records.values())

    assert len(read.rows) + ignored + unread == read.tally.records


@pytest.mark.parametrize("before", [b'{"events":[', b'{"a":[', b'{"a":', b"{"])
def test_blanks_take_linear_time(reading, before: bytes):
    """Blanks that two parts of a pattern could share took minutes."""
    read = reading("aws_vpc_flow_log", before + b" \n" * 200_000)

    assert read.rows == []
