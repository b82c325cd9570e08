"""The measurements as Markdown: tables, then evidence, commands, versions and machine."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from comparisons import Target
from evidence_files import EvidenceFile
from measurement import OUT, ROOT, Cost, Pairs, Program, median

PEAK_MB = 600
TARGETS = {
    "P1": "10 M packets against tshark", "P2": "10 M packets against PacketQ", "P3": "small captures against tshark",
    "P4": "the kernel against C: `bench_kernel.py`", "P6": "spoofed floods and random names", "L1": "BIND log",
    "L2": "Postfix log",
    "L3": "compressed input", "R1": "as-of join over 100 M", "R2": "cadence over 100 M", "R3": "all rules over 100 M",
    "S1": "start-up", "S2": "small case",
}  # fmt: skip
PAGE = ROOT / "docs" / "benchmarks.md"
HEADERS = "## Message headers"
"""The last section of the page, which `bench_headers.py` writes: target H1."""
PACKAGES = ("duckdb", "pyarrow", "numpy", "numba", "dpkt")
VERSIONS = {
    "tshark": ("tshark", "--version"), "packetq": ("packetq", "--version"), "pflogsumm": ("pflogsumm", "--version"),
    "mawk": ("mawk", "-W", "version"), "cat": ("cat", "--version"),
}  # fmt: skip
INTRODUCTION = """# Benchmarks

Written by `python benchmarks/run.py --write`; `make bench` measures again. Every figure is of a whole process, from
evidence on disk to its result on disk: ours is `forensics case add`, which hashes the evidence, decodes every record
and writes Parquet and the byte ledger. Programs run in turn, A B A B, after one run of ours that is not counted.
Figures are medians of {pairs} pairs; a ratio is the median of the pairs' ratios, peer by ours: above 1 ours is cheaper.
Where the two did not count the same, or one failed, the line is void. `flood`, `names` and `gz` hold ours over a
capture of spoofed addresses, of random names, and a compressed log against ours over the plain one. A target that is
missed has its reason and profile in [another page](benchmarks-why.md).

