"""The command line, as a person at night would meet it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LOG = """\
23-Nov-2026 09:23:47.937 client @0x7f01 192.0.2.10#58172 (mail.example): query: mail.example IN MX -E(0)DC (192.0.2.194)
23-Nov-2026 09:23:48.101 client @0x7f02 192.0.2.10#18918 (mx.mail.example): query: mx.mail.example IN A - (192.0.2.194)
"""


def run(*words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "forensics", *map(str, words)],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def result(*words: str | Path, code: int = 0) -> dict[str, object]:
    done = run("examine", *words, "--json", "-")
    assert done.returncode == code, done.stderr.decode()
    document: dict[str, object] = json.loads(done.stdout)
    return document


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "query.log"
    path.write_text(LOG)
    return path


def test_a_dns_log_alone_leaves_the_question_undetermined(log: Path) -> None:
    found = result(log, "--domain", "mail.example", "--time-zone", f"{log}=UTC")
    assert found["verdict"]["id"] == "undetermined"  # type: ignore[index]
    assert {answer["answer"] for answer in found["answers"].values()} == {"unknown"}  # type: ignore[attr-defined]


def test_json_on_standard_output_is_one_document_and_nothing_else(log: Path) -> None:
    done = run("examine", log, "--json", "-")
    assert json.loads(done.stdout)["schema"] == "forensics-result/1"


def test_standard_input_is_evidence_too() -> None:
    done = run("examine", "-", "--json", "-", stdin=LOG.encode())
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["evidence"][0]["records"] == 2


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_run_that_is_told_to_end_leaves_no_copy_of_evidence(tmp_path: Path, told: signal.Signals) -> None:
    command = [sys.executable, "-m", "forensics", "examine", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as running:
        while running.poll() is None and not any(tmp_path.rglob(".*.part")):
            time.sleep(0.05)
        running.send_signal(told)
        assert running.wait(60) == 128 + told
    assert list(tmp_path.iterdir()) == []


def test_a_cut_capture_is_named_with_its_offset_and_the_rest_is_read(tmp_path: Path) -> None:
    header = bytes.fromhex("d4c3b2a1020004000000000000000000000004 0065000000".replace(" ", ""))
    packet = bytes.fromhex(
        "401e2a69102700003a0000003a0000004500003a0001000040110000c0000202c6336405d431003500260000"
        "0a0b01000001000000000000046d61696c076578616d706c6500000f0001"
    )
    path = tmp_path / "cut.pcap"
    path.write_bytes(header + packet + packet[:40])
    found = result(path, code=4)
    piece = found["evidence"][0]  # type: ignore[index]
    assert (piece["state"], piece["records"], piece["unread"]) == ("partial", 2, 1)
    assert found["counts"]["dns_queries"] == 1  # type: ignore[index]
    assert any(text.endswith("first record 2 at byte 98") for text in found["problems"])  # type: ignore[attr-defined]


def test_a_line_of_noise_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "query.log"
    path.write_text(LOG + "what is this\n")
    found = result(path, code=4)
    piece = found["evidence"][0]  # type: ignore[index]
    assert (piece["state"], piece["records"], piece["unread"]) == ("partial", 3, 1)
    place = f'first record 3 at byte {len(LOG)}: "what is this"'
    assert any(text.endswith(place) for text in found["problems"])  # type: ignore[attr-defined]


def test_an_empty_file_is_named_and_ends_with_4(tmp_path: Path, log: Path) -> None:
    (tmp_path / "empty.log").touch()
    found = result(tmp_path, code=4)
    assert "is empty" in " ".join(found["problems"])  # type: ignore[arg-type]
    assert found["counts"]["dns_queries"] == 2  # type: ignore[index]


def test_a_file_of_unknown_format_is_named_and_the_rest_of_the_folder_is_read(tmp_path: Path, log: Path) -> None:
    (tmp_path / "strange.bin").write_bytes(bytes(range(256)))
    found = result(tmp_path, code=4)
    assert "no known format" in " ".join(found["problems"])  # type: ignore[arg-type]
    assert found["counts"]["dns_queries"] == 2  # type: ignore[index]


def test_a_gzip_with_a_broken_tail_is_read_up_to_the_break(tmp_path: Path) -> None:
    path = tmp_path / "query.log.gz"
    path.write_bytes(gzip.compress(LOG.encode() * 500)[:-20])
    piece = result(path, code=4)["evidence"][0]  # type: ignore[index]
    assert piece["state"] == "partial"
    assert piece["records"] > 900
    assert any("cut short" in problem for problem in piece["problems"])


def test_nothing_to_examine_ends_with_3(tmp_path: Path) -> None:
    done = run("examine", tmp_path)
    assert done.returncode == 3
    assert b"No file found" in done.stderr


def test_a_sheet_with_an_unknown_key_ends_with_2_and_names_the_place(tmp_path: Path, log: Path) -> None:
    sheet = tmp_path / "sheet.yml"
    sheet.write_text("evidence:\n  - {path: query.log, vantge: recursive_dns}\n")
    done = run("examine", log, "--sheet", sheet)
    assert done.returncode == 2
    assert 'sheet.yml:2:23: unknown key "vantge". Did you mean "vantage"?' in done.stderr.decode()


def test_an_unknown_vantage_ends_with_2_and_lists_the_known_ones(log: Path) -> None:
    done = run("examine", log, "--vantage", f"{log}=everywhere")
    assert done.returncode == 2
    assert b"authoritative_dns" in done.stderr


def test_fail_on_turns_a_verdict_into_10(log: Path) -> None:
    assert run("examine", log, "--fail-on", "undetermined").returncode == 10


def test_a_case_folder_whose_name_is_no_utf8_is_refused_before_anything_is_read(tmp_path: Path, log: Path) -> None:
    folder = tmp_path / "case\udcff"
    done = run("case", "add", folder, log)
    assert done.returncode == 2
    assert b"a case needs a folder whose name is UTF-8" in done.stderr
    assert not folder.exists()


def test_of_many_pieces_only_what_is_amiss_is_shown_one_by_one(tmp_path: Path) -> None:
    folder, case = tmp_path / "logs", tmp_path / "case"
    folder.mkdir()
    for number in range(101):
        (folder / f"{number}.log").write_text(LOG.replace("mail", f"mail{number}"))
    (folder / "odd.bin").write_bytes(b"\x01\x02\x03 nothing known")
    added = run("case", "add", case, folder)
    assert added.returncode == 4
    told = added.stdout.decode()
    assert ["bind_query_log", "101", "202"] in [line.split() for line in told.splitlines()]
    assert "rejected" in next(line for line in told.splitlines() if line.startswith("E102 "))
    assert "and 100 more - Its times are local" in " ".join(told.split())
    assert "E50 " not in told
    status = run("case", "status", case).stdout.decode()
    assert [number for number in range(1, 102) if f"\nE{number} " not in status] == []


def test_a_case_is_kept_shown_verified_and_not_read_twice(tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    assert run("case", "add", case, log).returncode == 0
    before = (case / "custody.jsonl").read_bytes()
    again = run("case", "add", case, log)
    assert (again.returncode, again.stdout) == (0, b"Nothing was added: all of it is in the case already, unchanged.\n")
    assert (case / "custody.jsonl").read_bytes() == before
    shown = run("case", "status", case)
    assert (shown.returncode, shown.stdout.splitlines()[-1]) == (0, b"Every record and every byte is accounted for.")
    assert run("case", "verify", case).returncode == 0
    shown = run("show", "E1:1@0+121", "--case", case, "--raw")
    assert shown.stdout == LOG.encode()[:121]


def test_altered_evidence_ends_verify_with_5(tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    run("case", "add", case, log)
    log.write_text(LOG.replace("MX", "NS"))
    done = run("case", "verify", case)
    assert done.returncode == 5
    assert b"is no longer the file that was read" in done.stderr


def test_help_loads_no_engine() -> None:
    code = (
        "import sys, forensics.cli\n"
        "heavy = {'duckdb', 'pyarrow', 'numpy', 'numba', 'typst', 'dns', 'pandas'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()


SAMPLES = Path(__file__).parents[1] / "sample_evidence"


def loaded_by(words: list[str], unwanted: tuple[str, ...]) -> str:
    """Which of the unwanted modules a command loads that ends well."""
    code = (
        f"import sys; from forensics.cli import main\n"
        f"try: main()\n"
        f"finally: sys.stderr.write(' '.join(name for name in {unwanted!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stderr.decode()


@pytest.mark.parametrize("story", ["mail_server", "resolver_only"])
def test_to_add_a_capture_loads_its_own_reader_alone_and_no_query_engine(tmp_path: Path, story: str) -> None:
    capture = SAMPLES / story / "evidence" / "subject-link.pcap"
    unwanted = (
        "duckdb", "numba", "pandas", "pydantic", "typst", "dns", "ruamel.yaml", "forensics.examination",
        "forensics.analysis.rulebook", "forensics.formats.bind_query_log", "forensics.formats.message",
        "forensics.formats.zone_file", "forensics.report.sections", "pyarrow.compute", "pyarrow.fs", "numpy.ma",
    )  # fmt: skip
    assert loaded_by(["case", "add", str(tmp_path / "case"), str(capture)], unwanted) == ""


def test_to_add_a_log_whose_lines_are_read_as_columns_loads_no_python_functions_of_arrow(tmp_path: Path) -> None:
    long = tmp_path / "query.log"
    long.write_text(LOG * 2000)
    unwanted = ("numba", "pyarrow.compute", "pyarrow.fs", "numpy.ma", "forensics.formats.pcap")
    assert loaded_by(["case", "add", str(tmp_path / "case"), str(long)], unwanted) == ""


def test_what_reads_files_is_loaded_for_a_file_that_is_to_be_read(tmp_path: Path, log: Path) -> None:
    case, unwanted = str(tmp_path / "case"), ("numpy", "pyarrow", "forensics.intake")
    assert loaded_by(["case", "add", case, str(log)], unwanted) == "numpy pyarrow forensics.intake"
    assert loaded_by(["case", "add", case, str(log)], unwanted) == ""
    assert loaded_by(["case", "status", case], unwanted) == ""


@pytest.mark.parametrize(("said", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_numpy_starts_no_threads_unless_told_to(said: dict[str, str], threads: str) -> None:
    code = (
        "import os, sys; from forensics.cli import main\n"
        "try: main()\n"
        "finally: print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    kept = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    command = [sys.executable, "-c", code, "rules"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, env={**kept, **said})
    assert done.stdout.decode().splitlines()[-1] == threads


@pytest.mark.parametrize("command", ["examine", "domain", "headers", "whois"])
def test_each_example_of_a_help_page_has_a_line_of_its_own(command: str) -> None:
    lines = run(command, "--help").stdout.decode().splitlines()
    examples = [line.strip() for line in lines if line.startswith("  forensics ")]
    assert len(examples) >= 3
    assert all(example.count("forensics ") == 1 for example in examples)


def test_the_status_of_a_case_tells_in_plain_lines_why_a_file_has_no_format(tmp_path: Path) -> None:
    (tmp_path / "odd.bin").write_bytes(b"\x00\x01 of no kind")
    assert run("case", "add", tmp_path / "case", tmp_path / "odd.bin").returncode == 4
    assert b"no known format fits the first bytes. First bytes:" in b" ".join(
        run("case", "status", tmp_path / "case").stdout.split()
    )
