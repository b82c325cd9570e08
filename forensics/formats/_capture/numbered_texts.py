"""The texts of many messages, each distinct one read once; what was met stays known from block to block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forensics.formats._capture import text_kernel as kernel
from forensics.formats._capture.rdata_columns import single_texts
from forensics.formats._capture.text_columns import Coded
from forensics.protocols import ip_address
from forensics.protocols.byte_columns import Flags, Ints, Loads
from forensics.protocols.dns_message.columns import Messages
from forensics.protocols.dns_message.names import ROOT, label_text

MAX_TEXTS = 1 << 16
"""Once so many are known, the next block begins anew."""
MANY_TEXTS, RARE = 1 << 14, 3
"""So many that come less often than this, on average, are not kept for the next block: it will know few of them."""
_LEAST_WORDS, _LEAST_KEYS = 1 << 16, 1 << 14

Codes = NDArray[np.int32]
Words = NDArray[np.uint64]
Step = Callable[[Codes, int, "Keys"], tuple[int, int]]
"""Numbers values from one on, as long as there is room: how many are done, and how many keys there are."""


class Keys:
    """Distinct keys, with numbers in the order in which they were first met; see `text_kernel`."""

    def __init__(self) -> None:
        self.count = 0
        self.written: Words = np.empty(kernel.AT_ONCE * kernel.KEY_WORDS, np.uint64)
        self.loose: Words = np.ndarray((8 * len(self.written) - 7,), np.uint64, self.written, strides=(1,))
        self.state: Ints = np.empty((3, kernel.AT_ONCE), np.int64)
        self._room(np.empty(_LEAST_WORDS, np.uint64), np.zeros(_LEAST_KEYS + 1, np.int64))

    def number(self, count: int, step: Step) -> Codes:
        """The numbers of so many values, -1 for one without a key."""
        codes, done = np.empty(count, np.int32), 0
        while done < count:
            done, self.count = step(codes, done, self)
            if done < count:
                words, first = np.empty(2 * len(self.words), np.uint64), np.zeros(2 * len(self.first), np.int64)
                words[: len(self.words)], first[: len(self.first)] = self.words, self.first
                self._room(words, first)
        return codes

    @property
    def room(self) -> tuple[Words, Ints, Codes, int]:
        """What every step is given."""
        return self.words, self.first, self.slots, self.count

    def since(self, count: int) -> tuple[bytes, Ints]:
        """The bytes of the keys from this number on, and where each begins in them."""
        first = self.first[count : self.count + 1]
        return self.words[first[0] : first[-1]].tobytes(), (first[:-1] - first[0]) * 8

    def _room(self, words: Words, first: Ints) -> None:
        self.words, self.first = words, first
        self.slots: Codes = np.full(1 << (len(first) - 1).bit_length(), -1, np.int32)
        kernel.find_again(words, first, self.count, self.slots)


def distinct(loads: Loads, at: Ints, width: int) -> tuple[Ints, Ints]:
    """As `text_columns.distinct`; runs of which many collide may count twice."""
    keys = Keys()
    codes = keys.number(len(at), _runs(loads, at, np.full(len(at), width))).astype(np.int64)
    first = np.empty(keys.count, np.int64)
    first[codes] = at
    return codes, first


def _runs(loads: Loads, at: Ints, sizes: Ints) -> Step:
    """Numbers the runs of these bytes."""

    def step(codes: Codes, done: int, keys: Keys) -> tuple[int, int]:
        return kernel.run_codes(loads.words, at, sizes, codes, done, keys.written, *keys.room)

    return step


class _Known:
    """Keys and what they stand for."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._keys = Keys()
        self._values = 0
        self._texts = pa.array([], pa.string())

    def _number(self, count: int, step: Step) -> tuple[Codes, int]:
        """The numbers of so many values, and how many keys were known before."""
        known = self._keys.count
        if known > MAX_TEXTS or (known > MANY_TEXTS and self._values < RARE * known):
            self._begin()
            known = 0
        self._values += count
        return self._keys.number(count, step), known

    def _coded(self, count: int, step: Step, read: Callable[[bytes, Ints], pa.Array]) -> Coded:
        """The texts of so many values; `read` gives those of keys that are new."""
        codes, known = self._number(count, step)
        if self._keys.count > known:
            self._texts = pa.concat_arrays([self._texts, read(*self._keys.since(known))])
        return Coded(codes, self._texts)


