"""Texts of many messages as numbers of distinct ones, found by code that Numba compiles.

What a text is made from becomes a key: a run of words of eight bytes, zeros past its end, equal where the text is. Each
access to an array is checked against its bounds (`boundscheck`): one that fails raises IndexError.

This file alone holds what is compiled, since what is kept on disk is stale where it was changed, and no other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forensics.formats._compiled_code import copied_in, fetch, kept

Whole = Any
"""A whole number: where it runs, one of 64 bits."""

MAX_NAME_BYTES, MAX_POINTERS = 255, 64
KEY_WORDS = 34
"""The most words of a key, and of what is written past its end."""
INTERNET = 1
A, AAAA, NAME, MX, TXT = 1, 28, 2, 15, 16
"""What a key of record data begins with; MX with the preference above 16 bits."""
AT_ONCE = 16
"""Keys that are looked for at once."""
AHEAD = 12
"""So many values ahead bytes are fetched: a block is larger than what a processor keeps near."""
MAX_PROBES = 32
"""Places of the hash table that are looked at: keys made to collide are kept again rather than searched for."""
MIX = np.uint64(0x9E3779B97F4A7C15)
TOPS, LOW_BITS = np.uint64(0x8080808080808080), np.uint64(0x7F7F7F7F7F7F7F7F)
PAST_Z, FROM_A = np.uint64(0x2525252525252525), np.uint64(0x3F3F3F3F3F3F3F3F)

_fetch = fetch()


@copied_in
def _word(words: Any, at: Whole, size: Whole) -> Any:
    """The next bytes, at most eight of `size`; what lies behind them is 0."""
    word = words[at]
    if size < 8:
        word &= (np.uint64(1) << np.uint64(8 * size)) - np.uint64(1)
    return word


@copied_in
def _copied(words: Any, at: Whole, size: Whole, keys: Any, place: Whole) -> Whole:
    """Write bytes as part of a key; where it ends."""
    for step in range(0, size, 8):
        keys[place] = _word(words, at + step, size - step)
        place += 1
    return place


@copied_in
def _lowered(value: Any) -> Any:
    """Eight bytes, the ASCII letters among them small; the length of a label is no letter."""
    low = value & LOW_BITS
    capital = (low + FROM_A) & ~(low + PAST_Z) & ~value & TOPS
    return value | (capital >> np.uint64(2))


@copied_in
def _name_key(
    data: Any, words: Any, base: Whole, at: Whole, end: Whole, loose: Any, place: Whole
) -> tuple[Whole, Whole]:  # fmt: skip
    """Write a name, its labels with their lengths, as a key; where the key ends, and the name in its place (or -1)."""
    after, cursor, floor, pointers, out = 0, at, at, 0, 8 * place
    size: Whole = 0
    found: Whole = -1
    while cursor < end:
        kind = np.int64(data[cursor])
        if kind >= 0x40:
            if kind < 0xC0 or cursor + 1 >= end:
                break
            target = base + ((kind & 0x3F) << 8 | np.int64(data[cursor + 1]))
            pointers += 1
            if target >= floor or pointers > MAX_POINTERS:
                break
            after = after or cursor + 2
            cursor = floor = target
            continue
        size += kind + 1
        if size > MAX_NAME_BYTES or cursor + kind >= end:
            break
        for step in range(0, kind + 1, 8):  # what is written past the label is written over
            loose[out + step] = _lowered(words[cursor + step])
        out += kind + 1
        cursor += kind + 1
        if kind == 0:
            loose[out] = 0
            found = after or cursor
            break
    return place if found < 0 else (out + 7) >> 3, found


@copied_in
def _is_plain(data: Any, begin: Whole, end: Whole) -> bool:
    """Whether bytes are printable and need no escape."""
    plain = True
    for index in range(begin, end):
        if data[index] < 0x20 or data[index] > 0x7E or data[index] == 0x5C:
            plain = False
            break
    return plain


@copied_in
def _hashed(keys: Any, begin: Whole, end: Whole) -> Any:
    hashed = np.uint64(end - begin)
    for place in range(begin, end):
        hashed = (hashed ^ keys[place]) * MIX
        hashed ^= hashed >> np.uint64(32)
    return hashed


@copied_in
def _number(
    written: Any, begin: Whole, size: Whole, hashed: Any, keys: Any, first: Any, count: Whole, slots: Any
) -> tuple[Whole, Whole]:  # fmt: skip
    """The number of a key that was written (-1 for one of no words), which is kept if it is new; how many keys are."""
    code: Whole = -1
    free: Whole = -1
    mask = np.uint64(len(slots) - 1)
    for probe in range(MAX_PROBES if size else 0):
        slot = np.int64((hashed + np.uint64(probe)) & mask)
        code = np.int64(slots[slot])
        if code < 0:
            free = slot
            break
        known = first[code]
        same = first[code + 1] - known == size
        if same:
            for place in range(size):
                if keys[known + place] != written[begin + place]:
                    same = False
                    break
        if same:
            break
        code = -1
    if code < 0 and size:
        code, known = count, first[count]
        for place in range(size):
            keys[known + place] = written[begin + place]
        count += 1
        first[count] = known + size
        if free >= 0:
            slots[free] = code
    return code, count


@copied_in
def _number_all(
    many: Whole, written: Any, state: Any, codes: Any, done: Whole, keys: Any, first: Any, slots: Any, count: Whole
) -> Whole:
    """Number so many keys that were written, each from its place on; how many keys there are.

    Keys are found in steps, each for all of them, so that the memory is asked for many at once.
    """
    mask = np.uint64(len(slots) - 1)
    for index in range(many):
        begin = index * KEY_WORDS
        state[1, index] = np.int64(_hashed(written, begin, begin + state[0, index]))
        _fetch(slots.ctypes.data + 4 * np.int64(np.uint64(state[1, index]) & mask))
    for index in range(many):
        code = np.int64(slots[np.int64(np.uint64(state[1, index]) & mask)])
        state[2, index] = max(code, 0)
        _fetch(first.ctypes.data + 8 * state[2, index])
    for index in range(many):
        _fetch(keys.ctypes.data + 8 * first[state[2, index]])
    for index in range(many):
        size, hashed = state[0, index], np.uint64(state[1, index])
        codes[done + index], count = _number(written, index * KEY_WORDS, size, hashed, keys, first, count, slots)
    return count


@kept
def find_again(keys: Any, first: Any, count: Whole, slots: Any) -> None:
    """Let an empty hash table find the keys; one that finds no place is left out."""
    mask = np.uint64(len(slots) - 1)
    for code in range(count):
        hashed = _hashed(keys, first[code], first[code + 1])
        for probe in range(MAX_PROBES):
            slot = np.int64((hashed + np.uint64(probe)) & mask)
            if slots[slot] < 0:
                slots[slot] = code
                break


# Each of these writes the number of each key to `codes`, from `done` on, -1 for one that has none, until there is no
# more room for keys, and gives how many are done and how many keys there are. `keys` holds the distinct keys; `first`
# says where each begins, and where the last ends; `slots` is a hash table of their numbers, a power of two, -1 where it
# is free. `AT_ONCE` keys are written to `written` first, of which `loose` has the words from each byte on; `state` has
# three numbers for each.


@copied_in
def _has_room(keys: Any, first: Any, count: Whole) -> Any:
    return count + AT_ONCE < len(first) and first[count] + AT_ONCE * KEY_WORDS <= len(keys)


@kept
def name_codes(
    data: Any, words: Any, base: Any, at: Any, end: Any, codes: Any, done: Whole,
    written: Any, loose: Any, state: Any, keys: Any, first: Any, slots: Any, count: Whole,
) -> tuple[Whole, Whole]:  # fmt: skip
    """Number names; one that cannot be read has no key."""
    while done < len(at) and _has_room(keys, first, count):
        many = min(AT_ONCE, len(at) - done)
        for index in range(many):
            value, place = done + index, index * KEY_WORDS
            _fetch(words.ctypes.data + at[min(value + AHEAD, len(at) - 1)])
            stop, _ = _name_key(data, words, base[value], at[value], end[value], loose, place)
            state[0, index] = stop - place
        count = _number_all(many, written, state, codes, done, keys, first, slots, count)
        done += many
    return done, count


@kept
def run_codes(
    words: Any, at: Any, sizes: Any, codes: Any, done: Whole,
    written: Any, keys: Any, first: Any, slots: Any, count: Whole,
) -> tuple[Whole, Whole]:  # fmt: skip
    """Number runs of so many bytes, such as addresses, one by one, for they are short and most are met often."""
    while done < len(at) and _has_room(keys, first, count):
        _fetch(words.ctypes.data + at[min(done + AHEAD, len(at) - 1)])
        size = _copied(words, at[done], sizes[done], written, 0)
        codes[done], count = _number(written, 0, size, _hashed(written, 0, size), keys, first, count, slots)
        done += 1
    return done, count


@kept
def rdata_codes(
    data: Any, words: Any, begin: Any, end: Any, records: Any, codes: Any, done: Whole,
    written: Any, loose: Any, state: Any, keys: Any, first: Any, slots: Any, count: Whole,
) -> tuple[Whole, Whole]:  # fmt: skip
    """Number record data; that of rarer types has no key. `records` are rows as those of `kernel.messages`."""
    while done < len(codes) and _has_room(keys, first, count):
        many = min(AT_ONCE, len(codes) - done)
        for index in range(many):
            value, place = done + index, index * KEY_WORDS
            _fetch(words.ctypes.data + records[5, min(value + AHEAD, len(codes) - 1)])
            of, kind, rclass = records[0, value], records[2, value], records[3, value]
            at, size, stop = records[5, value], records[6, value], place
            if rclass != INTERNET:
                pass
            elif (kind == A and size == 4) or (kind == AAAA and size == 16):
                written[place] = np.uint64(kind)
                stop = _copied(words, at, size, written, place + 1)
            elif kind in (2, 5, 12, 39) or (kind == MX and size >= 3):
                skip, written[place] = 0, np.uint64(NAME)
                if kind == MX:
                    preference = np.int64(data[at]) << 8 | np.int64(data[at + 1])
                    skip, written[place] = 2, np.uint64(MX | preference << 16)
                stop, after = _name_key(data, words, begin[of], at + skip, end[of], loose, place + 1)
                if after != at + size:
                    stop = place
            elif kind in (16, 99) and size >= 2 and data[at] == size - 1 and _is_plain(data, at + 1, at + size):
                written[place] = np.uint64(TXT)
                stop = _copied(words, at, size, written, place + 1)
            state[0, index] = stop - place
        count = _number_all(many, written, state, codes, done, keys, first, slots, count)
        done += many
    return done, count


@kept
def name_texts(octets: Any, at: Any, text: Any, offsets: Any) -> None:
    """Write the texts of names whose keys begin at these bytes; none for one that is not its own text.

    Those are the root, and names with bytes to escape.
    """
    offsets[0] = 0
    for index in range(len(at)):
        begin, cursor = np.int64(offsets[index]), at[index]
        out: Whole = begin
        left: Whole = np.int64(octets[cursor])
        while left > 0:
            if out > begin:
                text[out] = 0x2E
                out += 1
            cursor += 1
            while left > 0:
                byte = octets[cursor]
                if byte < 0x21 or byte > 0x7E or byte == 0x2E or byte == 0x5C:
                    left, out = -1, begin
                else:
                    text[out] = byte
                    left, out, cursor = left - 1, out + 1, cursor + 1
            if left == 0:
                left = np.int64(octets[cursor])
        offsets[index + 1] = out
