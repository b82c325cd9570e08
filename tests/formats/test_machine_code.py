"""What Numba compiled in an earlier run gives the same without Numba."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `fast` is not installed")

SOURCE = """
from typing import NamedTuple

import numpy as np

from forensics.formats._compiled_code import compiled, copied_in, inlined, kept, load

_load = load(8)


class Pair(NamedTuple):
    numbers: np.ndarray
    flags: np.ndarray


@inlined
def byte(address, at):
    return _load(address + at)


@copied_in
def twice(values, at):
    return 2 * values[at]


@compiled
def plus(first, second):
    return first + second


@kept
def total(values, factor):
    found = np.int64(0)
    for at in range(len(values)):
        found = plus(found, np.int64(twice(values, at)) * factor)
    return found


@kept
def several(pair, small, big, flag, nothing):
    pair.numbers[1, 2] = small
    for at in range(len(pair.flags)):
        pair.flags[at] = not pair.flags[at]
    return small, big, not flag, small < 0, np.uint64(big)


@kept
def first_byte(values):
    return byte(values.ctypes.data, 0)


@kept
def nothing(values):
    values[0] = 1


@kept
def of_its_own(count):
    return np.arange(count).sum()
"""


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives the module as a new process would load it, of the source as it then stands."""
    path = tmp_path / "summing.py"
    path.write_text(SOURCE)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)

    def load() -> types.ModuleType:
        spec = importlib.util.spec_from_file_location("summing", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "summing", module)
        spec.loader.exec_module(module)
        return module

    return load


def _kept(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in (folder / "__pycache__").glob("*.code"))


def test_a_second_run_loads_what_the_first_compiled(loaded: Any, tmp_path: Path) -> None:
    values = np.array([1, 2, 3], np.uint16)
    assert loaded().total(values, -2) == -24
    assert _kept(tmp_path) == ["summing.total"]
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "__pycache__").glob("*.code")}
    assert loaded().total(values, -2) == -24
    assert loaded().total(np.arange(6, dtype=np.uint16)[::2], 1) == 12
    assert (
        before.items() <= {path: path.stat().st_mtime_ns for path in (tmp_path / "__pycache__").glob("*.code")}.items()
    )
    assert _kept(tmp_path) == ["summing.total", "summing.total"]


def test_what_is_kept_is_called_without_numba(loaded: Any, tmp_path: Path) -> None:
    assert loaded().total(np.array([4, 5]), 3) == 54
    code = "import sys, numpy, summing; print(summing.total(numpy.array([4, 5]), 3), 'numba' in sys.modules)"
    paths = {"PYTHONPATH": f"{Path(__file__).parents[2]}{os.pathsep}{tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | paths, capture_output=True, timeout=60, check=False
    )
    assert done.stdout.decode() == "54 False\n", done.stderr.decode()


@pytest.mark.parametrize("run", ["first", "second"])
def test_numbers_flags_tuples_and_arrays_go_in_and_come_out(loaded: Any, run: str) -> None:
    for _ in range(1 if run == "first" else 2):
        module = loaded()
        numbers, flags = np.zeros((2, 3), np.int32), np.array([True, False])
        found = module.several(module.Pair(numbers, flags), -5, (1 << 63) + 1, False, None)
    assert found == (-5, (1 << 63) + 1, True, True, (1 << 63) + 1)
    assert (numbers.tolist(), flags.tolist()) == ([[0, 0, 0], [0, 0, -5]], [False, True])
    assert [type(value) for value in found] == [int, int, bool, bool, int]


@pytest.mark.parametrize("run", ["first", "second"])
def test_an_access_outside_an_array_is_an_index_error(loaded: Any, run: str) -> None:
    for _ in range(1 if run == "first" else 2):
        nothing = loaded().nothing
        values = np.zeros(2)
        assert nothing(values) is None
    assert values.tolist() == [1, 0]
    with pytest.raises(IndexError):
        nothing(np.zeros(0))


def test_instructions_stand_in_what_is_kept(loaded: Any, tmp_path: Path) -> None:
    values = np.frombuffer(b"\x2a\x00", np.uint8)
    assert (loaded().first_byte(values), loaded().first_byte(values)) == (42, 42)
    assert _kept(tmp_path) == ["summing.first_byte"]


def test_a_changed_source_is_compiled_anew_and_what_was_kept_of_the_old_goes(loaded: Any, tmp_path: Path) -> None:
    values = np.array([1, 2])
    assert loaded().total(values, 1) == 6
    (tmp_path / "summing.py").write_text(SOURCE.replace("2 * values[at]", "10 * values[at]"))
    assert loaded().total(values, 1) == 30
    assert _kept(tmp_path) == ["summing.total"]


def test_a_damaged_file_is_not_loaded(loaded: Any, tmp_path: Path) -> None:
    values = np.array([1, 2])
    assert loaded().total(values, 1) == 6
    (path,) = (tmp_path / "__pycache__").glob("*.code")
    whole = path.read_bytes()
    for damaged in (b"", whole[:-1], whole[:200] + bytes(8) + whole[208:], b"{}\n" + whole):
        path.write_bytes(damaged)
        assert loaded().total(values, 1) == 6
        assert path.read_bytes() != damaged


def test_code_that_calls_numba_itself_is_not_kept(loaded: Any, tmp_path: Path) -> None:
    assert (loaded().of_its_own(4), loaded().of_its_own(5)) == (6, 10)
    assert _kept(tmp_path) == []


def test_no_folder_costs_no_result(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/dev/null")
    assert loaded().total(np.array([1, 2]), 1) == 6


def test_a_capture_is_decoded_by_kept_code_without_numba(tmp_path: Path) -> None:
    capture = Path(__file__).parents[2] / "sample_evidence" / "mail_server" / "evidence" / "subject-link.pcap"
    code = (
        "import sys; from forensics.cli import main; from forensics.formats._capture import reading\n"
        "reading.COMPILED_BYTES = 0\n"
        "try: main()\n"
        "finally: print([name for name in ('numba', 'llvmlite') if name in sys.modules])"
    )
    for run in ("first", "second"):
        command = [sys.executable, "-c", code, "case", "add", str(tmp_path / run), str(capture)]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().splitlines()[-1] == "['llvmlite']"
