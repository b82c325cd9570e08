"""WHOIS answers of several objects that refer to each other by handles."""

from datetime import date

import pytest

from forensics.protocols.whois_text import parse

ANSWERS = [
    pytest.param(
        "whois.sk-nic.sk",
        """\
Domain:                       northwind.test
Registrant:                   nw-1
Admin Contact:                nw-1
Tech Contact:                 nw-1
Registrar:                    HARB-0002
Created:                      2004-07-24
Updated:                      2020-06-27
Valid Until:                  2021-07-24
Nameserver:                   ns1.northwind.example
Nameserver:                   ns2.northwind.example
EPP Status:                   ok

Registrar:                    HARB-0002
Name:                         Harbour
Organization:                 Harbour Names s.r.o.
Organization ID:              10000001
Phone:                        +421.123
Created:                      2018-09-01
Updated:                      2021-06-15

Contact:                      nw-1
Name:                         Domain Admin
Organization:                 Northwind Ireland Ltd
Created:                      2018-09-01
Updated:                      2021-06-15
""",
        {
            "status": "registered",
            "created": date(2004, 7, 24),
            "updated": date(2020, 6, 27),
            "expires": date(2021, 7, 24),
            "registrar": "Harbour Names s.r.o.",
            "registrant": "Northwind Ireland Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="sk_nic",
    ),
    pytest.param(
        "whois.tznic.or.tz",
        """\
domain:       northwind.test
registrant:   TZ-NWT
admin-c:      TZ-NWT
nsset:        TZ-NS
registrar:    REG-TZNIC
registered:   18.12.2010 10:26:19
changed:      17.07.2014 11:36:37
expire:       07.08.2015

contact:      TZ-NWT
org:          Northwind Traders
name:         DNS Admin
address:      1 Quay Road
registrar:    REG-TZNIC
created:      17.12.2010 14:05:47
changed:      17.07.2012 11:36:37

nsset:        TZ-NS
nserver:      ns1.northwind.example
nserver:      ns2.northwind.example
tech-c:       TZ-NWT
registrar:    REG-TZNIC
created:      18.12.2010 10:20:19
""",
        {
            "status": "registered",
            "created": date(2010, 12, 18),
            "updated": date(2014, 7, 17),
            "expires": date(2015, 8, 7),
            "registrar": "REG-TZNIC",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="fred_tz",
    ),
    pytest.param(
        "whois.nic.cz",
        """\
domain:       northwind.test
registrant:   SB:NORTHWIND
admin-c:      NW193
nsset:        NORTHWIND
registrar:    REG-HARBOUR
status:       Sponsoring registrar change forbidden
registered:   21.07.2001 15:21:00
changed:      28.05.2011 15:54:57
expire:       22.07.2015

contact:      SB:NORTHWIND
org:          Northwind Ireland Holdings
name:         Domain Administrator
registrar:    REG-HARBOUR
created:      12.03.2010 23:04:58
changed:      18.06.2019 11:27:08

nsset:        NORTHWIND
nserver:      ns1.northwind.example
nserver:      ns2.northwind.example
tech-c:       NW193
created:      12.03.2010 22:45:33
changed:      02.05.2019 11:27:08
""",
        {
            "status": "registered",
            "created": date(2001, 7, 21),
            "updated": date(2011, 5, 28),
            "expires": date(2015, 7, 22),
            "registrar": "REG-HARBOUR",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Ireland Holdings",
        },
        id="fred_cz",
    ),
    pytest.param(
        "whois.ua",
        """\
domain:           northwind.test
dom-public:       NO
registrant:       nw-3
mnt-by:           ua.harbour
nserver:          ns1.northwind.example
nserver:          ns2.northwind.example
status:           clientTransferProhibited
created:          2003-12-04 00:00:00+02
modified:         2014-11-02 12:38:47+02
expires:          2015-12-04 00:00:00+02
source:           UAEPP

nserver:          ns2.northwind.example
ip-addr:          192.0.2.1

% Registrar:
registrar:        ua.harbour
organization:     Harbour Names Ltd
organization-loc: x
source:           UAEPP

% Registrant:
contact-id:       nw-3
person:           n/a
organization:     Northwind Traders
created:          2013-12-04 00:00:00+02
""",
        {
            "status": "registered",
            "created": date(2003, 12, 4),
            "updated": date(2014, 11, 2),
            "expires": date(2015, 12, 4),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="hostmaster_ua_with_commented_headings",
    ),
    pytest.param(
        "whois.nic.fr",
        """\
%% complete date format : YYYY-MM-DDThh:mm:ssZ
%% short date format    : DD/MM
domain:      northwind.test
status:      ACTIVE
eppstatus:   serverUpdateProhibited
hold:        NO
holder-c:    NW101-FRNIC
admin-c:     NW101-FRNIC
tech-c:      NW102-FRNIC
zone-c:      NW103-FRNIC
nsl-id:      NSL1-FRNIC
dsl-id:      SIGN1
registrar:   Harbour Names Ltd
Expiry Date: 2021-12-30T17:16:48Z
created:     2001-07-26T22:00:00Z
last-update: 2020-11-28T10:36:16Z
source:      FRNIC

ns-list:     NSL1-FRNIC
nserver:     ns1.northwind.example
nserver:     ns2.northwind.example
source:      FRNIC

registrar:   Harbour Names Ltd
type:        Isp Option 1
address:     6 Quay Road
country:     US
registered:  2003-01-10T12:00:00Z
source:      FRNIC

nic-hdl:     NW101-FRNIC
type:        ORGANIZATION
contact:     Northwind Ireland Holdings
address:     5 Quay Road
country:     IE
registrar:   Harbour Names Ltd
changed:     2019-03-02T18:03:31Z hostmaster@northwind.example
anonymous:   NO
obsoleted:   NO
eppstatus:   associated
source:      FRNIC
""",
        {
            "status": "registered",
            "created": date(2001, 7, 26),
            "updated": date(2020, 11, 28),
            "expires": date(2021, 12, 30),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Ireland Holdings",
        },
        id="afnic",
    ),
    pytest.param(
        "whois.dk-hostmaster.dk",
        """\
Domain:               northwind.test
DNS:                  northwind.test
Registered:           2000-01-10
Expires:              2015-03-31
Registration period:  1 year
VID:                  no
Status:               Active

Registrant
Handle:               NW1000-DK
Name:                 Northwind Traders
Address:              1 Quay Road
City:                 Harbour Town
Country:              US

Administrator
Handle:               NW1000-DK
Name:                 Northwind Traders

Nameservers
Hostname:             ns1.northwind.example
Handle:               NW1000-DK
Hostname:             ns2.northwind.example
Handle:               NW1000-DK
""",
        {
            "status": "registered",
            "created": date(2000, 1, 10),
            "expires": date(2015, 3, 31),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="dk_hostmaster",
    ),
    pytest.param(
        "whois.nic.at",
        """\
domain:         northwind.test
registrant:     NW1001-NICAT
admin-c:        NW1002-NICAT
tech-c:         NW1003-NICAT
nserver:        ns1.northwind.example
nserver:        ns2.northwind.example
remarks:        192.0.2.1
changed:        20120426 17:57:27
source:         AT-DOM

personname:
organization:   Northwind Traders
street address: Quay Road 1600
postal code:    10000
city:           Harbour Town
country:        United States
phone:          +44 20 7946 0000
e-mail:         hostmaster@northwind.example
nic-hdl:        NW1001-NICAT
changed:        20130426 17:57:21
source:         AT-DOM

personname:     DNS Admin
organization:   Northwind Traders
nic-hdl:        NW1002-NICAT
changed:        20120111 00:08:30
source:         AT-DOM
""",
        {
            "status": "registered",
            "updated": date(2012, 4, 26),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="nic_at",
    ),
    pytest.param(
        "whois.nic.ar",
        """\
domain:		northwind.test
registrant:	+44 20 7946 0000
registrar:	nicar
registered:	2000-05-31 00:00:00
changed:	2021-09-10 10:29:56.115158
expire:		2022-10-31 00:00:00

contact:	+44 20 7946 0000
name:		Northwind Traders
registrar:	nicar
created:	2014-08-23 00:00:00
changed:	2021-10-15 11:38:02

nserver:	ns1.northwind.example ()
nserver:	ns2.northwind.example ()
registrar:	nicar
created:	2017-07-01 23:33:44
""",
        {
            "status": "registered",
            "created": date(2000, 5, 31),
            "updated": date(2021, 9, 10),
            "expires": date(2022, 10, 31),
            "registrar": "nicar",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="nic_ar",
    ),
    pytest.param(
        "whois.isnic.is",
        """\
domain:       northwind.test
registrant:   NW1-IS
admin-c:      NW2-IS
nserver:      ns1.northwind.example
nserver:      ns2.northwind.example
dnssec:       unsigned delegation
created:      May 22 2003
expires:      May 22 2015
source:       ISNIC

role:         Northwind Traders
nic-hdl:      NW1-IS
address:      1 Quay Road
created:      September 3 2010
source:       ISNIC
""",
        {
            "status": "registered",
            "created": date(2003, 5, 22),
            "expires": date(2015, 5, 22),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="isnic",
    ),
    pytest.param(
        "whois.nic.ir",
        """\
domain:		northwind.test
ascii:		northwind.test
remarks:	(Domain Holder) Northwind Traders
holder-c:	nw1-irnic
admin-c:	nw1-irnic
tech-c:	nw2-irnic
nserver:	ns1.northwind.example
nserver:	ns2.northwind.example
last-updated:	2014-12-06
expire-date:	2015-11-06
source:		IRNIC # Filtered

nic-hdl:	nw1-irnic
org:		Northwind Traders
e-mail:		hostmaster@northwind.example
source:		IRNIC # Filtered
""",
        {
            "status": "registered",
            "updated": date(2014, 12, 6),
            "expires": date(2015, 11, 6),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="irnic",
    ),
]


@pytest.mark.parametrize(("server", "text", "expected"), ANSWERS)
def test_an_answer_of_objects_with_handles_is_read_whole(server, text, expected):
    found = parse(text, domain="northwind.test", server=server)
    read = {part: getattr(found, part) for part in expected}
    days = {part: read[part] and read[part].date() for part in ("created", "updated", "expires") if part in read}
    assert {**read, **days} == expected
    assert found.raw == text
