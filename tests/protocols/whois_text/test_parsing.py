"""What a WHOIS answer amounts to: kind, record, dates, and what could not be read."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.registration import Redaction, RegistrationDate
from forensics.protocols.whois_text import parse

RECORD = """\
Domain Name: NORTHWIND.TEST
Registry Domain ID: 1_DOMAIN_TEST
Registrar WHOIS Server: whois.harbour.example
Registrar URL: http://www.harbour.example
Updated Date: 2019-08-12T10:52:01-0700
Creation Date: 2006-04-03T06:38:02-0700
Registry Expiry Date: 2020-04-03T00:00:00-0700
Registrar: Harbour Names Ltd
Registrar IANA ID: 9999
Domain Status: clientHold https://icann.org/epp#clientHold
Registrant Name: REDACTED FOR PRIVACY
Registrant Organization: Northwind Traders
Registrant Country: GB
Tech Email: Please query the RDDS service of the Registrar of Record
Name Server: NS2.NORTHWIND.TEST
Name Server: NS1.NORTHWIND.TEST
DNSSEC: unsigned
>>> Last update of WHOIS database: 2019-10-12T03:21:12-0700 <<<
"""


def test_a_record_is_read_whole():
    found = parse(RECORD, domain="northwind.test")
    assert found.status == "registered"
    assert found.domain == "northwind.test"
    assert found.registrar == "Harbour Names Ltd"
    assert found.registrar_id == "9999"
    assert found.registrant == "Northwind Traders"
    assert found.created.isoformat() == "2006-04-03T06:38:02-07:00"
    assert found.updated.isoformat() == "2019-08-12T10:52:01-07:00"
    assert found.expires.isoformat() == "2020-04-03T00:00:00-07:00"
    assert found.name_servers == ("ns1.northwind.test", "ns2.northwind.test")
    assert found.statuses == ("clientHold",)
    assert found.whois_server == "whois.harbour.example"
    assert found.dnssec == "unsigned"
    assert found.problems == ()
    assert found.raw == RECORD


def test_hidden_parts_are_named_and_the_rest_of_the_contact_is_kept():
    found = parse(RECORD, domain="northwind.test")
    assert found.redacted is True
    assert found.redactions == (
        Redaction("registrant name", "replacementValue", "REDACTED FOR PRIVACY"),
        Redaction("technical email", "replacementValue", "Please query the RDDS service of the Registrar of Record"),
    )


def test_a_contact_that_is_not_there_is_no_redaction():
    found = parse("Domain Name: NORTHWIND.TEST\nRegistrar: Harbour Names Ltd\n", domain="northwind.test")
    assert (found.registrant, found.redacted, found.redactions) == (None, False, ())


def test_every_date_keeps_its_text():
    found = parse(
        "domain: northwind.test\nregistered: 04/06/2003\nchanged: soon\n",
        domain="northwind.test",
        server="whois.dns.lu",
    )
    assert found.dates == (
        RegistrationDate("created", "04/06/2003", datetime(2003, 6, 4, tzinfo=UTC), "day", None),
        RegistrationDate("updated", "soon", None, None, None),
    )
    assert found.problems == ("updated: 'soon': no date that can be read",)


def test_a_date_of_an_unknown_registry_that_has_two_readings_is_none_with_a_problem():
    found = parse(
        "Domain: northwind.test\nCreated: 03/04/2012\nNameserver: ns1.northwind.test\n", domain="northwind.test"
    )
    assert found.status == "registered"
    assert found.created is None
    assert found.problems == (
        "created: '03/04/2012': day and month cannot be told apart, and no order is declared for this registry",
    )


@pytest.mark.parametrize(
    ("server", "month"), [("whois.dns.lu", 4), ("whois.dot.tk", 3), ("whois.nic.es", 4), ("whois.nic.im", 4)]
)
def test_the_same_text_is_another_day_at_another_registry(server, month):
    found = parse("Domain: northwind.test\nCreated: 03/04/2012\n", domain="northwind.test", server=server)
    assert (found.created.month, found.created.year) == (month, 2012)


def test_the_order_that_the_answer_declares_goes_before_all():
    text = "% Date Format : MM/DD/YYYY\n\nDomain: northwind.test\nCreated: 03/04/2012\n"
    assert parse(text, domain="northwind.test", server="whois.dns.lu").created.month == 3


def test_the_order_that_a_label_declares_goes_before_the_registrys():
    text = "Domain: northwind.test\nCreation Date (mm/dd/yyyy): 03/04/2012\n"
    assert parse(text, domain="northwind.test", server="whois.dns.lu").created.month == 3


def test_a_second_date_of_the_answer_may_prove_the_order():
    text = "Domain: northwind.test\nCreated: 03/04/2012\nExpires: 25/04/2022\n"
    assert parse(text, domain="northwind.test").created == datetime(2012, 4, 3, tzinfo=UTC)


def test_of_several_changes_the_youngest_counts():
    text = "domain: northwind.test\nchanged: a@b.example 20050524\nchanged: a@b.example 20130524\ncreated: 20010101\n"
    assert parse(text, domain="northwind.test").updated == datetime(2013, 5, 24, tzinfo=UTC)


def test_the_registrys_expiry_goes_before_the_registrars():
    text = """\
