"""Compound files: streams small and large, and files made to lead a reader astray."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from forensics.protocols.compound_file import CompoundFile, CompoundFileError

Build = Callable[[dict[str, bytes]], bytes]
BIG = bytes(range(256)) * 40
STREAMS = {"first": b"one", "second": b"two" * 400, "empty": b"", "Big": BIG}


def test_streams_are_read_by_name_whatever_the_case_and_their_size(compound_file: Build) -> None:
    opened = CompoundFile(compound_file(STREAMS))
    assert sorted(opened.names()) == ["Big", "empty", "first", "second"]
    assert {name: opened.stream(name.upper(), limit=1 << 20) for name in STREAMS} == STREAMS
    assert opened.stream("Big", limit=1000) == BIG[:1000]
    assert opened.stream("second", limit=4) == b"twot"
    assert opened.stream("third", limit=10) is None
    assert opened.stream("first", "below", limit=10) is None
    assert opened.names("nothing") == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no compound file"),
        (b"From: a@a.example\n" * 100, "no compound file"),
        (bytes.fromhex("d0cf11e0a1b11ae1").ljust(512, b"\0"), "version 0 with sectors of 2\\^0 bytes"),
    ],
)
def test_what_is_no_compound_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(CompoundFileError, match=said):
        CompoundFile(data)


def test_a_chain_that_turns_back_on_itself_ends(compound_file: Build) -> None:
    data = bytearray(compound_file({"Big": BIG, "other": BIG}))
    for sector in range(1, 20):
        struct.pack_into("<I", data, 512 + 4 * sector, sector)  # each sector of the table leads to itself
    found = CompoundFile(bytes(data)).stream("Big", limit=1 << 30)
    assert found is not None
    assert len(found) == len(BIG)


def test_a_size_beyond_the_file_is_no_reason_to_read_on(compound_file: Build) -> None:
    data = bytearray(compound_file({"Big": BIG}))
    at = data.index("Big".encode("utf-16-le"))
    struct.pack_into("<I", data, at + 120, 0x7FFFFFFF)
    assert CompoundFile(bytes(data)).stream("Big", limit=1 << 31) == BIG
    struct.pack_into("<I", data, at + 116, 0x00FFFFFF)
    with pytest.raises(CompoundFileError, match="sector 16777215, which is not there"):
        CompoundFile(bytes(data)).stream("Big", limit=1 << 31)


def test_names_that_lead_in_a_circle_are_each_seen_once(compound_file: Build) -> None:
    data = bytearray(compound_file({"a": b"1", "b": b"2"}))
    for name in "ab":
        struct.pack_into("<2I", data, data.index(f"{name}\0\0".encode()) + 68, 1, 2)
    assert sorted(CompoundFile(bytes(data)).names()) == ["a", "b"]


def test_a_list_of_tables_that_goes_on_in_a_circle_ends(compound_file: Build) -> None:
    data = bytearray(compound_file(STREAMS))
    struct.pack_into("<2I", data, 68, 1, 0xFFFFFF)  # its first sector is one that leads to others
    data += struct.pack("<I", 1) * 128
    CompoundFile(bytes(data)).names()


def test_no_mutation_raises_anything_else(compound_file: Build) -> None:
    whole, chance, read = compound_file(STREAMS), random.Random(11), 0
    for _ in range(3_000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(data)) if chance.random() < 0.3 else chance.randrange(min(len(data), 700))
            data[at : at + 4] = chance.choice((b"\xff" * 4, b"\xfe\xff\xff\xff", b"\0" * 4, chance.randbytes(4)))
        data = data[: chance.randrange(len(data))] if chance.random() < 0.2 else data
        try:
            opened = CompoundFile(bytes(data))
            read += sum(len(opened.stream(name, limit=1 << 20) or b"") < 1 << 20 for name in opened.names())
        except CompoundFileError:
            continue
    assert read > 1_000
