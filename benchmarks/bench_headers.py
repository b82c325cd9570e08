"""Judge the headers of a mailbox, and let mail-parser read it too: CPU seconds of whole processes, taken in turns.

    python benchmarks/bench_headers.py [--messages 3000] [--seed 1] [--pairs 5]

mail-parser gives the header fields and the Received fields of each message. This project reads the mailbox with hash
and byte ledger, grades every hop, judges what was stamped and writes the JSON document besides. Target H1: 4 times its
rate.
"""

from __future__ import annotations

import argparse
import mailbox
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

MESSAGE = """\
From pat@alder.example Mon Nov 23 09:39:58 2026
Return-Path: <pat@alder.example>
Delivered-To: ana@northwind.example
Received: from mx.cedar.example (mx.cedar.example [198.51.100.50])
\tby mx1.northwind.example (Postfix) with ESMTPS id {id:010X}
\tfor <ana@northwind.example>; Mon, 23 Nov 2026 09:39:57 +0000 (UTC)
Authentication-Results: mx1.northwind.example; spf=pass smtp.mailfrom=pat@alder.example
Received: from mx.alder.example (mx.alder.example [198.51.100.18])
\tby mx.cedar.example (Postfix) with ESMTPS id {id:09X}C; Mon, 23 Nov 2026 09:39:56 +0000 (UTC)
Received: from ws{host}.alder.example (ws{host}.alder.example [10.20.30.{host}])
\tby mx.alder.example (Postfix) with ESMTPSA id {id:09X}A; Mon, 23 Nov 2026 09:39:55 +0000 (UTC)
Date: Mon, 23 Nov 2026 09:39:54 +0000
From: Pat <pat@alder.example>
To: Ana <ana@northwind.example>
Subject: =?utf-8?q?Report_{host}?=
Message-ID: <{id}@ws{host}.alder.example>
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
            file.write(MESSAGE.format(id=chance.getrandbits(40), host=chance.randint(1, 254), body=body))


def read_with_peer(path: Path) -> None:
    """Read every message with mail-parser, as far as a header report needs."""
    import mailparser

    hops = 0
    box = mailbox.mbox(path, create=False)
    for key in box.iterkeys():
        mail = mailparser.parse_from_bytes(box.get_bytes(key))
        hops += len(mail.received)
        _ = (mail.headers, mail.from_, mail.date)
    print(f"{len(box)} messages, {hops} hops")


def cpu_seconds(command: list[str]) -> float:
    """CPU seconds of a process and its children."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> None:
    """Run the pairs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peer:
        read_with_peer(asked.peer)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.mbox"
        generate(path, asked.messages, asked.seed)
        own = [sys.executable, "-m", "forensics", "headers", str(path), "--json", "-"]
        peer = [sys.executable, __file__, "--peer", str(path)]
        pairs = [(cpu_seconds(own), cpu_seconds(peer)) for _ in range(asked.pairs)]
    print(f"Python {platform.python_version()}, mail-parser {version('mail-parser')}, {asked.messages} messages")
    for ours, theirs in pairs:
        print(f"    {ours:.2f} s, mail-parser {theirs:.2f} s, ratio {theirs / ours:.2f}")
    print(f"H1: median ratio {statistics.median(theirs / ours for ours, theirs in pairs):.2f} (target 4)")


if __name__ == "__main__":
    main()
