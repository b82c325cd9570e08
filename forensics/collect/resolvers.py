"""Which resolver is asked, and over what: the words of `--resolver`, and the one that the system uses."""

from __future__ import annotations

import socket
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

from forensics.errors import NetworkError, UsageError
from forensics.protocols import dns_names
from forensics.protocols.address_text import canonical

Transport = Literal["udp", "tcp", "dot", "doh"]
"""Over UDP, with TCP for what is cut short; over TCP; over TLS (RFC 7858); over HTTPS (RFC 8484)."""

_PORTS: dict[str, tuple[Transport, int]] = {"tcp": ("tcp", 53), "tls": ("dot", 853), "https": ("doh", 443)}
_PREFIXES: dict[Transport, str] = {"udp": "", "tcp": "tcp://", "dot": "tls://", "doh": "https://"}
_GRAMMAR = "Write ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, tcp://ADDRESS, tls://ADDRESS#NAME or https://NAME/dns-query."


class Server(NamedTuple):
    """A resolver; `name` is what its certificate is held against, `address` its host name where it has to be found."""

    address: str
    port: int = 53
    transport: Transport = "udp"
    name: str | None = None
    path: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether those who carry the packets cannot read them."""
        return self.transport in ("dot", "doh")

    @property
    def found(self) -> bool:
        """Whether the address is known."""
        return canonical(self.address) is not None

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        name = f"#{self.name}" if self.name and self.name != self.address else ""
        return f"{_PREFIXES[self.transport]}{host}:{self.port}{self.path}{name}"


def resolver(text: str | None) -> Server:
    """The resolver that the words name, or the one that the system uses.

    Raises:
        UsageError: no resolver.
        NetworkError: the system names none.

    >>> str(resolver("192.0.2.53:5353")), str(resolver("2001:db8::53")), str(resolver("tls://192.0.2.53#dns.example"))
    ('192.0.2.53:5353', '[2001:db8::53]:53', 'tls://192.0.2.53:853#dns.example')
    """
    if text is None:
        return _of_the_system()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise _refused(text)
    scheme, colon, rest = text.partition("://")
    if not colon:
        address, port = _address(text, text, 53)
        return Server(address, port)
    if scheme not in _PORTS:
        raise _refused(text)
    if scheme == "https":
        return _over_https(text)
    transport, usual = _PORTS[scheme]
    rest, mark, name = rest.partition("#")
    address, port = _address(text, rest, usual)
    if transport == "tcp":
        if mark:
            raise _refused(text)
        return Server(address, port, transport)
    return Server(address, port, transport, _name(text, name) if mark else address)


def located(server: Server) -> Server:
    """The same with an address; a name is looked up with the system's resolver.

    Raises:
        NetworkError: none is found.
    """
    if server.found:
        return server
    try:
        places = socket.getaddrinfo(server.address, server.port, type=socket.SOCK_STREAM)
    except OSError as error:
        text = f"{server}: the system finds no address of {server.address} ({error.strerror})."
        raise NetworkError(f"{text} Write https://ADDRESS/dns-query#{server.address}.") from error
    return server._replace(address=str(places[0][4][0]))


def _over_https(text: str) -> Server:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        raise _refused(text) from error
    plain = parts.username is None and parts.password is None and not parts.query
    if not plain or not parts.path.startswith("/"):
        raise _refused(text)
    address = canonical(host) or _name(text, host)
    return Server(address, port, "doh", _name(text, parts.fragment) if parts.fragment else address, parts.path)


def _address(text: str, place: str, usual: int) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = place, str(usual)
    address = canonical(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    if address is None or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise _refused(text)
    return address, int(port)


def _name(text: str, name: str) -> str:
    try:
        found = dns_names.canonical(name)
    except dns_names.DnsNameError as error:
        raise _refused(text) from error
    if not found.replace("-", "").replace(".", "").replace("_", "").isalnum() or not found.isascii():
        raise _refused(text)
    return found


def _refused(text: str) -> UsageError:
    return UsageError(f"{text!r} is no resolver. {_GRAMMAR}")


def _of_the_system() -> Server:
    try:
        found = dns.resolver.Resolver()
    except dns.exception.DNSException as error:
        raise NetworkError(f"The system names no resolver ({error}). Name one with --resolver ADDRESS.") from error
    if not found.nameservers:
        raise NetworkError("The system names no resolver. Name one with --resolver ADDRESS.")
    return Server(str(found.nameservers[0]), found.port)
