"""Looking at mail servers: a real Postfix sees no command of mail, and hostile ones cannot hold the probe."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forensics import Case
from forensics.cli.live_domain import Wanted, record
from forensics.collect.dns_records import Recorder
from forensics.collect.reach import PUBLIC, Reach
from forensics.collect.resolvers import Server
from forensics.collect.smtp_probe import probe
from forensics.model.posture import Check
from forensics.protocols import certificate
from tests.collect.secure_server import serving

ADDRESS = "127.0.0.1"
HOST = "mx1.called.example"
SERVICES = """\
proxymap  unix  - - n -     - proxymap
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -     - trivial-rewrite
anvil     unix  - - n -     1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


@contextlib.contextmanager
def postfix(port: int, chain: Path, key: Path) -> Iterator[Path]:
    """A Postfix of its own on loopback; gives its log."""
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root alone")
    folder = Path(tempfile.mkdtemp(prefix="forensics-postfix-"))
    folder.chmod(0o755)  # its daemons run as another user
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix", "postfix")
    shutil.copy(chain, folder / "etc" / "chain.pem")
    shutil.copy(key, folder / "etc" / "key.pem")
    (folder / "etc" / "master.cf").write_text(f"{ADDRESS}:{port} inet n - n - - smtpd\n{SERVICES}")
    values = {
        "compatibility_level": "3.6", "myhostname": HOST, "mydestination": "", "inet_protocols": "ipv4",
        "queue_directory": folder / "spool", "data_directory": folder / "data", "maillog_file": folder / "mail.log",
        "maillog_file_prefixes": folder, "alias_maps": "", "alias_database": "", "smtpd_tls_security_level": "may",
        "smtpd_tls_chain_files": f"{folder}/etc/key.pem {folder}/etc/chain.pem", "smtpd_peername_lookup": "no",
        "smtpd_tls_session_cache_database": "", "multi_instance_enable": "no",
    }  # fmt: skip
    (folder / "etc" / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in values.items()))
    subprocess.run(["postfix", "-c", folder / "etc", "start"], check=True, capture_output=True)
    try:
        yield folder / "mail.log"
    finally:
        subprocess.run(["postfix", "-c", folder / "etc", "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def sessions(log: Path, count: int) -> list[dict[str, str]]:
    """How often each command came, per session, once that many have ended."""
    for _ in range(100):
        ended = re.findall(r"disconnect from (.*)", log.read_text() if log.exists() else "")
        if len(ended) >= count:
            return [dict(re.findall(r"(\w+)=([\d/]+)", line)) for line in ended]
        time.sleep(0.1)
    pytest.fail(log.read_text()[-800:])


def loopback(port: int) -> Reach:
    return Reach(lambda address: address == ADDRESS, smtp_port=port)


def probes(path: Path) -> list[dict[str, Any]]:
    return [entry for entry in map(json.loads, path.read_bytes().splitlines()) if "smtp" in entry["format"]]


def judged(path: Path) -> dict[str, Check]:
    with Case() as case:
        case.add(path)
        assert [piece.state for piece in case.evidence] == ["read"]
        assert case.result().verdict.id == "undetermined"  # an examiner's own visit is no activity of the subject
        return {check.id: check for check in case.posture("called.example").checks if check.subject.endswith(HOST)}


@pytest.mark.program("named", "unbound", "openssl", "postfix")
def test_a_mail_server_is_looked_at_without_a_command_of_mail(
    servers: Any, authority: Any, tmp_path: Path, free_port: Any
) -> None:
    save, port = tmp_path / "a.jsonl", free_port()
    with postfix(port, *authority.issue(HOST)) as log:
        wanted = Wanted("called.example", f"{ADDRESS}:{servers.unbound}", save, ca_file=authority.ca, probe_smtp=True)
        record(wanted, loopback(port))
        assert sessions(log, 1) == [{"ehlo": "1", "starttls": "1", "quit": "1", "commands": "3"}]
    first, second = probes(save)
    assert (first["host"], first["outcome"], first["verified"]) == (HOST, "done", True)
    assert [turn["sent"] for turn in first["turns"]] == [None, "EHLO [127.0.0.1]", "STARTTLS", "QUIT"]
    assert (second["host"], second["outcome"]) == ("mx2.outside.called.example", "not_public")
    checks = judged(save)
    assert {kind: checks[kind].state for kind in checks if kind.startswith("smtp/")} == {
        "smtp/banner": "ok", "smtp/starttls": "ok", "smtp/certificate": "ok",
    }  # fmt: skip
    assert checks["smtp/banner"].record == f"220 {HOST} ESMTP Postfix"
    assert f"subject CN={HOST},O=Northwind; names {HOST}; issuer CN=Test CA" in (
        checks["smtp/certificate"].record or ""
    )
    words = [sys.executable, "-m", "forensics", "domain", "called.example", "--records", str(save)]
    shown = " ".join(subprocess.run(words, check=True, capture_output=True).stdout.decode().split())
    assert "smtp/certificate" in shown


@pytest.mark.program("named", "unbound", "openssl", "postfix")
def test_a_certificate_that_is_not_accepted_is_looked_at_all_the_same(
    servers: Any, authority: Any, tmp_path: Path, free_port: Any
) -> None:
    save, port = tmp_path / "a.jsonl", free_port()
    shown = authority.self_signed("localhost.example")
    with postfix(port, *shown) as log, Recorder(save, Server(ADDRESS, servers.unbound)) as recorder:
        recorder.ask("called.example", "MX")
        probe([HOST], recorder, authority.ca, loopback(port))
        assert {word for session in sessions(log, 2) for word in session} <= {"ehlo", "starttls", "quit", "commands"}
    first, second = probes(save)
    assert (first["outcome"], first["certificate"], second["outcome"]) == ("certificate", None, "done")
    checks = judged(save)
    assert checks["smtp/certificate"].state == "warning"
    for text in ("self-signed certificate", f"it is not for {HOST}"):
        assert text in checks["smtp/certificate"].text
    assert len(checks["smtp/certificate"].citations) == 2
    whole = subprocess.run(
        ["openssl", "x509", "-in", shown.chain, "-outform", "DER"], check=True, capture_output=True
    ).stdout  # fmt: skip
    assert base64.b64decode(second["certificate"]) == whole


def saying(*replies: bytes, got: list[bytes] | None = None) -> Callable[[Any], None]:
    """A server that gives these replies, the first unasked."""

    def serve(link: socket.socket) -> None:
        for reply in replies:
            link.sendall(reply)
            line = link.recv(1024)
            if got is not None:
                got.append(line)
            if not line:
                return

    return serve


def looked_at(servers: Any, path: Path, serve: Callable[[Any], None], timeout_s: float = 5) -> dict[str, Check]:
    with serving(serve) as port, Recorder(path, Server(ADDRESS, servers.unbound)) as recorder:
        recorder.ask("called.example", "MX")
        probe([HOST], recorder, None, loopback(port), timeout_s=timeout_s)
    return judged(path)


def endless(link: socket.socket) -> None:
    for _ in range(100_000):
        link.sendall(b"220-welcome, and wait\r\n" * 100)


def dripping(link: socket.socket) -> None:
    for _ in range(200):
        link.sendall(b"2")
        time.sleep(0.05)


@pytest.mark.program("named", "unbound")
@pytest.mark.parametrize(
    ("serve", "timeout_s", "outcome", "state"),
    [
        (endless, 5, "oversized", "problem"),
        (dripping, 0.5, "timeout", "unknown"),
        (lambda link: time.sleep(1), 0.3, "timeout", "unknown"),
        (saying(b"220 " + b"x" * 1_000_000 + b"\r\n"), 5, "oversized", "problem"),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), 5, "no_smtp", "problem"),
        (saying(bytes(range(256)) * 8 + b"\n"), 5, "no_smtp", "problem"),
        (saying(b"220 one\r\n250 two\r\n"), 5, "no_smtp", "problem"),
        (saying(b"220-one\r\n221 two\r\n"), 5, "no_smtp", "problem"),
        (lambda link: None, 5, "closed", "warning"),
    ],
)
def test_a_hostile_banner_holds_nothing(
    servers: Any, tmp_path: Path, serve: Any, timeout_s: float, outcome: str, state: str
) -> None:
    checks = looked_at(servers, tmp_path / "a.jsonl", serve, timeout_s)
    (entry,) = probes(tmp_path / "a.jsonl")
    assert (entry["outcome"], checks["smtp/banner"].state) == (outcome, state)
    assert len(base64.b64decode(entry["turns"][0]["received"])) <= 16_384
    assert "smtp/starttls" not in checks


