"""What is known of a Parquet file of a case."""

from __future__ import annotations

from typing import NamedTuple


class SegmentFile(NamedTuple):
    """One Parquet file of a committed segment: its path below the case folder, rows, bytes and SHA-256."""

    path: str
    table: str
    rows: int
    size_bytes: int
    sha256: str
