"""What a DNS message on the wire says, and that a damaged one only ever raises its own error."""

from __future__ import annotations

import struct

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dns_message import DnsMessageError, Edns, Question, Record, parse, parse_cut

ZONE_ANSWER = """\
id 4660
opcode QUERY
rcode NOERROR
flags QR AA RD
edns 0
eflags DO
payload 1232
;QUESTION
northwind.example. IN ANY
;ANSWER
northwind.example. 300 IN MX 10 mx1.northwind.example.
northwind.example. 300 IN TXT "v=spf1 mx " "-all"
northwind.example. 300 IN A 192.0.2.10
northwind.example. 300 IN AAAA 2001:db8::10
;AUTHORITY
northwind.example. 60 IN SOA ns.northwind.example. hostmaster.northwind.example. 7 3600 900 604800 60
;ADDITIONAL
_smtp._tcp.northwind.example. 5 IN SRV 1 2 25 mx1.northwind.example.
northwind.example. 5 IN CAA 0 issue "ca.example"
"""


def header(flags: int, *counts: int) -> bytes:
    return struct.pack("!6H", 7, flags, *counts)


def test_an_answer_gives_its_records_in_presentation_form_and_its_sections() -> None:
    message = parse(dns.message.from_text(ZONE_ANSWER).to_wire())
    assert message.id == 4660
    assert message.is_response
    assert message.authoritative
    assert not message.truncated
    assert message.rcode == "NOERROR"
    assert message.questions == (Question("northwind.example", "ANY", "IN"),)
    assert message.records == (
        Record("northwind.example", "MX", "IN", 300, "10 mx1.northwind.example.", "answer"),
        Record("northwind.example", "TXT", "IN", 300, "v=spf1 mx -all", "answer"),
        Record("northwind.example", "A", "IN", 300, "192.0.2.10", "answer"),
        Record("northwind.example", "AAAA", "IN", 300, "2001:db8::10", "answer"),
        Record(
            "northwind.example", "SOA", "IN", 60,
            "ns.northwind.example. hostmaster.northwind.example. 7 3600 900 604800 60", "authority",
        ),
        Record("_smtp._tcp.northwind.example", "SRV", "IN", 5, "1 2 25 mx1.northwind.example.", "additional"),
        Record("northwind.example", "CAA", "IN", 5, '0 issue "ca.example"', "additional"),
    )  # fmt: skip
    assert message.edns == Edns(0, 1232, True, ())
    assert message.do
    assert message.problem is None


def test_a_name_keeps_dots_and_odd_bytes_of_its_labels_apart() -> None:
    wire = header(0x0100, 1, 0, 0, 0) + b"\x04a.B\\\x03\x00 \xff\x00\x00\x01\x00\x01"
    assert parse(wire).questions == (Question(r"a\.b\\.\000\032\255", "A", "IN"),)


def test_the_root_is_a_dot() -> None:
    assert parse(header(0, 1, 0, 0, 0) + b"\0\0\x02\0\x01").questions == (Question(".", "NS", "IN"),)


def test_an_unknown_type_and_class_keep_their_numbers_and_data() -> None:
    record = b"\xc0\x0c\xff\x00\x00\x07\x00\x00\x00\x01\x00\x02\xab\xcd"
    message = parse(header(0x8000, 1, 1, 0, 0) + b"\x01a\0\xff\x00\x00\x07" + record)
    assert message.questions == (Question("a", "TYPE65280", "CLASS7"),)
    assert message.records == (Record("a", "TYPE65280", "CLASS7", 1, r"\# 2 abcd", "answer"),)


def test_a_record_whose_data_breaks_its_type_is_kept_as_unknown_data() -> None:
    record = b"\x01a\0\x00\x01\x00\x01\x00\x00\x00\x01\x00\x03\x01\x02\x03"
    assert parse(header(0x8000, 0, 1, 0, 0) + record).records[0].rdata == r"\# 3 010203"


def test_the_upper_bits_of_the_rcode_come_from_edns() -> None:
    opt = b"\0\x00\x29\x04\xd0\x01\x00\x00\x00\x00\x00"
    assert parse(header(0x8000, 0, 0, 0, 1) + opt).rcode == "BADVERS"


def test_a_message_cut_short_keeps_its_question_and_says_where_it_broke() -> None:
    whole = dns.message.from_text(ZONE_ANSWER).to_wire()
    message = parse(whole[:50])
    assert message.questions == (Question("northwind.example", "ANY", "IN"),)
    assert message.records == ()
    assert message.problem == "the data of the record at byte 35 is cut short"


def test_a_pointer_that_leads_forward_or_to_itself_is_a_problem_and_not_a_loop() -> None:
    message = parse(header(0, 1, 0, 0, 0) + b"\xc0\x0c\0\x01\0\x01")
    assert message.questions == ()
    assert message.problem == "the name at byte 12 points forward, to byte 12"


def test_a_name_longer_than_255_bytes_is_a_problem() -> None:
    message = parse(header(0, 1, 0, 0, 0) + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\x01\0\x01")
    assert message.problem == "the name at byte 12 breaks off or is longer than 255 bytes"


def test_bytes_after_the_last_record_are_named() -> None:
    assert parse(header(0, 0, 0, 0, 0) + b"xyz").problem == "3 bytes follow the last record"


def test_a_header_cut_short_keeps_id_and_flags_and_no_counts() -> None:
    message = parse_cut(b"\x12\x34\x81\x80\x00\x01\x00\x01\x00")
    assert (message.id, message.is_response, message.counts) == (0x1234, True, (0, 0, 0, 0))
    assert message.problem == "the header is cut short"


def test_fewer_bytes_than_id_and_flags_are_no_message() -> None:
    with pytest.raises(DnsMessageError, match="3 bytes are no DNS message"):
        parse_cut(b"\0" * 3)
    with pytest.raises(DnsMessageError, match="11 bytes are no DNS message"):
        parse(b"\0" * 11)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_give_a_message_or_the_own_error(data: bytes) -> None:
    try:
        message = parse(data)
    except DnsMessageError:
        assert len(data) < 12
        return
    assert len(message.questions) <= message.counts[0]


@given(st.integers(0, 400), st.integers(0, 255))
def test_one_changed_byte_never_raises(position: int, value: int) -> None:
    wire = bytearray(dns.message.from_text(ZONE_ANSWER).to_wire())
    wire[position % len(wire)] = value
    assert parse(bytes(wire)).counts is not None


@given(st.integers(0, 300), st.binary(max_size=80))
def test_arbitrary_data_of_any_type_gives_one_record(rtype: int, data: bytes) -> None:
    record = b"\x01a\0" + struct.pack("!HHIH", rtype, 1, 1, len(data)) + data
    message = parse(header(0x8000, 0, 1, 0, 0) + record)
    assert len(message.records) + (message.edns is not None) == 1
