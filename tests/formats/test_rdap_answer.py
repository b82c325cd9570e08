"""Saved RDAP answers as evidence."""

from __future__ import annotations

from forensics.formats import rdap_answer

DOMAIN = (
    b'{"objectClassName": "domain", "ldhName": "SEAGLASS.TEST", "status": ["active"], "events": ['
    b'{"eventAction": "expiration", "eventDate": "2027-07-01T00:00:00Z"}, '
    b'{"eventAction": "last update of RDAP database", "eventDate": "2026-11-01T02:00:00+02:00"}]}'
)
NETWORK = (
    b'{"objectClassName": "ip network", "startAddress": "203.0.113.0", "endAddress": "203.0.113.255", '
    b'"name": "POST-1", "handle": "NET-1"}'
)


def test_a_domain_is_read_with_the_moment_that_the_registry_writes(reading):
    (row,) = reading("rdap_answer", DOMAIN, file="answer.json").of("registration")
    assert (row.kind, row.name, row.status, row.statuses) == ("domain", "seaglass.test", "registered", "active")
    assert row.ts == 1_793_491_200_000_000_000
    assert row.expires_ts == 1_814_400_000_000_000_000


def test_a_status_of_several_words_stays_one_status(reading):
    answer = DOMAIN.replace(b'"active"', b'"active", "client transfer prohibited"')
    (row,) = reading("rdap_answer", answer, file="answer.json").of("registration")
    assert row.statuses == "active clientTransferProhibited"


def test_an_address_block_is_read_as_a_range(reading):
    (row,) = reading("rdap_answer", NETWORK, file="answer.json").of("registration")
    assert (row.kind, row.name, row.holder, row.ts) == ("network", "203.0.113.0 - 203.0.113.255", "POST-1", None)


def test_damaged_json_is_unread_and_does_not_raise(reading):
    for cut in range(1, len(DOMAIN), 7):
        read = reading("rdap_answer", DOMAIN[:-cut], file="answer.json")
        assert not read.rows
        assert sum(read.tally.unread_records.values()) == 1


def test_deep_nesting_is_unread(reading):
    read = reading("rdap_answer", b'{"rdapConformance":' + b"[" * 100_000, file="answer.json")
    assert not read.rows


def test_other_json_is_not_taken_for_it():
    assert not rdap_answer.detect(b'{"rrname": "a.example.", "rrtype": "A", "rdata": "192.0.2.1"}', "x.json")
