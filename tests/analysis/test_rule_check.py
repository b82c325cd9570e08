"""The rules' own cases, and what the linter refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forensics.analysis import rule_check, rulebook
from forensics.errors import RuleError

CASES = Path(__file__).parent.parent / "rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder of rules: the shipped registry and views, and one rule, to be made worse."""
    folder = tmp_path / "rules"
    shutil.copytree(rulebook.rules_folder() / "registry", folder / "registry")
    shutil.copy(rulebook.rules_folder() / "views.sql", folder / "views.sql")
    (folder / "traffic").mkdir()
    (folder / "traffic" / "asked.yml").write_text(RULE)
    return folder


RULE = """\
title: The name was asked for
observable: dns_lookup
reads: [dns_query]
observed_by: [recursive_dns]
query: |
  SELECT q.evidence, q.record_no, q."offset", q.length, q.ts
  FROM dns_query q
  WHERE q.qtype = 'MX'
text: {met: "{count}", not_met: none, not_observable: unknown}
why: a test
"""


def _worse(rules: Path, old: str, new: str) -> Path:
    assert old in RULE
    path = rules / "traffic" / "asked.yml"
    path.write_text(RULE.replace(old, new, 1))
    return path


def test_every_case_of_every_shipped_rule_gives_what_it_expects() -> None:
    report = rule_check.run_cases(rulebook.load(), CASES)
    assert report.failures == ()
    assert report.ran >= 3 * len(rulebook.load().rules)


def test_every_case_file_belongs_to_a_rule() -> None:
    known = {rule.id for rule in rulebook.load().rules}
    assert {path.relative_to(CASES).with_suffix("").as_posix() for path in CASES.rglob("*.yml")} <= known


def test_the_shipped_rules_fit_the_tables() -> None:
    rule_check.lint(rulebook.load())


def test_an_unknown_column_is_reported_with_its_place_and_the_nearest_name(rules: Path) -> None:
    path = _worse(rules, "q.qtype = 'MX'", "q.qtyp = 'MX'")
    with pytest.raises(RuleError) as caught:
        rule_check.lint(rulebook.load(rules))
    assert str(caught.value) == f'{path}:8:9: there is no column "qtyp". Did you mean "qtype"?'


def test_an_unknown_table_is_reported_with_its_place_and_the_nearest_name(rules: Path) -> None:
    path = _worse(rules, "FROM dns_query q", "FROM dns_queri q")
    with pytest.raises(RuleError) as caught:
        rule_check.lint(rulebook.load(rules))
    assert str(caught.value).startswith(f"{path}:7:8: ")
    assert str(caught.value).endswith('Did you mean "dns_query"?')


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        ("reads: [dns_query]", "reads: [dns_queri]", "3:9", 'there is no "dns_queri" here. Did you mean "dns_query"?'),
        ("[recursive_dns]", "[recursive_dn]", "4:15", 'there is no "recursive_dn" here. Did you mean "recursive_dns"?'),
        ("observable: dns_lookup", "observable: dns_look", "2:13", 'no "dns_look" here. Did you mean "dns_lookup"?'),
        ("[recursive_dns]", "[subject_mta]", "4:15", "subject_mta cannot see dns_lookup"),
        ("why: a test", "why: a test\nanswers: {mail_send: yes}", "11:22", 'Did you mean "mail_sent"?'),
        (
            "why: a test",
            "why: a test\nlikelihood: {met: {poler: 0.5}, source: assumed, n: 1, corpus: none, date: x, group: g}",
            "11:27",
            'there is no "poler" here. Did you mean "poller"?',
        ),
        ("why: a test", "whi: a test", "10:1", 'unknown key "whi". Did you mean "why"?'),
        ("why: a test", "why: a test\nwhy: again", "11:1", "the key 'why' stands here a second time"),
        ("why: a test", "why: &a test", "10:6", "anchors and aliases are not allowed here"),
        ("why: a test", "why: !!str test", "10:6", "are not allowed here. Write a plain value."),
        ("why: a test", "why: 3", "10:6", "Expected `str`, got `int`"),
    ],
)
def test_a_word_that_is_none_is_refused_with_its_place(rules: Path, old: str, new: str, place: str, what: str) -> None:
    path = _worse(rules, old, new)
    with pytest.raises(RuleError) as caught:
        rulebook.load(rules)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    assert what in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE dns_query",
        "SELECT 1 AS evidence; SELECT 2 AS evidence",
        "COPY dns_query TO 'x.csv'",
    ],
)
def test_a_rule_is_one_select(rules: Path, query: str) -> None:
    text = RULE[: RULE.index("  SELECT")] + f"  {query}\n" + RULE[RULE.index("text:") :]
    (rules / "traffic" / "asked.yml").write_text(text)
    with pytest.raises(RuleError, match="a rule is one SELECT"):
        rule_check.lint(rulebook.load(rules))


