"""One DNS question over UDP or TCP, and the bytes that came back (RFC 1035 section 4.2)."""

from __future__ import annotations

import socket
import time
from typing import Literal, NamedTuple

import dns.flags
import dns.message

from forensics.protocols import dns_message
from forensics.protocols.dns_message import DnsMessageError
from forensics.protocols.dns_recording import answers

UDP_BYTES = 1232
"""What fits into a packet on every path (RFC 9715)."""

Transport = Literal["udp", "tcp"]


class Server(NamedTuple):
    """A resolver's address and port."""

    address: str
    port: int = 53

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


class Question(NamedTuple):
    """A question ready to be sent."""

    qname: str
    qtype: str
    wire: bytes

    @classmethod
    def make(cls, qname: str, qtype: str) -> Question:
        """A recursive question with a fresh id, that asks for signatures and for the resolver's word on them.

        Raises:
            dns.exception.DNSException: no name or type that can be asked.
        """
        made = dns.message.make_query(qname, qtype, want_dnssec=True, payload=UDP_BYTES)
        made.flags |= dns.flags.AD
        return cls(qname, qtype, made.to_wire())


def exchange(question: Question, server: Server, transport: Transport, timeout_s: float) -> bytes:
    """Send a question, and give the first answer to it; what answers another question is passed over.

    Raises:
        TimeoutError: nothing came in time.
        OSError: the server cannot be reached, or hung up.
    """
    ends = time.monotonic() + timeout_s
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    with socket.socket(family, kind) as link:
        link.settimeout(timeout_s)
        link.connect(tuple(server))  # of UDP too: then the kernel drops what other addresses send
        link.sendall(question.wire if transport == "udp" else _framed(question.wire))
        while True:
            wire = _datagram(link, ends) if transport == "udp" else _message(link, ends)
            if _fits(question, wire):
                return wire


def _framed(wire: bytes) -> bytes:
    return len(wire).to_bytes(2) + wire


def _datagram(link: socket.socket, ends: float) -> bytes:
    link.settimeout(_left(ends))
    return link.recv(65_535)


def _message(link: socket.socket, ends: float) -> bytes:
    return _exactly(link, int.from_bytes(_exactly(link, 2, ends)), ends)


def _exactly(link: socket.socket, size: int, ends: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        link.settimeout(_left(ends))
        part = link.recv(size - len(data))
        if not part:
            raise ConnectionError("the server hung up within an answer")
        data += part
    return bytes(data)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _fits(question: Question, wire: bytes) -> bool:
    if wire[:2] != question.wire[:2]:
        return False
    try:
        return answers(dns_message.parse(wire), question.qname, question.qtype)
    except DnsMessageError:
        return False
