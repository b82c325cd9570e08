"""Measure this project and its peers, in turn and in the same run, over seeded evidence.

    python benchmarks/run.py [--scale small medium full] [--only NAME ...] [--pairs 5] [--data DIR] [--write]

Prints Markdown; --write also leaves it in docs/benchmarks.md. A peer that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import comparisons
import result_table
from comparisons import CAPTURE, COMPARISONS, SINGLES, Comparison
from evidence_files import provide
from measurement import Program, interleaved, once


def main() -> None:
    """Run what the command line asks for."""
    asked = _arguments()
    asked.data.mkdir(parents=True, exist_ok=True)
    missing = sorted({c.program for c in COMPARISONS if c.name in asked.only and not _installed(c.program)})
    load, text = result_table.load(), ""
    lines: list[result_table.Line] = []
    singles: list[result_table.Single] = []
    with tempfile.TemporaryDirectory(dir=asked.data) as folder:
        for measured in _measured(asked, Path(folder)):
            lines += [measured] if isinstance(measured, result_table.Line) else []
            singles += [measured] if isinstance(measured, result_table.Single) else []
            text = result_table.document(lines, singles, missing, asked.pairs, (load, result_table.load()))
            if asked.write:  # every time, so that a run that is cut short leaves what it measured
                result_table.write(text)
    print(text)


def _measured(asked: argparse.Namespace, scratch: Path) -> Iterator[result_table.Line | result_table.Single]:
    for name, target, limit_s, arguments in SINGLES:
        if name in asked.only:
            _say(name)
            yield _alone(name, arguments, (target, limit_s), asked.pairs, scratch)
    for scale in asked.scale:
        for comparison in COMPARISONS:
            if comparison.name in asked.only and _installed(comparison.program):
                _say(f"{scale} {comparison.name}")
                yield _compared(comparison, scale, asked, scratch)


def _arguments() -> argparse.Namespace:
    names = [c.name for c in COMPARISONS] + [single[0] for single in SINGLES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", nargs="+", choices=CAPTURE, default=["small"])
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "email-forensics-benchmarks")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md")
    asked = parser.parse_args()
    asked.data = asked.data.resolve()
    return asked


def _installed(program: str) -> bool:
    return not program or bool(shutil.which(program)) or (program == "dpkt" and bool(importlib.util.find_spec("dpkt")))


def _compared(comparison: Comparison, scale: str, asked: argparse.Namespace, scratch: Path) -> result_table.Line:
    evidence = provide(comparison.evidence, comparisons.records_of(scale, comparison.evidence), asked.data)
    ours, peer = comparisons.ours(evidence, comparison.ours), comparison.peer(evidence)
    targets = comparison.targets.get(scale, ())
    try:
        pairs = interleaved(ours, peer, asked.pairs, scratch)
    except subprocess.CalledProcessError as error:
        return result_table.Line(comparison.name, evidence, ours, peer, None, targets, f"exit {error.returncode}")
    return result_table.Line(comparison.name, evidence, ours, peer, pairs, targets)


def _alone(
    name: str, arguments: tuple[str, ...], target: tuple[str, float], runs: int, scratch: Path
) -> result_table.Single:
    program = Program(name, (sys.executable, "-m", "forensics", *arguments), lambda _: 0)
    try:
        costs = tuple(once(program, scratch)[0] for _ in range(runs + 1))[1:]
    except subprocess.CalledProcessError:
        costs = ()
    return result_table.Single(name, program.command, *target, costs)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
