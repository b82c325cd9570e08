"""WHOIS answers of headings with labelled parts below them."""

from datetime import date

import pytest

from forensics.protocols.whois_text import parse

ANSWERS = [
    pytest.param(
        "whois.nic.it",
        """\
*********************************************************************
* Please note that the following result could be a subgroup of      *
* the data contained in the database.                               *
*                                                                   *
* Additional information can be visualized at:                      *
* http://www.nic.it/cgi-bin/Whois/whois.cgi                         *
*********************************************************************

Domain:             northwind.test
Status:             ok
Created:            2000-12-10 00:00:00
Last Update:        2009-11-27 16:47:22
Expire Date:        2010-11-27

Registrant
  Name:             Northwind Ireland Holdings
  Organization:     Northwind Ireland Holdings
  ContactID:        NW1
  Address:          4 Quay Road
                    Harbour Town
                    2
                    IE
                    IE
  Created:          2009-11-27 16:47:22
  Last Update:      2013-11-27 16:47:22

Admin Contact
  Name:             Contact Role
  Organization:     Contact Role
  ContactID:        NW2-ITNIC

Technical Contacts
  Name:             Technical Services

Registrar
  Organization:     Harbour Names s.p.a.
  Name:             HARBOUR-REG
  Web:              http://we.register.it

Nameservers
  ns1.northwind.example
  ns4.northwind.example
""",
        {
            "status": "registered",
            "created": date(2000, 12, 10),
            "updated": date(2009, 11, 27),
            "expires": date(2010, 11, 27),
            "registrar": "Harbour Names s.p.a.",
            "name_servers": ("ns1.northwind.example", "ns4.northwind.example"),
            "registrant": "Northwind Ireland Holdings",
        },
        id="nic_it",
    ),
    pytest.param(
        "whois.dns.be",
        """\
Domain:	northwind.test
Status:	NOT AVAILABLE
Registered:	Tue Dec 12 2001

Registrant:
	Not shown, please visit www.dnsbelgium.be for webbased whois.

Registrar Technical Contacts:
	Organisation:	Harbour Names Ltd
	Language:	en
	Phone:	+44 20 7946 0000


Registrar:
	Name:	 Harbour Names Ltd
	Website: http://www.harbour.example

Nameservers:
	ns1.northwind.example
	ns2.northwind.test (192.0.2.1)

Keys:

Flags:
	clientTransferProhibited

Please visit www.dnsbelgium.be for more info.
""",
        {
            "status": "registered",
            "created": date(2001, 12, 12),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.test"),
            "registrant": None,
            "redacted": True,
        },
        id="dns_be",
    ),
    pytest.param(
        "whois.ati.tn",
        """\
All rights reserved
Copyright "Tunisian Internet Agency - http://whois.tn"

Domain name.........: northwind.test
Creation date.......: 14-05-2010 12:24:47 GMT+1
Domain status.......: Active
Registrar...........: HARBOUR NAMES

Owner Contact
Name................: Northwind Traders
First name..........:
Address.............: 2 Quay Road

Administrativ contact
Name................: Domain Administrator

DNS servers
Name................: ns1.northwind.example
Name................: ns2.northwind.example

DNSSEC..............: signed
""",
        {
            "status": "registered",
            "created": date(2010, 5, 14),
            "registrar": "HARBOUR NAMES",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="ati_tn",
    ),
    pytest.param(
        "whois.mx",
        """\
Domain Name:       northwind.test

Created On:        2002-05-12
Expiration Date:   2015-05-11
Last Updated On:   2014-04-15
Registrar:         Harbour Names Ltd
URL:               http://www.harbour.example
Whois TCP URI:     whois.harbour.example

Registrant:
   Name:           Northwind Traders
   City:           Harbour Town
   State:          California
   Country:        United States

Administrative Contact:
   Name:           Northwind Traders

Name Servers:
   DNS:            ns1.northwind.example
   DNS:            ns2.northwind.example

DNSSEC DS Records:
""",
        {
            "status": "registered",
            "created": date(2002, 5, 12),
            "expires": date(2015, 5, 11),
            "updated": date(2014, 4, 15),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="nic_mx",
    ),
    pytest.param(
        "whois.tld.ee",
        """\
Search results may not be used for commercial, advertising, recompilation,
repackaging, redistribution, reuse, obscuring or other similar activities.

Estonia .ee Top Level Domain WHOIS server

Domain:
name:       northwind.test
status:     ok (paid and in zone)
registered: 2011-07-04 05:29:46 +03:00
changed:    2020-06-04 05:01:20 +03:00
expire:     2021-07-05
outzone:
delete:

Registrant:
name:       Northwind Traders
org id:
country:    US
email:      Not Disclosed - Visit www.internet.ee for webbased WHOIS
changed:    2021-07-17 20:47:43 +03:00

Administrative contact:
name:       Domain Admin
email:      Not Disclosed - Visit www.internet.ee for webbased WHOIS
changed:    2020-11-25 20:46:41 +02:00

Registrar:
name:       Harbour Names S.A.
url:        http://www.eurodns.com
phone:      +44 20 7946 0000
changed:    2016-10-23 16:39:14 +03:00

Name servers:
nserver:   ns1.northwind.example
nserver:   ns2.northwind.example
changed:   2019-03-27 12:02:56 +03:00


Estonia .ee Top Level Domain WHOIS server
More information at http://internet.ee
""",
        {
            "status": "registered",
            "created": date(2011, 7, 4),
            "updated": date(2020, 6, 4),
            "expires": date(2021, 7, 5),
            "registrar": "Harbour Names S.A.",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
            "redacted": True,
        },
        id="tld_ee",
    ),
    pytest.param(
        "whois.eu",
        """\
Domain:	northwind
Registrant:
	NOT DISCLOSED!
	Visit www.eurid.eu for webbased whois.

Registrar Technical Contacts:
	Name:	Domain Billing
	Organisation:	Harbour Names Ltd

Registrar:
	Name:	Harbour Names Ltd
	Website: www.harbour.example

Name servers:
	ns1.northwind.example
	ns2.northwind.test (192.0.2.1)

Keys:

Please visit www.eurid.eu for more info.
""",
        {
            "status": "registered",
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.test"),
            "registrant": None,
            "redacted": True,
        },
        id="eurid",
    ),
    pytest.param(
        "whois.nic.net.sa",
        """\
Domain Name: northwind.test

 Registrant:
 Northwind Traders شركة
 Address: 1 Quay Road
 10000  Harbour Town

 Administrative Contact:
  Domain Administrator
 Address: 1600

 Name Servers:
  ns1.northwind.example
  ns2.northwind.example

Created on: 2005-01-11
Last Updated on: 2013-02-22
""",
        {
            "status": "registered",
            "created": date(2005, 1, 11),
            "updated": date(2013, 2, 22),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="saudinic",
    ),
    pytest.param(
        "whois.hkirc.hk",
        """\
 -------------------------------------------------------------------------------
 Whois server by HKIRC
 -------------------------------------------------------------------------------
 Domain Name:  NORTHWIND.TEST

 Contract Version:  HKDNR latest version

 Registrar Name: Harbour Names Ltd

 Registrar Contact Information: Email: hostmaster@northwind.example

 Reseller:

 Registrant Contact Information:

 Company English Name (It should be the same as on your Business Register Certificate): Northwind Traders
 Company Chinese name:
 Address:  1600 AMPHITHEATRE PARKWAY
 Country: United States (US)
 Email: hostmaster@northwind.example
 Domain Name Commencement Date: 06-04-2005
 Expiry Date: 31-03-2015
 Re-registration Status: Complete

 Administrative Contact Information:

 Given name: DOMAIN
 Family name: ADMINISTRATOR
 Company name: Northwind Traders

 Name Servers Information:

 NS1.NORTHWIND.EXAMPLE
 NS2.NORTHWIND.EXAMPLE

 Status Information:

 Domain Prohibit Status:

 -------------------------------------------------------------------------------
""",
        {
            "status": "registered",
            "created": date(2005, 4, 6),
            "expires": date(2015, 3, 31),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="hkirc_with_day_first_dates",
    ),
]


@pytest.mark.parametrize(("server", "text", "expected"), ANSWERS)
def test_an_answer_of_headings_and_parts_is_read_whole(server, text, expected):
    found = parse(text, domain="northwind.test", server=server)
    read = {part: getattr(found, part) for part in expected}
    days = {part: read[part] and read[part].date() for part in ("created", "updated", "expires") if part in read}
    assert {**read, **days} == expected
    assert found.raw == text
