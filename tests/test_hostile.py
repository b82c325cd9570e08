"""Bad files, bad places and bad moments: what the command line makes of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

LINE_1 = (
    "23-Nov-2026 09:23:47.937 client @0x7f01 192.0.2.10#58172 (mail.example): "
    "query: mail.example IN MX -E(0)DC (192.0.2.194)\n"
)
LINE_2 = (
    "23-Nov-2026 09:23:48.101 client @0x7f02 192.0.2.10#18918 (mx.mail.example): "
    "query: mx.mail.example IN A - (192.0.2.194)\n"
)
LOG = LINE_1 + LINE_2
EMPTY_CAPTURE = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000".replace(" ", ""))
COMMAND = [sys.executable, "-m", "forensics"]


def run(
    *words: str | Path | bytes, stdin: bytes = b"", cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [os.fsencode(word) for word in (*COMMAND, *words)],
        input=stdin,
        capture_output=True,
        timeout=240,
        check=False,
        cwd=cwd,
        env={**os.environ, **(env or {})},
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def document(*words: str | Path | bytes, code: int = 0, **how: Any) -> dict[str, Any]:
    done = run(*words, "--json", "-", **how)
    assert done.returncode == code, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "evidence"
    made.mkdir()
    return made


@pytest.fixture
def log(folder: Path) -> Path:
    path = folder / "query.log"
    path.write_text(LOG)
    return path


@pytest.fixture
def case(tmp_path: Path, log: Path) -> Path:
    made = tmp_path / "case"
    assert run("case", "add", made, log).returncode == 0
    return made


def test_loops_pipes_and_devices_in_a_folder_are_named_and_the_rest_is_read(folder: Path, log: Path) -> None:
    (folder / "again").symlink_to(".")
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    os.mkfifo(folder / "pipe")
    found = document("examine", folder, code=4)
    assert {Path(piece["path"]).name: piece["state"] for piece in found["evidence"]} == {
        "pipe": "rejected",
        "query.log": "read",
    }
    assert any("no regular file" in problem for problem in found["problems"])


def test_names_that_act_on_terminals_or_are_no_utf_8_are_written_out(folder: Path, tmp_path: Path) -> None:
    names = [b"bad\xff.log", b"clear\x1b[2J.log", "turned\u202egol.exe".encode(), b"two\nlines.log"]
    for number, name in enumerate(names):
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_text(LOG + LOG * number)
    case = tmp_path / "case"
    found = document("examine", folder, "--case", case)
    assert Path(found["evidence"][0]["path"]).name == "bad\\xff.log"
    seen = run("examine", folder, "--case", case)
    assert not {b"\x1b", b"\xff", "\u202e".encode()} & {bytes([byte]) for byte in seen.stdout}
    assert "\u202e".encode() not in seen.stdout
    assert run("case", "verify", case).returncode == 0
    assert run("show", f"E1:1@0+{len(LINE_1)}", "--case", case, "--raw").stdout == LINE_1.encode()


def test_a_path_given_in_bytes_that_are_no_utf_8_stands_in_the_result(tmp_path: Path) -> None:
    path = bytes(tmp_path) + b"/\xe9t\xe9.log"
    Path(os.fsdecode(path)).write_text(LOG)
    found = document("examine", path)
    assert found["evidence"][0]["path"].endswith("/\\xe9t\\xe9.log")
    assert "\\xe9t\\xe9.log" in found["command"]


def test_one_missing_file_is_named_and_the_others_are_read_but_none_at_all_is_3(log: Path, tmp_path: Path) -> None:
    assert document("examine", log, tmp_path / "typo.log", code=4)["counts"]["dns_queries"] == 2
    assert run("examine", tmp_path / "typo.log").returncode == 3


def test_a_declared_format_that_does_not_exist_ends_with_2_before_anything_is_read(log: Path, tmp_path: Path) -> None:
    done = run("case", "add", tmp_path / "case", log, "--format", f"{log}=papyrus")
    assert done.returncode == 2
    assert b"There is no format 'papyrus'" in done.stderr


def test_a_declared_vantage_that_does_not_exist_never_gets_into_a_case(log: Path, tmp_path: Path) -> None:
    assert run("case", "add", tmp_path / "case", log, "--vantage", f"{log}=moon").returncode == 2
    assert run("case", "verdict", tmp_path / "case").returncode == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("window: [2026-02-01, 2026-01-01]", "ends (2026-01-01) before it starts"),
        ("evidence: [{path: query.log, covers: [2026-02-01T00:00:00Z, 2026-01-01T00:00:00Z]}]", "before it starts"),
        ('evidence: [{path: query.log, covers: [2026-02-01T00:00:00Z, ""]}]', "neither is left out"),
        ("evidence: [{path: query.log, year: 99999999}]", "is no year between"),
        ("evidence: [{path: query.log, sampling: -1}]", "is no sampling rate"),
        ("claims: [{id: a, says: no_mail_since, since: 0001-01-01T00:00:00+14:00}]", "outside the years"),
        ("claims: [{id: a, says: no_mail_sent_or_received}, {id: a, says: no_mail_sent_or_received}]", "second time"),
        ("a: &a [x, x]\nb: [*a, *a]", "anchors and aliases are not allowed"),
        ("[" * 100_000, "nested deeper than"),
        ("x: " + "y" * 2_000_000, "is larger than"),
    ],
)
def test_a_sheet_that_makes_no_sense_ends_with_2_and_says_where(folder: Path, log: Path, text: str, says: str) -> None:
    (folder / "sheet.yml").write_text(text)
    done = run("examine", log, "--sheet", folder / "sheet.yml")
    assert done.returncode == 2
    assert "sheet.yml:1:" in done.stderr.decode()
    assert says in done.stderr.decode()


def test_live_is_no_silent_no_op(log: Path) -> None:
    done = run("examine", log, "--live", "--json", "-")
    assert json.loads(done.stdout)["verdict"]["id"] == "undetermined"
    assert b"examine asks nothing of the network" in done.stderr


def test_standard_input_of_a_kept_case_can_be_shown_and_is_read_once(tmp_path: Path) -> None:
    case = tmp_path / "case"
    found = document("examine", "-", "--case", case, "--time-zone", "-=UTC", stdin=LOG.encode())
    assert [piece["path"] for piece in found["evidence"]] == ["-"]
    assert found["evidence"][0]["first_ts"] == "2026-11-23T09:23:47.937Z"
    moved = case.rename(tmp_path / "moved")
    assert run("show", f"E1:1@0+{len(LINE_1)}", "--case", moved, "--raw").stdout == LINE_1.encode()
    assert run("case", "add", moved, "-", stdin=LOG.encode()).returncode == 0
    assert len(document("case", "report", moved)["evidence"]) == 1


def test_a_case_remembers_what_it_was_asked(folder: Path, log: Path, tmp_path: Path) -> None:
    (folder / "sheet.yml").write_text(
        "subject: {domain: mail.example, servers: [192.0.2.25]}\nwindow: [2026-11-23, 2026-11-24]\n"
        "claims: [{id: silent, says: no_mail_sent_or_received}]\n"
        "evidence: [{path: query.log, vantage: recursive_dns, time_zone: UTC}]\n"
    )
    case = tmp_path / "case"
    assert run("case", "add", case, log, "--sheet", folder / "sheet.yml").returncode == 0
    assert b"mail.example" in run("case", "verdict", case).stdout
    found = document("case", "report", case)
    assert found["subject"]["addresses"] == ["192.0.2.25"]
    assert found["window"]["start"] == "2026-11-23T00:00:00Z"
    assert [claim["id"] for claim in found["claims"]] == ["silent"]


def test_what_is_declared_of_a_copy_and_not_of_its_twin_is_said_not_to_count(folder: Path, log: Path) -> None:
    copy = folder / "copy.log"
    shutil.copy(log, copy)
    said = ("--vantage", f"{log}=authoritative_dns", "--vantage", f"{copy}=recursive_dns")
    problems = document("examine", folder, *said)["problems"]
    assert [text for text in problems if "the bytes of E1" in text and "what is declared of it does not" in text]
    alike = document("examine", folder, "--vantage", f"{folder}=authoritative_dns")["problems"]
    assert not [text for text in alike if "the bytes of" in text]


def test_facts_that_are_not_given_again_still_hold(log: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    said = ("--time-zone", f"{log}=UTC", "--vantage", f"{log}=authoritative_dns")
    assert run("case", "add", case, log, *said).returncode == 0
    before = (case / "custody.jsonl").read_bytes()
    assert run("case", "add", case, log).returncode == 0
    assert (case / "custody.jsonl").read_bytes() == before


def test_other_facts_replace_what_was_read_with_the_first(log: Path, tmp_path: Path, case: Path) -> None:
    assert run("case", "add", case, log, "--time-zone", f"{log}=Europe/Berlin").returncode == 0
    found = document("case", "report", case)
    assert [(piece["id"], piece["first_ts"]) for piece in found["evidence"]] == [("E2", "2026-11-23T08:23:47.937Z")]
    assert found["counts"]["dns_queries"] == 2


def test_the_same_bytes_under_two_names_count_once_and_are_logged_once(folder: Path, log: Path, case: Path) -> None:
    shutil.copy(log, folder / "copy.log")
    assert run("case", "add", case, folder).returncode == 0
    before = (case / "custody.jsonl").read_bytes()
    assert before.count(b'"action":"duplicate"') == 1
    assert run("case", "add", case, folder).returncode == 0
    assert (case / "custody.jsonl").read_bytes() == before
    assert document("case", "report", case)["counts"]["dns_queries"] == 2


def test_two_empty_captures_from_two_places_are_two_pieces(folder: Path) -> None:
    for name in ("client.pcap", "server.pcap"):
        (folder / name).write_bytes(EMPTY_CAPTURE)
    said = ("--vantage", f"{folder}/client.pcap=other_link", "--vantage", f"{folder}/server.pcap=subject_link")
    found = document("examine", folder, *said)
    assert [piece["vantage"] for piece in found["evidence"]] == ["other_link", "subject_link"]


def test_a_relative_and_an_absolute_path_name_one_piece_from_any_folder(
    tmp_path: Path, folder: Path, log: Path
) -> None:
    case = tmp_path / "case"
    assert run("case", "add", "../case", "query.log", log, "./query.log", cwd=folder).returncode == 0
    assert run("case", "add", case, log, cwd=tmp_path).returncode == 0
    assert [piece["path"] for piece in document("case", "report", case)["evidence"]] == ["query.log"]
    assert run("show", f"E1:1@0+{len(LINE_1)}", "--case", "case", "--raw", cwd=tmp_path).stdout == LINE_1.encode()
    assert run("case", "verify", case, cwd="/").returncode == 0  # type: ignore[arg-type]


def test_evidence_and_case_that_moved_are_found_once_they_are_added_again(
    tmp_path: Path, folder: Path, case: Path
) -> None:
    elsewhere = folder.rename(tmp_path / "elsewhere")
    assert run("case", "verify", case).returncode == 5
    assert run("case", "add", case, elsewhere).returncode == 0
    assert run("case", "verify", case).returncode == 0
    assert len(document("case", "report", case)["evidence"]) == 1


def test_a_file_that_grew_since_it_was_read_ends_with_5_and_is_not_counted_twice(log: Path, case: Path) -> None:
    log.write_text(LOG + LINE_2)
    done = run("case", "add", case, log)
    assert done.returncode == 5
    assert b"is no longer the file that was read" in done.stderr
    assert document("case", "report", case)["counts"]["dns_queries"] == 2


def test_an_altered_custody_line_and_a_missing_segment_end_with_5(case: Path) -> None:
    custody = case / "custody.jsonl"
    data = custody.read_bytes()
    custody.write_bytes(data.replace(b'"open"', b'"opem"'))
    assert run("case", "status", case).returncode == 5
    custody.write_bytes(data.replace(b'"records":2', b'"records":3'))
    assert run("case", "status", case).returncode == 5
    custody.write_bytes(data[: data.index(b"\n") + 1])
    assert run("case", "status", case).returncode == 5
    custody.write_bytes(data)
    (case / "custody.head").unlink()
    shutil.rmtree(case / "segments")
    for command in ("verify", "verdict"):
        assert run("case", command, case).returncode == 5


def test_a_custody_entry_that_was_never_ours_ends_with_5(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    entry = {"no": 1, "prev": "0" * 64, "at": "x", "action": "declare", "data": {"no": 9}}
    (case / "custody.jsonl").write_text(json.dumps(entry) + "\n")
    assert run("case", "status", case).returncode == 5


def test_a_segment_outside_the_case_is_no_segment(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    data = {"segment": "1", "evidence": [], "files": [["../../etc/passwd", "dns_query", 1, 1, "0"]]}
    entry = {"no": 1, "prev": "0" * 64, "at": "x", "action": "read", "data": data}
    (case / "custody.jsonl").write_text(json.dumps(entry) + "\n")
    assert run("case", "verdict", case).returncode == 5


def test_what_a_killed_run_left_is_written_anew(tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    for left in (".000001.part", "000001"):
        (case / "segments" / left).mkdir(parents=True)
        (case / "segments" / left / "dns_query.parquet").write_bytes(b"half")
    assert document("examine", log, "--case", case)["counts"]["dns_queries"] == 2
    assert run("case", "verify", case).returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_run_cut_in_the_middle_is_finished_by_the_next(
    folder: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    for name in range(3):
        (folder / f"{name}.log").write_text(f"{LINE_1}{LINE_2}" * (100_000 + name))
    case = tmp_path / "case"
    with subprocess.Popen([*COMMAND, "case", "add", case, folder], stderr=subprocess.PIPE) as started:
        until = time.monotonic() + 60
        while not list(case.glob("segments/.*")) and time.monotonic() < until:
            time.sleep(0.01)
        started.send_signal(number)
        assert started.wait(60) == code
    whole = document("examine", folder)
    found = document("examine", folder, "--case", case)
    assert run("case", "verify", case).returncode == 0
    for part in ("answers", "verdict", "findings", "evidence", "counts"):
        assert found[part] == whole[part]


def test_two_runs_at_once_end_the_second_with_75(case: Path, log: Path) -> None:
    from forensics import Case

    with Case(case):
        done = run("case", "add", case, log)
    assert done.returncode == 75
    assert b"is in use by process" in done.stderr


def test_a_reader_that_leaves_changes_no_exit_code(log: Path) -> None:
    for words in (("examine", log), ("rules", "list"), ("--help",)):
        with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
            assert started.stdout is not None
            started.stdout.close()
            assert started.stderr is not None
            assert started.stderr.read() == b""
            assert started.wait(60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device of Linux")
def test_a_full_disk_ends_with_74(log: Path, tmp_path: Path) -> None:
    for words in (("examine", log), ("examine", log, "--json", "-"), ("rules", "list"), ("--help",)):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        assert done.returncode == 74, done.stderr.decode()
        assert done.stderr.count(b"\n") == 1
    assert run("case", "add", log, log).returncode == 74


def test_a_report_is_written_through_a_pipe_or_a_link_and_never_over_it(log: Path, tmp_path: Path) -> None:
    pipe, link, target = tmp_path / "pipe", tmp_path / "link.json", tmp_path / "target.json"
    os.mkfifo(pipe)
    target.touch()
    link.symlink_to(target)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        assert run("examine", log, "--json", pipe).returncode == 0
        assert reader.stdout is not None
        assert json.loads(reader.stdout.read())["schema"] == "forensics-result/1"
    assert pipe.is_fifo()
    assert run("examine", log, "--json", link).returncode == 0
    assert link.is_symlink()
    assert json.loads(target.read_text())["schema"] == "forensics-result/1"


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"COLUMNS": "40"},
        {"COLUMNS": "0"},
        {"NO_COLOR": "1"},
    ],
)
def test_the_answer_is_readable_on_a_poor_terminal(log: Path, env: dict[str, str]) -> None:
    done = run("examine", log, env=env)
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    width = int(env.get("COLUMNS", "0")) or 80
    assert b"Undetermined" in done.stdout
    assert max(map(len, done.stdout.decode().splitlines()[:10])) <= width
