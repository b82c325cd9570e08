"""A zip archive read from front to back: the contents of its members, one after the other (PKWARE APPNOTE 6.3).

The archive is read once, as it passes, so the headers before each member count and not the directory behind the last.
Members are stored or deflated; each is checked against its CRC-32 where that is known.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

MEMBER, DIRECTORY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

_SPANNED = b"PK\x07\x08"
_HEADER = struct.Struct("<4sHHHHHIIIHH")
_END_BYTES = 22
_ENCRYPTED, _DESCRIPTOR = 0x0001, 0x0008
_STORED, _DEFLATED = 0, 8
_ZIP64_EXTRA, _IN_EXTRA = 0x0001, 0xFFFFFFFF


class ZipStream:
    """Takes the bytes of an archive and gives those of its members; has the ways of the decompressors of `zlib`."""

    def __init__(self) -> None:
        self.eof = False
        """Whether the archive's end record was read."""
        self.unused_data = b""
        """What follows the end."""
        self.needs_input = True
        """Whether no more content comes without further bytes."""
        self._held = b""
        self._step = self._between
        self._inflate: Any = None
        self._left = self._most = 0
        self._crc, self._expected = 0, 0
        self._described = self._wide = False

    def decompress(self, data: bytes, most: int) -> bytes:
        """The content that these bytes complete, at most `most` bytes of it at a time.

        Raises:
            ValueError: the archive is damaged, encrypted, or packed in another way.
        """
        self._held, self._most = self._held + data, most
        out = b""
        while not out and not self.eof:
            before = self._step, len(self._held)
            out = self._step()
            if not out and (self._step, len(self._held)) == before:
                break
        self.needs_input = not out
        return out

    def _between(self) -> bytes:
        """At a member's header, or at the directory."""
        if self._held.startswith((DIRECTORY, END)):
            self._step = self._directory
        elif self._held.startswith(MEMBER):
            self._header()
        elif len(self._held) >= 4:
            raise ValueError("bytes that are no zip member")
        return b""

    def _header(self) -> None:
        if len(self._held) < _HEADER.size:
            return
        _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = _HEADER.unpack_from(self._held)
        end = _HEADER.size + name_bytes + extra_bytes
        if len(self._held) < end:
            return
        if flags & _ENCRYPTED:
            raise ValueError("an encrypted zip member: unpack it and examine what comes out")
        if method not in (_STORED, _DEFLATED):
            raise ValueError(f"a zip member packed with method {method}: unpack it and examine what comes out")
        self._described = bool(flags & _DESCRIPTOR)
        if method == _STORED and self._described:
            raise ValueError("a stored zip member that does not tell its size: unpack it and examine what comes out")
        self._wide = size == _IN_EXTRA or packed == _IN_EXTRA
        extra = self._held[_HEADER.size + name_bytes : end]
        self._left = _wide_size(extra) if size == _IN_EXTRA else size
        self._crc, self._expected = 0, crc
        self._held = self._held[end:]
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._step = self._stored if method == _STORED else self._deflated

    def _stored(self) -> bytes:
        out = self._held[: min(self._left, self._most)]
        self._held = self._held[len(out) :]
        self._left -= len(out)
        self._crc = zlib.crc32(out, self._crc)
        if not self._left:
            self._end_member()
        return out

    def _deflated(self) -> bytes:
        try:
            out: bytes = self._inflate.decompress(self._held, self._most)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        self._held = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._crc = zlib.crc32(out, self._crc)
        if self._inflate.eof:
            self._end_member()
        return out

    def _end_member(self) -> None:
        self._step = self._descriptor if self._described else self._between
        if not self._described:
            self._check()

    def _descriptor(self) -> bytes:
        """CRC and sizes behind a member, with or without a mark of their own; sizes of 8 bytes where they were wide."""
        marked = 4 if self._held.startswith(_SPANNED) else 0
        least = marked + 12
        if len(self._held) < least + 12:  # the directory that follows is longer than any descriptor
            return b""
        self._expected = int.from_bytes(self._held[marked : marked + 4], "little")
        wide = not self._held.startswith((b"PK",), least) and self._held.startswith(b"PK", least + 8)
        self._held = self._held[least + 8 if wide else least :]
        self._check()
        self._step = self._between
        return b""

    def _check(self) -> None:
        if self._crc != self._expected:
            raise ValueError("a zip member whose content does not have its CRC-32")

    def _directory(self) -> bytes:
        """Pass over the directory, to the end record and its comment."""
        at = self._held.find(END)
        if at < 0:
            self._held = self._held[-len(END) + 1 :]
        elif len(self._held) >= at + _END_BYTES:
            end = at + _END_BYTES + int.from_bytes(self._held[at + 20 : at + 22], "little")
            self.eof = len(self._held) >= end
            self.unused_data = self._held[end:]
        return b""


def _wide_size(extra: bytes) -> int:
    """The size of 8 bytes that the extra field of Zip64 has first."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _ZIP64_EXTRA and size >= 8:
            return int.from_bytes(extra[at + 4 : at + 12], "little")
        at += 4 + size
    raise ValueError("a zip member without its size")
