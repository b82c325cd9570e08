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

BATCH_ROWS = 1 << 13
_TEXT, _INT = pa.string(), pa.int64()
_CITED = (("evidence", _TEXT), ("record_no", _INT), ("offset", _INT), ("length", _INT))
MESSAGE = pa.schema([
    *_CITED, ("source", _TEXT), ("message_id", _TEXT), ("date", _TEXT), ("header_from", _TEXT), ("return_path", _TEXT),
    ("subject", _TEXT), ("hops", _INT), ("boundary", _INT), ("trust", _TEXT), ("handed_over_by", _TEXT),
    ("dkim", _TEXT), ("arc", _TEXT), ("spf", _TEXT), ("dmarc", _TEXT), ("anomalies", _TEXT), ("problems", _TEXT),
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
        self._rows: list[dict[str, Any]] = []
        stack.callback(self._aside.unlink, missing_ok=True)
        self._writer = stack.enter_context(pq.ParquetWriter(self._aside, schema, compression="zstd"))

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= BATCH_ROWS:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._writer.close()
        self._aside.replace(self._path)

    def _flush(self) -> None:
        self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()


def _message(part: MessagePart) -> dict[str, Any]:
    cited, boundary = part.citation, part.boundary
    return {
        "evidence": cited.evidence, "record_no": cited.record_no, "offset": cited.offset, "length": cited.length,
        "source": _text(part.source), "message_id": _text(part.message_id), "date": part.date,
        "header_from": _text(part.header_from), "return_path": _text(part.return_path), "subject": _text(part.subject),
        "hops": len(part.hops), "boundary": boundary, "trust": _text(part.trust),
        "handed_over_by": part.hops[boundary - 1].from_ip if boundary else None,
        **{method: _results(part.authentication, method) for method in ("dkim", "arc", "spf", "dmarc")},
        "anomalies": _text("; ".join(part.anomalies) or None), "problems": _text("; ".join(part.problems) or None),
    }  # fmt: skip


def _hops(part: MessagePart) -> Iterator[dict[str, Any]]:
    for hop in part.hops:
        own = hop.citations[0] if hop.citations else part.citation
        yield {
            "evidence": own.evidence, "record_no": own.record_no, "offset": own.offset, "length": own.length,
            "hop_no": hop.no, "ts": hop.ts, "delay_s": hop.delay_s, "by": _text(hop.by),
            "from_helo": _text(hop.from_helo), "from_rdns": _text(hop.from_rdns), "from_ip": hop.from_ip,
            "protocol": _text(hop.protocol), "id": _text(hop.id), "trusted": hop.trusted, "grade": hop.grade,
            "reasons": _text("; ".join(hop.reasons) or None), "notes": _text("; ".join(hop.notes) or None),
        }  # fmt: skip


def _results(parts: Iterable[AuthenticationPart], method: str) -> str | None:
    return " ".join(part.result for part in parts if part.method == method and part.result) or None


def _text(text: str | None) -> str | None:
    """Text that UTF-8 can hold; a lone surrogate is shown as an escape rather than lost."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
