"""Rows from Suricata's flow, netflow and tls events, and what all its events share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from forensics.formats._flow_values import tcp_flags, transport
from forensics.protocols import address_text
from forensics.schema import Connection, Flow, Row, TlsSession

_MAX = (1 << 63) - 1
_SERVICES = {"smtp", "tls", "http", "ssh", "dns", "imap", "pop3", "ftp"}
_PROTOCOLS = {"IPv6-ICMP": "58"}
_VERSIONS = {"TLSv1": "TLSv1.0", "TLS 1.0": "TLSv1.0", "TLS 1.1": "TLSv1.1", "TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3",
             "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3"}  # fmt: skip


class End(NamedTuple):
    """The two ends of an event as it names them, and its transport."""

    src_ip: str | None
    src_port: int | None
    dst_ip: str | None
    dst_port: int | None
    transport: str | None

    def turned(self) -> End:
        """The same with source and destination exchanged."""
        return End(self.dst_ip, self.dst_port, self.src_ip, self.src_port, self.transport)

    def sided(self) -> dict[str, Any]:
        """The source as client, the destination as server: the direction of the flow."""
        return {
            "client_ip": self.src_ip, "client_port": self.src_port,
            "server_ip": self.dst_ip, "server_port": self.dst_port,
        }  # fmt: skip


def endpoints(event: dict[str, Any]) -> End:
    """The ends that an event names."""
    proto = text_of(event, "proto")
    return End(
        _address(event, "src_ip"), _port(event, "src_port"), _address(event, "dest_ip"), _port(event, "dest_port"),
        transport(_PROTOCOLS.get(proto, proto)) if proto and len(proto) < 64 else None,
    )  # fmt: skip


def flow_rows(
    event: dict[str, Any], said: dict[str, Any], end: End, sampling: int | None, same: dict[str, Any]
) -> Iterator[Row]:
    """A flow with both directions, and for TCP the connection that it was."""
    flags = _flags(event)
    yield Flow(
        **same, **_ends(end), tcp_flags=tcp_flags(f"0x{flags['']}") if flags[""] else None, sampling=sampling,
        packets=count_of(said, "pkts_toserver"), octets=count_of(said, "bytes_toserver"),
        reply_packets=count_of(said, "pkts_toclient"), reply_octets=count_of(said, "bytes_toclient"),
    )  # fmt: skip
    if end.transport == "tcp":
        service = text_of(event, "app_proto")
        yield Connection(
            **same, **end.sided(), transport="tcp", state=_state(said, flags),
            client_bytes=count_of(said, "bytes_toserver"), server_bytes=count_of(said, "bytes_toclient"),
            client_packets=count_of(said, "pkts_toserver"), server_packets=count_of(said, "pkts_toclient"),
            service=service if service in _SERVICES else None,
        )  # fmt: skip


def netflow_row(
    event: dict[str, Any], said: dict[str, Any], end: End, sampling: int | None, same: dict[str, Any]
) -> Flow:
    """One direction of a flow."""
    flags = _flags(event)[""]
    return Flow(
        **same, **_ends(end), tcp_flags=tcp_flags(f"0x{flags}") if flags else None, sampling=sampling,
        packets=count_of(said, "pkts"), octets=count_of(said, "bytes"),
    )  # fmt: skip


def tls_row(said: dict[str, Any], end: End, same: dict[str, Any]) -> TlsSession:
    """One TLS handshake; that it was completed is not logged."""
    version, server_name = text_of(said, "version"), text_of(said, "sni")
    return TlsSession(
        **same, **end.sided(), tls_version=_VERSIONS.get(version or "", version),
        server_name=server_name.lower() if server_name else None,
    )  # fmt: skip


def text_of(values: dict[str, Any], name: str) -> str | None:
    """A field's text, None where it is none."""
    value = values.get(name)
    return value if isinstance(value, str) else None


def count_of(values: dict[str, Any], name: str) -> int | None:
    """A count that fits 64 bits, None where the field is none."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX else None


def _ends(end: End) -> dict[str, Any]:
    return {
        "src_ip": end.src_ip, "src_port": end.src_port, "dst_ip": end.dst_ip, "dst_port": end.dst_port,
        "transport": end.transport,
    }  # fmt: skip


def _flags(event: dict[str, Any]) -> dict[str, str]:
    """TCP flags in hex: of both sides, of the client (`_ts`), of the server (`_tc`); empty where none are told."""
    tcp = event.get("tcp")
    found = {
        side: text_of(tcp if isinstance(tcp, dict) else {}, f"tcp_flags{side}") or "" for side in ("", "_ts", "_tc")
    }
    return {side: text if len(text) <= 2 else "" for side, text in found.items()}


def _state(said: dict[str, Any], flags: dict[str, str]) -> str | None:
    """The state of a TCP connection, from the packets and flags of each side; None where they do not tell."""
    to_server, to_client = count_of(said, "pkts_toserver"), count_of(said, "pkts_toclient")
    if to_server is None or to_client is None:
        return None
    if not to_server or not to_client:
        only = _letters(flags["_ts"] if to_server else flags["_tc"])
        return "unanswered" if only == {"S"} and to_server else "one_sided"
    client, server = _letters(flags["_ts"]), _letters(flags["_tc"])
    if not client or not server:
        return None
    if "S" not in client and "S" not in server:
        return "midstream"
    if "S" in client and "S" in server:
        return "established" if "A" in client else "half_open"
    return "refused" if "S" in client and "R" in server and "A" not in client else None


def _letters(flags: str) -> set[str]:
    return set(tcp_flags(f"0x{flags}") or "") if flags else set()


def _address(event: dict[str, Any], name: str) -> str | None:
    text = text_of(event, name)
    return address_text.canonical(text) if text and len(text) < 64 else None


def _port(event: dict[str, Any], name: str) -> int | None:
    port = count_of(event, name)
    return port if port is not None and port < 65_536 else None
