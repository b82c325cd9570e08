"""Text columns of a batch, each distinct value written once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from forensics.protocols import ip_address
from forensics.protocols.byte_columns import Flags, Ints, Loads


def constant(text: str, count: int) -> pa.DictionaryArray:
    """A column of one value."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([text], pa.string()))


def encoded(texts: pa.Array) -> pa.DictionaryArray:
    """A column of text, dictionary-encoded."""
    return texts.dictionary_encode()


def named(numbers: Ints, name: Callable[[int], str]) -> pa.DictionaryArray:
    """A column of numbers as the text that `name` gives each."""
    found = pa.array(numbers).dictionary_encode()
    texts = [name(number) for number in found.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(found.indices, pa.array(texts, pa.string()))


def chosen(numbers: Ints, texts: tuple[str, ...]) -> pa.DictionaryArray:
    """A column of indexes into a few texts."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(texts, pa.string()))


def addresses(loads: Loads, at: Ints, six: Flags) -> pa.DictionaryArray:
    """A column of the addresses at these offsets, of IPv6 where `six`."""
    four = np.flatnonzero(~six)
    codes = np.empty(len(at), np.int32)
    packed, texts = distinct(loads, at[four], 4)
    codes[four] = packed
    long = np.flatnonzero(six)
    if len(long):
        packed, more = distinct(loads, at[long], 16)
        codes[long] = packed + len(texts)
        texts = texts + more
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(texts, pa.string()))


def distinct(loads: Loads, at: Ints, width: int) -> tuple[Ints, list[str]]:
    """The addresses of one width as indexes into their distinct texts."""
    rows = np.ascontiguousarray(loads.rows(at, width))
    packed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(at), [None, pa.py_buffer(rows)])
    found = packed.dictionary_encode()
    return found.indices.to_numpy(), [ip_address.text(value) for value in found.dictionary.to_pylist()]
