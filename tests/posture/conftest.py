"""Domains of every kind of mail posture, made from a seed, and a name server on loopback that answers for them."""

from __future__ import annotations

import base64
import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

ADDRESS = "127.0.0.1"
DOMAINS = 200
SEED = 7505
RSA = bytes.fromhex("300d06092a864886f70d0101010500")
ED25519 = base64.b64encode(bytes(range(32))).decode()

MX: tuple[tuple[str, ...], ...] = (
    ("10 mx1.{d}.",), ("10 mx1.{d}.", "20 mx2.{d}."), ("10 in.bulkpost.test.", "20 in2.bulkpost.test."), ("0 .",), (),
    ("0 .", "10 mx1.{d}."), ("10 alias.{d}.",), ("10 circle.{d}.",), ("10 private.{d}.",), ("10 gone.{d}.",),
    ("10 192.0.2.25.",), ("10 mx1.{d}.", "20 mx1.{d}."), tuple(f"{n} mx{n}.many.{{d}}." for n in range(12)),
    ("10 slow.{d}.",), ("10 broken.{d}.",), ("10 six.{d}.",), ("10 {d}.",), ("10 mx1.{d}.", "20 gone.bulkpost.test."),
)  # fmt: skip
SPF: tuple[tuple[str, ...], ...] = (
    (), ("v=spf1 -all",), ("v=spf1 mx -all",), ("v=spf1 a mx include:_spf.bulkpost.test ~all",), ("v=spf1 +all",),
    ("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ?all",), ("v=spf1 redirect=_spf.bulkpost.test",),
    ("v=spf1 redirect=nowhere.{d}",), ("v=spf1 include:{d} -all",), ("v=spf1 mx -all", "v=spf1 a -all"),
    ("v=spf1 ip4:192.0.2.300 -all",), ("v=spf1 include:one.{d} include:two.{d} -all",), ("v=spf1 incl:x -all",),
    ("v=spf1 exists:%{{i}}.%{{l}}.{d} exp=why.{d} -all",), ("v=spf1 ptr -all",),
    ("v=spf1 a:gone.{d} mx:gone.{d} a:gone2.{d} -all",),
    ("v=spf1 " + " ".join(f"include:i{n}.{{d}}" for n in range(12)) + " -all",), ("v=spf1 a:slow.{d} -all",),
    ("v=spf1 include:broken.{d} -all",), ("V=SPF1 MX -ALL",), ("v=spf10 -all", "another text"), ("v=spf1",),
    ("v=spf1 mx -all", "\u00fcber \\ \"quoted\" \x07 text"), ("v=spf1 a:%{{d2}} mx:%{{o}} -all",),
    ("v=spf1 " + "ip4:198.51.100.7 " * 40 + "-all",),
)  # fmt: skip
DMARC: tuple[tuple[str, ...], ...] = (
    (), ("v=DMARC1; p=none",), ("v=DMARC1; p=reject; rua=mailto:dmarc@{d}",),
    ("v=DMARC1; p=quarantine; sp=none; np=reject; t=y",),
    ("v=DMARC1; p=reject; rua=mailto:reports@collector.test!10m,mailto:no@silent.test",),
    ("v=DMARC1; p=reject", "v=DMARC1; p=none"),
    ("v=DMARC1; p=maybe",), ("v=DMARC1; rua=mailto:dmarc@{d}",), ("v=DMARC1;p=reject;pct=20;ruf=https://x.test/",),
    ("v=DMARC1; p=reject; adkim=s; aspf=x; psd=n",), ("p=reject; v=DMARC1",), ("v=DMARC1; p=none; p=reject",),
    ("v=DMARC1; p=reject; rua=mailto:late@slow.test",),
)  # fmt: skip
OTHERS: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (), (("_mta-sts.{d}", "TXT", "v=STSv1; id=20261123;"), ("_smtp._tls.{d}", "TXT", "v=TLSRPTv1; rua=mailto:tls@{d}")),
    (("_mta-sts.{d}", "TXT", "v=STSv1; id=2026-11-23"), ("_mta-sts.{d}", "TXT", "v=STSv1; id=2"),
        ("_smtp._tls.{d}", "TXT", "v=TLSRPTv1")),
    (("default._bimi.{d}", "TXT", "v=BIMI1; l=https://www.{d}/logo.svg"), ("{d}", "CAA", '0 issue "ca.example"')),
    (("default._bimi.{d}", "TXT", "v=BIMI1; l=http://www.{d}/"), ("{d}", "CAA", '128 tbs "x"'),
        ("{d}", "CAA", '0 iodef "mailto:ca@{d}"')),
    (("_25._tcp.mx1.{d}", "TLSA", "3 1 1 " + "ab" * 32), ("{d}", "DS", "1 13 2 " + "cd" * 32)),
    (("_25._tcp.mx1.{d}", "TLSA", "1 0 0 abcd"), ("_25._tcp.mx1.{d}", "TLSA", "3 1 2 " + "ab" * 64)),
)  # fmt: skip
ZONES: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (("{d}", "NS", "ns1.{d}."), ("{d}", "NS", "ns2.bulkpost.test."),
        ("{d}", "SOA", "ns1.{d}. hostmaster.{d}. 2026112301 14400 3600 1209600 3600")),
    (("{d}", "NS", "ns1.{d}."), ("{d}", "SOA", "ns1.{d}. hostmaster.{d}. 1 60 3600 600 604800")),
    (("{d}", "NS", "gone.{d}."), ("{d}", "NS", "alias.{d}."),
        ("{d}", "SOA", "other.test. hostmaster.{d}. 0 1 1 1 1")), (),
)  # fmt: skip
FAILURES = ("servfail", "refused", "timeout")


