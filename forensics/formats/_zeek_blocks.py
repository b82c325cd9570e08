"""Logs of Zeek in TSV by the block: lines of the frequent shape as columns, every other line one by one.

Times, ports and counts are read in columns; every other field is read by `Entry`, once per distinct text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from forensics.formats import _byte_blocks, _column_blocks, _zeek_rows
from forensics.formats._byte_blocks import Bits, Cuts, Ints
from forensics.formats._column_blocks import BlockRows
from forensics.formats._zeek_entries import SECOND_NS, Entry, Header
from forensics.formats.source import LINE_BYTES, Block
from forensics.model.batch import ColumnBatch
from forensics.schema import Connection, DnsQuery, DnsRecord, DnsResponse

_TAB, _LF, _POINT = 9, 10, 46
_HEADERS = re.compile(rb"^(?:#[^\n]*(?:\n|\Z))+", re.MULTILINE)
_DNS_WORDS = ("proto", "qclass", "qclass_name", "qtype", "qtype_name", "rcode", "rcode_name", "AA", "TC", "RD")
_CONN_WORDS = ("proto", "service", "conn_state", "history")
_PORTS = {"id.orig_p": 5, "id.resp_p": 5}
_COUNT_DIGITS = 15
_EXACT_BELOW = 9_000_000_000
"""Seconds whose millionths are whole numbers that a real number holds exactly."""
_MAX_DURATION_S = 1e8
_DAY_S = 86_400

Reals = npt.NDArray[np.float64]
Mapped = tuple[Ints, list[Any]]


class Numbers(NamedTuple):
    """A column of numbers; those that are not `known` are unset."""

    values: Any
    known: Bits

    def array(self) -> pa.Array:
        """As an Arrow column with nulls."""
        return pa.array(self.values, mask=~self.known) if not self.known.all() else pa.array(self.values)

    def of(self, rows: Ints | Bits) -> Numbers:
        """Some of the rows."""
        return Numbers(self.values[rows], self.known[rows])


def parts(block: Block) -> Iterator[Block]:
    """The block cut into lines that begin with `#` and runs of others."""
    at = 0
    for found in _HEADERS.finditer(block.data):
        if found.start() > at:
            yield Block(block.offset + at, block.data[at : found.start()])
        yield Block(block.offset + found.start(), found.group())
        at = found.end()
    if at < len(block.data):
        yield Block(block.offset + at, block.data[at:]) if at else block


def can_read(header: Header) -> bool:
    """Whether the header names a log that is read as columns, and its columns by names that differ."""
    plain = header.separator == "\t" and len(header.unset) == 1 and header.unset.isascii()
    distinct = "ts" in header.fields and len(set(header.fields)) == len(header.fields)
    return header.path in _READERS and plain and distinct


def read_block(block: Block, header: Header, first_no: int) -> BlockRows | None:
    """The rows of a block without lines of a header; None where none has the frequent shape."""
    fields = _Fields(block.data, header)
    batches = tuple(_READERS[header.path or ""](fields, block, first_no))
    if not fields.good.any():
        return None
    return BlockRows(batches, _column_blocks.taken(fields.lines, fields.kept), fields.lines)


class _Fields:
    """The fields of the lines that have as many as the header names; `good` loses those that no column can hold."""

    def __init__(self, data: bytes, header: Header) -> None:
        self._data, self._header = data, header
        self._buffer = np.frombuffer(data, dtype=np.uint8)
        self._place = {name: number for number, name in enumerate(header.fields)}
        stray = np.flatnonzero((self._buffer - np.uint8(32)) > np.uint8(94))
        values = self._buffer[stray]
        self._tabs = stray[values == _TAB]
        nexts = stray[values == _LF] + 1
        if not len(nexts) or nexts[-1] != len(data):
            nexts = np.append(nexts, len(data))
        starts = np.concatenate([np.zeros(1, np.int64), nexts[:-1]])
        self.lines = Cuts(starts, nexts)
        ends = nexts - (self._buffer[nexts - 1] == _LF)
        first = np.searchsorted(self._tabs, starts)
        clean = np.ones(len(starts), dtype=bool)
        odd = stray[(values != _TAB) & (values != _LF)]
        clean[np.searchsorted(nexts, odd, side="right")] = False
        clean &= np.diff(np.append(first, len(self._tabs))) == len(header.fields) - 1
        clean &= (self._buffer[starts] != ord("{")) & (nexts - starts <= LINE_BYTES)
        self._chosen = np.flatnonzero(clean)
        self._starts, self._ends, self._first = starts[clean], ends[clean], first[clean]
        self.good = np.ones(len(self._chosen), dtype=bool)
        self._numbers: dict[str, Numbers] = {}

    @property
    def kept(self) -> Ints:
        """The numbers, in the block, of the lines that are good."""
        return self._chosen[self.good]

    def number(self, name: str) -> Numbers:
        """A column of numbers that `settle` read."""
        return self._numbers[name]

    def settle(self, micro: tuple[str, ...], whole: dict[str, int]) -> None:
        """Leave out the lines whose numbers no column can hold; what is read from now on is of the others."""
        found = {name: self._micro(name) for name in micro}
        found |= {name: self._whole(name, width) for name, width in whole.items()}
        self._numbers = {name: numbers.of(self.good) for name, numbers in found.items()}
        self._chosen = self._chosen[self.good]
        self._starts, self._ends, self._first = self._starts[self.good], self._ends[self.good], self._first[self.good]
        self.good = np.ones(len(self._chosen), dtype=bool)

    def _whole(self, name: str, width: int) -> Numbers:
        """Whole numbers of up to `width` digits; lines with other text are not good."""
        if name not in self._place:
            return self._unknown()
        starts, ends = self._span(name)
        values, known = _byte_blocks.digits(self._buffer, starts, ends, width)
        self.good &= known | self._unset(starts, ends)
        return Numbers(values, known)

    def _micro(self, name: str) -> Numbers:
        """Numbers with six digits behind the point, as whole millionths that are exact as reals too."""
        if name not in self._place:
            return self._unknown()
        starts, ends = self._span(name)
        point = np.maximum(ends - 7, starts)
        before, known = _byte_blocks.digits(self._buffer, starts, point, 10)
        behind, six = _byte_blocks.digits(self._buffer, point + 1, ends, 6)
        known &= six & (ends - point == 7) & (self._buffer[np.minimum(point, len(self._buffer) - 1)] == _POINT)
        known &= before < _EXACT_BELOW
        self.good &= known | self._unset(starts, ends)
        return Numbers(before * 1_000_000 + behind, known)

    def text(self, name: str, read: Callable[[Entry], Any]) -> Mapped:
        """What `read` makes of each distinct text of one field."""
        if name not in self._place:
            return np.zeros(len(self._chosen), np.int64), [read(self._entry({}))]
        found = _byte_blocks.segments(self._data, *self._span(name))
        return found.map(lambda text: read(self._entry({name: text})))

    def words(self, names: tuple[str, ...], read: Callable[[Entry], Any]) -> Mapped:
        """What `read` makes of each distinct combination of the texts of several fields."""
        number = np.zeros(len(self._chosen), np.int64)
        given: list[dict[str, str]] = [{}]
        for name in names:
            if name not in self._place or not len(self._chosen):
                continue
            found = _byte_blocks.segments(self._data, *self._span(name))
            count = len(found.values)
            both, number = np.unique(number * count + found.indices, return_inverse=True)
            given = [{**given[one // count], name: found.values[one % count]} for one in both.tolist()]
        return number, [read(self._entry(values)) for values in given]

    def _span(self, name: str) -> tuple[Ints, Ints]:
        at = self._place[name]
        starts = self._tabs[self._first + at - 1] + 1 if at else self._starts
        ends = self._tabs[self._first + at] if at < len(self._place) - 1 else self._ends
        return starts, ends

    def _entry(self, values: dict[str, str]) -> Entry:
        header = self._header
        given: dict[str, str | list[str]] = {name: text for name, text in values.items() if text != header.unset}
        return Entry(given, header.set_separator, header.empty)

    def _unset(self, starts: Ints, ends: Ints) -> Bits:
        at = np.minimum(starts, len(self._buffer) - 1)
        found: Bits = (ends - starts == 1) & (self._buffer[at] == ord(self._header.unset))
        return found

    def _unknown(self) -> Numbers:
        count = len(self._chosen)
        return Numbers(np.zeros(count, np.int64), np.zeros(count, dtype=bool))


def _dns(fields: _Fields, block: Block, first_no: int) -> Iterator[ColumnBatch]:
    """As `_zeek_rows.dns_rows`."""
    fields.settle(micro=("ts", "rtt"), whole={"trans_id": 5, **_PORTS})
    if not len(fields.kept):
        return
    text = _byte_blocks.dictionary_array
    which, words = fields.words(_DNS_WORDS, _zeek_rows.dns_words)
    cited = _column_blocks.citation(block, fields.lines, fields.kept, first_no)
    ends, ts = _endpoints(fields)
    rtt = fields.number("rtt")
    seconds: Reals = rtt.values / 1e6
    asked = fields.text("query", lambda entry: entry.name("query"))
    same = {
        **cited, **ends, "transport": text(which, [word.transport for word in words]),
        "msg_id": fields.number("trans_id").array(), "qname": text(*asked),
        "qtype": text(which, [word.qtype for word in words]), "qclass": text(which, [word.qclass for word in words]),
    }  # fmt: skip
    desired = _byte_blocks.flags_array(which, [word.recursion_desired for word in words])
    yield ColumnBatch(DnsQuery, {**same, "ts": ts.array(), "recursion_desired": desired})
    answered = np.flatnonzero(np.array([word.rcode is not None for word in words])[which])
    if not len(answered):
        return
    later = ts.known & rtt.known & (seconds < _DAY_S)
    at = Numbers(np.where(later, ts.values + np.rint(seconds * SECOND_NS).astype(np.int64), ts.values), ts.known)
    answers = fields.text("answers", lambda entry: tuple(entry.items("answers")))
    count = np.array([len(members) for members in answers[1]])[answers[0]]
    chosen = pa.array(answered)
    of = which[answered]
    yield ColumnBatch(DnsResponse, {
        **{column: values.take(chosen) for column, values in same.items()}, "ts": at.of(answered).array(),
        "rcode": text(of, [word.rcode for word in words]),
        "authoritative": _byte_blocks.flags_array(of, [word.authoritative for word in words]),
        "truncated": _byte_blocks.flags_array(of, [word.truncated for word in words]),
        "answer_count": pa.array(count[answered]), "rtt_ms": Numbers(seconds * 1000, rtt.known).of(answered).array(),
    })  # fmt: skip
    ttls = fields.text("TTLs", lambda entry: tuple(entry.items("TTLs")))
    shown = answered[count[answered] > 0]
    if len(shown):
        held = {"ts": at, "server_ip": same["server_ip"], "cited": cited, "asked": asked}
        yield _records(shown, answers, ttls, held)


def _records(shown: Ints, answers: Mapped, ttls: Mapped, held: dict[str, Any]) -> ColumnBatch:
    """One record per answer of these lines, as `_zeek_rows.dns_rows` gives them."""
    typed = [_zeek_rows.typed_answers(members) for members in answers[1]]
    sizes = np.array([len(members) for members in answers[1]])
    flat = [one for answer in typed for one in answer.records]
    first = np.cumsum(sizes) - sizes
    of = answers[0][shown]
    row = np.repeat(shown, sizes[of])
    number = np.arange(len(row)) - np.repeat(np.cumsum(sizes[of]) - sizes[of], sizes[of])
    record = first[answers[0][row]] + number
    alone = np.array([answer.names_owner for answer in typed], dtype=bool)[answers[0][row]]
    spans = np.array([len(members) for members in ttls[1]])
    lasting = [_zeek_rows.ttl_s(text) for members in ttls[1] for text in members]
    known = number < spans[ttls[0][row]]
    place = np.where(known, (np.cumsum(spans) - spans)[ttls[0][row]] + number, 0)
    values = np.array([0 if ttl is None else ttl for ttl in lasting] or [0], np.int64)
    known &= np.array([ttl is not None for ttl in lasting] or [False], dtype=bool)[place]
    rows = pa.array(row)
    names = held["asked"][1]
    owner = np.where(alone, held["asked"][0][row], len(names))
    return ColumnBatch(DnsRecord, {
        **{column: values.take(rows) for column, values in held["cited"].items()}, "ts": held["ts"].of(row).array(),
        "owner": _byte_blocks.dictionary_array(owner, [*names, None]),
        "rtype": _byte_blocks.dictionary_array(record, [one[0] for one in flat]),
        "rdata": _byte_blocks.dictionary_array(record, [one[1] for one in flat]),
        "ttl_s": Numbers(values[place], known).array(), "server_ip": held["server_ip"].take(rows),
        "section": _byte_blocks.dictionary_array(np.zeros(len(row), np.int64), ["answer"]),
    })  # fmt: skip


def _conn(fields: _Fields, block: Block, first_no: int) -> Iterator[ColumnBatch]:
    """As `_zeek_rows.conn_rows`."""
    counts = ("orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts", "missed_bytes")
    which, words = fields.words(_CONN_WORDS, _zeek_rows.conn_words)
    fields.good &= np.array([word is not None for word in words], dtype=bool)[which]
    fields.settle(micro=("ts", "duration"), whole={**dict.fromkeys(counts, _COUNT_DIGITS), **_PORTS})
    if not len(fields.kept):
        return
    which, words = fields.words(_CONN_WORDS, _zeek_rows.conn_words)
    text = _byte_blocks.dictionary_array
    ends, ts = _endpoints(fields)
    duration = fields.number("duration")
    seconds: Reals = duration.values / 1e6
    ended = ts.known & duration.known & (seconds < _MAX_DURATION_S)
    last = Numbers(ts.values + np.where(ended, np.rint(seconds * SECOND_NS), 0).astype(np.int64), ended)
    numbers = {name: fields.number(name).array() for name in counts}
    yield ColumnBatch(Connection, {
        **_column_blocks.citation(block, fields.lines, fields.kept, first_no), **ends, "ts": ts.array(),
        "last_ts": last.array(), "transport": text(which, [word.transport for word in words]),
        "state": text(which, [word.state for word in words]), "service": text(which, [word.service for word in words]),
        "client_bytes": numbers["orig_bytes"], "server_bytes": numbers["resp_bytes"],
        "client_packets": numbers["orig_pkts"], "server_packets": numbers["resp_pkts"],
        "missing_bytes": numbers["missed_bytes"],
    })  # fmt: skip


_READERS: dict[str, Callable[[_Fields, Block, int], Iterator[ColumnBatch]]] = {"dns": _dns, "conn": _conn}


def _endpoints(fields: _Fields) -> tuple[dict[str, Any], Numbers]:
    """The columns of client and server, and the times."""
    columns: dict[str, Any] = {}
    for side, origin in (("client", "id.orig"), ("server", "id.resp")):
        columns[f"{side}_ip"] = _byte_blocks.dictionary_array(*fields.text(f"{origin}_h", _address_of(f"{origin}_h")))
        port = fields.number(f"{origin}_p")
        columns[f"{side}_port"] = Numbers(port.values, port.known & (port.values < 65536)).array()
    ts = fields.number("ts")
    return columns, Numbers(ts.values * 1000, ts.known)


def _address_of(name: str) -> Callable[[Entry], str | None]:
    return lambda entry: _zeek_rows.address(entry, name)
