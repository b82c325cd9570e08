"""BIND and Unbound on loopback: what they are configured with, and that they run from the first answer to the end."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest

ADDRESS = "127.0.0.1"


def free_port() -> int:
    """A port that nothing listens on, over UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.socket() as stream:
            datagrams.bind((ADDRESS, 0))
            port = int(datagrams.getsockname()[1])
            # what is free over UDP can be one end of a connection over TCP, also of one that just ended
            with contextlib.suppress(OSError):
                stream.bind((ADDRESS, port))
                return port


def bind_config(folder: Path, port: int, zones: Mapping[str, str], options: str = "") -> Path:
    """Of a server that answers for these zones alone, each from a file of the folder."""
    config = folder / "named.conf"
    served = "".join(f'zone "{zone}" {{ type primary; file "{file}"; }};\n' for zone, file in zones.items())
    config.write_text(
        f"""options {{
    directory "{folder}"; pid-file none; session-keyfile none; lock-file none; managed-keys-directory "{folder}";
    listen-on port {port} {{ {ADDRESS}; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; notify no;
    {options}
}};
controls {{}};
{served}"""
    )
    return config


def unbound_config(folder: Path, port: int, options: str, clauses: str, *, modules: str = "iterator") -> Path:
    """Of a resolver; `options` are lines of its server clause, `clauses` tell whom it asks."""
    config = folder / "unbound.conf"
    config.write_text(
        f"""server:
    interface: {ADDRESS}@{port}
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    do-ip6: no
    num-threads: 1
    module-config: "{modules}"
    do-not-query-localhost: no
{options}
remote-control:
    control-enable: no
{clauses}"""
    )
    return config


def asking_for(zones: Iterable[str], port: int) -> str:
    """Clauses of a resolver that asks the server on this port for the zones."""
    return "".join(f'stub-zone:\n    name: "{zone}"\n    stub-addr: {ADDRESS}@{port}\n' for zone in zones)


def leaving_the_rest_to(port: int) -> str:
    """A clause of a resolver that hands all other questions on to the server on this port."""
    return f'forward-zone:\n    name: "."\n    forward-addr: {ADDRESS}@{port}\n'


@contextlib.contextmanager
def running(named: Path, unbound: Path, ports: Iterable[int], asked: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Both servers, once each port in turn gives records for each name and type."""
    log = named.with_name("servers.log")
    with log.open("ab") as sink:
        started = [
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
            for command in (("named", "-f", "-c", str(named), "-n", "1"), ("unbound", "-d", "-c", str(unbound)))
        ]
    try:
        questions = [dns.message.make_query(*question) for question in asked]
        for port in ports:
            for question in questions:
                _wait(question, port, log)
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def _wait(question: dns.message.Message, port: int, log: Path) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError, dns.exception.DNSException):
            if dns.query.udp(question, ADDRESS, timeout=1, port=port).answer:
                return
        time.sleep(0.1)
    pytest.fail(f"nothing on port {port} answers {question.question[0]}: {log.read_text()[-1200:]}")