class World(NamedTuple):
    """All records there are, and names that fail; `names` hold the empty ones between labels too."""

    records: dict[tuple[str, str], tuple[str, ...]]
    failures: dict[str, str]
    names: frozenset[str]

    @classmethod
    def of(cls, records: list[tuple[str, str, str]], failures: dict[str, str]) -> World:
        by_name: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, kind, datum in records:
            if kind == "PTR" and (name, kind) in by_name:
                continue  # what an address is called depends on no other domain
            by_name[name, kind] = (*by_name.get((name, kind), ()), datum)
        labels = {tuple(name.split(".")) for name, _ in by_name}
        return cls(by_name, failures, frozenset(".".join(n[at:]) for n in labels for at in range(len(n))))

    def reply(self, query: bytes) -> bytes | None:
        """The answer of a resolver that knows all this; None where it would never come."""
        asked = dns.message.from_wire(query)
        question = asked.question[0]
        name, kind = str(question.name).rstrip(".").lower(), question.rdtype.name
        made = dns.message.make_response(asked, recursion_available=True)
        for _ in range(6):  # a circle of aliases ends here
            if (failure := self.failures.get(name)) == "timeout":
                return None
            if failure:
                made.set_rcode(dns.rcode.from_text(failure))
                return made.to_wire()
            alias = self.records.get((name, "CNAME"))
            if alias is None or kind == "CNAME":
                break
            made.answer.append(dns.rrset.from_text(f"{name}.", 300, "IN", "CNAME", *alias))
            name = alias[0].rstrip(".").lower()
        if data := self.records.get((name, kind)):
            made.answer.append(dns.rrset.from_text(f"{name}.", 300, "IN", kind, *(presented(kind, d) for d in data)))
        elif name not in self.names:
            made.set_rcode(dns.rcode.NXDOMAIN)
        return made.to_wire()

    def zone(self, domain: str) -> str:
        """The records of a domain as a zone file."""
        lines = [
            f"{name}. 300 IN {kind} {presented(kind, datum)}\n"
            for (name, kind), data in self.records.items()
            for datum in data
            if name == domain or name.endswith(f".{domain}")
        ]
        return "".join(lines)


def presented(kind: str, datum: str) -> str:
    """Data as a zone file writes it: TXT in strings of 255 bytes."""
    if kind != "TXT":
        return datum
    data = datum.encode()
    strings = [data[at : at + 255] for at in range(0, len(data), 255)] or [b""]
    return " ".join('"' + "".join(f"\\{byte:03}" for byte in string) + '"' for string in strings)


