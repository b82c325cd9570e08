import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.formats import dig_answers
from forensics.formats._log_times import NO_ZONE
from forensics.formats.dig_answers import detect


def answer(rcode: str, flags: str, answers: int, question: str, sections: str, when: str = "UTC ") -> bytes:
    return (
        f"\n; <<>> DiG 9.18.49 <<>> @192.0.2.53 {question.split()[0]} +norecurse\n;; global options: +cmd\n"
        f";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {rcode}, id: 4663\n"
        f";; flags: {flags}; QUERY: 1, ANSWER: {answers}, AUTHORITY: 1, ADDITIONAL: 1\n\n"
        f";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n;{question}\n\n"
        f"{sections}\n;; Query time: 0 msec\n;; SERVER: 192.0.2.53#53(192.0.2.53) (UDP)\n"
        f";; WHEN: Mon Nov 23 09:21:27 {when}2026\n;; MSG SIZE  rcvd: 155\n"
    ).encode()


MX = answer("NOERROR", "qr aa", 1, "example.\t\tIN\tMX",
            ";; ANSWER SECTION:\nexample.\t300\tIN\tMX\t10 mail.example.\n\n"
            ";; ADDITIONAL SECTION:\nmail.example.\t60\tIN\tA\t192.0.2.5\n")  # fmt: skip
SOA = ";; AUTHORITY SECTION:\nexample.\t60\tIN\tSOA\tns1.example. h.example. 1 2 3 4 5\n"
NX = answer("NXDOMAIN", "qr aa", 0, "nx.example.\tIN\tA", SOA)


def test_records_carry_section_server_and_time(reading):
    read = reading("dig_answers", MX)

    assert [(row.owner, row.rtype, row.rdata, row.ttl_s, row.section) for row in read.of("dns_record")] == [
        ("example", "MX", "10 mail.example.", 300, "answer"),
        ("mail.example", "A", "192.0.2.5", 60, "additional"),
    ]
    assert {(row.ts, row.server_ip, row.status) for row in read.rows} == {(1795425687000000000, "192.0.2.53", None)}
    assert MX[read.rows[0].offset :].startswith(b"example.\t300")


@pytest.mark.parametrize(
    ("content", "status", "owner"),
    [
        (NX, "nxdomain", "nx.example"),
        (answer("NOERROR", "qr aa", 0, "example.\tIN\tAAAA", SOA), "nodata", "example"),
        (answer("NOERROR", "qr rd ra", 0, "example.\tIN\tAAAA", SOA), "nodata", "example"),
        (answer("SERVFAIL", "qr rd", 0, "example.\tIN\tAAAA", ""), "servfail", "example"),
        (answer("REFUSED", "qr rd", 0, "example.\tIN\tAAAA", ""), "refused", "example"),
    ],
)
def test_an_answer_without_records_is_a_row_of_its_own(reading, content, status, owner):
    read = reading("dig_answers", content)

    (row,) = [row for row in read.rows if row.status]
    assert (row.status, row.owner, row.rdata, row.server_ip) == (status, owner, None, "192.0.2.53")
    assert content[row.offset : row.offset + row.length].startswith(b";" + owner.encode())


def test_a_referral_is_no_denial(reading):
    content = answer(
        "NOERROR", "qr", 0, "sub.example.\tIN\tA", ";; AUTHORITY SECTION:\nsub.example. 60 IN NS ns.sub.example.\n"
    )

    assert [(row.rtype, row.status) for row in reading("dig_answers", content).rows] == [("NS", None)]


@pytest.mark.parametrize(
    "words", [";; connection timed out; no servers could be reached", ";; no servers could be reached"]
)
def test_no_answer_is_told_from_there_is_none(reading, words):
    content = f"; <<>> DiG 9.18.49 <<>> @192.0.2.53 mx.example MX\n;; global options: +cmd\n{words}\n".encode()

    read = reading("dig_answers", content + MX)

    first = read.rows[0]
    assert (first.owner, first.rtype, first.status) == ("mx.example", "MX", "timeout")
    assert (first.ts, first.server_ip) == (None, None)
    assert len(read.rows) == 3


def test_answers_in_a_row_keep_apart(reading):
    read = reading("dig_answers", MX + NX.replace(b"192.0.2.53#53(192.0.2.53)", b"192.0.2.54#53(192.0.2.54)"))

    assert [(row.owner, row.server_ip) for row in read.rows] == [
        ("example", "192.0.2.53"), ("mail.example", "192.0.2.53"),
        ("nx.example", "192.0.2.54"), ("example", "192.0.2.54"),
    ]  # fmt: skip


def test_a_record_over_several_lines_is_one(reading):
    soa = "example.\t\t300 IN SOA ns1.example. h.example. (\n\t\t\t\t1          ; serial\n\t\t\t\t2 3 4 5 )\n"

    read = reading("dig_answers", answer("NOERROR", "qr aa", 1, "example. IN SOA", f";; ANSWER SECTION:\n{soa}"))

    assert [(row.rtype, row.rdata) for row in read.rows] == [("SOA", "ns1.example. h.example. 1 2 3 4 5")]


def test_a_transfer_is_read_and_a_signature_is_no_record(reading):
    content = b"; <<>> DiG 9.18.49 <<>> @192.0.2.53 example AXFR\n"
    content += b"example. 60 IN A 192.0.2.1\nwww.example. 60 IN A 192.0.2.2\n"
    content += b";; Query time: 0 msec\n;; SERVER: 192.0.2.53#53(192.0.2.53) (TCP)\n;; XFR size: 2 records\n"
    content += b";; TSIG PSEUDOSECTION:\nk1. 0 ANY TSIG hmac-sha256. 1795480321 300 0 4663 NOERROR 0\n"

    read = reading("dig_answers", content)

    assert [(row.owner, row.section, row.server_ip) for row in read.rows] == [
        ("example", "dig", "192.0.2.53"), ("www.example", "dig", "192.0.2.53"),
    ]  # fmt: skip
    assert read.tally.ignored_records == {"a signature of the transaction": 1}


def test_a_zones_abbreviation_is_not_guessed(reading):
    read = reading("dig_answers", answer("NOERROR", "qr aa", 1, "example. IN A", "example. 60 IN A 192.0.2.1", "CET "))

    assert [row.ts for row in read.rows] == [None]
    assert read.tally.problems == [NO_ZONE]


def test_only_digs_output_is_recognised():
    assert detect(MX, "x")
    assert detect(b"\n\n" + MX, "x")
    assert not detect(b"example. 60 IN A 192.0.2.1\n", "x.zone")
    assert not detect(b"24-Nov-2026 06:02:00.849 x\n" * 6 + MX, "named.log")
    assert not detect(b"", "answers.txt")


def test_the_sample_of_the_docstring_is_recognised(reading):
    text = (dig_answers.__doc__ or "").split("Sample::")[1].split("Source:")[0]
    sample = "".join(line[4:] + "\n" for line in text.strip("\n").splitlines()).encode()

    assert detect(sample, "x")
    assert [row.status for row in reading("dig_answers", sample).rows] == ["nxdomain"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 1100), st.integers(0, 4), st.binary(max_size=4), st.integers(0, 1400))
def test_every_byte_of_damaged_output_has_a_fate(reading, at, size, new, end):
    content = MX + NX

    read = reading("dig_answers", (content[:at] + new + content[at + size :])[:end])

    with_rows = sum(run.records or 0 for run in read.ledger if run.fate == "record")
    unread = sum(read.tally.unread_records.values())
    assert with_rows + sum(read.tally.ignored_records.values()) + unread == read.tally.records
