"""The fields of many lines of a Zeek log in JSON at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from forensics.formats._byte_blocks import Cuts, Ints
from forensics.formats._zeek_entries import (
    Entry,
    json_entry_of,
    json_object,
    json_path,
    number_of,
    plain,
    real_of,
    time_of,
)
from forensics.formats._zeek_fields import Mapped, Numbers, combined
from forensics.formats.source import LINE_BYTES


class JsonFields:
    """The lines of the log that the first of them is of (`Fields`); no number loses a line here."""

    def __init__(self, data: bytes) -> None:
        self.path: str | None = None
        """Which log the lines are of."""
        nexts = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
        if not len(nexts) or nexts[-1] != len(data):
            nexts = np.append(nexts, len(data))
        self.lines = Cuts(np.concatenate([np.zeros(1, np.int64), nexts[:-1]]), nexts)
        self._rows: list[dict[str, Any]] = []
        chosen: list[int] = []
        for number, line in enumerate(data.split(b"\n")):
            values = json_object(line) if line.startswith(b"{") and len(line) < LINE_BYTES else None
            path = None if values is None else _path(values)
            if values is not None and path is not None and path == (self.path or path):
                self.path = path
                self._rows.append(values)
                chosen.append(number)
        self._chosen = np.array(chosen, np.int64)
        self.good = np.ones(len(chosen), dtype=bool)
        self._numbers: dict[str, Numbers] = {}

    @property
    def kept(self) -> Ints:
        """The numbers, in the block, of the lines that are good."""
        return self._chosen[self.good]

    def settle(self, times: tuple[str, ...], reals: tuple[str, ...], whole: dict[str, int]) -> None:
        """As `Fields`."""
        self._rows = [row for row, good in zip(self._rows, self.good.tolist(), strict=True) if good]
        self._chosen = self._chosen[self.good]
        self.good = np.ones(len(self._chosen), dtype=bool)
        self._numbers |= {name: self._read(name, time_of, np.int64) for name in times}
        self._numbers |= {name: self._read(name, real_of, np.float64) for name in reals}
        self._numbers |= {name: self._read(name, number_of, np.int64) for name in whole}

    def number(self, name: str) -> Numbers:
        """As `Fields`."""
        return self._numbers[name]

    def text(self, name: str, read: Callable[[Entry], Any]) -> Mapped:
        """As `Fields`."""
        indices, values = self._distinct(name)
        results = [read(json_entry_of({name: value})) for value in values]
        numbers: dict[Any, int] = {}
        of_value = [numbers.setdefault(result, len(numbers)) for result in results]
        return np.array(of_value, np.int64)[indices], list(numbers)

    def words(self, names: tuple[str, ...], read: Callable[[Entry], Any]) -> Mapped:
        """As `Fields`."""
        columns = [(name, *self._distinct(name)) for name in names] if self._rows else []
        number, given = combined(columns, len(self._rows))
        return number, [read(json_entry_of(values)) for values in given]

    def _read(self, name: str, read: Callable[[Any], float | None], kind: type[np.number[Any]]) -> Numbers:
        found = [read(plain(row.get(name))) for row in self._rows]
        known = np.array([value is not None for value in found], dtype=bool)
        return Numbers(np.array([value or 0 for value in found], kind), known)

    def _distinct(self, name: str) -> tuple[Ints, list[Any]]:
        """The distinct values of a field; 1 and true, which are equal in Python, are two."""
        numbers: dict[Any, int] = {}
        values: list[Any] = []
        indices: list[int] = []
        for row in self._rows:
            value = row.get(name)
            key = value if value.__class__ is str else (value.__class__, repr(value))
            number = numbers.setdefault(key, len(values))
            if number == len(values):
                values.append(value)
            indices.append(number)
        return np.array(indices, np.int64), values


def _path(values: dict[str, Any]) -> str | None:
    """Which of the logs that are read as columns a line is of."""

    def has(name: str) -> bool:
        return plain(values.get(name)) is not None

    path = json_path(has, lambda name: json_entry_of({name: values[name]}).text(name)) if has("ts") else None
    return path if path in ("dns", "conn") else None
