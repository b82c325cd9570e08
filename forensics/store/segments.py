"""Segments: one folder of Parquet files, one file per table, for one or more pieces of evidence read in one go.

A segment is written aside, its files are synced, and one rename makes it exist. Small pieces share a segment; a
large piece has its own. Memory is one row group per table and those on their way to the disk, whatever the size of the
evidence.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow._parquet import ParquetWriter  # pyarrow.parquet loads the file systems of clouds before it

from forensics.errors import StorageError
from forensics.model.batch import ColumnBatch
from forensics.protocols.arrow_functions import cast, column_of, encoded
from forensics.protocols.surrogates import escaped
from forensics.schema import VERSION, Row, columns, name_of
from forensics.store.segment_file import SegmentFile

BATCH_ROWS = 1 << 14
"""Rows of one table that wait as objects, each of half a kilobyte and more."""
GROUP_ROWS = 1 << 17
"""Rows from which on a row group is written; before, where batches cannot share the dictionaries of their texts."""
FEW_TEXTS = 1 << 10
"""A dictionary of so few texts is joined with any other."""
ON_THE_WAY = 2
"""Row groups that wait to be written by a thread of their own, while the next are read."""
FEW_ROWS = 1 << 10
"""Rows up to which text is encoded without the compute functions: to load those takes longer than they save."""
_TYPES = {"int": pa.int64(), "real": pa.float64(), "flag": pa.bool_(), "text": pa.dictionary(pa.int32(), pa.string())}


MAX_NUMBER = (1 << 63) - 1


class SegmentWriter:
    """Writes one segment; nothing of it exists until `commit`.

    Raises (every method):
        StorageError: the disk is full or the folder cannot be written.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._final = folder / "segments" / name
        self._aside = folder / "segments" / f".{name}.part"
        self._held: dict[type[Row], list[Row]] = defaultdict(list)
        self._pieces: dict[type[Row], list[int]] = defaultdict(list)
        self._groups: dict[type[Row], _Group] = {}
        self._writers: dict[type[Row], ParquetWriter] = {}
        self._files: list[pa.NativeFile] = []
        self._rows: dict[type[Row], int] = defaultdict(int)
        self._scribe = ThreadPoolExecutor(1)
        self._on_the_way: deque[Future[None]] = deque()
        self.evidence = 0
        """Number of the piece whose rows are being added."""
        try:
            # What lies here was left by a run that was killed before custody named it.
            shutil.rmtree(self._aside, ignore_errors=True)
            shutil.rmtree(self._final, ignore_errors=True)
            self._aside.mkdir(parents=True)
        except OSError as error:
            raise _storage_error(self._aside, error) from error

    def add(self, item: Row | ColumnBatch) -> None:
        """Take one row, or many as columns."""
        if isinstance(item, ColumnBatch):
            self._flush(item.table)
            self._group(item.table, _batch(item, self.evidence))
            return
        table = type(item)
        held = self._held[table]
        held.append(item)
        self._pieces[table].append(self.evidence)
        if len(held) >= BATCH_ROWS:
            self._flush(table)

    def commit(self) -> tuple[SegmentFile, ...]:
        """Make the segment exist, and list its files."""
        for table in list(self._held):
            self._flush(table)
        for table in list(self._groups):
            self._hand_over(table)
        self._wait(0)
        self._scribe.shutdown()
        try:
            for writer in self._writers.values():
                writer.close()
            for file in self._files:
                file.close()
            files = tuple(self._seal(table) for table in self._writers)
            _sync(self._aside)
            self._aside.rename(self._final)
            _sync(self._final.parent)
        except OSError as error:
            raise _storage_error(self._final, error) from error
        return files

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._scribe.shutdown(cancel_futures=True)
        for opened in (*self._writers.values(), *self._files):
            with contextlib.suppress(OSError):  # a full disk, of which the error at hand already speaks
                opened.close()
        shutil.rmtree(self._aside, ignore_errors=True)

    def _flush(self, table: type[Row]) -> None:
        rows, pieces = self._held[table], self._pieces[table]
        if rows:
            self._group(table, _rows_batch(table, rows, pieces))
            rows.clear()
            pieces.clear()

    def _group(self, table: type[Row], batch: pa.RecordBatch) -> None:
        self._rows[table] += batch.num_rows
        if table in self._groups and not self._groups[table].joins(batch):
            self._hand_over(table)
        group = self._groups.setdefault(table, _Group())
        group.add(batch)
        if group.rows >= GROUP_ROWS:
            self._hand_over(table)

    def _hand_over(self, table: type[Row]) -> None:
        self._wait(ON_THE_WAY - 1)
        self._on_the_way.append(self._scribe.submit(self._write, table, self._groups.pop(table)))

    def _wait(self, most: int) -> None:
        """Until at most so many batches are still to be written."""
        while len(self._on_the_way) > most:
            try:
                self._on_the_way.popleft().result()
            except OSError as error:
                raise _storage_error(self._aside, error) from error

    def _write(self, table: type[Row], group: _Group) -> None:
        writer = self._writers.get(table)
        if writer is None:
            file = pa.OSFile(str(self._aside / f"{name_of(table)}.parquet"), "wb")
            self._files.append(file)
            writer = self._writers[table] = _writer(file, table)
        writer.write_table(group.joined())

    def _seal(self, table: type[Row]) -> SegmentFile:
        path = self._aside / f"{name_of(table)}.parquet"
        _sync(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        final = (self._final / path.name).relative_to(self._folder)
        return SegmentFile(str(final), name_of(table), self._rows[table], path.stat().st_size, digest)


class _Group:
    """Batches of one table that become one row group, so that a text that many of them hold is written once."""

    def __init__(self) -> None:
        self.rows = 0
        self._batches: list[pa.RecordBatch] = []
        self._texts: dict[int, pa.Array] = {}
        """Of each column of text the longest dictionary."""

    def joins(self, batch: pa.RecordBatch) -> bool:
        """Whether each dictionary of a batch goes on with the one here, or the other way round, or has few texts."""
        return all(_join(texts, batch.column(number).dictionary) for number, texts in self._texts.items())

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch."""
        self.rows += batch.num_rows
        self._batches.append(batch)
        for number, column in enumerate(batch.columns):
            if pa.types.is_dictionary(column.type):
                texts = column.dictionary
                self._texts[number] = max(self._texts.get(number, texts), texts, key=len)

    def joined(self) -> pa.Table:
        """The rows of all batches, each column of text with one dictionary."""
        columns = []
        for number in range(self._batches[0].num_columns):
            chunks = [batch.column(number) for batch in self._batches]
            columns.append(_joined_texts(chunks, self._texts[number]) if number in self._texts else chunks)
        arrays = [pa.chunked_array(chunks) for chunks in columns]
        return pa.Table.from_arrays(arrays, schema=self._batches[0].schema)


def _joined_texts(chunks: list[pa.DictionaryArray], texts: pa.Array) -> list[pa.DictionaryArray]:
    """The chunks with one dictionary, where that can be one that begins with `texts`."""
    other = [number for number, chunk in enumerate(chunks) if not _is_continued(chunk.dictionary, texts)]
    if other:
        longest = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), texts)
        found = pa.chunked_array([longest, *(chunks[number] for number in other)]).unify_dictionaries()
        joined = found.chunk(0).dictionary
        if not _is_continued(texts, joined):  # a text is in it twice, but not in what Arrow joins
            unified: list[pa.DictionaryArray] = pa.chunked_array(chunks).unify_dictionaries().chunks
            return unified
        texts = joined
        for place, number in enumerate(other, 1):
            chunks[number] = found.chunk(place)
    return [pa.DictionaryArray.from_arrays(pa.concat_arrays([chunk.indices for chunk in chunks]), texts)]


def _join(one: pa.Array, other: pa.Array) -> bool:
    texts, longer = sorted((one, other), key=len)
    return len(texts) <= FEW_TEXTS or _is_continued(texts, longer)


def _is_continued(texts: pa.Array, longer: pa.Array) -> bool:
    """Whether `longer` begins with these texts."""
    return len(texts) <= len(longer) and bool(longer.slice(0, len(texts)).equals(texts))


def arrow_schema(table: type[Row]) -> pa.Schema:
    """The Arrow schema of a table's segments; text is dictionary-encoded."""
    metadata = {"table": name_of(table), "schema_version": str(VERSION)}
    return pa.schema([(column.name, _TYPES[column.kind]) for column in columns(table)], metadata=metadata)


def _writer(file: pa.NativeFile, table: type[Row]) -> ParquetWriter:
    text = [column.name for column in columns(table) if column.kind == "text"]
    numbers = {column.name: "DELTA_BINARY_PACKED" for column in columns(table) if column.kind == "int"}
    return ParquetWriter(
        file, arrow_schema(table), compression="zstd", use_dictionary=text, column_encoding=numbers,
        write_statistics=["ts", "evidence"], version="2.6", data_page_version="1.0", writer_engine_version="V2",
    )  # fmt: skip


def _rows_batch(table: type[Row], rows: list[Row], pieces: list[int]) -> pa.RecordBatch:
    values = zip(*map(msgspec.structs.astuple, rows), strict=True)
    given = dict(zip(table.__struct_fields__, values, strict=True))
    arrays = []
    for column in columns(table):
        if column.name == "evidence":
            arrays.append(pa.array(pieces, pa.int64()))
        elif column.kind == "text":
            arrays.append(encoded(_text(given[column.name])))
        else:
            arrays.append(_numbers(given[column.name], _TYPES[column.kind]))
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(table))


