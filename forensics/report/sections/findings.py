"""What each rule found, with its citations."""

from __future__ import annotations

from forensics.model.case_file import CaseFile, Finding
from forensics.report.blocks import Block, Bullets, Heading, Paragraph, Table

CITED = 8
"""Citations of a finding that are printed; the result document has more."""
_STATES = {
    "not_met": "Looked for, could have been seen, not there",
    "not_observable": "Not observable by these sources",
    "not_collected": "No evidence of that kind",
    "rejected_source": "The source could not be read",
}


def build(case_file: CaseFile) -> list[Block]:
    """Met findings in full; the others in one table per state."""
    blocks: list[Block] = [Heading("Findings")]
    met = [finding for finding in case_file.findings if finding.state == "met"]
    if not met:
        blocks.append(Paragraph("No rule found what it looks for."))
    for finding in met:
        blocks += _in_full(finding)
    for state, title in _STATES.items():
        rest = tuple(finding for finding in case_file.findings if finding.state == state)
        if rest:
            rows = tuple((finding.id, finding.title, finding.text) for finding in rest)
            blocks += [
                Heading(title, level=2),
                Table(("Id", "Rule", "What it means"), rows, wide=2, row_anchors=tuple(f.id for f in rest)),
            ]
    return blocks


def build_short(case_file: CaseFile) -> list[Block]:
    """The met findings, one line each."""
    met = [finding for finding in case_file.findings if finding.state == "met"]
    if not met:
        return []
    rows = tuple((finding.id, finding.title, f"{finding.count:,}", _cited(finding, 1)) for finding in met)
    return [Heading("Findings"), Table(("Id", "Found", "Times", "Cited"), rows, wide=1)]


def _in_full(finding: Finding) -> list[Block]:
    blocks: list[Block] = [
        Heading(f"{finding.id}  {finding.title}", level=2, anchor=finding.id),
        Paragraph(finding.text),
        Paragraph(f"Why it matters: {finding.why}", quiet=True),
    ]
    if finding.alternatives:
        blocks.append(Bullets(finding.alternatives))
    if finding.likelihood_ratio is not None:
        weight = finding.likelihood_ratio
        blocks.append(Paragraph(f"{weight.text} That is {weight.words} (source of the numbers: {weight.source})."))
    said = f"Rule {finding.rule}. Cited: {_cited(finding, CITED)}"
    more = finding.count - min(CITED, len(finding.citations))
    blocks.append(Paragraph(said + (f" and {more:,} more." if more > 0 else "."), quiet=True))
    return blocks


def _cited(finding: Finding, most: int) -> str:
    return ", ".join(map(str, finding.citations[:most])) or "-"
