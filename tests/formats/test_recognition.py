"""Which format a piece is of."""

from __future__ import annotations

import pytest

from forensics import formats
from forensics.formats import _SIGNATURES
from tests.test_house import sample


@pytest.mark.parametrize("name", sorted(set(_SIGNATURES.values())))
def test_a_binary_format_is_known_by_its_first_bytes_alone(name: str) -> None:
    head = sample(name)
    assert (formats.recognise(head, "piece").NAME, _SIGNATURES[head[:4]]) == (name, name)
    for place in range(4):
        damaged = bytearray(head)
        damaged[place] ^= 0x10
        assert bytes(damaged[:4]) in _SIGNATURES or not formats.by_name(name).detect(bytes(damaged), "piece.msg")