Domain Name: northwind.test
Registrar Registration Expiration Date: 2021-05-01T00:00:00Z
Registry Expiry Date: 2020-05-01T00:00:00Z
"""
    assert parse(text, domain="northwind.test").expires == datetime(2020, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Domain: northwind.test\nStatus: free\n", "not_found"),
        ("Domain Name: northwind.test\nDomain Status: No Object Found\n", "not_found"),
        ("[Domain]\nDomain: northwind.test\nStatus: free\n\n[Whois]\nUpdated: 2014-02-18 18:12:36\n", "not_found"),
        ("Available\nDomain: northwind.test\n", "not_found"),
        ("No entries found for the selected source(s).\n\nLast updated on 2022-07-03T03:51:30Z\n", "not_found"),
        ("query_datetime: 2013-06-25T21:14:19+12:00\nquery_status: 440 Request Denied\n", "refused"),
        ("Lookup quota exceeded.\n", "refused"),
        ("Domain: northwind.test\nStatus: invalid\n", "refused"),
        ("domain: northwind.test\nstatus: taken\n", "registered"),
        ("Domain name: northwind.test\nDomain status: to be released\n", "registered"),
        ("Domain is not available or is reserved by the registry.\n", "registered"),
        ("northwind.test is already registered\n", "registered"),
        ("", "unparsed"),
        ("<html><body>502 Bad gateway</body></html>", "unparsed"),
        ("Domain: northwind.test\n", "unparsed"),
    ],
)
def test_the_kind_of_answer_is_told_before_any_field_is_trusted(text, status):
    assert parse(text, domain="northwind.test").status == status


def test_an_answer_that_is_no_record_carries_no_values():
    found = parse(
        'No match for "NORTHWIND.TEST".\n>>> Last update: 2014-01-22T22:10:31Z <<<\n', domain="northwind.test"
    )
    assert (found.registrar, found.created, found.name_servers, found.problems) == (None, None, (), ())


@pytest.mark.parametrize("text", ["Lookup quota exceeded.", "", "<html></html>", "Reserved by Registry"])
def test_an_answer_that_leaves_the_question_open_says_why(text):
    assert parse(text, domain="northwind.test").problems != ()


def test_a_reserved_name_is_not_taken_for_one_that_somebody_registered():
    found = parse("Domain: northwind.test\nStatus: Reserved\n", domain="northwind.test")
    assert found.statuses == ("Reserved",)
    assert found.problems == ("held by the registry itself: reserved or blocked",)


def test_an_answer_about_another_name_says_so():
    found = parse("Domain Name: southwind.test\nRegistrar: Harbour Names Ltd\n", domain="northwind.test")
    assert found.domain == "southwind.test"
    assert found.problems == ("asked about northwind.test, the answer is about southwind.test",)


def test_the_name_is_given_in_both_forms_whichever_was_asked():
    for asked, told in (("bücher.example", "xn--bcher-kva.example"), ("xn--bcher-kva.example", "bücher.example")):
        found = parse(f"Domain Name: {told}\nRegistrar: Harbour Names Ltd\n", domain=asked)
        assert (found.domain, found.domain_unicode) == ("xn--bcher-kva.example", "bücher.example")
        assert found.problems == ()


def test_an_answer_over_the_bound_is_kept_whole_and_says_what_was_not_read():
    text = RECORD + "x\n" * 200_000
    found = parse(text, domain="northwind.test")
    assert found.registrar == "Harbour Names Ltd"
    assert found.raw == text
    assert found.problems == (f"the answer has {len(text)} characters; only its beginning was read",)


@pytest.mark.parametrize(
    "piece",
    [
        "Domain Name: ",
        "Domain Name: a.test\n\n",
        "no match ",
        "you have ",
        "limit ",
        "[(",
        "a" + "(" * 100 + ": x\n",
        ".........: ",
        "\t:",
        "Registrant:\n",
        "Name Server: ns1.northwind.test ",
        "1/2/",
        "\n",
        "例" * 60 + ".test\n",
        "# . . ",
    ],
)
def test_time_is_bounded_whatever_the_text(piece):
    start = time.process_time()
    parse(piece * (1_000_000 // len(piece)), domain="northwind.test")
    assert time.process_time() - start < 2


@given(st.text(max_size=400), st.text(max_size=30))
def test_any_text_is_a_registration(text, domain):
    found = parse(text, domain=domain)
    assert found.raw == text
    assert all(
        getattr(found, event) is None or getattr(found, event).tzinfo for event in ("created", "updated", "expires")
    )


LINES = st.sampled_from(
    [
        "Domain Name: northwind.test",
        "Registrar:",
        "   Harbour Names Ltd",
        "",
        "Created: 03/04/2012",
        "changed: 20130101",
        "Status: free",
        "No match",
        "[Holder]",
        "Name: REDACTED",
        "nic-hdl: NW1",
        "Name Servers:",
        "\tns1.northwind.test",
        "% Registrant:",
        "Address:",
        "Expires on 1st May 2020",
    ]
)


@given(st.lists(LINES, max_size=20))
def test_any_order_of_known_lines_is_a_registration(lines):
    found = parse("\n".join(lines), domain="northwind.test")
    assert found.status in ("registered", "not_found", "refused", "unparsed")
    assert found.status == "registered" or found.dates == ()
