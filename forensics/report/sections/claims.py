"""Claims that somebody made, and what the evidence does to them."""

from __future__ import annotations

from forensics.model.case_file import CaseFile, ClaimPart
from forensics.report.blocks import Block, Bullets, Callout, Heading, Paragraph, Tone

SHOWN = 3
"""What a claim rests on, on a terminal."""
_TONES: dict[str, Tone] = {
    "supported": "yes", "contradicted": "no", "not_testable": "unknown", "ambiguous": "warning",
}  # fmt: skip


def build(case_file: CaseFile) -> list[Block]:
    """Each claim with one word, what it rests on, how else it can be read, and what would test it."""
    if not case_file.claims:
        return []
    blocks: list[Block] = [Heading("Claims")]
    for claim in case_file.claims:
        blocks += _claim(claim)
    return blocks


def build_short(case_file: CaseFile) -> list[Block]:
    """Each claim with its word, and what would test it where nothing here does."""
    if not case_file.claims:
        return []
    blocks: list[Block] = [Heading("Claims")]
    for claim in case_file.claims:
        blocks.append(Callout(_word(claim), f"{claim.id}: {claim.text}", _TONES[claim.verdict], claim.because[:SHOWN]))
        if claim.would_test:
            blocks.append(Paragraph(f"To test it: {'; '.join(claim.would_test)}.", quiet=True))
    return blocks


def _word(claim: ClaimPart) -> str:
    return claim.verdict.replace("_", " ").capitalize()


def _claim(claim: ClaimPart) -> list[Block]:
    findings = tuple(item for item in claim.because if item.startswith("F"))
    blocks: list[Block] = [Callout(_word(claim), f"{claim.id}: {claim.text}", _TONES[claim.verdict], findings)]
    cited = ", ".join(item for item in claim.because if not item.startswith("F"))
    if cited:
        blocks.append(Paragraph(f"Rests on {cited}.", quiet=True))
    if claim.readings:
        blocks.append(Paragraph(f"Readings: {'; '.join(claim.readings)}.", quiet=True))
    if claim.would_test:
        blocks.append(Paragraph("What would test it:", quiet=True))
        blocks.append(Bullets(claim.would_test))
    return blocks
