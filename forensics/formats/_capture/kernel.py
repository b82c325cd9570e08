"""What NumPy finds in many packets at once, found by code that Numba compiles: equal results in a fraction of the time.

Each function does what the one of the same name does in `pcap`, `packets.columns` and `dns_message.columns`. Arrays are
all they reach, and each access is checked against the array's bounds (`boundscheck`): one that fails raises IndexError.

This file alone holds what is compiled, since Numba looks at no other to see whether what it kept on disk is stale.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forensics.formats._compiled_code import copied_in, kept

Whole = Any
"""A whole number: where it runs, one of 64 bits."""


# packets.columns and packets.link
NOTHING, DATAGRAM, SEGMENT, ODD = 0, 1, 2, 3
IPV4, IPV6, ARP, LLDP = 0x0800, 0x86DD, 0x0806, 0x88CC
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
MAX_VLAN_TAGS = 3
# dns_message
MAX_NAME_BYTES, MAX_POINTERS = 255, 64
MAX_RECORDS = 64
HEADER_BYTES, LEAST_QUESTION_BYTES = 12, 5
OPT = 41
MAX_PROBES = 32
"""Places of the hash table that are looked at: names made to collide are written again rather than searched for."""
MIX = np.uint64(0x9E3779B97F4A7C15)
FNV_OFFSET, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@copied_in
def _u16(data: Any, at: Whole) -> Whole:
    return np.int64(data[at]) << 8 | np.int64(data[at + 1])


@copied_in
def _u32(data: Any, at: Whole) -> Whole:
    return _u16(data, at) << 16 | _u16(data, at + 2)


@copied_in
def _ordered(value: Whole, big: bool) -> Whole:
    """A number of four bytes, read in network byte order, in that of the file."""
    if big:
        return value
    return (value >> 24) | (value >> 8 & 0xFF00) | (value << 8 & 0xFF0000) | (value & 255) << 24


@kept
def record_starts(
    data: Any, at: Whole, big: bool, size: Whole, limit: Whole, units: Whole, starts: Any
) -> tuple[Whole, Whole, bool]:  # fmt: skip
    """How many records of a capture begin from `at` on, where the last ends, whether what follows is none."""
    end, count = len(data), 0
    while at + size <= end:
        captured = _ordered(_u32(data, at + 8), big)
        if captured > limit:
            return count, at, True
        following = at + size + captured
        if count and _ordered(_u32(data, at + 4), big) >= units and following + size <= end:
            # behind records a time that is none: a damaged byte, or no record at all, as what follows shows
            fraction, length = _ordered(_u32(data, following + 4), big), _ordered(_u32(data, following + 8), big)
            if fraction >= units or length > limit:
                return count, at, True
        if captured == 0:
            zeros = True
            for place in range(at, at + 16):
                zeros = zeros and data[place] == 0
            if zeros:
                return count, at, True
        if following > end:
            break
        starts[count] = at
        count += 1
        at = following
    return count, at, False


@kept
def headers(data: Any, start: Any, captured: Any, linktype: Any, found: Any) -> None:
    """Kind, source, target, six, transport, end and held of each packet, as the rows of `found`."""
    for index in range(len(start)):
        stop = start[index] + captured[index]
        network, ethertype = _link(data, start[index], stop, linktype[index])
        kind, source, transport, end = ODD, 0, 0, 0
        if ethertype in (ARP, LLDP):
            kind = NOTHING
        elif ethertype in (IPV4, IPV6):
            protocol, transport, end = _network(data, network, stop, ethertype == IPV6)
            source = network + (8 if ethertype == IPV6 else 12)
            if protocol in (TCP, UDP):
                least = 20 if protocol == TCP else 8
                kind = NOTHING
                if transport + least <= min(end, stop):
                    kind = SEGMENT if protocol == TCP else DATAGRAM
                if kind == DATAGRAM and (_is_tunnel(_u16(data, transport)) or _is_tunnel(_u16(data, transport + 2))):
                    kind = ODD
            elif protocol == (ICMPV6 if ethertype == IPV6 else ICMP):
                kind = NOTHING
        found[0, index], found[1, index] = kind, source
        found[2, index] = source + (16 if ethertype == IPV6 else 4)
        found[3, index], found[4, index] = ethertype == IPV6, transport
        found[5, index], found[6, index] = end, min(end, stop)


@kept
def datagrams(data: Any, transport: Any, end: Any, held: Any, found: Any) -> None:
    """Ports, begin and end of the payload, and what of it was cut, of UDP datagrams, as the rows of `found`."""
    for index in range(len(transport)):
        at, stop = transport[index], end[index]
        length = _u16(data, at + 4)
        if length >= 8 and at + length <= stop:
            stop = at + length
        captured = max(held[index], at + 8)
        found[0, index], found[1, index] = _u16(data, at), _u16(data, at + 2)
        found[2, index], found[3, index] = at + 8, max(min(stop, held[index]), at + 8)
        found[4, index] = max(stop - captured, 0)


@copied_in
def _is_tunnel(port: Whole) -> bool:
    return port in (2152, 3544, 4789, 6081, 6635, 8472)


@kept
def _link(data: Any, start: Whole, stop: Whole, linktype: Whole) -> tuple[Whole, Whole]:
    """Where the network layer begins and its EtherType; 0 for frames that are left to `Decoder`."""
    if linktype in (1, 113):
        at = start + (12 if linktype == 1 else 14)
        tags = 0
        while at + 2 <= stop and tags < MAX_VLAN_TAGS and _u16(data, at) in (0x8100, 0x88A8, 0x9100):
            at, tags = at + 4, tags + 1
        return at + 2, _u16(data, at) if at + 2 <= stop else 0
    if linktype in (12, 14, 101, 228, 229):
        version = data[start] >> 4 if start < stop else 0
        return start, IPV4 if version == 4 else IPV6 if version == 6 else 0
    if linktype in (0, 108) and start + 4 <= stop:
        # host byte order on link type 0: small numbers, whichever end they lie at
        family = _u32(data, start)
        if linktype == 0 and family & 0xFFFFFF == 0:
            family >>= 24
        return start + 4, IPV4 if family == 2 else IPV6 if family in (10, 24, 28, 30) else 0
    return start, 0


@kept
def _network(data: Any, at: Whole, stop: Whole, six: bool) -> tuple[Whole, Whole, Whole]:
    """Protocol, transport offset and end of an IP packet; protocol -1 for what is left to `Decoder`."""
    if six:
        if at + 40 > stop or data[at] >> 4 != 6 or _u16(data, at + 4) == 0:
            return -1, 0, 0
        return np.int64(data[at + 6]), at + 40, at + 40 + _u16(data, at + 4)
    if at + 20 > stop:
        return -1, 0, 0
    header, total = np.int64(data[at] & 15) * 4, _u16(data, at + 2)
    if data[at] >> 4 != 4 or header < 20 or total < header or _u16(data, at + 6) & 0x3FFF:
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
        target = base + (_u16(data, cursor) & 0x3FFF)
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


@kept
def skip_names(data: Any, base: Any, at: Any, end: Any, after: Any) -> None:
    """Where each name ends in its place; -1 for one that cannot be read."""
    for index in range(len(at)):
        after[index] = _skip_owner(data, base[index], at[index], end[index])


@copied_in
def _record_count(data: Any, begin: Whole, end: Whole) -> Whole:
    """How many records a message of one question claims, all sections together; -1 for one that is not frequent."""
    if end - begin < HEADER_BYTES + LEAST_QUESTION_BYTES or _u16(data, begin + 4) != 1:
        return -1
    count = _u16(data, begin + 6) + _u16(data, begin + 8) + _u16(data, begin + 10)
    return count if count <= MAX_RECORDS else -1


@kept
def count_records(data: Any, begin: Any, end: Any) -> Whole:
    """The most records that `messages` can find."""
    total = 0
    for index in range(len(begin)):
        total += max(_record_count(data, begin[index], end[index]), 0)
    return total


@kept
def messages(data: Any, begin: Any, end: Any, found: Any, records: Any) -> tuple[Whole, Whole]:
    """Read messages of frequent grammar, up to where one breaks off: how many there are, and their records.

    `found` gets rows of number, begin, end, id, flags, answers, qtype, qclass, rcode, edns, do; `records` rows of
    message, owner, rtype, rclass, ttl, rdata, length, section.
    """
    count, kept = 0, 0
    for index in range(len(begin)):
        base, stop = begin[index], end[index]
        total = _record_count(data, base, stop)
        asked = _skip_name(data, base, base + HEADER_BYTES, stop) if total >= 0 else -1
        if asked < 0 or asked + 4 > stop:
            continue
        answers, authority = _u16(data, base + 6), _u16(data, base + 8)
        at, place, edns, dnssec, extended = asked + 4, kept, False, False, 0
        for number in range(total):
            fixed = _skip_owner(data, base, at, stop)
            if fixed < 0 or fixed + 10 > stop or fixed + 10 + _u16(data, fixed + 8) > stop:
                break
            rtype, ttl, length = _u16(data, fixed), _u32(data, fixed + 4), _u16(data, fixed + 8)
            if rtype == OPT:
                edns, dnssec, extended = True, ttl & 0x8000 != 0, ttl >> 24
            else:
                records[0, place], records[1, place], records[2, place] = count, at, rtype
                records[3, place], records[4, place] = _u16(data, fixed + 2), ttl
                records[5, place], records[6, place] = fixed + 10, length
                records[7, place] = np.int64(number >= answers) + np.int64(number >= answers + authority)
                place += 1
            at = fixed + 10 + length
        kept, flags = place, _u16(data, base + 2)
        found[0, count], found[1, count], found[2, count] = index, base, stop
        found[3, count], found[4, count], found[5, count] = _u16(data, base), flags, answers
        found[6, count], found[7, count] = _u16(data, asked), _u16(data, asked + 2)
        found[8, count], found[9, count], found[10, count] = extended << 4 | flags & 15, edns, dnssec
        count += 1
    return count, kept


@copied_in
def _hashed(words: Any, at: Whole, size: Whole) -> Any:
    """A hash of `size` bytes, eight at a time."""
    found = np.uint64(size)
    for place in range(0, size, 8):
        found = (found ^ _word(words, at + place, size - place)) * MIX
        found ^= found >> np.uint64(32)
    return found


@copied_in
def _word(words: Any, at: Whole, size: Whole) -> Any:
    """The next bytes, at most eight of `size`; what lies behind them is 0."""
    word = words[at]
    if size < 8:
        word &= (np.uint64(1) << np.uint64(8 * size)) - np.uint64(1)
    return word


@copied_in
def _same(words: Any, one: Whole, other: Whole, size: Whole) -> bool:
    same = True
    for place in range(0, size, 8):
        if _word(words, one + place, size - place) != _word(words, other + place, size - place):
            same = False
            break
    return same


@copied_in
def _plain_size(data: Any, at: Whole, end: Whole) -> Whole:
    """The bytes of a name that is written out and fits; 0 for any other."""
    cursor, size = at, 0
    while cursor < end and cursor - at < MAX_NAME_BYTES:
        kind = np.int64(data[cursor])
        if kind >= 0x40:
            break
        cursor += kind + 1
        if kind == 0:
            size = cursor - at
            break
    return size if size <= MAX_NAME_BYTES else 0


@kept
def names(
    data: Any, words: Any, base: Any, at: Any, end: Any, codes: Any, text: Any, offsets: Any, tables: Any, wire: Any
) -> Whole:  # fmt: skip
    """Write each distinct name once, lower case without the trailing dot, its number to `codes`; how many there are.

    A name that is not its own text (the root, bytes to escape, one that cannot be read) gets -1. `text` must hold
    `MAX_NAME_BYTES` for each name, `offsets` one number more than there are names, `tables` two rows of a power of two
    of -1: the first finds names by their bytes, whose place, size and code `wire` holds; the second by their text.
    """
    by_bytes, by_text = tables[0], tables[1]
    mask, count, held = np.uint64(len(by_bytes) - 1), 0, 0
    offsets[0] = 0
    for index in range(len(at)):
        place = at[index]
        size = _plain_size(data, place, end[index])
        known: Whole = -1
        free: Whole = -1
        if size > 0:
            hashed = _hashed(words, place, size)
            for probe in range(MAX_PROBES):
                slot = np.int64((hashed + np.uint64(probe)) & mask)
                known = np.int64(by_bytes[slot])
                if known < 0:
                    free = slot
                    break
                if wire[1, known] == size and _same(words, wire[0, known], place, size):
                    break
                known = -1
        if known >= 0:
            codes[index] = wire[2, known]
            continue
        begin = np.int64(offsets[count])
        stop, hashed = _write_name(data, base[index], place, end[index], text, begin)
        code: Whole = -1
        if stop > begin:
            slot = _slot(hashed, text, begin, stop, offsets, by_text)
            if slot >= 0 and by_text[slot] >= 0:
                code = np.int64(by_text[slot])
            else:
                if slot >= 0:
                    by_text[slot] = count
                code = count
                count += 1
                offsets[count] = stop
        codes[index] = code
        if free >= 0:
            wire[0, held], wire[1, held], wire[2, held] = place, size, code
            by_bytes[free] = held
            held += 1
    return count


@kept
def _write_name(data: Any, base: Whole, at: Whole, end: Whole, text: Any, to: Whole) -> tuple[Whole, Whole]:
    """Write the text of a name; where it ends (-1 for none that is its own text), and its hash."""
    size: Whole = 1
    cursor, floor, pointers, hashed = at, at, 0, FNV_OFFSET
    out = to
    while cursor < end:
        kind = np.int64(data[cursor])
        if kind == 0:
            return out, hashed
        if kind >= 0x40:
            if kind < 0xC0 or cursor + 1 >= end:
                return -1, hashed
            target = base + (_u16(data, cursor) & 0x3FFF)
            pointers += 1
            if target >= floor or pointers > MAX_POINTERS:
                return -1, hashed
            cursor = floor = target
            continue
        size += kind + 1
        if size > MAX_NAME_BYTES or cursor + 1 + kind > end:
            return -1, hashed
        if out > to:
            text[out] = 0x2E
            out, hashed = out + 1, (hashed ^ np.uint64(0x2E)) * FNV_PRIME
        for place in range(cursor + 1, cursor + 1 + kind):
            byte = data[place]
            if byte < 0x21 or byte > 0x7E or byte == 0x2E or byte == 0x5C:
                return -1, hashed
            if 0x41 <= byte <= 0x5A:
                byte += np.uint8(32)
            text[out] = byte
            out, hashed = out + 1, (hashed ^ np.uint64(byte)) * FNV_PRIME
        cursor += 1 + kind
    return -1, hashed


@kept
def _slot(hashed: Whole, text: Any, begin: Whole, stop: Whole, offsets: Any, table: Any) -> Whole:
    """The slot of the table that holds this text or is free for it; -1 where the nearby ones hold others."""
    mask = np.uint64(len(table) - 1)
    for probe in range(MAX_PROBES):
        slot = np.int64((hashed + np.uint64(probe)) & mask)
        code = table[slot]
        if code < 0:
            return slot
        first, size = np.int64(offsets[code]), np.int64(offsets[code + 1] - offsets[code])
        if size == stop - begin:
            same = True
            for index in range(size):
                if text[first + index] != text[begin + index]:
                    same = False
                    break
            if same:
                return slot
    return -1


@kept
def distinct(words: Any, at: Any, width: Whole, codes: Any, first: Any, table: Any) -> Whole:
    """Number the distinct runs of `width` bytes: how many there are, and where each was met first."""
    mask, count = np.uint64(len(table) - 1), 0
    for index in range(len(at)):
        begin = at[index]
        hashed = _hashed(words, begin, width)
        code: Whole = -1
        free: Whole = -1
        for probe in range(MAX_PROBES):
            slot = np.int64((hashed + np.uint64(probe)) & mask)
            code = np.int64(table[slot])
            if code < 0:
                free = slot
                break
            if _same(words, first[code], begin, width):
                break
            code = -1
        if code < 0:
            code = count
            first[count] = begin
            count += 1
            if free >= 0:
                table[free] = code
        codes[index] = code
    return count
