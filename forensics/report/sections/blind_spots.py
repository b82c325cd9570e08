"""What these sources could not have seen."""

from __future__ import annotations

from forensics.model.case_file import CaseFile
from forensics.report.blocks import Block, Bullets, Heading, Paragraph


def build(case_file: CaseFile) -> list[Block]:
    """One line for each thing that no source here shows in full."""
    if not case_file.not_seen:
        said = "For every kind of trace, a source here would have shown all of it in the window."
        return [Heading("What this evidence could not have shown"), Paragraph(said)]
    return [Heading("What this evidence could not have shown"), Bullets(case_file.not_seen)]
