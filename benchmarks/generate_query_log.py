"""Writes a query log of BIND, Unbound or Zeek for the benchmarks: seeded, so that its hash is known.

python benchmarks/generate_query_log.py bind 1000000 query.log [--seed 7] [--damaged 0.01]
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 11, 1, tzinfo=UTC)
TYPES = ("A",) * 50 + ("AAAA",) * 22 + ("MX",) * 8 + ("TXT",) * 10 + ("PTR",) * 6 + ("NS", "SOA", "HTTPS", "TYPE65280")
FLAGS = ("-E(0)DC",) * 70 + ("+E(0)K",) * 15 + ("+",) * 8 + ("-E(0)TDC",) * 5 + ("+E(0)TV", "-")
ZEEK_TYPES = {"A": 1, "NS": 2, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "HTTPS": 65, "TYPE65280": 65280}
CHUNK = 10_000
Line = Callable[[random.Random, datetime, str, str, str], str]


def bind(rng: random.Random, at: datetime, client: str, name: str, qtype: str) -> str:
    """One line as BIND 9.18 writes it with `print-time yes`."""
    stamp = f"{at:%d-%b-%Y %H:%M:%S}.{at.microsecond // 1000:03}"
    port, flags = rng.randrange(1024, 65536), rng.choice(FLAGS)
    pointer = 0x7FFBCF2F8098 + rng.randrange(16) * 0x1C00
    return f"{stamp} client @{pointer:#x} {client}#{port} ({name}): query: {name} IN {qtype} {flags} (192.0.2.194)\n"


def unbound(rng: random.Random, at: datetime, client: str, name: str, qtype: str) -> str:
    """One question and its reply as Unbound writes them with `log-queries` and `log-replies`."""
    head = f"[{int(at.timestamp())}] unbound[25:{rng.randrange(4)}] info: {client} {name}. {qtype} IN"
    micro = rng.choice((0, 0, 0, rng.randrange(100, 90_000)))
    return f"{head}\n{head} NOERROR 0.{micro:06} {int(not micro)} {rng.randrange(40, 500)}\n"


def zeek(rng: random.Random, at: datetime, client: str, name: str, qtype: str) -> str:
    """One line of dns.log as TSV."""
    uid = f"C{rng.randrange(62**9):012x}"
    ends = f"{at.timestamp():.6f}\t{uid}\t{client}\t{rng.randrange(1024, 65536)}\t192.0.2.194\t53\tudp"
    asked = (
        f"{rng.randrange(65536)}\t0.000{rng.randrange(100, 999)}\t{name}\t1\tC_INTERNET\t{ZEEK_TYPES[qtype]}\t{qtype}"
    )
    return f"{ends}\t{asked}\t0\tNOERROR\tT\tF\tF\tF\t0\t192.0.2.5\t300.000000\tF\n"


ZEEK_HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\t"
    "qtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\n"
)
KINDS: dict[str, tuple[str, Line]] = {"bind": ("", bind), "unbound": ("", unbound), "zeek": (ZEEK_HEADER, zeek)}


def lines(kind: str, count: int, seed: int, damaged: float) -> Iterator[str]:
    """The header and `count` entries; of `damaged` of them one byte is lost or changed."""
    rng = random.Random(seed)
    header, write = KINDS[kind]
    if header:
        yield header
    names = [f"{rng.choice(('mail', 'mx', 'www', 'ns', 'a', 'smtp'))}{n}.zone{n % 977}.example" for n in range(20_000)]
    clients = [f"198.51.{rng.randrange(100, 104)}.{rng.randrange(256)}" for _ in range(2500)]
    clients += [f"2001:db8:{rng.randrange(65536):x}::{rng.randrange(1, 65536):x}" for _ in range(500)]
    at = START
    for _ in range(count):
        at += timedelta(microseconds=rng.randrange(2000))
        name = names[min(int(rng.paretovariate(0.8)) - 1, len(names) - 1)]
        line = write(rng, at, rng.choice(clients), name, rng.choice(TYPES))
        yield _damaged(rng, line) if damaged and rng.random() < damaged else line


def _damaged(rng: random.Random, line: str) -> str:
    at = rng.randrange(len(line))
    return line[:at] + rng.choice(("", "\0", " ", "#", "é")) + line[at + 1 :]


def main() -> None:
    """Write the log and print its size and hash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--damaged", type=float, default=0.0)
    options = parser.parse_args()
    digest, size, held = hashlib.sha256(), 0, list[str]()
    with options.path.open("wb") as file:
        for line in lines(options.kind, options.count, options.seed, options.damaged):
            held.append(line)
            if len(held) == CHUNK:
                size += _write(file.write, digest.update, held)
        size += _write(file.write, digest.update, held)
    sys.stdout.write(f"{size} bytes, sha256 {digest.hexdigest()}\n")


def _write(write: Callable[[bytes], object], update: Callable[[bytes], object], held: list[str]) -> int:
    data = "".join(held).encode()
    held.clear()
    write(data)
    update(data)
    return len(data)


if __name__ == "__main__":
    main()
