"""Exports of WHOIS history: each provider's field names, dates that are certain, and every byte accounted for."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from forensics.formats import registration_export

WHOISXML = {
    "recordsCount": 2,
    "records": [
        {
            "domainName": "northwind.example", "domainType": "added",
            "createdDateISO8601": "2009-03-11T10:00:00-07:00", "updatedDateISO8601": None,
            "expiresDateISO8601": "2018-03-11T00:00:00+00:00", "createdDateRaw": "2009-March-11",
            "updatedDateRaw": "12-June-2015", "expiresDateRaw": "",
            "audit": {"createdDate": "2016-09-23 11:23:51.000 UTC", "updatedDate": "2016-09-23 11:23:51.000 UTC"},
            "nameServers": ["NS2.TIDEWATER-DNS.EXAMPLE", "NS1.TIDEWATER-DNS.EXAMPLE"],
            "whoisServer": "whois.tidewater.example", "registrarName": "Tidewater Registrar Inc.",
            "status": ["clientTransferProhibited (https://www.icann.org/epp#clientTransferProhibited)"],
            "rawText": "Domain Name: NORTHWIND.EXAMPLE",
            "registrantContact": {"name": "Registrations", "organization": "Northwind Freight"},
        },
        {
            "domainName": "northwind.example", "createdDateRaw": "03/04/2009",
            "audit": {"updatedDate": "2018-06-02 00:00:00.000 UTC"}, "nameServers": "ns1.a.example|ns2.a.example",
            "registrarName": "Harbour Names Ltd", "registrantContact": {"organization": "REDACTED FOR PRIVACY"},
        },
    ],
}  # fmt: skip
DOMAINTOOLS = {
    "response": {
        "record_count": 1,
        "history": [
            {
                "date": "2014-03-20", "is_private": 0,
                "whois": {
                    "registrant": "Northwind Freight",
                    "registration": {
                        "created": "2009-03-11", "expires": "2016-03-11", "updated": "2014-02-20",
                        "registrar": "TIDEWATER REGISTRAR INC.", "statuses": ["clientTransferProhibited"],
                    },
                    "name_servers": ["NS1.TIDEWATER-DNS.EXAMPLE"], "server": "whois.tidewater.example",
                    "record": "Registrant:\n  Northwind Freight\n\nDomain Name: NORTHWIND.EXAMPLE\n",
                },
            },
            {"date": "2014-03-21", "is_private": 0, "whois": {"record": "no name in here"}},
        ],
    }
}  # fmt: skip
SECURITYTRAILS = {
    "result": {
        "count": 1,
        "items": [
            {
                "domain": "northwind.example", "started": 1474588800000, "ended": 1496275200000,
                "createdDate": 1236729600000, "updatedDate": None, "expiresDate": 1520726400000,
                "registrarName": "Tidewater Registrar Inc.", "nameServers": ["ns1.tidewater-dns.example"],
                "status": ["clientTransferProhibited"],
                "contact": [{"type": "registrant", "organization": "Northwind Freight", "name": None}],
            }
        ],
    }
}  # fmt: skip
WHOISFREAKS = {
    "status": True, "whois": "historical", "total_records": "2",
    "whois_domains_historical": [
        {
            "num": 1, "status": True, "domain_name": "northwind.example", "query_time": "2016-09-23 08:00:00",
            "whois_server": "whois.tidewater.example", "domain_registered": "yes", "create_date": "2009-03-11",
            "update_date": "N/A", "expiry_date": "2018-03-11",
            "domain_registrar": {"iana_id": "9995", "registrar_name": "tidewater registrar inc."},
            "registrant_contact": {"name": "N/A", "company": "Northwind Freight"},
            "name_servers": ["ns1.tidewater-dns.example"], "domain_status": ["clienttransferprohibited"],
        },
        {
            "num": 2, "status": True, "domain_name": "northwind.example", "query_time": "2019-06-10 08:00:00",
            "domain_registered": "no",
        },
    ],
}  # fmt: skip
PLAIN = (
    "domain,seen,registrar,registrant,created,updated,expires,name_servers,statuses,source\r\n"
    '"northwind.example",2016-09-23T10:00:00+02:00,"Tidewater Registrar, Inc.",Northwind Freight,2009-03-11,,'
    "2018-03-11,ns2.tidewater-dns.example ns1.tidewater-dns.example,ok,archive\r\n"
    "northwind.example,2019-06-10,,,,,,,not_found,archive\r\n"
    "northwind.example,04/05/2019,Harbour Names Ltd,,05/06/2009,,,,,\r\n"
    "too,few\r\n"
    ",2019-06-10,Harbour Names Ltd,,,,,,,\r\n"
)
WHOISXML_CSV = (
    '"domainName","registrarName","contactEmail","whoisServer","nameServers","createdDate","updatedDate","expiresDate",'
    '"standardRegCreatedDate","standardRegUpdatedDate","standardRegExpiresDate","status","Audit_auditUpdatedDate",'
    '"registrant_name","registrant_organization"\n'
    '"northwind.example","Tidewater Registrar Inc.","","whois.tidewater.example",'
    '"NS1.TIDEWATER-DNS.EXAMPLE|NS2.TIDEWATER-DNS.EXAMPLE|","11-mar-2009","","11-mar-2018",'
    '"2009-03-11 00:00:00 UTC","",'
    '"2018-03-11 00:00:00 UTC","clientTransferProhibited|clientUpdateProhibited","2016-09-23 00:00:00 UTC","",'
    '"Northwind Freight"\n'
)
WHOISFREAKS_CSV = (
    "num,domain_name,query_time,create_date,update_date,expiry_date,domain_registrar_id,domain_registrar_name,"
    "registrant_name,registrant_company,name_server_1,name_server_2,domain_status_1\n"
    "1,northwind.example,2016-09-23 08:00:00,2009-03-11,,2018-03-11,9995,Tidewater Registrar Inc.,,Northwind Freight,"
    "ns1.tidewater-dns.example,,clientTransferProhibited\n"
)


def encoded(document: object) -> bytes:
    return json.dumps(document, indent=2).encode()


def day(ns: int | None) -> str | None:
    return None if ns is None else datetime.fromtimestamp(ns // 10**9, UTC).isoformat()


@pytest.mark.parametrize(
    "content",
    [encoded(WHOISXML), encoded(SECURITYTRAILS), encoded(WHOISFREAKS), PLAIN.encode(), WHOISXML_CSV.encode(),
     WHOISFREAKS_CSV.encode(), encoded([WHOISFREAKS])],
)  # fmt: skip
def test_the_providers_say_the_same_of_one_day(reading, content: bytes) -> None:
    assert registration_export.detect(content[:65536], "x")
    row = reading("registration_export", content).rows[0]
    assert (row.kind, row.name, row.status, row.protocol) == ("domain", "northwind.example", "registered", "export")
    assert str(day(row.ts)).startswith("2016-09-23")
    assert "".join(c for c in row.registrar.lower() if c.isalnum()) == "tidewaterregistrarinc"
    assert row.holder == "Northwind Freight"
    assert (str(day(row.created_ts))[:10], str(day(row.expires_ts))[:10]) == ("2009-03-11", "2018-03-11")
    assert row.name_servers.startswith("ns1.tidewater-dns.example")


def test_whoisxml_gives_the_normalised_date_else_the_registrys_and_never_an_ambiguous_one(reading) -> None:
    first, second = reading("registration_export", encoded(WHOISXML)).rows
    assert day(first.created_ts) == "2009-03-11T17:00:00+00:00"
    assert day(first.updated_ts) == "2015-06-12T00:00:00+00:00"
    assert (first.statuses, first.server) == ("clientTransferProhibited", "whois.tidewater.example")
    assert (second.created_ts, second.holder, second.redacted) == (None, None, True)
    assert second.problems.startswith("created: '03/04/2009': day and month cannot be told apart")
    assert second.name_servers == "ns1.a.example ns2.a.example"


def test_domaintools_names_the_domain_in_its_text_and_else_the_snapshot_is_unread(reading) -> None:
    content = encoded(DOMAINTOOLS)
    assert registration_export.detect(content, "x")
    read = reading("registration_export", content)
    (row,) = read.rows
    assert (row.name, row.registrar, row.holder) == (
        "northwind.example",
        "TIDEWATER REGISTRAR INC.",
        "Northwind Freight",
    )
    assert (day(row.ts), day(row.expires_ts)) == ("2014-03-20T00:00:00+00:00", "2016-03-11T00:00:00+00:00")
    assert read.tally.unread_records == {"a snapshot that names no domain": 1}


def test_a_span_gives_its_beginning_and_says_so(reading) -> None:
    (row,) = reading("registration_export", encoded(SECURITYTRAILS)).rows
    assert (day(row.ts), row.problems) == (
        "2016-09-23T00:00:00+00:00",
        "given until 2017-06-01; only its beginning is taken",
    )


def test_a_time_without_a_zone_is_its_day_and_a_name_that_was_not_found_is_told(reading) -> None:
    first, second = reading("registration_export", encoded(WHOISFREAKS)).rows
    assert day(first.ts) == "2016-09-23T00:00:00+00:00"
    assert first.problems == "seen: '2016-09-23 08:00:00' names no zone; its day is taken"
    assert (second.status, second.registrar) == ("not_found", None)


def test_the_plain_csv_is_read_line_by_line_and_what_is_wrong_is_unread(reading) -> None:
    read = reading("registration_export", PLAIN.encode())
    first, gone, ambiguous = read.rows
    assert (day(first.ts), first.registrar, first.server) == (
        "2016-09-23T08:00:00+00:00",
        "Tidewater Registrar, Inc.",
        "archive",
    )
    assert (gone.status, gone.statuses) == ("not_found", "not_found")
    assert (ambiguous.ts, ambiguous.created_ts) == (None, None)
    assert read.tally.unread_records == {
        "other than as many fields as the header names": 1,
        "a snapshot that names no domain": 1,
    }


def test_a_citation_gives_the_bytes_of_its_snapshot(reading) -> None:
    content = encoded(WHOISXML)
    for row, record in zip(reading("registration_export", content).rows, WHOISXML["records"], strict=True):
        assert json.loads(content[row.offset : row.offset + row.length]) == record


def test_damaged_and_hostile_json_is_unread_and_does_not_raise(reading) -> None:
    content = encoded(WHOISXML)
    for cut in range(1, len(content), 97):
        reading("registration_export", content[:-cut])
    for hostile in (
        b'{"records":' + b"[" * 100_000,
        b'{"records":[' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"]}",
        b'{"records":[1,null,"x",[],{}]}',
        b'{"records":[{"domainName":7,"audit":[],"nameServers":{"a":1},"status":[[]],"registrantContact":3}]}',
        b'{"result":{"items":[{"domain":"a.example","started":1e300,"ended":-5,"createdDate":true}]}}',
        b"[]",
        b"{}",
    ):
        reading("registration_export", hostile)


def test_more_snapshots_than_are_read_are_refused(reading, monkeypatch) -> None:
    monkeypatch.setattr(registration_export, "MAX_SNAPSHOTS", 1)
    read = reading("registration_export", encoded(WHOISXML))
    assert len(read.rows) == 1
    assert [run.fate for run in read.ledger] == ["container", "record", "refused"]


def test_a_flood_of_name_servers_is_bounded(reading) -> None:
    servers = [f"ns{number}.a.example" for number in range(100_000)]
    content = encoded({"records": [{"domainName": "a.example", "createdDateISO8601": None, "nameServers": servers}]})
    (row,) = reading("registration_export", content).rows
    assert len(row.name_servers.split()) == 64
    assert "taken" in row.problems
