"""The contacts of an answer."""

from forensics.protocols.registration import Contact, Redaction
from forensics.protocols.whois_text.contacts import read_contacts
from forensics.protocols.whois_text.lines import read_fields


def contacts(text):
    return read_contacts(read_fields(text))


def test_prefixed_labels_make_one_contact_per_role():
    text = """\
Registry Registrant ID: NW1
Registrant Name: Hostmaster
Registrant Organization: Northwind Traders
Registrant Street: 1 Quay Road
Registrant City: Harbour Town
Registrant Country: GB
Registrant Email: hostmaster@northwind.example
Tech Email: tech@northwind.example
"""
    assert contacts(text) == (
        (
            Contact(
                "registrant",
                handle="NW1",
                name="Hostmaster",
                organization="Northwind Traders",
                email="hostmaster@northwind.example",
                address=("1 Quay Road", "Harbour Town"),
                country="GB",
            ),
            Contact("technical", email="tech@northwind.example"),
        ),
        (),
    )


def test_lines_below_a_heading_are_told_apart_by_their_form():
    text = """\
Registrant:
   Northwind Traders
   1 Quay Road
   hostmaster@northwind.example
   +44 20 7946 0000
"""
    assert contacts(text)[0] == (
        Contact(
            "registrant",
            name="Northwind Traders",
            email="hostmaster@northwind.example",
            phone="+44 20 7946 0000",
            address=("1 Quay Road",),
        ),
    )


def test_a_block_takes_the_role_under_which_the_record_refers_to_it():
    text = "domain: northwind.test\nadmin-c: NW7\n\nnic-hdl: NW7\norg: Northwind Traders\n"
    assert contacts(text)[0] == (Contact("administrative", handle="NW7", organization="Northwind Traders"),)


def test_what_is_hidden_is_named_and_what_is_not_there_is_not():
    text = "Registrant Name: REDACTED FOR PRIVACY\nRegistrant Organization: Northwind Traders\nRegistrant Email:\n"
    assert contacts(text) == (
        (Contact("registrant", organization="Northwind Traders"),),
        (Redaction("registrant name", "replacementValue", "REDACTED FOR PRIVACY"),),
    )


def test_a_dash_or_na_is_nothing():
    assert contacts("Registrant Name: n/a\nRegistrant Organization: -\n") == ((), ())
