"""Lines of master-file text joined to entries: an entry in parentheses spans lines (RFC 1035 section 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from forensics.formats.source import Line
from forensics.protocols import zone_text

MAX_ENTRY_BYTES = 1 << 18
MAX_ENTRY_LINES = 2000


class RawEntry(NamedTuple):
    """One entry: its bytes as they lie in the content, flattened text, and whether it is over the bounds."""

    offset: int
    length: int
    raw: bytes
    flat: str
    refused: bool


class Joiner:
    """Collects lines until the parentheses are closed."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._bytes = 0
        self._depth = 0

    @property
    def is_open(self) -> bool:
        """Whether an entry is begun and not ended."""
        return bool(self._lines)

    def add(self, line: Line) -> RawEntry | None:
        """Take a line; the entry where it ends one."""
        self._lines.append(line)
        self._bytes += line.length
        if self._bytes <= MAX_ENTRY_BYTES:
            opened = _depth_change(line.text)
            self._depth = max(self._depth + opened, 0)
        if self._depth and self._bytes <= MAX_ENTRY_BYTES and len(self._lines) < MAX_ENTRY_LINES:
            return None
        return self.end()

    def end(self) -> RawEntry | None:
        """What was collected, as an entry; None where there is nothing."""
        if not self._lines:
            return None
        lines, size, depth = self._lines, self._bytes, self._depth
        self._lines, self._bytes, self._depth = [], 0, 0
        refused = size > MAX_ENTRY_BYTES or (depth > 0 and len(lines) >= MAX_ENTRY_LINES)
        raw = b"\n".join(line.text for line in lines) if not refused else lines[0].text
        flat = "" if refused else zone_text.flatten(zone_text.decode(raw))
        return RawEntry(lines[0].offset, size, raw, flat, refused)


def entries(lines: Iterable[Line]) -> Iterator[RawEntry]:
    """The entries of a master file, blank lines and comments too."""
    joiner = Joiner()
    for line in lines:
        entry = joiner.add(line)
        if entry is not None:
            yield entry
    last = joiner.end()
    if last is not None:
        yield last


def _depth_change(text: bytes) -> int:
    """Parentheses opened less those closed in one line, outside quotes and comments."""
    if b"(" not in text and b")" not in text:
        return 0
    return zone_text.parentheses(zone_text.decode(text))
