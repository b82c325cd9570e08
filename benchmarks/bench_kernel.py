"""Measure the compiled steps of a capture against the same steps in C (target P4).

    python benchmarks/bench_kernel.py [--packets 1000000] [--rounds 7] [--data DIR]

Records, headers and DNS messages of one capture, in the blocks in which the reader takes them: both write the same
arrays, which are compared first. Prints Markdown: nanoseconds of CPU a packet, the median of the rounds, A B A B.
Needs a C compiler (`cc`).
"""

from __future__ import annotations

import argparse
import ctypes
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from evidence_files import HERE, provide

from forensics.formats._capture import kernel
from forensics.formats.source import CHUNK_BYTES
from forensics.protocols.byte_columns import PADDING
from forensics.protocols.packets.columns import DATAGRAM

LIMIT, UNITS, HEADER = 262_144, 1_000_000, 16
UDP_HEADER = 8
Ints = np.ndarray[Any, np.dtype[np.int64]]
Found = tuple[Ints, Ints, Ints]


class Twin:
    """The functions of `kernel_twin.c`."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            sys.exit("There is no C compiler (cc).")
        library = folder / "kernel_twin.so"
        source = str(HERE / "kernel_twin.c")
        subprocess.run([compiler, "-O3", "-shared", "-fPIC", "-o", str(library), source], check=True)
        self._library = ctypes.CDLL(str(library))
        for name in ("record_starts", "messages"):
            getattr(self._library, name).restype = ctypes.c_int64

    def call(self, name: str, *arguments: Any) -> int:
        """One function; arrays are given as pointers."""
        given = [ctypes.c_void_p(one.ctypes.data) if isinstance(one, np.ndarray) else ctypes.c_int64(one)
                 for one in arguments]  # fmt: skip
        return int(getattr(self._library, name)(*given))


def compiled(data: Ints, size: int, starts: Ints) -> Found:
    """The steps as `kernel` does them."""
    words = _words(data)
    count, _, _ = kernel.record_starts(words, 0, size, False, HEADER, LIMIT, UNITS, starts)
    start, captured, begin, end, headers = _prepared(data, starts[:count])
    kernel.headers(data, words, start, captured, np.ones(count, np.int64), headers)
    begin, end = _dns(headers)
    found, records = np.empty((11, len(begin)), np.int64), np.empty((8, 8 * len(begin)), np.int64)
    read, kept = kernel.messages(data, words, begin, end, found, records)
    return headers, found[:, :read], records[:, :kept]


def _words(data: Ints) -> Ints:
    """Eight bytes from each offset on."""
    return np.ndarray((len(data) - 7,), "<u8", data.data, strides=(1,))


def twin(library: Twin, data: Ints, size: int, starts: Ints) -> Found:
    """The steps as C does them."""
    count = library.call("record_starts", data, size, 0, HEADER, LIMIT, UNITS, starts)
    start, captured, begin, end, headers = _prepared(data, starts[:count])
    library.call("headers", data, count, start, captured, headers)
    begin, end = _dns(headers)
    found, records = np.empty((11, len(begin)), np.int64), np.empty((8, 8 * len(begin)), np.int64)
    read = library.call("messages", data, len(begin), begin, end, found, 8 * len(begin), records)
    return headers, found[:, :read], records


def _prepared(data: Ints, starts: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """What both are given: where packets begin, their bytes, and room for what is found."""
    captured = np.ndarray((len(data) - 3,), "<u4", data.data, strides=(1,))[starts + 8].astype(np.int64)
    nothing = np.empty(0, np.int64)
    return starts + HEADER, captured, nothing, nothing, np.empty((7, len(starts)), np.int64)


def _dns(headers: Ints) -> tuple[Ints, Ints]:
    chosen = headers[0] == DATAGRAM
    return headers[4][chosen] + UDP_HEADER, headers[6][chosen]


def blocks(path: Path) -> list[Ints]:
    """The capture in blocks of whole records, each behind `PADDING` bytes of zero."""
    content, at, found = np.frombuffer(path.read_bytes(), np.uint8), 24, []
    while at < len(content):
        block = content[at : at + CHUNK_BYTES]
        starts = np.empty(len(block) // HEADER + 1, np.int64)
        _, end, _ = kernel.record_starts(_words(block), 0, len(block), False, HEADER, LIMIT, UNITS, starts)
        found.append(np.concatenate([block[:end], np.zeros(PADDING, np.uint8)]))
        at += end
    return found


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "email-forensics-benchmarks")
    asked = parser.parse_args()
    asked.data.mkdir(parents=True, exist_ok=True)
    given = blocks(provide("normal", asked.packets, asked.data).path)
    with tempfile.TemporaryDirectory() as scratch:
        library = Twin(Path(scratch))
        starts = np.empty(CHUNK_BYTES // HEADER + 1, np.int64)
        for data in given:
            ours, theirs = compiled(data, len(data) - PADDING, starts), twin(library, data, len(data) - PADDING, starts)
            kept = ours[2].shape[1]
            if not all(map(np.array_equal, ours, (*theirs[:2], theirs[2][:, :kept]))):
                sys.exit("The two found different things: nothing was measured.")
        both: tuple[Callable[[Ints], Found], ...] = (
            lambda data: compiled(data, len(data) - PADDING, starts),
            lambda data: twin(library, data, len(data) - PADDING, starts),
        )
        spent = [[_seconds(steps, given) for steps in both] for _ in range(asked.rounds)]
    ours_ns, twin_ns = (statistics.median(column) / asked.packets * 1e9 for column in zip(*spent, strict=True))
    ratio = statistics.median(ours / theirs for ours, theirs in spent)
    sys.stdout.write(
        "| steps over 1 packet | ns of CPU |\n|---|--:|\n"
        f"| compiled by Numba, each access checked | {ours_ns:.0f} |\n| C, -O3, unchecked | {twin_ns:.0f} |\n"
        f"| ratio (P4 asks for at most 1.6) | {ratio:.2f} |\n"
    )


def _seconds(steps: Callable[[Ints], Found], given: list[Ints]) -> float:
    before = time.process_time()
    for data in given:
        steps(data)
    return time.process_time() - before


if __name__ == "__main__":
    main()
