import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dnstap_message import DnstapError, parse

WIRE = bytes.fromhex("0a0b00000001000000000000026d78076578616d706c6500000f0001")
PAYLOAD = bytes.fromhex(
    "0a036e7331"  # identity ns1
    "7241"  # message: AUTH_QUERY over IPv4 and UDP, from 192.0.2.7:53124 to 198.51.100.53:53, and its time
    "0801100118012204c00002072a04c633643530849f03383540a38c90d8064d80ac6e37521c"
) + WIRE + bytes.fromhex("7801")  # type MESSAGE  # fmt: skip


def test_addresses_times_and_message_are_read():
    message = parse(PAYLOAD)

    assert (message.kind, message.identity, message.transport) == ("AUTH_QUERY", "ns1", "udp")
    assert (message.query_ip, message.query_port) == ("192.0.2.7", 53124)
    assert (message.response_ip, message.response_port) == ("198.51.100.53", 53)
    assert (message.query_ts, message.response_ts) == (1795425827_930000000, None)
    assert (message.query_wire, message.response_wire) == (WIRE, None)


def test_the_unspecified_address_is_unknown():
    message = parse(PAYLOAD.replace(bytes([192, 0, 2, 7]), bytes(4)))

    assert message.query_ip is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        PAYLOAD[:-2],
        PAYLOAD[:-2] + bytes.fromhex("7802"),
        PAYLOAD.replace(bytes.fromhex("08011001"), bytes.fromhex("08631001")),
        PAYLOAD[:20],
        b"\xff" * 12,
        b"\x0b" + PAYLOAD,
    ],
)
def test_what_is_no_message_is_refused(payload):
    with pytest.raises(DnstapError):
        parse(payload)


@given(st.integers(0, len(PAYLOAD)), st.integers(0, 4), st.binary(max_size=4))
def test_only_its_own_error_escapes(at, size, new):
    try:
        message = parse(PAYLOAD[:at] + new + PAYLOAD[at + size :])
    except DnstapError:
        return
    assert message.query_ts is None or 0 <= message.query_ts < 1 << 63
