"""WHOIS answers of one label per line, as generic registries and registrars give them."""

from datetime import date

import pytest

from forensics.protocols.whois_text import parse

ANSWERS = [
    pytest.param(
        "whois.verisign-grs.com",
        """\
Whois Server Version 2.0

Domain names in the .com and .net domains can now be registered
with many different competing registrars. Go to http://www.internic.net
for detailed information.

   Server Name: NORTHWIND.TEST.ZZZZZ.OTHER.EXAMPLE
   IP Address: 192.0.2.69
   Registrar: OTHER NAMES INC.
   Whois Server: whois.other.example
   Referral URL: http://help.other.example

   Domain Name: NORTHWIND.TEST
   Registrar: Harbour Names Ltd
   Whois Server: whois.harbour.example
   Referral URL: http://www.harbour.example
   Name Server: NS1.NORTHWIND.EXAMPLE
   Name Server: NS2.NORTHWIND.EXAMPLE
   Status: clientDeleteProhibited
   Status: clientTransferProhibited
   Updated Date: 20-jul-2012
   Creation Date: 15-sep-1998
   Expiration Date: 14-sep-2021

>>> Last update of whois database: Tue, 18 Feb 2015 20:26:40 UTC <<<

NOTE: what is shown above is the date of the sponsoring
registrar.  Users may ask there for the date of their contract.
""",
        {
            "status": "registered",
            "created": date(1998, 9, 15),
            "updated": date(2012, 7, 20),
            "expires": date(2021, 9, 14),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="verisign_with_hosts_of_that_name_first",
    ),
    pytest.param(
        "whois.nic.me",
        """\
Domain ID:D102-ME
Domain Name:NORTHWIND.TEST
Domain Create Date:13-Jun-2009 17:17:40 UTC
Domain Last Updated Date:12-May-2014 11:00:40 UTC
Domain Expiration Date:13-Jun-2015 17:17:40 UTC
Last Transferred Date:
Trademark Name:
Sponsoring Registrar:Harbour Names Ltd (R45-ME)
Created by:Harbour Names Ltd (R45-ME)
Last Updated by Registrar:Harbour Names Ltd (R45-ME)
Domain Status:CLIENT DELETE PROHIBITED
Registrant ID:NWT-ME
Registrant Name:DNS Admin
Registrant Organization:Northwind Traders
Nameservers:NS1.NORTHWIND.EXAMPLE
Nameservers:NS2.NORTHWIND.EXAMPLE
Nameservers:
Nameservers:
""",
        {
            "status": "registered",
            "created": date(2009, 6, 13),
            "updated": date(2014, 5, 12),
            "expires": date(2015, 6, 13),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="afilias_with_short_dates",
    ),
    pytest.param(
        "whois.biz",
        """\
Domain Name:                                 NORTHWIND.TEST
Domain ID:                                   D101-BIZ
Sponsoring Registrar:                        Harbour Names Ltd
Sponsoring Registrar IANA ID:                292
Registrar URL (registration services):       www.harbour.example
Domain Status:                               clientDeleteProhibited
Registrant ID:                               NWT-1
Registrant Name:                             DNS Admin
Registrant Organization:                     Northwind Traders
Name Server:                                 NS1.NORTHWIND.EXAMPLE
Name Server:                                 NS2.NORTHWIND.EXAMPLE
Created by Registrar:                        REGISTER.COM, INC.
Last Updated by Registrar:                   Harbour Names Ltd
Domain Registration Date:                    Wed Mar 27 16:03:44 GMT 2003
Domain Expiration Date:                      Wed Mar 26 23:59:59 GMT 2015
Domain Last Updated Date:                    Fri Feb 22 10:24:32 GMT 2014

>>>> Whois database was last updated on: Tue Feb 18 20:26:06 GMT 2015 <<<<
""",
        {
            "status": "registered",
            "created": date(2003, 3, 27),
            "updated": date(2014, 2, 22),
            "expires": date(2015, 3, 26),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="neustar_with_c_dates",
    ),
    pytest.param(
        "whois.museum",
        """\
Domain ID: D103-MUSEUM
Domain Name: northwind.test
Domain Name ACE: northwind.test
Domain Language:
Registrar ID: CORE-1 (Musedoma)
Created On: 2006-02-04 19:32:48 GMT
Expiration Date: 2016-02-04 19:32:48 GMT
Maintainer: http://musedoma.museum
Status: ok
Registrant ID: C106-MUSEUM
Registrant Name: Northwind Museum
Registrant Organization: Northwind Museum
Name Server: nic.northwind.example
Name Server: nid.northwind.example 192.0.2.39
""",
        {
            "status": "registered",
            "created": date(2006, 2, 4),
            "expires": date(2016, 2, 4),
            "name_servers": ("nic.northwind.example", "nid.northwind.example"),
            "registrant": "Northwind Museum",
        },
        id="musedoma",
    ),
    pytest.param(
        "whois.aero",
        """\
Domain ID:D104-AERO
Domain Name:NORTHWIND.TEST
Created On:22-Jan-2004 10:00:00 UTC
Last Updated On:04-Dec-2014 10:20:49 UTC
Expiration Date:22-Jan-2016 10:00:00 UTC
Sponsoring Registrar:Harbour Names Ltd (R22-AERO)
Maintainer:
Status:CLIENT DELETE PROHIBITED
Name Server:NS1.NORTHWIND.EXAMPLE
""",
        {
            "status": "registered",
            "created": date(2004, 1, 22),
            "updated": date(2014, 12, 4),
            "expires": date(2016, 1, 22),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example",),
        },
        id="afilias_registrar_with_handle",
    ),
    pytest.param(
        "whois.nic.cx",
        """\
Domain Name: northwind.test
Domain ID: D105-CoCCA
WHOIS Server: whois.nic.cx
Updated Date: 2014-06-27T05:16:27.405Z
Creation Date: 2011-07-29T13:14:48.129Z
Registry Expiry Date: 2015-07-29T13:14:48.165Z
Sponsoring Registrar: Harbour Names Ltd
Domain Status: clientTransferProhibited

Registrant ID: C105-CoCCA
Registrant Name: Northwind

Name Server: ns1.northwind.example
DNSSEC: unsigned

Additional Section

Sponsoring Registrar URL: http://www.harbour.example
""",
        {
            "status": "registered",
            "created": date(2011, 7, 29),
            "updated": date(2014, 6, 27),
            "expires": date(2015, 7, 29),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example",),
            "registrant": "Northwind",
        },
        id="cocca",
    ),
    pytest.param(
        "whois.nic.tel",
        """\
Domain Name:                                 NORTHWIND.TEST
Domain ID:                                   D107-TEL
Sponsoring Registrar:                        Harbour Names Ltd
Domain Status:                               clientDeleteProhibited
Registrant ID:                               X
Registrant Organization:                     Northwind Traders
Name Server:                                 A0.CTH.DNS.NIC.TEL
Domain Registration Date:                    Tue Mar 24 16:03:44 GMT 2010
Domain Expiration Date:                      Sun Mar 23 23:59:59 GMT 2015
""",
        {
            "status": "registered",
            "created": date(2010, 3, 24),
            "expires": date(2015, 3, 23),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("a0.cth.dns.nic.tel",),
        },
        id="neustar_without_all_labels",
    ),
    pytest.param(
        "whois.nic.cl",
        """\
Domain name: northwind.test
Registrant name: Northwind Traders
Registrant organisation:
Registrar name: Harbour Names Ltd
Registrar URL: https://harbour.example/
Creation date: 2003-10-22 17:48:23 CLST
Expiration date: 2023-11-20 14:48:02 CLST
Name server: ns1.northwind.example
Name server: ns2.northwind.example
""",
        {
            "status": "registered",
            "created": date(2003, 10, 22),
            "expires": date(2023, 11, 20),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="nic_cl_with_a_local_zone",
    ),
    pytest.param(
        "whois.cnnic.cn",
        """\
Domain Name: northwind.test
ROID: 20050101s10001s00000001-cn
Domain Status: clientDeleteProhibited
Registrant ID: nw-4
Registrant: Beijing Northwind Ltd
Registrant Contact Email: hostmaster@northwind.example
Sponsoring Registrar: Harbour Names Ltd
Name Server: ns1.northwind.example
Name Server: ns2.northwind.test
Registration Time: 2004-03-17 12:20:05
Expiration Time: 2019-03-17 12:48:36
DNSSEC: unsigned
""",
        {
            "status": "registered",
            "created": date(2004, 3, 17),
            "expires": date(2019, 3, 17),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.test"),
            "registrant": "Beijing Northwind Ltd",
        },
        id="cnnic",
    ),
    pytest.param(
        None,
        """\
Domain: northwind.test
Domain Status: Registered
Creation Date: 09/01/2004 00:00:00
Expiration Date: 28/02/2022 23:59:37
Owner Name: Northwind Traders
Owner Address: x
Owner Country Code: US
Admin Name: DomainManager
Name Server: ns1.northwind.example | IPv4:  and IPv6:
Name Server: ns2.northwind.example | IPv4: 192.0.2.1 and IPv6:
""",
        {
            "status": "registered",
            "created": date(2004, 1, 9),
            "expires": date(2022, 2, 28),
            "registrant": "Northwind Traders",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="dns_pt_with_tails_behind_servers",
    ),
    pytest.param(
        "whois.cctld.uz",
        """\
Domain Name: NORTHWIND.TEST
   Registrar: Harbour Names
   Registrar URL: http://www.cctld.uz/
   Whois Server: www.whois.uz
   Name Server: ns1.northwind.example. not.defined.
   Name Server: ns2.northwind.example. not.defined.
   Status: ACTIVE
   Updated Date: 13-apr-2014
   Creation Date: 13-apr-2007
   Expiration Date: 01-may-2015

Registrant:
   Northwind Traders
   Email: hostmaster@northwind.example
""",
        {
            "status": "registered",
            "created": date(2007, 4, 13),
            "updated": date(2014, 4, 13),
            "expires": date(2015, 5, 1),
            "registrar": "Harbour Names",
        },
        id="cctld_uz",
    ),
    pytest.param(
        "whois.thnic.co.th",
        """\
Whois Server Version 2.1.6

Domain Name:	NORTHWIND.TEST
Registrar:	Harbour Names Co.,Ltd.
Name Server:	NS1.NORTHWIND.EXAMPLE
Name Server:	NS2.NORTHWIND.EXAMPLE
Status:	ACTIVE
Updated date:	02 Oct 2014
Created date:	08 Oct 2000
Exp date:	07 Oct 2015
Domain Holder:	Northwind Traders (Northwind)
 1 Quay Road, Harbour Town

Tech Contact:	4511
 Harbour Names Ltd
""",
        {
            "status": "registered",
            "created": date(2000, 10, 8),
            "updated": date(2014, 10, 2),
            "expires": date(2015, 10, 7),
            "registrar": "Harbour Names Co.,Ltd.",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders (Northwind)",
        },
        id="thnic",
    ),
    pytest.param(
        "whois.joker.com",
        """\
domain: northwind.test
reg_created: 2000-01-01
owner: Northwind GmbH
organization: Northwind GmbH
email: hostmaster@northwind.example
nserver: a.ns.northwind.example 192.0.2.1
status: lock
created: 2000-03-02 10:11:12 UTC
modified: 2014-11-13 11:38:47 UTC
expires: 2017-12-01 10:11:12 UTC
contact-hdl: NWT-1
""",
        {
            "status": "registered",
            "created": date(2000, 1, 1),
            "updated": date(2014, 11, 13),
            "expires": date(2017, 12, 1),
            "name_servers": ("a.ns.northwind.example",),
            "registrant": "Northwind GmbH",
        },
        id="a_registrar_with_the_registrys_date_beside_its_own",
    ),
    pytest.param(
        "whois.nic.net.ng",
        """\
Domain Name: northwind.test
Domain ID: D108-NIRA
Sponsoring Registrar: nira
Creation Date: 2005-05-20T22:00:00.000Z
Domain Status: Active
""",
        {
            "status": "registered",
            "created": date(2005, 5, 20),
            "registrar": "nira",
        },
        id="nira",
    ),
]


@pytest.mark.parametrize(("server", "text", "expected"), ANSWERS)
def test_an_answer_with_one_label_per_line_is_read_whole(server, text, expected):
    found = parse(text, domain="northwind.test", server=server)
    read = {part: getattr(found, part) for part in expected}
    days = {part: read[part] and read[part].date() for part in ("created", "updated", "expires") if part in read}
    assert {**read, **days} == expected
    assert found.raw == text
