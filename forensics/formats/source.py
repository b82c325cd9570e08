"""The bytes of one piece of evidence: opened read-only, hashed as they pass, decompressed as a stream.

gzip (several members), xz, zstd, lz4 (frames), bzip2 and zip are recognised by their magic, never by the file's name;
the content of a zip is that of its members, one after the other. A stream that breaks or grows past its bounds ends
there: what came before is kept, and `broken` says where and why.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import zstandard
from isal import isal_zlib

from forensics.errors import EvidenceError
from forensics.formats import _zip_stream
from forensics.formats._zip_stream import ZipStream

CHUNK_BYTES = 8 << 20
LINE_BYTES = 1 << 20
MAX_CONTENT_BYTES = 1 << 40
MAX_RATIO = 200
RATIO_FREE_BYTES = 64 << 20


class Line(NamedTuple):
    """One line: its number from 1, the offset of its first byte, its bytes without the line end, its whole length."""

    no: int
    offset: int
    text: bytes
    length: int


class Block(NamedTuple):
    """Whole lines as they lie in the content; the last block may end without a line end."""

    offset: int
    data: bytes


_Step = tuple[bytes, bytes, bool]
"""What one step gave: content, compressed bytes still to be fed, and whether more content waits inside."""

_ISAL_ERROR = cast("type[Exception]", isal_zlib.error)
_STREAM_ERRORS = (OSError, EOFError, ValueError, lzma.LZMAError, zstandard.ZstdError, _ISAL_ERROR)
_MAGIC = {
    "gzip": b"\x1f\x8b",
    "xz": b"\xfd7zXZ\x00",
    "zstd": b"\x28\xb5\x2f\xfd",
    "lz4": b"\x04\x22\x4d\x18",
    "bzip2": b"BZh",
    "zip": _zip_stream.MEMBER,
}
_STEP_BYTES = 4 << 20
_FEED_BYTES = 64 << 10
"""What a decompressor leaves is copied once per member: a file of empty members would take quadratic time."""
_ZSTD_SLICE = 4096
"""zstd has no bound on what one call gives: 4 KiB of it can become at most 128 MiB."""


class Source:
    """One file, read once from front to back.

    After the last chunk `sha256` and `size_bytes` are those of the file, `content_bytes` counts what came out of it.

    Raises:
        EvidenceError: the path is no regular file, cannot be opened, or changed while it was read.
    """

    def __init__(self, path: Path, *, name: str | None = None, max_content_bytes: int = MAX_CONTENT_BYTES) -> None:
        self.path = path
        self.name = name or path.name
        self.sha256: str | None = None
        self.size_bytes = 0
        self.content_bytes = 0
        self.broken: str | None = None
        """Why the content ends before the file does, else None."""
        self.broken_at: int | None = None
        """Byte of the file up to which its content was read, where it is broken."""
        self._limit = max_content_bytes
        self._file = _open(path, self.name)
        self._before = os.fstat(self._file.fileno())
        self._hash = hashlib.sha256()
        self._first = self._read_raw(min(CHUNK_BYTES, max(self._before.st_size, 1)))
        self.compression = next((kind for kind, magic in _MAGIC.items() if self._first.startswith(magic)), None)
        self._content = self._decompressed() if self.compression else self._plain()
        self._pending: list[bytes] = []

    @property
    def expected_bytes(self) -> int:
        """Size of the file when it was opened."""
        return self._before.st_size

    def holds(self, size: int) -> bool:
        """Whether the content has at least so many bytes; they stay to be read."""
        if not self.compression:
            return self.expected_bytes >= size
        return self._hold(size) >= size

    def head(self, size: int) -> bytes:
        """The first `size` bytes of the content, or all of it where it is shorter; they stay to be read."""
        self._hold(size)
        return b"".join(self._pending)[:size]

    def _hold(self, size: int) -> int:
        """Read ahead until so many bytes wait, or no more come; how many wait."""
        held = sum(map(len, self._pending))
        for chunk in self._content if held < size else ():
            self._pending.append(chunk)
            held += len(chunk)
            if held >= size:
                break
        return held

    def chunks(self) -> Iterator[bytes]:
        """The content, a few MiB at a time."""
        while (chunk := self._pending.pop(0) if self._pending else next(self._content, None)) is not None:
            self.content_bytes += len(chunk)
            yield chunk
        self._finish()

    def blocks(self, line_bytes: int = LINE_BYTES) -> Iterator[Block]:
        """The content cut at line ends; a line longer than `line_bytes` may span blocks."""
        offset, rest = 0, b""
        for chunk in self.chunks():
            cut = chunk.rfind(b"\n") + 1
            if not cut and len(rest) + len(chunk) > line_bytes:
                cut = len(chunk)
            if not cut:
                rest += chunk
                continue
            # one copy, of what has to be put together or cut off
            whole = not rest and cut == len(chunk)
            data = chunk if whole else b"".join((rest, memoryview(chunk)[:cut]))
            yield Block(offset, data)
            offset, rest = offset + len(data), chunk[cut:]
        if rest:
            yield Block(offset, rest)

    def lines(self, line_bytes: int = LINE_BYTES) -> Iterator[Line]:
        """The content line by line (LF or CRLF); one longer than `line_bytes` may come in parts."""
        no = 0
        for block in self.blocks(line_bytes):
            offset = block.offset
            for raw in block.data.splitlines(keepends=True) if b"\r" not in block.data else _split(block.data):
                no += 1
                yield Line(no, offset, raw.rstrip(b"\r\n"), len(raw))
                offset += len(raw)

    def close(self) -> None:
        """Close the file, reading what is left of it for the hash."""
        try:
            while not self._file.closed and self.sha256 is None:
                if not self._read_raw(CHUNK_BYTES):
                    self._finish()
        finally:
            self._file.close()

    def _read_raw(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except OSError as error:
            raise EvidenceError(f"{self.name}: cannot be read at byte {self.size_bytes}: {error.strerror}.") from error
        self._hash.update(data)
        self.size_bytes += len(data)
        return data

    def _raw(self) -> Iterator[bytes]:
        """The file's bytes; where there is more than one chunk, the next is read while this one is used."""
        yield self._first
        if self.size_bytes >= self._before.st_size:
            return
        with ThreadPoolExecutor(1) as pool:
            ahead: Future[bytes] = pool.submit(self._read_raw, CHUNK_BYTES)
            while data := ahead.result():
                ahead = pool.submit(self._read_raw, CHUNK_BYTES)
                yield data

    def _plain(self) -> Iterator[bytes]:
        return (chunk for chunk in self._raw() if chunk)

    def _decompressed(self) -> Iterator[bytes]:
        """The content in chunks of about `CHUNK_BYTES`, whatever size the decompressor gives."""
        stream = _Stream(self.compression or "", self._limit)
        held, size = [], 0
        for raw in self._raw():
            for content in stream.feed(raw):
                held.append(content)
                size += len(content)
                if size >= CHUNK_BYTES:
                    yield b"".join(held)
                    held, size = [], 0
        stream.finish()
        self.broken, self.broken_at = stream.broken, stream.consumed if stream.broken else None
        if held:
            yield b"".join(held)

    def _finish(self) -> None:
        after = os.fstat(self._file.fileno())
        self._file.close()
        same = (after.st_size, after.st_mtime_ns) == (self._before.st_size, self._before.st_mtime_ns)
        if not same or self.size_bytes != after.st_size:
            raise EvidenceError(f"{self.name}: changed while it was read. Copy it to a quiet place and read the copy.")
        self.sha256 = self._hash.hexdigest()


