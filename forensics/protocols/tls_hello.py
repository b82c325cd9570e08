"""What a TLS handshake shows in clear: names asked for, versions and ciphers chosen (RFC 8446, RFC 6066, RFC 7301).

`TlsWatch` takes the bytes of both sides in order and keeps no more of them than a hello needs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from forensics.errors import ProtocolError

MAX_HELLO_BYTES = 32 * 1024
CLIENT, SERVER = 0, 1

_CHANGE_CIPHER_SPEC, _HANDSHAKE, _APPLICATION_DATA = 20, 22, 23
_SERVER_NAME, _ALPN, _SUPPORTED_VERSIONS = 0, 16, 43
_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1.0", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
_CIPHERS = {
    0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
    0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", 0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256",
    0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256", 0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384", 0x1303: "TLS_CHACHA20_POLY1305_SHA256", 0x1304: "TLS_AES_128_CCM_SHA256",
    0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    0xC027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", 0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCAA: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
}  # fmt: skip


class TlsHelloError(ProtocolError):
    """Bytes that are no hello message."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client asks for: SNI in lower case, protocols (ALPN) in its order."""

    server_name: str | None
    alpn: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What a server chose."""

    version: str
    cipher: str


def looks_like_tls(data: bytes) -> bool:
    """Whether a stream that begins so is TLS: a handshake record of SSL 3.0 to TLS 1.3, holding a hello.

    >>> looks_like_tls(bytes.fromhex("1603010200 010001fc0303")), looks_like_tls(b"220 mail")
    (True, False)
    """
    return len(data) >= 6 and data[0] == _HANDSHAKE and data[1] == 3 and data[2] <= 4 and data[5] in (1, 2)


def parse_client_hello(body: bytes) -> ClientHello:
    """Parse the body of a ClientHello, without the four bytes of its handshake header.

    Raises:
        TlsHelloError: it breaks off or breaks the grammar before its extensions.
    """
    at = _skip(body, 34, 1)
    at = _skip(body, _skip(body, at, 2), 1)
    extensions = _extensions(body, at)
    return ClientHello(_server_name(extensions.get(_SERVER_NAME, b"")), _alpn(extensions.get(_ALPN, b"")))


def parse_server_hello(body: bytes) -> ServerHello:
    """Parse the body of a ServerHello, without the four bytes of its handshake header.

    Raises:
        TlsHelloError: as `parse_client_hello`.
    """
    at = _skip(body, 34, 1)
    if at + 3 > len(body):
        raise TlsHelloError("the server hello breaks off before its cipher suite")
    version = int.from_bytes(body[:2])
    cipher = int.from_bytes(body[at : at + 2])
    chosen = _extensions(body, at + 3).get(_SUPPORTED_VERSIONS, b"")
    if len(chosen) == 2:
        version = int.from_bytes(chosen)
    return ServerHello(_VERSIONS.get(version) or f"0x{version:04x}", _CIPHERS.get(cipher) or f"0x{cipher:04x}")


class TlsWatch:
    """Watches both sides of a connection for their hellos and for the end of the handshake."""

    def __init__(self) -> None:
        self.client: ClientHello | None = None
        self.server: ServerHello | None = None
        self._sides: tuple[_Side, _Side] | None = None
        """Made with the first bytes: most dialogues that are watched never come to TLS."""

    @property
    def established(self) -> bool:
        """Whether both sides went on to encrypted records after the hellos."""
        return self._sides is not None and self._sides[0].encrypted and self._sides[1].encrypted

    @property
    def is_tls(self) -> bool:
        """Whether a hello of either side was read."""
        return self.client is not None or self.server is not None

    def take(self, side: int, data: bytes) -> None:
        """The next bytes of the client (0) or the server (1)."""
        watched = self._side(side)
        hello = watched.feed(data)
        if hello is None:
            return
        try:
            if side == CLIENT:
                self.client = self.client or parse_client_hello(hello)
            else:
                self.server = self.server or parse_server_hello(hello)
        except TlsHelloError:
            watched.lost()

    def gap(self, side: int) -> None:
        """Bytes of one side are missing: where its next record begins is not known."""
        self._side(side).lost()

    def _side(self, side: int) -> _Side:
        if self._sides is None:
            self._sides = (_Side(), _Side())
        return self._sides[side]


class _Side:
    """Walks the records of one side; gives the body of its first hello once."""

    __slots__ = ("_cipher_changed", "_handshake", "_header", "_remaining", "_type", "alive", "encrypted")

    def __init__(self) -> None:
        self.alive = True
        self.encrypted = False
        self._cipher_changed = False
        self._header = b""
        self._remaining = 0
        self._type = 0
        self._handshake: bytearray | None = bytearray()

    def lost(self) -> None:
        self.alive = False
        self._handshake = None

    def feed(self, data: bytes) -> bytes | None:
        hello = None
        at = 0
        while self.alive and at < len(data):
            if self._remaining:
                taken = data[at : at + self._remaining]
                at += len(taken)
                self._remaining -= len(taken)
                hello = self._content(taken) or hello
            else:
                taken = data[at : at + 5 - len(self._header)]
                at += len(taken)
                self._header += taken
                if len(self._header) == 5:
                    self._begin_record()
        return hello

    def _begin_record(self) -> None:
        self._type, major, _, self._remaining = struct.unpack("!BBBH", self._header)
        self._header = b""
        if major != 3 or self._type not in (20, 21, 22, 23, 24):
            self.lost()
        elif self._type == _APPLICATION_DATA or (self._type == _HANDSHAKE and self._cipher_changed):
            self.encrypted = True
        elif self._type == _CHANGE_CIPHER_SPEC:
            self._cipher_changed = True

    def _content(self, data: bytes) -> bytes | None:
        if self._type != _HANDSHAKE or self._handshake is None:
            return None
        self._handshake += data
        if len(self._handshake) < 4:
            return None
        size = int.from_bytes(self._handshake[1:4])
        if self._handshake[0] not in (1, 2) or size > MAX_HELLO_BYTES:
            self._handshake = None
            return None
        if len(self._handshake) < size + 4:
            return None
        body = bytes(self._handshake[4 : size + 4])
        self._handshake = None
        return body


def _skip(body: bytes, at: int, width: int) -> int:
    """Where a vector with a length of `width` bytes ends."""
    if at + width > len(body):
        raise TlsHelloError(f"the hello breaks off at byte {at}")
    end = at + width + int.from_bytes(body[at : at + width])
    if end > len(body):
        raise TlsHelloError(f"the vector at byte {at} of the hello is longer than the hello")
    return end


def _extensions(body: bytes, at: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at += 2
    while at + 4 <= len(body):
        kind, size = struct.unpack_from("!HH", body, at)
        found.setdefault(kind, body[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def _server_name(data: bytes) -> str | None:
    if len(data) < 5 or data[2] != 0:
        return None
    name = data[5 : 5 + int.from_bytes(data[3:5])]
    return name.decode("ascii", "backslashreplace").lower() or None


def _alpn(data: bytes) -> tuple[str, ...]:
    names, at = [], 2
    while at < len(data):
        name = data[at + 1 : at + 1 + data[at]]
        names.append(name.decode("ascii", "backslashreplace"))
        at += 1 + data[at]
    return tuple(names)
