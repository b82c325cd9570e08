"""RDAP answers about domains (RFC 9083), and what they hide (RFC 9537)."""

import json
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import rdap
from forensics.protocols.registration import Contact, Redaction, RegistrationDate

DOMAIN = {
    "rdapConformance": ["rdap_level_0", "redacted"],
    "objectClassName": "domain",
    "handle": "1_DOMAIN_TEST",
    "ldhName": "NORTHWIND.TEST",
    "status": ["client transfer prohibited", "active"],
    "port43": "whois.registry.example",
    "secureDNS": {"delegationSigned": False},
    "events": [
        {"eventAction": "registration", "eventDate": "2003-10-10T01:55:12.0Z"},
        {"eventAction": "last changed", "eventDate": "2025-12-18T16:30:08.57+02:00"},
        {"eventAction": "expiration", "eventDate": "2026-10-10T01:55:12Z"},
        {"eventAction": "last update of RDAP database", "eventDate": "2026-07-15T17:35:27Z"},
    ],
    "nameservers": [
        {"objectClassName": "nameserver", "ldhName": "NS2.NORTHWIND.TEST"},
        {"objectClassName": "nameserver", "ldhName": "ns1.northwind.test."},
    ],
    "entities": [
        {
            "objectClassName": "entity",
            "handle": "9999",
            "roles": ["registrar"],
            "publicIds": [{"type": "IANA Registrar ID", "identifier": "9999"}],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Harbour Names Ltd"]]],
            "entities": [
                {
                    "objectClassName": "entity",
                    "roles": ["abuse"],
                    "vcardArray": ["vcard", [["email", {}, "text", "abuse@harbour.example"]]],
                }
            ],
        },
        {
            "objectClassName": "entity",
            "handle": "NW1",
            "roles": ["registrant"],
            "vcardArray": [
                "vcard",
                [
                    ["version", {}, "text", "4.0"],
                    ["fn", {}, "text", ""],
                    ["org", {}, "text", "Northwind Traders"],
                    ["adr", {"cc": "GB"}, "text", ["", "", "1 Quay Road", "Harbour Town", "", "", ""]],
                    ["tel", {"type": "voice"}, "uri", "tel:+44.2079460000"],
                ],
            ],
        },
    ],
    "redacted": [
        {
            "name": {"description": "Registrant Name"},
            "postPath": "$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='fn')][3]",
            "method": "emptyValue",
            "reason": {"description": "Server policy"},
        }
    ],
}


def parsed(**changes):
    return rdap.parse(json.dumps({**DOMAIN, **changes}).encode())


def test_a_domain_is_read_whole():
    found = parsed()
    assert found.status == "registered"
    assert found.domain == "northwind.test"
    assert found.registrar == "Harbour Names Ltd"
    assert found.registrar_id == "9999"
    assert found.registrant == "Northwind Traders"
    assert found.created == datetime(2003, 10, 10, 1, 55, 12, tzinfo=UTC)
    assert found.updated == datetime(2025, 12, 18, 16, 30, 8, 570000, tzinfo=timezone(timedelta(hours=2)))
    assert found.expires == datetime(2026, 10, 10, 1, 55, 12, tzinfo=UTC)
    assert found.name_servers == ("ns1.northwind.test", "ns2.northwind.test")
    assert found.statuses == ("active", "client transfer prohibited")
    assert found.whois_server == "whois.registry.example"
    assert found.dnssec == "unsigned"
    assert found.problems == ()


def test_the_document_is_kept_as_it_came():
    assert (
        rdap.parse(b'{"objectClassName":"domain" , "ldhName":"a.test"}').raw
        == b'{"objectClassName":"domain" , "ldhName":"a.test"}'
    )


def test_contacts_keep_their_roles_also_inside_other_entities():
    assert parsed().contacts == (
        Contact("registrar", handle="9999", name="Harbour Names Ltd"),
        Contact(
            "registrant",
            handle="NW1",
            organization="Northwind Traders",
            phone="+44.2079460000",
            address=("1 Quay Road", "Harbour Town"),
            country="GB",
        ),
        Contact("abuse", email="abuse@harbour.example"),
    )


def test_what_is_hidden_is_told_with_its_method():
    found = parsed()
    assert found.redacted is True
    assert found.redactions == (Redaction("Registrant Name", "emptyValue", "Server policy"),)


def test_the_default_method_of_a_redaction_is_removal():
    found = parsed(redacted=[{"name": {"type": "Registry Registrant ID"}}])
    assert found.redactions == (Redaction("Registry Registrant ID", "removal", None),)


def test_an_empty_contact_without_a_word_about_it_is_no_redaction():
    found = parsed(redacted=[])
    assert (found.redacted, found.redactions) == (False, ())


