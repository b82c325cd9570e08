"""Bytes and texts of a block of log lines at machine speed, compiled by Numba as part of the kernels of the formats.

A block is reached through `byte`, `eight` and `part` alone, which check every place against its end; the tables are
arrays, and each access to them is checked against its bounds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from forensics.formats._compiled_code import (
    compiled,
    equals,
    first_bytes,
    inlined,
    kept_with,
    load,
    marks,
    trailing_zeros,
)
from forensics.protocols.dns_message.names import MAX_NAME_BYTES

Whole = Any
"""A whole number: where it runs, one of 64 bits."""
Words = tuple[Whole, Whole, Whole, Whole]
Memory = tuple[Whole, Whole]
"""Address and size of a block: plain integers, because a compiled function that is handed arrays counts references to
them at every call."""

LF, CR = 10, 13
MAX_PROBES = 64
"""Places that are tried in a hash table; a text that finds none is left out."""
COUNT, FILLED, USED, TURN, SLOTS = 0, 1, 2, 3, 4
STATES = 5
"""What `Tables.state` holds per field: its texts, filled words of `more`, texts of this turn, number of the turn, size
of the hash table."""
FIRST_BYTES, FIRST_WORDS = 32, 4
"""What of a text is compared at once."""
SIZE, PLACE, SEEN, HASH = 4, 5, 6, 7
COLUMNS = 8
"""Of `Tables.texts`: 64 bytes, as processors load them."""
MAX_LABEL_BYTES, MAX_IPV4_BYTES = 63, 15
AT_ONCE = 32
"""Bytes that are looked at with one instruction, where the processor has such."""

_ONES, _TOPS, _LOW_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080), np.uint64(0x7F7F7F7F7F7F7F7F)
_PAST_Z, _FROM_A = np.uint64(0x2525252525252525), np.uint64(0x3F3F3F3F3F3F3F3F)
_MIX, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_MIX_3, _MIX_4 = np.uint64(0x165667B19E3779F9), np.uint64(0xD6E8FEB86659FD93)
_TURN_SHIFT, _NUMBER, _ONE = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(1)
_SHIFT, _TWO, _ALL = np.uint64(32), np.uint64(2), np.uint64(0xFFFFFFFFFFFFFFFF)

# called by `byte`, `eight`, `stray`, the `find`s, `is_hexadecimal` and `beginning` alone, which check the place first
_load_byte, _load_eight = load(8), load(64)
_strays, _equal, _but_digits = marks(32, 126, AT_ONCE), equals(AT_ONCE), marks(48, 57, AT_ONCE)
_but_small, _but_capital, _but_capitals = marks(97, 102, AT_ONCE), marks(65, 70, AT_ONCE), marks(65, 90, AT_ONCE)
_ALL_AT_ONCE = np.uint64((1 << AT_ONCE) - 1)
_first, _first_small = first_bytes(small=False), first_bytes(small=True)
_lowest_bit = trailing_zeros()


class Tables(NamedTuple):
    """Per field its texts and their numbers in the order in which they were first met, kept from block to block.

    A turn is one block: in it texts get numbers of their own, so that each block has a dictionary of what is in it.
    """

    slots: np.ndarray
    """The hash table, its first places, a power of two: number of the text plus 1; 0 is free."""
    texts: np.ndarray
    """Per text its first 32 bytes, filled up with zeros; its length; where the rest of it stands in `more`; above 32
    bits the turn in which it was last met, below its number there; its hash."""
    more: np.ndarray
    """The rests of the texts that are longer, eight bytes each, filled up with zeros."""
    used: np.ndarray
    """The texts of this turn, in the order of their numbers in it."""
    state: np.ndarray


@inlined
def byte(m: Memory, at: Whole) -> Whole:
    """The byte of the block at a place; 0, which no line that is read holds, where the block has no such place."""
    return _load_byte(m[0] + at) if 0 <= at < m[1] else 0


@inlined
def eight(m: Memory, at: Whole) -> Whole:
    """Eight bytes of the block as a number, the first the lowest; zeros past its end."""
    return np.uint64(_load_eight(m[0] + at)) if 0 <= at <= m[1] - 8 else last_eight(m, at)


@compiled
def last_eight(m: Memory, at: Whole) -> Whole:
    """As `eight`, byte by byte."""
    value = np.uint64(0)
    for index in range(8):
        value |= np.uint64(byte(m, at + index)) << np.uint64(8 * index)
    return value


@compiled
def part(m: Memory, at: Whole, count: Whole) -> Whole:
    """As `eight`, of 1 to 8 bytes."""
    return eight(m, at) & (_ALL >> np.uint64(64 - 8 * count))


@compiled
def stray(m: Memory, at: Whole) -> Whole:
    """The first place from `at` on with a byte that is not printable ASCII; the end of the block without one."""
    while 0 <= at <= m[1] - AT_ONCE:
        found = _strays(m[0] + at)
        if found:
            return at + _lowest_bit(found)
        at += AT_ONCE
    while at < m[1] and 32 <= byte(m, at) <= 126:
        at += 1
    return at


@inlined
def a_line(m: Memory, start: Whole) -> tuple[Whole, Whole]:
    """Where the text of a line ends and where the next line begins; the end is -1 where a byte is not printable."""
    end = stray(m, start)
    if byte(m, end) == CR and byte(m, end + 1) == LF:
        return end, end + 2
    if end < m[1] and byte(m, end) != LF:
        return -1, find(m, end, m[1], LF) + 1
    return end, end + 1


@inlined
def space(m: Memory, at: Whole, end: Whole) -> Whole:
    """The first place of a space from `at` on, or `end`."""
    return find(m, at, end, 32)


@inlined
def find(m: Memory, at: Whole, end: Whole, wanted: Whole) -> Whole:
    """The first place of a byte from `at` on, or `end`."""
    while 0 <= at < end and at <= m[1] - AT_ONCE:
        found = _equal(m[0] + at, wanted)
        if found:
            return min(at + _lowest_bit(found), end)
        at += AT_ONCE
    while at < end and byte(m, at) != wanted:
        at += 1
    return min(at, end)


@compiled
def find_any(m: Memory, at: Whole, end: Whole, wanted: tuple[Whole, Whole, Whole, Whole]) -> Whole:
    """The first place of one of four bytes from `at` on, or `end`."""
    while 0 <= at < end and at <= m[1] - AT_ONCE:
        found = _equal(m[0] + at, wanted[0]) | _equal(m[0] + at, wanted[1])
        found |= _equal(m[0] + at, wanted[2]) | _equal(m[0] + at, wanted[3])
        if found:
            return min(at + _lowest_bit(found), end)
        at += AT_ONCE
    while at < end and byte(m, at) not in wanted:
        at += 1
    return min(at, end)


@compiled
def find_capital(m: Memory, at: Whole, end: Whole) -> Whole:
    """The first place of a capital letter from `at` on, or `end`."""
    while 0 <= at < end and at <= m[1] - AT_ONCE:
        found = ~_but_capitals(m[0] + at) & _ALL_AT_ONCE
        if found:
            return min(at + _lowest_bit(found), end)
        at += AT_ONCE
    while at < end and not 65 <= byte(m, at) <= 90:
        at += 1
    return min(at, end)


@inlined
def is_hexadecimal(m: Memory, at: Whole, end: Whole) -> Whole:
    """Whether a text is one of 1 to 16 hexadecimal digits."""
    if not 0 < end - at <= 16:
        return False
    if 0 <= at <= m[1] - AT_ONCE:
        outside = _but_digits(m[0] + at) & _but_small(m[0] + at) & _but_capital(m[0] + at)
        return outside & ((_ONE << np.uint64(end - at)) - _ONE) == 0
    for place in range(at, end):
        value = byte(m, place)
        if not (48 <= value <= 57 or 97 <= value <= 102 or 65 <= value <= 70):
            return False
    return True


@compiled
def lowered(value: Whole) -> Whole:
    """Eight ASCII bytes with small letters."""
    low = value & _LOW_BITS
    capital = (low + _FROM_A) & ~(low + _PAST_Z) & ~value & _TOPS
    return value | (capital >> _TWO)


@compiled
def word(m: Memory, begin: Whole, size: Whole, number: Whole, small: Whole) -> Whole:
    """Eight bytes of a text, zeros past its end."""
    count = size - 8 * number
    if count <= 0:
        return np.uint64(0)
    value = part(m, begin + 8 * number, min(count, 8))
    return lowered(value) if small else value


@inlined
def beginning(m: Memory, begin: Whole, size: Whole, small: Whole) -> Words:
    """The first 32 bytes of a text, zeros past its end."""
    if 0 <= begin <= m[1] - FIRST_BYTES:
        first: Words = _first_small(m[0] + begin, size) if small else _first(m[0] + begin, size)
        return first
    return (
        word(m, begin, size, 0, small), word(m, begin, size, 1, small), word(m, begin, size, 2, small),
        word(m, begin, size, 3, small),
    )  # fmt: skip


@inlined
def mixed(size: Whole, words: Words) -> Whole:
    """A hash of a text's length and first 32 bytes."""
    one = (words[0] ^ np.uint64(size)) * _MIX
    two, three = (words[1] + _ONES) * _MIX_2, (words[2] ^ _TOPS) * _MIX_3
    value = (one ^ (one >> _SHIFT)) + two + (three ^ (three >> _SHIFT)) + (words[3] + _MIX) * _MIX_4
    return (value ^ (value >> _SHIFT)) * _MIX


