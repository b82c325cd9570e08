"""Domains that look like other domains: letters of other scripts, digits for letters (Unicode TS 39, in small)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from forensics.protocols.remembered import of_short_texts

_MAX_NAME = 255
# Letters that most typefaces draw alike: Cyrillic, Greek, Armenian, and the digits.
_ALIKE = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y", "і": "i", "ј": "j", "ѕ": "s", "һ": "h",
        "ԁ": "d", "ԛ": "q", "ԝ": "w", "ӏ": "l", "к": "k", "т": "t", "м": "m", "в": "b", "н": "h", "г": "r", "п": "n",
        "α": "a", "ο": "o", "ν": "v", "ρ": "p", "τ": "t", "ι": "i", "κ": "k", "υ": "u", "ε": "e", "η": "n", "ω": "w",
        "օ": "o", "ս": "u", "ո": "n", "հ": "h", "ց": "g", "ı": "i", "ɑ": "a", "ɡ": "g", "ł": "l", "ø": "o", "đ": "d",
        "0": "o", "1": "l", "5": "s", "3": "e",
    }
)  # fmt: skip
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


@lru_cache(maxsize=4096)
def to_unicode(domain: str) -> str:
    """The domain with its A-labels as programs show them; a label that is no A-label stays as it is.

    >>> to_unicode("xn--bcher-kva.example")
    'bücher.example'
    """
    return ".".join(map(_label, domain[:_MAX_NAME].split(".")))


def _label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError, ValueError):
        return label


@of_short_texts
def is_mixed(domain: str) -> bool:
    """Whether a label holds letters of several scripts.

    >>> is_mixed("northwind.example"), is_mixed("n\u043erthwind.example"), is_mixed("\u043f\u043e\u0447\u0442.example")
    (False, True, False)
    """
    return any(len({_script(letter) for letter in label if letter.isalpha()}) > 1 for label in domain.split("."))


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]


def looks_like(domain: str, other: str) -> bool:
    """Whether two different domains are drawn alike.

    >>> looks_like("n0rthwind.example", "northwind.example"), looks_like("northwind.example", "northwind.example")
    (True, False)
    """
    return domain != other and skeleton(domain) == skeleton(other)


@lru_cache(maxsize=4096)
def skeleton(domain: str) -> str:
    """What is left of a domain once all that is drawn alike is the same letter.

    >>> skeleton("rnicr0soft.example")
    'microsoft.example'
    """
    plain = unicodedata.normalize("NFKD", to_unicode(domain).lower()).translate(_ALIKE)
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for pair, one in _PAIRS:
        letters = letters.replace(pair, one)
    return letters
