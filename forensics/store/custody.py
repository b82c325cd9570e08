"""The chain of custody: an append-only file, one canonical JSON line per action, each with the hash of the one before.

A chain shows that a line was altered, removed or put in between; it cannot show that the whole file was written
anew. Its head hash is therefore printed on the report: written down elsewhere, it anchors the chain.
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
        for line, entry in _read(path):
            self._check(entry)
            self.entries.append(entry)
            self.head = _sha256(line)

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
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written: {error.strerror}.") from error
        self.entries.append(entry)
        self.head = _sha256(line)
        return entry

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
