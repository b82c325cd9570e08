"""dnstap payloads: one protobuf message `Dnstap` in, its addresses, times and DNS message out (dnstap.proto).

Read by hand: a message in a message, whose fields are numbers, 4 bytes, or a length and bytes (protobuf encoding, wire
types 0, 5 and 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensics.errors import ProtocolError
from forensics.protocols import ip_address

TYPES = (
    "AUTH_QUERY", "AUTH_RESPONSE", "RESOLVER_QUERY", "RESOLVER_RESPONSE", "CLIENT_QUERY", "CLIENT_RESPONSE",
    "FORWARDER_QUERY", "FORWARDER_RESPONSE", "STUB_QUERY", "STUB_RESPONSE", "TOOL_QUERY", "TOOL_RESPONSE",
    "UPDATE_QUERY", "UPDATE_RESPONSE",
)  # fmt: skip
TRANSPORTS = ("udp", "tcp", "dot", "doh", "dnscrypt-udp", "dnscrypt-tcp", "doq")

_MESSAGE_TYPE = 1
_MAX_SECONDS = (1 << 63) // 1_000_000_000 - 1


class DnstapError(ProtocolError):
    """Bytes that are no dnstap payload."""


class DnstapMessage(NamedTuple):
    """One DNS message and how it was seen; times are nanoseconds UTC, None is what the payload does not say.

    The query's side is that of the one who asked, whichever message this is.
    """

    kind: str
    identity: str | None
    transport: str | None
    query_ip: str | None
    query_port: int | None
    response_ip: str | None
    response_port: int | None
    query_ts: int | None
    response_ts: int | None
    query_wire: bytes | None
    response_wire: bytes | None


def parse(payload: bytes) -> DnstapMessage:
    """Parse the payload of one data frame.

    Raises:
        DnstapError: it breaks off, is of another kind than MESSAGE, or lacks the kind of its message.
    """
    outer = dict(_fields(payload))
    if outer.get(15) != _MESSAGE_TYPE:
        raise DnstapError(f"a dnstap payload of type {outer.get(15)!r}, which is no message")
    fields = dict(_fields(_bytes(outer, 14) or b""))
    kind = _number(fields, 1)
    if kind is None or not 0 < kind <= len(TYPES):
        raise DnstapError(f"a dnstap message of the unknown kind {kind!r}")
    transport = _number(fields, 3)
    return DnstapMessage(
        kind=TYPES[kind - 1],
        identity=_text(outer, 1),
        transport=TRANSPORTS[transport - 1] if transport and transport <= len(TRANSPORTS) else None,
        query_ip=_address(fields, 4),
        query_port=_port(fields, 6),
        response_ip=_address(fields, 5),
        response_port=_port(fields, 7),
        query_ts=_time(fields, 8),
        response_ts=_time(fields, 12),
        query_wire=_bytes(fields, 10),
        response_wire=_bytes(fields, 14),
    )


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of one protobuf message, in order."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire_type == 2:
            size, at = _varint(data, at)
        elif wire_type in (1, 5):
            size = 8 if wire_type == 1 else 4
        else:
            raise DnstapError(f"a protobuf field of wire type {wire_type}")
        if at + size > len(data):
            raise DnstapError("a protobuf field breaks off")
        content = data[at : at + size]
        yield number, content if wire_type == 2 else int.from_bytes(content, "little")
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise DnstapError("a protobuf number breaks off or has more than ten bytes")


def _number(fields: dict[int, int | bytes], number: int) -> int | None:
    value = fields.get(number)
    return value if isinstance(value, int) else None


def _bytes(fields: dict[int, int | bytes], number: int) -> bytes | None:
    value = fields.get(number)
    return value if isinstance(value, bytes) else None


def _text(fields: dict[int, int | bytes], number: int) -> str | None:
    value = _bytes(fields, number)
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _address(fields: dict[int, int | bytes], number: int) -> str | None:
    """An address; the unspecified one means that the sensor did not know it."""
    packed = _bytes(fields, number)
    return ip_address.text(packed) if packed and len(packed) in (4, 16) and any(packed) else None


def _port(fields: dict[int, int | bytes], number: int) -> int | None:
    port = _number(fields, number)
    return port if port and port < 65536 else None


def _time(fields: dict[int, int | bytes], number: int) -> int | None:
    """Seconds in one field, nanoseconds in the next."""
    seconds, fraction = _number(fields, number), _number(fields, number + 1) or 0
    if seconds is None or seconds > _MAX_SECONDS or fraction > 999_999_999:
        return None
    return seconds * 1_000_000_000 + fraction
