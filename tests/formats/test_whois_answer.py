"""Saved WHOIS answers as evidence."""

from __future__ import annotations

from pathlib import Path

from forensics.formats import whois_answer
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import RegistrationRecord


def row(tmp_path: Path, text: str) -> RegistrationRecord:
    path = tmp_path / "answer.txt"
    path.write_text(text)
    source = Source(path)
    found = list(whois_answer.read(source, Facts(), Tally()))
    source.close()
    return found[0]


def test_a_domain_answer_gives_registrar_holder_and_dates(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        "Domain Name: SEAGLASS.TEST\nRegistrar: Tidewater Registrar Inc.\nCreation Date: 2009-08-14T10:22:31Z\n"
        "Registry Expiry Date: 2027-07-01T23:59:59Z\nRegistrant Organization: Seaglass Hotels\n"
        "Name Server: NS1.DNSHOST.TEST\n",
    )
    assert (found.kind, found.name, found.registrar, found.holder, found.name_servers) == (
        "domain", "seaglass.test", "Tidewater Registrar Inc.", "Seaglass Hotels", "ns1.dnshost.test",
    )  # fmt: skip
    assert found.created_ts == 1_250_245_351_000_000_000


def test_a_block_answer_gives_the_range_and_its_organisation(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        "NetRange:       203.0.113.64 - 203.0.113.127\nCIDR:           203.0.113.64/26\nNetName:        POST-1\n"
        "OrgName:        Bulk Post Ltd\nRegDate:        2009-05-04\nUpdated:        2024-13-45\n",
    )
    assert (found.kind, found.name, found.holder) == ("network", "203.0.113.64/26", "Bulk Post Ltd")
    assert (found.created_ts, found.updated_ts) == (1_241_395_200_000_000_000, None)


def test_prose_that_mentions_a_domain_is_no_answer() -> None:
    assert not whois_answer.detect(b"The domain name example.test was looked up.\nNothing was found.\n", "notes.txt")


def test_an_answer_that_finds_no_record_is_evidence_about_the_name_in_its_sentence(tmp_path: Path) -> None:
    text = 'No match for "SEAGLASS.TEST".\r\n>>> Last update of whois database: 2016-02-01T04:05:06Z <<<\r\n'
    assert whois_answer.detect(text.encode(), "answer.txt")
    found = row(tmp_path, text)
    assert (found.kind, found.name, found.status) == ("domain", "seaglass.test", "not_found")
    assert found.ts == 1_454_299_506_000_000_000


def test_a_sentence_without_a_name_and_a_letter_that_quotes_an_answer_are_no_answers() -> None:
    assert not whois_answer.detect(b"NOT FOUND\r\n", "answer.txt")
    letter = b'From: a@example.test\r\nSubject: your name\r\n\r\nNo match for "SEAGLASS.TEST".\r\n'
    assert not whois_answer.detect(letter, "letter.eml")


def test_an_answer_with_the_line_ends_of_the_protocol_reads_like_one_without(reading) -> None:
    lines = ("Domain Name: SEAGLASS.TEST", "Registrar: Tidewater", "Creation Date: 2009-08-14T10:22:31Z", "")
    plain, wired = (reading("whois_answer", end.join(lines).encode()).rows[0] for end in ("\n", "\r\n"))
    assert whois_answer.detect("\r\n".join(lines).encode(), "answer.txt")
    assert (wired.kind, wired.name, wired.registrar, wired.created_ts) == (
        "domain", "seaglass.test", "Tidewater", plain.created_ts,
    )  # fmt: skip


def test_a_block_answer_with_the_line_ends_of_the_protocol_is_read(tmp_path: Path) -> None:
    found = row(tmp_path, "inetnum: 192.0.2.0 - 192.0.2.255\r\norg-name: Seaglass\r\ncreated: 2009-05-04T00:00:00Z\r\n")
    assert (found.kind, found.name, found.holder) == ("network", "192.0.2.0 - 192.0.2.255", "Seaglass")
    assert found.created_ts == 1_241_395_200_000_000_000


def test_a_second_reading_is_a_hint_and_no_record():
    text = "Domain Name: northwind.example\nRegistrar: Alder Registrar\nCreation Date: 2013-05-06T00:00:00Z\n"
    assert list(whois_answer._second_reading(text, "northwind.example")) == [
        "python-whois alone reads: registrar Alder Registrar; created 2013-05-06 00:00:00+00:00"
    ]
    assert list(whois_answer._second_reading("nothing of the kind", "northwind.example")) == []
