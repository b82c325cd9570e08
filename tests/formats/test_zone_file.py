import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import zone_file
from forensics.formats.zone_file import detect

ZONE = b"""; kept by the examiner
$ORIGIN example.
$TTL 300
@ IN SOA ns1 hostmaster (
      2026110101 ; serial
      3600 900 604800 60 )
  IN MX 10 mail

_dmarc TXT "v=DMARC1; p=none"
"""


def test_a_zone_becomes_its_records_with_their_bytes(reading):
    read = reading("zone_file", ZONE)

    assert [(row.owner, row.rtype, row.ttl_s, row.rdata) for row in read.of("dns_record")] == [
        ("example", "SOA", 300, "ns1.example. hostmaster.example. 2026110101 3600 900 604800 60"),
        ("example", "MX", 300, "10 mail.example."),
        ("_dmarc.example", "TXT", 300, "v=DMARC1; p=none"),
    ]
    soa = read.rows[0]
    assert ZONE[soa.offset : soa.offset + soa.length].startswith(b"@ IN SOA")
    assert ZONE[soa.offset : soa.offset + soa.length].endswith(b"60 )\n")
    assert (soa.section, soa.status, soa.ts, soa.record_no) == ("zone", None, None, 3)
    assert read.tally.ignored_records == {"a directive": 2}


def test_other_files_are_not_read_and_the_gap_is_named(reading):
    read = reading(
        "zone_file", b"$ORIGIN example.\n$INCLUDE /etc/passwd\n$GENERATE 1-9 h$ A 192.0.2.$\n@ A 192.0.2.1\n"
    )

    assert [row.rdata for row in read.rows] == ["192.0.2.1"]
    assert read.tally.problems == [
        "It holds an $INCLUDE, whose file is not read: records of the zone are missing here.",
        "It holds a $GENERATE, which is not expanded: records of the zone are missing here.",
    ]


def test_an_entry_that_fits_no_grammar_is_unread_and_the_next_is_read(reading):
    read = reading("zone_file", b"$ORIGIN example.\nwww A 192.0.2\nmail A 192.0.2.5\n")

    assert [row.owner for row in read.rows] == ["mail.example"]
    assert read.tally.unread_records == {"data that is none of type A": 1}


def test_relative_names_without_an_origin_are_unread(reading):
    read = reading("zone_file", b"www A 192.0.2.5\nmail.example. A 192.0.2.6\n")

    assert [row.owner for row in read.rows] == ["mail.example"]
    assert sum(read.tally.unread_records.values()) == 1


@pytest.mark.parametrize("file", ["db.example.test", "example.test.zone", "example.test.db"])
def test_the_name_of_the_file_completes_relative_names_and_is_named_as_the_source(reading, file):
    read = reading("zone_file", b"www A 192.0.2.5\n", file=file)

    assert [row.owner for row in read.rows] == ["www.example.test"]
    assert read.tally.problems == [
        "It names no $ORIGIN: example.test, taken from the file's name, completes its relative names."
    ]


def test_parentheses_that_are_never_closed_are_refused_at_a_bound(reading):
    read = reading("zone_file", b"$ORIGIN example.\n@ SOA ns h (\n" + b" 1\n" * 2100 + b"mail A 192.0.2.5\n")

    assert read.tally.unread_records["an entry over the bounds of this tool"] == 1
    assert [row.owner for row in read.rows] == ["mail.example"]


def test_only_zone_text_is_recognised():
    assert detect(ZONE, "x")
    assert detect(b"www.example. 60 IN A 192.0.2.5\n", "x")
    assert not detect(b"; <<>> DiG 9.18.49 <<>> www.example\nwww.example. 60 IN A 192.0.2.5\n", "x")
    assert not detect(b"192.0.2.5 www.example www\n127.0.0.1 localhost\n", "hosts")
    assert not detect(b"; only a comment\n", "x.zone")
    assert not detect(b"", "x.zone")
    assert not detect(b"Nov 23 09:23:47 mx1 postfix/qmgr[9]: 4E8A1: removed\n", "mail.log")


def test_the_sample_of_the_docstring_is_recognised(reading):
    text = (zone_file.__doc__ or "").split("Sample::")[1].split("Source:")[0]
    sample = "".join(line[4:] + "\n" for line in text.strip("\n").splitlines()).encode()

    assert detect(sample, "x")
    assert [row.rtype for row in reading("zone_file", sample).rows] == ["SOA", "MX"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 220), st.integers(0, 4), st.binary(max_size=4), st.integers(0, 220))
def test_every_byte_of_a_damaged_zone_has_a_fate(reading, at, size, new, end):
    read = reading("zone_file", (ZONE[:at] + new + ZONE[at + size :])[:end])

    unread = sum(read.tally.unread_records.values())
    assert len(read.rows) + sum(read.tally.ignored_records.values()) + unread == read.tally.records
