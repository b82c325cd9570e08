"""How much a finding weighs, and when it says nothing."""

from __future__ import annotations

import pytest

from forensics.analysis.likelihood import ratio, words
from forensics.analysis.rulebook import Likelihood, load

TITLES = {"poller": "a monitor asked", "tunnel": "the names carried data"}


def _likelihood(source: str, n: int, poller: float = 1.0, tunnel: float = 0.000001) -> Likelihood:
    met = {"poller": poller, "tunnel": tunnel}
    return Likelihood(met=met, source=source, n=n, corpus="own", date="2026-11-24", group="g")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "cap"),
    [("logical", 10_000), ("measured_field", 1_000), ("measured_lab", 10), ("published", 31.623), ("elicited", 5.012)],
)
def test_each_source_of_numbers_caps_the_ratio(source: str, cap: float) -> None:
    found = ratio(_likelihood(source, 10**6), TITLES, met=True)
    assert found is not None
    assert (found.ratio, found.favours, found.against) == (cap, "poller", "tunnel")


def test_an_assumed_number_never_says_anything() -> None:
    assert ratio(_likelihood("assumed", 10**6), TITLES, met=True) is None


def test_a_small_set_caps_the_ratio_by_its_size() -> None:
    found = ratio(_likelihood("measured_field", 49), TITLES, met=True)
    assert found is not None
    assert found.ratio == 50.0


def test_an_interval_that_crosses_one_says_nothing() -> None:
    assert ratio(_likelihood("measured_field", 4, poller=0.75, tunnel=0.25), TITLES, met=True) is None
    assert ratio(_likelihood("measured_field", 400, poller=0.75, tunnel=0.25), TITLES, met=True) is not None


def test_the_absence_of_a_finding_weighs_by_the_other_column() -> None:
    found = ratio(_likelihood("measured_field", 1000, poller=0.9, tunnel=0.1), TITLES, met=False)
    assert found is not None
    assert (found.favours, found.against, found.ratio) == ("tunnel", "poller", 9.0)
    assert found.text == (
        "The finding is about 9 times more probable if the names carried data than if a monitor asked."
    )


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (1, "no support either way"), (1.99, "no support either way"), (2, "weak support"), (9.9, "weak support"),
        (10, "moderate support"), (100, "moderately strong support"), (1_000, "strong support"),
        (10_000, "very strong support"), (999_999, "very strong support"), (1_000_000, "extremely strong support"),
    ],
)  # fmt: skip
def test_the_words_are_those_of_the_guideline(value: float, phrase: str) -> None:
    assert words(value) == phrase


def test_every_shipped_row_holds_probabilities_of_every_hypothesis() -> None:
    book = load()
    for rule in book.rules:
        if rule.likelihood is not None:
            assert set(rule.likelihood.met) == set(book.hypotheses), rule.id
            assert all(0 <= p <= 1 for p in rule.likelihood.met.values()), rule.id
