"""Write a Postfix log of a busy mail host: seeded, so that the same arguments give the same bytes on every machine.

    python benchmarks/generate_mail_log.py --lines 5000000 --seed 1 mail.log

Prints the number of lines and the SHA-256 of what was written. The mix is that of a host with a milter, users who
submit, relays that defer, scanners that are refused: about nine lines in ten are of the shapes that every host logs.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
TLS = (
    "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits)"
)


class Host:
    """A host whose clock goes on a little with every line."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.second = 0
        self.queue = 0x4A0000000
        self.peers = [
            (f"mx{number}.{word}.example", f"198.51.{number % 256}.{number // 256 + 1}")
            for number, word in ((n, ("alder", "birch", "cedar", "maple", "rowan")[n % 5]) for n in range(3_000))
        ]
        self.users = [f"user{number}@northwind.example" for number in range(2_000)]

    def line(self, tag: str, pid: int, message: str) -> str:
        if self.random.random() < 0.12:
            self.second += 1
        day, rest = divmod(self.second, 86_400)
        month = 10
        while day >= DAYS[month]:
            day, month = day - DAYS[month], (month + 1) % 12
        clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        return f"{MONTHS[month]} {day + 1:2} {clock} mx1 {tag}[{pid}]: {message}\n"

    def queue_id(self) -> str:
        self.queue += self.random.randrange(1, 4096)
        return f"{self.queue:X}"


def received(host: Host) -> Iterator[str]:
    """A message from another server, delivered here."""
    name, address = host.random.choice(host.peers)
    queue_id, pid, user = host.queue_id(), host.random.randrange(1000, 1040), host.random.choice(host.users)
    size = host.random.randrange(900, 90_000)
    yield host.line("postfix/smtpd", pid, f"connect from {name}[{address}]")
    tls = host.random.random() < 0.7
    if tls:
        yield host.line("postfix/smtpd", pid, f"Anonymous TLS connection established from {name}[{address}]: {TLS}")
    yield host.line("postfix/smtpd", pid, f"{queue_id}: client={name}[{address}]")
    yield host.line("postfix/cleanup", 2000, f"{queue_id}: message-id=<{queue_id.lower()}.{size}@{name}>")
    if host.random.random() < 0.5:
        yield host.line("opendkim", 40, f"{queue_id}: DKIM verification successful")
    yield host.line("postfix/qmgr", 900, f"{queue_id}: from=<post@{name[4:]}>, size={size}, nrcpt=1 (queue active)")
    counts = (
        "ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7"
        if tls
        else "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"
    )
    yield host.line("postfix/smtpd", pid, f"disconnect from {name}[{address}] {counts}")
    delay = host.random.randrange(1, 300) / 100
    times = f"delay={delay}, delays={delay}/0.01/0/0"
    delivery = f"to=<{user}>, relay=virtual, {times}, dsn=2.0.0, status=sent (delivered to maildir)"
    yield host.line("postfix/virtual", 2100, f"{queue_id}: {delivery}")
    yield host.line("postfix/qmgr", 900, f"{queue_id}: removed")


def sent(host: Host) -> Iterator[str]:
    """A message that a user submits for another server."""
    name, address = host.random.choice(host.peers)
    queue_id, pid, user = host.queue_id(), host.random.randrange(1100, 1120), host.random.choice(host.users)
    client = f"unknown[10.20.{host.random.randrange(256)}.{host.random.randrange(1, 255)}]"
    yield host.line("postfix/submission/smtpd", pid, f"connect from {client}")
    yield host.line(
        "postfix/submission/smtpd", pid, f"{queue_id}: client={client}, sasl_method=PLAIN, sasl_username={user}"
    )
    yield host.line("postfix/cleanup", 2000, f"{queue_id}: message-id=<{queue_id.lower()}@ws.northwind.example>")
    size = host.random.randrange(900, 90_000)
    yield host.line("postfix/qmgr", 900, f"{queue_id}: from=<{user}>, size={size}, nrcpt=1 (queue active)")
    yield host.line(
        "postfix/submission/smtpd",
        pid,
        f"disconnect from {client} ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8",
    )
    head = f"{queue_id}: to=<info@{name[4:]}>, relay={name}[{address}]:25, delay=1.4, delays=0.1/0.01/0.8/0.5"
    if host.random.random() < 0.1:
        reason = f"host {name}[{address}] said: 451 4.7.1 Greylisted, try again later (in reply to RCPT TO command)"
        yield host.line("postfix/smtp", 2200, f"{head}, dsn=4.7.1, status=deferred ({reason})")
        yield host.line("postfix/qmgr", 900, f"{queue_id}: from=<{user}>, size={size}, nrcpt=1 (queue active)")
    yield host.line("postfix/smtp", 2200, f"{head}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {host.queue_id()})")
    yield host.line("postfix/qmgr", 900, f"{queue_id}: removed")


def refused(host: Host) -> Iterator[str]:
    """A scanner or a spammer that is turned away."""
    client = f"unknown[203.0.{host.random.randrange(256)}.{host.random.randrange(1, 255)}]"
    pid = host.random.randrange(1000, 1040)
    yield host.line("postfix/smtpd", pid, f"connect from {client}")
    if host.random.random() < 0.5:
        yield host.line("postfix/smtpd", pid, f"lost connection after AUTH from {client}")
        yield host.line("postfix/smtpd", pid, f"disconnect from {client} ehlo=1 auth=0/1 commands=1/2")
        return
    user = host.random.choice(host.users)
    reply = f"NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{user}>: Relay access denied"
    yield host.line("postfix/smtpd", pid, f"{reply}; from=<a@b.example> to=<{user}> proto=ESMTP helo=<pool>")
    yield host.line("postfix/smtpd", pid, f"disconnect from {client} ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4")


def lines(count: int, seed: int) -> Iterator[str]:
    """That many lines."""
    host, done = Host(seed), 0
    while done < count:
        kind = host.random.choices((received, sent, refused), (6, 3, 2))[0]
        for line in kind(host):
            if done == count:
                return
            yield line
            done += 1


def main() -> None:
    """Write the log that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    digest = hashlib.sha256()
    with arguments.path.open("wb") as file:
        for line in lines(arguments.lines, arguments.seed):
            data = line.encode()
            digest.update(data)
            file.write(data)
    print(f"{arguments.lines} lines, sha256 {digest.hexdigest()}")


if __name__ == "__main__":
    main()
