"""BIND and Unbound on loopback serve some of the domains: what was recorded gives the document again, without them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.name_servers import (
    ADDRESS,
    asking_for,
    bind_config,
    free_port,
    leaving_the_rest_to,
    running,
    unbound_config,
)

DOMAINS = ("d002.example", "d025.example", "mail.d084.example")
COMMAND = [sys.executable, "-m", "forensics", "domain"]
APEX = "bulkpost.test. 300 IN SOA ns1.bulkpost.test. hostmaster.bulkpost.test. 1 7200 900 1209600 300\n"
OPTIONS = """\
    local-zone: "in-addr.arpa." always_nxdomain
    local-zone: "ip6.arpa." always_nxdomain
    local-zone: "_dmarc.example." always_nxdomain"""


@pytest.fixture(scope="session")
def resolver(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of Unbound, in front of BIND with the zones."""
    zones, _ = world
    folder = tmp_path_factory.mktemp("servers")
    bind, unbound = free_port(), free_port()
    files = {name: f"{name}.zone" for name in (*DOMAINS, "bulkpost.test")}
    for name, file in files.items():
        apex = f"{APEX}{name}. 300 IN NS ns2.bulkpost.test.\n" if name == "bulkpost.test" else ""
        (folder / file).write_text(apex + zones.zone(name))
    named = bind_config(folder, bind, files, "check-names primary ignore; check-mx ignore; check-mx-cname ignore;")
    config = unbound_config(folder, unbound, OPTIONS, asking_for(files, bind) + leaving_the_rest_to(bind))
    with running(named, config, (bind, unbound), [(domain, "MX") for domain in DOMAINS]):
        yield unbound


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
