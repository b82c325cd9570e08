"""A TLS server of ours on loopback that answers each connection as a test wants, and tells what it was sent."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

ADDRESS = "127.0.0.1"
Serve = Callable[[Any], None]


@contextlib.contextmanager
def serving(serve: Serve, chain: Any = None, key: Any = None) -> Iterator[int]:
    """The port of a server that hands each connection to `serve`, as TLS where a certificate is given."""
    context = None
    if chain is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
    ended = threading.Event()
    with socket.create_server((ADDRESS, 0)) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=_accept, args=(listener, context, serve, ended))
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            ended.set()
            thread.join()


def _accept(listener: socket.socket, context: ssl.SSLContext | None, serve: Serve, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            link, _ = listener.accept()
        except TimeoutError:
            continue
        with contextlib.suppress(OSError), link:
            link.settimeout(5)
            if context is None:
                serve(link)
                continue
            with context.wrap_socket(link, server_side=True) as secret:
                serve(secret)


def http_request(link: Any) -> tuple[bytes, bytes]:
    """The head and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = link.recv(4096)
        if not part:
            return data, b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += link.recv(4096)
    return head, body


def http_answer(body: bytes, media_type: str, status: str = "200 OK") -> bytes:
    """A whole response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
