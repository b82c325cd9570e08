"""Blocks read as columns give the rows, the ledger and the problems that single lines give."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import _zeek_blocks, zeek
from forensics.formats._zeek_entries import Header
from forensics.formats.source import Block
from tests.formats.test_zeek import ENDS, tsv

DNS = f"{ENDS} proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name AA TC RD answers TTLs"
CONN = f"{ENDS} proto service duration orig_bytes resp_bytes conn_state missed_bytes history orig_pkts resp_pkts"
TEXTS = {
    "ts": ("1795425693.125000", "1795425693.1", "1795425693", "-", "99999999999.000000", "2026-11-23T09:21:33Z",
           "9000000000.000001", "1.7e9", "0.000000"),
    "id.orig_h": ("192.0.2.7", "2001:DB8::7", "192.0.2.700", "-", "(empty)", ""),
    "id.orig_p": ("53124", "0", "65536", "99999", "-", "x", "000053", ""),
    "id.resp_h": ("198.51.100.53", "fe80::1%eth0", "-"),
    "id.resp_p": ("53", "443", "-", "+5"),
    "proto": ("udp", "tcp", "-", "(empty)", "unknown_transport"),
    "trans_id": ("2571", "0", "-", "123456", "99999"),
    "rtt": ("0.001500", "-", "1e-05", "-0.000001", "86400.000000", "86399.999999", "0.0", "1.0000000", ".000001"),
    "query": ("Mx.Example", "mx.example", "-", "(empty)", r"a\x20b.example", "a..example", "*", "x" * 64),
    "qclass": ("1", "3", "-", "70000"), "qclass_name": ("C_INTERNET", "C_CHAOS", "-", "odd"),
    "qtype": ("1", "15", "-", "65536", "x"), "qtype_name": ("A", "MX", "-", "(empty)"),
    "rcode": ("0", "3", "-", "65536"), "rcode_name": ("NOERROR", "NXDOMAIN", "-"),
    "AA": ("T", "F", "-", "x"), "TC": ("T", "F"), "RD": ("T", "F", "-"),
    "answers": ("-", "(empty)", "192.0.2.5", "192.0.2.5,192.0.2.6", "host.example,192.0.2.5", "host.example",
                r"TXT\x207\x20-all\x20\x2c", "a.example,b.example", ",", "2001:db8::1,TXT 4 -all"),
    "TTLs": ("-", "60.000000", "60.0,120.0", "x,60.0", "(empty)", "99999999999.0", "60.0,60.0,60.0"),
    "service": ("dns", "smtp", "ssl,smtp", "-", "(empty)", "odd"),
    "duration": ("1.500000", "-", "100000000.000000", "99999999.999999", "-1.000000", "0.1", "1e9"),
    "orig_bytes": ("0", "1234", "-", "9999999999999999", "123456789012345"), "resp_bytes": ("0", "77", "-"),
    "conn_state": ("SF", "S0", "REJ", "OTH", "RSTO", "SH", "-", "odd"),
    "missed_bytes": ("0", "5", "-"), "history": ("ShADadFf", "S", "Sr", "Sh", "-", "(empty)", "Dd"),
    "orig_pkts": ("0", "9", "-"), "resp_pkts": ("0", "9"),
}  # fmt: skip
ODD_LINES = (
    "", "\t", "\t" * 18, "#close\t2026-11-23-10-00-00", "#fields\tts\tuid", "{}", "x", "\r",
    '{"ts":1795425693.125,"uid":"C1","id.orig_h":"192.0.2.7","id.resp_h":"192.0.2.53","query":"mx.example","qtype":15}',
)  # fmt: skip


def usual(fields: str) -> str:
    return "\t".join(TEXTS.get(name, ("C1",))[0] for name in fields.split(" "))


def lines(fields: str) -> st.SearchStrategy[str]:
    """Lines of mostly frequent texts."""
    names = fields.split(" ")
    texts = [st.sampled_from((TEXTS.get(name, ("C1",))[0],) * 9 + TEXTS.get(name, ("C1",))) for name in names]
    whole = st.tuples(*texts).map("\t".join)
    return st.one_of(whole, whole, whole, whole, st.sampled_from(ODD_LINES), whole.map(lambda line: line + "\r"))


def assert_same_each_way(reading, monkeypatch, content):
    monkeypatch.setattr(zeek, "MIN_COLUMN_BYTES", 1 << 40)
    by_lines = reading("zeek", content)
    monkeypatch.setattr(zeek, "MIN_COLUMN_BYTES", 0)
    by_columns = reading("zeek", content)
    for table in zeek.TABLES:
        assert by_columns.of(table) == by_lines.of(table)
    assert by_columns.ledger == by_lines.ledger
    assert by_columns.tally.unread_records == by_lines.tally.unread_records
    assert by_columns.tally.ignored_records == by_lines.tally.ignored_records
    assert by_columns.tally.fills == by_lines.tally.fills


relaxed = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@relaxed
@given(st.data())
@pytest.mark.parametrize(("path", "fields"), [("dns", DNS), ("conn", CONN)])
def test_lines_of_every_shape_in_one_block_become_the_same_rows(reading, monkeypatch, path, fields, data):
    given_lines = data.draw(st.lists(lines(fields), max_size=8))
    content = tsv(path, fields) + "".join(f"{line}\n" for line in given_lines).encode()

    assert_same_each_way(reading, monkeypatch, content + tsv(path, fields, usual(fields).replace("\t", " ")))


@relaxed
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3), st.binary(max_size=3)), max_size=6))
@pytest.mark.parametrize(("path", "fields"), [("dns", DNS), ("conn", CONN)])
def test_damaged_blocks_become_the_same_rows(reading, monkeypatch, path, fields, damages):
    content = tsv(path, fields, *[usual(fields).replace("\t", " ")] * 5)
    for at, size, new in damages:
        content = content[:at] + new + content[at + size :]

    assert_same_each_way(reading, monkeypatch, content)


@pytest.mark.parametrize("fields", ["ts uid", "ts ts proto", "uid id.orig_h", "ts"])
def test_headers_with_other_columns_become_the_same_rows(reading, monkeypatch, fields):
    assert_same_each_way(reading, monkeypatch, tsv("dns", fields, *[usual(fields).replace("\t", " ")] * 3))


@pytest.mark.parametrize(("path", "fields", "rows"), [("dns", DNS, [2, 2]), ("conn", CONN, [2])])
def test_the_frequent_shape_is_read_as_columns(path, fields, rows):
    header = Header()
    for line in tsv(path, fields).decode().splitlines():
        header.read(line)
    block = Block(100, f"{usual(fields)}\n{usual(fields)}\nodd\n".encode())
    found = _zeek_blocks.read_block(block, header, 1)
    assert found is not None
    assert found.taken.tolist() == [True, True, False]
    assert [batch.rows for batch in found.batches] == rows
