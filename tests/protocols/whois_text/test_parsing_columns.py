"""WHOIS answers in columns, brackets, dots and phrases."""

from datetime import date

import pytest

from forensics.protocols.whois_text import parse

ANSWERS = [
    pytest.param(
        "whois.nic.nu",
        """\
Domain Name (UTF-8): northwind.test
Domain Name (Punycode): northwind.test

Record created on 2000-Jun-07.
Record last updated on 2013-Dec-06.
Record expires on 2015-Jun-07.
Record status: Active
Registrar of record: Harbour Names Ltd

Domain servers in listed order:
   ns1.northwind.example
   ns2.northwind.example

Owner and Administrative Contact information for domains
registered in .nu is available upon request from hostmaster@northwind.example
""",
        {
            "status": "registered",
            "created": date(2000, 6, 7),
            "updated": date(2013, 12, 6),
            "expires": date(2015, 6, 7),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="nic_nu_in_phrases",
    ),
    pytest.param(
        "whois.sk-nic.sk",
        """\
Domain-name         northwind.test
Admin-id            NWT-0001
Admin-name          Northwind Traders
Tech-id             HARB-0001
Last-update         2014-06-05
Valid-date          2015-07-24
Dns_name            ns1.northwind.example
Dns_name            ns2.northwind.example
Domain-status       DOM_OK
""",
        {
            "status": "registered",
            "updated": date(2014, 6, 5),
            "expires": date(2015, 7, 24),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="sk_nic_in_columns",
    ),
    pytest.param(
        "whois.nic.md",
        """\
Domain name         northwind.test
Registrant          Northwind Traders
Created             2007-05-02
Expiration date     2015-05-02
Name server         ns1.northwind.example
Name server         ns2.northwind.example
""",
        {
            "status": "registered",
            "created": date(2007, 5, 2),
            "expires": date(2015, 5, 2),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="nic_md_in_columns",
    ),
    pytest.param(
        "whois.mynic.my",
        """\
Welcome to .my DOMAIN REGISTRY Whois Server.
---------------------------------------------------------------------
  For alternative search,
  whois -h whois.domainregistry.my xxxxx#option

  Note: Code is previously known as MYNIC Handle.
        Please note that the query limit is 500 per day from the same IP.
---------------------------------------------------------------------

SEARCH BY DOMAIN NAME

a   [Domain Name]               northwind.test
b   [Registration No.]          D1A000001
c   [Record Created]            11-JUN-2009
d   [Record Expired]            11-JUN-2015
e   [Record Last Modified]      06-MAY-2014
f   [Invoicing Party]           HARBOUR-DOM
                                Harbour Names Ltd
g   [Registrant Code]           NORTHWIND-ORG
                                Northwind Traders
h   [Administrative Contact Code] HARB1
i   [Technical Contact Code]
j   [Primary Name Server]       ns1.northwind.example
                                192.0.2.1
k   [Secondary Name Server]     ns2.northwind.example
""",
        {
            "status": "registered",
            "created": date(2009, 6, 11),
            "expires": date(2015, 6, 11),
            "updated": date(2014, 5, 6),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="mynic_in_lettered_brackets",
    ),
    pytest.param(
        "whois.kr",
        """\
query : northwind.test


# KOREAN(UTF8)

도메인이름                  : northwind.test
등록인                      : Northwind Korea, LLC
등록인 주소                 : 서울
등록인 우편번호             : 100000
책임자                      : Domain Administrator
책임자 전자우편             : hostmaster@northwind.example
등록일                      : 2000. 07. 28.
최근 정보 변경일            : 2011. 10. 04.
사용 종료일                 : 2015. 07. 28.
정보공개여부                : Y
등록대행자                  : 하버(http://whois.co.kr)
DNSSEC                      : 미서명

1차 네임서버 정보
   호스트이름               : ns1.northwind.example

2차 네임서버 정보
   호스트이름               : ns2.northwind.example

네임서버 이름이 .kr이 아닌 경우는 IP주소가 보이지 않습니다.


# ENGLISH

Domain Name                 : northwind.test
Registrant                  : Northwind Korea, LLC
Registrant Address          : Seoul
Registrant Zip Code         : 100000
Administrative Contact(AC)  : Domain Administrator
AC E-Mail                   : hostmaster@northwind.example
Registered Date             : 2000. 07. 28.
Last Updated Date           : 2011. 10. 04.
Expiration Date             : 2015. 07. 28.
Publishes                   : Y
Authorized Agency           : Harbour Corp.(http://whois.co.kr)
DNSSEC                      : unsigned

Primary Name Server
   Host Name                : ns1.northwind.example

Secondary Name Server
   Host Name                : ns2.northwind.example


- KISA/KRNIC WHOIS Service -
""",
        {
            "status": "registered",
            "created": date(2000, 7, 28),
            "updated": date(2011, 10, 4),
            "expires": date(2015, 7, 28),
            "registrar": "Harbour Corp.",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Korea, LLC",
        },
        id="kisa_in_two_languages",
    ),
    pytest.param(
        "whois.jprs.jp",
        """\
[ JPRS database provides information on network administration. Its use is    ]
[ restricted to network administration purposes. For further information,     ]

Domain Information: [ドメイン情報]
[ドメイン名]                    NORTHWIND.TEST

[登録者名]                      Northwind Traders

[ネームサーバ]                  ns1.northwind.example
[ネームサーバ]                  ns2.northwind.example
[署名鍵]

[登録年月日]                    2006/05/30
[有効期限]                      2015/05/31
[状態]                          Active
[最終更新]                      2014/06/01 01:05:07 (JST)

Contact Information: [公開連絡窓口]
[名前]                          Northwind Traders
""",
        {
            "status": "registered",
            "created": date(2006, 5, 30),
            "updated": date(2014, 6, 1),
            "expires": date(2015, 5, 31),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="jprs_in_japanese",
    ),
    pytest.param(
        "whois.jprs.jp",
        """\
[ JPRS database provides information on network administration. Its use is    ]

Domain Information:
a. [Domain Name]                NORTHWIND.TEST
g. [Organization]               Northwind Japan
l. [Organization Type]          corporation
m. [Administrative Contact]     NW001JP
n. [Technical Contact]          NW002JP
p. [Name Server]                ns1.northwind.example
p. [Name Server]                ns2.northwind.example
s. [Signing Key]
[State]                         Connected (2016/03/31)
[Registered Date]               2002/03/22
[Connected Date]                2002/03/22
[Last Update]                   2015/04/01 01:17:23 (JST)
""",
        {
            "status": "registered",
            "created": date(2002, 3, 22),
            "updated": date(2015, 4, 1),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Japan",
        },
        id="jprs_in_lettered_brackets",
    ),
    pytest.param(
        "whois.nic.dz",
        """\
Nom de domaine# ................. northwind.test
Bureau d'enregistrement#......... HARBOUR
Date de création#................ 2011-05-13
Contact administratif#........... Admin
""",
        {
            "status": "registered",
            "created": date(2011, 5, 13),
        },
        id="nic_dz_with_hashes",
    ),
    pytest.param(
        "whois.monic.mo",
        """\
Whois Server Version 1.0

This whois server contains domain data from the MO zone.

Domain Name: NORTHWIND.EXAMPLE.MO
Record created on 2006-07-12 00:00:00
Record expires on 2015-07-12 00:00:00

Domain name servers:
------------------------------------------
NS1.NORTHWIND.EXAMPLE
NS2.NORTHWIND.EXAMPLE
""",
        {
            "status": "registered",
            "created": date(2006, 7, 12),
            "expires": date(2015, 7, 12),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="monic_in_phrases",
    ),
    pytest.param(
        "whois.tonic.to",
        """\
Tonic whoisd V1.1
northwind ns1.northwind.example
northwind ns2.northwind.example
""",
        {
            "status": "registered",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="tonic_in_pairs",
    ),
    pytest.param(
        "whois.za.net",
        """\
Domain Name     : northwind.test

Registrant:
   Northwind
   PO Box 1

Record Created  : Thu, 16 Jul 1999
Record Updated  : Sun, 2 Jun 2003

Domain Name Servers listed in order:
   ns1.northwind.example
   ns2.northwind.example
""",
        {
            "status": "registered",
            "created": date(1999, 7, 16),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="za_net",
    ),
    pytest.param(
        "whois.nic.tm",
        """\
Domain : northwind.test
Status : Permanent/Reserved
Expiry : 2017-06-21

NS 1   : ns1.northwind.example
NS 2   : ns2.northwind.example

Owner Name    : DNS Admin
Owner OrgName : Northwind Traders
Owner Addr    : 1 Quay Road
""",
        {
            "status": "registered",
            "expires": date(2017, 6, 21),
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Traders",
        },
        id="nic_tm",
    ),
    pytest.param(
        "whois.ax",
        """\
domain............: northwind.test
status............: active
created...........: 13.02.2009
expires...........: 04.09.2016
modified..........: 05.08.2015
registrar.........: Registrar One

Nameservers

nserver...........: ns1.northwind.example
nserver...........: ns2.northwind.example
""",
        {
            "status": "registered",
            "created": date(2009, 2, 13),
            "expires": date(2016, 9, 4),
            "updated": date(2015, 8, 5),
            "registrar": "Registrar One",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="ax_with_dots",
    ),
    pytest.param(
        "whois.networksolutions.com",
        """\
Registrant:
Northwind Traders
   3 Quay Road
   Harbour Town
   US

   Domain Name: NORTHWIND.TEST

   Administrative Contact, Technical Contact:
      Northwind Traders	hostmaster@northwind.example

   Record expires on 27-Aug-2020.
   Record created on 27-Aug-1999.
   Database last updated on 18-Feb-2015 15:26:40 EST.

   Domain servers in listed order:

   NS1.NORTHWIND.TEST              192.0.2.1
   NS2.NORTHWIND.TEST              192.0.2.2
""",
        {
            "status": "registered",
            "created": date(1999, 8, 27),
            "expires": date(2020, 8, 27),
            "updated": None,
            "name_servers": ("ns1.northwind.test", "ns2.northwind.test"),
            "registrant": "Northwind Traders",
        },
        id="a_registrar_with_phrases",
    ),
    pytest.param(
        "whois.twnic.net.tw",
        """\
   Domain Name: northwind.test
   Registrant:
      Northwind Ltd
      DNS Admin  hostmaster@northwind.example
      +44 20 7946 0000

   Administrative Contact:
      DNS Admin  hostmaster@northwind.example

   Technical Contact:
      DNS Admin  hostmaster@northwind.example

   Record expires on 2015-11-09 (YYYY-MM-DD)
   Record created on 2001-08-29 (YYYY-MM-DD)

   Domain servers in listed order:
      ns1.northwind.example
      ns2.northwind.example

Registration Service Provider: Harbour Names Ltd
Registration Service URL: http://www.harbour.example/
""",
        {
            "status": "registered",
            "created": date(2001, 8, 29),
            "expires": date(2015, 11, 9),
            "registrar": "Harbour Names Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
            "registrant": "Northwind Ltd",
        },
        id="twnic",
    ),
    pytest.param(
        "whois.harbour.example",
        """\
Domain Name.......... northwind.test
  Creation Date........ 2002-11-12
  Registration Date.... 2010-03-01
  Expiry Date.......... 2015-11-12
  Organisation Name.... Northwind Pty Ltd
  Organisation Address. 1 Quay Road

Admin Name........... Admin Role

Name Server.......... ns1.northwind.example
  Name Server.......... ns2.northwind.example
""",
        {
            "status": "registered",
            "created": date(2002, 11, 12),
            "expires": date(2015, 11, 12),
            "registrant": "Northwind Pty Ltd",
            "name_servers": ("ns1.northwind.example", "ns2.northwind.example"),
        },
        id="a_registrar_with_dots_and_no_colon",
    ),
]


@pytest.mark.parametrize(("server", "text", "expected"), ANSWERS)
def test_an_answer_in_columns_is_read_whole(server, text, expected):
    found = parse(text, domain="northwind.test", server=server)
    read = {part: getattr(found, part) for part in expected}
    days = {part: read[part] and read[part].date() for part in ("created", "updated", "expires") if part in read}
    assert {**read, **days} == expected
    assert found.raw == text
