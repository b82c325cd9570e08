"""The dominant lines of a Postfix log at machine speed, compiled by Numba: what all shapes are read with.

All memory is reached through `byte`, `eight`, `letter`, `eight_letters`, `get` and `put`, which check every place
against its bounds.

The kernel decides nothing on its own: what it takes is a subset of what `LineReader` reads, with equal values, and
whatever it is not sure of (other shapes, quoted addresses, bytes outside printable ASCII) it leaves to `LineReader`.
"""

from __future__ import annotations

from pathlib import Path

from forensics.formats import _text_kernel
from forensics.formats._compiled_code import compiled, kept_with, load, store
from forensics.formats._text_kernel import Whole, find_any, find_capital
from forensics.formats._text_kernel import find as first_place
from forensics.formats.postfix_log import words as w

_FILES = ("words", "kernel", "kernel_shapes", "kernel_scan")
compiled_once = kept_with(_text_kernel.__file__, *(str(Path(__file__).with_name(f"{name}.py")) for name in _FILES))
"""Compile a function and all it calls, and keep the result on disk."""

Context = tuple[int, int, int, int, int, int]
"""Address and size of the block (bytes), of the words (bytes), of the cells (numbers): plain integers, because a
compiled function that is handed arrays counts references to them at every call."""


_NOT_IN_NAMES, _END_OF_ADDRESSES = (32, 60, 62, 93), (34, 60, 62, 92)

# called by `byte`, `eight`, `letter`, `eight_letters`, `get` and `put` alone, which check the place first
_load_byte, _load_cell, _store_cell = load(8), load(64), store()


@compiled
def byte(c: Context, at: int) -> int:
    """The byte of the block at a place; 0, which no line that is read holds, where the block has no such place."""
    return _load_byte(c[0] + at) if 0 <= at < c[1] else 0


@compiled
def eight(c: Context, at: int) -> int:
    """Eight bytes of the block as a number; 0 where the block does not have them all."""
    return _load_cell(c[0] + at) if 0 <= at <= c[1] - 8 else 0


@compiled
def letter(c: Context, at: int) -> int:
    """The byte of the words at a place; 0 where they have no such place."""
    return _load_byte(c[2] + at) if 0 <= at < c[3] else 0


@compiled
def eight_letters(c: Context, at: int) -> int:
    """Eight bytes of the words as a number; 0 where they do not have them all."""
    return _load_cell(c[2] + at) if 0 <= at <= c[3] - 8 else 0


@compiled
def get(c: Context, cell: int) -> int:
    """The number in a cell; 0 where there is no such cell."""
    return _load_cell(c[4] + cell * 8) if 0 <= cell < c[5] else 0


@compiled
def put(c: Context, cell: int, value: int) -> None:
    """Write a number into a cell, if there is one."""
    if 0 <= cell < c[5]:
        _store_cell(c[4] + cell * 8, value)


@compiled
def mark(c: Context, column: int, start: int, end: int) -> None:
    """Note where the text of a column stands."""
    put(c, w.STARTS + column, start)
    put(c, w.ENDS + column, end)


@compiled
def is_at(c: Context, at: int, end: int, word: tuple[int, int]) -> bool:
    """Whether a word stands at a place."""
    if at < 0 or at + word[1] > end:
        return False
    index = 0
    while index + 8 <= word[1]:
        if eight(c, at + index) != eight_letters(c, word[0] + index):
            return False
        index += 8
    rest = word[1] - index
    if at + index + 8 <= c[1]:
        differs = eight(c, at + index) ^ eight_letters(c, word[0] + index)
        return rest == 0 or differs << (64 - 8 * rest) == 0
    while index < word[1]:
        if byte(c, at + index) != letter(c, word[0] + index):
            return False
        index += 1
    return True


@compiled
def find(c: Context, at: int, end: int, wanted: Whole) -> int:
    """The first place of a byte, or -1."""
    place: int = first_place((c[0], c[1]), at, end, wanted)
    return place if place < end else -1


@compiled
def find_word(c: Context, at: int, end: int, word: tuple[int, int]) -> int:
    """The first place of a word, or -1."""
    first, last = letter(c, word[0]), end - word[1] + 1
    place: int = first_place((c[0], c[1]), at, last, first)
    while place < last:
        if is_at(c, place, end, word):
            return place
        place = first_place((c[0], c[1]), place + 1, last, first)
    return -1


