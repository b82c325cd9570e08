"""The pass over a block: each line's frame, the shape of its daemon, the numbers of its texts in the dictionaries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forensics.formats._compiled_code import compiled
from forensics.formats._text_kernel import (
    FIRST_BYTES,
    FIRST_WORDS,
    Memory,
    Whole,
    Words,
    beginning,
    mixed,
    part,
    stray,
    word,
)
from forensics.formats.postfix_log import words as w
from forensics.formats.postfix_log.kernel import (
    Context,
    byte,
    compiled_once,
    eight,
    find,
    get,
    is_at,
    mark,
    number,
    number_end,
    put,
    stamp,
)
from forensics.formats.postfix_log.kernel_shapes import cleanup, delivery, qmgr, smtpd

_MAX_PROBES = 64
"""Places that are tried in a hash table; a text that finds none leaves its line to the exact reader."""

_TAG_SHIFT, _TAG, _ONE = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(1)
_NOTHING = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))


class Lines(NamedTuple):
    """What `scan` found, one entry per line; text as numbers into the dictionary of its column, -1 is None.

    Entries of lines that are not `FAST` mean nothing.
    """

    kind: np.ndarray
    """`words.SLOW`, `words.FAST` or `words.OTHER_PROGRAM`."""
    codes: np.ndarray
    """[event, status, daemon, flags] as numbers of `words`."""
    day: np.ndarray
    """Number of the run of lines of one day."""
    nanoseconds: np.ndarray
    """Since the start of that day."""
    texts: np.ndarray
    numbers: np.ndarray
    delays: np.ndarray


class Dictionaries(NamedTuple):
    """The values of each text column: how many, and where they stand in the block."""

    counts: np.ndarray
    starts: np.ndarray
    tagged: np.ndarray
    """Below 32 bits the length, above them the hash."""
    sizes: np.ndarray
    slots: np.ndarray
    """The hash table, its first places, a power of two: number of the value plus 1; 0 is free."""


@compiled_once
def scan(
    c: Context, cells: np.ndarray, starts: np.ndarray, ends: np.ndarray, doubtful: np.ndarray, lines: Lines,
    dictionaries: Dictionaries,
) -> Whole:  # fmt: skip
    """Read the lines of a block; `doubtful` ones are left alone. Gives the number of runs of one day.

    `cells` are those of the context.

    A run ends with the day, and with every line that is left: what that line says of the time is not known here.
    """
    kinds, codes, days, of_day, texts, numbers, delays = lines
    runs, going, day, day_end, zone, zone_end = 0, False, 0, 0, 0, 0
    for column in range(len(texts)):
        dictionaries.counts[column], dictionaries.sizes[column] = 0, w.LEAST_SLOTS
        dictionaries.slots[column, : w.LEAST_SLOTS] = 0
    for first in range(0, len(starts), w.LINES_AT_ONCE):
        count = min(w.LINES_AT_ONCE, len(starts) - first)
        cells[:] = -1
        for number_there in range(count):
            index = first + number_there
            kinds[index] = w.SLOW if doubtful[index] else one(of_line(c, number_there), starts[index], ends[index])
        for column in range(len(texts)):
            intern(c, column, kinds[first : first + count], texts[column, first : first + count], dictionaries)
        for number_there in range(count):
            index, d = first + number_there, of_line(c, number_there)
            days[index] = -1
            if kinds[index] != w.FAST:
                going = going and kinds[index] != w.SLOW
                continue
            today = going and same(c, day, day_end, get(d, w.DAY_START), get(d, w.DAY_END))
            if not today or not same(c, zone, zone_end, get(d, w.ZONE_START), get(d, w.ZONE_END)):
                runs += 1
            going, day, day_end = True, get(d, w.DAY_START), get(d, w.DAY_END)
            zone, zone_end = get(d, w.ZONE_START), get(d, w.ZONE_END)
            days[index] = runs - 1
            of_day[index] = get(d, w.OF_DAY)
            for column in range(len(numbers)):
                numbers[column, index] = get(d, w.NUMBERS + column)
            for column in range(len(codes)):
                codes[column, index] = get(d, w.CODES + column)
            delays[index] = get(d, w.DELAY) / get(d, w.DELAY_SCALE) if get(d, w.DELAY) >= 0 else -1.0
    return runs


@compiled
def of_line(c: Context, line: Whole) -> Context:
    """The context of one of the lines that are read at once: with cells of its own."""
    if not 0 <= line < w.LINES_AT_ONCE or c[5] < w.LINES_AT_ONCE * w.CELLS:
        return c[0], c[1], c[2], c[3], 0, 0
    return c[0], c[1], c[2], c[3], c[4] + line * w.CELLS * 8, w.CELLS


@compiled_once
def cut(c: Context, ends: np.ndarray, doubtful: np.ndarray) -> Whole:
    """Find the ends of lines, and the lines with bytes outside printable ASCII; gives the number of lines."""
    m, lines, odd, place = (c[0], c[1]), 0, False, 0
    while place < c[1]:
        place = stray(m, place)
        if place < c[1] and byte(c, place) != 10:
            odd = True
        elif place < c[1] or byte(c, c[1] - 1) != 10:
            ends[lines], doubtful[lines] = place, odd
            lines, odd = lines + 1, False
        place += 1
    if c[1] and odd:
        ends[lines], doubtful[lines] = c[1], odd
        lines += 1
    return lines


@compiled
def intern(c: Context, column: Whole, kinds: np.ndarray, texts: np.ndarray, dictionaries: Dictionaries) -> None:
    """Write the numbers of a column's texts in the lines read at once; one that finds no place makes its line slow."""
    starts, tagged, slots = dictionaries.starts[column], dictionaries.tagged[column], dictionaries.slots[column]
    make_room(column, len(texts), dictionaries)
    count, mask = dictionaries.counts[column], np.uint64(dictionaries.sizes[column] - 1)
    m, held_first = (c[0], c[1]), _NOTHING
    held: Whole = -1
    held_size: Whole = -1
    for index in range(len(texts)):
        texts[index] = -1
        d = of_line(c, index)
        start, size = get(d, w.STARTS + column), get(d, w.ENDS + column) - get(d, w.STARTS + column)
        if kinds[index] == w.SLOW or start < 0:
            continue
        first = beginning(m, start, size, False)
        # most lines have the host of the line before, and so on
        if size != held_size or not equal(m, first, held_first, start, starts[held], size):
            tag = mixed(size, first) >> _TAG_SHIFT
            if size > FIRST_BYTES:
                tag = (tag ^ hashed(c, start + FIRST_BYTES, start + size)) & _TAG
            there = tag << _TAG_SHIFT | np.uint64(size)
            slot, held = tag & mask, -1
            for _ in range(_MAX_PROBES):
                other = np.int64(slots[slot]) - 1
                if other < 0:
                    held, slots[slot], starts[count], tagged[count] = count, count + 1, start, there
                    count += 1
                    break
                if tagged[other] == there:
                    other_first = beginning(m, starts[other], size, False)
                    if equal(m, first, other_first, start, starts[other], size):
                        held = other
                        break
                slot = (slot + _ONE) & mask
            held_size, held_first = size, first
            if held < 0:
                kinds[index], held_size = w.SLOW, -1
        texts[index] = held
    dictionaries.counts[column] = count


