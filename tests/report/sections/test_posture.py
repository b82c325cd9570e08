"""What a person reads of a domain's posture."""

from __future__ import annotations

from pathlib import Path

from forensics import Case
from forensics.report.blocks import Block, Facts, Heading, Table
from forensics.report.sections import posture as section

ZONE = """\
$ORIGIN northwind.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 7200 900 1209600 3600
@ IN MX 10 mx1
@ IN MX 20 mx1
@ IN TXT "v=spf1 a:gone1.northwind.example a:gone2.northwind.example a:gone3.northwind.example -all"
@ IN CAA 0 issue "ca.example"
@ IN CAA 0 iodef "mailto:ca@northwind.example"
_dmarc IN TXT "v=DMARC1; p=none; p=reject"
june._domainkey IN TXT "v=DKIM1; p={key}"
_mta-sts IN TXT "v=STSv1; id=1;"
_mta-sts IN TXT "v=STSv1; id=2;"
mx1 IN A 192.0.2.25
"""


def built(tmp_path: Path) -> list[Block]:
    (tmp_path / "northwind.zone").write_text(ZONE.format(key="A" * 200))
    with Case() as case:
        case.add(tmp_path)
        return section.build(case.posture("northwind.example"))


def rows(blocks: list[Block]) -> list[tuple[str, ...]]:
    (table,) = [block for block in blocks if isinstance(block, Table)]
    return list(table.rows)


def test_a_cost_within_bounds_is_no_problem_and_an_error_is_told_by_what_it_is(tmp_path: Path) -> None:
    headings = [block.text for block in built(tmp_path) if isinstance(block, Heading)]
    assert (
        "PROBLEM: Receivers end in permerror: more than 2 look-ups that find nothing (section 4.6.4). "
        "A check costs 3 look-ups (10 are allowed) and 3 void ones (2 are allowed)."
    ) in headings
    assert not [text for text in headings if text.startswith("PROBLEM: A check costs") or "TagProblem" in text]
    assert "warning: The DMARC record: p= stands here again." in headings


def test_the_domain_itself_is_not_repeated_and_one_exchanger_is_judged_once(tmp_path: Path) -> None:
    table = rows(built(tmp_path))
    assert {row[2] for row in table if row[1] == "mx/record"} == {"the domain"}
    assert "northwind.example" not in {row[2] for row in table}
    assert [row[3] for row in table if row[1] == "mx/record"] == [
        "Mail is to go there. 10 mx1.northwind.example.", "Mail is to go there. 20 mx1.northwind.example.",
    ]  # fmt: skip
    assert len([row for row in table if row[1] == "mx/reverse-name" or row[1] == "mx/duplicate"]) == 1


def test_several_records_stand_side_by_side_and_long_ones_are_cut_in_the_table_alone(tmp_path: Path) -> None:
    blocks = built(tmp_path)
    text = {row[1]: row[3] for row in rows(blocks)}
    assert text["caa/record"].endswith('0 issue "ca.example", 0 iodef "mailto:ca@northwind.example"')
    assert text["dkim/key"].endswith("A" * 149 + "... (211 characters)")
    facts = [dict(block.rows) | {"Records": [v for k, v in block.rows if k == "Record"]}
             for block in blocks if isinstance(block, Facts)]  # fmt: skip
    (several,) = [fact for fact in facts if fact["Name"] == "_mta-sts.northwind.example"]
    assert several["Records"] == ["v=STSv1; id=1;", "v=STSv1; id=2;"]
    (key,) = [fact for fact in facts if fact["Name"].startswith("june.")]
    assert key["Records"] == ["v=DKIM1; p=" + "A" * 200]
