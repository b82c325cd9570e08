import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import dig_text
from forensics.protocols.dig_text import Question


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("; <<>> DiG 9.18.49 <<>> @192.0.2.53 mx.example MX +norecurse", ("mx.example", "MX")),
        ("; <<>> DiG 9.11.4 <<>> Mx.Example.", ("mx.example", "A")),
        ("; <<>> DiG 9.18.49 <<>> -t txt -p 5353 _dmarc.example", ("_dmarc.example", "TXT")),
        ("; <<>> DiG 9.18.49 <<>> IN MX -q a.example", ("a.example", "MX")),
        ("; <<>> DiG 9.18.49 <<>> -x 192.0.2.1 @192.0.2.53", ("1.2.0.192.in-addr.arpa", "PTR")),
        ("; <<>> DiG 9.18.49 <<>> a.example A b.example MX", None),
        ("; <<>> DiG 9.18.49 <<>> -x mail", None),
        ("; <<>> DiG 9.18.49 <<>>", None),
    ],
)
def test_what_a_command_asked_is_known_where_it_is_one_thing(line, expected):
    assert dig_text.command(line) == (Question(*expected) if expected else None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (";; WHEN: Mon Nov 23 09:21:27 UTC 2026", "2026-11-23T09:21:27Z"),
        (";; WHEN: Mon Nov  3 09:21:27 GMT 2026", "2026-11-03T09:21:27Z"),
        (";; WHEN: Mon Nov 23 10:21:27 CET 2026", "2026-11-23T10:21:27"),
        (";; WHEN: Mon Nov 23 10:21:27 +03 2026", "2026-11-23T10:21:27+0300"),
        (";; WHEN: Mon Nov 23 10:21:27 2026", "2026-11-23T10:21:27"),
        (";; WHEN: Mon Foo 23 10:21:27 UTC 2026", None),
        (";; WHEN: yesterday", None),
    ],
)
def test_only_a_certain_zone_becomes_an_offset(line, expected):
    assert dig_text.when(line) == expected


def test_the_header_is_read_of_dig_and_of_drill():
    assert dig_text.rcode(";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1") == "SERVFAIL"
    assert dig_text.rcode(";; ->>HEADER<<- opcode: QUERY, rcode: NXDOMAIN, id: 1") == "NXDOMAIN"
    counts = dig_text.counts(";; flags: qr rd ra ; QUERY: 1, ANSWER: 3, AUTHORITY: 0, ADDITIONAL: 0 ")
    assert counts is not None
    assert (sorted(counts.flags), counts.answers) == (["qr", "ra", "rd"], 3)
    assert dig_text.server(";; SERVER: 2001:DB8::53#53(2001:db8::53) (UDP)") == "2001:db8::53"
    assert dig_text.server(";; SERVER: 192.0.2.53") == "192.0.2.53"


@given(st.text(max_size=60), st.sampled_from(["; <<>> DiG 9 <<>> ", ";", ";; WHEN: ", ";; flags: ", ""]))
def test_no_text_raises(text, start):
    line = start + text
    for read in (dig_text.command, dig_text.when, dig_text.rcode, dig_text.counts, dig_text.question, dig_text.server):
        read(line)
