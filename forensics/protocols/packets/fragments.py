"""IP fragments put together again (RFC 815), within bounds."""

from __future__ import annotations

MAX_DATAGRAMS = 1024
MAX_DATAGRAM_BYTES = 65535
MAX_PARTS = 256
MAX_AGE_NS = 60_000_000_000

Key = tuple[bytes, bytes, bytes, int]


class _Datagram:
    """What came so far of one datagram; where fragments overlap, the first to come is kept."""

    __slots__ = ("first_ts", "parts", "size")

    def __init__(self, ts: int) -> None:
        self.first_ts = ts
        self.parts: dict[int, bytes] = {}
        self.size: int | None = None

    def whole(self) -> bytes | None:
        if self.size is None:
            return None
        joined = bytearray()
        for offset in sorted(self.parts):
            if offset > len(joined):
                return None
            joined += self.parts[offset][len(joined) - offset :]
        return bytes(joined[: self.size]) if len(joined) >= self.size else None


class Fragments:
    """Datagrams of which fragments are still to come; the oldest is given up where there are too many."""

    def __init__(self) -> None:
        self._open: dict[Key, _Datagram] = {}

    def add(self, key: Key, offset: int, data: bytes, more: bool, cut: int, ts: int) -> bytes | None:
        """Take one fragment; give the whole payload once it is complete.

        A fragment of which bytes were not captured (`cut`) cannot complete a datagram.
        """
        if cut or offset + len(data) > MAX_DATAGRAM_BYTES:
            return None
        datagram = self._open.get(key)
        if datagram is None or not 0 <= ts - datagram.first_ts <= MAX_AGE_NS:
            datagram = self._begin(key, ts)
        if len(datagram.parts) < MAX_PARTS:
            datagram.parts.setdefault(offset, data)
        if not more:
            datagram.size = offset + len(data)
        whole = datagram.whole()
        if whole is not None:
            del self._open[key]
        return whole

    def _begin(self, key: Key, ts: int) -> _Datagram:
        self._open.pop(key, None)
        if len(self._open) >= MAX_DATAGRAMS:
            del self._open[next(iter(self._open))]
        datagram = self._open[key] = _Datagram(ts)
        return datagram
