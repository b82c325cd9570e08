"""Blocks of log lines for the tests of compiled readers: one after the other, damaged, and at the end of memory."""

from __future__ import annotations

import ctypes
import mmap
import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from forensics.formats.source import Block


def damaged(content: bytes, chance: random.Random, values: list[int]) -> bytes:
    """The content with some of its bytes replaced by some of these."""
    data = bytearray(content)
    for _ in range(chance.choice([0, 0, 1, 5, 50])):
        data[chance.randrange(len(data))] = chance.choice(values)
    return bytes(data)


def in_turn(
    chance: random.Random, line: Callable[[random.Random], bytes], values: list[int]
) -> Iterator[tuple[Block, int]]:
    """Blocks of lines most of which were there before, some damaged, each with the number of its first line."""
    some, no = [line(chance) for _ in range(100)], 1
    for _ in range(12):
        lines = [
            chance.choice(some) if chance.random() < 0.8 else line(chance) for _ in range(chance.choice([1, 2500]))
        ]
        yield Block(1000 * no, damaged(b"".join(lines), chance, values)), no
        no += len(lines)


def before_a_guard_page(content: bytes) -> Iterator[tuple[np.ndarray, int]]:
    """Each beginning of the content, right before memory that must not be touched, and how many lines it has."""
    page, size = mmap.PAGESIZE, -(-len(content) // mmap.PAGESIZE) * mmap.PAGESIZE
    region = mmap.mmap(-1, size + page)
    address = ctypes.addressof(ctypes.c_char.from_buffer(region))
    if ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(address + size), page, 0):
        pytest.skip("memory cannot be protected here")
    for length in range(1, len(content)):
        start = size - length
        region[start:size] = content[:length]
        lines = content[:length].count(b"\n") + (content[length - 1] != 10)
        yield np.frombuffer(region, np.uint8, length, start), lines
