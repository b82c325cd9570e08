"""The byte ledger of one piece while it is read: every byte gets a fate, every record is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forensics.model.batch import ColumnBatch
from forensics.protocols.arrow_functions import column_of, taken
from forensics.schema import Ledger, Unread

EXCERPT_BYTES = 200

Ints = NDArray[np.int64]
Fate = tuple[str, str | None]
"""What became of records, and why: ("record", None) or ("ignored", the reason)."""
RECORD: Fate = ("record", None)


class Tally:
    """What became of each record and byte of a piece's content.

    A reader reports its bytes in order, each once. Neighbouring runs of one fate and reason are joined, so that a
    clean file is one run whatever its size. What no one reported is `undecodable` when the piece is closed.
    """

    def __init__(self) -> None:
        self.records = 0
        self.ignored_records: Counter[str] = Counter()
        self.unread_records: Counter[str] = Counter()
        self.problems: list[str] = []
        self.vantage: str | None = None
        """Set by a reader whose content shows where it was recorded."""
        self.sampling: int | None = None
        """Set by a reader whose content says at which rate it was sampled."""
        self.lost_records = 0
        """Set by a reader whose content says that its collector lost records (drop counters)."""
        self.unseen_records = 0
        """Set by a reader whose records are all there, while some do not show what they would have to: their silence
        is no evidence."""
        self.leaves_out = False
        """Set by a reader whose content does not hold all that its source saw: its silence says nothing."""
        self.hosts: set[str] = set()
        """Added to by a reader whose records name the host that wrote them."""
        self.fills: set[str] = set()
        """Added to by a reader whose piece can hold rows of fewer tables than its format: one log of several kinds."""
        self._end = 0
        self._fate: tuple[str, str | None] | None = None
        self._start = 0
        self._first_record = 1
        self._run_records = 0
        self._runs: list[Ledger | ColumnBatch] = []
        self._unread: list[Unread] = []

    @property
    def end(self) -> int:
        """The first byte without a fate."""
        return self._end

    def record(self, offset: int, length: int, records: int = 1) -> None:
        """`records` records that became rows, or were counted in one."""
        self.records += records
        self._add(offset, length, "record", None, records)

    def ignored(self, offset: int, length: int, reason: str, records: int = 1) -> None:
        """Records understood and of no interest here, such as another program's log lines."""
        self.records += records
        self.ignored_records[reason] += records
        self._add(offset, length, "ignored", reason, records)

    def many(self, offset: int, lengths: Ints, records: Ints, which: Ints, fates: Sequence[Fate]) -> None:
        """Runs of at least one record each that follow each other from `offset` on, no two neighbours of one fate.

        `which` gives each run's place in `fates`, all of them records that became rows or were ignored.
        """
        ends = offset + np.cumsum(lengths)
        first, last = 0, len(which) - 1
        self._one(offset, int(lengths[first]), int(records[first]), fates[which[first]])
        if last - first > 1:
            self._flush()
            between = slice(first + 1, last)
            self._runs.append(self._batch(ends[:-2], lengths[between], records[between], which[between], fates))
            self._end = int(ends[-2])
        if last:
            self._one(int(ends[-2]), int(lengths[last]), int(records[last]), fates[which[last]])

    def unread(self, record_no: int, offset: int, length: int, reason: str, excerpt: bytes) -> None:
        """One record that fits no known shape."""
        self.records += 1
        self.unread_records[reason] += 1
        self._add(offset, length, "undecodable", reason, 1)
        shown = excerpt[:EXCERPT_BYTES].decode("utf-8", "backslashreplace")
        self._unread.append(Unread(record_no=record_no, offset=offset, length=length, reason=reason, excerpt=shown))

    def refused(self, record_no: int, offset: int, length: int, reason: str, excerpt: bytes) -> None:
        """One record that is over a bound of this tool; `reason` names the bound."""
        self.records += 1
        self.unread_records[reason] += 1
        self._add(offset, length, "refused", reason, 1)
        shown = excerpt[:EXCERPT_BYTES].decode("utf-8", "backslashreplace")
        self._unread.append(Unread(record_no=record_no, offset=offset, length=length, reason=reason, excerpt=shown))

    def container(self, offset: int, length: int) -> None:
        """Headers and framing that hold records."""
        self._add(offset, length, "container", None, 0)

    def padding(self, offset: int, length: int) -> None:
        """Bytes that mean nothing: alignment, blank lines."""
        self._add(offset, length, "padding", None, 0)

    def problem(self, text: str) -> None:
        """Something the report must say about this piece; each text once."""
        if text not in self.problems:
            self.problems.append(text)

    def close(self, size: int) -> None:
        """End the ledger at `size` bytes of content; what has no fate yet is undecodable."""
        if size > self._end:
            self.unread_records["not read to its end"] += 1
            self._add(self._end, size - self._end, "undecodable", "not read to its end", 0)
        self._flush()

    def drain(self) -> tuple[list[Ledger | ColumnBatch], list[Unread]]:
        """The finished runs and unread records since the last call."""
        runs, self._runs = self._runs, []
        unread, self._unread = self._unread, []
        return runs, unread

    def _one(self, offset: int, length: int, records: int, fate: Fate) -> None:
        name, reason = fate
        if name == "ignored" and reason is not None:
            self.ignored(offset, length, reason, records)
        else:
            self.record(offset, length, records)

    def _batch(self, starts: Ints, lengths: Ints, records: Ints, which: Ints, fates: Sequence[Fate]) -> ColumnBatch:
        """Count the records of whole runs, and give the runs as columns."""
        first_no = self.records + 1 + np.cumsum(records) - records
        for number, (_, reason) in enumerate(fates):
            count = int(records[which == number].sum())
            self.records += count
            if reason is not None and count:
                self.ignored_records[reason] += count
        codes = column_of(which.astype(np.int32))
        names = pa.array([name for name, _ in fates], pa.string())
        reasons = pa.array([reason for _, reason in fates], pa.string())
        columns = {
            "record_no": first_no, "offset": starts, "length": lengths, "records": records,
            "layer": taken(pa.array(["content"]), np.zeros(len(which), np.int32)),
            "fate": taken(names, codes), "reason": taken(reasons, codes),
        }  # fmt: skip
        return ColumnBatch(Ledger, columns)

    def _add(self, offset: int, length: int, fate: str, reason: str | None, records: int) -> None:
        if offset != self._end:
            raise ValueError(f"the ledger stands at byte {self._end}, but the fate of byte {offset} was reported")
        if (fate, reason) != self._fate:
            self._flush()
            self._fate, self._start = (fate, reason), offset
            self._first_record = self.records - records + 1
        self._run_records += records
        self._end += length

    def _flush(self) -> None:
        if self._fate is not None and self._end > self._start:
            fate, reason = self._fate
            first = self._first_record if self._run_records else None
            run = Ledger(
                layer="content", fate=fate, reason=reason, record_no=first, records=self._run_records,
                offset=self._start, length=self._end - self._start,
            )  # fmt: skip
            self._runs.append(run)
        self._fate, self._run_records = None, 0
