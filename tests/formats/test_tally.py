"""The byte ledger: every byte one fate, every record counted once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.formats.tally import EXCERPT_BYTES, Fate, Tally
from forensics.model.batch import ColumnBatch
from forensics.schema import Ledger, Row, Unread

FATES = st.lists(
    st.tuples(
        st.sampled_from(["record", "ignored", "unread", "refused", "container", "padding"]),
        st.integers(1, 50),
        st.sampled_from(["a", "b"]),
    ),
    max_size=30,
)


def _told(steps: list[tuple[str, int, str]]) -> Tally:
    tally, at = Tally(), 0
    for number, (fate, length, reason) in enumerate(steps, 1):
        if fate in ("unread", "refused"):
            getattr(tally, fate)(number, at, length, reason, b"x")
        elif fate == "ignored":
            tally.ignored(at, length, reason)
        else:
            getattr(tally, fate)(at, length)
        at += length
    return tally


@given(FATES, st.integers(0, 50))
def test_the_runs_cover_the_content_once_and_count_every_record(steps: list[tuple[str, int, str]], rest: int) -> None:
    tally = _told(steps)
    size = tally.end + rest
    tally.close(size)
    runs, unread = tally.drain()
    at = 0
    for run in runs:
        assert run.offset == at
        assert run.length is not None
        assert run.length > 0
        at += run.length
    assert at == size
    assert sum(run.records or 0 for run in runs) == tally.records
    assert tally.records == sum(fate in ("record", "ignored", "unread", "refused") for fate, _, _ in steps)
    assert len(unread) == sum(fate in ("unread", "refused") for fate, _, _ in steps)
    assert all(one.fate != two.fate or one.reason != two.reason for one, two in pairwise(runs))


def test_neighbours_of_one_fate_are_one_run() -> None:
    tally = Tally()
    tally.record(0, 10)
    tally.record(10, 10, records=3)
    tally.padding(20, 1)
    tally.close(21)
    assert tally.drain()[0] == [
        Ledger(layer="content", fate="record", record_no=1, records=4, offset=0, length=20),
        Ledger(layer="content", fate="padding", records=0, offset=20, length=1),
    ]


@pytest.mark.parametrize("offset", [0, 9, 11])
def test_a_byte_told_twice_or_left_out_is_a_defect_of_the_reader(offset: int) -> None:
    tally = Tally()
    tally.record(0, 10)
    with pytest.raises(ValueError, match=f"stands at byte 10, but the fate of byte {offset} was reported"):
        tally.record(offset, 1)


def test_what_no_one_told_is_undecodable() -> None:
    tally = Tally()
    tally.close(7)
    assert tally.drain()[0] == [
        Ledger(layer="content", fate="undecodable", reason="not read to its end", records=0, offset=0, length=7)
    ]
    assert dict(tally.unread_records) == {"not read to its end": 1}


def test_an_unread_record_keeps_its_first_bytes_readable() -> None:
    tally = Tally()
    tally.unread(1, 0, 300, "no known line", b"\xff" + b"a" * 299)
    assert tally.drain()[1] == [
        Unread(record_no=1, offset=0, length=300, reason="no known line", excerpt="\\xff" + "a" * (EXCERPT_BYTES - 1))
    ]


def test_each_problem_is_said_once() -> None:
    tally = Tally()
    tally.problem("no time zone")
    tally.problem("no time zone")
    assert tally.problems == ["no time zone"]


RUNS = st.lists(st.tuples(st.sampled_from([("record", None), ("ignored", "a"), ("ignored", "b")]), st.integers(1, 9)))


@given(RUNS, RUNS, st.integers(1, 3))
def test_many_runs_at_once_are_told_as_one_by_one(
    before: list[tuple[Fate, int]], runs: list[tuple[Fate, int]], records: int
) -> None:
    """Whatever the ledger stood at, and whatever is told after."""
    runs = [run for number, run in enumerate(runs) if not number or run[0] != runs[number - 1][0]]
    singly, at_once, at = Tally(), Tally(), 0
    for fate, length in before:
        for tally in (singly, at_once):
            tell(tally, at, length, records, fate)
        at += length
    if runs:
        fates = list({fate: None for fate, _ in runs})
        lengths = np.array([length for _, length in runs])
        which = np.array([fates.index(fate) for fate, _ in runs])
        at_once.many(at, lengths, np.full(len(runs), records), which, fates)
    for fate, length in runs:
        tell(singly, at, length, records, fate)
        at += length
    for tally in (singly, at_once):
        tally.record(at, 5)
        tally.close(at + 5)
    assert rows(at_once) == rows(singly)
    assert (at_once.records, +at_once.ignored_records) == (singly.records, +singly.ignored_records)


def tell(tally: Tally, at: int, length: int, records: int, fate: Fate) -> None:
    if fate[1] is None:
        tally.record(at, length, records)
    else:
        tally.ignored(at, length, fate[1], records)


def rows(tally: Tally) -> list[Row]:
    return [row for run in tally.drain()[0] for row in (run.each() if isinstance(run, ColumnBatch) else [run])]
