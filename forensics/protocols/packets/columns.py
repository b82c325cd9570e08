"""Headers of many packets at once: the frequent shapes here, the others are named for `Decoder`.

Frequent is IPv4 or IPv6 without extension headers, not fragmented, carrying TCP or UDP, on Ethernet (with VLAN tags),
Linux cooked, raw IP or loopback.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forensics.protocols.byte_columns import Flags, Ints, Loads, distinct_numbers
from forensics.protocols.packets.decoder import TCP, TUNNEL_PORTS, UDP
from forensics.protocols.packets.link import IPV4, IPV6

NOTHING, DATAGRAM, SEGMENT, ODD = 0, 1, 2, 3

_MAX_VLAN_TAGS = 3
_VLAN = (0x8100, 0x88A8, 0x9100)
_ARP, _LLDP = 0x0806, 0x88CC
_ICMP, _ICMPV6 = 1, 58
_TYPE_FIELD = {1: 12, 113: 14}
_COOKED_2 = 276
"""What `tcpdump -i any` writes: the protocol comes first, the packet after 20 bytes."""
_RAW = (12, 14, 101, 228, 229)
_LOOPBACK = (0, 108)
_FAMILY4 = (2,)
_FAMILY6 = (10, 24, 28, 30)


class Headers(NamedTuple):
    """For each packet its kind and, for DATAGRAM and SEGMENT, where its transport header and what follows lie.

    `source` and `target` are offsets of the addresses, `six` says that they are of IPv6. `end` is where the IP packet
    ends by its own length, `held` where its captured bytes end.
    """

    kind: Ints
    source: Ints
    target: Ints
    six: Flags
    transport: Ints
    end: Ints
    held: Ints


def headers(loads: Loads, start: Ints, captured: Ints, linktype: Ints) -> Headers:
    """The headers of the packets that begin at `start` with `captured` bytes each."""
    stop = start + captured
    network, ethertype = _links(loads, start, stop, linktype)
    four, six = ethertype == IPV4, ethertype == IPV6
    kind = np.where((ethertype == _ARP) | (ethertype == _LLDP), NOTHING, ODD)
    end, protocol, transport = _internet(loads, network, stop, four, six)
    held = np.minimum(end, stop)
    kind[(protocol == _ICMP) & four | (protocol == _ICMPV6) & six] = NOTHING
    for number, size, found in ((UDP, 8, DATAGRAM), (TCP, 20, SEGMENT)):
        kind[protocol == number] = NOTHING
        kind[(protocol == number) & (transport + size <= held)] = found
    _leave_tunnels(loads, kind, transport)
    source = network + np.where(six, 8, 12)
    return Headers(kind, source, source + np.where(six, 16, 4), six, transport, end, held)


def carried(loads: Loads, start: Ints, stop: Ints, linktype: Ints) -> tuple[Ints, Ints, Ints]:
    """Of packets from `start` to `stop`: end and protocol of each one's IP packet, and where that begins.

    The protocol is 0 or -1 where there is no IP packet, or one that is left to `Decoder`.
    """
    network, ethertype = _links(loads, start, stop, linktype)
    return _internet(loads, network, stop, ethertype == IPV4, ethertype == IPV6)


def _internet(loads: Loads, network: Ints, stop: Ints, four: Flags, six: Flags) -> tuple[Ints, Ints, Ints]:
    """End, protocol and transport offset of packets of IPv4 and IPv6."""
    end, protocol, transport = np.zeros_like(stop), np.zeros_like(stop), np.zeros_like(stop)
    for mask, read in ((four, _ipv4), (six, _ipv6)):
        chosen = np.flatnonzero(mask)
        if len(chosen):
            end[chosen], protocol[chosen], transport[chosen] = read(loads, network[chosen], stop[chosen])
    return end, protocol, transport


def _links(loads: Loads, start: Ints, stop: Ints, linktype: Ints) -> tuple[Ints, Ints]:
    """Where each network layer begins and its EtherType; 0 for frames that are left to `Decoder`."""
    network, ethertype = start.copy(), np.zeros_like(start)
    for link in distinct_numbers(linktype):
        chosen = np.flatnonzero(linktype == link)
        if link in _TYPE_FIELD:
            network[chosen], ethertype[chosen] = _typed(loads, start[chosen] + _TYPE_FIELD[link], stop[chosen])
        elif link == _COOKED_2:
            kind = np.where(start[chosen] + 2 <= stop[chosen], loads.u16(np.minimum(start, stop)[chosen]), 0)
            network[chosen] = start[chosen] + 20
            ethertype[chosen] = np.where(np.isin(kind, (IPV4, IPV6, _ARP, _LLDP)), kind, 0)
        elif link in _RAW:
            ethertype[chosen] = _by_version(loads, start[chosen])
        elif link in _LOOPBACK:
            # host byte order on link type 0: small numbers, whichever end they lie at
            family = loads.u32(start[chosen])
            family = np.where((link == 0) & (family & 0xFFFFFF == 0), family >> 24, family)
            network[chosen] = start[chosen] + 4
            ethertype[chosen] = np.where(np.isin(family, _FAMILY4), IPV4, np.where(np.isin(family, _FAMILY6), IPV6, 0))
    return network, ethertype


def _typed(loads: Loads, at: Ints, stop: Ints) -> tuple[Ints, Ints]:
    at = np.minimum(at, stop)
    ethertype = loads.u16(at)
    for _ in range(_MAX_VLAN_TAGS):
        tagged = np.isin(ethertype, _VLAN)
        if not tagged.any():
            break
        at = np.where(tagged, np.minimum(at + 4, stop), at)
        ethertype = loads.u16(at)
    ethertype[at + 2 > stop] = 0
    return at + 2, ethertype


def _by_version(loads: Loads, at: Ints) -> Ints:
    version = loads.u8(at) >> 4
    return np.where(version == 4, IPV4, np.where(version == 6, IPV6, 0))


def _ipv4(loads: Loads, at: Ints, stop: Ints) -> tuple[Ints, Ints, Ints]:
    """End, protocol and transport offset; protocol -1 for what is left to `Decoder`."""
    whole = at + 20 <= stop
    at = np.minimum(at, stop)
    first, total, fragment = loads.u8(at), loads.u16(at + 2), loads.u16(at + 6)
    header = (first & 15) * 4
    plain = whole & (first >> 4 == 4) & (header >= 20) & (total >= header) & (fragment & 0x3FFF == 0)
    protocol = np.where(plain, loads.u8(at + 9), -1)
    return at + total, protocol, at + header


def _ipv6(loads: Loads, at: Ints, stop: Ints) -> tuple[Ints, Ints, Ints]:
    whole = at + 40 <= stop
    at = np.minimum(at, stop)
    first, length = loads.u8(at), loads.u16(at + 4)
    protocol = np.where(whole & (first >> 4 == 6) & (length > 0), loads.u8(at + 6), -1)
    return at + 40 + length, protocol, at + 40


def _leave_tunnels(loads: Loads, kind: Ints, transport: Ints) -> None:
    datagrams = np.flatnonzero(kind == DATAGRAM)
    if not len(datagrams):
        return
    ports = tuple(TUNNEL_PORTS)
    at = transport[datagrams]
    tunnel = np.isin(loads.u16(at), ports) | np.isin(loads.u16(at + 2), ports)
    kind[datagrams[tunnel]] = ODD


class Datagrams(NamedTuple):
    """Of each chosen packet its ports, where its payload begins and ends as captured, how many bytes are not."""

    source_port: Ints
    target_port: Ints
    begin: Ints
    end: Ints
    cut: Ints


class Payloads(NamedTuple):
    """Where the payload of each chosen packet begins and ends as captured, how many bytes are not."""

    begin: Ints
    end: Ints
    cut: Ints


def datagrams(loads: Loads, found: Headers, chosen: Ints) -> Datagrams:
    """The UDP datagrams of the chosen packets (RFC 768)."""
    at, end, held = found.transport[chosen], found.end[chosen], found.held[chosen]
    length = loads.u16(at + 4)
    own = at + np.where((length >= 8) & (at + length <= end), length, end - at)
    stop = np.maximum(np.minimum(own, held), at + 8)
    return Datagrams(loads.u16(at), loads.u16(at + 2), at + 8, stop, np.maximum(own - np.maximum(held, at + 8), 0))


def segments(loads: Loads, found: Headers, chosen: Ints) -> tuple[Payloads, Flags]:
    """The TCP segments of the chosen packets, and which of them have a header that fits (RFC 9293 section 3.1)."""
    at, end, held = found.transport[chosen], found.end[chosen], found.held[chosen]
    header = (loads.u8(at + 12) >> 4) * 4
    fits = (header >= 20) & (at + header <= end)
    begin = at + header
    cut = np.maximum(end - np.maximum(held, begin), 0)
    return Payloads(begin, np.maximum(held, begin), cut), fits
