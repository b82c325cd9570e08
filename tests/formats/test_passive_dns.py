"""Passive DNS in the Common Output Format."""

from __future__ import annotations

from pathlib import Path

from forensics.formats import passive_dns
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import DnsRecord, Row


def rows(tmp_path: Path, text: str) -> tuple[list[Row], Tally]:
    path = tmp_path / "pdns.jsonl"
    path.write_text(text)
    source, tally = Source(path), Tally()
    found = [row for row in passive_dns.read(source, Facts(), tally) if isinstance(row, Row)]
    source.close()
    tally.close(source.content_bytes)
    return found, tally


def test_an_array_of_data_gives_a_row_for_each(tmp_path: Path) -> None:
    text = (
        '{"rrname":"Example.Test.","rrtype":"MX","rdata":["10 MX1.example.test.","20 mx2.example.test."],'
        '"time_first":1}\n'
    )
    found, _ = rows(tmp_path, text)
    assert [(row.owner, row.rtype, row.rdata, row.ts) for row in found if isinstance(row, DnsRecord)] == [
        ("example.test", "MX", "10 mx1.example.test", 1_000_000_000),
        ("example.test", "MX", "20 mx2.example.test", 1_000_000_000),
    ]


def test_one_string_of_data_is_one_row_and_txt_strings_are_joined(tmp_path: Path) -> None:
    text = '{"rrname":"example.test","rrtype":"TXT","rdata":"\\"v=spf1 \\" \\"-all\\"","time_last_ms":1500}\n'
    found, _ = rows(tmp_path, text)
    row = found[0]
    assert isinstance(row, DnsRecord)
    assert (row.rdata, row.ts, row.last_ts) == ("v=spf1 -all", None, 1_500_000_000)


def test_the_streaming_wrapper_is_unwrapped_and_its_control_lines_are_ignored(tmp_path: Path) -> None:
    text = (
        '{"cond":"begin"}\n'
        '{"obj":{"rrname":"example.test.","rrtype":"A","rdata":["192.0.2.1"]}}\n'
        '{"cond":"succeeded"}\n'
    )
    found, tally = rows(tmp_path, text)
    assert (len(found), tally.ignored_records["DNSDB's stream control"]) == (1, 2)


def test_a_line_that_is_no_record_is_unread_and_the_rest_is_read(tmp_path: Path) -> None:
    text = '{"rrname":"example.test.","rrtype":"A","rdata":["192.0.2.1"]}\nnoise\n{"rrname":"x","rdata":[1]}\n'
    found, tally = rows(tmp_path, text)
    assert (len(found), tally.records, sum(tally.unread_records.values())) == (1, 3, 2)


def test_a_count_that_is_none_or_beyond_64_bits_is_unknown(tmp_path: Path) -> None:
    line = '{"rrname":"a.test","rrtype":"MX","rdata":"10 m.test","count":%s}\n'
    found, _ = rows(tmp_path, "".join(line % count for count in ("9" * 30, "-1", "true", "3")))
    assert [row.observations for row in found if isinstance(row, DnsRecord)] == [None, None, None, 3]
