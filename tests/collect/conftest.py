"""Real name servers on loopback: BIND for zones with defects, Unbound as the resolver in front of it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import dns.exception
import dns.message
import dns.query
import pytest

ADDRESS = "127.0.0.1"
NORTHWIND = """\
$ORIGIN northwind.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN NS ns1
@ IN MX 10 mx1
@ IN MX 20 alias
@ IN TXT "v=spf1 mx include:_spf.northwind.example ~all"
@ IN TXT "not spf"
@ IN CAA 0 issue "ca.example"
_spf IN TXT "v=spf1 ip4:192.0.2.0/24 incl" "ude:gone.northwind.example -all"
_dmarc IN TXT "v=DMARC1; p=none"
google._domainkey IN TXT "v=DKIM1; p="
mx1 IN A 192.168.4.4
alias IN CNAME mx1
ns1 IN A 192.0.2.194
empty IN A 192.0.2.1
outside IN CNAME www.elsewhere.example.
"""
LONG = "".join(f'long IN TXT "{number:03} {"x" * 240}"\n' for number in range(30))


class Servers(NamedTuple):
    """Ports on loopback: of BIND, which answers only for its zones, and of the resolver."""

    bind: int
    unbound: int


def free_port() -> int:
    """A port that nothing listens on, over UDP and TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.socket() as stream:
        datagrams.bind((ADDRESS, 0))
        port = int(datagrams.getsockname()[1])
        stream.bind((ADDRESS, port))
        return port


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    bind, unbound = free_port(), free_port()
    started = [
        _started(folder / "named.log", "named", "-f", "-c", str(_bind(folder, bind)), "-n", "1"),
        _started(folder / "unbound.log", "unbound", "-d", "-c", str(_unbound(folder, unbound, bind))),
    ]
    try:
        for port, log in ((bind, "named.log"), (unbound, "unbound.log")):
            _wait(port, folder / log)
        yield Servers(bind, unbound)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def _started(log: Path, *command: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as sink:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)


def _bind(folder: Path, port: int) -> Path:
    (folder / "northwind.zone").write_text(NORTHWIND + LONG)
    config = folder / "named.conf"
    config.write_text(
        f"""options {{
    directory "{folder}"; pid-file none; session-keyfile none; lock-file none; managed-keys-directory "{folder}";
    listen-on port {port} {{ {ADDRESS}; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; notify no;
    minimal-responses yes;
}};
controls {{}};
zone "northwind.example" {{ type primary; file "northwind.zone"; }};
zone "broken.example" {{ type primary; file "missing.zone"; }};
"""
    )
    return config


def _unbound(folder: Path, port: int, bind: int) -> Path:
    config = folder / "unbound.conf"
    stubs = "".join(
        f'stub-zone:\n    name: "{name}"\n    stub-addr: {ADDRESS}@{bind}\n'
        for name in ("northwind.example", "broken.example")
    )
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
    module-config: "iterator"
    do-not-query-localhost: no
    local-zone: "_dmarc.example." always_nxdomain
    local-zone: "168.192.in-addr.arpa." always_nxdomain
remote-control:
    control-enable: no
{stubs}forward-zone:
    name: "."
    forward-addr: {ADDRESS}@{bind}
"""
    )
    return config


def _wait(port: int, log: Path) -> None:
    """Until the server answers at all."""
    question = dns.message.make_query("northwind.example", "SOA")
    for _ in range(100):
        try:
            dns.query.udp(question, ADDRESS, timeout=1, port=port)
        except (OSError, dns.exception.DNSException):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server on port {port} does not answer: {log.read_text()[-600:]}")
