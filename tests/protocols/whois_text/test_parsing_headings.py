"""WHOIS answers of headings with the values below them."""

from datetime import date

import pytest

from forensics.protocols.whois_text import parse

ANSWERS = [
    pytest.param(
        "whois.dns.pl",
        """\
DOMAIN NAME:           northwind.test
registrant type:       organization
nameservers:           ns1.northwind.example. [192.0.2.32]
                       ns2.northwind.example. [192.0.2.34]
created:               2003.09.19 13:00:00
last modified:         2014.08.16 11:30:17
renewal date:          2015.09.18 14:00:00

option created:        2011.01.01 11:11:11
option expiration date: 2014.01.01 11:11:11

dnssec:                Unsigned

TECHNICAL CONTACT:
company:  Harbour Names Ltd
street:   3 Quay Road

REGISTRAR:
Harbour Names Ltd
3 Quay Road
10000 Harbour Town
United States

WHOIS displays data with a delay not exceeding 15 minutes in relation to the .pl Registry system
Registrant data available at http://dns.pl/cgi-bin/en_whois.pl
""",
        {
            "status": "registered",
            "created": date(2003, 9, 19),
            "updated": date(2014, 8, 16),
            "expires": date(2015, 9, 18),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="nask",
    ),
    pytest.param(
        "whois.dns.pt",
        """\
Nome de domínio / Domain Name: northwind.test
Data de registo / Creation Date (dd/mm/yyyy): 09/01/2004
Data de expiração / Expiration Date (dd/mm/yyyy): 28/02/2015
Estado / Status: ACTIVE

Titular / Registrant
    Northwind Traders
    Quay Road
    10000 CA Harbour Town
    Email: hostmaster@northwind.example

Entidade Gestora / Billing Contact
    Harbour Names Ltd
    Email: hostmaster@harbour.example

Responsável Técnico / Tech Contact
    Harbour Names Ltd
    Email: hostmaster@northwind.example

Nameserver Information
    Nameserver:	northwind.test NS ns1.northwind.example.
    Nameserver:	northwind.test NS ns2.northwind.example.
""",
        {
            "status": "registered",
            "created": date(2004, 1, 9),
            "expires": date(2015, 2, 28),
            "registrant": "Northwind Traders",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="dns_pt_in_two_languages",
    ),
    pytest.param(
        "whois.nic.ve",
        """\
Servidor Whois del Centro de Información de Red de Venezuela (NIC.VE)

Este servidor contiene información autoritativa exclusivamente de dominios .VE

Titular:
Northwind Traders			northwind.test-dom
	Northwind Traders
	2 Quay Road

Nombre de Dominio: northwind.test

Contacto Administrativo:
	Northwind Traders	northwind.test-adm

Fecha de Vencimiento: 2015-03-06 00:00:00
Ultima Actualización: 2006-11-17 21:16:31
Fecha de Creación: 2004-03-06 00:00:00

Estatus del dominio: ACTIVO

Servidor(es) de Nombres de Dominio:

- ns1.northwind.example
- ns2.northwind.example

NIC-Venezuela - CONATEL
http://www.nic.ve
""",
        {
            "status": "registered",
            "created": date(2004, 3, 6),
            "expires": date(2015, 3, 6),
            "updated": date(2006, 11, 17),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="nic_ve",
    ),
    pytest.param(
        "whois.gg",
        """\
Domain:
     northwind.test

Domain Status:
     Active
     Delete Prohibited by Registrar

Registrant:
     Northwind Traders

Registrar:
     Harbour Names Ltd (http://www.harbour.example)

Relevant dates:
     Registered on 30th April 2004 at 00:00:00.000
     Registry fee due on 30th April each year

Registration status:
     Registered until cancelled

Name servers:
     ns1.northwind.example
     ns2.northwind.example

WHOIS lookup made on Tue, 6 Oct 2021 at 14:06:12 BST
""",
        {
            "status": "registered",
            "created": date(2004, 4, 30),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="channel_isles",
    ),
    pytest.param(
        "whois.register.bg",
        """\
DOMAIN NAME: northwind.test (northwind.test)
requested on: 22/06/2005 00:00:00 EEST
processed from: 30/06/2005 00:00:00 EEST
activated on: 30/06/2005 00:00:00 EEST
expires at: 30/06/2015 00:00:00 EEST
registration status: Registered

REGISTRANT:
Northwind Traders
2 Quay Road,

ADMINISTRATIVE CONTACT:
Admin

NAME SERVER INFORMATION:
ns1.northwind.example
ns2.northwind.example
DNSSEC: inactive
""",
        {
            "status": "registered",
            "created": date(2005, 6, 30),
            "expires": date(2015, 6, 30),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="register_bg",
    ),
    pytest.param(
        "whois.educause.edu",
        """\
This Registry database contains ONLY .EDU domains.
The data in the EDUCAUSE Whois database is provided

--------------------------

Domain Name: NORTHWIND.TEST

Registrant:
   Northwind University
   The Board
   Harbour Town
   UNITED STATES

Administrative Contact:
   Domain Admin
   Northwind University
   (555) 010-0000
   hostmaster@northwind.example

Name Servers:
   ARGUS.NORTHWIND.TEST      192.0.2.7
   AVALLONE.NORTHWIND.TEST   192.0.2.88

Domain record activated:    04-Oct-1986
Domain record last updated: 12-Aug-2014
Domain expires:             31-Jul-2016
""",
        {
            "status": "registered",
            "created": date(1986, 10, 4),
            "updated": date(2014, 8, 12),
            "expires": date(2016, 7, 31),
            "name_servers": ("argus.northwind.test", "avallone.northwind.test"),
            "registrant": "Northwind University",
        },
        id="educause",
    ),
    pytest.param(
        "whois.amnic.net",
        """\
   Domain name: northwind.test
   Registrar:   abcdomain (Harbour LLC)
   Status:      active

   Registrant:
      Northwind Traders
      1 Quay Road
      Harbour Town,  10000
      US

   Administrative contact:
      DNS Admin
      hostmaster@northwind.example

   DNS servers:
      ns1.northwind.example
      ns2.northwind.example

   Registered:    2000-06-05
   Last modified: 2014-05-07
   Expires:       2015-04-15
""",
        {
            "status": "registered",
            "created": date(2000, 6, 5),
            "updated": date(2014, 5, 7),
            "expires": date(2015, 4, 15),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="amnic",
    ),
    pytest.param(
        "whois.nic.ly",
        """\
Domain Name: northwind.test

Registrant:
	Northwind Traders
	DNS Admin (hostmaster@northwind.example)

Administrative Contact:
	DNS Admin

Created.................: 2003-12-12 02:00:00
Updated.................: 2012-06-30 07:41:28
Expired.................: 2013-12-12 02:00:00

Domain servers in listed order:
   ns1.northwind.example
   ns2.northwind.example

Domain Status: ACTIVE
""",
        {
            "status": "registered",
            "created": date(2003, 12, 12),
            "updated": date(2012, 6, 30),
            "expires": date(2013, 12, 12),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="nic_ly",
    ),
    pytest.param(
        "whois.harbour.example",
        """\
Registrant:
   Northwind Traders
   1 Road
   Harbour Town 10000
   United States

   Registered through: Harbour Names LLC (http://www.harbour.example)
   Domain Name: NORTHWIND.TEST
      Created on: 02-Mar-99
      Expires on: 01-Nov-21
      Last Updated on: 19-Nov-12

   Administrative Contact:
      Admin, A  hostmaster@northwind.example
      Northwind Traders

   Domain servers in listed order:
      NS1.NORTHWIND.TEST
      NS2.NORTHWIND.TEST
""",
        {
            "status": "registered",
            "created": date(1999, 3, 2),
            "updated": date(2012, 11, 19),
            "expires": date(2021, 11, 1),
            "name_servers": ("ns1.northwind.test", "ns2.northwind.test"),
            "registrant": "Northwind Traders",
        },
        id="a_registrar_with_short_years",
    ),
    pytest.param(
        "whois.registry.net.za",
        """\
CO.ZA Whois Server
------------------
(c) 1996 - 2015 ZA Registry Consortium.

Domain Name:
        northwind.test

Registrant:
        Northwind Traders
        Email: hostmaster@northwind.example
        Tel: +44 20 7946 0000

Registrant's Address:
        1 Quay Road

Registrar:
        Harbour Names Ltd [ ID = Harbour ]

Relevant Dates:
        Registration Date: 2002-06-25
        Renewal Date: 2015-06-25

Domain Status:
        Registered until renewal date

Pending Timer Events:
        None

Name Servers:
        ns1.northwind.example
        ns2.northwind.example

WHOIS lookup made at 2015-02-18 20:28 UTC
""",
        {
            "status": "registered",
            "created": date(2002, 6, 25),
            "expires": date(2015, 6, 25),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="uniforum_za",
    ),
    pytest.param(
        "whois.nic.uk",
        """\
    Domain name:
        northwind.test

    Registrant:
        Northwind

    Registrar:
        Northwind Ltd t/a Ex [Tag = EXA]

    Relevant dates:
        Registered on: 06-Oct-2000
        Expiry date:  06-Oct-2011
        Last updated:  29-Nov-2010

    Registration status:
        Registration request being processed.

    Name servers:
        No name servers listed.

    WHOIS lookup made at 17:29:08 31-Mar-2011
""",
        {
            "status": "registered",
            "created": date(2000, 10, 6),
            "updated": date(2010, 11, 29),
            "expires": date(2011, 10, 6),
            "name_servers": (),
        },
        id="nominet",
    ),
    pytest.param(
        "whois.nic.ch",
        """\
whois: This information is subject to an Acceptable Use Policy.
See https://www.nic.ch/terms/aup/


Domain name:
northwind.test

Holder of domain name:
Northwind Traders
Harbour Town
United States
Contractual Language: English

Registrar:
Harbour Names Ltd

First registration date:
2000-05-20

DNSSEC:N

Name servers:
ns1.northwind.example
ns2.northwind.example	[192.0.2.1]
""",
        {
            "status": "registered",
            "created": date(2000, 5, 20),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="switch",
    ),
]


@pytest.mark.parametrize(("server", "text", "expected"), ANSWERS)
def test_an_answer_under_headings_is_read_whole(server, text, expected):
    found = parse(text, domain="northwind.test", server=server)
    read = {part: getattr(found, part) for part in expected}
    days = {part: read[part] and read[part].date() for part in ("created", "updated", "expires") if part in read}
    assert {**read, **days} == expected
    assert found.raw == text
