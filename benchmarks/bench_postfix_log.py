"""Read a Postfix log to Parquet, and let pflogsumm read it too: CPU seconds of whole processes, taken in turns.

    python benchmarks/generate_mail_log.py --lines 5000000 --seed 1 mail.log
    python benchmarks/bench_postfix_log.py --pairs 5 mail.log

pflogsumm (Debian package of that name) counts what this reader writes row by row. Hash and byte ledger are included.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC
from importlib.metadata import version
from pathlib import Path


def read(path: Path) -> None:
    """Read one log into a segment, and print what came of it."""
    from forensics.formats import postfix_log
    from forensics.formats.source import Source
    from forensics.formats.tally import Tally
    from forensics.model.evidence import Facts
    from forensics.schema import TABLES
    from forensics.store.segments import SegmentWriter

    with tempfile.TemporaryDirectory() as folder:
        source, tally, writer = Source(path), Tally(), SegmentWriter(Path(folder), "bench")
        for item in postfix_log.read(source, Facts(time_zone=UTC, year=2026), tally):
            writer.add(item)
        source.close()
        tally.close(source.content_bytes)
        for rows in tally.drain():
            for row in rows:
                writer.add(row)
        files = {file.table: file for file in writer.commit() if file.table in TABLES}
    print(f"{files['mta_event'].rows} rows of {tally.records} lines, sha256 {source.sha256}")


def cpu_seconds(command: list[str]) -> float:
    """CPU seconds of a process and its children."""
    before = os.times()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    output, _ = process.communicate()
    after = os.times()
    if process.returncode:
        raise SystemExit(f"{command[0]} failed")
    if "--read" in command:
        print("   ", output.decode().strip())
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> None:
    """Run the pairs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--read", action="store_true", help="read the log in this process and stop")
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    if arguments.read:
        read(arguments.path)
        return
    packages = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "pyarrow"))
    print(f"Python {platform.python_version()}, {packages}, {platform.machine()}, {os.cpu_count()} CPUs")
    own = [sys.executable, __file__, "--read", str(arguments.path)]
    ratios = []
    cpu_seconds(own)
    for _ in range(arguments.pairs):
        ours, theirs = cpu_seconds(own), cpu_seconds(["pflogsumm", str(arguments.path)])
        ratios.append(theirs / ours)
        print(f"to Parquet {ours:.2f} s, pflogsumm {theirs:.2f} s, ratio {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
