"""Each compiled step finds what the step of the same name in NumPy finds, in damaged bytes too."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats._capture import kernel
from forensics.formats._capture.compiled import COMPILED
from forensics.formats._capture.decoding import PLAIN, RecordHeader
from forensics.protocols.byte_columns import Ints, Loads
from forensics.protocols.packets.columns import DATAGRAM, SEGMENT

QUESTION = struct.pack("!6H", 7, 0x8180, 1, 2, 0, 1) + b"\4mail\7Example\0\0\1\0\1"
ANSWERS = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1" + b"\xc0\x11\0\2\0\1\0\0\0\5\0\4\1a\xc0\x11"
MESSAGE = QUESTION + ANSWERS + b"\0\0\x29\4\xd0\0\0\x80\0\0\0"
NAMES = [
    b"\4mail\7EXAMPLE\0",
    b"\0",
    b"\1.\0",
    b"\3a b\0",
    b"\xc0\x00",
    b"\x3f" + b"x" * 63 + b"\0",
    b"\1a\xc0\x00",
    b"\x80",
]

damaged = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def damage(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice([0, 1, 2, 8]) if data else 0):
        data[chance.randrange(len(data))] = chance.choice([0, 1, 4, 63, 64, 0xC0, 255, chance.randrange(256)])
    return bytes(data)


def places(pieces: list[bytes]) -> tuple[bytes, Ints, Ints]:
    sizes = np.array([len(piece) for piece in pieces], np.int64)
    ends = np.cumsum(sizes)
    return b"".join(pieces), ends - sizes, ends


@damaged
@given(st.integers(0, 1 << 60))
def test_messages(seed: int) -> None:
    chance = random.Random(seed)
    data, begin, end = places([damage(MESSAGE, chance)[: chance.choice([99, 40, 20])] for _ in range(30)])
    plain, found = (steps.messages(Loads(data), begin, end) for steps in (PLAIN, COMPILED))
    for field in set(plain._fields) - {"records"}:
        assert getattr(plain, field).tolist() == getattr(found, field).tolist(), field
    for field in plain.records._fields:
        assert getattr(plain.records, field).tolist() == getattr(found.records, field).tolist(), field


@damaged
@given(st.integers(0, 1 << 60))
def test_names(seed: int) -> None:
    chance = random.Random(seed)
    data, begin, end = places([damage(b"".join(chance.sample(NAMES, 3)), chance) for _ in range(30)])
    loads, at = Loads(data), begin + chance.randrange(4)
    usable = at < end
    base, at, end = begin[usable], at[usable], end[usable]
    (after, fits), (found_after, found_fits) = (steps.skip_names(loads, base, at, end) for steps in (PLAIN, COMPILED))
    assert fits.tolist() == found_fits.tolist()
    assert after[fits].tolist() == found_after[fits].tolist()
    plain, found = (steps.names(loads, base[fits], at[fits], end[fits]).to_pylist() for steps in (PLAIN, COMPILED))
    assert plain == found


@damaged
@given(st.integers(0, 1 << 60))
def test_headers(seed: int) -> None:
    chance = random.Random(seed)
    four = struct.pack("!BBHHHBBH8s", 0x45, 0, 44, 1, 0, 64, 17, 0, b"abcdefgh") + struct.pack("!HHHH", 53, 53, 24, 0)
    six = struct.pack("!IHBB32s", 0x60000000, 24, 6, 64, bytes(32)) + bytes(24)
    packets, links = [], []
    for _ in range(40):
        links.append(chance.choice([0, 1, 12, 101, 108, 113, 147]))
        packet = chance.choice([four, six]) + bytes(16)
        kind = b"\x08\0" if packet[0] == 0x45 else b"\x86\xdd"
        before = {0: b"\2\0\0\0", 1: bytes(12) + chance.choice([b"", b"\x81\0\0\1"]) + kind, 113: bytes(14) + kind}
        packets.append(damage(before.get(links[-1], b"" if links[-1] != 108 else b"\0\0\0\x1e") + packet, chance))
        packets[-1] = packets[-1][: chance.choice([99, 99, 30, 3, 0])]
    data, begin, end = places(packets)
    plain, found = (
        steps.headers(Loads(data), begin, end - begin, np.array(links, np.int64)) for steps in (PLAIN, COMPILED)
    )
    assert plain.kind.tolist() == found.kind.tolist()
    carried = (plain.kind == DATAGRAM) | (plain.kind == SEGMENT)
    for field in plain._fields:
        assert getattr(plain, field)[carried].tolist() == getattr(found, field)[carried].tolist(), field


@damaged
@given(st.integers(0, 1 << 60), st.sampled_from("<>"))
def test_record_starts(seed: int, order: str) -> None:
    chance = random.Random(seed)
    sizes = [chance.choice([0, 1, 60, 300]) for _ in range(20)]
    records = b"".join(struct.pack(f"{order}IIII", 1, 1, size, size) + bytes(size) for size in sizes)
    data = damage(records, chance)[: chance.choice([9999, len(records) - 7, 5])]
    header = RecordHeader(order, 16, 256, 1_000_000)
    plain, found = (steps.record_starts(data, 0, header) for steps in (PLAIN, COMPILED))
    assert (plain[0].tolist(), *plain[1:]) == (found[0].tolist(), *found[1:])


@damaged
@given(st.lists(st.binary(min_size=4, max_size=4), max_size=60))
def test_distinct(values: list[bytes]) -> None:
    data, begin, _ = places(values)
    for steps in (PLAIN, COMPILED):
        codes, first = steps.distinct(Loads(data), begin, 4)
        assert [data[first[code] : first[code] + 4] for code in codes] == values
        assert len(first) == len(set(values))


def test_names_whose_hashes_collide_cost_no_more_than_others() -> None:
    """With a table of one slot every name collides: each is written again, and the text stays right."""
    data, begin, end = places([b"\1%c\0" % (97 + index % 20) for index in range(100)])
    codes, offsets = np.empty(100, np.int32), np.empty(101, np.int32)
    text, tables, wire = np.empty(100 * 255, np.uint8), np.full((2, 1), -1, np.int32), np.empty((3, 100), np.int64)
    loads = Loads(data)
    count = kernel.names(loads.bytes, loads.words, begin, begin, end, codes, text, offsets, tables, wire)
    found = [bytes(text[offsets[code] : offsets[code + 1]]).decode() for code in codes]
    assert found == [chr(97 + index % 20) for index in range(100)]
    assert count == 96


def test_a_place_outside_the_buffer_is_refused() -> None:
    far = np.array([1 << 40], np.int64)
    with pytest.raises(IndexError):
        kernel.skip_names(Loads(MESSAGE).bytes, far, far, far + 9, np.empty(1, np.int64))
