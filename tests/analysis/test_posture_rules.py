"""Rules about records: what they find is told, and moves neither an answer nor the verdict."""

from __future__ import annotations

from pathlib import Path

from forensics import Case
from forensics.analysis import rulebook

PARKED = """\
$ORIGIN subject.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 7200 900 1209600 3600
@ IN MX 0 .
@ IN TXT "v=spf1 -all"
_dmarc IN TXT "v=DMARC1; p=reject"
"""
OUTSIDE = """\
$ORIGIN subject.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 7200 900 1209600 3600
@ IN MX 10 in.bulkpost.test.
@ IN TXT "v=spf1 +all"
june._domainkey IN TXT "v=DKIM1; p=MIGfMA0"
"""
LOG = """\
2026-11-23T09:13:34.000000+00:00 mx1 postfix/smtpd[1]: connect from client.example[198.51.100.7]
2026-11-23T09:13:35.000000+00:00 mx1 postfix/smtpd[1]: disconnect from client.example[198.51.100.7] ehlo=1 quit=1
"""


def found(folder: Path, *names: str) -> tuple[dict[str, str], object, object]:
    with Case(domain="subject.example", servers=["mx1.subject.example"]) as case:
        case.add(*(folder / name for name in names))
        result = case.result()
    states = {finding.rule: finding.state for finding in result.findings if finding.rule.startswith("posture/")}
    return states, result.verdict, {name: answer.answer for name, answer in result.answers.items()}


def test_a_rule_about_records_answers_no_question_and_has_no_weight() -> None:
    rules = [rule for rule in rulebook.load().rules if rule.id.startswith("posture/")]
    assert len(rules) == 8
    assert all((rule.answers, rule.likelihood, rule.observable) == ({}, None, "dns_record") for rule in rules)


def test_a_parked_zone_and_one_that_others_run_are_told_apart_and_move_no_verdict(tmp_path: Path) -> None:
    for name, content in (("parked.zone", PARKED), ("outside.zone", OUTSIDE), ("mail.log", LOG)):
        (tmp_path / name).write_text(content)
    parked, alone, answers = found(tmp_path, "parked.zone")
    assert {rule for rule, state in parked.items() if state == "met"} == {
        "posture/null-mx", "posture/spf-permits-nobody", "posture/dmarc-reject",
    }  # fmt: skip
    assert set(parked.values()) == {"met", "not_observable"}
    assert set(answers.values()) == {"unknown"}  # type: ignore[attr-defined]
    outside, other, _ = found(tmp_path, "outside.zone")
    assert {rule for rule, state in outside.items() if state == "met"} == {
        "posture/mx-of-others", "posture/spf-permits-everybody", "posture/signing-key",
    }  # fmt: skip
    assert (alone, other) == (alone, alone)
    _, with_log, said = found(tmp_path, "mail.log")
    for zone in ("parked.zone", "outside.zone"):
        _, both, also = found(tmp_path, "mail.log", zone)
        assert (both, also) == (with_log, said)
