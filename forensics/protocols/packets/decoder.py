"""One packet at a time: IP, its extension headers, fragments and tunnels, down to TCP and UDP.

RFC 791, RFC 8200, RFC 2784 (GRE), RFC 7348 (VXLAN), RFC 8926 (Geneve), RFC 4380 (Teredo), 3GPP TS 29.281 (GTP-U).
"""

from __future__ import annotations

from typing import NamedTuple

from forensics.protocols.packets import link
from forensics.protocols.packets.fragments import Fragments
from forensics.protocols.packets.link import IPV4, IPV6, MPLS, TRANSPARENT_ETHERNET

MAX_DEPTH = 8
TCP, UDP = 6, 17
TUNNEL_PORTS = frozenset({2152, 3544, 4789, 6081, 6635, 8472})
"""UDP ports whose payload may be a packet: GTP-U, Teredo, VXLAN, Geneve, MPLS, VXLAN of older Linux."""

_IPV4_IN, _IPV6_IN, _GRE, _AH, _ETHERIP = 4, 41, 47, 51, 97
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _DESTINATION, _MOBILITY, _HIP, _SHIM6 = 0, 43, 44, 60, 135, 139, 140
_EXTENSIONS = frozenset({_HOP_BY_HOP, _ROUTING, _DESTINATION, _MOBILITY, _HIP, _SHIM6})
_MAX_EXTENSIONS = 16


class UdpDatagram(NamedTuple):
    """One UDP datagram; `cut` counts the payload bytes that were not captured."""

    source_ip: bytes
    source_port: int
    target_ip: bytes
    target_port: int
    payload: bytes
    cut: int


class TcpSegment(NamedTuple):
    """One TCP segment; `cut` counts the payload bytes that were not captured."""

    source_ip: bytes
    source_port: int
    target_ip: bytes
    target_port: int
    seq: int
    ack: int
    flags: int
    payload: bytes
    cut: int


Transport = UdpDatagram | TcpSegment | None


class _Ip(NamedTuple):
    """An IP packet cut to its own length; `cut` counts the bytes that were not captured."""

    source: bytes
    target: bytes
    protocol: int
    payload: bytes
    cut: int