class Names(_Known):
    """Domain names."""

    def of(self, loads: Loads, base: Ints, at: Ints, end: Ints) -> Coded:
        """As `dns_message.columns.names`."""

        def step(codes: Codes, done: int, keys: Keys) -> tuple[int, int]:
            given = loads.bytes, loads.words, base, at, end, codes, done
            return kernel.name_codes(*given, keys.written, keys.loose, keys.state, *keys.room)

        return self._coded(len(at), step, _name_texts)


class Addresses(_Known):
    """Addresses of IPv4 and IPv6."""

    def of(self, loads: Loads, at: Ints, six: Flags) -> Coded:
        """As `text_columns.addresses`."""

        return self._coded(len(at), _runs(loads, at, np.where(six, 16, 4)), _address_texts)


class RecordData(_Known):
    """The data of records, of which that of rarer types has no keys."""

    def _begin(self) -> None:
        super()._begin()
        self._known: dict[str, int] = {}
        self._codes: Codes = np.full(1, -1, np.int32)
        """The code of each key, behind that of none."""

    def of(self, loads: Loads, messages: Messages) -> Coded:
        """As `rdata_columns.rdata_texts`."""
        records = np.stack(messages.records)

        def step(codes: Codes, done: int, keys: Keys) -> tuple[int, int]:
            given = loads.bytes, loads.words, messages.begin, messages.end, records, codes, done
            return kernel.rdata_codes(*given, keys.written, keys.loose, keys.state, *keys.room)

        numbers, known = self._number(records.shape[1], step)
        texts = len(self._known)
        if self._keys.count > known:
            self._codes = np.append(self._codes, self._numbered(_rdata_texts(*self._keys.since(known))))
        codes, others = self._codes[numbers + 1], np.flatnonzero(numbers < 0)
        codes[others] = self._numbered(single_texts(loads, messages, others))
        if len(self._known) > texts:
            self._texts = pa.array(list(self._known), pa.string())
        return Coded(codes, self._texts)

    def _numbered(self, texts: Iterable[str]) -> Codes:
        known = self._known
        return np.array([known.setdefault(text, len(known)) for text in texts], np.int32)


def _name_texts(content: bytes, at: Ints) -> pa.Array:
    octets, offsets = np.frombuffer(content, np.uint8), np.empty(len(at) + 1, np.int32)
    text = np.empty(len(octets), np.uint8)
    kernel.name_texts(octets, at, text, offsets)
    found = pa.StringArray.from_buffers(len(at), pa.py_buffer(offsets), pa.py_buffer(text))
    special = np.flatnonzero(offsets[1:] == offsets[:-1])
    if not len(special):
        return found
    texts = found.to_pylist()
    for index in special.tolist():
        texts[index] = _special_text(content, int(at[index]))
    return pa.array(texts, pa.string())


def _special_text(content: bytes, at: int) -> str:
    """The text of a name that is not its own: the root, or one with bytes to escape."""
    labels = []
    while size := content[at]:
        labels.append(label_text(content[at + 1 : at + 1 + size]))
        at += 1 + size
    return ".".join(labels) or ROOT


def _address_texts(content: bytes, at: Ints) -> pa.Array:
    sizes = np.diff(at, append=len(content)).tolist()
    texts = [
        ip_address.text(content[place : place + (4 if size == 8 else 16)])
        for place, size in zip(at.tolist(), sizes, strict=True)
    ]
    return pa.array(texts, pa.string())


def _rdata_texts(content: bytes, at: Ints) -> Iterator[str]:
    tags = np.frombuffer(content, "<u8")[at >> 3].astype(np.int64)
    named = np.flatnonzero(np.isin(tags & 0xFFFF, (kernel.NAME, kernel.MX)))
    names = iter(_name_texts(content, at[named] + 8).to_pylist())
    for tag, place in zip(tags.tolist(), (at + 8).tolist(), strict=True):
        kind, preference = tag & 0xFFFF, tag >> 16
        if kind == kernel.A:
            yield ip_address.text(content[place : place + 4])
        elif kind == kernel.AAAA:
            yield ip_address.text(content[place : place + 16])
        elif kind == kernel.TXT:
            yield content[place + 1 : place + 1 + content[place]].decode("ascii")
        else:
            name = next(names)
            absolute = name if name == ROOT else f"{name}."
            yield f"{preference} {absolute}" if kind == kernel.MX else absolute
