"""Packets as a framing found them: a run of records of one stretch of the content."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

NO_TS = -(1 << 63)
"""Time of a packet that has none (a Simple Packet Block)."""


class Frames(NamedTuple):
    """A run of packets; the arrays are equally long.

    `start` is the first byte of a packet in `data`, `record` that of its record, `record_bytes` the whole record's
    length, `number` its number. `base` is the offset of `data` in the content.
    `captured` is bounded by `data`; `wire` is the length before the packet was cut, at least `captured`.
    """

    data: bytes
    base: int
    number: Ints
    start: Ints
    captured: Ints
    wire: Ints
    ts: Ints
    linktype: Ints
    record: Ints
    record_bytes: Ints


def joined(runs: list[Frames]) -> Frames:
    """Runs of the same stretch as one: what a run costs is paid once, however often damage breaks it."""
    if len(runs) == 1:
        return runs[0]
    data, base, *_ = runs[0]
    return Frames(data, base, *map(np.concatenate, zip(*(run[2:] for run in runs), strict=True)))
