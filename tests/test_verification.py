"""Nothing that was altered passes: evidence, segments, custody, ledger."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from forensics.case import Case
from forensics.errors import IntegrityError, UsageError
from forensics.model.evidence import Citation
from forensics.verification import cited_bytes, reconcile, verify

UNBOUND = "[1795425693] unbound[71:0] info: 192.0.2.7 mx1.subject.example. MX IN\n"


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """A case of a plain log, one with a strange line, a compressed one that was cut, and an empty file."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "a.log").write_text(UNBOUND * 3)
    (folder / "b.log").write_text(UNBOUND * 4 + "\nwhat is this\n")
    (folder / "c.log.gz").write_bytes(gzip.compress((UNBOUND * 5).encode())[:-4])
    (folder / "d.log").write_bytes(b"")
    with Case(tmp_path / "case") as opened:
        opened.add(folder)
        yield opened


def test_a_case_as_it_was_made_passes_and_its_ledger_covers_every_byte(case: Case) -> None:
    found = verify(case)
    assert (found.pieces, found.failures) == (4, ())
    assert found.custody_lines == len(case.manifest.custody.entries)
    assert found.custody_head == case.manifest.custody.head
    query = "SELECT l.evidence, l.layer, sum(l.length) FROM ledger l GROUP BY 1, 2 ORDER BY 1, 2"
    sizes = {piece.no: piece for piece in case.evidence}
    assert case.tables.sql(query).fetchall() == [
        (1, "content", sizes[1].size_bytes),
        (2, "content", sizes[2].size_bytes),
        (3, "content", sizes[3].content_bytes),
        (3, "file", sizes[3].size_bytes),
    ]


def test_every_record_and_byte_of_a_piece_is_reconciled_with_its_ledger(case: Case) -> None:
    found = reconcile(case, case.evidence)
    assert [(item.records, item.read, item.ignored, item.unread) for item in found] == [
        (3, 3, 0, 0), (5, 4, 0, 1), (5, 5, 0, 0), (0, 0, 0, 0),
    ]  # fmt: skip
    assert [item.covered_bytes for item in found] == [piece.content_bytes for piece in case.evidence]
    assert all(item.balanced for item in found)


def test_a_count_that_the_ledger_does_not_bear_out_is_told(case: Case) -> None:
    claimed = [msgspec.structs.replace(case.evidence[0], records=4), case.evidence[1]]
    assert [item.balanced for item in reconcile(case, claimed)] == [False, True]
    longer = msgspec.structs.replace(case.evidence[0], content_bytes=9)
    assert [item.balanced for item in reconcile(case, [longer])] == [False]


def test_altered_evidence_is_found(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "evidence" / "a.log"
    path.write_text(path.read_text().replace("192.0.2.7", "192.0.2.8"))
    with pytest.raises(IntegrityError, match=r"E1 .*a\.log: is no longer the file that was read"):
        verify(case)


def test_evidence_that_is_gone_is_found(case: Case, tmp_path: Path) -> None:
    (tmp_path / "evidence" / "b.log").unlink()
    with pytest.raises(IntegrityError, match=r"b\.log"):
        verify(case)


def test_one_flipped_bit_of_a_segment_is_found(case: Case) -> None:
    path = next(case.folder.rglob("dns_query.parquet"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match=r"dns_query\.parquet: its bytes are not those that custody recorded"):
        verify(case)


def test_a_segment_that_is_gone_is_found(case: Case) -> None:
    next(case.folder.rglob("ledger.parquet")).unlink()
    with pytest.raises(IntegrityError, match=r"ledger\.parquet: is gone"):
        verify(case)


@pytest.mark.parametrize("moved", ["segments/000001/ledger.parquet", "segments/000001"])
def test_a_segment_that_is_reached_over_a_link_is_refused(case: Case, tmp_path: Path, moved: str) -> None:
    place = case.folder / moved
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityError, match=r"ledger\.parquet: is reached over a link"):
        verify(case)


@pytest.mark.parametrize("name", ["segments", "stdin", "custody.jsonl", "custody.head"])
def test_a_case_does_not_open_where_a_link_would_lead_its_writing_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.log").write_text(UNBOUND)
    with Case(tmp_path / "case") as case:
        case.add(tmp_path / "a.log")
    place = tmp_path / "case" / name
    if place.exists():
        place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityError, match=f"{name}: is no (file|folder) of the case"):
        Case(tmp_path / "case")


def test_a_case_with_an_altered_custody_line_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(UNBOUND)
    with Case(tmp_path / "case") as case:
        case.add(tmp_path / "a.log")
    path = tmp_path / "case" / "custody.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0].replace('"action":"', '"action":"x'), *lines[1:]]))
    with pytest.raises(IntegrityError, match="the chain breaks at line 2"):
        Case(tmp_path / "case")


def test_a_citation_gives_the_bytes_it_names_of_the_content(case: Case) -> None:
    length = len(UNBOUND)
    assert cited_bytes(case, Citation(1, 2, length, length))[1] == UNBOUND.encode()
    assert cited_bytes(case, Citation(3, 2, length, length))[1] == UNBOUND.encode()
    assert cited_bytes(case, Citation(2, None, None, None)) == (case.evidence[1], b"")


def test_a_citation_of_what_is_not_there_is_refused(case: Case) -> None:
    with pytest.raises(UsageError, match="There is no piece E9"):
        cited_bytes(case, Citation(9, 1, 0, 1))
    with pytest.raises(UsageError, match=r"E1:9@999\+1: the content of .*a\.log ends before"):
        cited_bytes(case, Citation(1, 9, 999, 1))
    with pytest.raises(UsageError, match="is longer than"):
        cited_bytes(case, Citation(1, 1, 0, 1 << 40))


def test_a_citation_of_altered_evidence_is_not_shown(case: Case, tmp_path: Path) -> None:
    (tmp_path / "evidence" / "a.log").write_text(UNBOUND)
    with pytest.raises(IntegrityError, match="is no longer the file that was read"):
        cited_bytes(case, Citation(1, 1, 0, 5))
