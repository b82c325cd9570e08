"""Many DNS messages at once, as columns; what is rare in them is left to `parse`.

`read` gives the messages whose grammar is frequent: one question and not too many records. As `parse` does, it keeps
what stands before a break. The rest it names, to be parsed one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from forensics.protocols.byte_columns import Flags, Ints, Loads
from forensics.protocols.dns_message import HEADER_BYTES
from forensics.protocols.dns_message.name_columns import Names, skip_names

MAX_RECORDS = 64
"""A message with more is left to `parse`."""

_OPT = 41
_QUESTION_POINTER = 0xC00C


class Records(NamedTuple):
    """Resource records, several of one message: `message` is the index of each one's message.

    `owner` is the offset of the name, `rdata` that of the data, `section` 0 answer, 1 authority, 2 additional. All
    columns are ordered by message and place in it.
    """

    message: Ints
    owner: Ints
    rtype: Ints
    rclass: Ints
    ttl: Ints
    rdata: Ints
    length: Ints
    section: Ints


class Messages(NamedTuple):
    """The messages read; `number` says which of those given they are, `rest` which are left.

    Columns are as long as `number`. `asked` says whether the question could be read; type and class are -1 where not.
    `rcode` includes the bits of EDNS.
    """

    number: Ints
    rest: Ints
    begin: Ints
    end: Ints
    id: Ints
    flags: Ints
    answers: Ints
    question: Ints
    asked: Flags
    qtype: Ints
    qclass: Ints
    rcode: Ints
    edns: Flags
    do: Flags
    records: Records


def read(loads: Loads, begin: Ints, end: Ints) -> Messages:
    """Read the messages that lie from `begin` to `end` each."""
    whole = np.flatnonzero(end - begin >= HEADER_BYTES)
    counts = np.stack([loads.u16(begin[whole] + at) for at in (4, 6, 8, 10)])
    frequent = (counts[0] == 1) & (counts[1:].sum(axis=0) <= MAX_RECORDS)
    index, counts = whole[frequent], counts[:, frequent]
    start, stop = begin[index], end[index]
    after, asked = skip_names(loads, start, start + HEADER_BYTES, stop)
    asked &= after + 4 <= stop
    after = np.where(asked, after, start)
    walk = _Walk(loads, start, stop, after + 4, counts[1:], asked)
    walk.run()
    edns, do, extended = walk.options()
    rest = np.ones(len(begin), bool)
    rest[index] = False
    flags = loads.u16(start + 2)
    return Messages(
        number=index, rest=np.flatnonzero(rest), begin=start, end=stop, id=loads.u16(start), flags=flags,
        answers=counts[1], question=start + HEADER_BYTES, asked=asked, qtype=np.where(asked, loads.u16(after), -1),
        qclass=np.where(asked, loads.u16(after + 2), -1), rcode=extended << 4 | flags & 15, edns=edns, do=do,
        records=walk.records(),
    )  # fmt: skip


def owner_indexes(loads: Loads, messages: Messages) -> Ints:
    """Of each record: the index of its message where the owner is a pointer to the question's name, else -1."""
    return np.where(loads.u16(messages.records.owner) == _QUESTION_POINTER, messages.records.message, -1)


def names(loads: Loads, base: Ints, at: Ints, end: Ints) -> pa.Array:
    """The names at these offsets, each of the message from `base` to `end`, as `NameReader` gives them.

    They must have been skipped before: a name that cannot be read is null.
    """
    return Names(loads, base, at, end).texts()


class _Walk:
    """Steps through the records of all messages, one record of each at a time, of those that `asked`."""

    def __init__(self, loads: Loads, start: Ints, stop: Ints, at: Ints, counts: Ints, asked: Flags) -> None:
        self._whole = asked.copy()
        """Which messages have not broken off so far."""
        self._loads = loads
        self._start, self._stop, self._at = start, stop, at
        self._bounds = np.cumsum(counts, axis=0)
        self._found: list[tuple[Ints, ...]] = []
        count = len(start)
        self._edns, self._do = np.zeros(count, bool), np.zeros(count, bool)
        self._extended = np.zeros(count, np.int64)

    def run(self) -> None:
        for number in range(int(self._bounds[2].max(initial=0))):
            self._step(np.flatnonzero(self._whole & (self._bounds[2] > number)), number)

    def options(self) -> tuple[Flags, Flags, Ints]:
        return self._edns, self._do, self._extended

    def records(self) -> Records:
        if not self._found:
            empty = np.zeros(0, np.int64)
            return Records(*(empty for _ in Records._fields))
        columns = [np.concatenate(column) for column in zip(*self._found, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        return Records(*(column[order] for column in columns))

    def _step(self, chosen: Ints, number: int) -> None:
        loads, stop = self._loads, self._stop[chosen]
        owner = self._at[chosen]
        fixed, fits = skip_names(loads, self._start[chosen], owner, stop)
        fits &= fixed + 10 <= stop
        self._whole[chosen[~fits]] = False
        chosen, owner, fixed, stop = chosen[fits], owner[fits], fixed[fits], stop[fits]
        rtype, rclass, ttl, length = loads.u16(fixed), loads.u16(fixed + 2), loads.u32(fixed + 4), loads.u16(fixed + 8)
        fits = fixed + 10 + length <= stop
        self._whole[chosen[~fits]] = False
        self._at[chosen] = np.minimum(fixed + 10 + length, stop)
        option = fits & (rtype == _OPT)
        self._edns[chosen[option]] = True
        self._do[chosen[option]] = ttl[option] & 0x8000 != 0
        self._extended[chosen[option]] = ttl[option] >> 24
        kept = fits & ~option
        section = (self._bounds[0][chosen] <= number).astype(np.int64) + (self._bounds[1][chosen] <= number)
        columns = (chosen, owner, rtype, rclass, ttl, fixed + 10, length, section)
        self._found.append(tuple(column[kept] for column in columns))
