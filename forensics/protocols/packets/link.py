"""Link layers: where the network layer begins and which one it is (LINKTYPE_ values of the tcpdump group).

Every function takes the bytes of a packet, bounded by what was captured, and gives a `Network`, or None where the
packet holds none. What is read beyond the end is zero, and a zero leads nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

IPV4, IPV6 = 0x0800, 0x86DD
MPLS = frozenset({0x8847, 0x8848})
TRANSPARENT_ETHERNET = 0x6558

_MAX_TAGS = 8
# bytes from the type field of a tag to the next type field: 802.1Q, 802.1ad, QinQ, VN-Tag, E-Tag (802.1BR), HSR
_TAGS = {0x8100: 4, 0x88A8: 4, 0x9100: 4, 0x9200: 4, 0x9300: 4, 0x8926: 6, 0x893F: 8, 0x892F: 6}
_PPPOE_SESSION = 0x8864
_PROVIDER_BACKBONE = 0x88E7
_FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
_PPP = {0x0021: IPV4, 0x0057: IPV6, 0x0281: 0x8847, 0x0283: 0x8848}
_NLPID = {0xCC: IPV4, 0x8E: IPV6}
_NFLOG_PAYLOAD = 9
_RFC1051_IP, _RFC1201_IP, _ARCNET_IPV6 = 240, 212, 196


class Network(NamedTuple):
    """A network layer: its EtherType and where it begins."""

    ethertype: int
    offset: int


def network(linktype: int, data: bytes) -> Network | None:
    """Where the network layer of a packet of this link type begins; None for link types not known and other frames.

    >>> network(1, bytes(12) + b"\\x08\\x00" + b"\\x45")
    Network(ethertype=2048, offset=14)
    """
    decode = _LINKS.get(linktype)
    return decode(data) if decode else None


def is_known(linktype: int) -> bool:
    """Whether packets of this link type can be read at all.

    >>> is_known(1), is_known(147)
    (True, False)
    """
    return linktype in _LINKS


def ethernet(data: bytes, at: int = 0) -> Network | None:
    """An Ethernet frame from `at` on, with any tags, LLC and SNAP, PPPoE."""
    return ethertype(data, at + 12)


def ethertype(data: bytes, at: int) -> Network | None:
    """What follows a type field at `at`."""
    for _ in range(_MAX_TAGS):
        kind = _u16(data, at)
        step = _TAGS.get(kind)
        if step is None:
            return _typed(data, kind, at + 2)
        at += step
    return None


def _typed(data: bytes, kind: int, at: int) -> Network | None:
    if kind == _PPPOE_SESSION:
        return _ppp_protocol(data, at + 6)
    if kind == _PROVIDER_BACKBONE:
        return ethernet(data, at + 4)
    if kind <= 1500:
        return _llc(data, at)
    return Network(kind, at)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2]) if at + 2 <= len(data) else 0


def _byte(data: bytes, at: int) -> int:
    return data[at] if at < len(data) else 0


def _llc(data: bytes, at: int) -> Network | None:
    """LLC with SNAP (RFC 1042), or with IP's own SAP."""
    head = data[at : at + 3]
    if head == b"\xaa\xaa\x03":
        return ethertype(data, at + 6)
    return Network(IPV4, at + 3) if head == b"\x06\x06\x03" else None


def _raw(data: bytes, at: int = 0) -> Network | None:
    version = _byte(data, at) >> 4
    return Network(IPV4 if version == 4 else IPV6, at) if version in (4, 6) else None


def _family(family: int, at: int) -> Network | None:
    kind = _FAMILIES.get(family)
    return Network(kind, at) if kind else None


def _null(data: bytes) -> Network | None:
    """BSD loopback: the address family in the byte order of the host that captured."""
    value = int.from_bytes(data[:4], "little")
    kind = _u16(data, 2)
    if kind in (IPV4, IPV6):  # some write an EtherType into the last two bytes
        return Network(kind, 4)
    return _family(value if value < 0x10000 else int.from_bytes(data[:4]), 4)


def _ppp_protocol(data: bytes, at: int) -> Network | None:
    first = _byte(data, at)
    protocol, after = (first, at + 1) if first & 1 else (_u16(data, at), at + 2)
    kind = _PPP.get(protocol)
    return Network(kind, after) if kind else None


def ppp(data: bytes, at: int = 0) -> Network | None:
    """A PPP frame, with or without address and control field (RFC 1662)."""
    return _ppp_protocol(data, at + 2 if data[at : at + 2] in (b"\xff\x03", b"\x0f\x00", b"\x8f\x00") else at)


def _cisco_hdlc(data: bytes, at: int = 0) -> Network | None:
    return ethertype(data, at + 2) if _byte(data, at) in (0x0F, 0x8F) else ppp(data, at)


def _frame_relay(data: bytes) -> Network | None:
    """RFC 2427: two address bytes, then UI and NLPID; Cisco puts an EtherType there instead."""
    if _byte(data, 2) != 0x03:
        return ethertype(data, 2)
    at = 4 if _byte(data, 3) == 0 else 3
    nlpid = _byte(data, at)
    if nlpid == 0x80:
        return ethertype(data, at + 4)
    return Network(_NLPID[nlpid], at + 1) if nlpid in _NLPID else None


