"""Intake: files become pieces of evidence, recognised, read once, hashed, their rows and ledger stored."""

from __future__ import annotations

import contextlib
import gc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from forensics import formats
from forensics.errors import EvidenceError, StorageError
from forensics.evidence_files import declared_of, reading_of
from forensics.formats import Format
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Evidence, Facts
from forensics.protocols import arrow_functions
from forensics.schema import (
    AggregateReport,
    DnsRecord,
    Ledger,
    Message,
    MessageHop,
    PolicyFile,
    RegistrationRecord,
    Row,
    SmtpProbe,
    name_of,
)
from forensics.store.location import location_of, shown
from forensics.store.segment_file import SegmentFile
from forensics.store.segments import SegmentWriter

SEGMENT_BYTES = 64 << 20
"""Pieces share a segment until they come to this many bytes."""

PROGRESS_ROWS = 4096
LEDGER_ROWS = 64
"""So many rows share a look for finished runs of the ledger."""
HOSTS = 100
MANY_HOSTS = 10_000
"""So many are held before those that will not be kept are let go."""
COLLECTIONS = (500_000, 50, 100)
"""How rarely cycles of objects are looked for: readers hold many objects and make next to no cycles."""

_NOT_OBSERVED = frozenset({
    Message, MessageHop, DnsRecord, PolicyFile, SmtpProbe, RegistrationRecord, AggregateReport,
})  # fmt: skip
"""Tables whose times are claims of others, not times of the observation."""

Progress = Callable[[str, int, int], None]
"""Told the name of a piece, the bytes of it that are read, and its size."""


class Segment(NamedTuple):
    """What one commit adds to the case."""

    name: str
    pieces: tuple[Evidence, ...]
    files: tuple[SegmentFile, ...]


class Intake:
    """Reads pieces into segments; `take` gives a segment back each time one is full, `finish` the last one."""

    def __init__(self, folder: Path, progress: Progress | None = None) -> None:
        self._folder = folder
        self._progress = progress
        self._writer: SegmentWriter | None = None
        self._name = ""
        self._pieces: list[Evidence] = []
        self._bytes = 0

    @property
    def latest(self) -> Evidence:
        """The piece read last."""
        return self._latest

    def take(self, path: Path, no: int, facts: Facts, name: str | None = None) -> Segment | None:
        """Read one file as piece `no`, called `name` where that is not its path.

        Raises:
            StorageError: the case cannot be written.
        """
        if self._writer is None:
            self._name = f"{no:06}"
            self._writer = SegmentWriter(self._folder, self._name)
        self._writer.evidence = no
        piece = _Reading(path, name or shown(path), no, facts, self._writer, self._progress).run()
        piece = msgspec.structs.replace(piece, location=location_of(path, self._folder))
        self._latest = piece
        self._pieces.append(piece)
        self._bytes += piece.content_bytes
        return self.finish() if self._bytes >= SEGMENT_BYTES else None

    def finish(self) -> Segment | None:
        """Commit what was read."""
        if self._writer is None:
            return None
        segment = Segment(self._name, tuple(self._pieces), self._writer.commit())
        self._writer, self._pieces, self._bytes = None, [], 0
        return segment

    def abandon(self) -> None:
        """Forget what was not committed."""
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None