def test_a_rule_cannot_read_files(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("evidence\n1\n")
    text = RULE[: RULE.index("  SELECT")] + f"  SELECT * FROM '{tmp_path}/x.csv'\n" + RULE[RULE.index("text:") :]
    (rules / "traffic" / "asked.yml").write_text(text)
    with pytest.raises(RuleError):
        rule_check.lint(rulebook.load(rules))


def test_a_query_that_cites_nothing_is_refused(rules: Path) -> None:
    _worse(rules, "SELECT q.evidence, q.record_no", "SELECT q.record_no")
    with pytest.raises(RuleError, match="the query gives no column evidence to cite"):
        rule_check.lint(rulebook.load(rules))


def test_a_rule_without_cases_fails(rules: Path, tmp_path: Path) -> None:
    report = rule_check.run_cases(rulebook.load(rules), tmp_path / "cases")
    assert report.ran == 0
    assert "traffic/asked: has no cases" in report.failures[0]


def test_a_rule_without_a_case_of_a_needed_state_and_a_case_that_is_wrong_fail(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "traffic").mkdir()
    (tmp_path / "traffic" / "asked.yml").write_text(
        "cases:\n"
        "  - {name: right, expect: met, count: 1, rows: {dns_query: [{qtype: MX}]}}\n"
        "  - {name: wrong, expect: not_met, count: 2, rows: {dns_query: [{qtype: MX}]}}\n"
    )
    report = rule_check.run_cases(rulebook.load(rules), tmp_path)
    assert report.ran == 2
    assert report.failures == (
        "traffic/asked: no case expects not_observable.",
        "traffic/asked: wrong: expected not_met, got met (1)",
        "traffic/asked: wrong: expected 2 hits, got 1",
    )


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ("{dns_queries: [{qtype: MX}]}", "a case has rows for 'dns_queries', which is no table"),
        ("{dns_query: [{qtyp: MX}]}", 'table dns_query has no column "qtyp". Did you mean "qtype"?'),
    ],
)
def test_a_case_with_rows_that_fit_no_table_is_refused(rules: Path, tmp_path: Path, rows: str, what: str) -> None:
    (tmp_path / "traffic").mkdir()
    (tmp_path / "traffic" / "asked.yml").write_text(f"cases:\n  - {{name: a, expect: met, rows: {rows}}}\n")
    with pytest.raises(RuleError) as caught:
        rule_check.run_cases(rulebook.load(rules), tmp_path)
    assert what in str(caught.value)


@pytest.mark.parametrize("name", ["visibility", "hypotheses", "next_evidence", "known_error"])
def test_a_folder_without_its_registry_is_refused(rules: Path, name: str) -> None:
    (rules / "registry" / f"{name}.yml").unlink()
    with pytest.raises(RuleError, match=f"registry/{name}.yml: is missing"):
        rulebook.load(rules)


def test_a_file_that_is_no_text_is_refused(rules: Path) -> None:
    (rules / "traffic" / "asked.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(RuleError, match=r"asked\.yml: cannot be read as UTF-8"):
        rulebook.load(rules)