def _text(values: Iterable[str | None]) -> pa.Array:
    held = list(values)
    kind = pa.string() if len(held) > FEW_ROWS else _TYPES["text"]
    try:
        return pa.array(held, kind)
    except UnicodeEncodeError:  # a lone surrogate; shown as an escape rather than lost
        legible = [text if text is None else escaped(text) for text in held]
        return pa.array(legible, kind)


def _numbers(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (OverflowError, pa.ArrowInvalid, pa.ArrowTypeError):  # evidence can write any number of digits, or no number
        form = float if pa.types.is_floating(kind) else int
        return pa.array([None if value is None else _bounded(form, value) for value in values], kind)


def _bounded(form: type[int] | type[float], value: Any) -> int | float | None:
    """A number that a column can hold; what 64 bits cannot is unknown, and so is what is no such number."""
    if isinstance(value, bool) or not abs(value) <= MAX_NUMBER:
        return None
    held = form(value)
    return held if form is float or held == value else None


def _batch(batch: ColumnBatch, evidence: int) -> pa.RecordBatch:
    arrays = []
    for column in columns(batch.table):
        kind = _TYPES[column.kind]
        if column.name == "evidence":
            arrays.append(pa.repeat(pa.scalar(evidence, pa.int64()), batch.rows))
        elif column.name in batch.columns:
            arrays.append(_as(batch.columns[column.name], kind))
        else:
            arrays.append(_nulls(batch.rows, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(batch.table))


def _nulls(rows: int, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_dictionary(kind):
        return pa.nulls(rows, kind)
    return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))


def _as(values: Any, kind: pa.DataType) -> pa.Array:
    array = column_of(values)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.type == kind:
        return array
    if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(array.type):
        return encoded(cast(array, pa.string()))
    return cast(array, kind)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _storage_error(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be written: {error.strerror or error}.")
