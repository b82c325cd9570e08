"""What a TLS handshake shows in clear."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.tls_hello import (
    ClientHello,
    ServerHello,
    TlsHelloError,
    TlsWatch,
    looks_like_tls,
    parse_client_hello,
    parse_server_hello,
)

SERVER_12 = b"\x03\x03" + bytes(32) + b"\0" + b"\xc0\x2f" + b"\0"
SERVER_13 = b"\x03\x03" + bytes(32) + b"\0" + b"\x13\x02" + b"\0" + b"\0\x06" + b"\0\x2b\0\x02\x03\x04"


def client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["h2", "http/1.1"])
    session = context.wrap_bio(incoming, outgoing, server_hostname="MX1.alder.example")
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    return outgoing.read()


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(body).to_bytes(2) + body


def handshake(kind: int, body: bytes) -> bytes:
    return record(22, bytes([kind]) + len(body).to_bytes(3) + body)


def test_a_real_client_hello_names_the_server_and_the_protocols_in_their_order() -> None:
    watch = TlsWatch()
    for byte in client_hello():
        watch.take(0, bytes([byte]))
    assert watch.client == ClientHello("mx1.alder.example", ("h2", "http/1.1"))


def test_the_version_chosen_is_that_of_the_extension_where_there_is_one() -> None:
    assert parse_server_hello(SERVER_12) == ServerHello("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    assert parse_server_hello(SERVER_13) == ServerHello("TLSv1.3", "TLS_AES_256_GCM_SHA384")


def test_a_handshake_is_complete_when_both_sides_went_on_encrypted() -> None:
    watch = TlsWatch()
    watch.take(0, client_hello())
    watch.take(1, handshake(2, SERVER_12) + record(20, b"\1") + record(22, bytes(40)))
    assert not watch.established
    watch.take(0, record(20, b"\1") + record(22, bytes(40)))
    assert watch.established


def test_a_handshake_that_an_alert_ends_is_not_complete() -> None:
    watch = TlsWatch()
    watch.take(0, client_hello())
    watch.take(1, record(21, b"\x02\x28"))
    assert (watch.established, watch.server, watch.is_tls) == (False, None, True)


def test_text_is_not_tls() -> None:
    assert not looks_like_tls(b"EHLO alder.example\r\n")
    assert looks_like_tls(client_hello())


@given(st.binary(max_size=200))
def test_any_bytes_give_a_hello_or_the_own_error(data: bytes) -> None:
    for parse in (parse_client_hello, parse_server_hello):
        try:
            assert parse(data) is not None
        except TlsHelloError:
            pass


@given(st.lists(st.tuples(st.integers(0, 1), st.binary(max_size=40)), max_size=10))
def test_any_stream_can_be_watched(pieces: list[tuple[int, bytes]]) -> None:
    watch = TlsWatch()
    for side, data in pieces:
        watch.take(side, data)
    assert watch.established in (True, False)
