"""Claims that somebody made, and what the evidence does to them."""

from __future__ import annotations

from forensics.model.case_file import CaseFile, ClaimPart
from forensics.report.blocks import Block, Bullets, Callout, Heading, Paragraph, Tone

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


def _claim(claim: ClaimPart) -> list[Block]:
    word = claim.verdict.replace("_", " ")
    findings = tuple(item for item in claim.because if item.startswith("F"))
    blocks: list[Block] = [Callout(word, f"{claim.id}: {claim.text}", _TONES[claim.verdict], findings)]
    cited = ", ".join(item for item in claim.because if not item.startswith("F"))
    if cited:
        blocks.append(Paragraph(f"Rests on {cited}.", quiet=True))
    if claim.readings:
        blocks.append(Paragraph(f"Readings: {'; '.join(claim.readings)}.", quiet=True))
    if claim.would_test:
        blocks.append(Paragraph("What would test it:", quiet=True))
        blocks.append(Bullets(claim.would_test))
    return blocks
