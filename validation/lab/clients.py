"""What people and machines do to servers: look names up, hold SMTP dialogues, try ports, scan."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from validation.lab.network import Host

_FOLDER = Path(__file__).parent
_CONNECT = """
import socket, sys
with socket.socket() as tcp:
    tcp.settimeout(3)
    print(tcp.connect_ex((sys.argv[1], int(sys.argv[2]))))
"""


class Reply(NamedTuple):
    """What a server answered to one command."""

    command: str
    code: int
    text: str


class Mail(NamedTuple):
    """One mail to hand over: envelope and content. No content: the client stops after the recipients."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    data: str | None


def letter(mail_from: str, rcpt_to: str, subject: str, body: str, *, message_id: str, date: str) -> Mail:
    """A mail whose header fields say what its envelope says."""
    text = (
        f"Date: {date}\nFrom: <{mail_from}>\nTo: <{rcpt_to}>\nSubject: {subject}\nMessage-ID: <{message_id}>\n"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    )
    return Mail(mail_from, (rcpt_to,), text)


def smtp(host: Host, server: str, *mails: Mail, helo: str, port: int = 25, tls: bool = False,
         sealed: bool = False, login: tuple[str, str] | None = None, end: str = "quit") -> list[Reply]:  # fmt: skip
    """Hold one SMTP dialogue from a host; gives every reply, the greeting first (command `CONNECT`).

    Args:
        tls: go on inside TLS after STARTTLS (RFC 3207).
        sealed: inside TLS from the first byte (RFC 8314).
        end: quit; drop (close without QUIT); reset (right after the greeting).
    """
    plan = {"server": server, "port": port, "helo": helo, "tls": tls, "sealed": sealed, "login": login, "end": end,
            "mails": [mail._asdict() for mail in mails]}  # fmt: skip
    said = host.run(sys.executable, str(_FOLDER / "dialogue.py"), input=json.dumps(plan))
    return [Reply(*words) for words in json.loads(said)]


def accepted(replies: list[Reply]) -> int:
    """How many messages the server took: a 2xx reply after the end of the data (RFC 5321 section 4.2.5)."""
    return sum(1 for reply in replies if reply.command == "DATA" and 200 <= reply.code < 300)


def try_port(host: Host, server: str, port: int) -> int:
    """Open a TCP connection and close it at once; gives 0 or the error's number (111: refused)."""
    return int(host.run(sys.executable, "-c", _CONNECT, server, str(port)))


def scan(host: Host, server: str, *ports: int) -> None:
    """Send a SYN to each port and never complete the connection."""
    host.run(sys.executable, str(_FOLDER / "half_open.py"), host.address, server, *map(str, ports))


def look_up(host: Host, resolver: str, *questions: str) -> None:
    """Ask a resolver; each question is a name and a type, separated by a space."""
    for question in questions:
        name, qtype = question.split()
        host.run("dig", f"@{resolver}", name, qtype, "+short", "+time=2", "+tries=1", check=False)


@contextlib.contextmanager
def repeating(action: Callable[[], None], every_s: float) -> Iterator[None]:
    """Do something again and again for the time of a block, as an always-on process does."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            action()
            ended.wait(every_s)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()
