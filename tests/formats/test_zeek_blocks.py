"""Blocks read as columns give the rows, the ledger and the problems that single lines give."""

import json

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


def json_value(name: str, text: str) -> st.SearchStrategy[object]:
    """A text as a value of JSON: as it is, as a number or flag or list of them, or as something odd."""
    likely: list[object] = [None if text == "-" else text]
    if text.isdigit():
        likely += [int(text)] * 3
    if text in ("T", "F"):
        likely += [text == "T"] * 3
    if name in ("answers", "TTLs"):
        likely += [text.split(",")] * 3 + [[60.0, 1, True, None]]
    if name in ("ts", "rtt", "duration"):
        likely += [1795425693.125, 0.0015, 3, -1]
    return st.sampled_from([*likely * 4, 1, True, {}, [], "1", -5, 10**20, 1e300])


MEMBERS = ({"_path": "dns"}, {"_path": "conn"}, {"_path": None}, {"_path": ["dns"]}, {"event_type": "x"},
           {"id": {"orig_h": "192.0.2.9"}}, {"conn_state": None})  # fmt: skip


@st.composite
def json_lines(draw, fields: str) -> str:
    values = {}
    for name in fields.split(" "):
        texts = TEXTS.get(name, ("C1",))
        texts = texts if draw(st.integers(0, 9)) == 0 else texts[:1]
        values[name] = draw(json_value(name, draw(st.sampled_from(texts))))
        if draw(st.integers(0, 19)) == 0:
            del values[name]
    if draw(st.integers(0, 9)) == 0:
        values |= draw(st.sampled_from(MEMBERS))
    return json.dumps(values)


@relaxed
@given(st.data())
@pytest.mark.parametrize("fields", [DNS, CONN])
def test_lines_of_json_become_the_same_rows(reading, monkeypatch, fields, data):
    plain = dict(zip(fields.split(" "), usual(fields).split("\t"), strict=True))
    first = json.dumps({**plain, "ts": 1795425693.125, "qtype": 1})
    odd = st.sampled_from(["{", "", "x", "{}", "[]", usual(fields), "#fields\tts"])
    lines_given = data.draw(st.lists(st.one_of(json_lines(fields), json_lines(fields), odd), max_size=8))
    content = "".join(f"{line}\n" for line in [first, *lines_given]).encode()

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
    assert found.rows.taken.tolist() == [True, True, False]
    assert [batch.rows for batch in found.rows.batches] == rows


def test_the_frequent_shape_in_json_is_read_as_columns():
    plain = dict(zip(CONN.split(" "), usual(CONN).split("\t"), strict=True))
    line = json.dumps({**plain, "ts": 1795425693.125, "orig_pkts": 9})
    found = _zeek_blocks.read_block(Block(100, f"{line}\n{line}\n{{}}\n".encode()), Header(), 1)
    assert found is not None
    assert (found.path, found.rows.taken.tolist()) == ("conn", [True, True, False])
    assert [batch.rows for batch in found.rows.batches] == [2]
