"""The same look-ups, seen from the name server alone: a message was delivered among them, and no line shows it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from validation.lab import capture, passive_dns
from validation.lab.evidence import Handover, Truth, now
from validation.lab.network import Network
from validation.lab.scene import asked, expect
from validation.lab.stories import mail_host
from validation.lab.stories.mail_host import ADDRESS, DOMAIN, POINTER, RESOLVERS, SERVER


def tell(network: Network, folder: Path, out: Path) -> None:
    """Let it happen and hand the evidence over."""
    unseen = folder / "auth-link.pcap"
    with contextlib.ExitStack() as stack:
        cast = mail_host.set_stage(network, stack)
        with capture.link(network, cast.scene.auth, unseen):
            start = now()
            mail_host.look_ups(cast, with_mail=True)
            end = now()
        expect("messages in the mailboxes", len(mail_host.mailbox(cast)), 1)
    truth = Truth(sessions_in=1, clear_in=1, envelopes=1)
    given = Handover(out, DOMAIN, (SERVER, ADDRESS), start, end, truth)
    given.dns_queries["authoritative_log"] = asked(cast.scene.query_log, DOMAIN, POINTER)
    given.add(cast.scene.query_log, "authoritative-queries.log", "authoritative_dns", view="authoritative_log",
              sheet={"time_zone": "UTC"})  # fmt: skip
    given.add(passive_dns.sum_up(unseen, "sensor-1"), "passive-dns.jsonl", "passive_dns", view="passive_dns")
    given.claim(
        "not_testable", id="not-mail", says="only_resolver_traffic", **{"from": [ip for _, ip in RESOLVERS.values()]}
    )
    given.claim("not_testable", id="silent", says="no_mail_sent_or_received")
    given.write()
