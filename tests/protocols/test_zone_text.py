import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.zone_text import Directive, ZoneReader, ZoneRecord, ZoneTextError, decode, flatten, rdata_text


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("mx 300 IN A 192.0.2.5", ("mx.example", "A", "IN", 300, "192.0.2.5")),
        ("MX IN 300 a 192.0.2.5", ("mx.example", "A", "IN", 300, "192.0.2.5")),
        ("mx.other.test. A 192.0.2.5", ("mx.other.test", "A", "IN", None, "192.0.2.5")),
        ("@ 1h30m MX 10 Mail", ("example", "MX", "IN", 5400, "10 mail.example.")),
        ("@ 60 TXT ( \"v=spf1 \" ; comment\n '-all' )", ("example", "TXT", "IN", 60, "v=spf1 '-all'")),
        ('@ 60 TXT "a;b" "c(d" e\\;f', ("example", "TXT", "IN", 60, "a;bc(de;f")),
        ("@ 60 TXT caf\\195\\169", ("example", "TXT", "IN", 60, "caf\\195\\169")),
        ("@ 60 AAAA 2001:DB8:0::1", ("example", "AAAA", "IN", 60, "2001:db8::1")),
        ("a\\.b 60 CNAME @", ("a\\.b.example", "CNAME", "IN", 60, "example.")),
        ("@ 60 TYPE65280 \\# 2 01FF", ("example", "TYPE65280", "IN", 60, "\\# 2 01ff")),
        ("@ 60 CLASS7 A \\# 1 05", ("example", "A", "CLASS7", 60, "\\# 1 05")),
        ("@ 60 SRV 0 5 25 mail", ("example", "SRV", "IN", 60, "0 5 25 mail.example.")),
        ('@ 60 CAA 0 issue "ca.example"', ("example", "CAA", "IN", 60, '0 issue "ca.example"')),
    ],
)
def test_records_are_read_in_every_order_of_their_fields(entry, expected):
    assert ZoneReader("example").entry(flatten(decode(entry.encode()))) == ZoneRecord(*expected)


def test_owner_origin_and_ttl_carry_over():
    reader = ZoneReader()
    text = [
        "$ORIGIN example.",
        "$TTL 1h",
        "@ A 192.0.2.1",
        " MX 10 mail",
        "$ORIGIN sub",
        "www 60 A 192.0.2.2",
        " A 192.0.2.3",
    ]

    read = [reader.entry(entry) for entry in text]

    assert read[0] == Directive("$ORIGIN", "example.")
    assert [(item.owner, item.ttl_s, item.rdata) for item in read if isinstance(item, ZoneRecord)] == [
        ("example", 3600, "192.0.2.1"), ("example", 3600, "10 mail.example."),
        ("www.sub.example", 60, "192.0.2.2"), ("www.sub.example", 3600, "192.0.2.3"),
    ]  # fmt: skip


def test_without_ttl_that_of_the_entry_before_or_the_minimum_of_the_soa_holds():
    reader = ZoneReader("example")

    assert reader.entry("@ SOA ns h 1 2 3 4 90").ttl_s == 90
    assert reader.entry("@ A 192.0.2.1").ttl_s == 90
    assert reader.entry("@ 60 A 192.0.2.1").ttl_s == 60
    assert reader.entry("@ A 192.0.2.1").ttl_s == 60


def test_entries_that_lean_on_a_broken_owner_or_origin_are_not_read_as_another_s():
    reader = ZoneReader("example")
    reader.entry("good A 192.0.2.1")

    for entry in ("bad..name A 192.0.2.2", " A 192.0.2.3", "$ORIGIN bad..name", "www A 192.0.2.4"):
        with pytest.raises(ZoneTextError):
            reader.entry(entry)


@pytest.mark.parametrize(
    "entry",
    ["www A", "www A 192.0.2", "www A 192.0.2.5 6", "www NOTYPE x", "www 99999999999 A 192.0.2.5", "www MX 10",
     "www TXT \"open", "www TYPE65280 0102", "www TYPE65280 \\# 3 0102", "$TTL forever", " A 192.0.2.1", "www IN"],
)  # fmt: skip
def test_what_is_no_entry_is_refused(entry):
    with pytest.raises(ZoneTextError):
        ZoneReader("example").entry(entry)


def test_a_relative_name_needs_an_origin():
    with pytest.raises(ZoneTextError, match="no origin"):
        ZoneReader().entry("www A 192.0.2.1")
    with pytest.raises(ZoneTextError):
        rdata_text(15, 1, "10 mail", None)


def test_no_file_is_read():
    assert ZoneReader("example").entry("$INCLUDE /etc/passwd") == Directive("$INCLUDE", "/etc/passwd")
    assert ZoneReader("example").entry("$GENERATE 1-9 $ A 192.0.2.$") == Directive("$GENERATE", "1-9 $ A 192.0.2.$")


@given(st.lists(st.text(st.sampled_from('ab.@\\"();$ \t\n09ISOATXMé\0'), max_size=40), max_size=4))
def test_only_its_own_error_escapes(entries):
    reader = ZoneReader("example")
    for entry in entries:
        try:
            reader.entry(flatten(decode(entry.encode())))
        except ZoneTextError:
            continue


@given(st.sampled_from(["A", "MX", "TXT", "SOA", "SRV", "CAA", "LOC", "SVCB", "DNSKEY", "NSEC3", "TYPE1", "APL"]),
       st.text(st.sampled_from('ab.\\"=,0129:+/ -'), max_size=30))  # fmt: skip
def test_only_its_own_error_escapes_from_record_data(rtype, text):
    try:
        ZoneReader("example").entry(f"@ {rtype} {text}")
    except ZoneTextError:
        pass