def unpacked(data: bytes, limit: int) -> tuple[bytes, str | None]:
    """The content of a few compressed bytes, such as an attachment, as far as it goes; why it ends early, or None.

    Bytes that are not compressed are given as they are.
    """
    kind = next((kind for kind, magic in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None:
        return data[:limit], f"refused: more than {limit} bytes of content" if len(data) > limit else None
    stream = _Stream(kind, limit)
    content = b"".join(stream.feed(data))
    stream.finish()
    return content, stream.broken


class _Stream:
    """A chain of compressed members, bounded in what it may become."""

    def __init__(self, kind: str, limit: int) -> None:
        self._make, self._step = _STEPS[kind]
        self._decompressor = self._make()
        self._limit = limit
        self._made = 0
        self._at_end = False
        self.consumed = 0
        self.broken: str | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The content of the next bytes of the file."""
        for start in range(0, len(data), _FEED_BYTES):
            if self.broken is None:
                yield from self._feed(data[start : start + _FEED_BYTES])

    def _feed(self, data: bytes) -> Iterator[bytes]:
        more = False
        while (data or more) and self.broken is None:
            if self._at_end and not self._next_member(data):
                return
            try:
                content, rest, more = self._step(self._decompressor, data)
            except _STREAM_ERRORS as error:
                self.broken = f"the compressed stream is damaged: {error}"
                return
            self.consumed += len(data) - len(rest)
            self._at_end, data = self._decompressor.eof, rest
            self._made += len(content)
            if content:
                yield content
            self._check_bounds()

    def finish(self) -> None:
        """Say so where the file ended inside a member."""
        if not self._at_end and self.broken is None:
            self.broken = "the compressed stream is cut short"

    def _check_bounds(self) -> None:
        if self._made > self._limit:
            self.broken = f"refused: more than {self._limit} bytes of content"
        elif self._made > RATIO_FREE_BYTES and self._made > MAX_RATIO * max(self.consumed, 1):
            self.broken = f"refused: content grows past {MAX_RATIO} times the compressed bytes"

    def _next_member(self, data: bytes) -> bool:
        """Begin the next member; zero padding after the last is allowed (gzip(1), xz padding)."""
        if not data.strip(b"\0"):
            self.consumed += len(data)
            return False
        if not any(data.startswith(magic[: len(data)]) for magic in _MAGIC.values()):
            self.broken = "bytes that are no compressed stream follow it"
            return False
        self._decompressor = self._make()
        self._at_end = False
        return True


def _gzip_step(decompressor: Any, data: bytes) -> _Step:
    content = decompressor.decompress(data, _STEP_BYTES)
    rest = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
    return content, rest, len(content) == _STEP_BYTES and not decompressor.eof


def _block_step(decompressor: Any, data: bytes) -> _Step:
    """xz, bzip2 and zip: input is taken whole, content comes out piece by piece."""
    content = decompressor.decompress(data, _STEP_BYTES)
    rest = (decompressor.eof and decompressor.unused_data) or b""
    return content, rest, not decompressor.eof and not decompressor.needs_input


def _lz4_step(decompressor: Any, data: bytes) -> _Step:
    try:
        return _block_step(decompressor, data)
    except RuntimeError as error:  # what the library raises for a damaged frame
        raise ValueError(error) from error


def _lz4() -> Any:
    from lz4.frame import LZ4FrameDecompressor  # here: few pieces need it

    return LZ4FrameDecompressor()


def _zstd_step(decompressor: Any, data: bytes) -> _Step:
    content = decompressor.decompress(data[:_ZSTD_SLICE])
    rest = (decompressor.unused_data if decompressor.eof else b"") + data[_ZSTD_SLICE:]
    return content, rest, False


_STEPS: dict[str, tuple[Callable[[], Any], Callable[[Any, bytes], _Step]]] = {
    "gzip": (lambda: isal_zlib.decompressobj(wbits=31), _gzip_step),
    "xz": (lambda: lzma.LZMADecompressor(memlimit=256 << 20), _block_step),
    "bzip2": (bz2.BZ2Decompressor, _block_step),
    "lz4": (_lz4, _lz4_step),
    "zip": (ZipStream, _block_step),
    "zstd": (lambda: zstandard.ZstdDecompressor(max_window_size=128 << 20).decompressobj(), _zstd_step),
}


def _open(path: Path, name: str) -> IO[bytes]:
    try:
        # O_NONBLOCK: a FIFO among the evidence must not hang the run
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise EvidenceError(f"{name}: cannot be opened: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise EvidenceError(f"{name}: is no regular file (a device, pipe or folder). Copy its bytes into a file.")
    return os.fdopen(descriptor, "rb", buffering=0)


def _split(data: bytes) -> Iterator[bytes]:
    """Lines that end in LF only: a lone CR is part of a line, so that offsets agree with every other tool."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end