class Decoder:
    """Decodes packets one by one; remembers fragments between them, a bounded number for a bounded time."""

    def __init__(self) -> None:
        self._fragments = Fragments()

    def decode(self, linktype: int, data: bytes, ts: int, wire_bytes: int) -> Transport:
        """The TCP segment or UDP datagram of one packet: the innermost where it travels in a tunnel.

        Args:
            linktype: LINKTYPE_ value of the interface.
            data: the bytes captured.
            ts: time in ns, for the age of fragments.
            wire_bytes: the packet's length before it was cut.
        """
        found = link.network(linktype, data)
        if found is None:
            return None
        cut = max(wire_bytes - len(data), 0)
        return self._network(found.ethertype, data[found.offset :], cut, ts, MAX_DEPTH)

    def _network(self, ethertype: int, data: bytes, cut: int, ts: int, depth: int) -> Transport:
        if ethertype in MPLS:
            return self._mpls(data, cut, ts, depth)
        if ethertype == TRANSPARENT_ETHERNET:
            found = link.ethernet(data)
            return self._network(found.ethertype, data[found.offset :], cut, ts, depth - 1) if found and depth else None
        if not depth:
            return None
        if ethertype == IPV4:
            return self._ip(self._ipv4(data, cut, ts), ts, depth)
        return self._ip(self._ipv6(data, cut, ts), ts, depth) if ethertype == IPV6 else None

    def _mpls(self, data: bytes, cut: int, ts: int, depth: int) -> Transport:
        at = 0
        while at + 4 <= len(data) and not data[at + 2] & 1:
            at += 4
        inner = data[at + 4 :]
        if not inner or not depth:
            return None
        kind = {4: IPV4, 6: IPV6}.get(inner[0] >> 4)
        if kind:
            return self._network(kind, inner, cut, ts, depth - 1)
        # a pseudowire with a control word (RFC 4448)
        return self._network(TRANSPARENT_ETHERNET, inner[4:], cut, ts, depth - 1) if inner[0] >> 4 == 0 else None

    def _ipv4(self, data: bytes, cut: int, ts: int) -> _Ip | None:
        if len(data) < 20 or data[0] >> 4 != 4:
            return None
        header = (data[0] & 15) * 4
        total = int.from_bytes(data[2:4]) or len(data) + cut  # 0: left to the network card (TSO)
        if header < 20 or total < header:
            return None
        source, target, protocol = data[12:16], data[16:20], data[9]
        payload, lost = _bounded(data, header, total)
        offset = int.from_bytes(data[6:8])
        if offset & 0x3FFF:
            key = (source, target, data[4:6], protocol)
            whole = self._fragments.add(key, (offset & 0x1FFF) * 8, payload, bool(offset & 0x2000), lost, ts)
            return _Ip(source, target, protocol, whole, 0) if whole is not None else None
        return _Ip(source, target, protocol, payload, lost)

    def _ipv6(self, data: bytes, cut: int, ts: int) -> _Ip | None:
        if len(data) < 40 or data[0] >> 4 != 6:
            return None
        length = int.from_bytes(data[4:6])
        payload, lost = _bounded(data, 40, 40 + length if length else len(data) + cut)
        return self._extensions(_Ip(data[8:24], data[24:40], data[6], payload, lost), ts)

    def _extensions(self, packet: _Ip, ts: int) -> _Ip | None:
        for _ in range(_MAX_EXTENSIONS):
            protocol, data = packet.protocol, packet.payload
            if protocol == _FRAGMENT:
                whole = self._ipv6_fragment(packet, ts)
                if whole is None:
                    return None
                packet = whole
                continue
            if protocol not in _EXTENSIONS and protocol != _AH:
                return packet
            if len(data) < 8:
                return None
            size = (data[1] + 2) * 4 if protocol == _AH else (data[1] + 1) * 8
            packet = packet._replace(protocol=data[0], payload=data[size:])
        return None

    def _ipv6_fragment(self, packet: _Ip, ts: int) -> _Ip | None:
        data = packet.payload
        if len(data) < 8:
            return None
        offset, more = int.from_bytes(data[2:4]) & 0xFFF8, bool(data[3] & 1)
        if not offset and not more:  # an atomic fragment (RFC 6946)
            return packet._replace(protocol=data[0], payload=data[8:])
        key = (packet.source, packet.target, data[4:8], -1)
        whole = self._fragments.add(key, offset, data[8:], more, packet.cut, ts)
        return _Ip(packet.source, packet.target, data[0], whole, 0) if whole is not None else None

    def _ip(self, packet: _Ip | None, ts: int, depth: int) -> Transport:
        if packet is None:
            return None
        if packet.protocol == TCP:
            return tcp(packet.source, packet.target, packet.payload, packet.cut)
        if packet.protocol == UDP:
            return self._udp(packet, ts, depth)
        return self._tunnel(packet, ts, depth)

    def _tunnel(self, packet: _Ip, ts: int, depth: int) -> Transport:
        protocol, data, cut = packet.protocol, packet.payload, packet.cut
        if protocol == _IPV4_IN:
            return self._network(IPV4, data, cut, ts, depth - 1)
        if protocol == _IPV6_IN:
            return self._network(IPV6, data, cut, ts, depth - 1)
        if protocol == _ETHERIP:
            return self._network(TRANSPARENT_ETHERNET, data[2:], cut, ts, depth - 1)
        if protocol == _AH and len(data) >= 8:
            inner = packet._replace(protocol=data[0], payload=data[(data[1] + 2) * 4 :])
            return self._ip(inner, ts, depth - 1) if depth else None
        return self._gre(data, cut, ts, depth) if protocol == _GRE else None

    def _gre(self, data: bytes, cut: int, ts: int, depth: int) -> Transport:
        if len(data) < 4:
            return None
        flags, kind = int.from_bytes(data[:2]), int.from_bytes(data[2:4])
        at = 4 + 4 * (bool(flags & 0x8000) + bool(flags & 0x2000) + bool(flags & 0x1000))
        if flags & 7 == 1:  # version 1 carries PPP (RFC 2637)
            at += 4 * bool(flags & 0x0080)
            found = link.ppp(data, at) if kind == 0x880B else None
            return self._network(found.ethertype, data[found.offset :], cut, ts, depth - 1) if found else None
        if kind == 0x88BE:  # ERSPAN: type II has its own header where GRE numbers its packets
            return self._network(TRANSPARENT_ETHERNET, data[at + 8 * bool(flags & 0x1000) :], cut, ts, depth - 1)
        if kind == 0x22EB:
            optional = 8 if len(data) > at + 11 and data[at + 11] & 1 else 0
            return self._network(TRANSPARENT_ETHERNET, data[at + 12 + optional :], cut, ts, depth - 1)
        return self._network(kind, data[at:], cut, ts, depth - 1)

    def _udp(self, packet: _Ip, ts: int, depth: int) -> Transport:
        outer = udp(packet.source, packet.target, packet.payload, packet.cut)
        if outer is None or not {outer.source_port, outer.target_port} & TUNNEL_PORTS:
            return outer
        inner = _tunnelled(outer)
        if inner is None:
            return outer
        kind, data = inner
        return self._network(kind, data, outer.cut, ts, depth - 1) or outer


