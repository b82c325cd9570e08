"""Record data of many records at once, as `dns_message.rdata.to_text` gives it of one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from forensics.formats._capture.decoding import Decoding
from forensics.formats._capture.text_columns import Pieces, addresses_of
from forensics.protocols.arrow_functions import cast, column_of, encoded, joined
from forensics.protocols.byte_columns import Ints, Loads, run_indexes
from forensics.protocols.dns_message import rdata
from forensics.protocols.dns_message.columns import Messages
from forensics.protocols.dns_message.names import ROOT, NameReader

_A, _AAAA, _MX, _TXT = 1, 28, 15, (16, 99)
_NAMES = (2, 5, 12, 39)
_INTERNET = 1


def rdata_texts(loads: Loads, messages: Messages, decoding: Decoding) -> pa.DictionaryArray:
    """The data of all records in presentation form."""
    records = messages.records
    pieces = Pieces(len(records.message))
    internet = records.rclass == _INTERNET
    for rtype, width in ((_A, 4), (_AAAA, 16)):
        index = np.flatnonzero(internet & (records.rtype == rtype) & (records.length == width))
        pieces.add(index, addresses_of(loads, records.rdata[index], width, decoding.distinct))
    index = np.flatnonzero(internet & np.isin(records.rtype, _NAMES))
    pieces.add(*_name_texts(loads, messages, index, 0, decoding))
    index = np.flatnonzero(internet & (records.rtype == _MX) & (records.length >= 3))
    index, exchanges = _name_texts(loads, messages, index, 2, decoding)
    preference = cast(column_of(loads.u16(records.rdata[index])), pa.string())
    texts = joined(preference, cast(exchanges, pa.string()), " ")
    pieces.add(index, encoded(texts))
    index = np.flatnonzero(internet & np.isin(records.rtype, _TXT) & (records.length >= 2))
    index, texts = _string_texts(loads, records.rdata[index], records.length[index], index)
    pieces.add(index, encoded(texts))
    index = pieces.missing()
    pieces.add(index, encoded(_single_texts(loads, messages, index)))
    return pieces.joined()


def _name_texts(
    loads: Loads, messages: Messages, index: Ints, skip: int, decoding: Decoding
) -> tuple[Ints, pa.DictionaryArray]:  # fmt: skip
    """Names that fill the data from byte `skip` on, absolute; those that do not are left out."""
    records = messages.records
    of, at = records.message[index], records.rdata[index] + skip
    after, fits = decoding.skip_names(loads, messages.begin[of], at, messages.end[of])
    good = np.flatnonzero(fits & (after == records.rdata[index] + records.length[index]))
    names = decoding.names(loads, messages.begin[of[good]], at[good], messages.end[of[good]])
    absolute = [text if text == ROOT else f"{text}." for text in names.dictionary.to_pylist()]
    return index[good], pa.DictionaryArray.from_arrays(names.indices, pa.array(absolute, pa.string()))


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
