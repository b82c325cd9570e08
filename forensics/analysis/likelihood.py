"""How much a finding separates two explanations: likelihood ratios, capped by where their numbers come from.

METHOD section 4; the words are those of the ENFSI guideline for evaluative reporting (2015).
"""

from __future__ import annotations

import math

from forensics.analysis.rulebook import Likelihood
from forensics.model.case_file import LikelihoodRatio

_CAPS = {
    "logical": 4.0, "measured_field": 3.0, "measured_lab": 1.0, "published": 1.5, "elicited": 0.7, "assumed": 0.3,
}  # fmt: skip
"""Largest |log10 LR| of one rule, by the source of its numbers."""

_WORDS = (
    (2, "no support either way"), (10, "weak support"), (100, "moderate support"), (1_000, "moderately strong support"),
    (10_000, "strong support"), (1_000_000, "very strong support"),
)  # fmt: skip


def ratio(likelihood: Likelihood, titles: dict[str, str], *, met: bool) -> LikelihoodRatio | None:
    """The widest pairwise ratio of an outcome, or None where it separates nothing.

    The interval behind each probability is the Wilson interval (95 %) for its n; where the ratio of the nearer ends
    crosses 1, nothing is said.
    """
    chances = {name: p if met else 1.0 - p for name, p in likelihood.met.items()}
    high = max(chances, key=lambda name: chances[name])
    low = min(chances, key=lambda name: chances[name])
    if likelihood.source != "logical" and _lower(chances[high], likelihood.n) <= _upper(chances[low], likelihood.n):
        return None
    cap = min(_CAPS[likelihood.source], math.log10(likelihood.n + 1))
    raw = math.inf if chances[low] <= 0 else chances[high] / chances[low]
    value = min(raw, 10**cap)
    if value < 2:
        return None
    text = f"The finding is about {value:.2g} times more probable if {titles[high]} than if {titles[low]}."
    return LikelihoodRatio(
        ratio=round(value, 3), favours=high, against=low, words=words(value), source=likelihood.source, text=text
    )


def words(value: float) -> str:
    """The phrase for a ratio.

    >>> words(50)
    'moderate support'
    """
    return next((phrase for limit, phrase in _WORDS if value < limit), "extremely strong support")


def _wilson(p: float, n: int, sign: int) -> float:
    z = 1.96
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (centre + sign * spread) / (1 + z * z / n)


def _lower(p: float, n: int) -> float:
    return _wilson(p, max(n, 1), -1)


def _upper(p: float, n: int) -> float:
    return _wilson(p, max(n, 1), 1)
