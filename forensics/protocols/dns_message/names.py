"""Domain names on the wire and their presentation form (RFC 1035 sections 3.1, 4.1.4 and 5.1)."""

from __future__ import annotations

import re

from forensics.errors import ProtocolError

MAX_NAME_BYTES = 255
MAX_POINTERS = 64
ROOT = "."

_ESCAPED = re.compile(rb"[^!-~]|[.\\]")


class DnsMessageError(ProtocolError):
    """Bytes that are no DNS message, or no name or record of one."""


class NameReader:
    """Reads the names of one message; what was read once at an offset is not read again.

    A pointer must lead back, to before where the name, or the part of it that the pointer ends, began; so no chain of
    pointers can loop or grow.
    """

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self._known: dict[int, tuple[str, int]] = {}

    def read(self, offset: int) -> tuple[str, int]:
        """The name at `offset`, lower case without the trailing dot (the root is "."), and where it ends.

        Raises:
            DnsMessageError: the name breaks off, is longer than 255 bytes, points forward or too often.
        """
        known = self._known.get(offset)
        if known is None:
            labels, end = self._labels(offset)
            known = ".".join(map(label_text, labels)) or ROOT, end
            self._known[offset] = known
        return known

    def _labels(self, offset: int) -> tuple[list[bytes], int]:
        wire, labels, size, end, at, floor, pointers = self.wire, list[bytes](), 1, 0, offset, offset, 0
        while pointers <= MAX_POINTERS:
            length = self._byte(at)
            if length >= 0xC0:
                target = (length & 0x3F) << 8 | self._byte(at + 1)
                end = end or at + 2
                if target >= floor:
                    raise DnsMessageError(f"the name at byte {offset} points forward, to byte {target}")
                at = floor = target
                pointers += 1
                continue
            if length >= 0x40:
                raise DnsMessageError(f"the name at byte {offset} has a label of unknown kind 0x{length:02x}")
            if not length:
                return labels, end or at + 1
            size += length + 1
            if size > MAX_NAME_BYTES or at + 1 + length > len(wire):
                raise DnsMessageError(f"the name at byte {offset} breaks off or is longer than {MAX_NAME_BYTES} bytes")
            labels.append(wire[at + 1 : at + 1 + length])
            at += length + 1
        raise DnsMessageError(f"the name at byte {offset} has more than {MAX_POINTERS} pointers")

    def _byte(self, at: int) -> int:
        if at >= len(self.wire):
            raise DnsMessageError(f"a name breaks off at byte {at}")
        return self.wire[at]


def label_text(label: bytes) -> str:
    r"""One label in presentation form, lower case.

    >>> label_text(b"A.b c")
    'a\\.b\\032c'
    """
    return _ESCAPED.sub(_escape, label.lower()).decode("ascii")


def _escape(match: re.Match[bytes]) -> bytes:
    byte = match.group()
    return b"\\" + byte if byte in b".\\" else b"\\%03d" % byte[0]
