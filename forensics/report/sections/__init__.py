"""The sections of a report, in order. Each builds blocks from the result document; every medium follows."""

from __future__ import annotations

from collections.abc import Callable

from forensics.model.case_file import CaseFile
from forensics.report.blocks import Block
from forensics.report.sections import (
    answer,
    blind_spots,
    claims,
    findings,
    manifest,
    method,
    next_evidence,
    problems,
    sources,
    timeline,
)

Section = Callable[[CaseFile], list[Block]]

REPORT: tuple[Section, ...] = (
    answer.build,
    blind_spots.build,
    next_evidence.build,
    claims.build,
    sources.build,
    timeline.build,
    findings.build,
    problems.build,
    method.build,
    manifest.build,
)
"""What a report holds, in order; METHOD section 7 asks for each, and for the blind spots on page one or two."""

SCREEN: tuple[Section, ...] = (
    answer.build,
    blind_spots.build,
    claims.build_short,
    next_evidence.build,
    sources.build_short,
    findings.build_short,
    problems.build,
)
"""What a terminal shows: the answer first, the rest short."""


def title(case_file: CaseFile) -> str:
    """What the report is called."""
    subject = case_file.subject
    return f"Examination: {subject.domain or ', '.join(subject.names) or 'all evidence'}"


def build(sections: tuple[Section, ...], case_file: CaseFile) -> list[Block]:
    """The blocks of all sections."""
    return [block for section in sections for block in section(case_file)]
