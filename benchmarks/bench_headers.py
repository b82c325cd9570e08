"""Header chains of a mailbox, held against mail-parser over the same mailbox: whole processes, taken in turns.

    python benchmarks/bench_headers.py [--messages 10000 50000] [--seed 1] [--pairs 5]

mail-parser gives the header fields and the Received fields of each message. Two programs of this project stand
against it: `chain` reads the same mailbox the same way and gives fields with offsets, hops and the graded chain
(target H1: 4 times its rate); `headers` is the command, which also hashes the mailbox, keeps its byte ledger and its
rows, judges what was stamped, and writes two tables. Of two sizes the fixed and the marginal cost are told apart. All
must count the same messages and hops, or nothing is measured. --write leaves the figures in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import contextlib
import mailbox
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import result_table

HEAD = (
    result_table.HEADERS
    + """

Written by `python benchmarks/bench_headers.py --write`: mailboxes of {few:,} and {many:,} generated messages with
three hops each (seed {seed}), medians of {pairs} pairs, whole processes in turns; the ratio is the median of the pairs'
ratios of CPU per further message. `chain` is what target H1 speaks of: header block, hops and graded chain of each
message, read through the same `mailbox` module as mail-parser's (at least 4 times its rate). `headers` is the whole
command, which does more: hash, byte ledger, rows of the case, stamps, anomalies, two Parquet tables. The mail comes
from {organizations:,} organizations; servers of a mailbox repeat, and what they say is remembered: mail of fewer costs
less, mail of ever new servers more. Python {python}, mail-parser {peer}, load average {load} on {cores} cores.

| program | CPU microseconds a message | messages a second of CPU | CPU s to start | **ratio** |
|---|--:|--:|--:|--:|
"""
)
ORGANIZATIONS = 1_000
"""Organizations that the mail comes from, each with a server and 254 hosts of its own."""
MESSAGE = """\
From pat@{org}.example Mon Nov 23 09:39:58 2026
Return-Path: <pat@{org}.example>
Delivered-To: ana@northwind.example
Received: from mx.cedar.example (mx.cedar.example [198.51.100.50])
\tby mx1.northwind.example (Postfix) with ESMTPS id {id:010X}
\tfor <ana@northwind.example>; Mon, 23 Nov 2026 09:39:57 +0000 (UTC)
Authentication-Results: mx1.northwind.example; spf=pass smtp.mailfrom=pat@{org}.example
Received: from mx.{org}.example (mx.{org}.example [198.51.100.{number}])
\tby mx.cedar.example (Postfix) with ESMTPS id {id:09X}C; Mon, 23 Nov 2026 09:39:56 +0000 (UTC)
Received: from ws{host}.{org}.example (ws{host}.{org}.example [10.20.30.{host}])
\tby mx.{org}.example (Postfix) with ESMTPSA id {id:09X}A; Mon, 23 Nov 2026 09:39:55 +0000 (UTC)
Date: Mon, 23 Nov 2026 09:39:54 +0000
From: Pat <pat@{org}.example>
To: Ana <ana@northwind.example>
Subject: =?utf-8?q?Report_{host}?=
Message-ID: <{id}@ws{host}.{org}.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{body}

"""


def generate(path: Path, messages: int, seed: int) -> None:
    """Write a mailbox of so many messages, the same for the same seed."""
    chance = random.Random(seed)
    with path.open("w") as file:
        for _ in range(messages):
            body = "\n".join("a line of the message" for _ in range(chance.randint(5, 60)))
            org = chance.randint(1, ORGANIZATIONS)
            names = {"org": f"alder{org}", "number": org % 250, "host": chance.randint(1, 254)}
            file.write(MESSAGE.format(id=chance.getrandbits(40), body=body, **names))


def read_with_peer(path: Path) -> tuple[int, int]:
    """Messages and hops, read with mail-parser as far as a header report needs."""
    import mailparser

    messages = hops = 0
    for data in _messages(path):
        mail = mailparser.parse_from_bytes(data)
        messages, hops = messages + 1, hops + len(mail.received)
        _ = (mail.headers, mail.from_, mail.date)
    return messages, hops


def read_with_chain(path: Path) -> tuple[int, int]:
    """The same with this project's functions: fields, hops, and the chain with its grades."""
    from forensics.protocols import header_block, mail_date, mailbox_list, message_chain, received

    messages = hops = 0
    for data in _messages(path):
        block = header_block.parse(data)
        chain = message_chain.build([received.parse(field.value) for field in block.all("received")])
        messages, hops = messages + 1, hops + len(chain.hops)
        _ = [mailbox_list.addresses(field.value) for field in block.all("from")]
        _ = [mail_date.parse(field.value) for field in block.all("date")]
    return messages, hops


