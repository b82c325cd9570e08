"""Messages as they come: as one JSON document, and as what a terminal has room for.

A mailbox may hold a million messages; nothing here holds more than the first few hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from forensics.errors import StorageError
from forensics.model.case_file import Tool
from forensics.model.header_report import SCHEMA, ClockPart, MessagePart
from forensics.report.escape import for_json
from forensics.version import NAME, VERSION

MAX_SHOWN = 200
"""Messages that are shown on a terminal; documents have them all."""


class Seen:
    """The first of the messages that went by, and how many there were."""

    def __init__(self) -> None:
        self.first: list[MessagePart] = []
        self.count = 0

    def watched(self, messages: Iterable[MessagePart]) -> Iterator[MessagePart]:
        """The same messages, while they are taken note of."""
        for message in messages:
            self.count += 1
            if len(self.first) < MAX_SHOWN:
                self.first.append(message)
            yield message


def as_json(
    messages: Iterable[MessagePart], sources: Callable[[], Sequence[str]], clocks: Callable[[], Sequence[ClockPart]]
) -> Iterator[bytes]:
    """The document `forensics-headers/1` in parts; the first comes once the first message is judged."""
    tool = msgspec.json.encode(Tool(name=NAME, version=VERSION, rules_sha256="", known_error=""))
    start = b'{\n "schema": "%s",\n "tool": %s,\n "messages": [' % (SCHEMA.encode(), tool)
    before = start
    for message in messages:
        yield before + b"\n" + for_json(msgspec.json.format(msgspec.json.encode(message), indent=1))
        before = b","
    listed, told = (for_json(msgspec.json.encode(part())) for part in (sources, clocks))
    yield (before if before is start else b"") + b'\n ],\n "sources": %s,\n "clocks": %s\n}\n' % (listed, told)


def write(parts: Iterable[bytes], path: Path) -> None:
    """Write a document aside, part by part, and put it in its place.

    Raises:
        StorageError: it cannot be written.
    """
    through = path.exists() and (path.is_symlink() or not path.is_file())  # a device or pipe is never put out of place
    place = path if through else path.with_name(f".{path.name}.part")
    try:
        with place.open("wb") as file:
            file.writelines(parts)
        if not through:
            place.replace(path)
    except OSError as error:
        if not through:
            place.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror}.") from error
