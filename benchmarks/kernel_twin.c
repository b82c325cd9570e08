/* What forensics/formats/_capture/kernel.py does from records to DNS messages, in C without checks of bounds: the
   measure of target P4. Names are those of the functions there; big-endian captures are left out. */
#include <stdint.h>

typedef const uint8_t *bytes;
enum { NOTHING, DATAGRAM, SEGMENT, ODD };

static inline int64_t u16(bytes data, int64_t at) { return (int64_t)data[at] << 8 | data[at + 1]; }
static inline int64_t u32(bytes data, int64_t at) { return u16(data, at) << 16 | u16(data, at + 2); }
static inline int64_t little(bytes data, int64_t at) {
    return (int64_t)data[at + 3] << 24 | (int64_t)data[at + 2] << 16 | (int64_t)data[at + 1] << 8 | data[at];
}

int64_t record_starts(bytes data, int64_t end, int64_t at, int64_t size, int64_t limit, int64_t units,
                      int64_t *starts) {
    int64_t count = 0;
    while (at + size <= end) {
        int64_t captured = little(data, at + 8), following = at + size + captured;
        if (captured > limit) break;
        if (count && little(data, at + 4) >= units && following + size <= end &&
            (little(data, following + 4) >= units || little(data, following + 8) > limit))
            break;
        if (captured == 0) {
            int zeros = 1;
            for (int64_t place = at; place < at + 16; place++) zeros &= data[place] == 0;
            if (zeros) break;
        }
        if (following > end) break;
        starts[count++] = at;
        at = following;
    }
    return count;
}

static int is_tunnel(int64_t port) {
    return port == 2152 || port == 3544 || port == 4789 || port == 6081 || port == 6635 || port == 8472;
}

void headers(bytes data, int64_t count, const int64_t *start, const int64_t *captured, int64_t *found) {
    for (int64_t index = 0; index < count; index++) {
        int64_t stop = start[index] + captured[index], at = start[index] + 12, tags = 0, type = 0;
        while (at + 2 <= stop && tags < 3 && (u16(data, at) == 0x8100 || u16(data, at) == 0x88A8 || u16(data, at) == 0x9100))
            at += 4, tags++;
        if (at + 2 <= stop) type = u16(data, at);
        int64_t network = at + 2, kind = ODD, source = 0, transport = 0, end = 0, protocol = -1, six = type == 0x86DD;
        if (type == 0x0806 || type == 0x88CC) {
            kind = NOTHING;
        } else if (type == 0x0800 || six) {
            if (six) {
                if (network + 40 <= stop && data[network] >> 4 == 6 && u16(data, network + 4))
                    protocol = data[network + 6], transport = network + 40, end = transport + u16(data, network + 4);
            } else if (network + 20 <= stop) {
                int64_t header = (data[network] & 15) * 4, total = u16(data, network + 2);
                if (data[network] >> 4 == 4 && header >= 20 && total >= header && !(u16(data, network + 6) & 0x3FFF))
                    protocol = data[network + 9], transport = network + header, end = network + total;
            }
            source = network + (six ? 8 : 12);
            int64_t held = end < stop ? end : stop;
            if (protocol == 6 || protocol == 17) {
                kind = NOTHING;
                if (transport + (protocol == 6 ? 20 : 8) <= held) kind = protocol == 6 ? SEGMENT : DATAGRAM;
                if (kind == DATAGRAM && (is_tunnel(u16(data, transport)) || is_tunnel(u16(data, transport + 2)))) kind = ODD;
            } else if (protocol == (six ? 58 : 1)) {
                kind = NOTHING;
            }
        }
        found[index] = kind, found[count + index] = source, found[2 * count + index] = source + (six ? 16 : 4);
        found[3 * count + index] = six, found[4 * count + index] = transport, found[5 * count + index] = end;
        found[6 * count + index] = end < stop ? end : stop;
    }
}

static int64_t skip_name(bytes data, int64_t base, int64_t at, int64_t end) {
    int64_t size = 1, after = 0, cursor = at, floor = at, pointers = 0;
    while (cursor < end) {
        int64_t kind = data[cursor];
        if (kind == 0) return after ? after : cursor + 1;
        if (kind < 0x40) {
            size += kind + 1;
            if (size > 255 || cursor + 1 + kind > end) return -1;
            cursor += 1 + kind;
            continue;
        }
        if (kind < 0xC0 || cursor + 1 >= end) return -1;
        int64_t target = base + (u16(data, cursor) & 0x3FFF);
        if (target >= floor || ++pointers > 64) return -1;
        if (!after) after = cursor + 2;
        cursor = floor = target;
    }
    return -1;
}

static int64_t skip_owner(bytes data, int64_t base, int64_t at, int64_t end) {
    if (at + 2 <= end && at > base + 12 && data[at] == 0xC0 && data[at + 1] == 12) return at + 2;
    return skip_name(data, base, at, end);
}

/* `found` has 11 rows of `count`, `records` 8 of `room`; gives back how many messages were read. */
int64_t messages(bytes data, int64_t count, const int64_t *begin, const int64_t *end, int64_t *found, int64_t room,
                 int64_t *records) {
    int64_t messages = 0, kept = 0;
    for (int64_t index = 0; index < count; index++) {
        int64_t base = begin[index], stop = end[index], asked = -1, total = -1;
        if (stop - base >= 17 && u16(data, base + 4) == 1) {
            total = u16(data, base + 6) + u16(data, base + 8) + u16(data, base + 10);
            if (total <= 64) asked = skip_name(data, base, base + 12, stop);
        }
        if (asked < 0 || asked + 4 > stop) continue;
        int64_t answers = u16(data, base + 6), authority = u16(data, base + 8);
        int64_t at = asked + 4, place = kept, edns = 0, dnssec = 0, extended = 0;
        for (int64_t number = 0; number < total; number++) {
            int64_t fixed = skip_owner(data, base, at, stop);
            if (fixed < 0 || fixed + 10 > stop || fixed + 10 + u16(data, fixed + 8) > stop) {
                at = -1;
                break;
            }
            int64_t type = u16(data, fixed), ttl = u32(data, fixed + 4), length = u16(data, fixed + 8);
            if (type == 41) {
                edns = 1, dnssec = (ttl & 0x8000) != 0, extended = ttl >> 24;
            } else {
                int64_t row[8] = {messages, at, type, u16(data, fixed + 2), ttl, fixed + 10, length,
                                  (number >= answers) + (number >= answers + authority)};
                for (int64_t column = 0; column < 8; column++) records[column * room + place] = row[column];
                place++;
            }
            at = fixed + 10 + length;
        }
        if (at < 0) continue;
        kept = place;
        int64_t flags = u16(data, base + 2);
        int64_t row[11] = {index, base, stop, u16(data, base), flags, answers, u16(data, asked), u16(data, asked + 2),
                           extended << 4 | (flags & 15), edns, dnssec};
        for (int64_t column = 0; column < 11; column++) found[column * count + messages] = row[column];
        messages++;
    }
    return messages;
}
