"""BIND and Unbound on loopback serve some of the domains: what was recorded gives the document again, without them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.query
import pytest

ADDRESS = "127.0.0.1"
DOMAINS = ("d002.example", "d025.example", "mail.d084.example")
COMMAND = [sys.executable, "-m", "forensics", "domain"]
APEX = "bulkpost.test. 300 IN SOA ns1.bulkpost.test. hostmaster.bulkpost.test. 1 7200 900 1209600 300\n"
BIND = """\
options {{
    directory "{folder}"; pid-file none; session-keyfile none; lock-file none; managed-keys-directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; notify no;
    check-names primary ignore; check-mx ignore; check-mx-cname ignore;
}};
controls {{}};
"""
UNBOUND = """\
server:
    interface: 127.0.0.1@{port}
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    do-ip6: no
    num-threads: 1
    module-config: "iterator"
    do-not-query-localhost: no
    local-zone: "in-addr.arpa." always_nxdomain
    local-zone: "ip6.arpa." always_nxdomain
    local-zone: "_dmarc.example." always_nxdomain
remote-control:
    control-enable: no
"""


def free_port() -> int:
    """A port that nothing listens on, over UDP and TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.socket() as stream:
        datagrams.bind((ADDRESS, 0))
        port = int(datagrams.getsockname()[1])
        stream.bind((ADDRESS, port))
        return port


@pytest.fixture(scope="session")
def resolver(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of Unbound, in front of BIND with the zones."""
    zones, _ = world
    folder = tmp_path_factory.mktemp("servers")
    bind, unbound = free_port(), free_port()
    named, stubs = BIND.format(folder=folder, port=bind), UNBOUND.format(folder=folder, port=unbound)
    for name in (*DOMAINS, "bulkpost.test"):
        apex = f"{APEX}{name}. 300 IN NS ns2.bulkpost.test.\n" if name == "bulkpost.test" else ""
        (folder / f"{name}.zone").write_text(apex + zones.zone(name))
        named += f'zone "{name}" {{ type primary; file "{name}.zone"; }};\n'
        stubs += f'stub-zone:\n    name: "{name}"\n    stub-addr: {ADDRESS}@{bind}\n'
    (folder / "named.conf").write_text(named)
    (folder / "unbound.conf").write_text(f'{stubs}forward-zone:\n    name: "."\n    forward-addr: {ADDRESS}@{bind}\n')
    with (folder / "log").open("ab") as log:
        started = [
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            for command in (
                ("named", "-f", "-c", str(folder / "named.conf"), "-n", "1"),
                ("unbound", "-d", "-c", str(folder / "unbound.conf")),
            )
        ]
    try:
        for domain in DOMAINS:
            wait(unbound, domain, folder / "log")
        yield unbound
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def wait(port: int, domain: str, log: Path) -> None:
    """Until the resolver knows the zone."""
    question = dns.message.make_query(domain, "MX")
    for _ in range(100):
        try:
            if dns.query.udp(question, ADDRESS, timeout=1, port=port).answer:
                return
        except (OSError, dns.exception.DNSException):
            pass
        time.sleep(0.1)
    pytest.fail(f"nothing answers for {domain}: {log.read_text()[-600:]}")


@pytest.mark.program("named", "unbound")
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_recording_gives_the_document_of_the_live_run(resolver: int, domain: str, tmp_path: Path) -> None:
    save, live, again = tmp_path / "answers.jsonl", tmp_path / "live.json", tmp_path / "again.json"
    words = [domain, "--live", "--resolver", f"{ADDRESS}:{resolver}", "--save", save, "--json", live]
    subprocess.run([*COMMAND, *words], check=True, capture_output=True)
    subprocess.run([*COMMAND, domain, "--records", save, "--json", again], check=True, capture_output=True)
    assert live.read_bytes() == again.read_bytes()
    assert b'"not_asked"' not in live.read_bytes() or domain == "mail.d084.example"
    assert 10 < save.read_bytes().count(b"\n") <= 60
