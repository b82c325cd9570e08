"""The way of a message on a screen: whole for one, bounded for a hostile one."""

from __future__ import annotations

from forensics.model.case_file import CitationPart
from forensics.model.header_report import AuthenticationPart, ContentPart, MessagePart
from forensics.report.blocks import Paragraph, Table
from forensics.report.sections.message_headers import MAX_ROWS, build

SIGNATURE = AuthenticationPart(
    method="dkim", domain="alder.example", result=None, stamped=None, stamped_by=None, believed=None, text="not judged",
)  # fmt: skip
MESSAGE = MessagePart(
    source="message.eml", citation=CitationPart(evidence="E1", record_no=1, offset=0, length=9), message_id=None,
    header_from=None, return_path=None, subject=None, date=None, boundary=None, trust=None, hops=(),
    authentication=(SIGNATURE,) * 5000, anomalies=(), problems=(),
    contents=(ContentPart(role="attachment", name=None, media_type="application/pdf", size_bytes=None, sha256=None),),
)  # fmt: skip


def test_thousands_of_signatures_do_not_flood_the_screen() -> None:
    blocks = build([MESSAGE])
    (results,) = [block for block in blocks if isinstance(block, Table) and block.columns[0] == "Method"]
    assert len(results.rows) == MAX_ROWS
    said = "0 more hops and 4,900 more results are not shown here; --json has them all."
    assert said in [block.text for block in blocks if isinstance(block, Paragraph)]


def test_a_part_whose_encoding_is_broken_is_told_so() -> None:
    (contents,) = [block for block in build([MESSAGE]) if isinstance(block, Table) and block.columns[0] == "Part"]
    assert contents.rows == (("attachment", "-", "application/pdf", "-", "its encoding is broken"),)