@compiled
def make_room(column: Whole, more: Whole, dictionaries: Dictionaries) -> None:
    """Let a column's hash table grow, so that with so many texts more at most half of it is filled."""
    size, count, slots = dictionaries.sizes[column], dictionaries.counts[column], dictionaries.slots[column]
    if 2 * (count + more) <= size:
        return
    while 2 * (count + more) > size:
        size *= 2
    slots[:size] = 0
    mask = np.uint64(size - 1)
    for number_there in range(count):
        slot = (dictionaries.tagged[column, number_there] >> _TAG_SHIFT) & mask
        while slots[slot]:  # not for long: what found a place among few did not need many steps there
            slot = (slot + _ONE) & mask
        slots[slot] = number_there + 1
    dictionaries.sizes[column] = size


@compiled
def equal(m: Memory, first: Words, other: Words, start: Whole, other_start: Whole, size: Whole) -> Whole:
    """Whether two texts of one size are equal, of which the first bytes are at hand."""
    differs = (first[0] ^ other[0]) | (first[1] ^ other[1]) | (first[2] ^ other[2]) | (first[3] ^ other[3])
    number_there = FIRST_WORDS
    while differs == 0 and 8 * number_there < size:
        differs = word(m, start, size, number_there, False) ^ word(m, other_start, size, number_there, False)
        number_there += 1
    return differs == 0