@compiled
def number_end(c: Context, at: int, end: int, most: Whole) -> int:
    """The end of 1 to `most` digits, or -1."""
    place = at
    while place < end and place - at <= most and 48 <= byte(c, place) <= 57:
        place += 1
    return place if 0 < place - at <= most else -1


@compiled
def number(c: Context, at: int, end: int) -> int:
    """The value of digits."""
    value = 0
    for place in range(at, end):
        value = value * 10 + (byte(c, place) - 48)
    return value


@compiled
def two_digits(c: Context, at: int) -> int:
    """The value of two digits, or -1."""
    high, low = int(byte(c, at)) - 48, int(byte(c, at + 1)) - 48
    return high * 10 + low if 0 <= high <= 9 and 0 <= low <= 9 else -1


@compiled
def clock(c: Context, at: int) -> int:
    """Nanoseconds of `hh:mm:ss`, or -1."""
    hour, minute, second = two_digits(c, at), two_digits(c, at + 3), two_digits(c, at + 6)
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return -1
    if byte(c, at + 2) != 58 or byte(c, at + 5) != 58:
        return -1
    return ((hour * 60 + minute) * 60 + second) * 1_000_000_000


@compiled
def stamp(c: Context, at: int, end: int) -> int:
    """Read `Nov 23 09:13:41 ` or `2026-11-23T09:13:41.003115+01:00 ` into the cells; where it ends, or -1."""
    if end - at < 40:
        return -1
    if not 65 <= byte(c, at) <= 90:
        return iso_stamp(c, at, end)
    of_day = clock(c, at + 7)
    letters = 97 <= byte(c, at + 1) <= 122 and 97 <= byte(c, at + 2) <= 122
    blank = byte(c, at + 3) == 32 and byte(c, at + 6) == 32 and byte(c, at + 15) == 32
    day = 48 <= byte(c, at + 5) <= 57 and (byte(c, at + 4) == 32 or 48 <= byte(c, at + 4) <= 57)
    keep_time(c, at, at + 6, at, at, of_day)
    return at + 16 if letters and blank and day and of_day >= 0 else -1


@compiled
def keep_time(c: Context, day: int, day_end: int, zone: int, zone_end: int, of_day: int) -> None:
    """Note where a time stamp's day and zone stand, and its nanoseconds of the day."""
    put(c, w.DAY_START, day)
    put(c, w.DAY_END, day_end)
    put(c, w.ZONE_START, zone)
    put(c, w.ZONE_END, zone_end)
    put(c, w.OF_DAY, of_day)


@compiled
def iso_stamp(c: Context, at: int, end: int) -> int:
    """The same for ISO 8601 with or without fraction and zone."""
    for index in (0, 1, 2, 3, 5, 6, 8, 9):
        if not 48 <= byte(c, at + index) <= 57:
            return -1
    if byte(c, at + 4) != 45 or byte(c, at + 7) != 45 or byte(c, at + 10) != 84:
        return -1
    nanoseconds = clock(c, at + 11)
    place = at + 19
    if byte(c, place) == 46:
        ends = number_end(c, place + 1, end, w.UP_TO[9])
        if ends < 0:
            return -1
        nanoseconds += number(c, place + 1, ends) * 10 ** (9 - (ends - place - 1))
        place = ends
    blank = find(c, place, min(place + 7, end), w.SPACE)
    if blank < 0 or clock(c, at + 11) < 0 or not is_zone(c, place, blank):
        return -1
    keep_time(c, at, at + 10, place, blank, nanoseconds)
    return blank + 1


@compiled
def is_zone(c: Context, at: int, end: int) -> bool:
    """Nothing, `Z`, `+01:00` or `+0100`."""
    size = end - at
    if size < 5:
        return size == 0 or (size == 1 and byte(c, at) == 90)
    colon = byte(c, at + 3) == 58
    sign = byte(c, at) in (43, 45)
    return sign and colon == (size == 6) and two_digits(c, at + 1) >= 0 and two_digits(c, end - 2) >= 0


