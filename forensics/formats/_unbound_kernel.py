"""The questions and replies of a log of Unbound, located and given numbers by compiled code.

What it takes is a part of what `_unbound_blocks` takes with NumPy: the texts of each line are numbered, and the grammar
decides about each distinct text later, as there. Whatever it is not sure of is left to `parse_line`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forensics.formats import _text_kernel, _unbound_line
from forensics.formats._compiled_code import compiled, kept_with
from forensics.formats._text_kernel import Memory, Tables, Whole, a_line, byte, find, intern, space

HEAD, CLIENT, NAME, KIND, DESTINATION = range(5)
"""`] unbound[25:0] info: `, the address, the name, ` MX IN NOERROR`, ` on udp 192.0.2.53 53`."""
FIELDS = 5
CHUNK = 1024
"""So many lines are located and then numbered: they and what is found of them stay in the processor's cache."""
MAX_LINE_BYTES, END_OF_TIME_S = _unbound_line.MAX_LINE_BYTES, _unbound_line.END_OF_TIME_S
_DOT, _BACKSLASH, _OPENING, _CLOSING = 46, 92, 91, 93
_NANOSECONDS = 1_000_000_000


class Rows(NamedTuple):
    """Where `scan` writes what it finds: first bytes of all lines; per row its line, nanoseconds since 1970, and
    microseconds that the reply took (0 for a question); per field and row the number of its text in this turn."""

    starts: np.ndarray
    line: np.ndarray
    ns: np.ndarray
    us: np.ndarray
    codes: np.ndarray


class Fields(NamedTuple):
    """Where the fields of a chunk of rows begin and end."""

    begins: np.ndarray
    ends: np.ndarray


@kept_with(__file__, _text_kernel.__file__)
def scan(data: np.ndarray, fields: Fields, rows: Rows, tables: Tables) -> tuple[Whole, Whole]:
    """Find the lines of a block and number the texts of its questions and replies; how many lines and rows.

    The number of lines is -1 where `rows` has no room for them.
    """
    m = (np.int64(data.ctypes.data), np.int64(len(data)))
    at, lines, first = np.int64(0), np.int64(0), np.int64(0)
    while at < m[1]:
        count = np.int64(0)
        while at < m[1] and count < CHUNK:
            if lines == len(rows.starts):
                return -1, 0
            start = at
            rows.starts[lines] = start
            lines += 1
            end, at = a_line(m, start)
            if not 0 <= end - start <= MAX_LINE_BYTES:
                continue
            closing = find(m, start, min(start + 22, end), _CLOSING)
            ns = time(m, start, closing)
            client = space(m, space(m, space(m, closing, end) + 1, end) + 1, end) + 1
            client_end = space(m, client, end)
            name, name_end = client_end + 1, space(m, client_end + 1, end)
            kind_end, us, destination = asked(m, name_end, end)
            if ns < 0 or us < 0 or not closing < client < client_end or not name < name_end < end:
                continue
            fields.begins[HEAD, count], fields.ends[HEAD, count] = closing, client
            fields.begins[CLIENT, count], fields.ends[CLIENT, count] = client, client_end
            fields.begins[NAME, count], fields.ends[NAME, count] = name, without_dot(m, name, name_end)
            fields.begins[KIND, count], fields.ends[KIND, count] = name_end, kind_end
            fields.begins[DESTINATION, count], fields.ends[DESTINATION, count] = destination, end
            row = first + count
            rows.line[row], rows.ns[row], rows.us[row] = lines - 1, ns, us
            count += 1
        for field in range(FIELDS):
            begins, ends, codes = fields.begins[field], fields.ends[field], rows.codes[field, first : first + count]
            intern(m, begins, ends, count, field == NAME, tables, field, codes)
        first += count
    return lines, first


@compiled
def digits(m: Memory, at: Whole, end: Whole, most: Whole) -> Whole:
    """The value of 1 to `most` digits, or -1."""
    if not 0 < end - at <= most:
        return -1
    value = 0
    for place in range(at, end):
        digit = byte(m, place) - 48
        if not 0 <= digit <= 9:
            return -1
        value = value * 10 + digit
    return value


@compiled
def time(m: Memory, start: Whole, closing: Whole) -> Whole:
    """Nanoseconds of `[1795425693` or `[1795425693.125` before a bracket, or -1."""
    dot = find(m, start + 1, closing, _DOT)
    seconds, fraction = digits(m, start + 1, dot, 10), 0
    if dot < closing:
        fraction = digits(m, dot + 1, closing, 9)
    if byte(m, start) != _OPENING or byte(m, closing) != _CLOSING or fraction < 0 or not 0 <= seconds < END_OF_TIME_S:
        return -1
    for _ in range(9 - (closing - dot - 1) if fraction else 0):
        fraction *= 10
    return seconds * _NANOSECONDS + fraction


@compiled
def asked(m: Memory, at: Whole, end: Whole) -> tuple[Whole, Whole, Whole]:
    """Where type, class and return code end, microseconds of a reply (-1: neither), where the destination begins."""
    class_end = space(m, space(m, at + 1, end) + 1, end)
    if class_end == end:
        return end, 0, end
    kind_end = space(m, class_end + 1, end)
    time_end = space(m, kind_end + 1, end)
    seconds, us = digits(m, kind_end + 1, time_end - 7, 8), digits(m, time_end - 6, time_end, 6)
    cached, size_end = byte(m, time_end + 1) - 48, space(m, time_end + 3, end)
    if seconds < 0 or us < 0 or byte(m, time_end - 7) != _DOT or cached not in (0, 1):
        return end, -1, end
    if byte(m, time_end + 2) != 32 or digits(m, time_end + 3, size_end, 10) < 0:
        return end, -1, end
    return kind_end, seconds * 1_000_000 + us, size_end


@compiled
def without_dot(m: Memory, name: Whole, end: Whole) -> Whole:
    """Where a name ends without the dot of the root; one that is only a dot, or is written oddly, stays as it is."""
    last = byte(m, end - 2)
    return end - 1 if end - name > 1 and byte(m, end - 1) == _DOT and last not in (_DOT, _BACKSLASH) else end
