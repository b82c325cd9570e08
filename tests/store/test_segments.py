"""Segments: rows come back as they went in, and nothing half-written exists."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forensics import schema
from forensics.errors import StorageError
from forensics.model.batch import ColumnBatch
from forensics.schema import DnsQuery, MtaEvent
from forensics.store import segments, tables
from forensics.store.segment_file import SegmentFile
from forensics.store.segments import SegmentWriter


def _rows(
    folder: Path, files: tuple[SegmentFile, ...], query: str, replaced: tuple[int, ...] = ()
) -> list[tuple[object, ...]]:
    by_table: dict[str, list[Path]] = {}
    for file in files:
        by_table.setdefault(file.table, []).append(folder / file.path)
    with tables.connect(folder) as connection:
        tables.create_views(connection, "main", by_table, replaced)
        return list(connection.execute(query).fetchall())


def test_rows_and_columns_come_back_as_they_went_in(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "000001")
    writer.evidence = 1
    writer.add(DnsQuery(record_no=1, offset=0, length=9, ts=5, qname="a.example", recursion_desired=False))
    writer.evidence = 2
    columns = {"record_no": np.array([1, 2]), "offset": np.array([0, 9]), "length": np.array([9, 9]),
               "qname": pa.array(["b.example", None])}  # fmt: skip
    writer.add(ColumnBatch(DnsQuery, columns))
    writer.add(MtaEvent(record_no=3, delay_s=0.5))
    files = writer.commit()
    assert [(file.table, file.rows) for file in files] == [("dns_query", 3), ("mta_event", 1)]
    query = "SELECT q.evidence, q.record_no, q.ts, q.qname, q.recursion_desired FROM dns_query q ORDER BY 1, 2"
    assert _rows(tmp_path, files, query) == [
        (1, 1, 5, "a.example", False), (2, 1, None, "b.example", None), (2, 2, None, None, None),
    ]  # fmt: skip
    assert _rows(tmp_path, files, query, replaced=(1,)) == [(2, 1, None, "b.example", None), (2, 2, None, None, None)]


def test_a_file_of_a_replaced_piece_may_lack_a_column(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "000001")
    writer.evidence = 1
    writer.add(DnsQuery(record_no=1, qname="a.example", role="client"))
    (old,) = writer.commit()
    path = tmp_path / old.path
    pq.write_table(pq.read_table(path).drop_columns(["role"]), path)
    writer = SegmentWriter(tmp_path, "000002")
    writer.evidence = 2
    writer.add(DnsQuery(record_no=1, qname="a.example", role="client"))
    (new,) = writer.commit()

    query = "SELECT q.evidence, q.qname, q.role FROM dns_query q"
    assert _rows(tmp_path, (old, new), query, replaced=(1,)) == [(2, "a.example", "client")]
    assert _rows(tmp_path, (old,), query, replaced=(1,)) == []


def test_text_that_is_no_unicode_is_shown_as_an_escape(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "000001")
    writer.add(DnsQuery(record_no=1, qname="a\udcff"))
    assert _rows(tmp_path, writer.commit(), "SELECT q.qname FROM dns_query q") == [("a\\udcff",)]


def test_a_number_that_64_bits_cannot_hold_is_unknown_and_costs_no_other_row(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "000001")
    for number in (7, 1 << 63, 9**400, -(1 << 64), True, 1.5):
        writer.add(DnsQuery(record_no=1, client_port=number))  # type: ignore[arg-type]
    for delay in (10**400, 1 << 62):
        writer.add(MtaEvent(record_no=1, delay_s=delay))
    files = writer.commit()
    assert _rows(tmp_path, files, "SELECT q.client_port FROM dns_query q") == [(7,), *[(None,)] * 5]
    assert _rows(tmp_path, files, "SELECT m.delay_s FROM mta_event m") == [(None,), (float(1 << 62),)]


def test_nothing_exists_before_the_commit_and_nothing_is_left_of_what_was_abandoned(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "000001")
    writer.add(DnsQuery(record_no=1))
    assert not (tmp_path / "segments" / "000001").exists()
    writer.abandon()
    assert list((tmp_path / "segments").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "segments").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written"):
        SegmentWriter(tmp_path, "000001")


def test_the_engine_reads_nothing_outside_the_case(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with tables.connect(tmp_path / "case") as connection:
        for statement in (f"SELECT * FROM '{tmp_path}/secret.csv'", "SET enable_external_access = true"):
            with pytest.raises(Exception, match=r"(?i)permission|locked|disabled|cannot"):
                connection.execute(statement)


def test_what_cannot_be_written_is_told_though_a_thread_of_its_own_writes(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "000001")
    shutil.rmtree(tmp_path / "segments")
    columns = {"record_no": np.array([1]), "offset": np.array([0]), "length": np.array([9])}
    writer.add(ColumnBatch(DnsQuery, columns))
    with pytest.raises(StorageError, match=r"cannot be written: .*No such file"):
        writer.commit()
    writer.abandon()


def test_batches_on_their_way_are_all_there_after_the_commit_in_their_order(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "000001")
    for number in range(50):
        numbers = np.arange(number * 10, number * 10 + 10)
        writer.add(ColumnBatch(DnsQuery, {"record_no": numbers, "offset": numbers, "length": numbers}))
    files = writer.commit()
    assert [file.rows for file in files] == [500]
    found = pq.read_table(tmp_path / files[0].path, columns=["record_no"])["record_no"].to_pylist()
    assert found == list(range(500))


def test_the_file_is_that_of_the_public_writer(tmp_path: Path) -> None:
    columns = {"record_no": np.arange(3), "offset": np.arange(3) * 9, "length": np.full(3, 9),
               "ts": np.array([5, 7, 6]), "qname": pa.array(["b.example", None, "a.example"]),
               "edns": np.array([True, False, True])}  # fmt: skip
    batch = ColumnBatch(DnsQuery, columns)
    writer = SegmentWriter(tmp_path, "000001")
    writer.add(batch)
    (file,) = writer.commit()
    written = pq.ParquetFile(tmp_path / file.path)
    kinds = {column.name: column.kind for column in schema.columns(DnsQuery)}
    with pq.ParquetWriter(
        tmp_path / "public.parquet", segments.arrow_schema(DnsQuery), compression="zstd",
        use_dictionary=[name for name, kind in kinds.items() if kind == "text"],
        column_encoding={name: "DELTA_BINARY_PACKED" for name, kind in kinds.items() if kind == "int"},
        write_statistics=["ts", "evidence"],
    ) as public:  # fmt: skip
        public.write_table(written.read())
    assert (tmp_path / file.path).read_bytes() == (tmp_path / "public.parquet").read_bytes()


def _named(texts: list[str], known: list[str] | None = None) -> ColumnBatch:
    """Rows of these names, written with a dictionary of their own or with one that is known."""
    known = known or list(dict.fromkeys(texts))
    codes = pa.array([known.index(text) for text in texts], pa.int32())
    numbers = np.arange(len(texts))
    columns = {"record_no": numbers, "offset": numbers, "length": numbers,
               "qname": pa.DictionaryArray.from_arrays(codes, pa.array(known))}  # fmt: skip
    return ColumnBatch(DnsQuery, columns)


def _stored(folder: Path, items: list[ColumnBatch | DnsQuery]) -> tuple[list[int], list[str | None]]:
    """Rows of each row group, and all names in order."""
    writer = SegmentWriter(folder, "000001")
    for item in items:
        writer.add(item)
    (file,) = writer.commit()
    stored = pq.ParquetFile(folder / file.path)
    groups = [stored.metadata.row_group(number).num_rows for number in range(stored.num_row_groups)]
    return groups, stored.read(["qname"])["qname"].to_pylist()


def test_batches_whose_dictionary_grows_become_one_row_group(tmp_path: Path) -> None:
    names = [f"{number}.example" for number in range(3000)]
    items = [_named(names[:2000]), _named(names[1500:2500], names[:2500]), _named(names[:9], names), _named(names[:5])]
    groups, found = _stored(tmp_path, [*items, DnsQuery(qname="last.example"), DnsQuery()])
    assert groups == [2000 + 1000 + 9 + 5 + 2]
    assert found == [*names[:2000], *names[1500:2500], *names[:9], *names[:5], "last.example", None]


def test_batches_of_many_other_texts_are_row_groups_of_their_own(tmp_path: Path) -> None:
    names = [f"{number}.example" for number in range(4000)]
    groups, found = _stored(tmp_path, [_named(names[:2000]), _named(names[2000:]), _named(names[:3])])
    assert groups == [2000, 2000 + 3]
    assert found == [*names, *names[:3]]


def test_a_text_that_a_dictionary_holds_twice_moves_no_other(tmp_path: Path) -> None:
    numbers = np.arange(4)
    columns = {"record_no": numbers, "offset": numbers, "length": numbers}
    texts = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), pa.array(["a", "b", "a", "c"]))
    batch = ColumnBatch(DnsQuery, {**columns, "qname": texts})
    groups, found = _stored(tmp_path, [DnsQuery(qname="d"), batch, DnsQuery(qname="c"), DnsQuery(), batch])
    assert groups == [11]
    assert found == ["d", "a", "b", "a", "c", "c", None, "a", "b", "a", "c"]


def test_a_row_group_is_written_once_it_has_many_rows(tmp_path: Path) -> None:
    names = [f"{number % 7}.example" for number in range(60_000)]
    groups, found = _stored(tmp_path, [_named(names)] * 4)
    assert groups == [180_000, 60_000]
    assert found == names * 4
