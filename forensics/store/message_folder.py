"""Judged messages as Parquet: `message.parquet` with a row per message, `message_hop.parquet` with a row per hop.

Both are written aside, in batches, and put in their places once all messages are judged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from forensics.errors import StorageError
from forensics.model.header_report import AuthenticationPart, MessagePart
from forensics.protocols.surrogates import escaped

BATCH_ROWS = 1 << 13
_TEXT, _INT = pa.string(), pa.int64()
_METHODS = ("dkim", "arc", "spf", "dmarc")
_CITED = (("evidence", _TEXT), ("record_no", _INT), ("offset", _INT), ("length", _INT))
MESSAGE = pa.schema([
    *_CITED, ("source", _TEXT), ("message_id", _TEXT), ("date", _TEXT), ("header_from", _TEXT), ("return_path", _TEXT),
    ("subject", _TEXT), ("hops", _INT), ("boundary", _INT), ("trust", _TEXT), ("handed_over_by", _TEXT),
    *((method, _TEXT) for method in _METHODS), ("anomalies", _TEXT), ("problems", _TEXT),
])  # fmt: skip
"""Columns of a message; several results of a method are joined with a blank, None where none could be found."""
HOP = pa.schema([
    *_CITED, ("hop_no", _INT), ("ts", _TEXT), ("delay_s", pa.float64()), ("by", _TEXT), ("from_helo", _TEXT),
    ("from_rdns", _TEXT), ("from_ip", _TEXT), ("protocol", _TEXT), ("id", _TEXT), ("trusted", pa.bool_()),
    ("grade", _TEXT), ("reasons", _TEXT), ("notes", _TEXT),
])  # fmt: skip
"""Columns of a hop; `record_no` is that of its message, `offset` and `length` those of its field."""


def written(messages: Iterable[MessagePart], folder: Path) -> Iterator[MessagePart]:
    """The same messages, each of which is also written; the files are there once the last one was taken.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            tables = (
                _File(folder / "message.parquet", MESSAGE, stack),
                _File(folder / "message_hop.parquet", HOP, stack),
            )
            for message in messages:
                tables[0].add(_message(message))
                for row in _hops(message):
                    tables[1].add(row)
                yield message
            for table in tables:
                table.finish()
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written: {error.strerror or error}.") from error


class _File:
    """One table on its way to its place; what is left aside when the block ends early is removed."""

    def __init__(self, path: Path, schema: pa.Schema, stack: contextlib.ExitStack) -> None:
        self._path, self._schema = path, schema
        self._aside = path.with_name(f".{path.name}.part")
        self._rows: list[tuple[Any, ...]] = []
        stack.callback(self._aside.unlink, missing_ok=True)
        self._writer = stack.enter_context(pq.ParquetWriter(self._aside, schema, compression="zstd"))

    def add(self, row: tuple[Any, ...]) -> None:
        self._rows.append(row)
        if len(self._rows) >= BATCH_ROWS:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._writer.close()
        self._aside.replace(self._path)

    def _flush(self) -> None:
        if self._rows:
            columns = zip(self._schema, zip(*self._rows, strict=True), strict=True)
            arrays = [pa.array(values, column.type) for column, values in columns]
            self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
            self._rows.clear()


def _message(part: MessagePart) -> tuple[Any, ...]:
    """The row of `MESSAGE`."""
    cited, boundary = part.citation, part.boundary
    return (
        cited.evidence, cited.record_no, cited.offset, cited.length,
        _text(part.source), _text(part.message_id), part.date, _text(part.header_from), _text(part.return_path),
        _text(part.subject), len(part.hops), boundary, _text(part.trust),
        part.hops[boundary - 1].from_ip if boundary else None,
        *(_results(part.authentication, method) for method in _METHODS),
        _text("; ".join(part.anomalies) or None), _text("; ".join(part.problems) or None),
    )  # fmt: skip


def _hops(part: MessagePart) -> Iterator[tuple[Any, ...]]:
    """The rows of `HOP`."""
    for hop in part.hops:
        own = hop.citations[0] if hop.citations else part.citation
        yield (
            own.evidence, own.record_no, own.offset, own.length, hop.no, hop.ts, hop.delay_s, _text(hop.by),
            _text(hop.from_helo), _text(hop.from_rdns), hop.from_ip, _text(hop.protocol), _text(hop.id), hop.trusted,
            hop.grade, _text("; ".join(hop.reasons) or None), _text("; ".join(hop.notes) or None),
        )  # fmt: skip


def _results(parts: Iterable[AuthenticationPart], method: str) -> str | None:
    return " ".join(part.result for part in parts if part.method == method and part.result) or None


def _text(text: str | None) -> str | None:
    """Text that UTF-8 can hold."""
    return None if text is None else escaped(text)
