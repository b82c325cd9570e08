"""When it happened: DNS and SMTP about the subject over time."""

from __future__ import annotations

from forensics.model.case_file import CaseFile
from forensics.report.blocks import Block, Heading, Paragraph, Timeline


def build(case_file: CaseFile) -> list[Block]:
    """The counts per slice of time, where anything is dated."""
    if not case_file.timeline or case_file.timeline_bin_s is None:
        return [Heading("Timeline"), Paragraph("Nothing about the subject carries a time.")]
    said = f"Counts per {case_file.timeline_bin_s} s, times in UTC."
    return [Heading("Timeline"), Timeline(case_file.timeline, case_file.timeline_bin_s), Paragraph(said, quiet=True)]
