"""The lines of a query log of BIND that have the block's own shape, located and given numbers by compiled code.

What it takes is a part of what `_bind_blocks` takes with NumPy: the texts of each line are numbered, and the grammar
decides about each distinct text later, as there. Whatever it is not sure of is left to `parse_line`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forensics.formats import _bind_line, _text_kernel
from forensics.formats._compiled_code import compiled, kept_with
from forensics.formats._text_kernel import (
    Memory,
    Tables,
    Whole,
    a_line,
    byte,
    eight,
    find,
    intern,
    is_hexadecimal,
    part,
    space,
)

HEAD, CLIENT, MIDDLE, NAME, TAIL = range(5)
FIELDS = 5
CHUNK = 1024
"""So many lines are located and then numbered: they and what is found of them stay in the processor's cache."""
MAX_LINE_BYTES = _bind_line.MAX_LINE_BYTES
_HASH = 35
_BIND_BYTES = 24
_SEVEN, _CLIENT = np.uint64((1 << 56) - 1), np.uint64(int.from_bytes(b"client ", "little"))
_ID = np.uint64(int.from_bytes(b"@0x", "little"))
_NO_DATE = (np.uint64(0), np.uint64(0))


class Shape(NamedTuple):
    """As `_bind_blocks.Shape`: bytes of the time, spaces of the line before address and before name, parentheses."""

    time_bytes: Whole
    to_client: Whole
    to_name: Whole
    paren: Whole


class Rows(NamedTuple):
    """Where `scan` writes what it finds: first bytes of all lines; per row its line, port, run of one date, and
    milliseconds of the day; per field and row the number of its text in this turn; first bytes of the runs."""

    starts: np.ndarray
    line: np.ndarray
    port: np.ndarray
    run: np.ndarray
    ms: np.ndarray
    codes: np.ndarray
    runs: np.ndarray


class Fields(NamedTuple):
    """Where the fields of a chunk of rows begin and end."""

    begins: np.ndarray
    ends: np.ndarray


@kept_with(__file__, _text_kernel.__file__)
def scan(data: np.ndarray, shape: Shape, fields: Fields, rows: Rows, tables: Tables) -> tuple[Whole, Whole, Whole]:
    """Find the lines of a block and number the texts of those of its shape; how many lines, rows, runs of one date.

    The number of lines is -1 where `rows` has no room for them.
    """
    m = (np.int64(data.ctypes.data), np.int64(len(data)))
    at, lines, first, runs, date = np.int64(0), np.int64(0), np.int64(0), np.int64(0), _NO_DATE
    while at < m[1]:
        count = np.int64(0)
        while at < m[1] and count < CHUNK:
            if lines == len(rows.starts):
                return -1, 0, 0
            start = at
            rows.starts[lines] = start
            lines += 1
            end, at = a_line(m, start)
            if not 0 <= end - start <= MAX_LINE_BYTES:
                continue
            head_end, client, client_end, middle, name, name_end = located(m, start, end, shape)
            if name_end < 0:
                continue
            hash_at = find(m, client, client_end, _HASH)
            port = number(m, hash_at + 1, middle if not shape.paren else client_end)
            ms = clock(m, start, shape.time_bytes)
            if hash_at == client_end or port < 0 or ms < 0:
                continue
            row = first + count
            if shape.time_bytes:
                today = date_at(m, start, shape.time_bytes)
                if not runs or today[0] != date[0] or today[1] != date[1]:
                    rows.runs[runs] = start
                    runs, date = runs + 1, today
            rows.line[row], rows.port[row], rows.run[row], rows.ms[row] = lines - 1, port, runs - 1, ms
            fields.begins[HEAD, count], fields.ends[HEAD, count] = start + shape.time_bytes, head_end
            fields.begins[CLIENT, count], fields.ends[CLIENT, count] = client, hash_at
            fields.begins[MIDDLE, count], fields.ends[MIDDLE, count] = middle, name
            fields.begins[NAME, count], fields.ends[NAME, count] = name, name_end
            fields.begins[TAIL, count], fields.ends[TAIL, count] = name_end, end
            count += 1
        for field in range(FIELDS):
            begins, ends, codes = fields.begins[field], fields.ends[field], rows.codes[field, first : first + count]
            intern(m, begins, ends, count, field == NAME, tables, field, codes)
        first += count
    return lines, first, runs


