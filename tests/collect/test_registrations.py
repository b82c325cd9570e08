"""Asking registries: hostile servers on loopback lead nowhere, cost what the bounds allow, and are told apart."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.resolver
import pytest

from forensics import Case
from forensics.cli import live_whois
from forensics.collect import links
from forensics.collect.reach import strictly_public
from forensics.collect.recording import Recording
from forensics.collect.registrations import Asking
from forensics.collect.registry_contact import MAX_BYTES, Network, looked_up
from forensics.collect.registry_servers import Services
from forensics.errors import UsageError
from forensics.model.registration_report import AnswerPart, RegistrationReport
from forensics.protocols import registration_recording
from tests.collect.secure_server import http_answer, http_request, serving

DOMAIN = "example.com"
REGISTRY, REGISTRAR, THIRD = "whois.verisign-grs.com", "whois.registrar.example", "whois.third.example"
IANA = "whois.iana.org"
PUBLIC = {REGISTRY: "192.0.2.1", REGISTRAR: "192.0.2.2", THIRD: "192.0.2.3", IANA: "192.0.2.4"}
"""Names with an address for documentation that stands for a public one."""
RECORD = "Domain Name: EXAMPLE.COM\r\nRegistrar: Harbour Names\r\nCreation Date: 2009-08-14T10:22:31Z\r\n"
RDAP_REGISTRY, RDAP_REGISTRAR = "rdap.registry.example", "rdap.registrar.example"
RDAP_PUBLIC = {RDAP_REGISTRY: "192.0.2.11", RDAP_REGISTRAR: "192.0.2.12"}
RDAP_TYPE = "application/rdap+json"
DOCUMENT = {
    "objectClassName": "domain", "ldhName": "EXAMPLE.COM", "rdapConformance": ["rdap_level_0"], "status": ["active"],
    "events": [{"eventAction": "registration", "eventDate": "2009-08-14T10:22:31Z"}],
}  # fmt: skip
Serve = Callable[[Any], None]


class Counting(socket.socket):
    """A connection that counts the bytes that were read from it."""

    read: list[int]

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        self.read.append(len(data))
        return data


class Net:
    """A network of names and addresses, of which some are servers on loopback; tells who was called."""

    def __init__(self, names: dict[str, tuple[str, ...]], ports: dict[str, int]) -> None:
        self.names, self.ports = names, ports
        self.called: list[tuple[str, int]] = []
        self.looked_up: list[str] = []
        self.read: list[list[int]] = []

    def resolve(self, host: str, ends: float) -> tuple[str, ...]:
        self.looked_up.append(host)
        return self.names[host]

    def connect(self, address: str, port: int, ends: float) -> socket.socket:
        self.called.append((address, port))
        counting = Counting(fileno=links.opened("127.0.0.1", self.ports[address], ends).detach())
        counting.read = []
        self.read.append(counting.read)
        return counting

    def network(self, timeout_s: float, ca: Path | None = None) -> Network:
        return Network(self.resolve, self.connect, stands_for_public, links.trusting(ca), timeout_s)


def stands_for_public(address: str) -> bool:
    """The policy, to which addresses of TEST-NET-1 are public."""
    return address.startswith("192.0.2.") or strictly_public(address)


@contextlib.contextmanager
def network_of(serves: dict[str, Serve], leads: dict[str, tuple[str, ...]] | None = None) -> Iterator[Net]:
    """Servers for the names, and names that lead to other addresses."""
    known = PUBLIC | RDAP_PUBLIC
    with contextlib.ExitStack() as stack:
        ports = {known[name]: stack.enter_context(serving(serve)) for name, serve in serves.items()}
        yield Net({name: (address,) for name, address in known.items()} | (leads or {}), ports)


def saying(answer: str | bytes, sent: list[bytes] | None = None) -> Serve:
    data = answer if isinstance(answer, bytes) else answer.encode()

    def serve(link: Any) -> None:
        query = link.recv(4096)
        if sent is not None:
            sent.append(query)
        link.sendall(data)

    return serve


def asked(path: Path, net: Net, *, domain: str = DOMAIN, timeout_s: float = 5) -> list[dict[str, Any]]:
    """What the recording holds after the WHOIS servers were asked; no bound was broken on the way."""
    with Recording(path) as recording:
        Asking(recording, domain, net.network(timeout_s)).whois()
    return checked(path, net, 43)


def checked(path: Path, net: Net, port: int) -> list[dict[str, Any]]:
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len(net.called) <= 2
    assert {called for _, called in net.called} <= {port}
    assert {address for address, _ in net.called} <= {*PUBLIC.values(), *RDAP_PUBLIC.values()}
    assert all(sum(read) <= MAX_BYTES for read in net.read) or port == 443  # TLS reads below this counter
    assert all(len(base64.b64decode(entry["answer"] or "")) <= MAX_BYTES for entry in entries)
    return entries


def reported(path: Path, domain: str = DOMAIN) -> RegistrationReport:
    with Case() as case:
        case.add(path)
        assert [piece.state for piece in case.evidence] == ["read"]
        return case.registration(domain)


def statuses(path: Path, domain: str = DOMAIN) -> list[str]:
    return [answer.status for answer in reported(path, domain).answers]


def read_again(path: Path) -> list[str]:
    """What the recorded answers say, without a case around them."""
    lines = path.read_bytes().splitlines()
    return [registration_recording.said(registration_recording.decode(line)).status for line in lines]


def first_answer(path: Path) -> AnswerPart:
    return reported(path).answers[0]


@pytest.mark.parametrize(
    "referral",
    [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "[::1]", "::ffff:10.0.0.1", "fc00::1", "2130706433",
        "017700000001", "0x7f000001", "127.1", "0177.0.0.1", "0x7f.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "198.51.100.43",
        "localhost", "whois.localhost", "db.internal", "router.local", "whois.registrar.example:4343",
        "whois.registrar.example:022", "whois.registrar.example:99999", "rwhois://whois.registrar.example:4321",
        "http://whois.registrar.example/", "https://127.0.0.1/", "file:///etc/passwd", "x@whois.registrar.example",
        "whois.registrar.example/../x", "-T.dn.example", "whois.registrar.example -T dn", "a_b.example",
        f"{'a' * 290}.example", "whois..example", "$(id).example", "whois.registrar.example\0.example",
    ],
)  # fmt: skip
def test_a_referral_that_is_no_public_whois_server_is_recorded_and_not_followed(tmp_path: Path, referral: str) -> None:
    with network_of({REGISTRY: saying(f"{RECORD}Registrar WHOIS Server: {referral}\r\n")}) as net:
        first, second = asked(tmp_path / "a.jsonl", net)
    assert (net.called, net.looked_up) == ([(PUBLIC[REGISTRY], 43)], [REGISTRY])
    assert (first["outcome"], second["outcome"], second["answer"]) == ("answered", "not_sent", None)
    assert second["note"].startswith(f"{REGISTRY} refers to ")
    assert read_again(tmp_path / "a.jsonl") == ["registered", "not_asked"]


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",), ("10.0.0.1",), ("172.16.0.1",), ("192.168.1.1",), ("169.254.169.254",), ("100.64.0.1",),
        ("0.0.0.0",), ("255.255.255.255",), ("224.0.0.251",), ("240.0.0.1",), ("192.88.99.1",), ("192.0.0.8",),
        ("198.18.0.1",), ("::1",), ("::",), ("fe80::1%eth0",), ("fe80::1",), ("fc00::1",), ("fd12::1",), ("fec0::1",),
        ("ff02::1",), ("::ffff:10.0.0.1",), ("::ffff:127.0.0.1",), ("::10.0.0.1",), ("64:ff9b::7f00:1",),
        ("64:ff9b::a00:1",), ("64:ff9b:1::a00:1",), ("2002:7f00:1::",), ("2001:0:1::1",), ("2001:db8::1",),
        ("2130706433",), ("0x7f.0.0.1",), ("10.0.0.1", "127.0.0.1"),
    ],
)  # fmt: skip
def test_a_name_that_leads_to_no_public_address_is_not_called(tmp_path: Path, addresses: tuple[str, ...]) -> None:
    serves = {REGISTRY: saying(f"{RECORD}Whois Server: {REGISTRAR}\r\n")}
    with network_of(serves, {REGISTRAR: addresses}) as net:
        _, second = asked(tmp_path / "a.jsonl", net)
    assert net.called == [(PUBLIC[REGISTRY], 43)]
    assert (second["outcome"], second["address"]) == ("not_public", None)
    assert second["note"] == f"{REGISTRAR} leads to addresses that are not public: {' '.join(addresses)}"
    assert read_again(tmp_path / "a.jsonl") == ["registered", "not_asked"]


def test_of_several_addresses_only_a_public_one_is_called(tmp_path: Path) -> None:
    serves = {REGISTRY: saying(f"{RECORD}Whois Server: {REGISTRAR}\r\n"), REGISTRAR: saying(RECORD)}
    with network_of(serves, {REGISTRAR: ("10.0.0.1", PUBLIC[REGISTRAR], "::1")}) as net:
        _, second = asked(tmp_path / "a.jsonl", net)
    assert net.called == [(PUBLIC[REGISTRY], 43), (PUBLIC[REGISTRAR], 43)]
    assert second["note"] == f"{REGISTRAR} leads to addresses that are not public: 10.0.0.1 ::1"


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_called(tmp_path: Path) -> None:
    class Rebinding(Net):
        def resolve(self, host: str, ends: float) -> tuple[str, ...]:
            again = host in self.looked_up
            return ("127.0.0.1",) if again else super().resolve(host, ends)

    with network_of({REGISTRY: saying(RECORD)}) as net:
        rebinding = Rebinding(net.names, net.ports)
        asked(tmp_path / "a.jsonl", rebinding)
    assert (rebinding.looked_up, rebinding.called) == ([REGISTRY], [(PUBLIC[REGISTRY], 43)])


def test_one_referral_is_followed_and_the_registrar_is_asked_for_the_domain_alone(tmp_path: Path) -> None:
    sent: list[bytes] = []
    serves = {
        REGISTRY: saying(f"{RECORD}Registrar WHOIS Server: whois://{REGISTRAR}:43\r\n", sent),
        REGISTRAR: saying(f"{RECORD}Registrant Organization: Seaglass\r\n", sent),
    }
    with network_of(serves) as net:
        first, second = asked(tmp_path / "a.jsonl", net)
    assert sent == [b"domain example.com\r\n", b"example.com\r\n"]
    assert (second["server"], second["address"], second["referred_by"]) == (REGISTRAR, PUBLIC[REGISTRAR], REGISTRY)
    assert first["asked_at"] <= second["asked_at"]
    answers = reported(tmp_path / "a.jsonl").answers
    assert [(a.server, a.server_ip, a.registrant, a.dated_by, a.at) for a in answers] == [
        (REGISTRY, PUBLIC[REGISTRY], None, "the recording", first["asked_at"]),
        (REGISTRAR, PUBLIC[REGISTRAR], "Seaglass", "the recording", second["asked_at"]),
    ]


@pytest.mark.parametrize("tail", ["\r-T dn", "\rquit\r", "\n\rWhois Server: 127.0.0.1", "\r\n\r\nexample.org\r\n"])
def test_what_stands_behind_a_line_break_in_a_referral_is_not_sent(tmp_path: Path, tail: str) -> None:
    sent: list[bytes] = []
    serves = {REGISTRY: saying(f"{RECORD}Whois Server: {REGISTRAR}{tail}\r\n"), REGISTRAR: saying(RECORD, sent)}
    with network_of(serves) as net:
        asked(tmp_path / "a.jsonl", net)
    assert sent == [b"example.com\r\n"]


@pytest.mark.parametrize(
    ("first", "second", "called", "outcomes"),
    [
        (REGISTRY, None, 1, ["answered"]),
        (f"{REGISTRY.upper()}.", None, 1, ["answered"]),
        (REGISTRAR, REGISTRY, 2, ["answered", "answered"]),
        (REGISTRAR, REGISTRAR, 2, ["answered", "answered"]),
        (REGISTRAR, THIRD, 2, ["answered", "answered", "not_sent"]),
        (REGISTRAR, "10.0.0.1", 2, ["answered", "answered", "not_sent"]),
    ],
)
def test_referrals_that_turn_back_or_go_on_end_after_two_connections(
    tmp_path: Path, first: str, second: str | None, called: int, outcomes: list[str]
) -> None:
    serves = {
        REGISTRY: saying(f"{RECORD}Whois Server: {first}\r\n"),
        REGISTRAR: saying(f"{RECORD}Whois Server: {second}\r\n"),
        THIRD: saying(RECORD),
    }
    with network_of(serves) as net:
        entries = asked(tmp_path / "a.jsonl", net)
    assert (len(net.called), [entry["outcome"] for entry in entries]) == (called, outcomes)


def test_of_thousands_of_referrals_the_first_alone_is_followed(tmp_path: Path) -> None:
    lines = "".join(f"Whois Server: whois{number}.registrar.example\r\n" for number in range(3_000))
    serves = {REGISTRY: saying(f"{RECORD}Whois Server: {REGISTRAR}\r\n{lines}"), REGISTRAR: saying(RECORD + lines)}
    with network_of(serves) as net:
        entries = asked(tmp_path / "a.jsonl", net)
    assert net.looked_up == [REGISTRY, REGISTRAR]
    assert [entry["outcome"] for entry in entries] == ["answered", "answered", "not_sent"]
    assert "one referral was followed already" in entries[2]["note"]


def test_a_referral_in_u_labels_is_looked_up_in_a_labels(tmp_path: Path) -> None:
    with network_of({REGISTRY: saying(f"{RECORD}Whois Server: whois.bücher.example\r\n")}) as net:
        net.names["whois.xn--bcher-kva.example"] = ("10.0.0.1",)
        asked(tmp_path / "a.jsonl", net)
    assert net.looked_up == [REGISTRY, "whois.xn--bcher-kva.example"]


def endless(link: Any) -> None:
    link.recv(4096)
    while True:
        link.sendall(b"Registrar: Harbour Names\r\n" * 1000)


def dripping(link: Any) -> None:
    link.recv(4096)
    link.settimeout(0.02)
    while True:
        link.sendall(b"x")
        with contextlib.suppress(TimeoutError):
            if not link.recv(1):
                return


def silent(link: Any) -> None:
    while link.recv(4096):
        pass


def hanging_up(link: Any) -> None:
    link.recv(4096)


def resetting(link: Any) -> None:
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.recv(4096)


def resetting_within(link: Any) -> None:
    link.recv(4096)
    link.sendall(RECORD.encode())
    link.settimeout(0.3)
    with contextlib.suppress(TimeoutError):
        link.recv(1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


NOT_FOUND = 'No match for "EXAMPLE.COM".\r\n'


@pytest.mark.parametrize(
    ("serve", "timeout_s", "outcome", "status"),
    [
        pytest.param(endless, 5, "broken_off", "unparsed", id="an endless answer"),
        pytest.param(saying(b"x" * (MAX_BYTES + 1)), 5, "broken_off", "unparsed", id="a byte too much"),
        pytest.param(saying(b"x" * (MAX_BYTES - 1)), 5, "answered", "unparsed", id="as much as there is room for"),
        pytest.param(dripping, 0.3, "broken_off", "unparsed", id="a slow drip"),
        pytest.param(silent, 0.2, "timeout", "timeout", id="silence"),
        pytest.param(resetting, 5, "closed", "failed", id="a reset"),
        pytest.param(resetting_within, 5, "broken_off", "unparsed", id="a reset within the answer"),
        pytest.param(hanging_up, 5, "answered", "unparsed", id="an empty answer"),
        pytest.param(saying(bytes(range(256)) * 64), 5, "answered", "unparsed", id="binary junk"),
        pytest.param(saying(b"\0" * 4096), 5, "answered", "unparsed", id="nothing but NULs"),
        pytest.param(saying(f"\0{RECORD}\0"), 5, "answered", "registered", id="NULs around a record"),
        pytest.param(saying(b"% Domain Name: " + b"x" * 700_000), 5, "answered", "unparsed", id="one huge line"),
        pytest.param(saying(gzip.compress(RECORD.encode())), 5, "answered", "unparsed", id="gzip"),
        pytest.param(saying(RECORD.encode("utf-16")), 5, "answered", "unparsed", id="UTF-16"),
        pytest.param(
            saying((RECORD + "Registrant Organization: Café\r\n").encode("latin-1")), 5, "answered", "registered",
            id="Latin-1",
        ),
        pytest.param(saying("\r\n" * 200_000), 5, "answered", "unparsed", id="line ends"),
        pytest.param(saying(" " * 900_000), 5, "answered", "unparsed", id="blanks"),
        pytest.param(saying("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n"), 5, "answered", "unparsed",
                     id="HTTP"),
        pytest.param(saying(RECORD.replace("EXAMPLE.COM", "OTHER.COM")), 5, "answered", "unparsed", id="another name"),
        pytest.param(saying(NOT_FOUND), 5, "answered", "not_found", id="not found"),
        pytest.param(saying("Your connection limit exceeded. Please slow down.\r\n"), 5, "answered", "refused",
                     id="too many questions"),
    ],
)  # fmt: skip
def test_what_a_server_does_is_classed_and_kept(
    tmp_path: Path, serve: Serve, timeout_s: float, outcome: str, status: str
) -> None:
    with network_of({REGISTRY: serve}) as net:
        entries = asked(tmp_path / "a.jsonl", net, timeout_s=timeout_s)
    assert [entry["outcome"] for entry in entries] == [outcome]
    answer = first_answer(tmp_path / "a.jsonl")
    assert (answer.status, answer.server, answer.server_ip) == (status, REGISTRY, PUBLIC[REGISTRY])
    assert status in ("registered", "not_found") or answer.problems


def test_an_answer_that_breaks_off_is_kept_and_leads_nowhere(tmp_path: Path) -> None:
    def serve(link: Any) -> None:
        link.recv(4096)
        link.sendall(f"{RECORD}Whois Server: {REGISTRAR}\r\n".encode())
        silent(link)

    with network_of({REGISTRY: serve, REGISTRAR: saying(RECORD)}) as net:
        (entry,) = asked(tmp_path / "a.jsonl", net, timeout_s=0.3)
    assert base64.b64decode(entry["answer"]).startswith(RECORD.encode())
    assert (entry["outcome"], entry["note"]) == ("broken_off", "timed out")
    assert "breaks off after" in (first_answer(tmp_path / "a.jsonl").problems or "")


def test_a_refused_connection_is_no_refusal_by_the_registry(tmp_path: Path, free_port: Callable[[], int]) -> None:
    net = Net({REGISTRY: (PUBLIC[REGISTRY],)}, {PUBLIC[REGISTRY]: free_port()})
    (entry,) = asked(tmp_path / "a.jsonl", net)
    assert (entry["outcome"], entry["note"]) == ("refused", "Connection refused")
    assert statuses(tmp_path / "a.jsonl") == ["connection_refused"]


@pytest.mark.parametrize(
    ("error", "outcome", "status"),
    [
        (TimeoutError("timed out"), "timeout", "timeout"),
        (ConnectionError("no resolver answers"), "address_unknown", "failed"),
    ],
)
def test_a_name_that_cannot_be_looked_up_is_told_from_one_without_address(
    tmp_path: Path, error: OSError, outcome: str, status: str
) -> None:
    class Failing(Net):
        def resolve(self, host: str, ends: float) -> tuple[str, ...]:
            raise error

    net = Failing({}, {})
    (entry,) = asked(tmp_path / "a.jsonl", net)
    assert (entry["outcome"], statuses(tmp_path / "a.jsonl"), net.called) == (outcome, [status], [])


@pytest.mark.parametrize(
    ("answer", "called", "found"),
    [
        (f"refer:        {REGISTRAR}\n\ndomain: EXAMPLE\nwhois: {REGISTRAR}\n", 2, ["registered"]),
        ("refer:        127.0.0.1\n", 1, ["not_asked"]),
        ("domain: EXAMPLE\nwhois:\nstatus: ACTIVE\n", 1, ["not_asked"]),
        ("% This query returned 0 objects.\n", 1, ["not_asked"]),
    ],
)
def test_iana_is_asked_who_keeps_a_suffix_that_is_in_no_table(
    tmp_path: Path, answer: str, called: int, found: list[str]
) -> None:
    sent: list[bytes] = []
    record = RECORD.replace("EXAMPLE.COM", "NORTHWIND.EXAMPLE")
    with network_of({IANA: saying(answer, sent), REGISTRAR: saying(record, sent)}) as net:
        asked(tmp_path / "a.jsonl", net, domain="northwind.example")
    assert sent == [b"example\r\n", b"northwind.example\r\n"][:called]
    assert statuses(tmp_path / "a.jsonl", "northwind.example") == found


def test_iana_is_asked_where_the_server_of_the_table_has_no_address_any_more(tmp_path: Path) -> None:
    serves = {IANA: saying(f"whois: {REGISTRAR}\n"), REGISTRAR: saying(RECORD)}
    with network_of(serves, {REGISTRY: ()}) as net:
        entries = asked(tmp_path / "a.jsonl", net)
    assert [(entry["server"], entry["outcome"]) for entry in entries] == [
        (REGISTRY, "no_address"), (IANA, "answered"), (REGISTRAR, "answered"),
    ]  # fmt: skip
    assert statuses(tmp_path / "a.jsonl") == ["failed", "registered"]


def test_iana_that_does_not_answer_is_one_attempt_without_an_answer(tmp_path: Path) -> None:
    with network_of({IANA: silent}) as net:
        asked(tmp_path / "a.jsonl", net, domain="northwind.example", timeout_s=0.2)
    assert statuses(tmp_path / "a.jsonl", "northwind.example") == ["timeout"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("198.41.0.4", True), ("2001:503:ba3e::2:30", True), ("64:ff9b::c629:4", True), ("192.0.2.1", False),
        ("2001:db8::1", False), ("3fff::1", False), ("::ffff:198.41.0.4", False), ("2002:c629:4::1", False),
        ("2001:503:ba3e::2:30%1", False), ("198.41.0.04", False), ("198.41.4", False), (" 198.41.0.4", False),
        ("", False), ("whois.example", False),
    ],
)  # fmt: skip
def test_only_global_unicast_is_public(address: str, public: bool) -> None:
    assert strictly_public(address) is public


def resolver_at(port: int) -> dns.resolver.Resolver:
    asked = dns.resolver.Resolver(configure=False)
    asked.nameservers, asked.port = ["127.0.0.1"], port
    return asked


@pytest.mark.program("named", "unbound", "openssl")
@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("mx1.called.example", ("127.0.0.1",)),
        ("alias.northwind.example", ("192.168.4.4",)),
        ("missing.called.example", ()),
        ("_mta-sts.called.example", ()),
    ],
)
def test_a_name_is_looked_up_over_dns_and_nowhere_else(servers: Any, host: str, addresses: tuple[str, ...]) -> None:
    assert looked_up(host, time.monotonic() + 5, resolver_at(servers.unbound)) == addresses


@pytest.mark.program("named", "unbound", "openssl")
def test_a_resolver_that_fails_is_told_from_a_name_that_does_not_exist(servers: Any) -> None:
    with pytest.raises(ConnectionError):
        looked_up("broken.example", time.monotonic() + 5, resolver_at(servers.unbound))


def test_a_resolver_that_is_silent_is_given_up_in_time() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silence:
        silence.bind(("127.0.0.1", 0))
        with pytest.raises(TimeoutError):
            looked_up("whois.example", time.monotonic() + 0.2, resolver_at(silence.getsockname()[1]))


# RDAP


def over_tls(answers: dict[str, bytes], heads: list[bytes] | None = None) -> Serve:
    """Answers by path."""

    def serve(link: Any) -> None:
        head, _ = http_request(link)
        if heads is not None:
            heads.append(head)
        link.sendall(answers[head.split(b" ")[1].decode()])

    return serve


def document(**members: Any) -> bytes:
    return json.dumps({**DOCUMENT, **members}).encode()


def related(href: str) -> bytes:
    link = {"rel": "related", "type": RDAP_TYPE, "href": href}
    return http_answer(document(links=[{"rel": "self", "href": "https://x.example/"}, link]), RDAP_TYPE)


def redirect(location: str, status: str = "302 Found") -> bytes:
    return f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@contextlib.contextmanager
def rdap_network(
    authority: Any, serves: dict[str, Serve], leads: dict[str, tuple[str, ...]] | None = None
) -> Iterator[Net]:
    shown = authority.issue(RDAP_REGISTRY, RDAP_REGISTRAR)
    with contextlib.ExitStack() as stack:
        ports = {RDAP_PUBLIC[name]: stack.enter_context(serving(serve, *shown)) for name, serve in serves.items()}
        yield Net({name: (address,) for name, address in RDAP_PUBLIC.items()} | (leads or {}), ports)


def rdap_asked(path: Path, net: Net, ca: Path, *, timeout_s: float = 5) -> list[dict[str, Any]]:
    services = Services("2026-01-02", {"com": f"https://{RDAP_REGISTRY}/v1/"})
    with Recording(path) as recording:
        Asking(recording, DOMAIN, net.network(timeout_s, ca), services).rdap()
    return checked(path, net, 443)


OWN = "/v1/domain/example.com"


@pytest.mark.program("openssl")
@pytest.mark.parametrize(
    ("first", "outcomes", "found"),
    [
        (related(f"https://{RDAP_REGISTRAR}/domain/example.com"), 2, ["registered", "registered"]),
        (redirect(f"https://{RDAP_REGISTRAR}/domain/example.com"), 2, ["registered"]),
        (redirect(f"https://{RDAP_REGISTRAR}:443/domain/example.com", "308 Moved"), 2, ["registered"]),
        (redirect(OWN), 1, []),
        (redirect(f"https://{RDAP_REGISTRY}{OWN}"), 1, []),
        (http_answer(document(), RDAP_TYPE), 1, ["registered"]),
    ],
)
def test_one_rdap_referral_is_followed(
    tmp_path: Path, authority: Any, first: bytes, outcomes: int, found: list[str]
) -> None:
    heads: list[bytes] = []
    again = {"/domain/example.com": related(f"https://{RDAP_REGISTRAR}/domain/example.com")}
    serves = {RDAP_REGISTRY: over_tls({OWN: first}, heads), RDAP_REGISTRAR: over_tls(again, heads)}
    with rdap_network(authority, serves) as net:
        entries = rdap_asked(tmp_path / "a.jsonl", net, authority.ca)
    assert heads[0].startswith(f"GET {OWN} HTTP/1.1\r\nHost: {RDAP_REGISTRY}\r\nAccept: {RDAP_TYPE}\r\n".encode())
    assert ([entry["outcome"] for entry in entries], len(net.called)) == (["answered"] * outcomes, outcomes)
    assert all(entry["certificate"] for entry in entries)
    assert statuses(tmp_path / "a.jsonl") == found


@pytest.mark.program("openssl")
@pytest.mark.parametrize("how", [redirect, related])
@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1/", "https://10.0.0.1/domain/x", "https://[::1]/", "https://169.254.169.254/latest/",
        "https://2130706433/", "https://0x7f.1/", "https://localhost/", "https://rdap.internal/",
        f"http://{RDAP_REGISTRAR}/", f"https://{RDAP_REGISTRAR}:8443/", f"https://x@{RDAP_REGISTRAR}/",
        f"https://x:y@{RDAP_REGISTRAR}/", f"//{RDAP_REGISTRAR}/", "file:///etc/passwd", f"https://{RDAP_REGISTRAR}\\@x/",
        f"https://{RDAP_REGISTRAR}/{'a' * 2000}", "https://", "data:,x", f"https://{RDAP_REGISTRAR}#@10.0.0.1/",
    ],
)  # fmt: skip
def test_an_rdap_referral_elsewhere_is_recorded_and_not_followed(
    tmp_path: Path, authority: Any, how: Callable[[str], bytes], target: str
) -> None:
    serves = {RDAP_REGISTRY: over_tls({OWN: how(target)}), RDAP_REGISTRAR: over_tls({})}
    with rdap_network(authority, serves) as net:
        _, second = rdap_asked(tmp_path / "a.jsonl", net, authority.ca)
    assert (len(net.called), net.looked_up, second["outcome"]) == (1, [RDAP_REGISTRY], "not_sent")


@pytest.mark.program("openssl")
def test_an_rdap_referral_to_a_name_with_private_addresses_is_not_followed(tmp_path: Path, authority: Any) -> None:
    serves = {RDAP_REGISTRY: over_tls({OWN: redirect(f"https://{RDAP_REGISTRAR}/")})}
    with rdap_network(authority, serves, {RDAP_REGISTRAR: ("10.0.0.1", "::1")}) as net:
        _, second = rdap_asked(tmp_path / "a.jsonl", net, authority.ca)
    assert (len(net.called), second["outcome"]) == (1, "not_public")


@pytest.mark.program("openssl")
def test_redirects_that_go_on_end_after_two_connections(tmp_path: Path, authority: Any) -> None:
    serves = {
        RDAP_REGISTRY: over_tls({OWN: redirect(f"https://{RDAP_REGISTRAR}/a")}),
        RDAP_REGISTRAR: over_tls({"/a": redirect(f"https://{RDAP_REGISTRAR}/b")}),
    }
    with rdap_network(authority, serves) as net:
        entries = rdap_asked(tmp_path / "a.jsonl", net, authority.ca)
    assert [entry["outcome"] for entry in entries] == ["answered", "answered", "not_sent"]
    assert statuses(tmp_path / "a.jsonl") == ["not_asked"]


def endless_body(link: Any) -> None:
    http_request(link)
    link.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {RDAP_TYPE}\r\n\r\n".encode())
    while True:
        link.sendall(b" " * 16_384)


def endless_head(link: Any) -> None:
    http_request(link)
    link.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        link.sendall(b"X: y\r\n" * 1000)


def endless_interim(link: Any) -> None:
    http_request(link)
    while True:
        link.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def dripping_head(link: Any) -> None:
    http_request(link)
    link.settimeout(0.02)
    while True:
        link.sendall(b"H")
        with contextlib.suppress(TimeoutError):
            if not link.recv(1):
                return


def answer_with(head: str, body: bytes) -> Serve:
    return over_tls({OWN: f"HTTP/1.1 {head}\r\n\r\n".encode() + body})


@pytest.mark.program("openssl")
@pytest.mark.parametrize(
    ("serve", "timeout_s", "outcome", "status"),
    [
        pytest.param(endless_body, 5, "broken_off", "unparsed", id="an endless body"),
        pytest.param(endless_head, 5, "answered", "unparsed", id="an endless head"),
        pytest.param(endless_interim, 5, "answered", "unparsed", id="endless interim responses"),
        pytest.param(dripping_head, 0.5, "broken_off", "unparsed", id="a slow drip"),
        pytest.param(silent, 0.4, "timeout", "timeout", id="silence"),
        pytest.param(over_tls({OWN: http_answer(b"[" * 200_000, RDAP_TYPE)}), 5, "answered", "unparsed", id="deep"),
        pytest.param(over_tls({OWN: http_answer(b'{"a":' * 90_000, RDAP_TYPE)}), 5, "answered", "unparsed",
                     id="deep objects"),
        pytest.param(over_tls({OWN: http_answer(document(), "text/html")}), 5, "answered", "unparsed", id="HTML type"),
        pytest.param(over_tls({OWN: http_answer(document(), "application/json")}), 5, "answered", "registered",
                     id="JSON type"),
        pytest.param(over_tls({OWN: http_answer(document(ldhName="OTHER.COM"), RDAP_TYPE)}), 5, "answered", "unparsed",
                     id="another name"),
        pytest.param(over_tls({OWN: http_answer(b"", RDAP_TYPE, "404 Not Found")}), 5, "answered", "not_found",
                     id="not found"),
        pytest.param(over_tls({OWN: http_answer(b"<html>", "text/html", "404 Not Found")}), 5, "answered", "unparsed",
                     id="a service that is gone"),
        pytest.param(over_tls({OWN: http_answer(b"", "text/plain", "429 Slow Down")}), 5, "answered", "refused",
                     id="too many questions"),
        pytest.param(over_tls({OWN: http_answer(b"", "text/plain", "500 Oh")}), 5, "answered", "unparsed", id="error"),
        pytest.param(answer_with(f"200 OK\r\nContent-Type: {RDAP_TYPE}\r\nContent-Encoding: gzip",
                                 gzip.compress(document())), 5, "answered", "unparsed", id="gzip"),
        pytest.param(answer_with(f"200 OK\r\nContent-Type: {RDAP_TYPE}\r\nContent-Length: 999999", document()), 5,
                     "answered", "unparsed", id="a body that breaks off"),
        pytest.param(answer_with("200 OK\r\nContent-Length: 1\r\nContent-Length: 2", b"x"), 5, "answered", "unparsed",
                     id="two lengths"),
        pytest.param(over_tls({OWN: b"domain: example.com\r\n"}), 5, "answered", "unparsed", id="no HTTP"),
    ],
)  # fmt: skip
def test_what_an_rdap_server_does_is_classed_and_kept(
    tmp_path: Path, authority: Any, serve: Serve, timeout_s: float, outcome: str, status: str
) -> None:
    with rdap_network(authority, {RDAP_REGISTRY: serve}) as net:
        entries = rdap_asked(tmp_path / "a.jsonl", net, authority.ca, timeout_s=timeout_s)
    assert [entry["outcome"] for entry in entries] == [outcome]
    assert statuses(tmp_path / "a.jsonl") == [status]


@pytest.mark.program("openssl")
def test_a_certificate_of_another_name_is_not_accepted(tmp_path: Path, authority: Any) -> None:
    shown = authority.issue("other.example")
    with serving(over_tls({OWN: http_answer(document(), RDAP_TYPE)}), *shown) as port:
        net = Net({RDAP_REGISTRY: (RDAP_PUBLIC[RDAP_REGISTRY],)}, {RDAP_PUBLIC[RDAP_REGISTRY]: port})
        (entry,) = rdap_asked(tmp_path / "a.jsonl", net, authority.ca)
    assert (entry["outcome"], statuses(tmp_path / "a.jsonl")) == ("certificate", ["failed"])


@pytest.mark.program("openssl")
def test_a_server_without_tls_is_not_believed(tmp_path: Path, authority: Any) -> None:
    with serving(saying(http_answer(document(), RDAP_TYPE))) as port:
        net = Net({RDAP_REGISTRY: (RDAP_PUBLIC[RDAP_REGISTRY],)}, {RDAP_PUBLIC[RDAP_REGISTRY]: port})
        (entry,) = rdap_asked(tmp_path / "a.jsonl", net, authority.ca)
    assert (entry["outcome"], entry["answer"]) == ("tls", None)


def test_a_suffix_without_rdap_service_is_said_and_nobody_is_asked(tmp_path: Path) -> None:
    net = Net({}, {})
    with Recording(tmp_path / "a.jsonl") as recording:
        Asking(recording, "northwind.example", net.network(1)).rdap()
    (answer,) = reported(tmp_path / "a.jsonl", "northwind.example").answers
    assert answer.status == "not_asked"
    assert "IANA's registry of 2024-02-07" in (answer.problems or "")
    assert net.looked_up == []


# The command


@pytest.mark.program("openssl")
def test_both_protocols_are_recorded_and_read_again_with_the_same_result(tmp_path: Path, authority: Any) -> None:
    table, save = tmp_path / "dns.json", tmp_path / "a.jsonl"
    table.write_text(
        json.dumps({"publication": "2026-01-02T00:00:00Z", "version": "1.0", "services": [
            [["net", "com"], [f"http://{RDAP_REGISTRY}/v1/", f"https://{RDAP_REGISTRY}/v1"]],
        ]})
    )  # fmt: skip
    shown = authority.issue(RDAP_REGISTRY)
    with (
        serving(over_tls({OWN: http_answer(document(), RDAP_TYPE)}), *shown) as https,
        serving(saying(NOT_FOUND)) as port,
    ):
        net = Net(
            {RDAP_REGISTRY: (RDAP_PUBLIC[RDAP_REGISTRY],), REGISTRY: (PUBLIC[REGISTRY],)},
            {RDAP_PUBLIC[RDAP_REGISTRY]: https, PUBLIC[REGISTRY]: port},
        )
        wanted = live_whois.Wanted("Example.COM.", save, table, authority.ca)
        assert live_whois.record(wanted, net.network(5)) == save
    assert net.called == [(RDAP_PUBLIC[RDAP_REGISTRY], 443), (PUBLIC[REGISTRY], 43)]
    words = [sys.executable, "-m", "forensics", "whois", DOMAIN, "--records", str(save), "--json", "-"]
    first, again = (subprocess.run(words, check=True, capture_output=True).stdout for _ in range(2))
    assert first == again
    report = json.loads(first)
    assert [(a["server"], a["status"], a["dated_by"]) for a in report["answers"]] == [
        (RDAP_REGISTRY, "registered", "the recording"), (REGISTRY, "not_found", "the recording"),
    ]  # fmt: skip
    shown_text = subprocess.run(words[:-2], check=True, capture_output=True).stdout.decode()
    assert all(word in shown_text for word in ("registered", "not_found", "the recording"))


def test_a_dry_run_lists_who_would_be_asked_what_and_writes_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "forensics", "whois", "example.com", "--live", "--dry-run"]
    done = subprocess.run(words, capture_output=True, check=True, cwd=tmp_path, env={**os.environ, "COLUMNS": "200"})
    said = done.stdout.decode()
    for part in (
        "https://rdap.verisign.com/com/v1/domain/example.com", "domain example.com", REGISTRY, "2024-02-07",
        "WHOIS is not encrypted", "Nothing was sent.",
    ):  # fmt: skip
        assert part in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["example.com", "--live", "--records", "x"],
        ["example.com", "--live", "--as-of", "2020-01-01"],
        ["example.com", "--records", "x", "--save", "y"],
        ["example.com"],
    ],
)
def test_words_that_make_no_sense_are_refused(tmp_path: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "forensics", "whois", *words]
    assert subprocess.run(command, capture_output=True, check=False, cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    "content", ["", "[]", '{"publication": "x", "services": {}}', '{"services": []}', "[" * 90_000]
)
def test_a_file_that_is_no_bootstrap_registry_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "dns.json").write_text(content)
    with pytest.raises(UsageError, match="is no bootstrap registry"):
        live_whois.plan(live_whois.Wanted(DOMAIN, bootstrap=tmp_path / "dns.json"))
