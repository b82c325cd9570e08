"""Text columns of a batch, each distinct value written once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from forensics.protocols import ip_address
from forensics.protocols.arrow_functions import column_of, encoded
from forensics.protocols.byte_columns import Flags, Ints, Loads

Distinct = Callable[[Loads, Ints, int], tuple[Ints, Ints]]


def constant(text: str, count: int) -> pa.DictionaryArray:
    """A column of one value."""
    return pa.DictionaryArray.from_arrays(column_of(np.zeros(count, np.int32)), pa.array([text], pa.string()))


def named(numbers: Ints, name: Callable[[int], str]) -> pa.DictionaryArray:
    """A column of numbers as the text that `name` gives each."""
    found = encoded(column_of(numbers))
    texts = [name(number) for number in found.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(found.indices, pa.array(texts, pa.string()))


def chosen(numbers: Ints, texts: tuple[str, ...]) -> pa.DictionaryArray:
    """A column of indexes into a few texts."""
    return pa.DictionaryArray.from_arrays(column_of(numbers.astype(np.int32)), pa.array(texts, pa.string()))


def addresses(loads: Loads, at: Ints, six: Flags, distinct: Distinct) -> pa.DictionaryArray:
    """A column of the addresses at these offsets, of IPv6 where `six`."""
    pieces = Pieces(len(at))
    for width, index in ((4, np.flatnonzero(~six)), (16, np.flatnonzero(six))):
        pieces.add(index, addresses_of(loads, at[index], width, distinct))
    return pieces.joined()


def addresses_of(loads: Loads, at: Ints, width: int, distinct: Distinct) -> pa.DictionaryArray:
    """A column of addresses of one width."""
    codes, first = distinct(loads, at, width)
    texts = [ip_address.text(loads.data[place : place + width]) for place in first.tolist()]
    return pa.DictionaryArray.from_arrays(column_of(codes.astype(np.int32)), pa.array(texts, pa.string()))


def distinct(loads: Loads, at: Ints, width: int) -> tuple[Ints, Ints]:
    """Runs of `width` bytes as indexes of the distinct ones, and where each of these lies."""
    rows = np.ascontiguousarray(loads.rows(at, width))
    packed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(at), [None, pa.py_buffer(rows)])
    codes: Ints = encoded(packed).indices.to_numpy()
    first = np.empty(int(codes.max(initial=-1)) + 1, np.int64)
    first[codes] = at
    return codes, first


class Pieces:
    """A column that is put together from pieces, each the values of some of its rows."""

    def __init__(self, count: int) -> None:
        self._codes = np.full(count, -1, np.int32)
        self._texts: list[pa.Array] = []
        self._size = 0

    def add(self, index: Ints, values: pa.DictionaryArray) -> None:
        """The values of these rows."""
        if len(index):
            self._codes[index] = values.indices.to_numpy() + self._size
            self._size += len(values.dictionary)
            self._texts.append(values.dictionary)

    def missing(self) -> Ints:
        """The rows that no piece has given yet."""
        return np.flatnonzero(self._codes < 0)

    def joined(self) -> pa.DictionaryArray:
        """The column."""
        texts = pa.concat_arrays(self._texts) if self._texts else pa.array([], pa.string())
        return pa.DictionaryArray.from_arrays(column_of(self._codes), texts)
