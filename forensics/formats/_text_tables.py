"""Texts that a kernel has numbered, read once each: what the rows of a block say, as numbers of distinct values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from forensics.formats._byte_blocks import Ints
from forensics.formats._text_kernel import (
    COLUMNS,
    COUNT,
    FILLED,
    FIRST_BYTES,
    FIRST_WORDS,
    PLACE,
    SIZE,
    SLOTS,
    STATES,
    TURN,
    USED,
    Tables,
)

LEAST_SLOTS = 1 << 12
LEAST_TEXTS = 1 << 16
"""Room for so many texts of each field (and words of long ones), and for those of one block."""

Reader = Callable[[str], Any]
Canonical = Callable[[np.ndarray, np.ndarray, int, np.ndarray], None]
"""Finds texts that the reader would give as they are."""


class TextTables:
    """The distinct texts of some fields, and what the reader of each makes of them; None is a text that is refused.

    Memory is bounded by the largest block: what is known is forgotten before a block for which there might be no room.
    """

    def __init__(self, readers: Sequence[Reader], canonical: Mapping[int, Canonical]) -> None:
        self._readers, self._canonical = readers, canonical
        self._empty(LEAST_TEXTS, LEAST_TEXTS)

    def begin(self, rows: int, size: int) -> Tables:
        """The tables for the next block, of at most so many rows with texts of so many bytes in all."""
        words, state = size // 8 + rows, self.tables.state
        texts_room, words_room = self.tables.texts.shape[1], self.tables.more.shape[1]
        if (state[:, COUNT] + rows > texts_room).any() or (state[:, FILLED] + words > words_room).any():
            self._empty(max(LEAST_TEXTS, 2 * rows), max(LEAST_TEXTS, 2 * words))
        self.tables.state[:, USED] = 0
        self.tables.state[:, TURN] += 1
        return self.tables

    def mapped(self, codes: Sequence[Ints]) -> list[tuple[Ints, list[Any]]]:
        """Per field the number of a distinct value for each row of the block, of the `codes` that the kernel wrote."""
        return [known.mapped(self.tables, field, codes[field]) for field, known in enumerate(self._known)]

    def _empty(self, texts: int, words: int) -> None:
        fields, slots = len(self._readers), 1 << (2 * max(texts, LEAST_SLOTS)).bit_length()
        self.tables = Tables(
            np.zeros((fields, slots), np.int32), np.empty((fields, texts, COLUMNS), np.uint64),
            np.empty((fields, words), np.uint64), np.empty((fields, texts), np.int32),
            np.zeros((fields, STATES), np.int64),
        )  # fmt: skip
        self.tables.state[:, SLOTS] = LEAST_SLOTS
        self._known = [_Known(read, self._canonical.get(field), texts) for field, read in enumerate(self._readers)]


class _Known:
    """What is known of the texts of one field."""

    def __init__(self, read: Reader, canonical: Canonical | None, room: int) -> None:
        self._read, self._canonical = read, canonical
        self._count = 0
        self._number_of = np.empty(room, np.int32)
        """For each text the number of its value."""
        self._numbers: dict[Any, int] = {}
        self._values: list[Any] = []

    def mapped(self, tables: Tables, field: int, codes: Ints) -> tuple[Ints, list[Any]]:
        self._take_in(tables, field)
        numbers = self._number_of[tables.used[field, : tables.state[field, USED]]]
        distinct, inverse = np.unique(numbers, return_inverse=True)
        if len(distinct) < len(numbers):
            return inverse[codes], [self._values[number] for number in distinct.tolist()]
        return codes, [self._values[number] for number in numbers.tolist()]

    def _take_in(self, tables: Tables, field: int) -> None:
        """Read the texts that are new."""
        first, count = self._count, int(tables.state[field, COUNT])
        if first == count:
            return
        as_it_is = np.zeros(count - first, np.bool_)
        if self._canonical:
            self._canonical(tables.texts[field], tables.more[field], first, as_it_is)
        numbers, values = [], self._numbers
        for text, is_canonical in zip(_texts(tables, field, first, count), as_it_is.tolist(), strict=True):
            numbers.append(values.setdefault(text if is_canonical else self._read(text), len(values)))
        self._values = list(values)
        self._number_of[first:count] = numbers
        self._count = count


def _texts(tables: Tables, field: int, first: int, count: int) -> Iterator[str]:
    """The texts of a field with these numbers."""
    new = tables.texts[field, first:count]
    beginnings = new[:, :FIRST_WORDS].tobytes().decode("ascii")
    sizes, places = new[:, SIZE].tolist(), new[:, PLACE].tolist()
    for at, size, place in zip(range(0, len(beginnings), FIRST_BYTES), sizes, places, strict=True):
        text = beginnings[at : at + min(size, FIRST_BYTES)]
        if size > FIRST_BYTES:
            text += tables.more[field, place : place + size // 8].tobytes()[: size - FIRST_BYTES].decode("ascii")
        yield text
