"""Asking over TCP, TLS and HTTPS: the transport is recorded, and a server that is not the one named is not believed."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
import pytest

from forensics.collect import links
from forensics.collect.dns_records import Recorder
from forensics.collect.resolvers import Server, resolver
from forensics.errors import NetworkError, UsageError
from tests.collect.secure_server import http_answer, http_request, serving

ADDRESS = "127.0.0.1"


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def asked(path: Path, server: Server, ca: Path) -> tuple[str, tuple[str, ...]]:
    with Recorder(path, server, timeout_s=2, trust=links.trusting(ca)) as recorder:
        found = recorder.ask("empty.northwind.example", "A")
    return found.status, found.records


@pytest.mark.program("named", "unbound", "openssl")
@pytest.mark.parametrize(
    ("words", "transport", "name"),
    [
        ("tcp://127.0.0.1:{unbound}", "tcp", None),
        ("tls://127.0.0.1:{dot}", "dot", "127.0.0.1"),
        ("tls://127.0.0.1:{dot}#resolver.example", "dot", "resolver.example"),
    ],
)
def test_a_resolver_is_asked_over_what_was_named(
    servers: Any, authority: Any, tmp_path: Path, words: str, transport: str, name: str | None
) -> None:
    server = resolver(words.format(**servers._asdict()))
    assert asked(tmp_path / "a.jsonl", server, authority.ca) == ("ok", ("192.0.2.1",))
    (entry,) = entries(tmp_path / "a.jsonl")
    assert (entry["transport"], entry["server"], entry["server_name"]) == (transport, ADDRESS, name)


@pytest.mark.program("named", "unbound", "openssl")
def test_a_resolver_whose_certificate_is_of_another_name_is_not_asked(
    servers: Any, authority: Any, tmp_path: Path
) -> None:
    server = resolver(f"tls://127.0.0.1:{servers.dot}#other.example")
    assert asked(tmp_path / "a.jsonl", server, authority.ca) == ("timeout", ())
    (entry,) = entries(tmp_path / "a.jsonl")
    assert entry["wire"] is None
    assert entry["note"].startswith("the certificate is not accepted: Hostname mismatch")


@pytest.mark.program("named", "unbound", "openssl")
def test_a_resolver_that_nobody_vouches_for_is_given_up(servers: Any, authority: Any, tmp_path: Path) -> None:
    server = resolver(f"tls://127.0.0.1:{servers.dot}#resolver.example")
    path = tmp_path / "a.jsonl"
    with Recorder(path, server) as recorder:
        assert [recorder.ask(f"{name}.example", "A").status for name in "ab"] == ["timeout", "timeout"]
        with pytest.raises(NetworkError, match="the certificate is not accepted"):
            recorder.ask("c.example", "A")
    assert len(entries(path)) == 3


def over_tls(answers: int, streams: list[int]) -> Callable[[Any], None]:
    """A resolver that answers so many questions on a stream, and then hangs up."""

    def serve(link: Any) -> None:
        streams.append(0)
        while streams[-1] < answers:
            head = link.recv(2)
            if len(head) < 2:
                return
            made = response(link.recv(int.from_bytes(head)))
            link.sendall(len(made).to_bytes(2) + made)
            streams[-1] += 1

    return serve


@pytest.mark.program("openssl")
@pytest.mark.parametrize(("answers", "streams", "sent"), [(9, [3], 3), (1, [1, 1, 1], 5)])
def test_a_stream_stays_open_and_is_opened_anew_where_its_server_closed_it(
    authority: Any, tmp_path: Path, answers: int, streams: list[int], sent: int
) -> None:
    got: list[int] = []
    with serving(over_tls(answers, got), *authority.issue("dns.example", ADDRESS)) as port:
        server = resolver(f"tls://{ADDRESS}:{port}")
        with Recorder(tmp_path / "a.jsonl", server, trust=links.trusting(authority.ca)) as recorder:
            found = [recorder.ask(f"{name}.example", "A").records for name in "abc"]
    assert (found, got, recorder.sent) == ([("192.0.2.1",)] * 3, streams, sent)
    assert [entry["status"] for entry in entries(tmp_path / "a.jsonl")].count("ok") == 3


def over_https(answer: Callable[[bytes], bytes], got: list[bytes]) -> Callable[[Any], None]:
    def serve(link: Any) -> None:
        head, body = http_request(link)
        got.append(head)
        link.sendall(answer(body))

    return serve


def response(body: bytes) -> bytes:
    made = dns.message.make_response(dns.message.from_wire(body), recursion_available=True)
    made.answer = [dns.rrset.from_text(str(made.question[0].name), 60, "IN", "A", "192.0.2.1")]
    return made.to_wire()


@pytest.mark.program("openssl")
def test_a_question_goes_over_https(authority: Any, tmp_path: Path) -> None:
    shown, got = authority.issue("dns.example", ADDRESS), list[bytes]()
    serve = over_https(lambda body: http_answer(response(body), "application/dns-message"), got)
    with serving(serve, *shown) as port:
        server = resolver(f"https://{ADDRESS}:{port}/dns-query#dns.example")
        assert asked(tmp_path / "a.jsonl", server, authority.ca) == ("ok", ("192.0.2.1",))
    assert got[0].startswith(b"POST /dns-query HTTP/1.1\r\nHost: dns.example:")
    (entry,) = entries(tmp_path / "a.jsonl")
    assert (entry["transport"], entry["server_name"]) == ("doh", "dns.example")
    assert dns.message.from_wire(base64.b64decode(entry["wire"])).id == 0


@pytest.mark.program("openssl")
@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (http_answer(b"no", "text/html", "403 Forbidden"), "HTTP status 403, text/html"),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://192.0.2.1/\r\n\r\n", "HTTP status 301, of no type"),
        (http_answer(b"x" * 40, "application/dns-message"), "the body is no answer to the question"),
        (b"220 mx.example ESMTP\r\n", "no HTTP answer: no HTTP/1.1 response"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "no HTTP answer: the head of the response does not end"),
    ],
)
def test_what_is_no_answer_over_https_is_a_failure_with_its_reason(
    authority: Any, tmp_path: Path, answer: bytes, note: str
) -> None:
    shown = authority.issue("dns.example", ADDRESS)
    with serving(over_https(lambda body: answer, []), *shown) as port:
        server = resolver(f"https://{ADDRESS}:{port}/dns-query")
        assert asked(tmp_path / "a.jsonl", server, authority.ca) == ("timeout", ())
    assert entries(tmp_path / "a.jsonl")[0]["note"] == note


@pytest.mark.program("named", "unbound", "openssl")
def test_the_command_asks_over_tls(servers: Any, authority: Any, tmp_path: Path) -> None:
    save = tmp_path / "northwind.jsonl"
    words = ["northwind.example", "--live", "--resolver", f"tls://{ADDRESS}:{servers.dot}#resolver.example"]
    words += ["--ca-file", str(authority.ca), "--save", str(save), "--json", "-"]
    done = subprocess.run([sys.executable, "-m", "forensics", "domain", *words], check=True, capture_output=True)
    assert {entry["transport"] for entry in entries(save)} == {"dot"}
    states = {(check["id"], check["subject"]): check["state"] for check in json.loads(done.stdout)["checks"]}
    assert states["mx/private-address", "mx1.northwind.example"] == "problem"


def test_a_dry_run_finds_no_address_and_says_who_would_see_it(tmp_path: Path) -> None:
    words = ["a.example", "--live", "--dry-run", "--resolver", "https://dns.example/dns-query"]
    done = subprocess.run([sys.executable, "-m", "forensics", "domain", *words], check=True, capture_output=True)
    text = " ".join(done.stdout.decode().split())
    assert "The system's resolver sees the name dns.example" in text
    assert "https://dns.example:443/dns-query sees every question, over HTTPS." in text


@pytest.mark.parametrize(
    "text",
    [
        "udp://192.0.2.1", "tls://resolver.example", "tls://192.0.2.1#", "tls://192.0.2.1#a b", "tcp://192.0.2.1#name",
        "https://", "https://dns.example", "https://user@dns.example/q", "https://dns.example/q?x", "http://192.0.2.1/",
        "https://dns.example:99999/q", "https://[::1/q", "https://dns.example/\r\nX: y",
    ],
)  # fmt: skip
def test_words_that_name_no_resolver_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no resolver"):
        resolver(text)


def test_a_file_without_authorities_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(UsageError, match="no certificates in PEM form"):
            links.trusting(tmp_path / name)