def rsa_key(rng: random.Random, bits: int) -> str:
    """A SubjectPublicKeyInfo in Base64 with an odd number of so many bits in place of a modulus."""
    modulus = (rng.getrandbits(bits) | 1 | 1 << (bits - 1)).to_bytes(bits // 8 + 1)
    key = tagged(0x30, tagged(2, modulus) + tagged(2, b"\1\0\1"))
    return base64.b64encode(tagged(0x30, RSA + tagged(3, b"\0" + key))).decode()


def tagged(tag: int, data: bytes) -> bytes:
    """A value of DER."""
    size = len(data)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2)
    return bytes([tag]) + length + data


def keys(rng: random.Random, number: int, domain: str) -> Iterator[tuple[str, str, str]]:
    shared = rsa_key(rng, 2048)
    kinds = (
        (), ("default", f"v=DKIM1; k=rsa; p={shared}"), ("google", f"v=DKIM1; p={rsa_key(rng, 1024)}"),
        ("mail", f"k=rsa; t=y; p={rsa_key(rng, 512)}"), ("selector1", f"v=DKIM1; k=ed25519; p={ED25519}"),
        ("dkim", "v=DKIM1; p="), ("default", "v=DKIM1; k=rsa; p=!!!"), ("selector2", f"v=DKIM2; p={shared}"),
    )  # fmt: skip
    if chosen := kinds[number % len(kinds)]:
        yield f"{chosen[0]}._domainkey.{domain}", "TXT", chosen[1]
    if number % 5 == 1:
        yield f"selector1._domainkey.{domain}", "TXT", f"v=DKIM1; k=rsa; p={shared}"
    if number % 5 == 3:
        yield f"selector2._domainkey.{domain}", "CNAME", "key.bulkpost.test."


def hosts(rng: random.Random, domain: str) -> Iterator[tuple[str, str, str]]:
    """Exchangers and what else records name, with reverse names that lead back, elsewhere, or are missing."""
    fitting = [f"mx1.{domain}", f"mx2.{domain}", f"ns1.{domain}", *(f"mx{n}.many.{domain}" for n in range(3))]
    for name in fitting[: rng.randrange(2, 7)]:
        address = f"192.0.2.{rng.randrange(256)}"
        yield name, "A", address
        if rng.random() < 0.5:
            yield name, "AAAA", f"2001:db8::{rng.getrandbits(16):x}"
        if rng.random() < 0.6:
            yield reverse(address), "PTR", f"{name}."
    for number in range(8):
        yield f"six.{domain}", "A", f"203.0.113.{number}"
    yield f"private.{domain}", "A", f"10.{rng.randrange(256)}.0.1"
    yield f"alias.{domain}", "CNAME", f"mx1.{domain}."
    yield f"circle.{domain}", "CNAME", f"round.{domain}."
    yield f"round.{domain}", "CNAME", f"circle.{domain}."
    yield f"one.{domain}", "TXT", f"v=spf1 a:mx1.{domain} ~all"
    yield f"two.{domain}", "TXT", f"v=spf1 include:one.{domain} ip4:198.51.100.{rng.randrange(256)} -all"
    yield f"why.{domain}", "TXT", "Not from %{i}."
    for number in range(6):
        yield f"i{number}.{domain}", "TXT", f"v=spf1 ip4:198.51.100.{number} -all"


def reverse(address: str) -> str:
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa"


