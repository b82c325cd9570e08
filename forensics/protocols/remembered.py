"""Pure functions of texts whose latest results are remembered, within a bound on the memory that texts may take."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar, cast

MAX_RESULTS = 1 << 11
"""Results of one function that are kept if nothing else is said, the latest used."""
MAX_CHARACTERS = 512
"""Characters of each argument of a call up to which its result is kept."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def of_short_texts(function: _Function, results: int = MAX_RESULTS) -> _Function:
    """The same function, which is called once for calls with the same texts; an error is not kept.

    Args:
        function: takes positional texts, or None for one, and always gives the same result for the same ones.
        results: how many are kept.

    >>> of_short_texts(str.upper)("a")
    'A'
    """
    kept = lru_cache(maxsize=results)(function)

    @wraps(function)
    def call(*texts: str | None) -> object:
        for text in texts:
            if text is not None and len(text) > MAX_CHARACTERS:
                return function(*texts)
        return kept(*texts)

    return cast("_Function", call)