class _Reading:
    """One file on its way into the store."""

    def __init__(
        self, path: Path, name: str, no: int, facts: Facts, writer: SegmentWriter, progress: Progress | None
    ) -> None:
        self._path, self._name, self._no, self._facts = path, name, no, facts
        self._writer, self._progress = writer, progress
        self._tally = Tally()
        self._rows: Counter[type[Row]] = Counter()
        self._first: int | None = None
        self._last: int | None = None
        self._format: Format | None = None
        self._error: str | None = None

    def run(self) -> Evidence:
        """Read the file; whatever goes wrong with it is in the piece that comes back."""
        try:
            source = Source(self._path, name=self._name)
        except EvidenceError as error:
            return self._piece(None, str(error))
        try:
            with _rare_collections():
                self._read(source)
            source.close()
        except EvidenceError as error:
            self._error = str(error)
        except StorageError:
            raise
        # The one boundary per untrusted item: a defect of a reader must not cost the rest of the case.
        except Exception as error:  # noqa: BLE001
            self._error = (
                f"{self._name}: the reader failed: {type(error).__name__}: {error}. This is a defect; report it."
            )
        return self._finish(source)

    def _read(self, source: Source) -> None:
        head = source.head(formats.HEAD_BYTES)
        if not head:
            raise EvidenceError(f"{self._name}: is empty{', once decompressed' if source.compression else ''}.")
        declared = self._facts.format
        self._format = formats.by_name(declared) if declared else formats.recognise(head, self._name)
        for number, item in enumerate(self._format.read(source, self._facts, self._tally)):
            self._writer.add(item)
            if isinstance(item, ColumnBatch):
                self._note_batch(item)
            else:
                self._note_row(item)
                if number % LEDGER_ROWS:
                    continue
            self._store_ledger()
            if self._progress is not None and (isinstance(item, ColumnBatch) or not number % PROGRESS_ROWS):
                self._progress(self._name, source.size_bytes, source.expected_bytes)

    def _note_batch(self, batch: ColumnBatch) -> None:
        self._rows[batch.table] += batch.rows
        if "host" in batch.columns:
            self._tally.hosts.update(filter(None, arrow_functions.distinct(batch.columns["host"])))
        bounds = _bounds(batch)
        if bounds is not None:
            self._note_time(batch.table, *bounds)

    def _note_row(self, row: Row) -> None:
        table = type(row)
        self._rows[table] += 1
        if host := getattr(row, "host", None):
            self._tally.hosts.add(host)
        ts = getattr(row, "ts", None)
        if ts is not None:
            self._note_time(table, ts, getattr(row, "last_ts", None) or ts)

    def _note_time(self, table: type[Row], first: int, last: int) -> None:
        if table in _NOT_OBSERVED:
            return
        if self._first is None or first < self._first:
            self._first = first
        last = max(first, last)
        if self._last is None or last > self._last:
            self._last = last

    def _store_ledger(self) -> None:
        runs, unread = self._tally.drain()
        for row in (*runs, *unread):
            self._writer.add(row)
        if len(hosts := self._tally.hosts) > MANY_HOSTS:
            hosts.intersection_update(sorted(hosts)[:HOSTS])

    def _finish(self, source: Source) -> Evidence:
        try:
            source.close()
        except EvidenceError as error:
            self._error = self._error or str(error)
        self._tally.close(max(source.content_bytes, self._tally.end))
        self._store_ledger()
        for run in _file_layer(source):
            self._writer.add(run)
        if source.broken:
            self._tally.problem(f"byte {source.broken_at} of the file: {source.broken}; what came before was read")
        return self._piece(source, self._error)

    def _piece(self, source: Source | None, error: str | None) -> Evidence:
        tally = self._tally
        damaged = bool(tally.unread_records or (source and source.broken))
        state = "rejected" if error and not sum(self._rows.values()) else "partial" if error or damaged else "read"
        return Evidence(
            no=self._no, path=self._name, sha256=(source and source.sha256) or "",
            size_bytes=source.size_bytes if source else 0, content_bytes=source.content_bytes if source else 0,
            format=self._format.NAME if self._format else None,
            vantage=tally.vantage or (self._format.VANTAGE if self._format else None),
            state=state, reading=reading_of(self._facts), first_ts=self._first, last_ts=self._last,
            sampling=self._facts.sampling or tally.sampling, records=tally.records,
            rows={name_of(table): count for table, count in self._rows.items()},
            ignored=dict(tally.ignored_records), unread=dict(tally.unread_records),
            problems=(*([error] if error else []), *tally.problems), lost_records=tally.lost_records,
            declared=declared_of(self._facts), hosts=tuple(sorted(tally.hosts)[:HOSTS]),
            fills=tuple(sorted(tally.fills)), unseen_records=tally.unseen_records, leaves_out=tally.leaves_out,
        )  # fmt: skip


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(*COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _bounds(batch: ColumnBatch) -> tuple[int, int] | None:
    if "ts" not in batch.columns or not batch.rows:
        return None
    return arrow_functions.bounds(arrow_functions.column_of(batch.columns["ts"]))


def _file_layer(source: Source) -> Iterator[Ledger]:
    """The fate of the bytes as stored, where they are compressed; else the content's ledger is the file's."""
    if not source.compression:
        return
    good = source.size_bytes if source.broken_at is None else min(source.broken_at, source.size_bytes)
    if good:
        yield Ledger(layer="file", fate="container", reason=source.compression, offset=0, length=good)
    if source.size_bytes > good:
        rest = source.size_bytes - good
        yield Ledger(layer="file", fate="undecodable", reason=source.broken, offset=good, length=rest)
