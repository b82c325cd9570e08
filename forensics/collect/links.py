"""TCP and TLS links under one deadline: whatever the other side does, each step ends in time."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from typing import Literal

from forensics.errors import UsageError

Kind = Literal["certificate", "timeout", "tls", "refused", "closed", "unreachable"]


def opened(address: str, port: int, ends: float) -> socket.socket:
    """A TCP connection; `ends` is a moment of `time.monotonic`.

    Raises:
        TimeoutError: the time is over.
        OSError: it cannot be reached.
    """
    return socket.create_connection((address, port), timeout=left(ends))


def secured(link: socket.socket, trust: ssl.SSLContext, name: str, ends: float) -> ssl.SSLSocket:
    """The same connection as TLS; `name` is what the certificate is held against, a host or an address.

    Raises:
        ssl.SSLCertVerificationError: the certificate is not accepted.
        OSError: TLS fails, or the time is over.
    """
    link.settimeout(left(ends))
    try:
        return trust.wrap_socket(link, server_hostname=name)
    except ssl.SSLCertVerificationError:  # a ValueError too
        raise
    except ValueError as error:  # a name of records need not be one that TLS can carry
        raise ConnectionError(f"no name for TLS: {error}") from error


def received(link: socket.socket, size: int, ends: float) -> bytes:
    """Up to `size` bytes that come next; none where the other side hung up.

    Raises:
        OSError: the connection broke, or the time is over.
    """
    link.settimeout(left(ends))
    return link.recv(size)


def exactly(link: socket.socket, size: int, ends: float) -> bytes:
    """The next `size` bytes.

    Raises:
        OSError: fewer came.
    """
    data = bytearray()
    while len(data) < size:
        part = received(link, size - len(data), ends)
        if not part:
            raise ConnectionError("the server hung up within an answer")
        data += part
    return bytes(data)


def left(ends: float) -> float:
    """Seconds until then.

    Raises:
        TimeoutError: none.
    """
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds


def trusting(ca_file: Path | None = None) -> ssl.SSLContext:
    """What certificates are held against: the authorities of the file (PEM), or those of the system.

    Raises:
        UsageError: the file holds none.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise UsageError(f"{ca_file}: no certificates in PEM form can be read from it ({reason(error)}).") from error


def has_authorities(trust: ssl.SSLContext) -> bool:
    """Whether there is any authority: without one, that a certificate is not accepted says nothing of its owner."""
    folder = ssl.get_default_verify_paths().capath
    return bool(trust.cert_store_stats()["x509"]) or (folder is not None and any(Path(folder).iterdir()))


def unchecked() -> ssl.SSLContext:
    """A context that takes any certificate, for looking at one that is not accepted."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def kind(error: OSError) -> Kind:
    """What kind of failure it is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return "closed" if isinstance(error, ConnectionError) else "unreachable"


def reason(error: OSError) -> str:
    """What went wrong, in words without the place in the library."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"TLS fails: {error.reason.lower().replace('_', ' ')}"
    return error.strerror or str(error) or type(error).__name__