**The machine was shared and busy** while this was measured (load average {before} before, {after} after, on {cores}
cores): wall-clock times say little, CPU seconds and ratios more. The peers do not do the same work: tshark and dpkt
print six or seven fields of each DNS message, `mawk` only splits lines into fields, pflogsumm sums up, `cat` copies.
"""


class Line(NamedTuple):
    """One comparison at one size; `pairs` is None where a program failed."""

    name: str
    evidence: EvidenceFile
    ours: Program
    peer: Program
    pairs: Pairs | None
    targets: tuple[Target, ...]
    failure: str = ""


class Single(NamedTuple):
    """A command without a peer and the wall-clock seconds that its target allows."""

    name: str
    command: tuple[str, ...]
    target: str
    limit_s: float
    costs: tuple[Cost, ...]


def document(
    lines: list[Line], singles: list[Single], missing: list[str], pairs: int, loads: tuple[str, str]
) -> str:  # fmt: skip
    """The whole page."""
    head = INTRODUCTION.format(pairs=pairs, before=loads[0], after=loads[1], cores=os.cpu_count())
    parts = [head, _comparisons(lines), _singles(singles), _evidence(lines), _commands(lines, singles), _machine(lines)]
    seen = {target.id for line in lines if line.pairs for target in line.targets}
    seen |= {single.target for single in singles if single.costs}
    left = [f"{name} ({what})" for name, what in TARGETS.items() if name not in seen]
    parts.insert(3, f"Targets that this run did not measure: {', '.join(left)}.\n" if left else "")
    if missing:
        parts.insert(2, f"Not installed here, so not measured: {', '.join(missing)}.\n")
    return "\n".join(part for part in parts if part)


def write(text: str) -> None:
    """Leave the page as the document of these measurements, with the section of headers that it has."""
    _, heading, headers = PAGE.read_text().partition(HEADERS)
    PAGE.write_text(f"{text.rstrip()}\n\n{heading}{headers}".rstrip() + "\n")


def write_headers(section: str) -> None:
    """Leave the page with this section of headers behind the rest that it has."""
    PAGE.write_text(f"{PAGE.read_text().partition(HEADERS)[0].rstrip()}\n\n{section}")


def load() -> str:
    """Load average over one minute."""
    return f"{os.getloadavg()[0]:.1f}"


def _comparisons(lines: list[Line]) -> str:
    if not lines:
        return ""
    head = (
        "## Against peers\n\n"
        "| against | evidence | ours CPU s | peer CPU s | **CPU ratio** | ours wall s | peer wall s | wall ratio "
        "| ours peak MB | peer peak MB | target |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n"
    )
    return head + "".join(map(_row, lines))


def _row(line: Line) -> str:
    start = f"| {line.name} | {line.evidence.path.stem} "
    pairs = line.pairs
    if pairs is None:
        return start + "| " * 8 + f"| void: {line.failure} |\n"
    if pairs.counted[0] != pairs.counted[1]:
        return start + "| " * 8 + f"| void: ours counted {pairs.counted[0]:,}, the peer {pairs.counted[1]:,} |\n"
    ours, peer = median(pairs.ours), median(pairs.peer)
    cells = (
        f"{ours.cpu_s:.2f}", f"{peer.cpu_s:.2f}", f"**{pairs.ratio('cpu_s'):.2f}**", f"{ours.wall_s:.2f}",
        f"{peer.wall_s:.2f}", f"{pairs.ratio('wall_s'):.2f}", f"{ours.peak_mb:.0f}", f"{peer.peak_mb:.0f}",
        "; ".join([*(_target(t, pairs) for t in line.targets), _peak(pairs)]),
    )  # fmt: skip
    return start + "| " + " | ".join(cells) + " |\n"


def _target(target: Target, pairs: Pairs) -> str:
    met = pairs.ratio(target.measure) >= target.ratio
    return f"{target.id} {target.measure.split('_')[0]} ≥ {target.ratio:.3g}: {_met(met)}"


def _peak(pairs: Pairs) -> str:
    return f"P5 ≤ {PEAK_MB} MB: {_met(max(cost.peak_mb for cost in pairs.ours) <= PEAK_MB)}"


def _met(met: bool) -> str:
    return "met" if met else "**missed**"


def _singles(singles: list[Single]) -> str:
    if not singles:
        return ""
    text = "## Alone\n\n| command | CPU s | wall s | peak MB | target (wall) |\n|---|--:|--:|--:|---|\n"
    for single in singles:
        if not single.costs:
            text += f"| {single.name} | | | | void: the command failed |\n"
            continue
        cost = median(single.costs)
        verdict = f"{single.target} ≤ {single.limit_s:g} s: {_met(cost.wall_s <= single.limit_s)}"
        text += f"| {single.name} | {cost.cpu_s:.2f} | {cost.wall_s:.2f} | {cost.peak_mb:.0f} | {verdict} |\n"
    return text


def _evidence(lines: list[Line]) -> str:
    files = {line.evidence.path.name: line.evidence for line in lines}
    if not files:
        return ""
    text = "## Evidence\n\n| file | records | bytes | SHA-256 |\n|---|--:|--:|---|\n"
    for name, evidence in files.items():
        text += f"| {name} | {evidence.records:,} | {evidence.path.stat().st_size:,} | `{evidence.sha256}` |\n"
    return text


def _commands(lines: list[Line], singles: list[Single]) -> str:
    shown = dict.fromkeys(_shown(p.command) for line in lines for p in (line.ours, line.peer))
    shown |= dict.fromkeys(_shown(single.command) for single in singles)
    return (
        "## Commands\n\nStandard output goes to a file where no OUT is named.\n\n```\n" + "\n".join(shown) + "\n```\n"
    )


def _shown(command: tuple[str, ...]) -> str:
    """As one would type it, without the folders of this machine."""
    parts = [part if part != OUT else "OUT" for part in command]
    text = " ".join(shlex.quote(_without_folder(part)) for part in parts)
    return text.replace(shlex.quote(sys.executable), "python")


def _without_folder(part: str) -> str:
    path = Path(part)
    if part == sys.executable or not path.is_absolute():
        return part
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def _machine(lines: list[Line]) -> str:
    models = [s.partition(":")[2].strip() for s in _read("/proc/cpuinfo").splitlines() if s.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    facts = [
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}",
        f"this project at {_output(('git', '-C', str(ROOT), 'describe', '--always', '--dirty'))}",
        f"Python {platform.python_version()}",
        *(f"{name} {_version(name)}" for name in PACKAGES),
        *(_output(VERSIONS[name]) for name in dict.fromkeys(line.peer.name for line in lines) if name in VERSIONS),
    ]
    return "## Machine and versions\n\n" + "".join(f"- {fact}\n" for fact in facts)


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _output(command: tuple[str, ...]) -> str:
    """First line that a command prints, on either stream; some print their version as an error."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    printed = (done.stdout or done.stderr).splitlines()
    return printed[0] if printed and not done.returncode else "unknown"
