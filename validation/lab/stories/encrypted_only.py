"""A session inside TLS, seen on the wire alone: somebody spoke SMTP, and nobody can see whether a message was taken."""

from __future__ import annotations

import contextlib
from pathlib import Path

from validation.lab import capture, clients, postfix
from validation.lab.evidence import Handover, Truth, now
from validation.lab.network import Network
from validation.lab.scene import expect, set_up, wait_s
from validation.lab.zones import Zone, reverse

DOMAIN = "juniper.example"
SERVER = f"mx.{DOMAIN}"
ADDRESS = "203.0.113.200"
_RESOLVER = ("resolver.juniper.example", "203.0.113.201")
_SENDER = ("out.sorrel.test", "198.51.100.90")


def tell(network: Network, folder: Path, out: Path) -> None:
    """Let it happen and hand the evidence over."""
    link = folder / "subject-link.pcap"
    served = [
        Zone(DOMAIN, (("@", f"MX 10 {SERVER}."), ("mx", f"A {ADDRESS}")), 300),
        reverse("198.51.100.0/24", {_SENDER[1]: _SENDER[0]}, 300),
        Zone("sorrel.test", (("out", f"A {_SENDER[1]}"),), 300),
    ]
    with contextlib.ExitStack() as stack:
        set_up(network, stack, served, {"resolver": _RESOLVER})
        subject, sender = network.host("subject", SERVER, ADDRESS), network.host("sender", *_SENDER)
        stack.enter_context(postfix.server(subject, postfix.Settings(DOMAIN, ("office",), tls=True), _RESOLVER[1]))
        with capture.link(network, subject, link):
            start = now()
            wait_s(0.5)
            letter = clients.letter(
                "hello@sorrel.test", f"office@{DOMAIN}", "Sealed", "Only the two ends can read this.",
                message_id="sealed-1@sorrel.test", date="Tue, 24 Nov 2026 09:30:00 +0000",
            )  # fmt: skip
            replies = clients.smtp(sender, ADDRESS, letter, helo=_SENDER[0], tls=True)
            wait_s(0.5)
            end = now()
        expect("messages accepted", clients.accepted(replies), 1)
    given = Handover(out, DOMAIN, (SERVER, ADDRESS), start, end, Truth(sessions_in=1, hidden_in=1, encrypted_in=1))
    given.add(link, "subject-link.pcap", "subject_link", view="subject_link")
    given.claim("not_testable", id="silent", says="no_mail_sent_or_received")
    given.write()
