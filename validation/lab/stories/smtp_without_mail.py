"""Much talk and no mail: probes, refused relaying, unknown users and half-open scans."""

from __future__ import annotations

import contextlib
from pathlib import Path

from validation.lab import capture, clients, postfix
from validation.lab.clients import Mail
from validation.lab.evidence import Handover, Truth, now
from validation.lab.network import Host, Network
from validation.lab.scene import asked, expect, set_up, wait_s
from validation.lab.zones import Zone, reverse, text_strings

DOMAIN = "larch.example"
SERVER = f"mail.{DOMAIN}"
ADDRESS = "203.0.113.140"
_POINTER = "140.113.0.203.in-addr.arpa"
_RESOLVER = ("resolver.larch.example", "203.0.113.153")
_PROBE = ("probe.watch.test", "198.51.100.200")
_SPAMMER = ("pool-66.dialup.test", "192.0.2.166")
_SCANNER = ("census.scan.test", "198.51.100.210")


def tell(network: Network, folder: Path, out: Path) -> None:
    """Let it happen and hand the evidence over."""
    link = folder / "subject-link.pcap"
    served = [
        Zone(DOMAIN, (("@", f"MX 10 {SERVER}."), ("@", text_strings("v=spf1 mx -all")), ("mail", f"A {ADDRESS}")), 300),
        Zone("watch.test", (("probe", f"A {_PROBE[1]}"),), 300),
        reverse("203.0.113.0/24", {ADDRESS: SERVER}, 300),
        reverse("198.51.100.0/24", {_PROBE[1]: _PROBE[0]}, 300),
    ]
    with contextlib.ExitStack() as stack:
        scene, _ = set_up(network, stack, served, {"resolver": _RESOLVER})
        subject = network.host("subject", SERVER, ADDRESS)
        probe, spammer = network.host("probe", *_PROBE), network.host("spammer", *_SPAMMER)
        scanner = network.host("scanner", *_SCANNER)
        stack.enter_context(postfix.server(subject, postfix.Settings(DOMAIN, ("office",)), _RESOLVER[1]))
        with capture.link(network, subject, link):
            start = now()
            _happens(probe, spammer, scanner)
            wait_s(1.2)
            end = now()
        expect("messages in the mailboxes", postfix.messages_of(subject), [])
    capture.flows(link, folder, "subject-flows")
    given = Handover(out, DOMAIN, (SERVER, ADDRESS), start, end, Truth(sessions_in=6, envelopes=5))
    given.dns_queries["authoritative_log"] = asked(scene.query_log, DOMAIN, _POINTER)
    given.add(link, "subject-link.pcap", "subject_link", view="subject_link")
    given.add(folder / "subject-flows.csv", "subject-flows.csv", "subject_flows", view="subject_flows",
              sheet={"sampling": 1, "time_zone": "UTC"})  # fmt: skip
    given.add(postfix.log_of(subject), "mail.log", "subject_mta", view="subject_log",
              sheet={"time_zone": "UTC", "year": start.year})  # fmt: skip
    given.add(scene.query_log, "authoritative-queries.log", "authoritative_dns", view="authoritative_log",
              sheet={"time_zone": "UTC"})  # fmt: skip
    given.claim("supported", id="silent", says="no_mail_sent_or_received")
    given.claim("contradicted", id="just-dns", says="only_resolver_traffic", **{"from": [_SPAMMER[1]]})
    given.write()


def _happens(probe: Host, spammer: Host, scanner: Host) -> None:
    """Six dialogues with five envelopes, each refused before DATA; two scans."""
    clients.look_up(probe, _RESOLVER[1], f"{DOMAIN} MX", f"{SERVER} A", f"{_POINTER} PTR")
    swaks = ("swaks", "--server", ADDRESS, "--quit-after", "EHLO", "--ehlo", _PROBE[0], "--silent", "3")
    probe.run(*swaks)
    probe.run(*swaks)
    expect("replies", [r.command for r in clients.smtp(probe, ADDRESS, helo=_PROBE[0], end="reset")], ["CONNECT"])
    clients.scan(scanner, ADDRESS, 21, 22, 25, 80, 110, 143, 443, 465, 587, 2525)
    clients.look_up(spammer, _RESOLVER[1], f"{DOMAIN} MX", f"{SERVER} A")
    relay = [Mail("offer@cheap.test", (f"person-{n}@elsewhere.example",), "Subject: offer\n\nBuy.\n") for n in (1, 2)]
    _refused(clients.smtp(spammer, ADDRESS, *relay, helo="cheap.test"), {554})
    unknown = [Mail("offer@cheap.test", (f"info{n}@{DOMAIN}", f"sales{n}@{DOMAIN}"), "Subject: offer\n\nBuy.\n")
               for n in (1, 2)]  # fmt: skip
    _refused(clients.smtp(spammer, ADDRESS, *unknown, helo="cheap.test"), {550})
    stopped = Mail("offer@cheap.test", (f"office@{DOMAIN}",), None)
    replies = clients.smtp(spammer, ADDRESS, stopped, helo="cheap.test")
    expect("the known user is accepted", [r.code for r in replies if r.command.startswith("RCPT")], [250])
    clients.scan(scanner, ADDRESS, 25)
    expect("a closed port", clients.try_port(probe, ADDRESS, 993), 111)


def _refused(replies: list[clients.Reply], codes: set[int]) -> None:
    expect("replies to RCPT", {reply.code for reply in replies if reply.command.startswith("RCPT")}, codes)
    expect("messages accepted", clients.accepted(replies), 0)