def published(number: int, seed: int) -> tuple[str, list[tuple[str, str, str]], dict[str, str]]:
    """A domain, its records and the names that fail; each part has its own period, so that all of them meet."""
    rng = random.Random(f"{seed}/{number}")
    organization = f"d{number:03}.example"
    domain = organization if number % 4 else ".".join([*(["deep"] * (number % 3 * 4)), "mail", organization])
    policy_at = organization if number % 8 == 0 else domain
    records = [
        *((domain, "MX", text) for text in MX[number % len(MX)]),
        *((domain, "TXT", text) for text in SPF[number % len(SPF)]),
        *((f"_dmarc.{policy_at}", "TXT", text) for text in DMARC[number % len(DMARC)]),
        *OTHERS[number % len(OTHERS)], *ZONES[number // 3 % len(ZONES)],
    ]  # fmt: skip
    if number % 3 == 0:
        records.append((domain, "A", f"198.51.100.{rng.randrange(256)}"))
    made = [(name.format(d=domain), kind, datum.format(d=domain)) for name, kind, datum in records]
    failures = {f"slow.{domain}": "timeout", f"broken.{domain}": "servfail"}
    if number % 11 == 5:
        failures[rng.choice((f"_dmarc.{domain}", f"mx1.{domain}"))] = rng.choice(FAILURES)
    if number % 23 == 7:
        failures[domain] = rng.choice(FAILURES[:2])
    return domain, [*made, *keys(rng, number, domain), *hosts(rng, domain)], failures


@pytest.fixture(scope="session")
def world() -> tuple[World, tuple[str, ...]]:
    """200 domains under reserved names, with those that they name, and what these domains are called."""
    made = [published(number, SEED) for number in range(DOMAINS)]
    records = [record for _, own, _ in made for record in own]
    records += [
        ("_spf.bulkpost.test", "TXT", "v=spf1 ip4:203.0.113.0/25 include:more.bulkpost.test ~all"),
        ("more.bulkpost.test", "TXT", "v=spf1 ip4:203.0.113.128/25 ~all"),
        ("in.bulkpost.test", "A", "203.0.113.25"), ("in2.bulkpost.test", "AAAA", "2001:db8:25::1"),
        ("25.113.0.203.in-addr.arpa", "PTR", "in.bulkpost.test."), ("ns2.bulkpost.test", "A", "203.0.113.53"),
        ("key.bulkpost.test", "TXT", f"v=DKIM1; k=ed25519; p={ED25519}"),
        *((f"{domain}._report._dmarc.collector.test", "TXT", "v=DMARC1") for domain, _, _ in made[::2]),
    ]  # fmt: skip
    failures = {name: how for _, _, own in made for name, how in own.items()} | {"slow.test": "timeout"}
    failures |= {f"{domain}._report._dmarc.slow.test": "timeout" for domain, _, _ in made}
    return World.of(records, failures), tuple(domain for domain, _, _ in made)


Answering = Callable[..., contextlib.AbstractContextManager[tuple[int, list[str]]]]


@pytest.fixture(scope="session")
def answering() -> Answering:
    """`with answering(reply) as (port, got)`: a server over UDP and TCP that answers `reply(query)`, and what it got.

    Over UDP an answer of more than 1232 bytes is cut short, as a real one is. `closes`: a stream ends after one answer.
    """
    return _answering


@contextlib.contextmanager
def _answering(reply: Callable[[bytes], bytes | None], *, closes: bool = False) -> Iterator[tuple[int, list[str]]]:
    got: list[str] = []
    ended = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, listening() as streams:
        datagrams.bind(streams.getsockname())

        def noted(query: bytes, transport: str) -> bytes | None:
            question = dns.message.from_wire(query).question[0]
            got.append(f"{transport} {question.name} {question.rdtype.name}")
            return reply(query)

        def serve_datagrams() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    query, source = datagrams.recvfrom(4096)
                    if (back := noted(query, "udp")) is not None:
                        datagrams.sendto(back if len(back) <= 1232 else cut(query), source)

        def serve_streams() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError, ConnectionError), streams.accept()[0] as link:
                    link.settimeout(5)
                    while len(size := link.recv(2, socket.MSG_WAITALL)) == 2:  # until the client hangs up
                        query = link.recv(int.from_bytes(size), socket.MSG_WAITALL)
                        if (back := noted(query, "tcp")) is not None:
                            link.sendall(len(back).to_bytes(2) + back)
                        if closes:
                            break

        threads = [threading.Thread(target=serve) for serve in (serve_datagrams, serve_streams)]
        for link in (datagrams, streams):
            link.settimeout(0.05)
        for thread in threads:
            thread.start()
        try:
            yield int(datagrams.getsockname()[1]), got
        finally:
            ended.set()
            for thread in threads:
                thread.join()


def listening() -> socket.socket:
    """A stream socket on a port that is free over UDP too."""
    while True:
        streams = socket.create_server((ADDRESS, 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.bind(streams.getsockname())
            return streams
        streams.close()


def cut(query: bytes) -> bytes:
    made = dns.message.make_response(dns.message.from_wire(query), recursion_available=True)
    made.flags |= dns.flags.TC
    return made.to_wire()
