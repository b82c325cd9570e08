"""Signed zones behind a resolver that checks signatures: good, bogus and unsigned stay three things."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forensics import Case
from forensics.analysis.posture import asking
from forensics.collect.dns_records import Recorder
from forensics.collect.resolvers import Server
from forensics.model.posture import Asked, Check, Posture
from tests.name_servers import ADDRESS, asking_for, bind_config, free_port, running, unbound_config

ZONES = ("good.example", "bogus.example", "unsigned.example")
ZONE = """\
$ORIGIN {zone}.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN NS ns1
@ IN MX 10 mx1
@ IN TXT "v=spf1 mx -all"
ns1 IN A 192.0.2.53
mx1 IN A 192.0.2.25
_25._tcp.mx1 IN TLSA 3 1 1 {digest}
"""
ROOT = """\
$ORIGIN .
$TTL 300
@ IN SOA ns.root.example. hostmaster.root.example. 1 3600 900 604800 60
@ IN NS ns.root.example.
ns.root.example. IN A 192.0.2.53
"""


def signed(folder: Path, zone: str, text: str) -> str:
    """Sign a zone in the folder; gives the DS records that its parent is to publish."""
    name = zone if zone != "." else "root"
    (folder / f"{name}.zone").write_text(text)
    for flags in ((), ("-f", "KSK")):
        subprocess.run(
            ["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", *flags, "-K", folder, zone],
            check=True,
            capture_output=True,
        )
    sign = ["dnssec-signzone", "-q", "-S", "-K", folder, "-d", folder, "-o", zone, "-f", folder / f"{name}.signed"]
    subprocess.run([*sign, folder / f"{name}.zone"], check=True, capture_output=True)
    return (folder / f"dsset-{zone}{'' if zone == '.' else '.'}").read_text()


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("signed")
    bind, unbound = free_port(), free_port()
    root = ROOT
    for zone in ZONES:
        text = ZONE.format(zone=zone, digest="00" * 32)
        root += f"{zone}. IN NS ns1.{zone}.\nns1.{zone}. IN A 192.0.2.53\n"
        if zone == "unsigned.example":
            (folder / f"{zone}.signed").write_text(text)
            continue
        ds = signed(folder, zone, text)
        # a digest of another key: nothing below the parent can be trusted
        root += re.sub(r"[0-9A-F]{8}\s*$", "0BAD0BAD", ds.strip()) + "\n" if zone == "bogus.example" else ds
    signed(folder, ".", root)
    key = next(path for path in folder.glob("K.+*.key") if " 257 " in path.read_text())
    options = f"""\
    trust-anchor-file: "{key}"
    trust-anchor-signaling: no
    local-zone: "2.0.192.in-addr.arpa." nodefault"""
    named = bind_config(folder, bind, {".": "root.signed", **{zone: f"{zone}.signed" for zone in ZONES}})
    clauses = asking_for((".", *ZONES), bind)
    config = unbound_config(folder, unbound, options, clauses, modules="validator iterator")
    with running(named, config, (bind, unbound), [("good.example", "SOA")]):
        yield unbound


def recorded(path: Path, port: int, domain: str) -> Posture:
    with Recorder(path, Server(ADDRESS, port)) as recorder:
        asking.ask(domain, (), recorder)
        if not recorder.authenticated:
            recorder.ask(*asking.VOUCHED_FOR)
    with Case() as case:
        case.add(path)
        return case.posture(domain)


def asked(posture: Posture, qname: str, qtype: str) -> Asked:
    return next(asked for asked in posture.questions if (asked.qname, asked.qtype) == (qname, qtype))


def of(posture: Posture, kind: str) -> list[Check]:
    return [check for check in posture.checks if check.id == kind]


@pytest.mark.program("named", "unbound", "dnssec-signzone", "dnssec-keygen")
def test_answers_of_a_signed_zone_are_secure(resolver: int, tmp_path: Path) -> None:
    posture = recorded(tmp_path / "a.jsonl", resolver, "good.example")
    own = [q for q in posture.questions if q.qname.endswith("good.example") and q.qtype != "CNAME"]
    assert {q.dnssec for q in own} == {"secure"}
    gone = asked(posture, "_dmarc.good.example", "TXT")
    assert (gone.status, gone.dnssec) == ("nxdomain", "secure")
    (check,) = of(posture, "dnssec/validation")
    assert check.state == "ok"
    assert not of(posture, "dane/unsigned")


@pytest.mark.program("named", "unbound", "dnssec-signzone", "dnssec-keygen")
def test_bogus_answers_are_neither_taken_nor_absent(resolver: int, tmp_path: Path) -> None:
    posture = recorded(tmp_path / "a.jsonl", resolver, "bogus.example")
    for question in (("bogus.example", "MX"), ("_dmarc.bogus.example", "TXT")):
        found = asked(posture, *question)
        assert (found.status, found.dnssec, found.records) == ("servfail", "bogus", ())
        assert found.note == "the resolver finds the signatures bogus: it answers only when told not to check them"
    (check,) = of(posture, "dnssec/validation")
    assert (check.state, "bogus.example MX" in check.text) == ("problem", True)
    own = [check for check in posture.checks if check.subject.endswith("bogus.example")]
    # the DS record itself stands in the parent, whose signatures hold
    assert {check.id for check in own if check.state in ("absent", "ok")} == {"dnssec/ds"}
    assert [line.answer for line in posture.summary][:4] == ["unknown"] * 4
    kept = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    assert [(entry["status"], entry["checking_disabled"]) for entry in kept[:2]] == [
        ("servfail", False), ("bogus", True),
    ]  # fmt: skip


@pytest.mark.program("named", "unbound", "dnssec-signzone", "dnssec-keygen")
def test_answers_of_an_unsigned_zone_are_insecure(resolver: int, tmp_path: Path) -> None:
    posture = recorded(tmp_path / "a.jsonl", resolver, "unsigned.example")
    assert asked(posture, "unsigned.example", "MX").dnssec == "insecure"
    assert asked(posture, "_dmarc.unsigned.example", "TXT").dnssec == "insecure"
    assert [check.state for check in of(posture, "dnssec/validation")] in (["absent"], ["ok"])
    (pinned,) = of(posture, "dane/unsigned")
    assert (pinned.state, pinned.subject) == ("problem", "_25._tcp.mx1.unsigned.example")


@pytest.mark.program("named", "unbound")
def test_a_resolver_that_checks_nothing_leaves_the_state_unknown(servers: Any, tmp_path: Path) -> None:
    posture = recorded(tmp_path / "a.jsonl", servers.unbound, "northwind.example")
    assert asked(posture, "northwind.example", "MX").dnssec == "unknown"
    assert [check.state for check in of(posture, "dnssec/validation")] == ["unknown"]


@pytest.mark.program("named", "unbound", "dnssec-signzone", "dnssec-keygen")
def test_the_command_shows_what_is_bogus(resolver: int, tmp_path: Path) -> None:
    words = ["bogus.example", "--live", "--resolver", f"{ADDRESS}:{resolver}", "--save", str(tmp_path / "a.jsonl")]
    done = subprocess.run([sys.executable, "-m", "forensics", "domain", *words], check=True, capture_output=True)
    text = " ".join(done.stdout.decode().split())
    assert "The signatures do not hold" in text
    assert "bogus.example MX: servfail (the resolver finds the signatures bogus" in text