@compiled
def intern(
    m: Memory, begins: np.ndarray, ends: np.ndarray, count: Whole, small: Whole, tables: Tables, field: Whole,
    codes: np.ndarray,
) -> None:  # fmt: skip
    """Write the numbers of texts of a field in this turn to `codes`; -1 for a text that finds no place.

    Texts that differ in capital letters alone are one, in small letters, where `small` says so.
    """
    slots, texts, more = tables.slots[field], tables.texts[field], tables.more[field]
    used, state = tables.used[field], tables.state[field]
    make_room(count, texts, slots, state)
    mask = np.uint64(state[SLOTS] - 1)
    turn = np.uint64(state[TURN]) << _TURN_SHIFT
    for index in range(np.uint64(count)):
        begin = np.int64(begins[index])
        size = np.int64(ends[index]) - begin
        first = beginning(m, begin, size, small)
        hashed = mixed(size, first)
        for place in range(FIRST_WORDS, (size + 7) >> 3):
            hashed = (hashed ^ word(m, begin, size, place, small)) * _MIX
            hashed ^= hashed >> _SHIFT
        slot = (hashed >> _SHIFT) & mask
        code = np.int64(-1)
        for _ in range(MAX_PROBES):
            held = slots[slot]
            if held == 0:
                code = add(m, begin, size, small, first, texts, more, state)
                texts[np.uint64(code), HASH] = hashed
                slots[slot] = code + 1
                break
            other = np.uint64(held - 1)
            differs = (texts[other, 0] ^ first[0]) | (texts[other, 1] ^ first[1]) | (texts[other, 2] ^ first[2])
            differs |= (texts[other, 3] ^ first[3]) | (texts[other, SIZE] ^ np.uint64(size))
            if differs == 0:
                rest, at = texts[other, PLACE], np.int64(FIRST_WORDS)
                while 8 * at < size and more[rest] == word(m, begin, size, at, small):
                    rest, at = rest + _ONE, at + 1
                if 8 * at >= size:
                    code = np.int64(other)
                    break
            slot = (slot + _ONE) & mask
        if code >= 0:
            seen = texts[np.uint64(code), SEEN]
            if seen < turn:
                used[state[USED]] = code
                seen = turn | np.uint64(state[USED])
                texts[np.uint64(code), SEEN] = seen
                state[USED] += 1
            code = np.int64(seen & _NUMBER)
        codes[index] = code


