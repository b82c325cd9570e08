"""One question to a registry's server, and what came back: one address, one connection, bounded in size and time.

Servers of registrations are named by answers, and answers are hostile: a name is looked up once, only a public address
is called, and it is that address which is called.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import NamedTuple

import dns.exception
import dns.resolver

from forensics.collect import https, links
from forensics.collect.reach import strictly_public
from forensics.protocols import http_response
from forensics.protocols.registration_recording import Outcome

TIMEOUT_S = 15.0
MAX_BYTES = 1 << 20
WHOIS_PORT = 43
HTTPS_PORT = 443

_CHUNK_BYTES = 16_384


def looked_up(host: str, ends: float, resolver: dns.resolver.Resolver | None = None) -> tuple[str, ...]:
    """The IPv4 addresses of a name, or the IPv6 ones where it has none of these.

    Args:
        ends: a moment of `time.monotonic`.
        resolver: who is asked; None: the system's.

    Raises:
        TimeoutError: nothing came in time.
        ConnectionError: the resolver fails.
    """
    try:
        asked = resolver or dns.resolver.Resolver()
        for qtype in ("A", "AAAA"):
            answer = asked.resolve(f"{host}.", qtype, search=False, raise_on_no_answer=False, lifetime=links.left(ends))
            if answer.rrset:
                return tuple(str(record.address) for record in answer.rrset)
    except dns.resolver.NXDOMAIN:
        return ()
    except dns.exception.Timeout as error:
        raise TimeoutError("timed out") from error
    except dns.exception.DNSException as error:
        raise ConnectionError(str(error)) from error
    return ()


class Network(NamedTuple):
    """How the network is reached: who looks up names, who connects, and which addresses may be called."""

    resolve: Callable[[str, float], tuple[str, ...]] = looked_up
    connect: Callable[[str, int, float], socket.socket] = links.opened
    allowed: Callable[[str], bool] = strictly_public
    trust: ssl.SSLContext | None = None
    timeout_s: float = TIMEOUT_S


PUBLIC = Network()
"""The public Internet, through the system's resolver."""


class Heard(NamedTuple):
    """What came of a question; `data` is None where nothing came back."""

    outcome: Outcome
    data: bytes | None = None
    address: str | None = None
    certificate: bytes | None = None
    note: str | None = None


def ask_whois(network: Network, host: str, line: str) -> Heard:
    """Ask a WHOIS server (RFC 3912); the answer ends when the server hangs up."""

    def talk(link: socket.socket, ends: float) -> Heard:
        links.left(ends)
        link.sendall(line.encode("ascii") + b"\r\n")
        return _heard(link, ends, _never)

    return _contact(network, host, WHOIS_PORT, talk)


def ask_rdap(network: Network, host: str, path: str) -> Heard:
    """Fetch one address over HTTPS (RFC 7480), with the server's certificate checked; no redirect is followed."""
    trust = network.trust or links.trusting()
    sent = https.request("GET", host, HTTPS_PORT, path, accept="application/rdap+json")

    def talk(link: socket.socket, ends: float) -> Heard:
        with links.secured(link, trust, host, ends) as secret:
            certificate = secret.getpeercert(binary_form=True)
            secret.settimeout(links.left(ends))
            secret.sendall(sent)
            return _heard(secret, ends, http_response.is_whole)._replace(certificate=certificate)

    return _contact(network, host, HTTPS_PORT, talk)


def _contact(network: Network, host: str, port: int, talk: Callable[[socket.socket, float], Heard]) -> Heard:
    ends = time.monotonic() + network.timeout_s
    try:
        found = network.resolve(host, ends)
    except OSError as error:
        outcome: Outcome = "timeout" if isinstance(error, TimeoutError) else "address_unknown"
        return Heard(outcome, note=f"{host} could not be looked up: {links.reason(error)}"[:500])
    address = next(filter(network.allowed, found), None)
    passed_over = [text for text in found if not network.allowed(text)]
    note = f"{host} leads to addresses that are not public: {' '.join(passed_over)}"[:500] if passed_over else None
    if address is None:
        return Heard("not_public" if found else "no_address", note=note or f"{host} has no address")
    try:
        with network.connect(address, port, ends) as link:
            link.settimeout(links.left(ends))
            heard = talk(link, ends)
    except OSError as error:
        heard = Heard(links.kind(error), note=links.reason(error))
    return heard._replace(address=address, note="; ".join(filter(None, (heard.note, note))) or None)


def _never(data: bytearray) -> bool:  # noqa: ARG001 - only the end of the connection ends a WHOIS answer
    return False


def _heard(link: socket.socket, ends: float, is_whole: Callable[[bytearray], bool]) -> Heard:
    """All that comes, until the server hangs up, the answer is whole, the time is over or there is no more room."""
    data = bytearray()
    try:
        while len(data) < MAX_BYTES:
            part = links.received(link, min(_CHUNK_BYTES, MAX_BYTES - len(data)), ends)
            data += part
            if not part or is_whole(data):
                return Heard("answered", bytes(data))
    except OSError as error:
        if not data:
            raise
        return Heard("broken_off", bytes(data), note=links.reason(error))
    return Heard("broken_off", bytes(data), note=f"no more than {MAX_BYTES} bytes are read")
