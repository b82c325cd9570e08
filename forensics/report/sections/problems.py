"""What was refused, unread or undated, and what the collectors lost."""

from __future__ import annotations

from forensics.model.case_file import CaseFile, EvidencePart
from forensics.report.blocks import Block, Bullets, Heading, Paragraph
from forensics.report.sections import folders


def build(case_file: CaseFile) -> list[Block]:
    """Every problem with a piece of evidence, told once per folder; on paper also that there is none."""
    if not case_file.problems:
        return [Heading("Not examined"), Paragraph("All evidence was read to its last byte.")]
    return [Heading("Not examined"), Bullets(tuple(_told(case_file)))]


def _told(case_file: CaseFile) -> list[str]:
    """`E10–E109 mail/new/ (100 files): what` for each thing said of pieces, then what is said of none."""
    by_id = {piece.id: piece for piece in case_file.evidence}
    said: dict[str, list[EvidencePart]] = {}
    rest = []
    for problem in case_file.problems:
        piece = by_id.get(problem.partition(" ")[0])
        # A path may hold a colon itself: the piece says where its path ends.
        name = f"{piece.id} {piece.path}: " if piece else ""
        if piece and problem.startswith(name):
            said.setdefault(problem.removeprefix(name), []).append(piece)
        else:
            rest.append(problem)
    root = folders.common(case_file.evidence)
    told = [(group, what) for what, pieces in said.items() for group in folders.grouped(pieces, lambda _: None, root)]
    order = {name: place for place, name in enumerate(by_id)}
    told.sort(key=lambda pair: order[pair[0].pieces[0].id])
    return [f"{group.ids} {group.name}: {what}" for group, what in told] + rest
