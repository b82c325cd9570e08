"""Write a capture of any size from a seed: 90 % DNS (EDNS, compression), 8 % SMTP dialogues, 2 % other.

    python benchmarks/generate_capture.py OUT.pcap --packets 1000000 [--variant normal|flood|names] [--seed 1]

`flood` draws the source address of every query at random, `names` its first label. The SHA-256 of the file is printed:
the same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

BATCH_EXCHANGES = 40_000
START_S = 1_795_000_000
LABEL = 12
RECORD, ETHERNET, IPV4 = 16, 14, 20
CLIENT_NET, RESOLVER = 0x0A140000, bytes([192, 0, 2, 53])
_TYPES = {b"A": 1, b"MX": 15, b"TXT": 16, b"AAAA": 28, b"PTR": 12}


class Pool(NamedTuple):
    """Exchanges as record bytes: where each packet begins in `data`, its length, its exchange, whether it goes up."""

    data: np.ndarray
    begin: np.ndarray
    length: np.ndarray
    first: np.ndarray
    packets: np.ndarray
    up: np.ndarray


def name(labels: list[bytes]) -> bytes:
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(packet: bytes) -> bytes:
    return struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet


def ip(protocol: int, source: bytes, target: bytes, payload: bytes) -> bytes:
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0) + source + target
    return bytes(6) + b"\x02\0\0\0\0\1" + b"\x08\0" + header + payload


def udp(source: int, target: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload


def dns_exchange(chance: np.random.Generator, number: int) -> list[tuple[bytes, bool]]:
    letters = b"abcdefghijklmnopqrstuvwxyz0123456789"
    label = bytes(letters[i] for i in chance.integers(0, 36, LABEL))
    labels = [
        label,
        b"host%d" % (number % 997),
        [b"alder", b"birch", b"cedar"][number % 3],
        [b"example", b"test"][number % 2],
    ]
    kind = list(_TYPES)[int(chance.choice(5, p=[0.5, 0.2, 0.1, 0.15, 0.05]))]
    question = name(labels) + struct.pack("!HH", _TYPES[kind], 1)
    opt = b"\0\0\x29\x04\xd0\0\0\x80\0\0\0"
    query = struct.pack("!6H", 0, 0x0120, 1, 0, 0, 1) + question + opt
    answers = [] if chance.random() < 0.2 else [rdata(kind, n) for n in range(int(chance.integers(1, 4)))]
    body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", _TYPES[kind], 1, 300, len(data)) + data for data in answers)
    flags = 0x8180 if answers or number % 2 else 0x8183
    response = struct.pack("!6H", 0, flags, 1, len(answers), 0, 1) + question + body + opt
    client = bytes([10, 20, 0, 0])
    return [
        (ip(17, client, RESOLVER, udp(40000, 53, query)), True),
        (ip(17, RESOLVER, client, udp(53, 40000, response)), False),
    ]


def rdata(kind: bytes, number: int) -> bytes:
    if kind == b"A":
        return bytes([198, 51, 100, number])
    if kind == b"AAAA":
        return bytes.fromhex("20010db8000000000000000000000000")[:15] + bytes([number])
    if kind == b"MX":
        return struct.pack("!H", number * 10) + b"\x03mx%d" % number + b"\xc0\x19"
    if kind == b"TXT":
        return b"\x16v=spf1 mx a:%06d -al" % number
    return b"\x05mail%d" % number + b"\xc0\x19"


def smtp_exchange(number: int) -> list[tuple[bytes, bool]]:
    body = b"Message-ID: <%d@birch.example>\r\nSubject: x\r\n\r\n" % number + b"hello there\r\n" * 30 + b".\r\n"
    steps = [
        (False, b"220 mx1.alder.example ESMTP\r\n"), (True, b"EHLO out.birch.example\r\n"),
        (False, b"250-mx1.alder.example\r\n250-PIPELINING\r\n250 SIZE 10240000\r\n"),
        (True, b"MAIL FROM:<ann%d@birch.example>\r\n" % number), (False, b"250 2.1.0 Ok\r\n"),
        (True, b"RCPT TO:<bob@alder.example>\r\n"), (False, b"250 2.1.5 Ok\r\n"), (True, b"DATA\r\n"),
        (False, b"354 End data with <CR><LF>.<CR><LF>\r\n"), (True, body),
        (False, b"250 2.0.0 Ok: queued as 4C%06X\r\n" % number), (True, b"QUIT\r\n"), (False, b"221 2.0.0 Bye\r\n"),
    ]  # fmt: skip
    return tcp_packets(steps, 25)


def http_exchange(number: int) -> list[tuple[bytes, bool]]:
    return tcp_packets(
        [(True, b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number), (False, b"HTTP/1.1 200 OK\r\n\r\nMAIL FROM:<x>")], 80
    )


def tcp_packets(steps: list[tuple[bool, bytes]], port: int) -> list[tuple[bytes, bool]]:
    client, server = bytes([10, 20, 0, 0]), bytes([203, 0, 113, 25])
    seq = {True: 1000, False: 9000}
    out: list[tuple[bytes, bool]] = []

    def send(up: bool, flags: int, data: bytes = b"") -> None:
        ports = (40000, port) if up else (port, 40000)
        ack = 0 if flags == 2 else seq[not up]
        header = struct.pack("!HHIIBBHHH", *ports, seq[up], ack, 0x50, flags, 64240, 0, 0)
        out.append((ip(6, *((client, server) if up else (server, client)), header + data), up))
        seq[up] += len(data) + bool(flags & 3)

    for up, flags in ((True, 2), (False, 18), (True, 16)):
        send(up, flags)
    for up, data in steps:
        send(up, 24, data)
    for up, flags in ((True, 17), (False, 17), (True, 16)):
        send(up, flags)
    return out


def pool(exchanges: list[list[tuple[bytes, bool]]]) -> Pool:
    records = [(record(packet), up) for exchange in exchanges for packet, up in exchange]
    length = np.array([len(data) for data, _ in records])
    counts = np.array([len(exchange) for exchange in exchanges])
    return Pool(
        np.frombuffer(b"".join(data for data, _ in records), np.uint8), np.cumsum(length) - length, length,
        np.cumsum(counts) - counts, counts, np.array([up for _, up in records]),
    )  # fmt: skip


def runs(begin: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Indexes of all bytes of the runs, one run after the other."""
    ends = np.cumsum(length)
    return np.repeat(begin - (ends - length), length) + np.arange(int(ends[-1]))