def _messages(path: Path) -> Iterator[bytes]:
    box = mailbox.mbox(path, create=False)
    for key in box.iterkeys():
        yield box.get_bytes(key)


def read_with_command(path: Path) -> tuple[int, int]:
    """The same with the command, asked of the tables that it leaves."""
    import pyarrow.parquet as pq

    from forensics.cli import main as forensics

    with tempfile.TemporaryDirectory() as folder:
        sys.argv[1:] = ["headers", str(path), "--parquet", folder]
        with (
            (Path(folder) / "shown").open("w") as shown,
            contextlib.redirect_stdout(shown),
            contextlib.suppress(SystemExit),
        ):
            forensics()
        tables = (pq.read_metadata(Path(folder) / f"{name}.parquet") for name in ("message", "message_hop"))
        messages, hops = (table.num_rows for table in tables)
    return messages, hops


READERS = {"chain": read_with_chain, "headers": read_with_command, "mail-parser": read_with_peer}


def cpu_seconds(reader: str, path: Path, messages: int) -> float:
    """What one reader costs, in a process of its own.

    Raises:
        ValueError: it did not count every message and its three hops.
    """
    before = os.times()
    command = [sys.executable, __file__, "--read", reader, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    after = os.times()
    if said != f"{messages} messages, {3 * messages} hops":
        raise ValueError(f"{reader} counted {said} of {messages} messages")
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> None:
    """Run the pairs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, nargs=2, default=(10_000, 50_000))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="also write the section of docs/benchmarks.md")
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        messages, hops = READERS[asked.read[0]](Path(asked.read[1]))
        print(f"{messages} messages, {hops} hops")
        return
    few, many = sorted(asked.messages)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        paths = {size: Path(folder) / f"{size}.mbox" for size in (few, many)}
        for size, path in paths.items():
            generate(path, size, asked.seed)
        for own in ("chain", "headers"):
            rows += _compared(own, paths, asked.pairs)
    text = HEAD.format(
        few=few, many=many, pairs=asked.pairs, seed=asked.seed, load=result_table.load(), cores=os.cpu_count(),
        organizations=ORGANIZATIONS, python=platform.python_version(), peer=version("mail-parser"),
    )  # fmt: skip
    text += "\n".join(rows) + "\n"
    print(text)
    if asked.write:
        result_table.write_headers(text)


class Each(NamedTuple):
    """Marginal microseconds of CPU per message, and the fixed CPU seconds."""

    cpu_us: float
    fixed_s: float


def _compared(own: str, paths: dict[int, Path], times: int) -> list[str]:
    """The rows of one program of ours and of the peer."""
    few, many = paths
    pairs = []
    for _ in range(times):
        costs = {(name, size): cpu_seconds(name, paths[size], size) for size in paths for name in (own, "mail-parser")}
        print("    " + "; ".join(f"{name} {size}: {cpu_s:.2f} s" for (name, size), cpu_s in costs.items()), flush=True)
        pairs.append((_each(costs, own, few, many), _each(costs, "mail-parser", few, many)))
    ratio = statistics.median(theirs.cpu_us / ours.cpu_us for ours, theirs in pairs)
    rows = []
    for number, name in enumerate((own, "mail-parser")):
        cpu, fixed = (statistics.median(pair[number][n] for pair in pairs) for n in (0, 1))
        said = f"**{ratio:.2f}**" if name == own else ""
        rows.append(f"| {name} | {cpu:.0f} | {1e6 / cpu:,.0f} | {fixed:.2f} | {said} |")
    return rows


def _each(costs: dict[tuple[str, int], float], reader: str, few: int, many: int) -> Each:
    less, more = costs[reader, few], costs[reader, many]
    marginal = (more - less) / (many - few)
    return Each(marginal * 1e6, less - marginal * few)


if __name__ == "__main__":
    main()
