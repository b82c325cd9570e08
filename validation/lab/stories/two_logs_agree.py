"""No capture at all: the logs of two servers, kept by two parties, tell of the same messages."""

from __future__ import annotations

import contextlib
from pathlib import Path

from validation.lab import clients, postfix
from validation.lab.evidence import Handover, Truth, now
from validation.lab.network import Host, Network, wait_until
from validation.lab.scene import expect, set_up, wait_s
from validation.lab.zones import Zone, reverse

DOMAIN = "clover.example"
SERVER = f"mx.{DOMAIN}"
ADDRESS = "203.0.113.61"
_PEER_DOMAIN = "sedge.example"
_PEER = ("relay.sedge.example", "198.51.100.61")
_RESOLVER = ("resolver.transit.test", "192.0.2.61")


def tell(network: Network, folder: Path, out: Path) -> None:  # noqa: ARG001 - every story has the same signature
    """Let it happen and hand the evidence over."""
    served = [
        Zone(DOMAIN, (("@", f"MX 10 {SERVER}."), ("mx", f"A {ADDRESS}")), 300),
        Zone(_PEER_DOMAIN, (("@", f"MX 10 {_PEER[0]}."), ("relay", f"A {_PEER[1]}")), 300),
        reverse("203.0.113.0/24", {ADDRESS: SERVER}, 300),
        reverse("198.51.100.0/24", {_PEER[1]: _PEER[0]}, 300),
    ]
    with contextlib.ExitStack() as stack:
        set_up(network, stack, served, {"resolver": _RESOLVER})
        subject, peer = network.host("subject", SERVER, ADDRESS), network.host("peer", *_PEER)
        stack.enter_context(postfix.server(subject, postfix.Settings(DOMAIN, ("office",)), _RESOLVER[1]))
        long_ids = {"enable_long_queue_ids": "yes"}
        stack.enter_context(
            postfix.server(peer, postfix.Settings(_PEER_DOMAIN, ("sales",), more=long_ids), _RESOLVER[1])
        )
        wait_s(1.2)
        start = now()
        wait_s(1.2)
        _write(peer, f"sales@{_PEER_DOMAIN}", f"office@{DOMAIN}", "question-1@sedge.example")
        _settled(subject, peer, 1, 0)
        _write(subject, f"office@{DOMAIN}", f"sales@{_PEER_DOMAIN}", "answer-1@clover.example")
        _settled(subject, peer, 1, 1)
        wait_s(1.2)
        end = now()
    truth = Truth(sessions_in=1, sessions_out=1, clear_in=1, clear_out=1, envelopes=2)
    given = Handover(out, DOMAIN, (SERVER, ADDRESS), start, end, truth)
    zoned = {"time_zone": "UTC", "year": start.year}
    given.add(postfix.log_of(subject), "clover/mail.log", "subject_mta", view="subject_log", sheet=zoned)
    theirs = dict.fromkeys(("smtp_activity", "mail_received", "mail_sent"), "yes")
    given.add(postfix.log_of(peer), "sedge/mail.log", "other_mta", view="peer_log", answers=theirs, sheet=zoned)
    given.claim("contradicted", id="silent", says="no_mail_sent_or_received")
    given.write()


def _write(host: Host, mail_from: str, rcpt_to: str, message_id: str) -> None:
    letter = clients.letter(mail_from, rcpt_to, "Clover", "How is the clover?", message_id=message_id,
                            date=now().strftime("%a, %d %b %Y %H:%M:%S +0000"))  # fmt: skip
    expect("messages accepted", clients.accepted(clients.smtp(host, "127.0.0.1", letter, helo="localhost")), 1)


def _settled(subject: Host, peer: Host, ours: int, theirs: int) -> None:
    wait_until(
        lambda: postfix.queue_is_empty(subject) and postfix.queue_is_empty(peer)
        and (len(postfix.messages_of(subject)), len(postfix.messages_of(peer))) == (ours, theirs),
        f"{ours} and {theirs} messages in the mailboxes",
    )  # fmt: skip