@pytest.mark.parametrize(
    ("remark", "hidden"),
    [
        ({"title": "REDACTED FOR PRIVACY", "description": ["Some data is hidden"]}, True),
        ({"type": "object redacted due to authorization", "description": ["x"]}, True),
        ({"title": "NOT REDACTED FOR PRIVACY", "description": ["Contact information is available"]}, False),
        ({"title": "Terms", "description": ["redacted for privacy"]}, False),
    ],
)
def test_redaction_before_rfc_9537_stands_in_remarks(remark, hidden):
    found = parsed(redacted=[], entities=[{"objectClassName": "entity", "roles": ["registrant"], "remarks": [remark]}])
    assert found.redacted is hidden


def test_a_text_of_data_protection_is_no_name():
    card = ["vcard", [["fn", {}, "text", "REDACTED FOR PRIVACY"], ["org", {}, "text", "Northwind Traders"]]]
    found = parsed(redacted=[], entities=[{"objectClassName": "entity", "roles": ["registrant"], "vcardArray": card}])
    assert found.registrant == "Northwind Traders"
    assert found.redactions == (Redaction("registrant name", "replacementValue", "REDACTED FOR PRIVACY"),)


def test_a_contact_may_come_as_jscontact():
    card = {
        "@type": "Card",
        "name": {"full": "Hostmaster"},
        "organizations": {"o1": {"name": "Northwind Traders"}},
        "emails": {"e1": {"address": "hostmaster@northwind.example"}},
        "phones": {"p1": {"number": "tel:+44.2079460000"}},
        "addresses": {"a1": {"full": "1 Quay Road", "countryCode": "GB"}},
    }
    found = parsed(entities=[{"objectClassName": "entity", "roles": ["registrant"], "jscard": card}])
    assert found.contacts == (
        Contact(
            "registrant",
            name="Hostmaster",
            organization="Northwind Traders",
            email="hostmaster@northwind.example",
            phone="+44.2079460000",
            address=("1 Quay Road",),
            country="GB",
        ),
    )


def test_a_registrar_known_by_handle_alone_has_no_name():
    found = parsed(entities=[{"objectClassName": "entity", "handle": "REG-HARBOUR", "roles": ["registrar"]}])
    assert (found.registrar, found.registrar_id) == (None, "REG-HARBOUR")


def test_a_fax_number_is_no_telephone_number():
    card = ["vcard", [["tel", {"type": "fax"}, "uri", "tel:+44.1"], ["tel", {"type": ["voice"]}, "uri", "tel:+44.2"]]]
    found = parsed(entities=[{"objectClassName": "entity", "roles": ["technical"], "vcardArray": card}])
    assert found.contacts[0].phone == "+44.2"


def test_an_unstructured_address_is_read_from_its_label():
    card = ["vcard", [["adr", {"label": "1 Quay Road\nHarbour Town"}, "text", ["", "", "", "", "", "", "GB"]]]]
    found = parsed(entities=[{"objectClassName": "entity", "roles": ["technical"], "vcardArray": card}])
    assert (found.contacts[0].address, found.contacts[0].country) == (("1 Quay Road", "Harbour Town"), "GB")


@pytest.mark.parametrize(
    ("names", "domain", "shown"),
    [
        ({"ldhName": "xn--bcher-kva.example"}, "xn--bcher-kva.example", "bücher.example"),
        ({"ldhName": None, "unicodeName": "bücher.example"}, "xn--bcher-kva.example", "bücher.example"),
        (
            {"ldhName": "xn--bcher-kva.example", "unicodeName": "Bücher.example"},
            "xn--bcher-kva.example",
            "bücher.example",
        ),
    ],
)
def test_the_name_is_given_in_both_forms(names, domain, shown):
    found = parsed(**names)
    assert (found.domain, found.domain_unicode, found.problems) == (domain, shown, ())


def test_two_names_that_disagree_are_a_problem():
    assert parsed(unicodeName="bücher.example").problems == (
        "ldhName and unicodeName disagree: 'NORTHWIND.TEST', 'bücher.example'",
    )


@pytest.mark.parametrize("text", ["2003-10-10", "2003-10-10T01:55:12", "10/10/2003", "2003-02-30T00:00:00Z", ""])
def test_an_instant_that_is_none_of_rfc_3339_is_none_and_never_guessed(text):
    found = parsed(events=[{"eventAction": "registration", "eventDate": text}])
    assert found.created is None
    assert found.dates == ((RegistrationDate("created", text, None, None, None),) if text else ())
    assert bool(found.problems) is bool(text)


