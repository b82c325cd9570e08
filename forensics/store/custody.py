"""The chain of custody: an append-only file, one canonical JSON line per action, each with the hash of the one before.

A chain shows that a line was altered, removed or put in between; it cannot show that the whole file was written
anew. Its head hash is therefore printed on the report: written down elsewhere, it anchors the chain. A copy of it
beside the file shows that the last line was altered or lines were cut off by something that did not know of it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from forensics.errors import IntegrityError, StorageError

GENESIS = "0" * 64
"""What the first line names as the hash of the line before it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One action on the case; `prev` is the SHA-256 of the line before, without its line end."""

    no: int
    prev: str
    at: str
    action: str
    data: dict[str, Any] = {}


class Custody:
    """The custody file of one case.

    Raises:
        IntegrityError: a line was altered, removed or inserted; the message names the line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: list[Entry] = []
        self.head = GENESIS
        self._torn = False
        self._noted = path.with_name("custody.head")
        before = GENESIS
        for line, entry in _read(path):
            self._check(entry)
            self.entries.append(entry)
            before, self.head = self.head, _sha256(line)
        self._check_noted(before)

    def append(self, action: str, at: str, **data: Any) -> Entry:
        """Write one more line and wait until the disk has it.

        Raises:
            StorageError: it cannot be written.
        """
        entry = Entry(no=len(self.entries) + 1, prev=self.head, at=at, action=action, data=data)
        line = msgspec.json.encode(entry, order="deterministic")
        try:
            with self.path.open("ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self._noted.write_text(_sha256(line) + "\n", "ascii")
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written: {error.strerror}.") from error
        self.entries.append(entry)
        self.head = _sha256(line)
        return entry

    def _check_noted(self, before: str) -> None:
        """The noted head is that of the last line, or of the one before where a run ended between the two writes."""
        try:
            noted = self._noted.read_text("ascii").strip()
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise IntegrityError(f"{self._noted}: cannot be read: {error}.") from error
        if noted and noted not in (self.head, before):
            raise IntegrityError(
                f"{self.path}: the last of its {len(self.entries)} lines was altered, or lines after it were cut off: "
                f"its hash is {self.head}, {self._noted.name} says {noted}."
            )

    def _check(self, entry: Entry) -> None:
        if entry.prev != self.head or entry.no != len(self.entries) + 1:
            raise IntegrityError(
                f"{self.path}: the chain breaks at line {len(self.entries) + 1}: it does not follow from the line "
                "before. A line was altered, removed or put in between."
            )


def _read(path: Path) -> Iterator[tuple[bytes, Entry]]:
    """The whole lines of the file; a last line without its end was never acknowledged and is cut off."""
    if not path.exists():
        return
    try:
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(path, whole)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read and mended: {error.strerror}.") from error
    for number, line in enumerate(data[:whole].split(b"\n")[:-1], 1):
        try:
            yield line, msgspec.json.decode(line, type=Entry)
        except msgspec.MsgspecError as error:
            raise IntegrityError(f"{path}: line {number} is no custody entry: {error}.") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
