"""RDAP answers about address blocks and autonomous systems."""

import json
from datetime import UTC, datetime

import pytest

from forensics.protocols import rdap

NETWORK = {
    "objectClassName": "ip network",
    "handle": "NET-192-0-2-0-1",
    "startAddress": "192.0.2.0",
    "endAddress": "192.0.2.255",
    "ipVersion": "v4",
    "name": "TEST-NET-1",
    "type": "ASSIGNED PA",
    "country": "GB",
    "parentHandle": "NET-192-0-0-0-0",
    "status": ["active"],
    "events": [
        {"eventAction": "registration", "eventDate": "2010-01-29T00:00:00Z"},
        {"eventAction": "last changed", "eventDate": "2013-08-30T00:00:00Z"},
    ],
    "entities": [
        {
            "objectClassName": "entity",
            "roles": ["registrant"],
            "vcardArray": ["vcard", [["fn", {}, "text", "Northwind Traders"]]],
            "entities": [
                {
                    "objectClassName": "entity",
                    "roles": ["abuse", "technical"],
                    "vcardArray": ["vcard", [["email", {}, "text", "abuse@northwind.example"]]],
                }
            ],
        }
    ],
}


def test_an_address_block_is_read_with_its_holder_and_abuse_contact():
    found = rdap.parse_network(json.dumps(NETWORK).encode())
    assert (found.kind, found.handle, found.name, found.type) == (
        "ip network",
        "NET-192-0-2-0-1",
        "TEST-NET-1",
        "ASSIGNED PA",
    )
    assert (found.start, found.end, found.country, found.parent_handle) == (
        "192.0.2.0",
        "192.0.2.255",
        "GB",
        "NET-192-0-0-0-0",
    )
    assert (found.holder, found.abuse_email) == ("Northwind Traders", "abuse@northwind.example")
    assert (found.created, found.updated) == (datetime(2010, 1, 29, tzinfo=UTC), datetime(2013, 8, 30, tzinfo=UTC))
    assert (found.statuses, found.problems) == (("active",), ())


def test_a_block_of_as_numbers_is_read():
    found = rdap.parse_network(
        b'{"objectClassName": "autnum", "startAutnum": 64496, "endAutnum": 64511, "name": "DOC"}'
    )
    assert (found.kind, found.start, found.end, found.name) == ("autnum", "64496", "64511", "DOC")


@pytest.mark.parametrize(
    "document", [b"{}", b"[]", b"x", b'{"objectClassName": "domain", "ldhName": "northwind.test"}']
)
def test_what_is_no_network_has_no_kind_and_says_so(document):
    found = rdap.parse_network(document)
    assert found.kind is None
    assert "no network object" in found.problems


@pytest.mark.parametrize(
    ("member", "value", "problem"),
    [
        ("startAddress", "192.0.2.300", "startAddress is no address: '192.0.2.300'"),
        ("startAddress", 7, "startAddress is no string"),
        ("name", [], "name is no string"),
    ],
)
def test_a_member_that_breaks_the_grammar_is_named(member, value, problem):
    found = rdap.parse_network(json.dumps({**NETWORK, member: value}).encode())
    assert found.end == "192.0.2.255"
    assert problem in found.problems


@pytest.mark.parametrize("number", ["64496", -1, 1 << 32, True, 1.5])
def test_what_is_no_as_number_is_none(number):
    document = json.dumps({"objectClassName": "autnum", "startAutnum": number, "endAutnum": 64511}).encode()
    found = rdap.parse_network(document)
    assert found.start is None
    assert found.problems == ("startAutnum is no autonomous system number",)
