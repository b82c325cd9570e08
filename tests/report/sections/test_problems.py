"""A problem is told once per folder, and always."""

from __future__ import annotations

from msgspec.structs import replace

from forensics.report.blocks import Bullets, Paragraph
from forensics.report.sections import problems


def test_a_reason_shared_by_a_folder_is_told_once(case_with) -> None:
    case = case_with("mail.example")
    pieces = tuple(replace(case.evidence[0], id=f"E{n}", path=f"case/d/{n}.eml") for n in range(1, 5))
    said = tuple(f"{part.id} {part.path}: rejected: not a message." for part in pieces[:3])
    case = replace(
        case, evidence=(*pieces, replace(pieces[0], id="E5", path="case/x")), problems=(*said, "No address.")
    )
    bullets = problems.build(case)[1]
    assert bullets == Bullets(("E1–E3 d/ (3 files): rejected: not a message.", "No address."))


def test_evidence_without_problems_is_said_to_be_read_whole(case_with) -> None:
    assert problems.build(replace(case_with("x"), problems=()))[1] == Paragraph(
        "All evidence was read to its last byte."
    )
