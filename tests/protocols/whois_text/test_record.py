"""Which record is meant, and what it says."""

from forensics.protocols.registration import Contact
from forensics.protocols.whois_text.lines import read_fields
from forensics.protocols.whois_text.record import (
    domain_fields,
    own_fields,
    read_name_servers,
    read_registrar,
    read_statuses,
)


def found(text):
    return domain_fields(read_fields(text))


def test_of_several_records_the_one_of_the_domain_is_meant():
    text = (
        "Domain Name: south.test\nRegistrar: Other Ltd\n\nDomain Name: northwind.test\nRegistrar: Harbour Names Ltd\n"
    )
    fields, name, count = own_fields(read_fields(text), "northwind.test")
    assert [field.value for field in fields] == ["northwind.test", "Harbour Names Ltd"]
    assert (name, count) == ("northwind.test", 2)


def test_of_several_records_without_the_domain_the_first_is_meant():
    text = "Domain Name: south.test\n\nDomain Name: north.test\n"
    assert own_fields(read_fields(text), "northwind.test")[1] == "south.test"


def test_a_record_may_name_its_domain_twice():
    text = (
        "Domain Name: northwind.test\nUpdated Date: 2017-05-14\n\n\nDOMAIN: northwind.test\ncreated-date: 2004-06-15\n"
    )
    assert own_fields(read_fields(text), "northwind.test")[2] == 1


def test_name_servers_are_host_names_in_small_letters_each_once_without_addresses_and_remarks():
    text = """\
nserver: NS2.NORTHWIND.TEST. 192.0.2.2
nserver: ns1.northwind.test [OK]
nserver: ns1.northwind.test - 192.0.2.1
nserver: ns3.northwind.test (2001:db8::1)
nserver: No name servers listed.
nserver: northwind.test NS ns4.northwind.test.
nserver: ns5.northwind.test. not.defined.
"""
    assert read_name_servers(found(text)["name server"], "northwind.test") == (
        "ns1.northwind.test",
        "ns2.northwind.test",
        "ns3.northwind.test",
        "ns4.northwind.test",
        "ns5.northwind.test",
    )


def test_the_a_label_under_dns_is_the_domain_and_no_name_server():
    fields = found("Domain: northwind.test\nDNS: northwind.test\nDNS: ns1.northwind.test. - 192.0.2.1\n")
    assert read_name_servers(fields["name server"], "northwind.test") == ("ns1.northwind.test",)


def test_a_name_server_in_u_labels_is_given_in_a_labels():
    assert read_name_servers(found("nserver: ns1.bücher.example")["name server"], "northwind.test") == (
        "ns1.xn--bcher-kva.example",
    )


def test_statuses_lose_their_links_and_lists_are_split():
    text = """\
Domain Status: clientHold https://icann.org/epp#clientHold
Domain Status: clientTransferProhibited (https://icann.org/epp#clientTransferProhibited)
state: REGISTERED, DELEGATED, VERIFIED
Status: ok - Normal state.
"""
    assert read_statuses(found(text)["status"]) == (
        "DELEGATED",
        "REGISTERED",
        "VERIFIED",
        "clientHold",
        "clientTransferProhibited",
        "ok",
    )


def test_a_handle_behind_the_registrar_is_taken_apart():
    for line, expected in (
        ("Registrar: Harbour Names, Inc. (R22-LRCC)", ("Harbour Names, Inc.", "R22-LRCC")),
        ("Registrar: Harbour Names Ltd t/a Harbour [Tag = HARBOUR]", ("Harbour Names Ltd t/a Harbour", "HARBOUR")),
        ("Registrar: Harbour Names Inc. (292)", ("Harbour Names Inc.", "292")),
        ("Registrar: Harbour Names (www.harbour.example)", ("Harbour Names", None)),
        ("Registrar: Harbour Names, Inc (TLDs)", ("Harbour Names, Inc (TLDs)", None)),
    ):
        assert read_registrar(found(line)["registrar"], ()) == expected


def test_a_registrar_given_by_handle_is_named_from_its_block():
    block = Contact("registrar", organization="Harbour Names Ltd")
    assert read_registrar(found("registrar: ua.harbour")["registrar"], [block]) == ("Harbour Names Ltd", "ua.harbour")


def test_dates_of_contacts_are_not_dates_of_the_domain():
    text = "domain: northwind.test\n\nnic-hdl: NW1\ncreated: 2012-12-12\nchanged: 2013-12-12\n"
    assert {"created", "updated"}.isdisjoint(found(text))