def batches(packets: int, variant: str, seed: int) -> Iterator[bytes]:
    chance = np.random.default_rng(seed)
    source = pool(
        [dns_exchange(chance, n) for n in range(20000)] + [smtp_exchange(n) for n in range(500)]
        + [http_exchange(n) for n in range(200)]
    )  # fmt: skip
    weight = np.repeat([0.90 / 2 / 20000, 0.08 / 19 / 500, 0.02 / 8 / 200], [20000, 500, 200])
    weight /= weight.sum()
    made, clock_us = 0, 0
    while made < packets:
        chosen = chance.choice(len(weight), BATCH_EXCHANGES, p=weight)
        data, count, clock_us = batch(source, chosen, chance, variant, clock_us, packets - made)
        made += count
        yield data


def batch(
    source: Pool, chosen: np.ndarray, chance: np.random.Generator, variant: str, clock_us: int, limit: int
) -> tuple[bytes, int, int]:  # fmt: skip
    size = source.packets[chosen]
    packet = runs(source.first[chosen], size)
    exchange = np.repeat(np.arange(len(chosen)), size)
    step = np.arange(len(packet)) - np.repeat(np.cumsum(size) - size, size)
    begin_us = np.sort(chance.integers(0, 10_000_000, len(chosen))) + clock_us
    ts = np.repeat(begin_us, size) + step * 900
    order = np.argsort(ts, kind="stable")[:limit]
    packet, exchange, ts = packet[order], exchange[order], ts[order]
    length = source.length[packet]
    data = source.data[runs(source.begin[packet], length)]
    at = np.cumsum(length) - length
    put(data, at, (START_S + ts // 1_000_000).astype("<u4"), 4)
    put(data, at + 4, (ts % 1_000_000).astype("<u4"), 4)
    clients = (
        chance.integers(0, 1 << 32, len(chosen))
        if variant == "flood"
        else CLIENT_NET + chance.integers(0, 500, len(chosen))
    )
    up, network = source.up[packet], at + RECORD + ETHERNET
    put(data, network + np.where(up, 12, 16), clients[exchange].astype(">u4"), 4)
    put(
        data,
        network + IPV4 + np.where(up, 0, 2),
        (1024 + chance.integers(0, 64000, len(chosen))[exchange]).astype(">u2"),
        2,
    )
    is_dns = data[network + 9] == 17
    ident = chance.integers(0, 65536, len(chosen))[exchange]
    put(data, network[is_dns] + IPV4 + 8, ident[is_dns].astype(">u2"), 2)
    if variant == "names":
        letters = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz012345", np.uint8)
        labels = letters[chance.integers(0, 32, (len(chosen), LABEL))][exchange]
        where = (network[is_dns] + IPV4 + 8 + 12 + 1)[:, None] + np.arange(LABEL)
        data[where] = labels[is_dns]
    return data.tobytes(), len(packet), int(begin_us[-1]) + 20_000


def put(data: np.ndarray, at: np.ndarray, values: np.ndarray, width: int) -> None:
    data[at[:, None] + np.arange(width)] = np.ascontiguousarray(values).view(np.uint8).reshape(-1, width)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--variant", choices=("normal", "flood", "names"), default="normal")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    digest = hashlib.sha256()
    with asked.out.open("wb") as file:
        header = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
        for data in itertools.chain([header], batches(asked.packets, asked.variant, asked.seed)):
            file.write(data)
            digest.update(data)
    print(digest.hexdigest(), asked.out, asked.out.stat().st_size)


if __name__ == "__main__":
    main()
