"""What NumPy finds in many packets at once, found by code that Numba compiles: equal results in a fraction of the time.

Each function does what the one of the same name does in `pcap`, `packets.columns` and `dns_message.columns`. Arrays are
all they reach, and each access is checked against the array's bounds (`boundscheck`): one that fails raises IndexError.

This file alone holds what is compiled, since what is kept on disk is stale where it was changed, and no other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forensics.formats._compiled_code import copied_in, fetch, kept

Whole = Any
"""A whole number: where it runs, one of 64 bits."""


# packets.columns and packets.link
NOTHING, DATAGRAM, SEGMENT, ODD = 0, 1, 2, 3
IPV4, IPV6, ARP, LLDP = 0x0800, 0x86DD, 0x0806, 0x88CC
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
MAX_VLAN_TAGS, COOKED_2 = 3, 276
# dns_message
MAX_NAME_BYTES, MAX_POINTERS = 255, 64
MAX_RECORDS = 64
HEADER_BYTES = 12
OPT = 41
AHEAD = 12
"""So many packets ahead bytes are fetched: a block is larger than what a processor keeps near."""
BYTES, PAIRS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)


_fetch = fetch()


@copied_in
def _eight(words: Any, at: Whole) -> Whole:
    """The eight bytes from a place on, the first the highest of the number, whose sign means nothing."""
    value = words[at]
    value = (value & BYTES) << np.uint64(8) | (value >> np.uint64(8)) & BYTES
    value = (value & PAIRS) << np.uint64(16) | (value >> np.uint64(16)) & PAIRS
    return np.int64(value << np.uint64(32) | value >> np.uint64(32))


@copied_in
def _two_numbers(words: Any, at: Whole, big: bool) -> tuple[Whole, Whole]:
    """Two numbers of four bytes each, in the byte order of the file."""
    value = _eight(words, at) if big else np.int64(words[at])
    high, low = value >> 32 & 0xFFFFFFFF, value & 0xFFFFFFFF
    return (high, low) if big else (low, high)


@kept
def record_starts(
    words: Any, at: Whole, end: Whole, big: bool, size: Whole, limit: Whole, units: Whole, starts: Any
) -> tuple[Whole, Whole, bool]:  # fmt: skip
    """How many records of a capture begin from `at` on, where the last ends, whether what follows is none."""
    count = 0
    while at + size <= end:
        fraction, captured = _two_numbers(words, at + 4, big)
        if captured > limit:
            return count, at, True
        following = at + size + captured
        if count and fraction >= units and following + size <= end:
            # behind records a time that is none: a damaged byte, or no record at all, as what follows shows
            fraction, length = _two_numbers(words, following + 4, big)
            if fraction >= units or length > limit:
                return count, at, True
        if captured == 0 and words[at] == 0 and words[at + 8] == 0:
            return count, at, True
        if following > end:
            break
        starts[count] = at
        count += 1
        at = following
    return count, at, False


@kept
def headers(data: Any, words: Any, start: Any, captured: Any, linktype: Any, found: Any) -> None:
    """Kind, source, target, six, transport, end and held of each packet, as the rows of `found`."""
    for index in range(len(start)):
        _fetch(words.ctypes.data + start[min(index + AHEAD, len(start) - 1)])
        stop = start[index] + captured[index]
        network, ethertype = _link(words, start[index], stop, linktype[index])
        kind, source, transport, end = ODD, 0, 0, 0
        if ethertype in (ARP, LLDP):
            kind = NOTHING
        elif ethertype in (IPV4, IPV6):
            protocol, transport, end = _network(data, words, network, stop, ethertype == IPV6)
            source = network + (8 if ethertype == IPV6 else 12)
            if protocol in (TCP, UDP):
                least = 20 if protocol == TCP else 8
                kind = NOTHING
                if transport + least <= min(end, stop):
                    kind = SEGMENT if protocol == TCP else DATAGRAM
                if kind == DATAGRAM:
                    ports = _eight(words, transport)
                    if _is_tunnel(ports >> 48 & 0xFFFF) or _is_tunnel(ports >> 32 & 0xFFFF):
                        kind = ODD
            elif protocol == (ICMPV6 if ethertype == IPV6 else ICMP):
                kind = NOTHING
        found[0, index], found[1, index] = kind, source
        found[2, index] = source + (16 if ethertype == IPV6 else 4)
        found[3, index], found[4, index] = ethertype == IPV6, transport
        found[5, index], found[6, index] = end, min(end, stop)


@kept
def datagrams(words: Any, transport: Any, end: Any, held: Any, found: Any) -> None:
    """Ports, begin and end of the payload, and what of it was cut, of UDP datagrams, as the rows of `found`."""
    for index in range(len(transport)):
        _fetch(words.ctypes.data + transport[min(index + AHEAD, len(transport) - 1)])
        at, stop = transport[index], end[index]
        header = _eight(words, at)
        length = header >> 16 & 0xFFFF
        if length >= 8 and at + length <= stop:
            stop = at + length
        captured = max(held[index], at + 8)
        found[0, index], found[1, index] = header >> 48 & 0xFFFF, header >> 32 & 0xFFFF
        found[2, index], found[3, index] = at + 8, max(min(stop, held[index]), at + 8)
        found[4, index] = max(stop - captured, 0)


@copied_in
def _is_tunnel(port: Whole) -> bool:
    return port in (2152, 3544, 4789, 6081, 6635, 8472)


@kept
def _link(words: Any, start: Whole, stop: Whole, linktype: Whole) -> tuple[Whole, Whole]:
    """Where the network layer begins and its EtherType; 0 for frames that are left to `Decoder`."""
    if linktype in (1, 113):
        at = start + (12 if linktype == 1 else 14)
        kind = _eight(words, at) >> 48 & 0xFFFF if at + 2 <= stop else 0
        tags = 0
        while tags < MAX_VLAN_TAGS and kind in (0x8100, 0x88A8, 0x9100):
            at, tags = at + 4, tags + 1
            kind = _eight(words, at) >> 48 & 0xFFFF if at + 2 <= stop else 0
        return at + 2, kind
    if linktype == COOKED_2:
        kind = _eight(words, start) >> 48 & 0xFFFF if start + 2 <= stop else 0
        return start + 20, kind if kind in (IPV4, IPV6, ARP, LLDP) else 0
    if linktype in (12, 14, 101, 228, 229):
        version = _eight(words, start) >> 60 & 15 if start < stop else 0
        return start, IPV4 if version == 4 else IPV6 if version == 6 else 0
    if linktype in (0, 108) and start + 4 <= stop:
        # host byte order on link type 0: small numbers, whichever end they lie at
        family = _eight(words, start) >> 32 & 0xFFFFFFFF
        if linktype == 0 and family & 0xFFFFFF == 0:
            family >>= 24
        return start + 4, IPV4 if family == 2 else IPV6 if family in (10, 24, 28, 30) else 0
    return start, 0


@kept
def _network(data: Any, words: Any, at: Whole, stop: Whole, six: bool) -> tuple[Whole, Whole, Whole]:
    """Protocol, transport offset and end of an IP packet; protocol -1 for what is left to `Decoder`."""
    if at + (40 if six else 20) > stop:
        return -1, 0, 0
    first = _eight(words, at)
    if six:
        length = first >> 16 & 0xFFFF
        if first >> 60 & 15 != 6 or length == 0:
            return -1, 0, 0
        return first >> 8 & 0xFF, at + 40, at + 40 + length
    header, total = (first >> 56 & 15) * 4, first >> 32 & 0xFFFF
    if first >> 60 & 15 != 4 or header < 20 or total < header or first & 0x3FFF:
        return -1, 0, 0
    return np.int64(data[at + 9]), at + header, at + total


@kept
def _skip_name(data: Any, base: Whole, at: Whole, end: Whole) -> Whole:
    """Where a name ends in its place; -1 for one that cannot be read."""
    size: Whole = 1
    after, cursor, floor, pointers = 0, at, at, 0
    while cursor < end:
        kind = np.int64(data[cursor])
        if kind == 0:
            return after or cursor + 1
        if kind < 0x40:
            size += kind + 1
            if size > MAX_NAME_BYTES or cursor + 1 + kind > end:
                return -1
            cursor += 1 + kind
            continue
        if kind < 0xC0 or cursor + 1 >= end:
            return -1
        target = base + ((kind & 0x3F) << 8 | np.int64(data[cursor + 1]))
        pointers += 1
        if target >= floor or pointers > MAX_POINTERS:
            return -1
        after = after or cursor + 2
        cursor = floor = target
    return -1


@kept
def _skip_owner(data: Any, base: Whole, at: Whole, end: Whole) -> Whole:
    """The same for an owner: mostly a pointer to the question's name, which was read before."""
    if at + 2 <= end and at > base + HEADER_BYTES and data[at] == 0xC0 and data[at + 1] == HEADER_BYTES:
        return at + 2
    return _skip_name(data, base, at, end)


