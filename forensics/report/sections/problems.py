"""What was refused, unread or undated, and what the collectors lost."""

from __future__ import annotations

from forensics.model.case_file import CaseFile
from forensics.report.blocks import Block, Bullets, Heading, Paragraph


def build(case_file: CaseFile) -> list[Block]:
    """Every problem with a piece of evidence; on paper also that there is none."""
    if not case_file.problems:
        return [Heading("Not examined"), Paragraph("All evidence was read to its last byte.")]
    return [Heading("Not examined"), Bullets(case_file.problems)]
