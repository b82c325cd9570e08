"""What is found canonical by compiled code is canonical, and what is plain is found."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics.protocols import address_text, dns_names

pytest.importorskip("numba", reason="the extra `fast` is not installed")


def found_by(function, text):
    """What the function says of a text that stands in the second place of a table."""
    words = np.frombuffer(text.encode().ljust(max(32, -(-len(text) // 8) * 8), b"\0"), np.uint64)
    texts, more, found = np.zeros((2, 8), np.uint64), np.append(np.uint64(7), words[4:]), np.ones(1, np.bool_)
    texts[1, :4], texts[1, 4:6] = words[:4], (len(text), 1)
    function(texts, more, 1, found)
    return bool(found[0])


@settings(max_examples=500, deadline=None)
@given(
    st.text("ab9A.-_:@?*/=+ \\#", max_size=70) | st.from_regex(r"([a-z0-9_-]{1,64}\.){0,5}[a-z]{0,64}", fullmatch=True)
)
@example("a" * 63 + "." + "b" * 63)
@example("a" * 64)
@example(".".join(["a" * 63] * 4))
@example(".".join(["a" * 63] * 3 + ["a" * 62]))
def test_names(text):
    from forensics.formats._text_kernel import canonical_names

    try:
        is_itself = dns_names.canonical(text) == text
    except dns_names.DnsNameError:
        is_itself = False
    assert found_by(canonical_names, text) == (is_itself and not set(text) & set(" \\#") and text != ".")


@settings(max_examples=500, deadline=None)
@given(
    st.text("0123459.a:", max_size=17) | st.lists(st.integers(0, 300), max_size=5).map(lambda n: ".".join(map(str, n)))
)
@example("0.0.0.0")
@example("255.255.255.255")
@example("01.2.3.4")
@example("1.2.3.4.")
def test_addresses(text):
    from forensics.formats._text_kernel import canonical_ipv4

    assert found_by(canonical_ipv4, text) == (":" not in text and address_text.canonical(text) == text)
