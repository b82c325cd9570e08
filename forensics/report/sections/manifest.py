"""The manifest: every piece of evidence with its full path and hash, none left out."""

from __future__ import annotations

from forensics.model.case_file import CaseFile, EvidencePart
from forensics.report.blocks import Block, Heading, Table


def build(case_file: CaseFile) -> list[Block]:
    """Path, SHA-256, size, what was read, and the time that each piece speaks for."""
    pieces = case_file.evidence
    columns = ("Id", "File and SHA-256", "Bytes", "Format", "Records", "Speaks for")
    hashes = tuple(piece.sha256 or "not hashed" for piece in pieces)
    return [Heading("Manifest"), Table(columns, tuple(map(_row, pieces)), wide=1, under=hashes)]


def _row(piece: EvidencePart) -> tuple[str, ...]:
    records = f"{piece.records:,}" + (f", {piece.unread:,} unread" if piece.unread else "")
    read = piece.format or "-" if piece.state == "read" else f"{piece.format or 'none'}, {piece.state}"
    return (piece.id, piece.path, f"{piece.size_bytes:,}", read, records, _speaks(piece))


def _speaks(piece: EvidencePart) -> str:
    if piece.covers:
        return f"{piece.covers[0]} to {piece.covers[1]} (declared)"
    return f"{piece.first_ts} to {piece.last_ts}" if piece.first_ts else "-"
