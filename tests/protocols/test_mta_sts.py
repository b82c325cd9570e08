"""MTA-STS policies: what senders take, and what they do not."""

from __future__ import annotations

import pytest

from forensics.protocols.mta_sts import parse

WHOLE = "version: STSv1\r\nmode: testing\r\nmx: mx1.example.net\r\nmx: *.example.org\r\nmax_age: 604800\r\n"


def test_a_policy_with_crlf_and_several_patterns() -> None:
    policy = parse(WHOLE)
    assert (policy.mode, policy.mx, policy.max_age_s) == ("testing", ("mx1.example.net", "*.example.org"), 604_800)
    assert policy.problems == ()


def test_unknown_keys_and_blanks_are_no_problem() -> None:
    assert parse("version:STSv1\nmode :none \nmax_age:0\nnew-key: anything: at all\n").problems == ()


def test_of_a_key_that_stands_twice_the_first_counts() -> None:
    policy = parse(WHOLE + "mode: enforce\r\n")
    assert (policy.mode, policy.valid) == ("testing", True)
    assert [problem.where for problem in policy.problems] == ["line 6: mode: enforce"]


def test_a_policy_that_is_soon_forgotten_is_told_of() -> None:
    policy = parse(WHOLE.replace("testing", "enforce").replace("604800", "86400"))
    assert (policy.valid, [problem.where for problem in policy.problems]) == (True, ["max_age: 86400"])


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", ["version", "mode", "max_age"]),
        ("<html>\n", ["line 1: <html>", "version", "mode", "max_age"]),
        (WHOLE.replace("STSv1", "STSv2"), ["version: STSv2"]),
        (WHOLE.replace("testing", "Enforce"), ["mode: Enforce"]),
        (WHOLE.replace("604800", "31557601"), ["max_age: 31557601"]),
        (WHOLE.replace("604800", "-1"), ["max_age: -1"]),
        (WHOLE.replace("604800", "\u0661"), ["max_age: \u0661"]),
        (WHOLE.replace("*.example.org", "*"), ["mx: *"]),
        (WHOLE.replace("*.example.org", "mx.*.example"), ["mx: mx.*.example"]),
        (WHOLE.replace("*.example.org", "a..b"), ["mx: a..b"]),
        ("version: STSv1\nmode: enforce\nmax_age: 604800\n", ["mx"]),
    ],
)
def test_a_policy_that_breaks_its_grammar_is_not_taken(text: str, where: list[str]) -> None:
    policy = parse(text)
    assert (policy.valid, [problem.where for problem in policy.problems]) == (False, where)


def test_a_policy_without_an_end_is_bounded() -> None:
    policy = parse("mx: a.example\n" * 100_000)
    assert len(policy.mx) == 1_000
    assert not policy.valid
