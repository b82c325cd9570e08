"""Records of what an API answered: frames are told from records, and every byte keeps its place."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import _json_objects, _json_records
from forensics.formats._json_records import NEXT_PAGE, Record
from forensics.formats.lines import Parsed
from forensics.formats.source import CHUNK_BYTES, Source
from forensics.formats.tally import Tally

ONE, TWO, THREE = {"n": 1, "in": {"x": "}{"}}, {"n": 2}, {"n": 3, "in": {}}


class Read:
    """The records of a piece, and what the ledger says of it."""

    def __init__(self, path: Path, content: bytes, depth: int = 2) -> None:
        path.write_bytes(content)
        self.tally, self.records = Tally(), list[Record]()
        source = Source(path)
        list(_json_records.read_records(source, self.tally, self._parse, depth))
        source.close()
        self.tally.close(source.content_bytes)
        assert self.tally.end == len(content)

    def _parse(self, record: Record) -> Parsed:
        self.records.append(record)
        return ()

    @property
    def said(self) -> list[dict[str, Any]]:
        return [record.said for record in self.records]


@pytest.fixture
def piece(tmp_path: Path) -> Path:
    return tmp_path / "answer.json"


@pytest.mark.parametrize(
    "text",
    [
        '[{"n":1,"in":{"x":"}{"}},{"n":2},{"n":3,"in":{}}]',
        '{"n":1,"in":{"x":"}{"}}\n{"n":2}\r\n{"n":3,"in":{}}\n',
        '{"@odata.context":"https://graph.example/$metadata#x","value":[{"n":1,"in":{"x":"}{"}},{"n":2},{"n":3,"in":{}}]}',
        '{"d":{"results":[{"n":1,"in":{"x":"}{"}},{"n":2},{"n":3,"in":{}}],"__count":"3"}}',
        '{\n  "d": {\n    "results": [\n      {"n":1,"in":{"x":"}{"}},\n {"n":2}, {"n":3,"in":{}}\n    ]\n  }\n}\n',
        '{"kind":"list","etag":"\\"a\\"","count":2,"items":[{"n":1,"in":{"x":"}{"}},{"n":2}]}\n{"items":[{"n":3,"in":{}}]}\n',
        '[{"value":[{"n":1,"in":{"x":"}{"}},{"n":2}]},{"value":[]},{"value":[{"n":3,"in":{}}]}]',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_only_the_objects_that_are_records_are_read(piece, text, encoding):
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    read = Read(piece, mark + text.encode(encoding))
    assert read.said == [ONE, TWO, THREE]
    assert (read.tally.unread_records, read.tally.problems) == ({}, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_record_is_cited_where_its_bytes_are(piece, encoding):
    text = '\ufeff[{"n":"\U0001f4e7 ä"},\r\n{"n":"€"}]'
    content = text.encode(encoding)
    first, second = Read(piece, content).records
    assert content[first.offset :][: first.length].decode(encoding) == '{"n":"\U0001f4e7 ä"}'
    assert content[second.offset :][: second.length].decode(encoding) == '{"n":"€"}'


@pytest.mark.parametrize(
    "text",
    [
        '{"value":[{"n":1}],"@odata.nextLink":"https://graph.example/x?$skiptoken=y"}',
        '{"kind":"list","nextPageToken":"A:1","items":[{"n":1}]}',
        '{"d":{"results":[{"n":1}],"__next":"https://reports.example/x?$skiptoken=y"}}',
    ],
)
def test_an_answer_that_names_a_next_page_is_told(piece, text):
    read = Read(piece, text.encode())
    assert (len(read.records), read.tally.unread_records, read.tally.problems) == (1, {}, [NEXT_PAGE])


def test_damage_ends_soon_after_the_record_it_hit(piece):
    records = [json.dumps({"n": number, "in": {"x": "y"}}) for number in range(6)]
    records[1] = records[1].removesuffix("}")
    read = Read(piece, ("[" + ",".join(records) + "]").encode())
    assert [said["n"] for said in read.said if "n" in said] == [0, 3, 4, 5]
    assert read.tally.unread_records["an object that is not closed"] == 1


@pytest.mark.parametrize("depth", [2, 16])
def test_a_line_that_was_cut_off_costs_itself(piece, depth):
    lines = [json.dumps({"n": number, "in": {"x": "y"}}) for number in range(40_000)]
    lines[1] = lines[1][:12]
    read = Read(piece, "\n".join(lines).encode(), depth)
    assert [said["n"] for said in read.said] == [0, *range(2, 40_000)]
    assert read.tally.unread_records == {"an object that is not closed": 1}


def test_a_frame_that_is_cut_off_is_no_record(piece):
    read = Read(piece, b'{"@odata.context":"https://graph.example","val')
    assert (read.said, read.tally.unread_records) == ([], {"an object that is not closed": 1})


def test_an_object_over_the_bound_is_refused_and_the_rest_is_read(piece, monkeypatch):
    monkeypatch.setattr(_json_objects, "OBJECT_BYTES", 100)
    monkeypatch.setattr(_json_records, "OBJECT_BYTES", 100)
    long = json.dumps({"n": "€" * 60}, ensure_ascii=False)
    read = Read(piece, codecs.BOM_UTF16_LE + f'[{{"n":1}},{long},{{"n":2}}]'.encode("utf-16-le"))
    assert read.said == [{"n": 1}, {"n": 2}]
    assert read.tally.unread_records["an object longer than 100 bytes"] == 1


@pytest.mark.parametrize("ahead", [*range(-60, 20, 7), 30_000, 130_001])
def test_where_the_content_is_cut_into_chunks_changes_nothing(piece, ahead):
    record = json.dumps({"n": "}{" * 32_000}).encode()
    page = b'{"value":[' + b",".join([record] * 8) + b'],"@odata.nextLink":"https://graph.example/x"}\n'
    before = b" " * (CHUNK_BYTES - len(page) - ahead)
    read = Read(piece, before + page + page)
    assert (len(read.records), read.tally.unread_records) == (16, {})


def test_a_line_of_escaped_quotes_costs_no_more_than_its_length(piece):
    read = Read(piece, b'[{"n":"a' + b'\\"' * 600_000 + b'\n{"n":2}]')
    assert read.said == [{"n": 2}]
    assert read.tally.unread_records["an object longer than 1048576 bytes"] == 1


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_every_byte_of_damaged_utf_16_has_a_place(piece, data):
    text = '{"d":{"results":[{"n":1,"in":{"x":"\U0001f4e7"}},{"n":2}],"__next":"y"}}'
    content = bytearray(text.encode("utf-16"))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    Read(piece, bytes(content[: data.draw(st.integers(2, len(content)))]))
