"""Each compiled step finds what the step of the same name in NumPy finds, in damaged bytes too."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats._capture import text_kernel
from forensics.formats._capture.compiled import decoding
from forensics.formats._capture.decoding import PLAIN, RecordHeader
from forensics.formats._capture.numbered_texts import Addresses
from forensics.protocols.byte_columns import Ints, Loads
from forensics.protocols.packets.columns import DATAGRAM, SEGMENT

COMPILED = decoding()
"""Knows more texts from test to test, as from block to block of a capture."""
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

RDATA = [
    (1, b"\xc0\0\2\1"), (1, b"\xc0\0\2"), (28, bytes(15) + b"\1"), (2, b"\2nS\xc0\x11"), (5, b"\xc0\x0c"), (12, b"\0"),
    (39, b"\1a\1.\0"), (15, b"\0\x0a\4mail\xc0\x11"), (15, b"\1\0\0"), (15, b"\0\1\1a\0\0"), (15, b"\0"),
    (16, b"\x0bv=spf1 -all"), (16, b"\3a\\b"), (16, b"\1a\1b"), (99, b"\xff" + b"x" * 255), (16, b"\0"),
    (6, b"\xc0\x0c\xc0\x0c" + bytes(20)), (33, bytes(6) + b"\xc0\x0c"), (257, b"\0\5issueca.example"), (65280, b"\1"),
]  # fmt: skip

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
    plain, found = (steps.names(loads, base, at, end).column().to_pylist() for steps in (PLAIN, COMPILED))
    assert plain == found


@damaged
@given(st.integers(0, 1 << 60))
def test_rdata(seed: int) -> None:
    chance = random.Random(seed)
    pieces = []
    for _ in range(20):
        answers = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", rtype, chance.choice([1, 1, 1, 3]), 60, len(content)) + content
            for rtype, content in chance.choices(RDATA, k=3)
        )
        pieces.append(damage(struct.pack("!6H", 7, 0x8180, 1, 3, 0, 0) + QUESTION[12:] + answers, chance))
    data, begin, end = places(pieces)
    loads = Loads(data)
    messages = PLAIN.messages(loads, begin, end)
    plain, found = (steps.rdata(loads, messages).column().to_pylist() for steps in (PLAIN, COMPILED))
    assert plain == found


@damaged
@given(st.lists(st.booleans(), max_size=40), st.binary(min_size=60, max_size=60))
def test_addresses(six: list[bool], data: bytes) -> None:
    at, is_six = np.arange(len(six), dtype=np.int64), np.array(six, bool)
    plain, found = (steps.clients(Loads(data), at, is_six).column().to_pylist() for steps in (PLAIN, COMPILED))
    assert plain == found


@damaged
@given(st.integers(0, 1 << 60))
def test_headers(seed: int) -> None:
    chance = random.Random(seed)
    four = struct.pack("!BBHHHBBH8s", 0x45, 0, 44, 1, 0, 64, 17, 0, b"abcdefgh") + struct.pack("!HHHH", 53, 53, 24, 0)
    six = struct.pack("!IHBB32s", 0x60000000, 24, 6, 64, bytes(32)) + bytes(24)
    packets, links = [], []
    for _ in range(40):
        links.append(chance.choice([0, 1, 12, 101, 108, 113, 147, 276]))
        packet = chance.choice([four, six]) + bytes(16)
        kind = b"\x08\0" if packet[0] == 0x45 else b"\x86\xdd"
        before = {
            0: b"\2\0\0\0", 1: bytes(12) + chance.choice([b"", b"\x81\0\0\1"]) + kind, 113: bytes(14) + kind,
            276: kind + bytes(18),
        }  # fmt: skip
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


def test_keys_whose_hashes_collide_cost_no_more_than_others() -> None:
    """In a table of one slot all keys collide: each that finds no place is kept again, and its number stands for it."""
    data = bytes(range(20)) * 5
    at, sizes, slots = np.arange(90, dtype=np.int64), np.full(90, 4), np.full(1, -1, np.int32)
    codes, keys, first = np.empty(90, np.int32), np.empty(700, np.uint64), np.zeros(199, np.int64)
    given = Loads(data).words, at, sizes, codes, 0, np.empty(34, np.uint64), keys, first, slots, 0
    assert text_kernel.run_codes(*given) == (90, 86)
    assert [keys[code].tobytes()[:4] for code in codes] == [data[place : place + 4] for place in range(90)]


def test_addresses_keep_their_numbers_when_there_are_many() -> None:
    numbers = np.arange(100_000, dtype=">u4")
    loads, at = Loads(numbers.tobytes()), np.arange(100_000) * 4
    clients = Addresses()
    for _ in range(2):
        found = clients.of(loads, at, np.zeros(len(at), bool))
        assert found.codes.tolist() == list(range(100_000))
        assert found.texts[65_537].as_py() == "0.1.0.1"


def test_a_place_outside_the_buffer_is_refused() -> None:
    far = np.array([1 << 40], np.int64)
    for step in (PLAIN.names, COMPILED.names):
        with pytest.raises(IndexError):
            step(Loads(MESSAGE), far, far, far + 9)
    with pytest.raises(IndexError):
        COMPILED.clients(Loads(MESSAGE), far, np.array([False]))