def test_two_dates_of_registration_are_a_problem():
    events = [{"eventAction": "registration", "eventDate": f"200{year}-01-01T00:00:00Z"} for year in (5, 3)]
    found = parsed(events=events)
    assert found.created == datetime(2005, 1, 1, tzinfo=UTC)
    assert found.problems == ("created: the document states 2 different instants",)


def test_the_registrars_expiration_is_not_the_registrys():
    assert parsed(events=[{"eventAction": "registrar expiration", "eventDate": "2021-03-18T09:24:18Z"}]).expires is None


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (b'{"errorCode": 404, "title": "Object not found"}', "not_found"),
        (b'{"errorCode": "404", "title": "Object not found"}', "not_found"),
        (b'{"errorCode": 429, "title": "Rate limit exceeded"}', "refused"),
        (b'{"errorCode": 403}', "refused"),
        (b'{"errorCode": 400, "title": "Bad request"}', "unparsed"),
        (b'{"errorCode": 999}', "unparsed"),
        (b'{"errorCode": true}', "unparsed"),
        (b'{"objectClassName": "nameserver", "ldhName": "ns1.northwind.test"}', "unparsed"),
        (b'{"objectClassName": "ip network", "startAddress": "192.0.2.0"}', "unparsed"),
        (b'{"domainSearchResults": [{"objectClassName": "domain", "ldhName": "northwind.test"}]}', "unparsed"),
        (b'{"objectClassName": "domain"}', "unparsed"),
        (b'{"objectClassName": "domain", "ldhName": 7}', "unparsed"),
        (b'{"objectClassName": ["domain"], "ldhName": "northwind.test"}', "unparsed"),
        (b"[]", "unparsed"),
        (b"null", "unparsed"),
        (b"", "unparsed"),
        (b"\xff\xfe", "unparsed"),
        (b'{"objectClassName": "domain", "ldhName": "northwind.test"', "unparsed"),
        (b"<html></html>", "unparsed"),
    ],
)
def test_what_is_no_domain_object_says_what_it_is(document, status):
    found = rdap.parse(document)
    assert found.status == status
    assert found.domain is None
    assert found.problems != ()


@pytest.mark.parametrize(
    ("member", "value", "problem"),
    [
        ("status", "active", "status is no array"),
        ("status", [1], "status holds something that is no string"),
        ("events", {"a": 1}, "events is no array"),
        ("nameservers", [None], "nameservers holds something that is no object"),
        ("nameservers", [{"ldhName": "192.0.2.1"}], "a name server is no host name: '192.0.2.1'"),
        ("secureDNS", [], "secureDNS is no object"),
        ("secureDNS", {"delegationSigned": "yes"}, "delegationSigned is no boolean"),
        ("port43", 43, "port43 is no string"),
        ("entities", [{"vcardArray": ["vcard"]}], "vcardArray is no jCard (RFC 7095 section 3)"),
        ("redacted", [{"name": {"type": "x"}, "method": "hiding"}], "redaction by an unknown method: 'hiding'"),
    ],
)
def test_a_member_that_breaks_the_grammar_is_named_and_the_rest_is_read(member, value, problem):
    found = parsed(**{member: value})
    assert found.status == "registered"
    assert problem in found.problems


def test_a_member_that_occurs_twice_is_named():
    found = rdap.parse(b'{"objectClassName": "domain", "ldhName": "a.test", "ldhName": "b.test"}')
    assert found.domain == "b.test"
    assert found.problems == ("the member 'ldhName' occurs twice in one object",)


@pytest.mark.parametrize(
    "document",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"errorCode": ' + b"9" * 100_000 + b"}",
        b'{"objectClassName": "domain", "ldhName": "' + b"a." * 500_000 + b'"}',
        b'{"objectClassName": "domain", "ldhName": "a.test", "entities": '
        + b'[{"entities": ' * 400
        + b"[]"
        + b"}]" * 400
        + b"}",
        b'{"objectClassName": "domain", "ldhName": "a.test", ' + b'"x": 1, ' * 200_000 + b'"y": 1}',
        b'{"objectClassName": "domain", "ldhName": "a.test", "status": [' + b'"a",' * 500_000 + b'"b"]}',
        b" " * 5_000_000,
    ],
)
def test_time_is_bounded_whatever_the_document(document):
    start = time.process_time()
    assert rdap.parse(document).problems != ()
    assert time.process_time() - start < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*DOMAIN, "roles", "vcardArray", "eventDate", "name", "method"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(list(DOMAIN)), JSON, max_size=6))
def test_any_member_may_hold_anything(changes):
    document = json.dumps({**DOMAIN, **changes}).encode()
    found = rdap.parse(document)
    assert found.raw == document
    assert (found.domain is None) is (found.status != "registered")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_registration_that_is_not_registered(document):
    assert rdap.parse(document).status != "registered"
