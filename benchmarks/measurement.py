"""What a whole process costs: wall clock, CPU and peak memory, as the kernel accounts for them."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

OUT = "{out}"
ROOT = Path(__file__).resolve().parent.parent
"""The checkout, where every command runs: so that `-m forensics` is the one beside the benchmarks."""


class Cost(NamedTuple):
    """Seconds of wall clock and CPU (user and system, children included), and the peak resident set in MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


class Program(NamedTuple):
    """A command and how to count its result. Where the command names no OUT, its standard output is the result."""

    name: str
    command: tuple[str, ...]
    count: Callable[[Path], int]


class Pairs(NamedTuple):
    """Costs of two programs that ran in turn, and what each counted in its last run."""

    ours: tuple[Cost, ...]
    peer: tuple[Cost, ...]
    counted: tuple[int, int]

    def ratio(self, measure: str) -> float:
        """Median over the pairs of the peer's cost by ours: above 1 ours is the cheaper."""
        pairs = zip(self.ours, self.peer, strict=True)
        return statistics.median(getattr(peer, measure) / getattr(ours, measure) for ours, peer in pairs)


def median(costs: tuple[Cost, ...]) -> Cost:
    """The median of each measure on its own."""
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def measure(command: tuple[str, ...], out: Path) -> Cost:
    """Run a command to its end; it leaves its result, a file or a folder, at `out`.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    argv = [part.replace(OUT, str(out)) for part in command]
    sink = os.devnull if argv != list(command) else out
    with Path(sink).open("wb") as stdout, Path(os.devnull).open("wb") as stderr:
        begin = time.perf_counter()
        process = subprocess.Popen(argv, stdout=stdout, stderr=stderr, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, argv)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def once(program: Program, scratch: Path) -> tuple[Cost, int]:
    """One run, its result counted and then removed."""
    out = scratch / "result"
    try:
        return measure(program.command, out), program.count(out)
    finally:
        if out.is_dir():
            shutil.rmtree(out)
        else:
            out.unlink(missing_ok=True)


def interleaved(ours: Program, peer: Program, pairs: int, scratch: Path) -> Pairs:
    """Run A B A B. A first run of ours, which compiles and caches what it needs, is not counted."""
    once(ours, scratch)
    runs = [(once(ours, scratch), once(peer, scratch)) for _ in range(pairs)]
    return Pairs(tuple(a[0] for a, _ in runs), tuple(b[0] for _, b in runs), (runs[-1][0][1], runs[-1][1][1]))
