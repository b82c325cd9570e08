"""Measure whether a reader takes more than twice the time for twice as many hostile bytes.

    python benchmarks/hostile_growth.py [--bytes 400000] [--formats NAME ...]

For every format its own sample is read with fillers behind it (long runs of quotes, brackets, blanks, line ends), of so
many bytes and of twice as many; the best CPU time of three each. Prints what took more than 2.3 times as long.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from measurement import ROOT

sys.path.insert(0, str(ROOT))

from forensics import formats
from forensics.errors import EvidenceError
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from tests.formats.test_every_format import FILLERS
from tests.test_house import sample

LEAST_S = 0.02
"""Below this, what else the machine does counts for more."""


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=400_000)
    parser.add_argument("--formats", nargs="+", default=list(formats.names()), metavar="NAME")
    asked = parser.parse_args()
    slow = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.formats:
            for filler in FILLERS:
                once, twice = (_seconds(Path(folder), name, filler, asked.bytes * times) for times in (1, 2))
                if twice > LEAST_S and twice > 2.3 * once:
                    slow += 1
                    print(f"{name} {filler!r}: {once:.3f} s, then {twice:.3f} s", flush=True)
    print(f"{len(asked.formats)} formats, {len(FILLERS)} fillers: {slow} more than 2.3 times as long")


def _seconds(folder: Path, name: str, filler: bytes, size: int) -> float:
    path = folder / "piece"
    path.write_bytes(sample(name) + filler * (size // len(filler)))
    return min(_once(path, name) for _ in range(3))


def _once(path: Path, name: str) -> float:
    source, begin = Source(path), time.process_time()
    try:
        for _ in formats.by_name(name).read(source, Facts(), Tally()):
            pass
    except EvidenceError:
        pass
    spent = time.process_time() - begin
    source.close()
    return spent


if __name__ == "__main__":
    main()
