"""WHOIS answers of blocks between empty lines, the domain first (the style of RIPE's database)."""

from datetime import date

import pytest

from forensics.protocols.whois_text import parse

ANSWERS = [
    pytest.param(
        "whois.registro.br",
        """\
domain:      northwind.test
owner:       Northwind Brasil Internet Ltda
ownerid:     000.000.000/0001-00
responsible: Domain Administrator
country:     BR
owner-c:     NWADM1
admin-c:     NWADM1
tech-c:      NWADM1
billing-c:   NWBIL1
nserver:     ns1.northwind.example
nsstat:      20150217 AA
nslastaa:    20150217
nserver:     ns2.northwind.example
nsstat:      20150217 AA
nslastaa:    20150217
created:     20000518 #162310
expires:     20150518
changed:     20140422
status:      published

nic-hdl-br:  NWADM1
person:      Domain Admin
e-mail:      hostmaster@northwind.example
created:     20110520
changed:     20140502
""",
        {
            "status": "registered",
            "created": date(2000, 5, 18),
            "updated": date(2014, 4, 22),
            "expires": date(2015, 5, 18),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Brasil Internet Ltda",
        },
        id="registro_br",
    ),
    pytest.param(
        "whois.tcinet.ru",
        """\
domain:        NORTHWIND.TEST
nserver:       ns1.northwind.example.
nserver:       ns2.northwind.test. 192.0.2.1
state:         REGISTERED, DELEGATED, UNVERIFIED
person:        Private Person
registrar:     HARBOUR-RU
admin-contact: https://www.nic.ru/whois
created:       2005.03.03
paid-till:     2015.03.05
free-date:     2015.04.05
source:        TCI

Last updated on 2015.02.18 23:51:35 MSK
""",
        {
            "status": "registered",
            "created": date(2005, 3, 3),
            "expires": date(2015, 3, 5),
            "updated": None,
            "registrar": "HARBOUR-RU",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.test"),
            "registrant": None,
            "redacted": True,
        },
        id="tcinet",
    ),
    pytest.param(
        "whois.iis.se",
        """\
state:            active
domain:           northwind.test
holder:           nw-2
admin-c:          -
tech-c:           -
billing-c:        -
created:          2004-08-27
modified:         2014-09-18
expires:          2015-10-20
transferred:      2010-03-06
nserver:          ns1.northwind.example
nserver:          ns2.northwind.example
dnssec:           unsigned delegation
status:           ok
registrar:        Harbour Names Ltd
""",
        {
            "status": "registered",
            "created": date(2004, 8, 27),
            "updated": date(2014, 9, 18),
            "expires": date(2015, 10, 20),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="iis_se",
    ),
    pytest.param(
        "whois.isoc.org.il",
        """\
query:        northwind.test

reg-name:     northwind
domain:       northwind.test

descr:        Northwind Traders
descr:        1 Quay Road
descr:        Harbour Town CA
phone:        +44 20 7946 0000
e-mail:       dns-admin AT northwind.example
admin-c:      NW-A1-IL
tech-c:       NW-T1-IL
zone-c:       NW-T1-IL
nserver:      ns1.northwind.example
nserver:      ns2.northwind.example
validity:     04-06-2015
DNSSEC:       unsigned
status:       Transfer Locked
changed:      registrar AT ns.il 20000605 (Assigned)
changed:      Managing Registrar 20060524
changed:      Managing Registrar 20140524

person:       Admin Contact
address:      Northwind
phone:        +44 20 7946 0000
nic-hdl:      NW-A1-IL
changed:      Managing Registrar 20160524

registrar name: Harbour Names Ltd
registrar info: https://harbour.example
""",
        {
            "status": "registered",
            "created": date(2000, 6, 5),
            "updated": date(2014, 5, 24),
            "expires": date(2015, 6, 4),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="isoc_il_with_assigned_and_changed",
    ),
    pytest.param(
        "whois.domainregistry.ie",
        """\
domain:       northwind.test
descr:        Northwind Traders
descr:        Body Corporate (Ltd,PLC,Company)
descr:        Corporate Name
admin-c:      NWA1-IEDR
tech-c:       NWT1-IEDR
registration: 21-March-2003
renewal:      21-March-2015
holder-type:  Billable
wipo-status:  N
ren-status:   Active
in-zone:      1
nserver:      ns1.northwind.example
nserver:      ns2.northwind.example
source:       IEDR

person:       Contact Role
nic-hdl:      NWA1-IEDR
source:       IEDR
""",
        {
            "status": "registered",
            "created": date(2003, 3, 21),
            "expires": date(2015, 3, 21),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="iedr",
    ),
    pytest.param(
        None,
        """\
domain:     northwind.test
descr:      Northwind
admin-c:    NWT-UANIC
nserver:    ns1.northwind.example
nserver:    ns2.northwind.example
created:    0-UANIC 20051123013013
changed:    HARB-UA 20141125154112
status:     OK-UNTIL 20161204000000
source:     UANIC
""",
        {
            "status": "registered",
            "created": date(2005, 11, 23),
            "updated": date(2014, 11, 25),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="uanic_with_handles_before_dates",
    ),
    pytest.param(
        "whois.ficora.fi",
        """\
domain:   NORTHWIND.TEST
descr:    Northwind Traders
descr:    09073468
address:  DNS Admin
address:  10000
phone:    +44 20 7946 0000
status:   Granted
created:  30.6.2007
modified: 27.12.2014
expires:  4.7.2015
nserver:  ns1.northwind.example [Ok]
nserver:  ns2.northwind.example [Ok]
dnssec:   no

More information is available at https://domain.fi/
Copyright (c) Finnish Communications Regulatory Authority
""",
        {
            "status": "registered",
            "created": date(2007, 6, 30),
            "updated": date(2014, 12, 27),
            "expires": date(2015, 7, 4),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="ficora",
    ),
    pytest.param(
        "whois.in.ua",
        """\
domain:          northwind.test
descr:           Domain registered for a customer of Harbour Names Ltd
admin-c:         HARBOUR-UANIC
nserver:         ns1.northwind.example
remark:          -
changed:         HARBOUR-MNT-INUA 20141203093129
created:         20121202
status:          OK-UNTIL 20151202093129
source:          INUA
""",
        {
            "status": "registered",
            "created": date(2012, 12, 2),
            "updated": date(2014, 12, 3),
            "name_servers": ("ns1.northwind.example",),
        },
        id="in_ua",
    ),
]


@pytest.mark.parametrize(("server", "text", "expected"), ANSWERS)
def test_an_answer_in_blocks_is_read_whole(server, text, expected):
    found = parse(text, domain="northwind.test", server=server)
    read = {part: getattr(found, part) for part in expected}
    days = {part: read[part] and read[part].date() for part in ("created", "updated", "expires") if part in read}
    assert {**read, **days} == expected
    assert found.raw == text
