"""A working mail server: mail in, submitted and out, one bounce, one STARTTLS session."""

from __future__ import annotations

import contextlib
from pathlib import Path

from validation.lab import capture, clients, dns, postfix
from validation.lab.evidence import Handover, Truth, now
from validation.lab.network import Host, Network, wait_until
from validation.lab.scene import asked, expect, set_up, wait_s
from validation.lab.zones import Zone, reverse, text_strings

DOMAIN = "thistle.example"
SERVER = f"mx.{DOMAIN}"
ADDRESS = "203.0.113.25"
_PEER_DOMAIN = "bramble.example"
_PEER = f"mx.{_PEER_DOMAIN}"
_PEER_ADDRESS = "198.51.100.25"
_NEWS = ("news.fern.test", "192.0.2.77")
_DESK = ("desk.thistle.example", "10.50.0.7")
_RESOLVER = ("resolver.thistle.example", "203.0.113.53")
_PASSWORD = "lab-password-7"  # exists only in the lab
_SUBMISSION = {
    "syslog_name": "postfix/submission",
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_client_restrictions": "permit_sasl_authenticated,reject",
}
_QUESTIONS = (f"{DOMAIN} SOA", f"{DOMAIN} MX", f"{DOMAIN} TXT", f"_dmarc.{DOMAIN} TXT", f"{SERVER} A", f"{SERVER} AAAA",
              f"old.{DOMAIN} A")  # fmt: skip


def served() -> list[Zone]:
    """The zones of this story."""
    spf = text_strings("v=spf1 mx -all")
    return [
        Zone(DOMAIN, (("@", f"MX 10 {SERVER}."), ("@", spf), ("_dmarc", text_strings("v=DMARC1; p=quarantine")),
                      ("mx", f"A {ADDRESS}")), 300),
        Zone(_PEER_DOMAIN, (("@", f"MX 10 {_PEER}."), ("@", spf), ("mx", f"A {_PEER_ADDRESS}")), 300),
        Zone("fern.test", (("news", f"A {_NEWS[1]}"), ("@", text_strings(f"v=spf1 ip4:{_NEWS[1]} -all"))), 300),
        reverse("203.0.113.0/24", {ADDRESS: SERVER}, 300),
        reverse("198.51.100.0/24", {_PEER_ADDRESS: _PEER}, 300),
        reverse("192.0.2.0/24", {_NEWS[1]: _NEWS[0]}, 300),
    ]  # fmt: skip


def tell(network: Network, folder: Path, out: Path) -> None:
    """Let it happen and hand the evidence over."""
    link = folder / "subject-link.pcap"
    with contextlib.ExitStack() as stack:
        scene, resolvers = set_up(network, stack, served(), {"resolver": _RESOLVER})
        zone = scene.zone_copies(DOMAIN)[DOMAIN]
        subject = network.host("subject", SERVER, ADDRESS)
        peer = network.host("peer", _PEER, _PEER_ADDRESS)
        news, desk = network.host("news", *_NEWS), network.host("desk", *_DESK)
        settings = postfix.Settings(DOMAIN, ("office", "orders"), ports={"25": {}, "587": _SUBMISSION},
                                    passwords={"office": _PASSWORD}, tls=True)  # fmt: skip
        stack.enter_context(postfix.server(subject, settings, _RESOLVER[1]))
        stack.enter_context(postfix.server(peer, postfix.Settings(_PEER_DOMAIN, ("sales",)), _RESOLVER[1]))
        answers = "\n".join(dns.dig(desk, _RESOLVER[1], *question.split()) for question in _QUESTIONS)
        wait_s(1.2)
        with capture.link(network, subject, link):
            start = now()
            _exchange(subject, peer, news, desk)
            end = now()
        expect("messages in the subject's mailboxes", len(postfix.messages_of(subject)), 4)
        expect("messages in the peer's mailboxes", len(postfix.messages_of(peer)), 1)
    capture.flows(link, folder, "subject-flows")
    truth = Truth(sessions_in=4, sessions_out=2, clear_in=3, clear_out=1, hidden_in=1, encrypted_in=1, envelopes=5)
    given = Handover(out, DOMAIN, (SERVER, ADDRESS), start, end, truth)
    log = resolvers["resolver"].folder / "unbound.log"
    given.dns_queries["resolver_log"] = asked_within(log, given)
    given.add(link, "subject-link.pcap", "subject_link", view="subject_link")
    given.add(folder / "subject-flows.csv", "subject-flows.csv", "subject_flows", view="subject_flows",
              sheet={"sampling": 1, "time_zone": "UTC"})  # fmt: skip
    given.add(postfix.log_of(subject), "mail.log", "subject_mta", view="subject_log",
              sheet={"time_zone": "UTC", "year": start.year})  # fmt: skip
    given.add(log, "resolver.log", "recursive_dns", view="resolver_log")
    mailbox = {"smtp_activity": "yes", "mail_received": "yes", "mail_sent": "unknown"}
    for message in postfix.messages_of(subject):
        user = message.parents[2].name
        name = f"mailboxes/{user}/Maildir/new/{message.name}"
        given.add(message, name, "message", view="mailboxes", answers=mailbox)
    given.add(zone, f"zones/{DOMAIN}.zone", "record")
    given.add(answers, "answers.txt", "record")
    given.claim("contradicted", id="silent", says="no_mail_sent_or_received")
    given.claim("contradicted", id="peer-only-resolved", says="only_resolver_traffic", **{"from": [_PEER_ADDRESS]})
    given.write()


