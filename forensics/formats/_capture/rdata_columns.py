"""Record data of many records at once, as `dns_message.rdata.to_text` gives it of one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forensics.formats._capture import text_columns
from forensics.protocols.byte_columns import Ints, Loads, run_indexes
from forensics.protocols.dns_message import rdata
from forensics.protocols.dns_message.columns import Messages
from forensics.protocols.dns_message.name_columns import Names
from forensics.protocols.dns_message.names import ROOT, NameReader

_A, _AAAA, _MX, _TXT = 1, 28, 15, (16, 99)
_NAMES = (2, 5, 12, 39)
_INTERNET = 1


def rdata_texts(loads: Loads, messages: Messages) -> pa.Array:
    """The data of all records in presentation form."""
    records = messages.records
    pieces = _Pieces(len(records.message))
    internet = records.rclass == _INTERNET
    for rtype, width in ((_A, 4), (_AAAA, 16)):
        index = np.flatnonzero(internet & (records.rtype == rtype) & (records.length == width))
        pieces.add(index, _address_texts(loads, records.rdata[index], width))
    index = np.flatnonzero(internet & np.isin(records.rtype, _NAMES))
    pieces.add(*_name_texts(loads, messages, index, 0))
    index = np.flatnonzero(internet & (records.rtype == _MX) & (records.length >= 3))
    index, exchanges = _name_texts(loads, messages, index, 2)
    preference = pc.cast(pa.array(loads.u16(records.rdata[index])), pa.string())
    pieces.add(index, pc.binary_join_element_wise(preference, exchanges, " "))
    index = np.flatnonzero(internet & np.isin(records.rtype, _TXT) & (records.length >= 2))
    pieces.add(*_string_texts(loads, records.rdata[index], records.length[index], index))
    index = pieces.missing()
    pieces.add(index, _single_texts(loads, messages, index))
    return pieces.joined()


class _Pieces:
    """Texts of some of the records at a time."""

    def __init__(self, count: int) -> None:
        self._place = np.full(count, -1, np.int64)
        self._arrays: list[pa.Array] = []
        self._size = 0

    def add(self, index: Ints, texts: pa.Array) -> None:
        self._place[index] = self._size + np.arange(len(index))
        self._size += len(index)
        self._arrays.append(texts)

    def missing(self) -> Ints:
        return np.flatnonzero(self._place < 0)

    def joined(self) -> pa.Array:
        return pa.concat_arrays(self._arrays).take(pa.array(self._place))


def _address_texts(loads: Loads, at: Ints, width: int) -> pa.Array:
    codes, texts = text_columns.distinct(loads, at, width)
    return pa.array(texts, pa.string()).take(pa.array(codes))


def _name_texts(loads: Loads, messages: Messages, index: Ints, skip: int) -> tuple[Ints, pa.Array]:
    """Names that fill the data from byte `skip` on, absolute; those that do not are left out."""
    records = messages.records
    of, at = records.message[index], records.rdata[index] + skip
    names = Names(loads, messages.begin[of], at, messages.end[of])
    good = np.flatnonzero(names.fits & (names.after == records.rdata[index] + records.length[index]))
    texts = names.texts().take(pa.array(good)).dictionary_encode()
    absolute = [text if text == ROOT else f"{text}." for text in texts.dictionary.to_pylist()]
    return index[good], pa.array(absolute, pa.string()).take(texts.indices)


def _string_texts(loads: Loads, at: Ints, length: Ints, index: Ints) -> tuple[Ints, pa.Array]:
    """Data of one character-string of printable characters without a backslash; other data is left out."""
    single = np.flatnonzero(loads.u8(at) == length - 1)
    at, length = at[single] + 1, length[single] - 1
    raw = loads.bytes[run_indexes(at, length)]
    offsets = np.zeros(len(single) + 1, np.int32)
    np.cumsum(length, out=offsets[1:])
    odd = np.flatnonzero((raw < 0x20) | (raw > 0x7E) | (raw == 0x5C))
    plain = np.ones(len(single), bool)
    plain[np.searchsorted(offsets, odd, "right") - 1] = False
    if not plain.all():
        kept = np.flatnonzero(plain)
        return _string_texts(loads, at[kept] - 1, length[kept] + 1, index[single[kept]])
    return index[single], pa.StringArray.from_buffers(len(single), pa.py_buffer(offsets), pa.py_buffer(raw))


def _single_texts(loads: Loads, messages: Messages, index: Ints) -> pa.Array:
    """Data of the rarer types, record by record."""
    records, texts = messages.records, []
    last, reader = -1, NameReader(b"")
    for place in index.tolist():
        message = int(records.message[place])
        begin = int(messages.begin[message])
        if message != last:
            last, reader = message, NameReader(loads.data[begin : int(messages.end[message])])
        start, length = int(records.rdata[place]) - begin, int(records.length[place])
        texts.append(rdata.to_text(reader, int(records.rtype[place]), int(records.rclass[place]), start, length))
    return pa.array(texts, pa.string())
