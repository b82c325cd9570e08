"""Blocks read as columns give the rows, the ledger and the problems that the grammar of single lines gives."""

from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import bind_query_log

TIMES = (
    "23-Nov-2026 09:23:47.937 ", "2026-11-23T09:23:47.937 ", "2026-11-23T09:23:47.937Z ",
    "2026-11-23T10:23:47.937+01:00 ", "2026-11-23T10:23:47.937+9900 ", "", "31-Feb-2026 09:23:47.937 ",
    "23-Nov-2026 09:23:60.937 ", "23-Nov-2026 09:23:47 ", "25-Oct-2026 01:30:00.000 ", "25-Oct-2026 02:30:00.000 ",
    "25-Oct-2026 02:10:00.000 ", "25-Oct-2026 03:10:00.000 ", "29-Mar-2026 02:30:00.000 ",
    "Nov 23 09:23:47 ns1 named[7]: ",
)  # fmt: skip
WORDS = ("", "queries: info: ", "info: ", "general: error: ")
CLIENTS = (
    "client @0x7f 192.0.2.7#5353", "client 192.0.2.7#53", "client @0x7f 2001:DB8::7#65535", "client 192.0.2.7#65536",
    "client 192.0.2.700#5", "client @0x7f fe80::1%eth0#5", "client @0x7f 192.0.2.7#5/key k1.example",
    "client x 192.0.2.7#5",
)  # fmt: skip
MIDDLES = (" (A.Example): ", ": ", ": view in: ", " (a.example): view my view: ", " (): ", " (a#b): ", ")(: ")
ASKED = (
    "query: A.Example IN A +E(0)K (192.0.2.1)", "query: a.example IN MX - (2001:DB8::1)", "query: . IN NS +",
    "query: a\\.b\\032.example CH TXT -SE(0)TDC (192.0.2.1) [ECS 192.0.2.0/24/0]", "query: a..b IN A + (192.0.2.1)",
    "query: a.example IN A", "query: a.example IN A + (192.0.2.300)",
    "response: a.example IN A NOERROR 1 0 0 + (192.0.2.1)", "query: a#b.example IN A + (::1)",
    "query: a.example IN A NOERROR +", "query failed (SERVFAIL) for a.example/IN/A at query.c:1",
)  # fmt: skip
LINES = st.tuples(*map(st.sampled_from, (TIMES, WORDS, CLIENTS, MIDDLES, ASKED, ("\n", "\r\n", "\n", " \n", "\r\r\n"))))
USUAL = "23-Nov-2026 09:23:47.937 client @0x7f 192.0.2.7#5353 (a.example): query: a.example IN A +E(0)K (192.0.2.1)\n"
ZONES = st.sampled_from([None, UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-5, minutes=-30))])


def each_way(reading, monkeypatch, content, **facts):
    """What is read line by line, with NumPy, and with compiled code where that is installed."""
    read = []
    for columns_from, compiled_from in ((1 << 40, 1 << 40), (0, 1 << 40), (0, 0)):
        monkeypatch.setattr(bind_query_log, "MIN_COLUMN_BYTES", columns_from)
        monkeypatch.setattr(bind_query_log, "COMPILED_BYTES", compiled_from)
        read.append(reading("bind_query_log", content, **facts))
    return read


def assert_same(by_lines, *by_columns):
    for found in by_columns:
        assert_equal(found, by_lines)


def assert_equal(by_columns, by_lines):
    assert by_columns.rows == by_lines.rows
    assert by_columns.ledger == by_lines.ledger
    assert by_columns.tally.unread_records == by_lines.tally.unread_records
    assert by_columns.tally.ignored_records == by_lines.tally.ignored_records
    assert sorted(by_columns.tally.problems) == sorted(by_lines.tally.problems)
    assert by_columns.tally.vantage == by_lines.tally.vantage


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LINES, max_size=12), st.integers(0, 6), ZONES)
def test_lines_of_every_shape_in_one_block_become_the_same_rows(reading, monkeypatch, lines, usual, zone):
    parts = ["".join(line) for line in lines]
    content = "".join(parts[:1] + [USUAL] * usual + parts[1:]).encode()

    assert_same(*each_way(reading, monkeypatch, content, time_zone=zone, year=2026))


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3), st.binary(max_size=3)), max_size=6),
    st.sampled_from([USUAL, USUAL.replace("23-Nov-2026 09:23:47.937", "2026-11-23T09:23:47.937Z"), USUAL[25:]]),
)
def test_damaged_blocks_become_the_same_rows(reading, monkeypatch, damages, usual):
    content = usual.encode() * 8
    for at, size, new in damages:
        content = content[:at] + new + content[at + size :]

    assert_same(*each_way(reading, monkeypatch, content, time_zone=UTC))


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n\n", USUAL.encode()[:-1], USUAL.encode() * 2 + b"cut", b"\r"])
def test_the_ends_of_a_block_are_read_alike(reading, monkeypatch, content):
    assert_same(*each_way(reading, monkeypatch, content, time_zone=UTC))


def test_a_large_log_is_read_as_columns_without_being_asked(reading):
    content = USUAL.encode() * 2000 + b"zone example/IN: loaded\n" + USUAL.encode()

    read = reading("bind_query_log", content, time_zone=UTC)

    assert len(read.rows) == 2001
    assert read.rows[0].ts == 1795425827937000000
    assert (read.rows[-1].record_no, read.rows[-1].offset) == (2002, content.rfind(b"23-Nov"))
    assert read.tally.vantage == "recursive_dns"
