"""Compound files ([MS-CFB]): the streams of a small file system inside a file, as Outlook keeps single messages.

Only what is asked for is read. Every chain of sectors ends after as many steps as the file has sectors, every tree of
names after as many as there are entries, so that nothing a hostile file says costs more than its size.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from forensics.errors import ProtocolError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ENTRIES = 100_000
"""Streams and storages of one file that are looked at."""

_LAST_SECTOR = 0xFFFFFFFA
"""Numbers of sectors end here: the values above say that a chain ends, or that a sector is free."""
_ENTRY_BYTES = 128
_IN_HEADER = 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class CompoundFileError(ProtocolError):
    """The bytes are no compound file, or one that is damaged where it was asked."""


class Entry(NamedTuple):
    """One stream or storage of the directory: its name, kind, neighbours in the tree of names, and where it lies."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """A compound file in memory.

    Raises:
        CompoundFileError: its header or directory cannot be read.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(MAGIC):
            raise CompoundFileError("no compound file: its first bytes are others")
        self._data = data
        version, order, shift, mini_shift = struct.unpack_from("<4H", data, 26)
        if (version, shift) not in ((3, 9), (4, 12)) or order != 0xFFFE or mini_shift != 6:
            raise CompoundFileError(f"a compound file of version {version} with sectors of 2^{shift} bytes")
        self._size = 1 << shift
        self._sectors = max((len(data) + self._size - 1) // self._size - 1, 0)
        self._cutoff, self._mini_start = struct.unpack_from("<2I", data, 56)
        self._table = self._allocation_table()
        self._entries = self._directory(struct.unpack_from("<I", data, 48)[0])
        self._mini: tuple[list[int], bytes] | None = None

    def names(self, *storage: str) -> tuple[str, ...]:
        """The names in a storage, given by its path from the root; none: those in the root."""
        found = self._find(storage)
        return () if found is None else tuple(entry.name for entry in self._children(found))

    def stream(self, *path: str, limit: int) -> bytes | None:
        """The first `limit` bytes of the stream at a path from the root; None where there is none.

        Raises:
            CompoundFileError: its chain of sectors leaves the file, or turns back on itself.
        """
        found = self._find(path)
        if found is None or found.kind != _STREAM:
            return None
        wanted = min(found.size, limit)
        if found.size >= self._cutoff:
            sectors = self._chain(found.start, self._table, wanted, self._size)
            return b"".join(map(self._sector, sectors))[:wanted]
        places, table = self._mini_stream()
        minis, data = self._chain(found.start, table, wanted, 64), []
        for mini in minis:
            place, offset = divmod(mini * 64, self._size)
            if place >= len(places):
                raise CompoundFileError(f"small sector {mini} lies outside the stream that holds them")
            data.append(self._sector(places[place])[offset : offset + 64])
        return b"".join(data)[:wanted]

    def _find(self, path: tuple[str, ...]) -> Entry | None:
        here = self._entries[0]
        for name in path:
            found = next((entry for entry in self._children(here) if entry.name.lower() == name.lower()), None)
            if found is None:
                return None
            here = found
        return here

    def _children(self, storage: Entry) -> Iterator[Entry]:
        if storage.kind not in (_STORAGE, _ROOT):
            return
        waiting, seen = [storage.child], set[int]()
        while waiting:
            number = waiting.pop()
            if number >= len(self._entries) or number in seen:
                continue
            seen.add(number)
            entry = self._entries[number]
            waiting += (entry.left, entry.right)
            if entry.kind in (_STORAGE, _STREAM):
                yield entry

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _chain(self, start: int, table: bytes, wanted: int, size: int) -> list[int]:
        """The numbers of the sectors from `start` on that hold the wanted bytes."""
        found: list[int] = []
        number, needed = start, (wanted + size - 1) // size
        most = len(table) // 4
        while len(found) < needed and number < _LAST_SECTOR:
            if number >= most or len(found) > most or (size == self._size and number >= self._sectors):
                raise CompoundFileError(f"a chain of sectors leads to sector {number}, which is not there")
            found.append(number)
            number = struct.unpack_from("<I", table, number * 4)[0]
        return found

    def _allocation_table(self) -> bytes:
        """The table that names the sector behind each sector, put together from the sectors that hold it."""
        places = list(struct.unpack_from(f"<{_IN_HEADER}I", self._data, 76))
        following = struct.unpack_from("<I", self._data, 68)[0]
        each = self._size // 4 - 1
        for _ in range(self._sectors):
            if following >= self._sectors or len(places) > self._sectors + _IN_HEADER:
                break
            *more, following = struct.unpack(f"<{each + 1}I", self._sector(following).ljust(self._size, b"\xff"))
            places += more
        held = [place for place in places if place < self._sectors][: self._sectors // (self._size // 4) + 1]
        return b"".join(self._sector(place).ljust(self._size, b"\xff") for place in held)

    def _directory(self, start: int) -> list[Entry]:
        sectors = self._chain(start, self._table, MAX_ENTRIES * _ENTRY_BYTES, self._size)
        data = b"".join(map(self._sector, sectors))
        found = [_entry(data, at) for at in range(0, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES)]
        if not found or found[0].kind != _ROOT:
            raise CompoundFileError("a compound file without a root")
        return found

    def _mini_stream(self) -> tuple[list[int], bytes]:
        """The sectors that hold small streams, and the table of their parts of 64 bytes."""
        if self._mini is None:
            root, whole = self._entries[0], self._sectors * self._size
            held = self._chain(root.start, self._table, min(root.size, whole), self._size)
            table = self._chain(self._mini_start, self._table, whole, self._size)
            self._mini = held, b"".join(self._sector(number).ljust(self._size, b"\xff") for number in table)
        return self._mini


def _entry(data: bytes, at: int) -> Entry:
    size = min(struct.unpack_from("<H", data, at + 64)[0], 64)
    name = data[at : at + max(size - 2, 0)].decode("utf-16-le", "replace")
    left, right, child = struct.unpack_from("<3I", data, at + 68)
    start, length = struct.unpack_from("<2I", data, at + 116)  # the upper half of the length is unused below 4 GiB
    return Entry(name, data[at + 66], left, right, child, start, length)
