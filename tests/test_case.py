"""A case folder: what is known is skipped, what was interrupted is completed, what cannot be written is said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from forensics.case import Case
from forensics.errors import CaseLocked, NothingToExamine, StorageError, UsageError
from forensics.model.evidence import Facts

UNBOUND = "[1795425693] unbound[71:0] info: 192.0.2.7 mx1.subject.example. MX IN\n"


def _queries(case: Case) -> int:
    ((count,),) = case.tables.sql("SELECT count(*) FROM dns_query").fetchall()
    return int(count)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "evidence" / "unbound.log"
    path.parent.mkdir()
    path.write_text(UNBOUND * 3)
    return path


def test_what_is_there_already_is_skipped(tmp_path: Path, log: Path) -> None:
    with Case(tmp_path / "case") as case:
        assert [piece.rows["dns_query"] for piece in case.add(log.parent)] == [3]
        assert case.add(log.parent) == ()
        copy = shutil.copy(log, log.parent / "copy.log")
        assert case.add(copy) == ()
        assert len(case.evidence) == 1
    with Case(tmp_path / "case") as case:
        assert case.add(log) == ()
        assert _queries(case) == 3


def test_other_facts_that_change_the_reading_read_the_file_again(tmp_path: Path, log: Path) -> None:
    with Case(tmp_path / "case") as case:
        case.add(log)
        (piece,) = case.add(log, facts={str(log): Facts(year=2026)})
        assert piece.id == "E2"
        assert [held.id for held in case.evidence] == ["E2"]
        assert _queries(case) == 3


def test_rows_of_another_schema_are_not_judged_but_read_again(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("forensics.evidence_files.VERSION", 1)
        with Case(tmp_path / "case") as case:
            case.add(log)
    with Case(tmp_path / "case") as case:
        with pytest.raises(UsageError, match="whose tables have other columns, the first E1"):
            case.verdict()
        assert [piece.id for piece in case.add(log)] == ["E2"]
        assert case.verdict().id == "undetermined"
        assert _queries(case) == 3


def test_another_vantage_is_noted_without_reading_again(tmp_path: Path, log: Path) -> None:
    with Case(tmp_path / "case") as case:
        case.add(log)
        assert case.add(log, facts={str(log): Facts(vantage="authoritative_dns")}) == ()
    with Case(tmp_path / "case") as case:
        assert [piece.declared.vantage for piece in case.evidence] == ["authoritative_dns"]


def test_no_file_under_the_paths_is_an_error(tmp_path: Path) -> None:
    with Case(tmp_path / "case") as case, pytest.raises(NothingToExamine, match=r"No file found under .*\*\.log"):
        case.add(tmp_path / "*.log")


def test_a_case_in_use_is_refused(tmp_path: Path) -> None:
    with Case(tmp_path / "case"), pytest.raises(CaseLocked):
        Case(tmp_path / "case")


def test_a_temporary_case_leaves_nothing(log: Path) -> None:
    case = Case()
    case.add(log)
    case.close()
    assert not case.folder.exists()


def test_a_segment_whose_custody_line_was_never_written_is_written_again(tmp_path: Path, log: Path) -> None:
    left = tmp_path / "case" / "segments" / "000001"
    left.mkdir(parents=True)
    (left / "dns_query.parquet").write_text("whole, but not acknowledged")
    with Case(tmp_path / "case") as case:
        case.add(log)
        assert _queries(case) == 3
        assert case.manifest.damage() == []


ADD = """
import sys
from forensics.case import Case
with Case(sys.argv[1]) as case:
    print("open", flush=True)
    case.add(sys.argv[2])
"""


@pytest.mark.parametrize("delay_s", [0.0, 0.15, 0.5])
def test_a_run_that_is_killed_leaves_the_case_readable_and_the_next_completes_it(
    tmp_path: Path, log: Path, delay_s: float
) -> None:
    for number in range(4):
        (log.parent / f"{number}.log").write_text(UNBOUND.replace("mx1", f"mx{number}") * 20_000)
    with subprocess.Popen(
        [sys.executable, "-c", ADD, str(tmp_path / "case"), str(log.parent)], stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"open\n"
        time.sleep(delay_s)
        run.send_signal(signal.SIGKILL)
    with Case(tmp_path / "case") as case:
        assert _queries(case) in {0, 80_003}
        case.add(log.parent)
        assert _queries(case) == 80_003
        assert sorted(piece.rows["dns_query"] for piece in case.evidence) == [3, 20_000, 20_000, 20_000, 20_000]
        assert [path.name for path in (case.folder / "segments").iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a file system of our own needs root and mount")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"tmpfs cannot be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_a_storage_error_and_the_case_stays_readable(tmp_path: Path, tiny_disk: Path) -> None:
    log = tmp_path / "big.log"
    lines = (UNBOUND.replace("mx1", os.urandom(20).hex()) for _ in range(20_000))
    log.write_text("".join(lines))
    with Case(tiny_disk / "case") as case, pytest.raises(StorageError, match=r"cannot be written: .*[Nn]o space left"):
        case.add(log)
    with Case(tiny_disk / "case") as case:
        assert case.evidence == ()


def test_what_an_examiner_has_to_declare_is_said_though_every_byte_was_read(tmp_path: Path) -> None:
    """Without a window nothing said that the questions of this log have no time."""
    log = tmp_path / "dns.log"
    log.write_text(
        "DNS Server log file creation at 11/4/2026 1:57:12 AM\n"
        "11/4/2026 1:57:13 AM 0E7C PACKET  000000E8A1B2C3D0 UDP Rcv 192.0.2.10      0001   Q [0001   D   NOERROR] "
        "MX     (9)northwind(7)example(0)\n"
    )
    with Case(domain="northwind.example") as case:
        case.add(log)
        (problem,) = case.result().problems
        (piece,) = case.evidence
    assert piece.state == "read"
    assert problem.endswith(
        "dns.log: read: Its dates, such as 3/4/2026, do not say which number is the month: "
        "declare date_order (day_month or month_day) on the evidence sheet."
    )


@pytest.mark.parametrize(("zone", "beside"), [("UTC", False), ("Europe/Berlin", True)])
def test_records_beside_the_time_that_a_piece_is_said_to_cover_are_named(
    tmp_path: Path, zone: str, beside: bool
) -> None:
    (tmp_path / "mail.log").write_text("Nov 23 09:15:01 mx1 postfix/qmgr[91]: 4E8A1: removed\n")
    (tmp_path / "sheet.yml").write_text(
        "subject: {domain: northwind.example}\nevidence: [{path: mail.log, vantage: subject_mta, year: 2026, "
        f"time_zone: {zone}, covers: [2026-11-23T09:15:00Z, 2026-11-23T09:16:00Z]}}]\n"
    )
    with Case(sheet_path=tmp_path / "sheet.yml") as case:
        case.add(tmp_path / "mail.log")
        assert any("lies in the time that it is said to cover" in text for text in case.result().problems) is beside
