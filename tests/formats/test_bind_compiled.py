"""Compiled code gives the rows that NumPy gives, block after block, and never reads past its block."""

import random
from datetime import UTC

import pytest

from forensics.formats import _bind_blocks
from forensics.formats.source import Block
from tests.formats import log_blocks

pytest.importorskip("numba", reason="the extra `fast` is not installed")

LINE = "{time} client @0x7f{n:x} {client}#{port} ({name}): {view}query: {name} IN {qtype} {flags} ({server}){end}"
USUAL = b"23-Nov-2026 09:23:47.937 client @0x7f 192.0.2.7#53 (a.example): query: a.example IN A +E(0)K (192.0.2.1)\n"


def line(chance: random.Random) -> bytes:
    name = ".".join(
        "".join(chance.choices("abcXYZ-_9", k=chance.choice([1, 3, 7, 20, 40]))) for _ in range(chance.randint(1, 4))
    )
    return LINE.format(
        time=f"{chance.randint(22, 24)}-Nov-2026 {chance.choice(['09:23:47.937', '23:59:59.999', '24:00:00.000'])}",
        n=chance.randrange(4), client=chance.choice(["192.0.2.7", "2001:db8::7", "2001:DB8::7", "192.0.2.300"]),
        port=chance.choice([53, 65535, 65536]), name=name, view=chance.choice(["", "", "view inside: "]),
        qtype=chance.choice(["A", "MX"]), flags=chance.choice(["+", "-E(0)DC", "+E(0)K"]), server="192.0.2.1",
        end=chance.choice(["\n", "\n", "\r\n", " \n", " [ECS 192.0.2.0/24/0]\n"]),
    ).encode()  # fmt: skip


VALUES = [0, 10, 13, 32, 35, 40, 58, 64, 127, 200]


def told(found) -> object:
    """The rows of a block, and how often recursion was desired."""
    if found is None:
        return None
    rows, desired = found
    return list(rows.batches[0].each()), rows.taken.tolist(), rows.lines.starts.tolist(), desired


@pytest.mark.parametrize("room", [1 << 16, 1])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_known_of_one_block_serves_the_next(monkeypatch, seed, room):
    from forensics.formats import _bind_compiled, _text_tables

    monkeypatch.setattr(_text_tables, "LEAST_TEXTS", room)  # with room for one text, each block begins anew
    reader = _bind_compiled.BlockReader()
    for block, no in log_blocks.in_turn(random.Random(seed), line, VALUES):
        expected = told(_bind_blocks.read_block(block, no, UTC))
        assert told(reader.read(block, no, UTC)) == expected


def test_a_text_that_finds_no_place_leaves_its_line_to_the_grammar():
    from forensics.formats._bind_compiled import BlockReader

    other, reader = USUAL.replace(b"a.example", b"b.example"), BlockReader()
    reader.read(Block(0, USUAL), 1, UTC)
    reader._tables.tables.slots[:] = 1  # every place holds the first text of its field

    found = reader.read(Block(0, USUAL + other + USUAL), 2, UTC)

    assert found is not None
    assert found[0].taken.tolist() == [True, False, True]


def test_nothing_is_read_behind_the_block():
    from forensics.formats import _bind_compiled
    from forensics.formats import _bind_kernel as kernel

    chance = random.Random(7)
    content = b"".join(line(chance) for _ in range(6))
    shape = _bind_blocks.Shape(24, 4, 7, paren=True)
    reader, space = _bind_compiled.BlockReader(), _bind_compiled._space(100)
    tables = _bind_compiled.TextTables(_bind_blocks.readers(shape), {})
    for buffer, count in log_blocks.before_a_guard_page(content):
        tables_of_block = tables.begin(100, len(buffer))
        lines, _, _ = kernel.scan(buffer, kernel.Shape(*shape), reader._fields, space, tables_of_block)
        assert lines == count


def test_a_block_of_empty_lines_takes_no_memory_for_each_of_them():
    from forensics.formats._bind_compiled import BlockReader

    reader = BlockReader()
    found = reader.read(Block(0, USUAL + b"\n" * 100_000), 1, UTC)

    assert found is not None
    assert len(found[0].taken) == 100_001
    assert len(reader._rows.line) < 4_000
