"""The custody chain shows what was done to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.errors import IntegrityError
from forensics.store.custody import GENESIS, Custody


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A custody file of four lines."""
    path = tmp_path / "custody.jsonl"
    custody = Custody(path)
    for number in range(4):
        custody.append("note", f"2026-11-24T00:00:0{number}Z", text=f"line {number}")
    return path


def test_a_chain_is_read_back_as_it_was_written(chain: Path) -> None:
    custody = Custody(chain)
    assert [(entry.no, entry.data["text"]) for entry in custody.entries] == [
        (1, "line 0"),
        (2, "line 1"),
        (3, "line 2"),
        (4, "line 3"),
    ]
    assert custody.entries[0].prev == GENESIS
    assert custody.append("note", "2026-11-24T00:00:05Z").prev == Custody(chain).entries[4].prev


@pytest.mark.parametrize("line", [0, 1, 2])
def test_an_altered_line_is_found(chain: Path, line: int) -> None:
    chain.write_text(chain.read_text().replace(f"line {line}", "line X"))
    with pytest.raises(IntegrityError, match=f"the chain breaks at line {line + 2}"):
        Custody(chain)


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_removed_line_is_found(chain: Path, line: int) -> None:
    lines = chain.read_text().splitlines(keepends=True)
    chain.write_text("".join(lines[:line] + lines[line + 1 :]))
    with pytest.raises(IntegrityError, match=f"the chain breaks at line {line + 1}"):
        Custody(chain)


@pytest.mark.parametrize("line", [0, 1, 4])
def test_an_inserted_line_is_found(chain: Path, line: int) -> None:
    lines = chain.read_text().splitlines(keepends=True)
    chain.write_text("".join([*lines[:line], lines[1], *lines[line:]]))
    with pytest.raises(IntegrityError, match="the chain breaks at line"):
        Custody(chain)


def test_two_lines_that_changed_places_are_found(chain: Path) -> None:
    one, two, three, four = chain.read_text().splitlines(keepends=True)
    chain.write_text(one + three + two + four)
    with pytest.raises(IntegrityError, match="the chain breaks at line 2"):
        Custody(chain)


def test_an_altered_last_line_is_found_by_the_noted_head(chain: Path) -> None:
    chain.write_text(chain.read_text().replace("line 3", "line X"))
    with pytest.raises(IntegrityError, match="the last of its 4 lines was altered"):
        Custody(chain)


def test_the_head_anchors_the_last_line_where_its_copy_is_gone(chain: Path) -> None:
    head = Custody(chain).head
    chain.write_text(chain.read_text().replace("line 3", "line X"))
    chain.with_name("custody.head").unlink()
    assert Custody(chain).head != head


@pytest.mark.parametrize("text", ["not json", '{"no": 5}', "[]", ""])
def test_a_line_that_is_no_entry_is_an_integrity_error(chain: Path, text: str) -> None:
    chain.write_text(chain.read_text() + text + "\n")
    with pytest.raises(IntegrityError, match="line 5 is no custody entry"):
        Custody(chain)


def test_a_torn_last_line_is_cut_off_and_the_chain_goes_on(chain: Path) -> None:
    whole = chain.read_bytes()
    chain.write_bytes(whole + b'{"no":5,"prev":"ab')
    assert len(Custody(chain).entries) == 4
    assert chain.read_bytes() == whole
    Custody(chain).append("note", "2026-11-24T00:00:05Z")
    assert len(Custody(chain).entries) == 5
