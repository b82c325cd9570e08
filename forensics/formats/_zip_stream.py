"""The members of a ZIP archive one after another, from its first byte to its last, as a stream.

Members are taken where they lie, each once; the directory at the end is passed over, so that members which it lists
twice or inside each other do not grow. Sizes in headers are believed only where nothing else ends a member.

Source: APPNOTE.TXT 6.3.10 sections 4.3 and 4.4; members stored or deflated, not encrypted.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from isal import isal_zlib

MEMBER = b"PK\x03\x04"
"""What a member begins with."""
MAX_MEMBERS = 10_000
"""Members of one archive that are read."""

_FEED_BYTES = 64 << 10
"""What lies behind a member is copied when it ends: no more than this at once."""
_LOCAL = struct.Struct("<4s5H3I2H")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8
_ELSEWHERE = 0xFFFFFFFF
_ZIP64 = 0x0001
_ADVICE = ": unpack it and examine what comes out"
_DESCRIPTOR = b"PK\x07\x08"
_DESCRIPTOR_BYTES = 26
_END = b"PK\x05\x06"

# what may stand between members and end: bytes that tell its length, and that length out of them
_DIRECTORY: dict[bytes, tuple[int, Callable[[bytes], int]]] = {
    b"PK\x01\x02": (46, lambda head: 46 + sum(struct.unpack_from("<3H", head, 28))),
    b"PK\x05\x05": (6, lambda head: 6 + struct.unpack_from("<H", head, 4)[0]),
    b"PK\x06\x06": (12, lambda head: 12 + struct.unpack_from("<Q", head, 4)[0]),
    b"PK\x06\x07": (20, lambda _: 20),
    b"PK\x06\x08": (8, lambda head: 8 + struct.unpack_from("<I", head, 4)[0]),
    _END: (22, lambda head: 22 + struct.unpack_from("<H", head, 20)[0]),
}  # fmt: skip


_INFLATE_ERROR = cast("type[Exception]", isal_zlib.error)
_inflater = cast("Callable[[], Any]", partial(isal_zlib.decompressobj, wbits=-15))


class ZipStream:
    """What the members hold, joined; used like the decompressors of the standard library.

    Raises:
        ValueError: the archive is damaged, or holds what cannot be read.
    """

    def __init__(self) -> None:
        self.eof = False
        """Whether the archive's end was read."""
        self.needs_input = True
        """Whether no more content comes without further bytes."""
        self.unused_data = b""
        """What follows the end."""
        self._buffer, self._at = b"", 0
        self._skip, self._last = 0, False
        self._members = 0
        self._deflated: Any = None
        self._left = 0
        self._crc = self._made = self._taken = 0
        self._told: tuple[int, int, int] | None = None
        self._inside = False
        self._failed: Exception | None = None

    def decompress(self, data: bytes, max_bytes: int) -> bytes:
        """The content of the next bytes, as far as it fits `max_bytes`; call again until it needs input."""
        if self._failed is not None:
            raise self._failed
        if data:
            self._buffer, self._at = self._buffer[self._at :] + data, 0
        made: list[bytes] = []
        size, content = 0, None
        while size < max_bytes and not self.eof:
            try:
                content = self._advance(max_bytes - size)
            except (ValueError, _INFLATE_ERROR) as error:
                if not made:
                    raise
                # what came before is handed out first
                self._failed, content = error, b""
                break
            if content is None:
                break
            made.append(content)
            size += len(content)
        self.needs_input = content is None or self.eof
        if self.eof:
            self.unused_data, self._buffer = self._buffer[self._at :], b""
        return b"".join(made)

    def _advance(self, limit: int) -> bytes | None:
        """Content of one step, which may be none; None where more input is needed."""
        if self._skip:
            passed = min(self._skip, self._available())
            self._skip -= passed
            self._at += passed
            self.eof = self._last and not self._skip
            return b"" if passed or self.eof else None
        if not self._inside:
            return self._header()
        if self._deflated is not None:
            return self._inflate(limit)
        if self._left:
            return self._stored(limit)
        return self._close()

    def _available(self) -> int:
        return len(self._buffer) - self._at

    def _header(self) -> bytes | None:
        signature = self._buffer[self._at : self._at + 4]
        if len(signature) < 4:
            return None
        if signature in _DIRECTORY:
            need, length = _DIRECTORY[signature]
            if self._available() < need:
                return None
            self._skip = length(self._buffer[self._at : self._at + need])
            self._last = signature == _END
            return b""
        if signature != MEMBER:
            raise ValueError("bytes that are no zip member")
        return self._open() if self._available() >= _LOCAL.size else None

    def _open(self) -> bytes | None:
        """Begin the member whose header comes next."""
        _, _, flags, method, _, _, crc, packed, size, name, extra = _LOCAL.unpack_from(self._buffer, self._at)
        length = _LOCAL.size + name + extra
        if self._available() < length:
            return None
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise ValueError(f"more than {MAX_MEMBERS} zip members")
        if flags & _ENCRYPTED:
            raise ValueError(f"an encrypted zip member{_ADVICE}")
        if method not in (_STORED, _DEFLATED):
            raise ValueError(f"a zip member packed with method {method}{_ADVICE}")
        follows = bool(flags & _SIZES_FOLLOW)
        if method == _STORED and follows:
            raise ValueError(f"a stored zip member that does not tell its size{_ADVICE}")
        if size == _ELSEWHERE and not follows:
            end = self._at + length
            size = _wide_size(self._buffer[end - extra : end])
        self._deflated = _inflater() if method == _DEFLATED else None
        self._left = size if method == _STORED and packed == _ELSEWHERE else packed if method == _STORED else 0
        self._told = None if follows else (crc, packed, size)
        self._crc = self._made = self._taken = 0
        self._skip, self._inside = length, True
        return b""

    def _inflate(self, limit: int) -> bytes | None:
        data = self._buffer[self._at : self._at + _FEED_BYTES]
        if not data:
            return None
        inflater = self._deflated
        content: bytes = inflater.decompress(data, limit)
        rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        taken = len(data) - len(rest)
        if not (taken or content or inflater.eof):
            raise ValueError("a zip member that goes no further")
        self._count(content, taken)
        if inflater.eof:
            self._deflated = None
        return content

    def _stored(self, limit: int) -> bytes | None:
        content = self._buffer[self._at : self._at + min(self._left, limit)]
        if not content:
            return None
        self._left -= len(content)
        self._count(content, len(content))
        return content

    def _count(self, content: bytes, taken: int) -> None:
        self._at += taken
        self._taken += taken
        self._made += len(content)
        self._crc = zlib.crc32(content, self._crc)

    def _close(self) -> bytes | None:
        """Hold a member that has ended against what the archive says of it."""
        found = (self._crc, self._taken, self._made)
        if self._told is None:
            if self._available() < _DESCRIPTOR_BYTES:
                return None
            length = self._descriptor(found)
            self._at += length
        elif self._told[0] != self._crc or not self._fits(self._told, found):
            raise ValueError("a zip member whose content does not have its CRC-32 and size")
        self._inside = False
        return b""

    def _descriptor(self, found: tuple[int, int, int]) -> int:
        """The length of the data descriptor behind a member (section 4.3.9), with or without mark, of 32 or 64 bits."""
        mark = 4 if self._buffer.startswith(_DESCRIPTOR, self._at) else 0
        for shape in ("<3I", "<IQQ"):
            end = mark + struct.calcsize(shape)
            told = struct.unpack_from(shape, self._buffer, self._at + mark)
            # sizes of 8 bytes can look like two of 4 bytes: a member or the directory comes next
            if told == found and self._buffer.startswith(b"PK", self._at + end):
                return end
        raise ValueError("a zip member whose content does not have its CRC-32 and size")

    def _fits(self, told: tuple[int, int, int], found: tuple[int, int, int]) -> bool:
        """Whether sizes agree; the largest number says that they stand elsewhere (ZIP64)."""
        return all(said in (_ELSEWHERE, size) for said, size in zip(told[1:], found[1:], strict=True))


def _wide_size(extra: bytes) -> int:
    """The size of 8 bytes that the extra field of ZIP64 has first (section 4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _ZIP64 and size >= 8 and at + 12 <= len(extra):
            return int.from_bytes(extra[at + 4 : at + 12], "little")
        at += 4 + size
    raise ValueError("a zip member without its size")
