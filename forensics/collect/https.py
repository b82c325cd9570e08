"""One HTTPS request, and the bytes that came back: bounded in size and time, no redirect followed."""

from __future__ import annotations

import ssl
from typing import NamedTuple

from forensics.collect import links
from forensics.protocols import http_response
from forensics.version import VERSION

_CHUNK_BYTES = 16_384


class Place(NamedTuple):
    """Where a request goes: the address that is called, and the name that its certificate must hold."""

    address: str
    port: int
    name: str


class Got(NamedTuple):
    """What came back; `certificate` (DER) is that of a server that was accepted."""

    data: bytes
    certificate: bytes | None


def request(method: str, host: str, port: int, path: str, *, accept: str, body: bytes = b"") -> bytes:
    """The bytes of a request that asks for the connection to end with the answer (RFC 9112)."""
    named = f"[{host}]" if ":" in host else host
    lines = [
        f"{method} {path} HTTP/1.1", f"Host: {named}{f':{port}' if port != 443 else ''}", f"Accept: {accept}",
        "Accept-Encoding: identity", f"User-Agent: email-forensics/{VERSION}", "Connection: close",
    ]  # fmt: skip
    lines += [f"Content-Type: {accept}", f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def exchange(sent: bytes, place: Place, trust: ssl.SSLContext, ends: float, *, limit: int) -> Got:
    """Send a request, and give the bytes of the answer, at most one more than `limit`.

    Raises:
        ssl.SSLCertVerificationError: the certificate is not accepted.
        TimeoutError: not all came in time.
        OSError: the server cannot be reached, or TLS fails.
    """
    with (
        links.opened(place.address, place.port, ends) as link,
        links.secured(link, trust, place.name, ends) as secret,
    ):
        certificate = secret.getpeercert(binary_form=True)
        secret.sendall(sent)
        data = bytearray()
        while len(data) <= limit and not http_response.is_whole(data):
            part = links.received(secret, min(_CHUNK_BYTES, limit + 1 - len(data)), ends)
            if not part:
                break
            data += part
        return Got(bytes(data), certificate)
