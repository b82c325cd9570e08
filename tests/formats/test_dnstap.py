import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import dnstap
from forensics.formats.dnstap import MAX_FRAME_BYTES, detect

START = bytes.fromhex("0000000000000022000000020000000100000016") + b"protobuf:dnstap.Dnstap"
STOP = bytes.fromhex("000000000000000400000003")


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def frame(kind: int, wire: bytes, *, sent: int = 1795425827, received: int | None = None) -> bytes:
    message = field(1, kind) + field(2, 1) + field(3, 1) + field(4, bytes([192, 0, 2, 7]))
    message += field(5, bytes([198, 51, 100, 53])) + field(6, 53124) + field(7, 53) + field(8, sent)
    message += b"\x4d" + (937_000_000).to_bytes(4, "little")
    if received is None:
        message += field(10, wire)
    else:
        message += field(12, received) + b"\x6d" + (938_500_000).to_bytes(4, "little") + field(14, wire)
    payload = field(1, b"ns1") + field(14, message) + field(15, 1)
    return len(payload).to_bytes(4) + payload


QUERY = bytes.fromhex("0a0b01000001000000000000026d78076578616d706c6500000f0001")
ANSWER = bytes.fromhex(
    "0a0b85000001000100000000026d78076578616d706c6500000f0001c00c000f00010000012c0009000a046d61696cc00f"
)
UPDATE = bytes.fromhex("0a0b28000001000000000000076578616d706c650000060001")


def test_a_query_is_told_by_its_wire_message_and_its_addresses(reading):
    read = reading("dnstap", START + frame(5, QUERY) + STOP)

    (row,) = read.rows
    assert (row.ts, row.client_ip, row.client_port) == (1795425827937000000, "192.0.2.7", 53124)
    assert (row.server_ip, row.server_port, row.transport, row.msg_id) == ("198.51.100.53", 53, "udp", 0x0A0B)
    assert (row.qname, row.qtype, row.qclass, row.recursion_desired) == ("mx.example", "MX", "IN", True)
    assert (row.edns, row.dnssec_ok, row.role) == (False, False, "client")
    assert (row.record_no, row.offset, row.length) == (1, len(START), len(frame(5, QUERY)))
    assert [run.fate for run in read.ledger] == ["container", "record", "container"]


def test_a_response_brings_its_records_and_the_time_it_took(reading):
    read = reading("dnstap", START + frame(2, ANSWER, received=1795425827) + STOP)

    (response,) = read.of("dns_response")
    assert (response.ts, response.rcode, response.authoritative) == (1795425827938500000, "NOERROR", True)
    assert (response.answer_count, response.truncated, response.rtt_ms) == (1, False, 1.5)
    (record,) = read.of("dns_record")
    assert (record.owner, record.rtype, record.ttl_s, record.rdata) == ("mx.example", "MX", 300, "10 mail.example.")
    assert (record.section, record.server_ip, record.ts) == ("answer", "198.51.100.53", 1795425827938500000)


@pytest.mark.parametrize(
    ("kinds", "role", "vantage"),
    [
        ([1], "client", "authoritative_dns"),
        ([5], "client", "recursive_dns"),
        ([3], "resolver", "recursive_dns"),
        ([7], "resolver", "recursive_dns"),
        ([11], "resolver", None),
        ([1, 1, 5], "client", "authoritative_dns"),
        ([], None, None),
    ],
)
def test_the_kinds_of_its_messages_show_where_it_was_recorded(reading, kinds, role, vantage):
    read = reading("dnstap", START + b"".join(frame(kind, QUERY) for kind in kinds) + STOP)

    assert {row.role for row in read.rows} == ({role} if kinds else set())
    assert read.tally.vantage == vantage


def test_an_update_is_no_question(reading):
    read = reading("dnstap", START + frame(13, UPDATE) + frame(1, UPDATE))

    assert read.rows == []
    assert read.tally.ignored_records == {"a DNS message that is no query: an update, a notification": 2}


def test_a_frame_without_a_dns_message_is_unread_and_the_next_is_read(reading):
    read = reading("dnstap", START + frame(1, b"\x01") + frame(1, QUERY) + STOP)

    assert [row.record_no for row in read.rows] == [2]
    assert read.tally.unread_records == {"1 bytes are no DNS message: its header alone has 12": 1}


def test_a_file_that_breaks_off_keeps_what_came_before(reading):
    read = reading("dnstap", (START + frame(1, QUERY) + frame(1, QUERY))[:-5])

    assert len(read.rows) == 1
    assert read.tally.unread_records == {"a frame that breaks off at the end of the file": 1}


def test_a_frame_over_the_bound_is_refused_with_all_that_follows(reading):
    read = reading("dnstap", START + frame(1, QUERY) + (MAX_FRAME_BYTES + 1).to_bytes(4) + bytes(100))

    assert len(read.rows) == 1
    assert [run.fate for run in read.ledger] == ["container", "record", "refused"]


def test_a_broken_message_keeps_its_question_and_is_named(reading):
    read = reading("dnstap", START + frame(2, ANSWER[:-4], received=1795425827) + STOP)

    (row,) = read.rows
    assert (row.qname, row.answer_count) == ("mx.example", 1)
    assert len(read.tally.problems) == 1


def test_only_dnstap_is_recognised():
    assert detect(START, "x")
    assert not detect(START.replace(b"dnstap", b"others"), "x")
    assert not detect(bytes(64), "x")
    assert not detect(b"", "x.dnstap")


def test_the_sample_of_the_docstring_is_a_query(reading):
    text = (dnstap.__doc__ or "").split("Sample (hex)::")[1].split("Source:")[0]
    sample = bytes.fromhex(text)

    assert detect(sample, "x")
    assert [row.qname for row in reading("dnstap", sample).of("dns_query")] == ["mx.example"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 420), st.integers(0, 4), st.binary(max_size=4), st.integers(0, 420))
def test_every_byte_of_a_damaged_file_has_a_fate(reading, at, size, new, end):
    content = START + frame(5, QUERY) + frame(6, ANSWER, received=1795425828) + STOP

    read = reading("dnstap", (content[:at] + new + content[at + size :])[:end])

    with_rows = len({row.record_no for row in read.rows})
    unread = sum(read.tally.unread_records.values())
    assert with_rows + sum(read.tally.ignored_records.values()) + unread == read.tally.records
