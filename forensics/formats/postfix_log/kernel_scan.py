"""The pass over a block: each line's frame, the shape of its daemon, the numbers of its texts in the dictionaries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forensics.formats._compiled_code import compiled
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
    """The values of each text column: how many, and where they stand in the block. `slots` is the hash table."""

    counts: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    slots: np.ndarray
    last: np.ndarray
    """The number that each column gave last: most lines have the host of the line before."""


@compiled_once
def scan(
    c: Context, starts: np.ndarray, ends: np.ndarray, doubtful: np.ndarray, lines: Lines, dictionaries: Dictionaries
) -> int:
    """Read the lines of a block; `doubtful` ones are left alone. Gives the number of runs of one day.

    A run ends with the day, and with every line that is left: what that line says of the time is not known here.
    """
    kinds, codes, days, of_day, texts, numbers, delays = lines
    runs, going, day, day_end, zone, zone_end = 0, False, 0, 0, 0, 0
    for index in range(len(starts)):
        kind = w.SLOW if doubtful[index] else one(c, starts[index], ends[index])
        if kind != w.SLOW and not interned(c, index, texts, dictionaries):
            kind = w.SLOW
        kinds[index] = kind
        days[index] = -1
        if kind != w.FAST:
            going = going and kind != w.SLOW
            continue
        today = going and same(c, day, day_end, get(c, w.DAY_START), get(c, w.DAY_END))
        if not today or not same(c, zone, zone_end, get(c, w.ZONE_START), get(c, w.ZONE_END)):
            runs += 1
        going, day, day_end = True, get(c, w.DAY_START), get(c, w.DAY_END)
        zone, zone_end = get(c, w.ZONE_START), get(c, w.ZONE_END)
        days[index] = runs - 1
        of_day[index] = get(c, w.OF_DAY)
        for column in range(len(numbers)):
            numbers[column, index] = get(c, w.NUMBERS + column)
        for column in range(len(codes)):
            codes[column, index] = get(c, w.CODES + column)
        delays[index] = get(c, w.DELAY) / get(c, w.DELAY_SCALE) if get(c, w.DELAY) >= 0 else -1.0
    return runs


@compiled_once
def cut(c: Context, ends: np.ndarray, doubtful: np.ndarray) -> int:
    """Find the ends of lines, and the lines with bytes outside printable ASCII; gives the number of lines.

    Eight bytes at a time are looked at as one number: one of them is below 32 or above 126 only where the top bit of
    a byte is set after 32 was taken from each, or 1 added to each.
    """
    place, size, lines, odd = 0, c[1], 0, False
    while place < size:
        step = 1
        if place + 8 <= size:
            value = np.uint64(eight(c, place))
            low, high = value - np.uint64(0x2020202020202020), value + np.uint64(0x0101010101010101)
            if not (low | high | value) & np.uint64(0x8080808080808080):
                place += 8
                continue
            step = 8
        for at in range(place, place + step):
            if byte(c, at) == 10:
                ends[lines], doubtful[lines] = at, odd
                lines, odd = lines + 1, False
            elif not 32 <= byte(c, at) <= 126:
                odd = True
        place += step
    if size and byte(c, size - 1) != 10:
        ends[lines], doubtful[lines] = size, odd
        lines += 1
    return lines


@compiled_once
def gather(c: Context, starts: np.ndarray, lengths: np.ndarray, values: np.ndarray) -> None:
    """Write texts of the block one behind another."""
    at = 0
    for index in range(len(starts)):
        start, length = starts[index], lengths[index]
        for place in range(length):
            values[at + place] = byte(c, start + place)
        at += length


@compiled
def interned(c: Context, index: int, texts: np.ndarray, dictionaries: Dictionaries) -> bool:
    """Write the numbers of a line's texts; False where one finds no place in its dictionary."""
    counts, starts, lengths, slots, last = dictionaries
    mask = slots.shape[1] - 1
    for column in range(len(texts)):
        start, end = get(c, w.STARTS + column), get(c, w.ENDS + column)
        if start < 0:
            texts[column, index] = -1
            continue
        held = last[column]
        if held >= 0 and same(c, starts[column, held], starts[column, held] + lengths[column, held], start, end):
            texts[column, index] = held
            continue
        slot = hashed(c, start, end) & mask
        probes = 0
        while slots[column, slot]:
            held = slots[column, slot] - 1
            if same(c, starts[column, held], starts[column, held] + lengths[column, held], start, end):
                break
            slot, probes = (slot + 1) & mask, probes + 1
            if probes == _MAX_PROBES:
                return False
        if not slots[column, slot]:
            held = counts[column]
            counts[column] = held + 1
            starts[column, held], lengths[column, held] = start, end - start
            slots[column, slot] = held + 1
        texts[column, index] = held
        last[column] = held
    return True


@compiled
def hashed(c: Context, start: int, end: int) -> int:
    """A hash of a text."""
    value, place = np.uint64(end - start), start
    while place + 8 <= end:
        value = (value ^ np.uint64(eight(c, place))) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(29)
        place += 8
    while place < end:
        value = (value ^ np.uint64(byte(c, place))) * np.uint64(0x100000001B3)
        place += 1
    value ^= value >> np.uint64(32)
    return np.int64(value & np.uint64(0x7FFFFFFF))  # type: ignore[return-value]


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
    """Read one line into the cells: its kind."""
    for column in range(w.NUMBERS - w.ENDS):
        put(c, w.STARTS + column, -1)
    for cell in range(w.NUMBERS, w.DELAY + 1):
        put(c, cell, -1)
    put(c, w.CODES + w.FLAGS, 0)
    host = stamp(c, at, end)
    host_end = find(c, host, min(end, host + 256), 32) if host >= 0 else -1
    if host_end <= host or find(c, host, host_end, 58) >= 0:
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
    ends = number_end(c, at + 1, end, 10)
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
        place = number_end(c, place + 1, end, 10)
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
