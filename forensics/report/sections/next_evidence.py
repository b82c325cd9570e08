"""What would change the answer: the evidence to ask for next."""

from __future__ import annotations

from forensics.model.case_file import CaseFile
from forensics.report.blocks import Block, Heading, Paragraph, Table


def build(case_file: CaseFile) -> list[Block]:
    """What to ask for, from whom, and why."""
    head = Heading("What would change this answer")
    if not case_file.next_evidence:
        text = "The three questions are answered. A source that covers the window and says otherwise would reopen them."
        return [head, Paragraph(text)]
    rows = tuple((wish.what, wish.from_whom, wish.why) for wish in case_file.next_evidence)
    return [head, Table(("Ask for", "From", "Because"), rows, wide=2)]