@copied_in
def _record_count(words: Any, begin: Whole, end: Whole) -> Whole:
    """How many records a message of one question claims, all sections together; -1 for one that is not frequent."""
    count: Whole = -1
    if end - begin >= HEADER_BYTES:
        first, second = _eight(words, begin), _eight(words, begin + 8)
        if first >> 16 & 0xFFFF == 1:
            count = (first & 0xFFFF) + (second >> 48 & 0xFFFF) + (second >> 32 & 0xFFFF)
    return count if count <= MAX_RECORDS else -1


@kept
def count_records(words: Any, begin: Any, end: Any) -> Whole:
    """The most records that `messages` can find."""
    total = 0
    for index in range(len(begin)):
        _fetch(words.ctypes.data + begin[min(index + AHEAD, len(begin) - 1)])
        total += max(_record_count(words, begin[index], end[index]), 0)
    return total


@kept
def messages(data: Any, words: Any, begin: Any, end: Any, found: Any, records: Any) -> tuple[Whole, Whole]:
    """Read messages of frequent grammar, up to where one breaks off: how many there are, and their records.

    `found` gets rows of number, begin, end, id, flags, answers, qtype, qclass, rcode, edns, do; `records` rows of
    message, owner, rtype, rclass, ttl, rdata, length, section.
    """
    count, kept = 0, 0
    for index in range(len(begin)):
        ahead = words.ctypes.data + begin[min(index + AHEAD, len(begin) - 1)]
        _fetch(ahead)
        _fetch(ahead + 64)
        base, stop = begin[index], end[index]
        total = _record_count(words, base, stop)
        if total < 0:
            continue
        asked = _skip_name(data, base, base + HEADER_BYTES, stop)
        known = asked >= 0 and asked + 4 <= stop
        if not known:
            asked, total = base, 0
        header, question = _eight(words, base), _eight(words, asked)
        answers = header & 0xFFFF
        before_additional = answers + (_eight(words, base + 8) >> 48 & 0xFFFF)
        at, place, edns, dnssec, extended = asked + 4, kept, False, False, 0
        for number in range(total):
            fixed = _skip_owner(data, base, at, stop)
            if fixed < 0 or fixed + 10 > stop:
                break
            first, length = _eight(words, fixed), _eight(words, fixed + 8) >> 48 & 0xFFFF
            if fixed + 10 + length > stop:
                break
            rtype, ttl = first >> 48 & 0xFFFF, first & 0xFFFFFFFF
            if rtype == OPT:
                edns, dnssec, extended = True, ttl & 0x8000 != 0, ttl >> 24
            else:
                records[0, place], records[1, place], records[2, place] = count, at, rtype
                records[3, place], records[4, place] = first >> 32 & 0xFFFF, ttl
                records[5, place], records[6, place] = fixed + 10, length
                records[7, place] = np.int64(number >= answers) + np.int64(number >= before_additional)
                place += 1
            at = fixed + 10 + length
        kept, flags = place, header >> 32 & 0xFFFF
        found[0, count], found[1, count], found[2, count] = index, base, stop
        found[3, count], found[4, count], found[5, count] = header >> 48 & 0xFFFF, flags, answers
        found[6, count] = question >> 48 & 0xFFFF if known else -1
        found[7, count] = question >> 32 & 0xFFFF if known else -1
        found[8, count], found[9, count], found[10, count] = extended << 4 | flags & 15, edns, dnssec
        count += 1
    return count, kept
