"""What travels in the frequent tunnels, of many packets at once: VXLAN, GRE with ERSPAN, IP in IP.

Only of whole packets, and one tunnel deep; any other tunnel is left to `Decoder`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forensics.protocols.byte_columns import Ints, Loads
from forensics.protocols.packets.columns import carried
from forensics.protocols.packets.link import IPV4, IPV6, TRANSPARENT_ETHERNET

_UDP, _IPV4_IN, _IPV6_IN, _GRE = 17, 4, 41, 47
_VXLAN_PORTS = (4789, 8472)
_ERSPAN_II, _ERSPAN_III = 0x88BE, 0x22EB
_ETHERNET, _RAW = 1, 101
"""Link types of what a tunnel carries."""


class Inner(NamedTuple):
    """Packets within packets: the number of the outer one, where it begins, its bytes, its link type."""

    number: Ints
    start: Ints
    size: Ints
    linktype: Ints


def inner(loads: Loads, start: Ints, size: Ints, linktype: Ints) -> Inner:
    """The packets that whole packets of these places, sizes and link types carry."""
    stop = start + size
    end, protocol, at = carried(loads, start, stop, linktype)
    whole = end <= stop
    begin, kind = start.copy(), np.zeros_like(start)
    for mask, find in (
        ((protocol == _UDP) & (at + 16 < end), _vxlan), ((protocol == _GRE) & (at + 32 <= end), _gre),
        ((protocol == _IPV4_IN) | (protocol == _IPV6_IN), _ip_in_ip),
    ):  # fmt: skip
        chosen = np.flatnonzero(mask & whole)
        if len(chosen):
            begin[chosen], kind[chosen] = find(loads, at[chosen], end[chosen], protocol[chosen])
    version = loads.u8(np.minimum(begin, stop)) >> 4
    ethernet = kind == TRANSPARENT_ETHERNET
    known = ethernet | ((kind == IPV4) & (version == 4)) | ((kind == IPV6) & (version == 6))
    found = np.flatnonzero(known & (begin < end))
    return Inner(found, begin[found], end[found] - begin[found], np.where(ethernet[found], _ETHERNET, _RAW))


def _vxlan(loads: Loads, at: Ints, end: Ints, _protocol: Ints) -> tuple[Ints, Ints]:
    """RFC 7348 section 5, of datagrams that fill their packet."""
    ports = np.isin(loads.u16(at), _VXLAN_PORTS) | np.isin(loads.u16(at + 2), _VXLAN_PORTS)
    fits = ports & (loads.u16(at + 4) == end - at) & (loads.u8(at + 8) & 0x08 != 0)
    return at + 16, np.where(fits, TRANSPARENT_ETHERNET, 0)


def _gre(loads: Loads, at: Ints, _end: Ints, _protocol: Ints) -> tuple[Ints, Ints]:
    """RFC 2784, RFC 2890; ERSPAN of types II and III (draft-foschiano-erspan)."""
    flags, kind = loads.u16(at), loads.u16(at + 2)
    numbered = _bit(flags, 0x1000)
    begin = at + 4 + 4 * (_bit(flags, 0x8000) + _bit(flags, 0x2000) + numbered)
    optional = _bit(loads.u8(begin + 11), 1)
    begin = np.where(kind == _ERSPAN_II, begin + 8 * numbered, begin)
    begin = np.where(kind == _ERSPAN_III, begin + 12 + 8 * optional, begin)
    ethernet = (kind == _ERSPAN_II) | (kind == _ERSPAN_III) | (kind == TRANSPARENT_ETHERNET)
    kind = np.where(ethernet, TRANSPARENT_ETHERNET, kind)
    return begin, np.where(flags & 7 == 0, kind, 0)


def _ip_in_ip(_loads: Loads, at: Ints, _end: Ints, protocol: Ints) -> tuple[Ints, Ints]:
    """RFC 2003, RFC 4213."""
    return at, np.where(protocol == _IPV4_IN, IPV4, IPV6)


def _bit(flags: Ints, mask: int) -> Ints:
    return np.where(flags & mask != 0, 1, 0)
