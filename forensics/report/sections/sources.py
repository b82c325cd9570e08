"""The evidence: where each piece was taken, and what it can and cannot see from there."""

from __future__ import annotations

from forensics.model.case_file import CaseFile, EvidencePart
from forensics.report.blocks import Block, Heading, Paragraph, Table
from forensics.report.sections import folders

SHORT = 20
"""Lines of evidence on a terminal."""
_IN_PART = " (in part)"
_LEGEND = (
    "yes: it would have shown all of them; part: some of them; -: none. A vantage is as declared, or derived from the "
    "file where it says so. The manifest at the end has every path and hash."
)


def build(case_file: CaseFile) -> list[Block]:
    """What each piece sees, trace by trace; files of one folder that see the same share a line."""
    pieces = case_file.evidence
    traces = _traces(pieces)
    rows = tuple(_view(group, traces) for group in folders.grouped(pieces, _sight, folders.common(pieces)))
    columns = ("Id", "File", "Vantage", "Covers window", *traces)
    return [Heading("Sources"), Table(columns, rows, wide=1), Paragraph(_below(pieces) + _LEGEND, quiet=True)]


def build_short(case_file: CaseFile) -> list[Block]:
    """The pieces in one short table, grouped by folder."""
    pieces = case_file.evidence
    groups = folders.grouped(pieces, lambda piece: (piece.vantage, piece.state), folders.common(pieces))
    rows = tuple(
        (
            group.ids,
            group.name,
            (group.pieces[0].vantage or "-").replace("_", " "),
            f"{_records(group):,}",
            group.pieces[0].state,
        )
        for group in groups[:SHORT]
    )
    more = sum(len(group.pieces) for group in groups[SHORT:])
    note = f"{more:,} more pieces are in the reports." if more else ""
    blocks: list[Block] = [Heading("Evidence"), Table(("Id", "File", "Vantage", "Records", "State"), rows, wide=1)]
    if note or folders.common(pieces):
        blocks.append(Paragraph(_below(pieces) + note, quiet=True))
    return blocks


def _below(pieces: tuple[EvidencePart, ...]) -> str:
    folder = folders.common(pieces)
    return f"Files are below {folder}. " if folder else ""


def _records(group: folders.Group) -> int:
    return sum(piece.records for piece in group.pieces)


def _sight(piece: EvidencePart) -> tuple[object, ...]:
    return (piece.vantage, piece.vantage_from, piece.covers_window, piece.sees, piece.blind_to)


def _traces(pieces: tuple[EvidencePart, ...]) -> tuple[str, ...]:
    """Every kind of trace; the blindest piece names most of them in their own order."""
    names: dict[str, None] = {}
    for piece in sorted(pieces, key=lambda piece: -len(piece.blind_to)):
        names |= dict.fromkeys((*piece.blind_to, *(name.removesuffix(_IN_PART) for name in piece.sees)))
    return tuple(names)


def _view(group: folders.Group, traces: tuple[str, ...]) -> tuple[str, ...]:
    piece = group.pieces[0]
    vantage = (piece.vantage or "none").replace("_", " ")
    vantage += " (derived)" if piece.vantage_from == "derived" else ""
    levels = dict.fromkeys(piece.sees, "yes") | {
        name.removesuffix(_IN_PART): "part" for name in piece.sees if name.endswith(_IN_PART)
    }
    covers = "yes" if piece.covers_window else "no"
    return (group.ids, group.name, vantage, covers, *(levels.get(trace, "-") for trace in traces))
