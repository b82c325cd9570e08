"""The evidence: what each piece is, what its vantage sees, and its hash."""

from __future__ import annotations

from forensics.model.case_file import CaseFile, EvidencePart
from forensics.report.blocks import Block, Heading, Paragraph, Table

SHORT = 20


def build(case_file: CaseFile) -> list[Block]:
    """Every piece: first what it sees and is blind to, then what was read of it, with its hash."""
    pieces = case_file.evidence
    return [
        Heading("Sources"),
        Table(("Id", "File", "Vantage", "Sees", "Blind to"), tuple(map(_view, pieces)), wide=1),
        Heading("Manifest", level=2),
        Table(
            ("Id", "SHA-256", "Bytes", "Records", "Unread", "Speaks for"), tuple(map(_manifest, pieces)),
            mono=frozenset({1}), wide=1,
        ),
    ]  # fmt: skip


def build_short(case_file: CaseFile) -> list[Block]:
    """The pieces in one table, the first ones where there are many."""
    rows = tuple(
        (piece.id, piece.path, piece.vantage or "-", f"{piece.records:,}", piece.state)
        for piece in case_file.evidence[:SHORT]
    )
    blocks: list[Block] = [Heading("Evidence"), Table(("Id", "File", "Vantage", "Records", "State"), rows, wide=1)]
    if len(case_file.evidence) > SHORT:
        blocks.append(Paragraph(f"{len(case_file.evidence) - SHORT} more pieces are in the reports.", quiet=True))
    return blocks


def _view(piece: EvidencePart) -> tuple[str, ...]:
    vantage = f"{piece.vantage or 'none'} ({piece.vantage_from})"
    return (piece.id, piece.path, vantage, "; ".join(piece.sees) or "-", "; ".join(piece.blind_to) or "-")


def _manifest(piece: EvidencePart) -> tuple[str, ...]:
    span = piece.covers or (piece.first_ts, piece.last_ts)
    speaks = f"{span[0]} to {span[1]}{' (declared)' if piece.covers else ''}" if span[0] else "-"
    return (piece.id, piece.sha256 or "-", f"{piece.size_bytes:,}", f"{piece.records:,}", f"{piece.unread:,}", speaks)
