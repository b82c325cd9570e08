"""Text columns of a batch, each distinct value written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forensics.protocols import ip_address
from forensics.protocols.arrow_functions import column_of, encoded
from forensics.protocols.byte_columns import Flags, Ints, Loads


class Coded(NamedTuple):
    """Texts as indexes of the distinct ones, -1 where there is none."""

    codes: NDArray[np.int32]
    texts: pa.Array

    def at(self, index: Ints) -> pa.DictionaryArray:
        """A column of some of them, in this order."""
        return Coded(self.codes[index], self.texts).column()

    def column(self) -> pa.DictionaryArray:
        """A column of them all."""
        missing = self.codes < 0
        codes = pa.array(self.codes, mask=missing) if missing.any() else column_of(self.codes)
        return pa.DictionaryArray.from_arrays(codes, self.texts)


def coded(texts: pa.Array) -> Coded:
    """Texts, each distinct one written once."""
    found = encoded(texts)
    codes = found.indices.to_numpy(zero_copy_only=False)
    if texts.null_count:
        codes = np.nan_to_num(codes, nan=-1).astype(np.int32)
    return Coded(codes, found.dictionary)


def constant(text: str, count: int) -> pa.DictionaryArray:
    """A column of one value."""
    return pa.DictionaryArray.from_arrays(column_of(np.zeros(count, np.int32)), pa.array([text], pa.string()))


def named(numbers: Ints, name: Callable[[int], str]) -> pa.DictionaryArray:
    """A column of numbers as the text that `name` gives each; without one where they are below 0."""
    found = encoded(column_of(numbers))
    texts = [name(max(number, 0)) for number in found.dictionary.to_pylist()]
    codes = np.where(numbers < 0, -1, found.indices.to_numpy())
    return Coded(codes, pa.array(texts, pa.string())).column()


def chosen(numbers: Ints, texts: tuple[str, ...]) -> pa.DictionaryArray:
    """A column of indexes into a few texts."""
    return pa.DictionaryArray.from_arrays(column_of(numbers.astype(np.int32)), pa.array(texts, pa.string()))


def addresses(loads: Loads, at: Ints, six: Flags) -> Coded:
    """The addresses at these offsets, of IPv6 where `six`."""
    pieces = Pieces(len(at))
    for width, index in ((4, np.flatnonzero(~six)), (16, np.flatnonzero(six))):
        pieces.add(index, addresses_of(loads, at[index], width))
    return pieces.joined()


def addresses_of(loads: Loads, at: Ints, width: int) -> Coded:
    """Addresses of one width."""
    codes, first = distinct(loads, at, width)
    texts = [ip_address.text(loads.data[place : place + width]) for place in first.tolist()]
    return Coded(codes.astype(np.int32), pa.array(texts, pa.string()))


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

    def add(self, index: Ints, values: Coded) -> None:
        """The values of these rows; a row without one stays without."""
        if len(index):
            self._codes[index] = np.where(values.codes < 0, -1, values.codes + self._size)
            self._size += len(values.texts)
            self._texts.append(values.texts)

    def missing(self) -> Ints:
        """The rows that no piece has given yet."""
        return np.flatnonzero(self._codes < 0)

    def joined(self) -> Coded:
        """The column."""
        return Coded(self._codes, pa.concat_arrays(self._texts) if self._texts else pa.array([], pa.string()))
