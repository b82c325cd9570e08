"""One run at a time on a case folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from forensics.errors import CaseLocked
from forensics.store.lock import Lock

HOLD = (
    "import sys, pathlib\nfrom forensics.store.lock import Lock\n"
    "lock = Lock(pathlib.Path(sys.argv[1]))\nprint('held', flush=True)\nsys.stdin.read()\n"
)


def test_a_second_process_is_told_who_holds_the_case_and_gets_it_once_that_one_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CaseLocked, match=rf"is in use by process {holder.pid} on .*\. Wait for it to end"):
            Lock(tmp_path)
        holder.kill()
    Lock(tmp_path).close()


def test_a_lock_that_was_closed_can_be_taken_again(tmp_path: Path) -> None:
    with Lock(tmp_path), pytest.raises(CaseLocked):
        Lock(tmp_path)
    with Lock(tmp_path):
        pass
