"""Fetching MTA-STS policies from servers of ours: kept first, judged alike later, each failure told apart."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics import Case
from forensics.cli.live_domain import Wanted, record
from forensics.collect import links, policy_files
from forensics.collect.dns_records import Recorder
from forensics.collect.reach import PUBLIC, Reach
from forensics.collect.resolvers import Server
from forensics.model.posture import Check
from tests.collect.secure_server import http_answer, http_request, serving

ADDRESS = "127.0.0.1"
HOST = "mta-sts.called.example"
POLICY = b"version: STSv1\nmode: enforce\nmx: *.called.example\nmax_age: 604800\n"
PLAIN = "text/plain; charset=utf-8"


def answering(answer: bytes, heads: list[bytes] | None = None) -> Callable[[Any], None]:
    def serve(link: Any) -> None:
        head, _ = http_request(link)
        if heads is not None:
            heads.append(head)
        link.sendall(answer)

    return serve


def loopback(port: int) -> Reach:
    return Reach(lambda address: address == ADDRESS, https_port=port)


def judged(path: Path, domain: str = "called.example") -> list[Check]:
    with Case() as case:
        case.add(path)
        assert [piece.state for piece in case.evidence] == ["read"]
        return [check for check in case.posture(domain).checks if check.id.startswith("mta-sts/")]


def fetched(servers: Any, path: Path, reach: Reach, ca: Path | None = None, domain: str = "called.example") -> str:
    with Recorder(path, Server(ADDRESS, servers.unbound)) as recorder:
        recorder.ask(f"_mta-sts.{domain}", "TXT")
        return policy_files.fetch(domain, recorder, links.trusting(ca), reach, timeout_s=1).outcome


@pytest.mark.program("named", "unbound", "openssl")
def test_a_policy_is_fetched_kept_and_held_against_the_exchangers(servers: Any, authority: Any, tmp_path: Path) -> None:
    heads: list[bytes] = []
    save = tmp_path / "a.jsonl"
    with serving(answering(http_answer(POLICY, PLAIN), heads), *authority.issue(HOST)) as port:
        resolver = f"{ADDRESS}:{servers.unbound}"
        record(Wanted("called.example", resolver, save, ca_file=authority.ca), loopback(port))
    assert heads[0].startswith(f"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {HOST}:{port}\r\n".encode())
    (entry,) = [e for e in map(json.loads, save.read_bytes().splitlines()) if "policy" in e["format"]]
    assert (entry["outcome"], entry["address"], entry["url"]) == (
        "answered", ADDRESS, f"https://{HOST}/.well-known/mta-sts.txt",
    )  # fmt: skip
    assert base64.b64decode(entry["response"]).endswith(POLICY)
    checks = {(check.id, check.subject): check for check in judged(save)}
    assert checks["mta-sts/policy", HOST].state == "ok"
    assert checks["mta-sts/policy", HOST].record == POLICY.decode().strip()
    # the wildcard stands for one label
    assert checks["mta-sts/mx", "mx2.outside.called.example"].state == "problem"
    assert ("mta-sts/mx", "mx1.called.example") not in checks
    words = [sys.executable, "-m", "forensics", "domain", "called.example", "--records", str(save), "--json", "-"]
    first, again = (subprocess.run(words, check=True, capture_output=True).stdout for _ in range(2))
    assert first == again


@pytest.mark.program("named", "unbound", "openssl")
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (http_answer(b"gone", PLAIN, "404 Not Found"), "http_status"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://called.example/policy\r\n\r\n", "redirect"),
        (http_answer(POLICY + b"#" * 65_536, PLAIN), "oversized"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"#" * 10_000_000, "oversized"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + POLICY, "no_http"),
        (b"", "no_http"),
    ],
)
def test_what_is_no_policy_keeps_its_reason(
    servers: Any, authority: Any, tmp_path: Path, answer: bytes, outcome: str
) -> None:
    with serving(answering(answer), *authority.issue(HOST)) as port:
        assert fetched(servers, tmp_path / "a.jsonl", loopback(port), authority.ca) == outcome
    (check,) = [check for check in judged(tmp_path / "a.jsonl") if check.id == "mta-sts/policy"]
    assert check.state == "problem"
    if outcome == "redirect":
        assert "https://called.example/policy" in check.text


@pytest.mark.program("named", "unbound", "openssl")
def test_a_certificate_that_is_not_accepted_is_its_own_failure(servers: Any, authority: Any, tmp_path: Path) -> None:
    heads: list[bytes] = []
    for number, shown in enumerate((authority.issue("called.example"), authority.self_signed(HOST))):
        path = tmp_path / f"{number}.jsonl"
        with serving(answering(http_answer(POLICY, PLAIN), heads), *shown) as port:
            assert fetched(servers, path, loopback(port), authority.ca) == "certificate"
        (check,) = [check for check in judged(path) if check.id == "mta-sts/policy"]
        assert (check.state, "the certificate is not accepted" in check.text) == ("problem", True)
    assert heads == []


@pytest.mark.program("named", "unbound", "openssl")
def test_a_host_that_cannot_be_reached_is_told_apart(
    servers: Any, authority: Any, tmp_path: Path, free_port: Any
) -> None:
    assert fetched(servers, tmp_path / "refused", loopback(free_port())) == "refused"
    with serving(lambda link: time.sleep(1.5)) as port:
        assert fetched(servers, tmp_path / "silent", loopback(port)) == "timeout"
    assert [check.state for check in judged(tmp_path / "silent")][-1] == "unknown"
    with serving(lambda link: link.sendall(b"220 mx1 ESMTP\r\n")) as port:
        assert fetched(servers, tmp_path / "plain", loopback(port)) == "tls"

    def drip(link: Any) -> None:
        http_request(link)
        for _ in range(40):
            link.sendall(b"H")
            time.sleep(0.05)

    with serving(drip, *authority.issue(HOST)) as port:
        assert fetched(servers, tmp_path / "drip", loopback(port), authority.ca) == "timeout"


@pytest.mark.program("named", "unbound")
def test_only_public_addresses_are_called(servers: Any, tmp_path: Path) -> None:
    got: list[int] = []
    with serving(lambda link: got.append(1)) as port:
        assert fetched(servers, tmp_path / "own", PUBLIC._replace(https_port=port)) == "not_public"
    assert got == []
    assert fetched(servers, tmp_path / "private", PUBLIC, domain="private.called.example") == "not_public"
    assert fetched(servers, tmp_path / "without", PUBLIC, domain="without.called.example") == "no_address"
    assert fetched(servers, tmp_path / "failing", PUBLIC, domain="broken.example") == "address_unknown"
    (check,) = [c for c in judged(tmp_path / "private", "private.called.example") if c.id == "mta-sts/policy"]
    assert (check.state, "192.168.4.4" in check.text) == ("problem", True)
    (check,) = [c for c in judged(tmp_path / "failing", "broken.example") if c.id == "mta-sts/policy"]
    assert check.state == "unknown"


@pytest.mark.program("named", "unbound")
def test_a_budget_that_is_spent_leaves_the_policy_unfetched(servers: Any, tmp_path: Path) -> None:
    got: list[int] = []
    with (
        serving(lambda link: got.append(1)) as port,
        Recorder(tmp_path / "a.jsonl", Server(ADDRESS, servers.unbound), budget=1) as recorder,
    ):
        recorder.ask("_mta-sts.called.example", "TXT")
        found = policy_files.fetch("called.example", recorder, links.trusting(), loopback(port))
    assert (found.outcome, recorder.sent, got) == ("address_unknown", 1, [])


@pytest.mark.program("named", "unbound")
def test_a_policy_that_nobody_asks_senders_to_fetch_is_not_fetched(servers: Any, tmp_path: Path) -> None:
    save = tmp_path / "a.jsonl"
    got: list[int] = []
    with serving(lambda link: got.append(1)) as port:
        record(Wanted("northwind.example", f"{ADDRESS}:{servers.unbound}", save), loopback(port))
    assert got == []
    assert [check.id for check in judged(save, "northwind.example")] == ["mta-sts/record"]


@pytest.mark.program("named", "unbound")
def test_without_authorities_nothing_is_said_of_certificates(
    servers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    got: list[int] = []
    with serving(lambda link: got.append(1)) as port:
        record(Wanted("called.example", f"{ADDRESS}:{servers.unbound}", tmp_path / "a.jsonl"), loopback(port))
    assert got == []
    assert "The system has no authorities" in capsys.readouterr().err
    assert [check.text for check in judged(tmp_path / "a.jsonl")][-1] == "The policy was not fetched."


def test_a_dry_run_names_the_policy_and_who_would_see_it() -> None:
    words = ["called.example", "--live", "--dry-run", "--resolver", "192.0.2.53"]
    done = subprocess.run([sys.executable, "-m", "forensics", "domain", *words], check=True, capture_output=True)
    text = " ".join(done.stdout.decode().split())
    assert "https://mta-sts.called.example/.well-known/mta-sts.txt is fetched" in text
    assert "The server of the MTA-STS policy sees your address" in text
