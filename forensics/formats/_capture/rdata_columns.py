"""Record data of many records at once, as `dns_message.rdata.to_text` gives it of one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from forensics.formats._capture.text_columns import Coded, Pieces, addresses_of, coded
from forensics.protocols.arrow_functions import cast, column_of, joined
from forensics.protocols.byte_columns import Ints, Loads, run_indexes
from forensics.protocols.dns_message import rdata
from forensics.protocols.dns_message.columns import Messages, names
from forensics.protocols.dns_message.name_columns import skip_names
from forensics.protocols.dns_message.names import ROOT, NameReader

_A, _AAAA, _MX, _TXT = 1, 28, 15, (16, 99)
_NAMES = (2, 5, 12, 39)
_INTERNET = 1


def rdata_texts(loads: Loads, messages: Messages) -> Coded:
    """The data of all records in presentation form."""
    records = messages.records
    pieces = Pieces(len(records.message))
    internet = records.rclass == _INTERNET
    for rtype, width in ((_A, 4), (_AAAA, 16)):
        index = np.flatnonzero(internet & (records.rtype == rtype) & (records.length == width))
        pieces.add(index, addresses_of(loads, records.rdata[index], width))
    index = np.flatnonzero(internet & np.isin(records.rtype, _NAMES))
    pieces.add(*_name_texts(loads, messages, index, 0))
    index = np.flatnonzero(internet & (records.rtype == _MX) & (records.length >= 3))
    index, exchanges = _name_texts(loads, messages, index, 2)
    preference = cast(column_of(loads.u16(records.rdata[index])), pa.string())
    pieces.add(index, coded(joined(preference, cast(exchanges.column(), pa.string()), " ")))
    index = np.flatnonzero(internet & np.isin(records.rtype, _TXT) & (records.length >= 2))
    index, texts = _string_texts(loads, records.rdata[index], records.length[index], index)
    pieces.add(index, coded(texts))
    index = pieces.missing()
    pieces.add(index, coded(pa.array(single_texts(loads, messages, index), pa.string())))
    return pieces.joined()


def _name_texts(loads: Loads, messages: Messages, index: Ints, skip: int) -> tuple[Ints, Coded]:
    """Names that fill the data from byte `skip` on, absolute; those that do not are left out."""
    records = messages.records
    of, at = records.message[index], records.rdata[index] + skip
    after, fits = skip_names(loads, messages.begin[of], at, messages.end[of])
    good = np.flatnonzero(fits & (after == records.rdata[index] + records.length[index]))
    found = coded(names(loads, messages.begin[of[good]], at[good], messages.end[of[good]]))
    absolute = [text if text == ROOT else f"{text}." for text in found.texts.to_pylist()]
    return index[good], Coded(found.codes, pa.array(absolute, pa.string()))


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


def single_texts(loads: Loads, messages: Messages, index: Ints) -> list[str]:
    """The data of some records, of rarer types, record by record."""
    records, texts = messages.records, list[str]()
    last, reader = -1, NameReader(b"")
    for place in index.tolist():
        message = int(records.message[place])
        begin = int(messages.begin[message])
        if message != last:
            last, reader = message, NameReader(loads.data[begin : int(messages.end[message])])
        start, length = int(records.rdata[place]) - begin, int(records.length[place])
        texts.append(rdata.to_text(reader, int(records.rtype[place]), int(records.rclass[place]), start, length))
    return texts
