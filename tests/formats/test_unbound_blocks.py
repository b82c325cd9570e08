"""Blocks read as columns give the rows, the ledger and the problems that the grammar of single lines gives."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import unbound_log

HEADS = (
    "[1795425693] unbound[25:0] info: ", "[1795425693.125] unbound[25:0] query: ", "[9999999999] unbound[25:0] info: ",
    "[1795425693] unbound[25:0] notice: ", "Nov 23 09:21:33 unbound[25:0] info: ", "[0] resolver[1:0x7f] reply: ",
    "[1.] unbound[25:0] info: ", "[1795425693.123456789] unbound[25:0] info: ",
    "[1.1234567890] unbound[25:0] info: ", "[12345678901] unbound[25:0] info: ",
    "2026-11-23T09:21:33.125+00:00 unbound[25:0] info: ", "[1795425693] nsd[25]: info: ", "",
    "Nov 23 09:21:33 ns1 unbound[25]: [25:0] info: ", "[1795425693] unbound[25:0] fatal error: ",
)  # fmt: skip
CLIENTS = ("192.0.2.7", "2001:DB8::7", "fe80::1%eth0", "192.0.2.700", "start", "")
NAMES = (" Mx.Example.", " .", " a?b.example.", " a..b.", " a..", " a\\..", " a\\.", " -", "  ", " null")
TAILS = (
    " MX IN", " TYPE65280 CLASS77", " A IN NOERROR 0.000945 0 54", " A IN NXDOMAIN 1.500000 1 90 on udp 192.0.2.53 53",
    " A IN NOERROR 0.000945 0 54 on quic 2001:DB8::53 65536", " A IN NOERROR 0.0009 0 54", " A", " - - FORMERR - - - ",
    " A IN  ", " A IN NOERROR 0.000945 2 54", " A IN NOERROR 12345678.000945 1 54  ",
    " A IN NOERROR 0.000945 1 54 on tcp 192.0.2.53 53 ", " of service (unbound 1.17.1).",
)  # fmt: skip
LINES = st.tuples(*map(st.sampled_from, (HEADS, CLIENTS, NAMES, TAILS, ("\n", "\r\n", "\n", " \n"))))
USUAL = "[1795425693] unbound[25:0] info: 192.0.2.7 a.example. A IN\n"
REPLY = USUAL.replace(" IN", " IN NOERROR 0.000945 0 54")


def assert_same_each_way(reading, monkeypatch, content):
    """What is read line by line, with NumPy, and with compiled code where that is installed, is the same."""
    read = []
    for columns_from, compiled_from in ((1 << 40, 1 << 40), (0, 1 << 40), (0, 0)):
        monkeypatch.setattr(unbound_log, "MIN_COLUMN_BYTES", columns_from)
        monkeypatch.setattr(unbound_log, "COMPILED_BYTES", compiled_from)
        read.append(reading("unbound_log", content))
    by_lines = read[0]
    for by_columns in read[1:]:
        assert by_columns.rows == by_lines.rows
        assert by_columns.ledger == by_lines.ledger
        assert by_columns.tally.unread_records == by_lines.tally.unread_records
        assert by_columns.tally.ignored_records == by_lines.tally.ignored_records
        assert sorted(by_columns.tally.problems) == sorted(by_lines.tally.problems)
        assert by_columns.tally.vantage == by_lines.tally.vantage


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LINES, max_size=12), st.integers(0, 4))
def test_lines_of_every_shape_in_one_block_become_the_same_rows(reading, monkeypatch, lines, usual):
    content = "".join(["".join(line) for line in lines] + [USUAL, REPLY] * usual).encode()

    assert_same_each_way(reading, monkeypatch, content)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 3), st.binary(max_size=3)), max_size=6))
def test_damaged_blocks_become_the_same_rows(reading, monkeypatch, damages):
    content = (USUAL + REPLY).encode() * 5
    for at, size, new in damages:
        content = content[:at] + new + content[at + size :]

    assert_same_each_way(reading, monkeypatch, content)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\n\n", USUAL.encode()[:-1], REPLY.encode() * 2 + b"cut", b"\r", b"["]
)
def test_the_ends_of_a_block_are_read_alike(reading, monkeypatch, content):
    assert_same_each_way(reading, monkeypatch, content)


def test_a_large_log_is_read_as_columns_without_being_asked(reading):
    content = (USUAL + REPLY).encode() * 1000 + b"[1795425713] unbound[25:0] info: service stopped\n"

    read = reading("unbound_log", content)

    assert (len(read.of("dns_query")), len(read.of("dns_response"))) == (1000, 1000)
    assert read.of("dns_response")[-1].rtt_ms == 0.945
    assert read.tally.vantage == "recursive_dns"
    assert sum(read.tally.ignored_records.values()) == 1
