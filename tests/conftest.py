"""What every test may use; system programs that a test needs are named by a marker."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# how fast a busy machine makes examples says nothing of the code
hypothesis.settings.register_profile(
    "any speed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any speed")

ROOT = Path(__file__).resolve().parent.parent
NO_SKIPS = os.environ.get("FORENSICS_NO_SKIPS") == "1"
"""CI installs every program, so a missing one is a failure there."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("program"):
        for name in marker.args:
            if shutil.which(name) or Path(f"/usr/sbin/{name}").exists():
                continue
            text = f"needs the program {name}: run tools/install-system-programs"
            if NO_SKIPS:
                pytest.fail(text, pytrace=False)
            pytest.skip(text)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public suites and labelled cases beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    return folder


@pytest.fixture(scope="session")
def compound_file() -> Callable[[dict[str, bytes]], bytes]:
    """`compound_file({"name": b"..."})`: a compound file ([MS-CFB], version 3) with these streams in its root."""
    return _compound_file


_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE


def _compound_file(streams: dict[str, bytes]) -> bytes:
    table, sectors = [0xFFFFFFFD], [b""]  # the table of sectors is itself the first of them

    def put(data: bytes, filler: bytes = b"\0") -> int:
        first, count = len(table), -(-len(data) // 512)
        table.extend([*range(first + 1, first + count), _END] if count else [])
        sectors.append(data.ljust(count * 512, filler))
        return first if count else _END

    starts: dict[str, int] = {}
    small, parts = b"", list[int]()
    for name, data in streams.items():
        if len(data) >= 4096:
            starts[name] = put(data)
            continue
        first, count = len(parts), -(-len(data) // 64)
        parts += [*range(first + 1, first + count), _END] if count else []
        small += data.ljust(count * 64, b"\0")
        starts[name] = first if count else _END
    small_at, parts_at = put(small), put(struct.pack(f"<{len(parts)}I", *parts), b"\xff")
    entries = _entry("Root Entry", 5, (_FREE, 1 if streams else _FREE), small_at, len(small))
    for number, (name, data) in enumerate(streams.items(), 1):
        beside = number + 1 if number < len(streams) else _FREE
        entries += _entry(name, 2, (beside, _FREE), starts[name], len(data))
    directory_at = put(entries)
    sectors[0] = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    return b"".join((
        bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), struct.pack("<5H", 62, 3, 0xFFFE, 9, 6), bytes(6),
        struct.pack("<9I", 0, 1, directory_at, 0, 4096, parts_at, len(parts) // 128 + 1, _END, 0),
        struct.pack("<109I", 0, *[_FREE] * 108), *sectors,
    ))  # fmt: skip


def _entry(name: str, kind: int, neighbours: tuple[int, int], start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB3I", len(text) + 2, kind, 1, _FREE, *neighbours)
    return head + bytes(36) + struct.pack("<IQ", start, size)
