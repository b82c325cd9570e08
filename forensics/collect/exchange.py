"""One DNS question and the bytes that came back: over UDP, TCP (RFC 1035 section 4.2), TLS (RFC 7858) or HTTPS."""

from __future__ import annotations

import socket
import ssl
import time
from typing import NamedTuple

import dns.flags
import dns.message

from forensics.collect import https, links
from forensics.collect.resolvers import Server, Transport
from forensics.protocols import dns_message
from forensics.protocols.dns_message import DnsMessageError
from forensics.protocols.dns_recording import answers
from forensics.protocols.http_response import HttpResponseError

UDP_BYTES = 1232
"""What fits into a packet on every path (RFC 9715)."""
_MESSAGE = "application/dns-message"


class Question(NamedTuple):
    """A question ready to be sent."""

    qname: str
    qtype: str
    wire: bytes
    checking_disabled: bool = False

    @classmethod
    def make(cls, qname: str, qtype: str, *, checking_disabled: bool = False) -> Question:
        """A recursive question with a fresh id, that asks for signatures and for the resolver's word on them.

        Args:
            checking_disabled: ask for the data although its signatures do not hold (RFC 4035 section 3.2.2).

        Raises:
            dns.exception.DNSException: no name or type that can be asked.
        """
        made = dns.message.make_query(qname, qtype, want_dnssec=True, payload=UDP_BYTES)
        made.flags |= dns.flags.AD | (dns.flags.CD if checking_disabled else 0)
        return cls(qname, qtype, made.to_wire(), checking_disabled)


def exchange(
    question: Question, server: Server, transport: Transport, timeout_s: float, trust: ssl.SSLContext
) -> bytes:
    """Send a question, and give the first answer to it; what answers another question is passed over.

    Args:
        trust: what the certificate of a server over TLS or HTTPS is held against.

    Raises:
        TimeoutError: nothing came in time.
        OSError: the server cannot be reached, is not the one named, or hung up.
    """
    ends = time.monotonic() + timeout_s
    if transport == "udp":
        return _over_udp(question, server, ends)
    if transport == "doh":
        return _over_https(question, server, trust, ends)
    with links.opened(server.address, server.port, ends) as link:
        if transport == "tcp":
            return _over_stream(question, link, ends)
        with links.secured(link, trust, server.name or server.address, ends) as secret:
            return _over_stream(question, secret, ends)


def _over_udp(question: Question, server: Server, ends: float) -> bytes:
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as link:
        link.connect((server.address, server.port))  # then the kernel drops what other addresses send
        link.send(question.wire)
        while not _fits(question, wire := links.received(link, 65_535, ends)):
            pass
        return wire


def _over_stream(question: Question, link: socket.socket, ends: float) -> bytes:
    link.sendall(len(question.wire).to_bytes(2) + question.wire)
    while True:
        wire = links.exactly(link, int.from_bytes(links.exactly(link, 2, ends)), ends)
        if _fits(question, wire):
            return wire


def _over_https(question: Question, server: Server, trust: ssl.SSLContext, ends: float) -> bytes:
    """RFC 8484 section 4.1, in HTTP/1.1; the id of the message is 0 there, so that answers can be cached."""
    asked = question._replace(wire=bytes(2) + question.wire[2:])
    host = server.name or server.address
    sent = https.request("POST", host, server.port, server.path, accept=_MESSAGE, body=asked.wire)
    place = https.Place(server.address, server.port, host)
    try:
        got = https.response(https.exchange(sent, place, trust, ends, limit=https.HEAD_BYTES + 65_535).data)
    except HttpResponseError as error:
        raise ConnectionError(f"no HTTP answer: {error}") from error
    if got.status != 200 or got.media_type != _MESSAGE:
        raise ConnectionError(f"HTTP status {got.status}, {got.media_type or 'of no type'}")
    if not _fits(asked, got.body):
        raise ConnectionError("the body is no answer to the question")
    return got.body


def _fits(question: Question, wire: bytes) -> bool:
    if wire[:2] != question.wire[:2]:
        return False
    try:
        return answers(dns_message.parse(wire), question.qname, question.qtype)
    except DnsMessageError:
        return False