def _token_ring(data: bytes) -> Network | None:
    """Access and frame control, two addresses, and a routing field where the source's first bit is set."""
    route = _byte(data, 14) & 0x1F if _byte(data, 8) & 0x80 else 0
    return _llc(data, 14 + route)


def _arcnet(data: bytes, at: int) -> Network | None:
    kind = _byte(data, at)
    if kind == _RFC1051_IP:
        return Network(IPV4, at + 1)
    header = at + 4
    if _byte(data, at + 1) == 0xFF:  # exception packet: flag, two unused bytes, then the real flag and sequence number
        header += 4
    return {_RFC1201_IP: Network(IPV4, header), _ARCNET_IPV6: Network(IPV6, header)}.get(kind)


def _wireless(data: bytes, at: int = 0, *, padded: bool = False) -> Network | None:
    """An 802.11 data frame whose body is not encrypted."""
    control, flags = _byte(data, at), _byte(data, at + 1)
    if control & 0x0C != 0x08 or control & 0x40 or flags & 0x40:
        return None
    header = 24 + (6 if flags & 3 == 3 else 0)
    if control & 0x80:
        header += 2 + (4 if flags & 0x80 else 0)
    return _llc(data, at + (header + 3 & ~3 if padded else header))


def _radiotap(data: bytes) -> Network | None:
    size = int.from_bytes(data[2:4], "little")
    at, present = 8, int.from_bytes(data[4:8], "little")
    word = present
    while word & 0x80000000 and at + 4 <= min(size, len(data)):
        word = int.from_bytes(data[at : at + 4], "little")
        at += 4
    if present & 1:  # time stamp, aligned to 8
        at = (at + 7 & ~7) + 8
    flags = _byte(data, at) if present & 2 else 0
    return _wireless(data, size, padded=bool(flags & 0x20))


def _prism(data: bytes) -> Network | None:
    return _wireless(data, int.from_bytes(data[4:8]) if data[:2] == b"\x80\x21" else 144)


def _avs(data: bytes) -> Network | None:
    return _wireless(data, int.from_bytes(data[4:8]))


def _ppi(data: bytes) -> Network | None:
    size, inner = int.from_bytes(data[2:4], "little"), int.from_bytes(data[4:8], "little")
    return _shifted(inner, data, size)


def _pktap(data: bytes) -> Network | None:
    """Apple's header: its length, the next header's kind, then the link type of what follows."""
    size, inner = int.from_bytes(data[:4], "little"), int.from_bytes(data[8:12], "little")
    return _shifted(inner, data, size) if size >= 12 else None


def _shifted(linktype: int, data: bytes, size: int) -> Network | None:
    if linktype in (149, 192, 258) or not 0 < size <= len(data):
        return None
    found = network(linktype, data[size:])
    return Network(found.ethertype, found.offset + size) if found else None


def _pflog(data: bytes) -> Network | None:
    return _family(_byte(data, 1), (_byte(data, 0) + 3) & ~3)


def _nflog(data: bytes) -> Network | None:
    """Netfilter: records of length, type, value; one of them is the packet."""
    at, family = 4, _byte(data, 0)
    while at + 4 <= len(data):
        size, kind = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind & 0x7FFF == _NFLOG_PAYLOAD:
            return _family(family, at + 4) if family in (2, 10) else _raw(data, at + 4)
        if size < 4:
            return None
        at += size + 3 & ~3
    return None


def _sll2(data: bytes) -> Network | None:
    """Linux cooked capture, version 2: the protocol comes first, the packet after 20 bytes."""
    kind = _u16(data, 0)
    if kind in _TAGS:
        return ethertype(data, 20 + _TAGS[kind] - 2)
    return _typed(data, kind, 20)


_LINKS: dict[int, Callable[[bytes], Network | None]] = {
    0: _null, 1: ethernet, 6: _token_ring, 7: lambda data: _arcnet(data, 2), 9: ppp,
    10: lambda data: _llc(data, 13), 12: _raw, 14: _raw, 50: ppp, 51: lambda data: _ppp_protocol(data, 6),
    100: lambda data: _llc(data, 0), 101: _raw, 104: _cisco_hdlc, 105: _wireless, 107: _frame_relay,
    108: lambda data: _family(int.from_bytes(data[:4]), 4),
    109: lambda data: _null(data[:4]) and _raw(data, 12), 113: lambda data: ethertype(data, 14), 117: _pflog,
    119: _prism, 127: _radiotap, 129: lambda data: _arcnet(data, 4), 143: ethernet, 149: _pktap, 163: _avs,
    166: lambda data: ppp(data, 0) or _ppp_protocol(data, 2), 192: _ppi, 204: lambda data: ppp(data, 1),
    205: lambda data: _cisco_hdlc(data, 1), 226: lambda data: _raw(data, 24), 228: _raw, 229: _raw, 239: _nflog,
    240: lambda data: ethernet(data, 4), 241: lambda data: ethernet(data, 12), 258: _pktap,
    274: lambda data: ethernet(data, 8), 276: _sll2,
}  # fmt: skip
