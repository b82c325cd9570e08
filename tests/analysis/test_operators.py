"""Who runs a domain by the records: each kind with the name it gives, and whether that is another organisation."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.analysis import claims, workspace
from forensics.analysis.operators import MAX_RECORDS, OperatorRecord, records
from forensics.analysis.rulebook import load
from forensics.model.subject import Claim, Subject
from tests.analysis.filled_tables import filled

SUBJECT = Subject(domain="subject.example", addresses=("192.0.2.10",))


def found(subject: Subject = SUBJECT, **rows: list[dict[str, Any]]) -> tuple[OperatorRecord, ...]:
    connection = filled(rows)
    try:
        return records(connection, subject)
    finally:
        connection.close()


def dns(owner: str, rtype: str, rdata: str) -> dict[str, Any]:
    return {"ts": 5, "last_ts": 6, "owner": owner, "rtype": rtype, "rdata": rdata}


def said(*given: OperatorRecord) -> list[tuple[str, str, str | None, bool | None]]:
    return [(one.kind, one.value, one.domain, one.other) for one in given]


def test_every_kind_of_record_is_read_with_the_domain_that_it_names() -> None:
    rows = [
        dns("subject.example", "NS", "ns1.dns-host.co.uk."),
        dns("subject.example", "MX", "10 mx1.subject.example."),
        dns("subject.example", "TXT", "v=spf1 mx include:_spf.bulkpost.test redirect=_r.other.test"),
        dns("s1._domainkey.subject.example", "CNAME", "s1.dkim.bulkpost.test."),
        dns("10.2.0.192.in-addr.arpa", "PTR", "host.isp.test."),
        dns("elsewhere.example", "MX", "10 mx.elsewhere.example."),
    ]
    assert said(*found(dns_record=rows)) == [
        ("ns", "ns1.dns-host.co.uk", "dns-host.co.uk", True),
        ("mx", "mx1.subject.example", "subject.example", False),
        ("spf_include", "_spf.bulkpost.test", "bulkpost.test", True),
        ("spf_include", "_r.other.test", "other.test", True),
        ("dkim_cname", "s1.dkim.bulkpost.test", "bulkpost.test", True),
        ("ptr", "host.isp.test", "isp.test", True),
    ]


def test_the_holder_of_a_block_is_another_only_where_the_registrant_is_known() -> None:
    block = {"kind": "network", "name": "192.0.2.0 - 192.0.2.255", "holder": "Bulk Post Ltd", "status": "registered"}
    far = {**block, "name": "198.51.100.0/24", "holder": "Far Away"}
    own = {"kind": "domain", "name": "subject.example", "holder": "BULK POST, LTD", "status": "registered"}
    assert said(*found(registration=[block, far])) == [("network", "Bulk Post Ltd", None, None)]
    assert said(*found(registration=[block, own]))[-1] == ("network", "Bulk Post Ltd", None, False)


def test_the_address_of_an_exchanger_leads_to_its_block() -> None:
    rows = [dns("subject.example", "MX", "10 mx.bulkpost.test."), dns("mx.bulkpost.test", "AAAA", "2001:db8::1")]
    block = {"kind": "network", "name": "2001:db8::/32", "holder": "Bulk Post Ltd", "status": "registered"}
    given = found(Subject(domain="subject.example"), dns_record=rows, registration=[block])
    assert [(one.kind, one.owner) for one in given] == [
        ("mx", "subject.example"),
        ("network", "2001:db8::1 in 2001:db8::/32"),
    ]


def test_records_that_cannot_be_read_name_nobody() -> None:
    rows = [
        dns("subject.example", "MX", ""),
        dns("subject.example", "MX", "0 ."),
        dns("subject.example", "TXT", "v=spf1 include:%{d}.bulkpost.test ((("),
        dns("subject.example", "NS", "\x1b[2J"),
    ]
    blocks = [
        {"kind": "network", "name": text, "holder": "x", "status": "registered"} for text in ("-", "1/99", "a - b")
    ]
    assert found(dns_record=rows, registration=blocks) == ()


def test_a_flood_of_records_is_bounded() -> None:
    rows = [dns("subject.example", "MX", f"10 mx{number}.bulkpost.test.") for number in range(MAX_RECORDS + 5)]
    assert len(found(dns_record=rows)) == MAX_RECORDS


def _seen(owner: str, rtype: str, rdata: str) -> dict[str, Any]:
    return {"ts": 5, "last_ts": 6, "owner": owner, "rtype": rtype, "rdata": rdata}


def _held(name: str, holder: str, kind: str = "domain", ts: int = 5) -> dict[str, Any]:
    return {"ts": ts, "kind": kind, "name": name, "status": "registered", "holder": holder}


HELD_BY_US = _held("subject.example", "Northwind Freight")
HELD_BY_THEM = _held("bulkpost.test", "Bulk Post Ltd.")
BLOCK_OF_THEM = _held("192.0.2.0/24", "Bulk Post Ltd", "network")
MX_OF_THEM = _seen("subject.example", "MX", "10 mx.bulkpost.test.")
SPF_OF_THEM = _seen("subject.example", "TXT", "v=spf1 include:_spf.bulkpost.test -all")
PTR_OF_THEM = _seen("10.2.0.192.in-addr.arpa", "PTR", "host10.bulkpost.test.")
NS_OF_THEM = _seen("subject.example", "NS", "ns1.bulkpost.test.")
MX_OF_US = _seen("subject.example", "MX", "10 mx1.subject.example.")


@pytest.mark.parametrize(
    ("dns", "held", "verdict"),
    [
        ([MX_OF_THEM, SPF_OF_THEM], [HELD_BY_US, HELD_BY_THEM], "supported"),
        ([MX_OF_THEM, PTR_OF_THEM], [HELD_BY_US, BLOCK_OF_THEM], "supported"),
        ([], [HELD_BY_US], "not_testable"),  # never from registration alone, whoever holds the name
        ([], [_held("subject.example", "Bulk Post Ltd"), HELD_BY_THEM], "not_testable"),
        ([], [HELD_BY_US, BLOCK_OF_THEM], "not_testable"),  # a rented network is run by its tenant
        ([MX_OF_THEM, SPF_OF_THEM], [HELD_BY_US], "not_testable"),  # another domain may be of the same organisation
        ([MX_OF_THEM, SPF_OF_THEM], [HELD_BY_US, _held("bulkpost.test", "NORTHWIND FREIGHT")], "not_testable"),
        ([MX_OF_THEM, SPF_OF_THEM], [HELD_BY_US, _held("bulkpost.test", "Someone Else")], "not_testable"),
        ([MX_OF_THEM, SPF_OF_THEM], [HELD_BY_THEM], "not_testable"),  # the subject's registrant is not known
        ([MX_OF_THEM], [HELD_BY_US, HELD_BY_THEM], "not_testable"),  # one kind of record alone
        ([NS_OF_THEM, SPF_OF_THEM], [HELD_BY_US, HELD_BY_THEM], "not_testable"),  # no server is named by either
        ([MX_OF_THEM, MX_OF_US, SPF_OF_THEM], [HELD_BY_US, HELD_BY_THEM], "not_testable"),
        ([MX_OF_THEM, SPF_OF_THEM], [HELD_BY_US, {**HELD_BY_THEM, "ts": 5_000_000_000}], "not_testable"),
        ([MX_OF_US], [HELD_BY_US, _held("192.0.2.0/24", "Northwind Freight", "network")], "contradicted"),
        ([MX_OF_US, PTR_OF_THEM], [HELD_BY_US, _held("192.0.2.0/24", "Northwind Freight", "network")], "not_testable"),
    ],
)
def test_a_third_party_runs_a_server_only_by_operational_records_of_another_organisation(
    dns: list[dict[str, Any]], held: list[dict[str, Any]], verdict: str
) -> None:
    connection = filled({"dns_record": dns, "registration": held})
    workspace.build(
        connection, subject=SUBJECT, span=workspace.Span(0, 100), pieces=(), covering={}, views=load().views
    )
    claim = Claim(id="c", says="operated_by_third_party", by="Bulk Post Ltd")
    (part,) = claims.judge(connection, load(), (claim,), {})
    connection.close()
    assert part.verdict == verdict
    assert bool(part.would_test) is (verdict == "not_testable")