@compiled
def make_room(more: Whole, texts: np.ndarray, slots: np.ndarray, state: np.ndarray) -> None:
    """Let a hash table grow, so that with so many texts more at most half of it is filled."""
    size = state[SLOTS]
    while 2 * (state[COUNT] + more) > size:
        size *= 2
    if size == state[SLOTS]:
        return
    slots[:size] = 0
    mask, state[SLOTS] = np.uint64(size - 1), size
    for code in range(state[COUNT]):
        slot = (texts[code, HASH] >> _SHIFT) & mask
        while slots[slot]:  # not for long: what found a place among few did not need many steps there
            slot = (slot + _ONE) & mask
        slots[slot] = code + 1


@compiled
def add(
    m: Memory, begin: Whole, size: Whole, small: Whole, first: Words, texts: np.ndarray,
    more: np.ndarray, state: np.ndarray,
) -> Whole:  # fmt: skip
    """Keep a text that is new, and give its number."""
    code, place = state[COUNT], state[FILLED]
    texts[code, 0], texts[code, 1], texts[code, 2], texts[code, 3] = first
    texts[code, SIZE], texts[code, PLACE], texts[code, SEEN] = size, place, 0
    for number in range(FIRST_WORDS, (size + 7) >> 3):
        more[place] = word(m, begin, size, number, small)
        place += 1
    state[COUNT], state[FILLED] = code + 1, place
    return code


@kept_with(__file__)
def canonical_names(texts: np.ndarray, more: np.ndarray, first: Whole, found: np.ndarray) -> None:
    """Which texts from `first` on are plain names in small letters, which `dns_names.canonical` gives as they are."""
    for index in range(len(found)):
        text, label, place = first + index, 0, 0
        size: Whole = np.int64(texts[text, SIZE])
        good = size < MAX_NAME_BYTES
        while good and place < size:
            value = letter(texts, more, text, place)
            if value == 46:
                good, label = label > 0, 0
            else:
                good = 97 <= value <= 122 or 47 <= value <= 58 or value in (42, 43, 45, 61, 63, 64, 95)
                label += 1
                good = good and label <= MAX_LABEL_BYTES
            place += 1
        found[index] = good and label > 0


@kept_with(__file__)
def canonical_ipv4(texts: np.ndarray, more: np.ndarray, first: Whole, found: np.ndarray) -> None:
    """Which texts from `first` on are IPv4 addresses that `address_text.canonical` gives as they are."""
    for index in range(len(found)):
        text, dots, digits, number, place = first + index, 0, 0, 0, 0
        size: Whole = np.int64(texts[text, SIZE])
        good = size <= MAX_IPV4_BYTES
        while good and place < size:
            value = letter(texts, more, text, place)
            if value == 46:
                good = digits > 0
                dots, digits, number = dots + 1, 0, 0
            else:
                good = 48 <= value <= 57 and not (digits > 0 and number == 0)
                digits, number = digits + 1, number * 10 + value - 48
                good = good and number < 256
            place += 1
        found[index] = good and dots == 3 and digits > 0


@inlined
def letter(texts: np.ndarray, more: np.ndarray, text: Whole, at: Whole) -> Whole:
    """One byte of a text."""
    if at < FIRST_BYTES:
        value = texts[text, at >> 3]
    else:
        value = more[np.int64(texts[text, PLACE]) + ((at - FIRST_BYTES) >> 3)]
    return np.int64(value >> np.uint64(8 * (at & 7))) & 255
