"""Checks of a case against itself and against the evidence it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forensics import evidence_files
from forensics.errors import EvidenceError, IntegrityError, UsageError
from forensics.formats.source import Source
from forensics.model.evidence import Citation, Evidence
from forensics.store.location import path_of

if TYPE_CHECKING:
    from forensics.case import Case

MAX_SHOWN_BYTES = 64 << 20

_FATES = """
SELECT l.evidence, l.fate, sum(l.records), sum(l.length) FROM ledger l WHERE l.layer = 'content' GROUP BY 1, 2
"""


class Verification(NamedTuple):
    """What was checked, and every failure as one sentence."""

    custody_lines: int
    custody_head: str
    segment_files: int
    pieces: int
    failures: tuple[str, ...]


class Reconciliation(NamedTuple):
    """What the byte ledger says of one piece: its records are those read, ignored and unread; its bytes are covered."""

    piece: Evidence
    records: int
    read: int
    ignored: int
    unread: int
    covered_bytes: int
    """Bytes of the content that have a fate, whatever it is."""

    @property
    def balanced(self) -> bool:
        """Whether every record and every byte of the piece is accounted for."""
        counted = self.records == self.read + self.ignored + self.unread == self.piece.records
        return counted and self.covered_bytes == self.piece.content_bytes


def reconcile(case: Case, pieces: Sequence[Evidence]) -> tuple[Reconciliation, ...]:
    """Hold the counts of the pieces against their ledgers."""
    fates: dict[int, dict[str, tuple[int, int]]] = {}
    for number, fate, records, length in case.tables.sql(_FATES).fetchall() if pieces else ():
        fates.setdefault(number, {})[fate] = (int(records or 0), int(length))
    return tuple(_reconciled(piece, fates.get(piece.no, {})) for piece in pieces)


def _reconciled(piece: Evidence, fates: dict[str, tuple[int, int]]) -> Reconciliation:
    count = {fate: records for fate, (records, _) in fates.items()}
    return Reconciliation(
        piece, records=sum(count.values()), read=count.get("record", 0), ignored=count.get("ignored", 0),
        unread=count.get("undecodable", 0) + count.get("refused", 0),
        covered_bytes=sum(length for _, length in fates.values()),
    )  # fmt: skip


def verify(case: Case) -> Verification:
    """Check the segments, the byte ledger and the evidence; the custody chain was checked when the case was opened.

    Raises:
        IntegrityError: with every failure, where there is one.
    """
    manifest = case.manifest
    failures = manifest.damage()
    if not failures:  # the ledger is in the segments
        failures += _ledger_failures(case)
    for piece in case.evidence:
        failures += _evidence_failures(case, piece)
    if failures:
        raise IntegrityError("The case is not what it was:\n  " + "\n  ".join(failures))
    custody = manifest.custody
    return Verification(len(custody.entries), custody.head, len(manifest.files), len(case.evidence), ())


def cited_bytes(case: Case, citation: Citation) -> tuple[Evidence, bytes]:
    """The piece and the bytes that a citation names.

    Raises:
        UsageError: there is no such piece, or it is shorter.
        IntegrityError: the file is no longer the one that was read.
    """
    piece = next((piece for piece in case.evidence if piece.no == citation.evidence), None)
    if piece is None:
        raise UsageError(f"There is no piece E{citation.evidence} in {case.folder}.")
    failures = _evidence_failures(case, piece)
    if failures:
        raise IntegrityError(failures[0])
    if citation.offset is None or citation.length is None:
        return piece, b""
    if citation.length > MAX_SHOWN_BYTES:
        raise UsageError(f"{citation}: is longer than {MAX_SHOWN_BYTES} bytes.")
    source = Source(_path(case, piece), name=piece.path)
    try:
        data = _slice(source, citation.offset, citation.length)
    finally:
        source.close()
    if len(data) < citation.length:
        raise UsageError(f"{citation}: the content of {piece.path} ends before.")
    return piece, data


def _slice(source: Source, offset: int, length: int) -> bytes:
    found, position = b"", 0
    for chunk in source.chunks():
        if position + len(chunk) > offset:
            found += chunk[max(offset - position, 0) : offset + length - position]
        position += len(chunk)
        if position >= offset + length:
            break
    return found


def _path(case: Case, piece: Evidence) -> Path:
    return path_of(piece.location, case.folder) if piece.location else Path(piece.path)


def _evidence_failures(case: Case, piece: Evidence) -> list[str]:
    if not piece.sha256:
        return []
    try:
        digest = evidence_files.sha256_of(_path(case, piece))
    except EvidenceError as error:
        return [f"{piece.id} {error}"]
    return [] if digest == piece.sha256 else [f"{piece.id} {piece.path}: is no longer the file that was read."]


def _ledger_failures(case: Case) -> list[str]:
    """Pieces whose ledger does not cover each byte once."""
    rows = case.tables.sql(
        'SELECT l.evidence, l.layer, l."offset", l.length FROM ledger l ORDER BY l.evidence, l.layer, l."offset"'
    ).fetchall()
    ends: dict[tuple[int, str], int] = {}
    failures = []
    for number, layer, offset, length in rows:
        reached = ends.get((number, layer), 0)
        if offset != reached:
            failures.append(f"E{number}: the ledger of its {layer} has no single fate for bytes {reached} to {offset}.")
        ends[(number, layer)] = offset + length
    for piece in case.evidence:
        size = ends.get((piece.no, "content"), 0)
        if piece.sha256 and size != piece.content_bytes:
            failures.append(f"{piece.id}: the ledger covers {size} of {piece.content_bytes} bytes of content.")
        file_size = ends.get((piece.no, "file"))
        if file_size is not None and file_size != piece.size_bytes:
            failures.append(f"{piece.id}: the ledger covers {file_size} of {piece.size_bytes} bytes of the file.")
    return failures
