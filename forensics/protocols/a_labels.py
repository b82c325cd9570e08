"""Domain names with U-labels made into the A-labels that the DNS holds (RFC 5890 section 2.3, RFC 8616)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_MAX_TEXT = 255
# RFC 3490 section 3.1: what users type for the dot.
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": "."})


@lru_cache(maxsize=4096)
def to_a_labels(domain: str) -> str:
    """Give the domain in lower case, without trailing dot, its U-labels as A-labels; ASCII labels are not judged.

    Text longer than any domain name is given back as it is.

    >>> to_a_labels("Bücher.Example."), to_a_labels("_spf.mail.example")
    ('xn--bcher-kva.example', '_spf.mail.example')
    """
    if len(domain) > _MAX_TEXT:
        return domain
    return ".".join(map(_a_label, domain.translate(_DOTS).removesuffix(".").split(".")))


def _a_label(label: str) -> str:
    lowered = unicodedata.normalize("NFKC", label.lower())
    if lowered.isascii():
        return lowered
    return "xn--" + lowered.encode("punycode").decode("ascii")
