"""Logs of Zeek by the block: lines of the frequent shape as columns, every other line one by one.

Times, ports and counts are read in columns; every other field is read by `Entry`, once per distinct text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from forensics.formats import _byte_blocks, _column_blocks, _zeek_rows
from forensics.formats._byte_blocks import Ints
from forensics.formats._column_blocks import BlockRows
from forensics.formats._zeek_entries import SECOND_NS, Entry, Header
from forensics.formats._zeek_fields import Fields, Mapped, Numbers, Reals, TsvFields
from forensics.formats._zeek_json_fields import JsonFields
from forensics.formats.source import Block
from forensics.model.batch import ColumnBatch
from forensics.protocols.arrow_functions import column_of, taken
from forensics.schema import Connection, DnsQuery, DnsRecord, DnsResponse

_HEADERS = re.compile(rb"^(?:#[^\n]*(?:\n|\Z))+", re.MULTILINE)
_DNS_WORDS = ("proto", "qclass", "qclass_name", "qtype", "qtype_name", "rcode", "rcode_name", "AA", "TC", "RD")
_CONN_WORDS = ("proto", "service", "conn_state", "history")
_PORTS = {"id.orig_p": 5, "id.resp_p": 5}
_COUNT_DIGITS = 15
_MAX_DURATION_S = 1e8
_DAY_S = 86_400


def parts(block: Block) -> Iterator[Block]:
    """The block cut into lines that begin with `#` and runs of others."""
    at = 0
    some = block.data.startswith(b"#") or b"\n#" in block.data
    for found in _HEADERS.finditer(block.data) if some else ():
        if found.start() > at:
            yield Block(block.offset + at, block.data[at : found.start()])
        yield Block(block.offset + found.start(), found.group())
        at = found.end()
    if at < len(block.data):
        yield Block(block.offset + at, block.data[at:]) if at else block


def _can_read(header: Header) -> bool:
    """Whether the header names a log that is read as columns, and its columns by names that differ."""
    plain = header.separator == "\t" and len(header.unset) == 1 and header.unset.isascii()
    distinct = "ts" in header.fields and len(set(header.fields)) == len(header.fields)
    return header.path in _READERS and plain and distinct


class Read(NamedTuple):
    """What was read of a block as columns, and of which log its lines are."""

    path: str
    rows: BlockRows


def read_block(block: Block, header: Header, first_no: int) -> Read | None:
    """The rows of a block without lines of a header; None where none has the frequent shape."""
    if block.data.startswith(b"{"):
        lines = JsonFields(block.data)
        return _read(lines, lines.path, block, first_no)
    return _read(TsvFields(block.data, header), header.path, block, first_no) if _can_read(header) else None


def _read(fields: Fields, path: str | None, block: Block, first_no: int) -> Read | None:
    if path not in _READERS:
        return None
    batches = tuple(_READERS[path](fields, block, first_no))
    if not fields.good.any():
        return None
    return Read(path, BlockRows(batches, _column_blocks.taken(fields.lines, fields.kept), fields.lines))


def _dns(fields: Fields, block: Block, first_no: int) -> Iterator[ColumnBatch]:
    """As `_zeek_rows.dns_rows`."""
    fields.settle(times=("ts",), reals=("rtt",), whole={"trans_id": 5, **_PORTS})
    if not len(fields.kept):
        return
    text = _byte_blocks.dictionary_array
    which, words = fields.words(_DNS_WORDS, _zeek_rows.dns_words)
    cited = _column_blocks.citation(block, fields.lines, fields.kept, first_no)
    ends, ts = _endpoints(fields)
    rtt = fields.number("rtt")
    seconds: Reals = rtt.values
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
    later = ts.known & rtt.known & (seconds >= 0) & (seconds < _DAY_S)
    at = Numbers(ts.values + np.rint(np.where(later, seconds, 0) * SECOND_NS).astype(np.int64), ts.known)
    answers = fields.text("answers", lambda entry: tuple(entry.items("answers")))
    count = np.array([len(members) for members in answers[1]])[answers[0]]
    chosen = column_of(answered)
    of = which[answered]
    yield ColumnBatch(DnsResponse, {
        **{column: taken(values, chosen) for column, values in same.items()}, "ts": at.of(answered).array(),
        "rcode": text(of, [word.rcode for word in words]),
        "authoritative": _byte_blocks.flags_array(of, [word.authoritative for word in words]),
        "truncated": _byte_blocks.flags_array(of, [word.truncated for word in words]),
        "answer_count": column_of(count[answered]), "rtt_ms": Numbers(seconds * 1000, rtt.known).of(answered).array(),
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
    rows = column_of(row)
    names = held["asked"][1]
    owner = np.where(alone, held["asked"][0][row], len(names))
    return ColumnBatch(DnsRecord, {
        **{column: taken(values, rows) for column, values in held["cited"].items()}, "ts": held["ts"].of(row).array(),
        "owner": _byte_blocks.dictionary_array(owner, [*names, None]),
        "rtype": _byte_blocks.dictionary_array(record, [one[0] for one in flat]),
        "rdata": _byte_blocks.dictionary_array(record, [one[1] for one in flat]),
        "ttl_s": Numbers(values[place], known).array(), "server_ip": taken(held["server_ip"], rows),
        "section": _byte_blocks.dictionary_array(np.zeros(len(row), np.int64), ["answer"]),
    })  # fmt: skip


def _conn(fields: Fields, block: Block, first_no: int) -> Iterator[ColumnBatch]:
    """As `_zeek_rows.conn_rows`."""
    counts = ("orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts", "missed_bytes")
    which, words = fields.words(_CONN_WORDS, _zeek_rows.conn_words)
    fields.good &= np.array([word is not None for word in words], dtype=bool)[which]
    fields.settle(times=("ts",), reals=("duration",), whole={**dict.fromkeys(counts, _COUNT_DIGITS), **_PORTS})
    if not len(fields.kept):
        return
    which, words = fields.words(_CONN_WORDS, _zeek_rows.conn_words)
    text = _byte_blocks.dictionary_array
    ends, ts = _endpoints(fields)
    duration = fields.number("duration")
    seconds: Reals = duration.values
    ended = ts.known & duration.known & (seconds >= 0) & (seconds < _MAX_DURATION_S)
    last = Numbers(ts.values + np.rint(np.where(ended, seconds, 0) * SECOND_NS).astype(np.int64), ended)
    numbers = {name: fields.number(name).array() for name in counts}
    yield ColumnBatch(Connection, {
        **_column_blocks.citation(block, fields.lines, fields.kept, first_no), **ends, "ts": ts.array(),
        "last_ts": last.array(), "transport": text(which, [word.transport for word in words]),
        "state": text(which, [word.state for word in words]), "service": text(which, [word.service for word in words]),
        "client_bytes": numbers["orig_bytes"], "server_bytes": numbers["resp_bytes"],
        "client_packets": numbers["orig_pkts"], "server_packets": numbers["resp_pkts"],
        "missing_bytes": numbers["missed_bytes"],
    })  # fmt: skip


_READERS: dict[str, Callable[[Fields, Block, int], Iterator[ColumnBatch]]] = {"dns": _dns, "conn": _conn}


def _endpoints(fields: Fields) -> tuple[dict[str, Any], Numbers]:
    """The columns of client and server, and the times."""
    columns: dict[str, Any] = {}
    for side, origin in (("client", "id.orig"), ("server", "id.resp")):
        columns[f"{side}_ip"] = _byte_blocks.dictionary_array(*fields.text(f"{origin}_h", _address_of(f"{origin}_h")))
        port = fields.number(f"{origin}_p")
        columns[f"{side}_port"] = Numbers(port.values, port.known & (port.values < 65536)).array()
    return columns, fields.number("ts")


def _address_of(name: str) -> Callable[[Entry], str | None]:
    return lambda entry: _zeek_rows.address(entry, name)