def asked_within(log: Path, given: Handover) -> int:
    """Questions about the subject that the resolver logged inside the window (its times are whole seconds)."""
    first, last = given.start.timestamp(), given.end.timestamp()
    kept = [line for line in log.read_text().splitlines() if first <= float(line[1:].split("]")[0]) <= last]
    part = log.with_suffix(".window")
    part.write_text("\n".join(kept) + "\n")
    return asked(part, DOMAIN, "25.113.0.203.in-addr.arpa")


def _exchange(subject: Host, peer: Host, news: Host, desk: Host) -> None:
    """Four sessions in and two out, one after the other.

    In: two from the peer's Postfix are one, as the peer's user writes once; a newsletter over STARTTLS; two
    submissions. Out: an answer to the peer, and a letter to somebody the peer does not know, which comes back.
    """
    wait_s(1.2)
    order = clients.letter(f"sales@{_PEER_DOMAIN}", f"orders@{DOMAIN}", "Order 1", "Twelve pots of thistle, please.",
                           message_id=f"order-1@{_PEER_DOMAIN}", date=_date())  # fmt: skip
    _taken(clients.smtp(peer, "127.0.0.1", order, helo="localhost"))
    _settled(subject, peer, mailboxes=1)
    news_item = clients.letter("news@fern.test", f"office@{DOMAIN}", "Fern news", "The ferns are doing well.",
                               message_id="issue-40@fern.test", date=_date())  # fmt: skip
    _taken(clients.smtp(news, ADDRESS, news_item, helo=_NEWS[0], tls=True))
    _settled(subject, peer, mailboxes=2)
    for number, (recipient, mailboxes) in enumerate((("sales", 2), ("nobody-here", 3)), 1):
        reply = clients.letter(f"office@{DOMAIN}", f"{recipient}@{_PEER_DOMAIN}", f"Re: Order {number}", "On its way.",
                               message_id=f"reply-{number}@{DOMAIN}", date=_date())  # fmt: skip
        _taken(clients.smtp(desk, ADDRESS, reply, helo=_DESK[0], port=587, login=("office", _PASSWORD)))
        _settled(subject, peer, mailboxes=mailboxes)
    internal = clients.letter(f"orders@{DOMAIN}", f"office@{DOMAIN}", "Stock", "Two pots are left.",
                              message_id=f"stock-1@{DOMAIN}", date=_date())  # fmt: skip
    replies = clients.smtp(subject, "127.0.0.1", internal, helo="localhost")
    _taken(replies)
    _settled(subject, peer, mailboxes=4)
    wait_s(1.2)


def _date() -> str:
    return now().strftime("%a, %d %b %Y %H:%M:%S +0000")


def _taken(replies: list[clients.Reply]) -> None:
    expect("messages accepted", clients.accepted(replies), 1)


def _settled(subject: Host, peer: Host, *, mailboxes: int) -> None:
    """Wait until both queues are empty and the subject's mailboxes hold so many messages."""
    wait_until(
        lambda: postfix.queue_is_empty(subject) and postfix.queue_is_empty(peer)
        and len(postfix.messages_of(subject)) == mailboxes,
        f"{mailboxes} messages in the subject's mailboxes",
    )  # fmt: skip
