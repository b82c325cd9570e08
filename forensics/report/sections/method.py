"""How the answer was reached, and how to reach it again."""

from __future__ import annotations

from forensics.model.case_file import CaseFile
from forensics.report.blocks import Block, Code, Facts, Heading, Paragraph

_METHOD = (
    "Each source has a vantage that says what it can see. A rule counts only what a source shows; its silence counts "
    "only where the source would have shown the thing, covers the whole window and was read undamaged. Direct facts "
    "decide: a 2xx reply after the last byte of a message, a delivery that the remote server confirmed, a Received "
    "line of the delivering server. Indirect findings carry a likelihood ratio, capped by where its numbers come from."
)
_CITATIONS = (
    "A citation such as E3:17@1024+88 is record 17 of piece E3: 88 bytes at offset 1,024 of its content, after "
    "decompression; forensics show prints them from a kept case."
)


def build(case_file: CaseFile) -> list[Block]:
    """The method in short, versions and hashes, and the command."""
    tool = case_file.tool
    rows = (
        ("Tool", f"{tool.name} {tool.version}"),
        ("Rules, SHA-256", tool.rules_sha256),
        ("Known error", tool.known_error or "not measured"),
        ("Custody head", case_file.custody_head or "-"),
        ("Document", case_file.schema),
    )
    blocks: list[Block] = [Heading("Method and reproduction"), Paragraph(_METHOD), Facts(rows)]
    if case_file.command:
        blocks += [Paragraph("The same evidence and this command give the same findings:"), Code(case_file.command)]
    blocks.append(Paragraph(_CITATIONS))
    return blocks
