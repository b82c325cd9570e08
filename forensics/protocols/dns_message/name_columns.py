"""Many domain names at once (RFC 1035 sections 3.1 and 4.1.4); the limits are those of `NameReader`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from forensics.protocols.arrow_functions import replaced
from forensics.protocols.byte_columns import Flags, Ints, Loads, distinct_numbers, run_indexes
from forensics.protocols.dns_message.names import MAX_NAME_BYTES, MAX_POINTERS, ROOT, label_text

_MAX_STEPS = MAX_NAME_BYTES // 2 + MAX_POINTERS + 2
_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[65:91] += 32
_PLAIN = np.zeros(256, bool)
_PLAIN[0x21:0x7F] = True
_PLAIN[[0x2E, 0x5C]] = False
_DOT = 0x2E


def skip_names(loads: Loads, base: Ints, at: Ints, end: Ints) -> tuple[Ints, Flags]:
    """Where the names at these offsets end, and which of them can be read; each in a message from `base` to `end`."""
    after, fits = np.empty_like(at), np.zeros(len(at), bool)
    # most owners are a pointer to the question's name, which was read before
    usual = (at + 2 <= end) & (loads.u16(np.minimum(at, end)) == 0xC00C) & (at > base + 12)
    after[usual], fits[usual] = at[usual] + 2, True
    others = np.flatnonzero(~usual)
    if len(others):
        names = Names(loads, base[others], at[others], end[others])
        after[others], fits[others] = names.after, names.fits
    return after, fits


class Names:
    """The names at given offsets: where each ends, which can be read, and their text."""

    def __init__(self, loads: Loads, base: Ints, at: Ints, end: Ints) -> None:
        self._loads = loads
        self._base, self._end = base, end
        self._cursor, self._floor = at.copy(), at.copy()
        count = len(at)
        self._size = np.ones(count, np.int64)
        self._pointers = np.zeros(count, np.int64)
        self.after = np.zeros(count, np.int64)
        """Where each name ends in its place, its pointers not followed."""
        self.fits = np.zeros(count, bool)
        self._labels: list[tuple[Ints, Ints, Ints]] = []
        self._walk()

    def texts(self) -> pa.Array:
        """The names, lower case without the trailing dot; null where one cannot be read."""
        names, begin, length = self._ordered_labels()
        first = np.ones(len(names), bool)
        first[1:] = names[1:] != names[:-1]
        # the length byte of a label becomes the dot before it; the first label has none
        begin, length = begin + first, length - first
        raw = self._loads.bytes[run_indexes(begin, length)]
        text = _LOWER[raw]
        starts = np.cumsum(length) - length
        dots = starts[~first]
        odd = ~_PLAIN[raw]
        text[dots], odd[dots] = _DOT, False
        sizes = np.bincount(names, weights=length, minlength=len(self.fits)).astype(np.int64)
        offsets = np.zeros(len(sizes) + 1, np.int32)
        np.cumsum(sizes, out=offsets[1:])
        plain = pa.StringArray.from_buffers(len(sizes), pa.py_buffer(offsets), pa.py_buffer(text))
        return self._replace_special(plain, np.searchsorted(offsets, np.flatnonzero(odd), "right") - 1, sizes)

    def _replace_special(self, plain: pa.Array, odd: Ints, sizes: Ints) -> pa.Array:
        """Names that are not their own text: the root, those with bytes to escape, those that cannot be read."""
        if not self.fits.all():
            return self._replace_special_of_mixed(plain, odd, sizes)
        special = distinct_numbers(np.concatenate([odd, np.flatnonzero(sizes == 0)]))
        if not len(special):
            return plain
        return _replaced(plain, special, [self._text(i) for i in special])

    def _replace_special_of_mixed(self, plain: pa.Array, odd: Ints, sizes: Ints) -> pa.Array:
        special = distinct_numbers(np.concatenate([odd, np.flatnonzero((sizes == 0) | ~self.fits)]))
        return _replaced(plain, special, [self._text(i) if self.fits[i] else None for i in special])

    def _text(self, index: int) -> str:
        labels = []
        for names, begin, length in self._labels:
            for place in np.flatnonzero(names == index).tolist():
                at, size = int(begin[place]), int(length[place])
                labels.append(self._loads.data[at + 1 : at + size])
        return ".".join(map(label_text, labels)) or ROOT

    def _ordered_labels(self) -> tuple[Ints, Ints, Ints]:
        if not self._labels:
            empty = np.zeros(0, np.int64)
            return empty, empty, empty
        names, begin, length = (np.concatenate(column) for column in zip(*self._labels, strict=True))
        order = np.argsort(names, kind="stable")
        return names[order], begin[order], length[order]

    def _walk(self) -> None:
        active = np.arange(len(self._cursor))
        for _ in range(_MAX_STEPS):
            if not len(active):
                return
            active = self._step(active[self._cursor[active] < self._end[active]])

    def _step(self, active: Ints) -> Ints:
        """Take one label, pointer or end of each name; give the names that go on."""
        at = self._cursor[active]
        kind = self._loads.u8(at)
        self._end_names(active[kind == 0], at[kind == 0] + 1)
        is_label, is_pointer = (kind > 0) & (kind < 0x40), kind >= 0xC0
        labels = self._take_labels(active[is_label], at[is_label], kind[is_label])
        if not is_pointer.any():
            return labels
        return np.concatenate([labels, self._follow(active[is_pointer], at[is_pointer])])

    def _end_names(self, names: Ints, after: Ints) -> None:
        self.fits[names] = True
        self.after[names] = np.where(self.after[names] > 0, self.after[names], after)

    def _take_labels(self, names: Ints, at: Ints, length: Ints) -> Ints:
        self._size[names] += length + 1
        fits = (self._size[names] <= MAX_NAME_BYTES) & (at + 1 + length <= self._end[names])
        names, at, length = names[fits], at[fits], length[fits] + 1
        self._labels.append((names, at, length))
        self._cursor[names] = at + length
        return names

    def _follow(self, names: Ints, at: Ints) -> Ints:
        fits = at + 1 < self._end[names]
        names, at = names[fits], at[fits]
        target = self._base[names] + (self._loads.u16(at) & 0x3FFF)
        self._pointers[names] += 1
        fits = (target < self._floor[names]) & (self._pointers[names] <= MAX_POINTERS)
        names, at, target = names[fits], at[fits], target[fits]
        self.after[names] = np.where(self.after[names] > 0, self.after[names], at + 2)
        self._cursor[names] = self._floor[names] = target
        return names


def _replaced(plain: pa.Array, special: Sequence[int], texts: Sequence[str | None]) -> pa.Array:
    mask = np.zeros(len(plain), bool)
    mask[special] = True
    return replaced(plain, mask, pa.array(texts, pa.string()))