@compiled
def ipv4_end(c: Context, at: int, end: int) -> int:
    """The end of an IPv4 address in canonical text, or -1."""
    place = at
    for part in range(4):
        value, start = 0, place
        while place < end and place - start < 4 and 48 <= byte(c, place) <= 57:
            value, place = value * 10 + byte(c, place) - 48, place + 1
        if not 0 < place - start < 4 or value > 255 or (byte(c, start) == 48 and place - start > 1):
            return -1
        if part < 3:
            if place >= end or byte(c, place) != 46:
                return -1
            place += 1
    return place


@compiled
def ipv6_end(c: Context, at: int, end: int) -> int:
    """The end of what may be an IPv6 address in canonical text (its value is checked later), or -1."""
    if at + 2 > end or byte(c, at) == 58:
        return -1
    place, colons = at, 0
    while place < end and (48 <= byte(c, place) <= 58 or 97 <= byte(c, place) <= 102):
        colons += byte(c, place) == 58
        place += 1
    return place if colons > 1 and place - at < 40 else -1


@compiled
def peer(c: Context, at: int, end: int) -> int:
    """Read `name[address]` or `name[address]:port`; where it ends, or -1."""
    opening = find(c, at, min(end, at + 256), w.OPENING)
    if opening < 0 or opening == at or byte(c, opening - 1) == 46:
        return -1
    if (
        find_any((c[0], c[1]), at, opening, _NOT_IN_NAMES) < opening
        or find_capital((c[0], c[1]), at, opening) < opening
    ):
        return -1
    closing = ipv4_end(c, opening + 1, end)
    if closing < 0:
        closing = ipv6_end(c, opening + 1, end)
        put(c, w.CODES + w.FLAGS, get(c, w.CODES + w.FLAGS) | w.IS_IPV6)
    if closing < 0 or closing >= end or byte(c, closing) != 93:
        return -1
    if not (opening - at == 7 and is_at(c, at, end, w.UNKNOWN)):
        mark(c, w.PEER_NAME, at, opening)
    mark(c, w.PEER_IP, opening + 1, closing)
    if is_at(c, opening + 1, closing, w.LOOPBACK):
        put(c, w.CODES + w.FLAGS, get(c, w.CODES + w.FLAGS) | w.IS_LOOPBACK)
    place = closing + 1
    if place + 1 < end and byte(c, place) == 58 and byte(c, place + 1) != 32:
        ends = number_end(c, place + 1, end, w.UP_TO[5])
        if ends < 0 or number(c, place + 1, ends) > 65_535:
            return -1
        put(c, w.NUMBERS + w.PEER_PORT, number(c, place + 1, ends))
        place = ends
    return place


@compiled
def queue_id(c: Context, at: int, end: int) -> int:
    """Read a short queue id and `: `; where they end, or -1."""
    place = at
    while place < end and (48 <= byte(c, place) <= 57 or 65 <= byte(c, place) <= 70):
        place += 1
    if not 5 <= place - at <= 30 or place + 2 > end or byte(c, place) != 58 or byte(c, place + 1) != 32:
        return long_queue_id(c, at, end)
    mark(c, w.QUEUE_ID, at, place)
    return place + 2


@compiled
def is_base_52(value: int) -> bool:
    """A digit or a consonant."""
    if 48 <= value <= 57:
        return True
    lower = value | 32
    return 97 <= lower <= 122 and lower not in (97, 101, 105, 111, 117)


@compiled
def long_queue_id(c: Context, at: int, end: int) -> int:
    """Read a long queue id (base 52: digits and consonants, with a `z`) and `: `."""
    place, has_z = at, False
    while place < end and is_base_52(byte(c, place)):
        has_z |= byte(c, place) == 122
        place += 1
    if not has_z or not 10 <= place - at <= 30 or place + 2 > end or byte(c, place) != 58 or byte(c, place + 1) != 32:
        return -1
    mark(c, w.QUEUE_ID, at, place)
    return place + 2


@compiled
def angle(c: Context, at: int, end: int, column: int) -> int:
    """Read `<address>` without quotes into a column; where it ends, or -1."""
    if at >= end or byte(c, at) != 60:
        return -1
    last = min(end, at + 1000)
    place: int = find_any((c[0], c[1]), at + 1, last, _END_OF_ADDRESSES)
    if place >= last or byte(c, place) != 62:
        return -1
    mark(c, column, at + 1, place)
    return place + 1
