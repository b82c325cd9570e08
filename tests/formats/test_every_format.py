"""What holds for every reader: nothing is lost, only its own error is raised, work grows no faster than the input."""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from forensics import formats
from forensics.errors import EvidenceError
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from tests.test_house import sample

ALL = formats.names()
FILLERS = (b"a", b"\n", b"\0", b'"', b"{", b"(", b"<", b" \t", b"\\x", b"\xff", b"1,", b"=?utf-8?q?", b"From ", b"a=b;")


def read(path: Path, name: str, content: bytes) -> tuple[Tally, int]:
    """Read content as a format, check its ledger, and give the tally and the number of rows."""
    path.write_bytes(content)
    source, tally, rows = Source(path), Tally(), 0
    try:
        for item in formats.by_name(name).read(source, Facts(), tally):
            rows += item.rows if isinstance(item, ColumnBatch) else 1
    except EvidenceError:
        pass
    source.close()
    tally.close(source.content_bytes)
    told, unread = tally.drain()
    runs = [run for item in told for run in (item.each() if isinstance(item, ColumnBatch) else [item])]
    at = 0
    for run in runs:
        assert run.offset == at, name
        at += run.length
    assert at == source.content_bytes, name
    counts = Counter[str]()
    for run in runs:
        counts[run.fate] += run.records or 0
    assert counts["ignored"] == sum(tally.ignored_records.values())
    missing = tally.unread_records.pop("not read to its end", 0)
    assert counts["undecodable"] + counts["refused"] == sum(tally.unread_records.values()) == len(unread), missing
    assert counts["record"] + counts["ignored"] + len(unread) == tally.records
    return tally, rows


@pytest.mark.parametrize("name", ALL)
def test_damage_costs_what_it_hits_and_every_record_and_byte_is_accounted_for(name: str, tmp_path: Path) -> None:
    chance, whole = random.Random(name), sample(name)
    for _ in range(40):
        content = bytearray(whole * chance.choice([1, 2, 5]))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(content))
            kind = chance.randrange(3)
            if kind == 0:
                content[at] = chance.randrange(256)
            elif kind == 1:
                del content[at : at + chance.randrange(1, 30)]
            else:
                content[at:at] = chance.choice(FILLERS) * chance.choice([1, 40])
        read(tmp_path / "piece", name, bytes(content))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("filler", FILLERS)
def test_what_is_not_of_the_format_is_accounted_for_too(name: str, filler: bytes, tmp_path: Path) -> None:
    read(tmp_path / "piece", name, filler * 3000)
    read(tmp_path / "piece", name, sample(name) + filler * 3000)


@pytest.mark.parametrize("name", ALL)
def test_twice_the_input_takes_no_more_than_twice_the_work(name: str, tmp_path: Path) -> None:
    """Work is counted in calls, of our functions and of those below them, so that a slow machine changes nothing."""
    least = max(40, 60_000 // len(sample(name)))
    calls(tmp_path, name, sample(name) * 2 * least)  # what is loaded on the way counts for no one
    once, twice = (calls(tmp_path, name, sample(name) * times) for times in (least, 2 * least))
    assert twice <= 2.3 * once + 2000


def calls(folder: Path, name: str, content: bytes) -> int:
    count = 0

    def watch(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    (folder / "piece").write_bytes(content)
    source = Source(folder / "piece")
    reader = formats.by_name(name)
    sys.setprofile(watch)
    try:
        for _ in reader.read(source, Facts(), Tally()):
            pass
    finally:
        sys.setprofile(None)
    source.close()
    return count
