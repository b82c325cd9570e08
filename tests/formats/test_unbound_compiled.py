"""Compiled code gives the rows that NumPy gives, block after block, and never reads past its block."""

import ctypes
import mmap
import random

import numpy as np
import pytest

from forensics.formats import _unbound_blocks
from forensics.formats.source import Block

pytest.importorskip("numba", reason="the extra `fast` is not installed")


def line(chance: random.Random) -> bytes:
    time = chance.choice(["1795425693", "1795425694", "1795425694.125"])
    client = chance.choice(["192.0.2.7", "2001:db8::7", "2001:DB8::7", "192.0.2.300"])
    name = ".".join("".join(chance.choices("abcXYZ-_9?", k=chance.choice([1, 7, 40]))) for _ in range(3))
    answer = (
        f"NOERROR {chance.randrange(3)}.{chance.randrange(1_000_000):06} {chance.randrange(3)} {chance.randrange(512)}"
    )
    told = chance.choice(["", "", f" {answer}", f" {answer}", f" {answer} on tcp 192.0.2.53 53"])
    end = chance.choice([".", "", ".."]) if chance.random() < 0.2 else "."
    return f"[{time}] unbound[25:{chance.randrange(4)}] info: {client} {name}{end} A IN{told}\n".encode()


def damaged(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice([0, 0, 1, 5, 50])):
        data[chance.randrange(len(data))] = chance.choice([0, 10, 13, 32, 46, 48, 91, 93, 127, 200])
    return bytes(data)


def told(found) -> object:
    """The rows of a block."""
    if found is None:
        return None
    return [list(batch.each()) for batch in found.batches], found.taken.tolist(), found.lines.starts.tolist()


@pytest.mark.parametrize("room", [1 << 16, 1])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_known_of_one_block_serves_the_next(monkeypatch, seed, room):
    from forensics.formats import _text_tables, _unbound_compiled

    monkeypatch.setattr(_text_tables, "LEAST_TEXTS", room)  # with room for one text, each block begins anew
    chance, reader, no = random.Random(seed), _unbound_compiled.BlockReader(), 1
    some = [line(chance) for _ in range(100)]
    for _ in range(12):
        lines = [
            chance.choice(some) if chance.random() < 0.8 else line(chance) for _ in range(chance.choice([1, 2500]))
        ]
        block = Block(1000 * no, damaged(b"".join(lines), chance))
        assert told(reader.read(block, no)) == told(_unbound_blocks.read_block(block, no))
        no += len(lines)


def test_nothing_is_read_behind_the_block():
    from forensics.formats import _text_tables, _unbound_compiled
    from forensics.formats import _unbound_kernel as kernel

    chance = random.Random(7)
    content = b"".join(line(chance) for _ in range(6))
    page, size = mmap.PAGESIZE, -(-len(content) // mmap.PAGESIZE) * mmap.PAGESIZE
    region = mmap.mmap(-1, size + page)
    address = ctypes.addressof(ctypes.c_char.from_buffer(region))
    if ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(address + size), page, 0):
        pytest.skip("memory cannot be protected here")
    reader, space = _unbound_compiled.BlockReader(), _unbound_compiled._space(100)
    tables = _text_tables.TextTables(_unbound_blocks.readers(), {})
    for length in range(1, len(content)):
        start = size - length
        region[start:size] = content[:length]
        buffer = np.frombuffer(region, np.uint8, length, start)
        lines, _ = kernel.scan(buffer, reader._fields, space, tables.begin(100, length))
        assert lines == content[:length].count(b"\n") + (content[length - 1] != 10)
