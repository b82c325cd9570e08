"""Compiled code gives the rows that NumPy gives, block after block, and never reads past its block."""

import random

import pytest

from forensics.formats import _unbound_blocks
from tests.formats import log_blocks

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


VALUES = [0, 10, 13, 32, 46, 48, 91, 93, 127, 200]


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
    reader = _unbound_compiled.BlockReader()
    for block, no in log_blocks.in_turn(random.Random(seed), line, VALUES):
        assert told(reader.read(block, no)) == told(_unbound_blocks.read_block(block, no))


def test_nothing_is_read_behind_the_block():
    from forensics.formats import _text_tables, _unbound_compiled
    from forensics.formats import _unbound_kernel as kernel

    chance = random.Random(7)
    content = b"".join(line(chance) for _ in range(6))
    reader, space = _unbound_compiled.BlockReader(), _unbound_compiled._space(100)
    tables = _text_tables.TextTables(_unbound_blocks.readers(), {})
    for buffer, count in log_blocks.before_a_guard_page(content):
        lines, _ = kernel.scan(buffer, reader._fields, space, tables.begin(100, len(buffer)))
        assert lines == count