@compiled
def located(m: Memory, start: Whole, end: Whole, shape: Shape) -> tuple[Whole, Whole, Whole, Whole, Whole, Whole]:
    """Where the head ends, address, its end, the words before the name, the name and its end are; -1 for other shapes.

    The head ends before the client's id, of which each line may have another, where that is one.
    """
    none = (-1, -1, -1, -1, -1, -1)
    at = start + shape.time_bytes
    spaces = np.int64(shape.time_bytes == _BIND_BYTES)
    before = at
    while spaces < shape.to_client:
        before, at = at, space(m, at, end) + 1
        spaces += 1
    client = head_end = at
    if eight(m, before - 7) & _SEVEN == _CLIENT and part(m, before, 3) == _ID:
        head_end = before if is_hexadecimal(m, before + 3, client - 1) else client
    client_end = at = space(m, at, end)
    middle = client_end - 1
    if shape.paren:
        at = space(m, at + 1, end)
        middle = at - 1
        size = middle - client_end - 3
        if not 0 < size <= 1016 or byte(m, client_end + 1) != 40 or byte(m, middle - 1) != 41:
            return none
        spaces += 1
    spaces += 1
    while spaces < shape.to_name:
        at = space(m, at + 1, end)
        spaces += 1
    name = at + 1
    name_end = space(m, name, end)
    if not start + shape.time_bytes < client < client_end or not middle < name < name_end < end:
        return none
    return head_end, client, client_end, middle, name, name_end


@compiled
def number(m: Memory, at: Whole, end: Whole) -> Whole:
    """A port of 1 to 5 digits, or -1."""
    if not 0 < end - at <= 5:
        return -1
    value = 0
    for place in range(at, end):
        digit = byte(m, place) - 48
        if not 0 <= digit <= 9:
            return -1
        value = value * 10 + digit
    return value if value < 65_536 else -1


@compiled
def date_at(m: Memory, start: Whole, time_bytes: Whole) -> tuple[Whole, Whole]:
    """The bytes of `23-Nov-2026 ` or `2026-11-23T`, as two numbers."""
    return eight(m, start), part(m, start + 8, 4 if time_bytes == _BIND_BYTES else 3)


@compiled
def clock(m: Memory, start: Whole, time_bytes: Whole) -> Whole:
    """Milliseconds of `09:23:47.937` behind a date; -1 where it is none, 0 for lines without time."""
    if not time_bytes:
        return 0
    at = start + time_bytes - 12
    # digits and colons, and the stop and digits, become the digits' values and zeros
    first = eight(m, at) ^ np.uint64(0x30303A30303A3030)
    last = part(m, at + 8, 4) ^ np.uint64(0x3030302E)
    high = (first + np.uint64(0x76767F76767F7676)) | first | (last + np.uint64(0x7676767F)) | last
    if high & np.uint64(0x8080808080808080):
        return -1
    hour, minute, second = pair(first, 0), pair(first, 24), pair(first, 48)
    if hour > 23 or minute > 59 or second > 59:
        return -1
    ms = np.int64(last >> np.uint64(8) & np.uint64(255)) * 100 + pair(last, 16)
    return ((hour * 60 + minute) * 60 + second) * 1000 + ms


@compiled
def pair(value: Whole, shift: Whole) -> Whole:
    """The number that two digits' values give."""
    digits = np.int64(value >> np.uint64(shift) & np.uint64(0xFFFF))
    return (digits & 255) * 10 + (digits >> 8)
