"""The lines of an answer as labelled values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.whois_text.lines import Field, normal_label, read_fields


def pairs(text):
    return [(field.label, field.value) for field in read_fields(text)]


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("Domain Name: NORTHWIND.TEST", ("domain name", "NORTHWIND.TEST")),
        ("Name Server:NS1.NORTHWIND.TEST", ("name server", "NS1.NORTHWIND.TEST")),
        ("created............: 15.12.2015", ("created", "15.12.2015")),
        ("Created on..............: 2001-Aug-23.", ("created on", "2001-Aug-23.")),
        ("p. [Name Server]                ns1.northwind.test", ("name server", "ns1.northwind.test")),
        ("c   [Record Created]            11-JUN-2008", ("record created", "11-JUN-2008")),
        ("Last-update         2011-03-06", ("last update", "2011-03-06")),
        ("Record expires on 2014-06-07.", ("record expires on", "2014-06-07")),
        ("Record last updated on Mon Apr 19 21:47:14 2010", ("record last updated on", "Mon Apr 19 21:47:14 2010")),
        ("Record created on 2005-07-12 00:00:00", ("record created on", "2005-07-12 00:00:00")),
        ("domain:Created:20090324", ("created", "20090324")),
        ("Date de création#................ 2010-05-13", ("date de création", "2010-05-13")),
        ("Domain NORTHWIND.TEST", ("domain", "NORTHWIND.TEST")),
        (
            "domain_datelastmodified: 2013-01-16T23:20:24+13:00",
            ("domain datelastmodified", "2013-01-16T23:20:24+13:00"),
        ),
    ],
)
def test_a_line_with_a_label_is_read_in_every_layout(line, pair):
    assert pairs(line) == [pair]


@pytest.mark.parametrize(
    "text",
    [
        "% Registrar of the year: nobody",
        "# created: 2001-01-01",
        ">>> Last update of WHOIS database: 2014-02-18T11:46:50Z <<<",
        "Last updated on 2022-07-03T03:51:30Z",
        "registrar.  Users may consult the sponsoring registrar's Whois database",
        "http://www.northwind.test",
        "",
    ],
)
def test_comments_prose_and_the_age_of_the_database_are_no_fields_of_the_record(text):
    known = {"registrar", "created", "updated", "last updated", "last updated on"}
    assert not known & {label for label, _ in pairs(text)}


def test_a_heading_gives_its_label_to_the_values_below_it():
    text = "Registrar:\n    Harbour Names Ltd [Tag = HARBOUR]\n    URL: http://www.harbour.example\n\nRelevant dates:\n"
    assert read_fields(text) == (
        Field("registrar", "Harbour Names Ltd [Tag = HARBOUR]", "registrar", 1, "registrar"),
        Field("url", "http://www.harbour.example", "registrar", 1, "URL"),
    )


def test_a_label_without_a_value_is_no_heading_for_the_next_label():
    assert pairs("Registrar URL:\nUpdated Date: 2019-04-17\nReseller:\nDomain Status: ok") == [
        ("updated date", "2019-04-17"),
        ("domain status", "ok"),
    ]


def test_values_that_go_on_below_keep_the_label():
    text = "nameservers:   ns1.northwind.test.\n               ns2.northwind.test.\ncreated:       2002.09.19"
    assert pairs(text) == [
        ("nameservers", "ns1.northwind.test."),
        ("nameservers", "ns2.northwind.test."),
        ("created", "2002.09.19"),
    ]


def test_prose_behind_an_empty_name_server_is_no_name_server():
    assert pairs("Name Server:\n\nAccess to this service is provided by registry.example for all") == []


def test_two_fields_on_one_line_are_told_apart_at_the_tab():
    assert pairs("Domain name: northwind.test\tStatus: Active") == [
        ("domain name", "northwind.test"),
        ("status", "Active"),
    ]


def test_a_block_that_starts_with_a_handle_is_not_about_the_domain():
    text = "domain: northwind.test\ncreated: 2001-01-01\n\nnic-hdl: NW1\ncreated: 2002-02-02"
    assert [(field.value, field.role) for field in read_fields(text)] == [
        ("northwind.test", None),
        ("2001-01-01", None),
        ("NW1", "contact"),
        ("2002-02-02", "contact"),
    ]


def test_an_address_inside_a_contact_does_not_end_the_contact():
    text = "Registrant:\nName: Northwind Traders\nAddress:\n\t1 Quay Road\nEmail: hostmaster@northwind.example"
    assert {field.role for field in read_fields(text)} == {"registrant"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Domain_Name ", "domain name"),
        ("nserver2", "nserver"),
        ("Data de expiração / Expiration Date (dd/mm/yyyy)", "expiration date"),
        ("Servidores de nombre (Domain servers)", "servidores de nombre"),
        ("(Database last updated on)", "database last updated on"),
        ("Registrant's address", "registrant s address"),
    ],
)
def test_labels_are_brought_to_one_spelling(text, label):
    assert normal_label(text) == label


@given(st.text(alphabet=st.sampled_from("ab:.\t\n %#[]()- 1N"), max_size=300))
def test_any_text_gives_fields_with_a_label_and_a_value(text):
    assert all(field.label and field.value for field in read_fields(text))
