"""Flow records in binary forms that are not read here: how each is known, and what makes a readable file of it."""

from __future__ import annotations

import struct

_CSV = "nfdump -r FILE -o csv"
_NFCAPD = (
    f"is a file of nfcapd, flow records in nfdump's binary form. nfdump makes a readable one of it: {_CSV} > FILE.csv"
)
_PACKETS = (
    "is a stream of {} as exporters send it. Give it to a collector that keeps flow records (nfcapd), and its file to "
    f"nfdump: {_CSV} > FILE.csv"
)
_V5_HEADER, _V5_RECORD, _V5_MOST = 24, 48, 30
_IPFIX_HEADER, _V9_HEADER = 16, 20


def remedy(head: bytes) -> str | None:
    """What a file with these first bytes is and how it becomes readable; None where it holds no binary flow records.

    >>> remedy(bytes.fromhex("0ca50200 00010701"))[:27]
    'is a file of nfcapd, flow r'
    """
    if _is_nfcapd(head):
        return _NFCAPD
    return next((_PACKETS.format(kind) for kind, fits in _STREAMS.items() if fits(head)), None)


def _is_nfcapd(head: bytes) -> bool:
    """The magic 0xA50C in the byte order of its host, then the version of the layout (nfdump, nffile.h)."""
    return any(head[:2] == struct.pack(f"{order}H", 0xA50C) and _version(head, order) in (1, 2, 3) for order in "<>")


def _version(head: bytes, order: str) -> int:
    return int(struct.unpack_from(f"{order}H", head, 2)[0]) if len(head) >= 4 else 0


def _is_ipfix(head: bytes) -> bool:
    """Version 10, the length of the message, and a set that lies within it (RFC 7011 section 3.1 and 3.3.2)."""
    if len(head) < _IPFIX_HEADER + 4:
        return False
    version, length, _, _, _, set_id, set_length = struct.unpack_from(">HHIIIHH", head)
    return bool(version == 10 and _is_set(set_id, (2, 3)) and 4 <= set_length <= length - _IPFIX_HEADER)


def _is_netflow_9(head: bytes) -> bool:
    """Version 9, a count of records, and a first flow set that holds at least one (RFC 3954 section 5)."""
    if len(head) < _V9_HEADER + 4:
        return False
    version, count, _, seconds, _, _, set_id, set_length = struct.unpack_from(">HHIIIIHH", head)
    return bool(version == 9 and 0 < count < 1000 and seconds > 0 and _is_set(set_id, (0, 1)) and set_length > 4)


def _is_netflow_5(head: bytes) -> bool:
    """Version 5, 1 to 30 records, and another such packet or the end behind them."""
    if len(head) < _V5_HEADER + _V5_RECORD:
        return False
    version, count, _, seconds, nanoseconds = struct.unpack_from(">HHIII", head)
    end = _V5_HEADER + count * _V5_RECORD
    follows = head[end : end + 2] in (b"", b"\0\5")
    return bool(version == 5 and 0 < count <= _V5_MOST and seconds > 0 and nanoseconds < 10**9 and follows)


def _is_set(number: int, templates: tuple[int, int]) -> bool:
    """Whether a set of that number holds templates, or data of one."""
    return number in templates or number >= 256


_STREAMS = {"IPFIX messages": _is_ipfix, "NetFlow v9 packets": _is_netflow_9, "NetFlow v5 packets": _is_netflow_5}
