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
from forensics.protocols import dns_message, http_response
from forensics.protocols.dns_message import DnsMessageError
from forensics.protocols.dns_recording import answers
from forensics.protocols.http_response import HEAD_BYTES, HttpResponseError

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


class Way:
    """The way to one resolver; a stream stays open between questions (RFC 7766 section 6.2.1, RFC 7858 section 3.4).

    Args:
        timeout_s: seconds for one question.
        trust: what the certificate of a server over TLS or HTTPS is held against.
    """

    def __init__(self, server: Server, timeout_s: float, trust: ssl.SSLContext) -> None:
        self._server, self._timeout_s, self._trust = server, timeout_s, trust
        self._stream: socket.socket | None = None
        self.reused = False
        """Whether the last question went over a stream that was open before: its server may have closed it."""

    def exchange(self, question: Question, transport: Transport) -> bytes:
        """Send a question, and give the first answer to it; what answers another question is passed over.

        Raises:
            TimeoutError: nothing came in time.
            OSError: the server cannot be reached, is not the one named, or hung up.
        """
        ends = time.monotonic() + self._timeout_s
        self.reused = False
        if transport == "udp":
            return _over_udp(question, self._server, ends)
        if transport == "doh":
            return _over_https(question, self._server, self._trust, ends)
        self.reused = self._stream is not None
        try:
            self._stream = self._stream or self._opened(transport, ends)
            return _over_stream(question, self._stream, ends)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the stream, where one is open."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _opened(self, transport: Transport, ends: float) -> socket.socket:
        link = links.opened(self._server.address, self._server.port, ends)
        if transport == "tcp":
            return link
        try:
            return links.secured(link, self._trust, self._server.name or self._server.address, ends)
        except OSError:
            link.close()
            raise


def _over_udp(question: Question, server: Server, ends: float) -> bytes:
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as link:
        link.connect((server.address, server.port))  # then the kernel drops what other addresses send
        link.send(question.wire)
        while not _fits(question, wire := links.received(link, 65_535, ends)):
            pass
        return wire


def _over_stream(question: Question, link: socket.socket, ends: float) -> bytes:
    link.settimeout(links.left(ends))
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
        got = http_response.parse(https.exchange(sent, place, trust, ends, limit=HEAD_BYTES + 65_535).data)
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
