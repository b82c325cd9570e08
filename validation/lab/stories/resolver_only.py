"""Nothing but look-ups: the mail host's whole link was captured, and no mail port was ever spoken to."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

from validation.lab import capture
from validation.lab.evidence import Handover, Truth, now
from validation.lab.network import Network
from validation.lab.scene import asked, expect
from validation.lab.stories import mail_host
from validation.lab.stories.mail_host import ADDRESS, DOMAIN, POINTER, RESOLVERS, SERVER

OPERATOR = "Pelican Bulk Post Ltd"
_WHOIS_DOMAIN = f"""Domain Name: {DOMAIN.upper()}
Registry Domain ID: D1002003-EXAMPLE
Registrar WHOIS Server: whois.registrar.test
Registrar URL: http://registrar.test
Updated Date: 2026-07-01T08:00:00Z
Creation Date: 2009-08-14T10:22:31Z
Registry Expiry Date: 2027-07-01T23:59:59Z
Registrar: Tidewater Registrar Inc.
Registrar IANA ID: 9999
Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited
Registrant Organization: Seaglass Hotels
Registrant Country: IS
Name Server: NS1.DNSHOST.TEST
DNSSEC: unsigned
>>> Last update of WHOIS database: 2026-11-20T06:00:00Z <<<
"""
_WHOIS_NETWORK = f"""NetRange:       203.0.113.64 - 203.0.113.127
CIDR:           203.0.113.64/26
NetName:        PELICAN-POST-1
NetHandle:      NET-203-0-113-64-1
NetType:        Reassigned
OrgName:        {OPERATOR}
OrgId:          PELICAN
Country:        IS
RegDate:        2009-05-04
Updated:        2024-02-11
"""


def tell(network: Network, folder: Path, out: Path) -> None:
    """Let it happen and hand the evidence over."""
    link = folder / "subject-link.pcap"
    with contextlib.ExitStack() as stack:
        cast = mail_host.set_stage(network, stack)
        zone_copies = cast.scene.zone_copies(DOMAIN, SERVER)
        with capture.link(network, cast.subject, link):
            start = now()
            mail_host.look_ups(cast, with_mail=False)
            end = now()
        expect("messages in the mailboxes", mail_host.mailbox(cast), [])
    capture.flows(link, folder, "subject-flows")
    given = Handover(out, DOMAIN, (SERVER, ADDRESS), start, end, Truth())
    log = cast.scene.query_log
    given.dns_queries["authoritative_log"] = asked(log, DOMAIN, POINTER)
    given.add(link, "subject-link.pcap", "subject_link", view="subject_link")
    given.add(folder / "subject-flows.csv", "subject-flows.csv", "subject_flows", view="subject_flows",
              sheet={"sampling": 1, "time_zone": "UTC"})  # fmt: skip
    given.add(
        log, "authoritative-queries.log", "authoritative_dns", view="authoritative_log", sheet={"time_zone": "UTC"}
    )
    given.add(cast.scene.dnstap, "authoritative.dnstap", "authoritative_dns", view="authoritative_dnstap")
    for origin, text in zone_copies.items():
        given.add(text, f"zones/{origin}.zone", "record")
    given.add(_WHOIS_DOMAIN, "whois/domain.txt", "record")
    given.add(_WHOIS_NETWORK, "whois/network.txt", "record")
    first = given.window()[0]
    long_ago = (start - timedelta(days=300)).date().isoformat() + "T00:00:00Z"
    given.claim(
        "supported", id="not-mail", says="only_resolver_traffic", **{"from": [ip for _, ip in RESOLVERS.values()]}
    )
    given.claim("supported", id="silent", says="no_mail_sent_or_received")
    given.claim("supported", id="unused-here", says="no_mail_since", since=first)
    given.claim("not_testable", id="unused-since-winter", says="no_mail_since", since=long_ago)
    given.claim("not_testable", id="third-party", says="operated_by_third_party", by=OPERATOR)
    given.write()