def udp(source: bytes, target: bytes, data: bytes, cut: int) -> UdpDatagram | None:
    """The datagram of an IP packet's payload; None where its header is not whole."""
    if len(data) < 8:
        return None
    length = int.from_bytes(data[4:6])
    end = length if 8 <= length <= len(data) + cut else len(data) + cut
    payload, lost = _bounded(data, 8, end)
    return UdpDatagram(source, int.from_bytes(data[:2]), target, int.from_bytes(data[2:4]), payload, lost)


def tcp(source: bytes, target: bytes, data: bytes, cut: int) -> TcpSegment | None:
    """The segment of an IP packet's payload; None where its header is not whole."""
    if len(data) < 20:
        return None
    header = (data[12] >> 4) * 4
    if header < 20 or header > len(data) + cut:
        return None
    payload, lost = _bounded(data, header, len(data) + cut)
    return TcpSegment(
        source, int.from_bytes(data[:2]), target, int.from_bytes(data[2:4]), int.from_bytes(data[4:8]),
        int.from_bytes(data[8:12]), data[13], payload, lost,
    )  # fmt: skip


def _bounded(data: bytes, start: int, end: int) -> tuple[bytes, int]:
    """The bytes from `start` to `end`, as far as captured, and how many were not."""
    payload = data[start:end]
    return payload, max(end - max(len(data), start), 0)


def _tunnelled(outer: UdpDatagram) -> tuple[int, bytes] | None:
    """EtherType and bytes of the packet that a UDP datagram to a tunnel's port carries."""
    ports, data = {outer.source_port, outer.target_port}, outer.payload
    if ports & {4789, 8472} and len(data) > 8 and data[0] & 0x08:
        return TRANSPARENT_ETHERNET, data[8:]
    if 6081 in ports and len(data) > 8 and data[0] >> 6 == 0:
        return int.from_bytes(data[2:4]), data[8 + (data[0] & 0x3F) * 4 :]
    if 2152 in ports and len(data) > 8 and data[0] >> 5 == 1 and data[1] == 0xFF:
        return _gtp(data)
    if 6635 in ports:
        return 0x8847, data
    return _teredo(data) if 3544 in ports else None


def _gtp(data: bytes) -> tuple[int, bytes] | None:
    """GTP-U version 1: sequence number and extension headers where the flags say so."""
    at = 12 if data[0] & 7 else 8
    following = data[11] if data[0] & 4 and len(data) > 11 else 0
    while following and at < len(data) and data[at]:
        end = at + data[at] * 4
        following = data[end - 1] if end <= len(data) else 0
        at = end
    version = data[at] >> 4 if at < len(data) else 0
    return ({4: IPV4, 6: IPV6}[version], data[at:]) if version in (4, 6) else None


def _teredo(data: bytes) -> tuple[int, bytes] | None:
    """IPv6 behind optional authentication and origin indications (RFC 4380 section 5.1.1)."""
    if data[:2] == b"\0\1" and len(data) >= 4:
        data = data[13 + data[2] + data[3] :]
    if data[:2] == b"\0\0":
        data = data[8:]
    return (IPV6, data) if data and data[0] >> 4 == 6 else None