@compiled
def hashed(c: Context, start: Whole, end: Whole) -> Whole:
    """A hash of a text."""
    value, place = np.uint64(end - start), start
    while place < end:
        value = (value ^ part((c[0], c[1]), place, min(end - place, 8))) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(29)
        place += 8
    return value >> _TAG_SHIFT


@compiled
def same(c: Context, at: int, end: int, other: int, other_end: int) -> bool:
    """Whether two stretches of the block are equal."""
    if end - at != other_end - other:
        return False
    while end - at >= 8:
        if eight(c, at) != eight(c, other):
            return False
        at, other = at + 8, other + 8
    while at < end:
        if byte(c, at) != byte(c, other):
            return False
        at, other = at + 1, other + 1
    return True


@compiled
def one(c: Context, at: int, end: int) -> int:
    """Read one line into its cells, which hold -1: its kind."""
    put(c, w.CODES + w.FLAGS, 0)
    host = stamp(c, at, end)
    host_end = find(c, host, min(end, host + 256), w.SPACE) if host >= 0 else -1
    if host_end <= host or find(c, host, host_end, w.COLON) >= 0:
        return w.SLOW
    tag = host_end + 1
    if not is_at(c, tag, end, w.POSTFIX):
        return other_program(c, tag, end)
    place, daemon = tag, tag
    while place < end and 45 <= byte(c, place) <= 122 and byte(c, place) not in (58, 91, 93):
        if byte(c, place) == 47:
            daemon = place + 1
        place += 1
    mark(c, w.HOST, host, host_end)
    mark(c, w.PROGRAM, tag, place)
    message = after_pid(c, place, end)
    if place - tag > 128 or message < 0 or message >= end:
        return w.SLOW
    return w.FAST if shape(c, daemon, place, message, end) else w.SLOW


@compiled
def shape(c: Context, daemon: int, daemon_end: int, message: int, end: int) -> bool:
    """Whether the message is one of its daemon's shapes."""
    size = daemon_end - daemon
    if size == w.SMTPD[1] and is_at(c, daemon, daemon_end, w.SMTPD):
        put(c, w.CODES + w.DAEMON, w.IS_SMTPD)
        return smtpd(c, message, end)
    if size == w.CLEANUP[1] and is_at(c, daemon, daemon_end, w.CLEANUP):
        put(c, w.CODES + w.DAEMON, w.IS_CLEANUP)
        return cleanup(c, message, end)
    if size == w.QMGR[1] and is_at(c, daemon, daemon_end, w.QMGR):
        put(c, w.CODES + w.DAEMON, w.IS_QMGR)
        return qmgr(c, message, end)
    for index, name in enumerate(w.SENDERS):
        if size == name[1] and is_at(c, daemon, daemon_end, name):
            put(c, w.CODES + w.DAEMON, w.FIRST_SENDER + index)
            return delivery(c, message, end)
    return False


@compiled
def after_pid(c: Context, at: int, end: int) -> int:
    """Read `[4711]: `; where the message begins, or -1."""
    if at >= end or byte(c, at) != 91:
        return -1
    ends = number_end(c, at + 1, end, w.UP_TO[10])
    if ends < 0 or ends + 3 > end or byte(c, ends) != 93 or byte(c, ends + 1) != 58 or byte(c, ends + 2) != 32:
        return -1
    put(c, w.NUMBERS + w.PID, number(c, at + 1, ends))
    return ends + 3


@compiled
def other_program(c: Context, tag: int, end: int) -> int:
    """A plain name without slash, other than `postfix`, and `[pid]:` or `:`."""
    place = tag
    while place < end and is_plain(byte(c, place)):
        place += 1
    name_end = place
    if not 0 < place - tag <= 40 or (place - tag == w.POSTFIX_ALONE[1] and is_at(c, tag, end, w.POSTFIX_ALONE)):
        return w.SLOW
    if place < end and byte(c, place) == 91:
        place = number_end(c, place + 1, end, w.UP_TO[10])
        if place < 0 or byte(c, place) != 93:
            return w.SLOW
        place += 1
    if place >= end or byte(c, place) != 58:
        return w.SLOW
    mark(c, w.PROGRAM, tag, name_end)
    return w.OTHER_PROGRAM


@compiled
def is_plain(value: int) -> bool:
    """A letter, a digit, or one of `_.-`."""
    return 48 <= value <= 57 or 97 <= value | 32 <= 122 or value in (95, 46, 45)
