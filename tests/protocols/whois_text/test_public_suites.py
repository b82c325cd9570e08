"""The shares of public collections of WHOIS answers that are read right, and the time it takes."""

import json
import re
import time
from pathlib import Path

import pytest

from forensics.protocols.whois_text import parse

SUITES = Path(__file__).resolve().parents[4] / "shared" / "suites"
EVENTS = ("created", "updated", "expires")


def cases(suite):
    path = SUITES / suite / "cases.json"
    if not path.is_file():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    return json.loads(path.read_text(encoding="utf-8"))["cases"]


def plain(name):
    return re.sub(r"\s+", " ", name or "").strip().casefold()


def breaches(case, found):
    """What the record says otherwise than the suite; only the parts that the suite names are compared."""
    for part, expected in case["expected"].items():
        value = getattr(found, part)
        if part in EVENTS:
            value = value and value.date().isoformat()
        elif part == "name_servers":
            value, expected = sorted(value), sorted(expected)
        elif part == "registrar":
            value, expected = plain(value), plain(expected)
        if value != expected:
            yield part, expected, value


@pytest.mark.parametrize(("suite", "goal"), [("whois-a", 0.85), ("whois-b", 0.88)])
def test_whole_records_are_right_for_the_share_that_is_promised(suite, goal):
    answers = cases(suite)
    wrong = {}
    for case in answers:
        found = parse(case["text"], domain=case["domain"], server=case["server"])
        if breach := list(breaches(case, found)):
            wrong[case["name"]] = breach
    assert 1 - len(wrong) / len(answers) >= goal, wrong


@pytest.mark.parametrize("suite", ["whois-a", "whois-b"])
def test_no_date_is_wrong_and_a_date_that_is_not_given_has_a_problem(suite):
    for case in cases(suite):
        found = parse(case["text"], domain=case["domain"], server=case["server"])
        for part, expected, value in breaches(case, found):
            assert part not in EVENTS or (value is None and any(part in problem for problem in found.problems)), (
                case["name"],
                part,
                expected,
                value,
            )


@pytest.mark.parametrize("suite", ["whois-a", "whois-b"])
def test_no_answer_takes_50_milliseconds(suite):
    for case in cases(suite):
        start = time.process_time()
        parse(case["text"], domain=case["domain"], server=case["server"])
        assert time.process_time() - start < 0.05, case["name"]
