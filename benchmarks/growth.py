"""Measure how the cost of reading grows with the evidence: the same kinds at several sizes, one run each.

    python benchmarks/growth.py [--kinds normal bind unbound zeek postfix] [--sizes 1000000 10000000]
        [--data DIR] [--write]

Prints Markdown; --write also leaves it in docs/benchmarks-growth.md. A first small run of each kind, which compiles and
caches what it needs, is not counted. The last column is what each further record cost since the size before.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import result_table
from comparisons import ours
from evidence_files import EvidenceFile, provide
from measurement import ROOT, Cost, once

WARM_RECORDS = 500_000
HEAD = """# Growth

Written by `{command}`. Every figure is of one whole process: `forensics case add`, from evidence on disk to Parquet and
the byte ledger. The machine was shared (load average {before} before, {after} after): CPU seconds say more than the
clock.

| evidence | records | bytes | CPU s | wall s | peak MB | microseconds of CPU per further record |
|---|--:|--:|--:|--:|--:|--:|
"""


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=["normal", "bind", "unbound", "zeek", "postfix"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "email-forensics-benchmarks")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks-growth.md")
    asked = parser.parse_args()
    data = asked.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    before = result_table.load()
    with tempfile.TemporaryDirectory(dir=data) as scratch:
        rows = [row for kind in asked.kinds for row in _grown(kind, sorted(asked.sizes), data, Path(scratch))]
    command = " ".join(["python", "benchmarks/growth.py", *(word for word in sys.argv[1:] if word != "--write")])
    text = HEAD.format(command=command, before=before, after=result_table.load()) + "".join(rows)
    if asked.write:
        (ROOT / "docs" / "benchmarks-growth.md").write_text(text)
    print(text)


def _grown(kind: str, sizes: list[int], data: Path, scratch: Path) -> Iterator[str]:
    _read(provide(kind, WARM_RECORDS, data), scratch)
    last: tuple[int, Cost] | None = None
    for size in sizes:
        evidence = provide(kind, size, data)
        cost = _read(evidence, scratch)
        further = (cost.cpu_s - last[1].cpu_s) / (size - last[0]) * 1e6 if last else None
        yield (
            f"| {kind} | {size:,} | {evidence.path.stat().st_size:,} | {cost.cpu_s:.1f} | {cost.wall_s:.1f} "
            f"| {cost.peak_mb:.0f} | {'' if further is None else f'{further:.2f}'} |\n"
        )
        last = size, cost


def _read(evidence: EvidenceFile, scratch: Path) -> Cost:
    return once(ours(evidence, lambda _: 0), scratch)[0]


if __name__ == "__main__":
    main()
