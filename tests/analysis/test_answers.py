"""Three answers and the verdict that follows (METHOD section 1)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from forensics.analysis.answers import answer, verdict
from forensics.model.case_file import QUESTIONS, Answer, Finding

WORDS = ("yes", "no", "unknown")


def _finding(identity: str, rule: str = "traffic/x", state: str = "met", **answers: str) -> Finding:
    return Finding(
        id=identity, rule=rule, title="t", state=state, count=1, first_ts=None, last_ts=None,  # type: ignore[arg-type]
        text=f"Text of {identity}.", answers=answers,
    )  # fmt: skip


def _verdict(smtp: str, received: str, sent: str, dns: str) -> str:
    said: Any = zip(QUESTIONS, (smtp, received, sent), strict=True)
    answers = {question: Answer(answer=word, because=(), text="") for question, word in said}
    return verdict(answers, (_finding("F1", "traffic/dns-about-subject", dns),)).id


@pytest.mark.parametrize(
    ("smtp", "received", "sent", "dns"), list(product(WORDS, WORDS, WORDS, ("met", "not_met", "other")))
)
def test_every_combination_of_answers_gives_the_verdict_of_the_table(
    smtp: str, received: str, sent: str, dns: str
) -> None:
    state = "not_observable" if dns == "other" else dns
    if received == "yes" or sent == "yes":
        expected = "mail_activity"
    elif (smtp, received, sent) == ("yes", "no", "no"):
        expected = "smtp_without_mail"
    elif smtp == "no" and dns == "met":
        expected = "resolver_traffic_only"
    elif smtp == "no" and dns == "not_met":
        expected = "no_activity"
    else:
        expected = "undetermined"
    assert _verdict(smtp, received, sent, state) == expected


def test_look_ups_alone_are_undetermined() -> None:
    found = (_finding("F1", "traffic/dns-about-subject"),)
    answers = answer(found)
    assert [answers[question].answer for question in QUESTIONS] == ["unknown"] * 3
    assert verdict(answers, found).id == "undetermined"


def test_the_verdict_names_the_directions() -> None:
    found = (_finding("F1", smtp_activity="yes", mail_sent="yes", mail_received="yes"),)
    assert verdict(answer(found), found).text == "Mail activity: the subject has received and sent mail."


def test_a_direct_fact_stands_above_a_silent_source_and_both_are_shown() -> None:
    found = (_finding("F1", mail_sent="no"), _finding("F2", mail_sent="yes"))
    said = answer(found)["mail_sent"]
    assert (said.answer, said.because) == ("yes", ("F2", "F1"))
    assert "Another source disagrees: Text of F1." in said.text


def test_a_question_that_no_finding_answers_is_unknown() -> None:
    said = answer((_finding("F1", smtp_activity="no"),))
    assert said["smtp_activity"].answer == "no"
    assert said["mail_sent"].answer == said["mail_received"].answer == "unknown"
    assert said["mail_sent"].because == ()
