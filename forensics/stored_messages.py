"""The bytes of the messages of a case, from the evidence itself, one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from forensics.errors import IntegrityError
from forensics.formats.source import Source
from forensics.model.case_file import CitationPart
from forensics.model.evidence import Evidence
from forensics.protocols import outlook_message
from forensics.protocols.outlook_message import CompoundFileError
from forensics.store.location import path_of

MAX_BYTES = 33 << 20
"""Bytes of one message that are taken; what follows is not looked at."""


class StoredPlace(NamedTuple):
    """Where a message lies: record number, offset and length in the content, and how many bytes of it are wanted."""

    record_no: int
    offset: int
    length: int
    wanted: int


class StoredMessage(NamedTuple):
    """One message: where it lies, its bytes from the header on, and where they begin in the content.

    `header_offset` is None where the content does not hold the message as it was sent; `data` is then its header alone.
    """

    source: str
    citation: CitationPart
    data: bytes
    header_offset: int | None


def read(piece: Evidence, places: Iterable[StoredPlace], folder: Path) -> Iterator[StoredMessage]:
    """The messages of one piece; `places` are in the order of the content.

    Raises:
        EvidenceError: the file can no longer be read.
        IntegrityError: it is no longer the file that was read.
    """
    source = Source(path_of(piece.location, folder) if piece.location else Path(piece.path), name=piece.path)
    try:
        held, start = bytearray(), 0
        chunks = source.chunks()
        for no, offset, length, some in places:
            wanted = min(some, MAX_BYTES)
            while start + len(held) < offset + wanted:
                chunk = next(chunks, None)
                if chunk is None:
                    break
                if start + len(held) <= offset and held:
                    start += len(held)
                    held.clear()
                held += chunk
            if offset > start:
                del held[: offset - start]
                start = offset
            data = bytes(held[:wanted])
            cited = CitationPart(evidence=piece.id, record_no=no, offset=offset, length=length)
            if piece.format == "outlook_message":
                yield StoredMessage(piece.path, cited, _kept_header(data), None)
                continue
            skipped = data.find(b"\n") + 1 if data.startswith(b"From ") else 0  # the line between messages of an mbox
            yield StoredMessage(piece.path, cited, data[skipped:], offset + skipped)
    finally:
        source.close()
    if source.sha256 != piece.sha256:
        raise IntegrityError(f"{piece.id} {piece.path}: is no longer the file that was read.")


def _kept_header(data: bytes) -> bytes:
    """The header that Outlook keeps; it was there when the evidence was read, and a changed file is told at its end."""
    try:
        return outlook_message.transport_header(data) or b""
    except CompoundFileError:
        return b""