@pytest.mark.program("named", "unbound")
def test_a_server_that_takes_no_mail_is_left_with_quit(servers: Any, tmp_path: Path) -> None:
    got: list[bytes] = []
    checks = looked_at(servers, tmp_path / "a.jsonl", saying(b"554 no\x1b[2J\r\n", b"221 bye\r\n", got=got))
    assert got[0] == b"QUIT\r\n"
    assert (checks["smtp/banner"].state, checks["smtp/banner"].record) == ("warning", "554 no\x1b[2J")


@pytest.mark.program("named", "unbound")
@pytest.mark.parametrize(
    ("replies", "state", "text"),
    [
        ((b"220 mx\r\n", b"250-mx\r\n250 SIZE 1\r\n", b"221 bye\r\n"), "warning", "does not offer STARTTLS"),
        ((b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"454 no\r\n", b"221\r\n"), "warning", "and refuses it"),
        ((b"220 mx\r\n", b"502 what\r\n", b"221 bye\r\n"), "warning", "does not offer"),
        ((b"220 mx\r\n", b"250-mx\r\n250 starttls\r\n", b"220 go\r\n", b"500 no\r\n"), "warning", "no TLS comes of it"),
        ((b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n"), "unknown", "ended as no_smtp"),
        ((b"220 mx\r\n",), "unknown", "ended as closed"),
    ],
)  # fmt: skip
def test_what_becomes_of_starttls_is_told_apart(
    servers: Any, tmp_path: Path, replies: tuple[bytes, ...], state: str, text: str
) -> None:
    got: list[bytes] = []
    check = looked_at(servers, tmp_path / "a.jsonl", saying(*replies, got=got))["smtp/starttls"]
    assert (check.state, text in check.text) == (state, True)
    commands = {line.split()[0].upper() for line in got if line.strip() and line[:1].isalpha()}
    assert commands <= {b"EHLO", b"STARTTLS", b"QUIT"}


@pytest.mark.program("named", "unbound", "openssl")
def test_without_authorities_a_certificate_is_looked_at_and_not_doubted(
    servers: Any, authority: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(HOST))

    def serve(link: socket.socket) -> None:
        for reply in (b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"):
            link.sendall(reply)
            if not reply.endswith(b"go\r\n"):
                link.recv(1024)
        with context.wrap_socket(link, server_side=True) as secret:
            secret.recv(1024)
            secret.sendall(b"221 bye\r\n")

    (tmp_path / "none").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    check = looked_at(servers, tmp_path / "a.jsonl", serve)["smtp/certificate"]
    assert (check.state, check.text) == ("unknown", f"It was not held against authorities; it is for {HOST}.")
    assert [entry["outcome"] for entry in probes(tmp_path / "a.jsonl")] == ["done"]


@pytest.mark.program("named", "unbound")
def test_a_probe_calls_public_addresses_alone(servers: Any, tmp_path: Path) -> None:
    got: list[bytes] = []
    with (
        serving(saying(b"220 mx\r\n", got=got)) as port,
        Recorder(tmp_path / "a.jsonl", Server(ADDRESS, servers.unbound)) as recorder,
    ):
        probe([HOST, "gone.called.example"], recorder, None, PUBLIC._replace(smtp_port=port))
    assert got == []
    assert [entry["outcome"] for entry in probes(tmp_path / "a.jsonl")] == ["not_public", "no_address"]


@pytest.mark.program("named", "unbound")
def test_no_more_than_three_exchangers_are_called(servers: Any, tmp_path: Path, free_port: Any) -> None:
    with Recorder(tmp_path / "a.jsonl", Server(ADDRESS, servers.unbound)) as recorder:
        probe([HOST, HOST, *(f"m{n}.called.example" for n in range(9))], recorder, None, loopback(free_port()))
    assert [(entry["host"], entry["outcome"]) for entry in probes(tmp_path / "a.jsonl")] == [
        (HOST, "refused"), ("m0.called.example", "no_address"), ("m1.called.example", "no_address"),
    ]  # fmt: skip


@pytest.mark.program("openssl")
def test_a_certificate_is_read_as_openssl_reads_it(authority: Any, tmp_path: Path) -> None:
    chain = authority.issue("mx1.example.net", "*.example.org", "192.0.2.25").chain
    openssl = ["openssl", "x509", "-in", chain]
    whole = subprocess.run([*openssl, "-outform", "DER"], check=True, capture_output=True).stdout
    found = certificate.parse(whole)
    wanted = ["-subject", "-issuer", "-dates", "-fingerprint", "-sha256", "-dateopt", "iso_8601", "-nameopt", "RFC2253"]
    said = subprocess.run([*openssl, "-noout", *wanted], check=True, capture_output=True, text=True).stdout.splitlines()
    facts = dict(line.split("=", 1) for line in said)
    assert facts["subject"] == found.subject == "CN=mx1.example.net,O=Northwind"
    assert facts["issuer"] == found.issuer
    assert facts["sha256 Fingerprint"].replace(":", "").lower() == found.sha256
    assert facts["notBefore"].replace(" ", "T") == found.not_before
    assert facts["notAfter"].replace(" ", "T") == found.not_after
    assert found.names == ("mx1.example.net", "*.example.org", "192.0.2.25")
    for size in range(len(whole)):
        with pytest.raises(certificate.CertificateError):
            certificate.parse(whole[:size])


def test_a_dry_run_names_the_visit_and_without_live_there_is_none() -> None:
    command = [sys.executable, "-m", "forensics", "domain", "called.example", "--probe-smtp"]
    words = ["--live", "--dry-run", "--resolver", "192.0.2.53"]
    text = " ".join(subprocess.run([*command, *words], check=True, capture_output=True).stdout.decode().split())
    assert "The first 3 exchangers by preference are called on port 25" in text
    assert "The mail servers see your address" in text
    refused = subprocess.run([*command, "--records", "x"], check=False, capture_output=True)
    assert (refused.returncode, b"belong to --live" in refused.stderr) == (2, True)
