"""Labelled cases with many settings: a seed chooses names, ports, servers, log formats and what happens.

Each case has two phases with a pause between them. The window is either both, or the second alone: then the evidence
also holds what happened before, and an answer about the window must not rest on it.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from validation.lab import capture, clients, dns, postfix
from validation.lab.clients import Mail
from validation.lab.evidence import Handover, Truth, now
from validation.lab.network import Host, Network, wait_until
from validation.lab.scene import AUTH, AUTH_NAME, ROOT, expect, wait_s
from validation.lab.zones import Zone, reverse, text_strings

_PAUSE_S = 2.3
_NAMES = ("alpine", "basalt", "cobalt", "delta", "ember", "fjord", "gneiss", "harbour", "iris", "jetty", "kelp", "loam")
_HOSTS = ("mx", "mail", "mta1", "smtp-in", "relay", "post")
_TLDS = ("example", "test")
_USERS = ("office", "orders", "info")
_PASSWORD = "lab-password-7"  # exists only in the lab
_LOG_FORMATS = (None, None, "RSYSLOG_FileFormat", "RSYSLOG_TraditionalFileFormat", "RSYSLOG_SyslogProtocol23Format")
_RECEIVER_PORTS = ("25", "25", "25", "2525", "10025")
_UNKNOWN_PORT = 10025


@dataclass(slots=True)
class Stage:
    """Who is on stage, what the seed chose, and what has happened so far in this phase."""

    rng: random.Random
    domain: str
    peer_domain: str
    port: int
    subject: Host
    peer: Host
    stranger: Host
    desk: Host
    resolver: str
    peer_tls: bool
    truth: Truth = field(default_factory=Truth)
    mails: int = 0

    def letter(self, mail_from: str, rcpt_to: str, subject: str = "Note") -> Mail:
        """A mail nobody has seen before."""
        self.mails += 1
        body = "\n".join("The tide was at its highest at noon." for _ in range(self.rng.randint(1, 30)))
        number = f"{self.mails}.{self.rng.randrange(10**6)}"
        date = now().strftime("%a, %d %b %Y %H:%M:%S +0000")
        return clients.letter(mail_from, rcpt_to, subject, body, message_id=f"{number}@{self.peer_domain}", date=date)

    def user(self) -> str:
        """A user of the subject."""
        return f"{self.rng.choice(_USERS)}@{self.domain}"

    def own_address(self) -> str:
        """One of the subject's addresses that the stranger can reach."""
        return self.rng.choice(self.subject.addresses)

    def talk(self, *mails: Mail, **words: Any) -> list[clients.Reply]:
        """A dialogue of the stranger with the subject, counted as one session."""
        self.truth.sessions_in += 1
        self.truth.unsided_in += self.port == _UNKNOWN_PORT
        words = {"port": self.port, "helo": "client.passing.test"} | words
        return clients.smtp(self.stranger, self.own_address(), *mails, **words)


def tell(network: Network, folder: Path, out: Path, seed: int) -> None:
    """Let one case happen and hand the evidence over."""
    rng = random.Random(seed)
    own, peer_name = rng.sample(_NAMES, 2)
    domain, peer_domain = f"{own}.{rng.choice(_TLDS)}", f"{peer_name}.{rng.choice(_TLDS)}"
    server, peer_server = f"{rng.choice(_HOSTS)}.{domain}", f"{rng.choice(_HOSTS)}.{peer_domain}"
    block = rng.randint(2, 200)
    addresses = (f"203.0.113.{block}", f"2001:db8:{block}::25")[: rng.choice((1, 1, 2))]
    log = dns.QueryLog(rng.choice(("yes", "iso8601", "iso8601-utc")), rng.choice((False, True)))
    links = {"subject": folder / "subject-link.pcap", "auth": folder / "authoritative-link.pcap"}
    with contextlib.ExitStack() as stack:
        names = {"subject": server, "peer": peer_server}
        held = _zones(domain, peer_domain, names, addresses, rng.choice((3, 30, 300)))
        root, auth = network.host("root", dns.ROOT_NAME, ROOT), network.host("auth", AUTH_NAME, AUTH)
        stack.enter_context(dns.root(root, {zone.origin: (AUTH_NAME, AUTH) for zone in held}))
        stack.enter_context(dns.authoritative(auth, AUTH_NAME, held, log))
        resolver = network.host("resolver", "resolver.transit.test", "198.51.100.53")
        resolver_log = _start_resolver(stack, resolver, log, rng)
        stage = _set_stage(
            network, stack, rng, (domain, server), (peer_domain, peer_server), addresses, resolver.address
        )
        stack.enter_context(capture.link(network, auth, links["auth"]))
        stack.enter_context(capture.link(network, stage.subject, links["subject"]))
        phases = [_play(stage) for _ in range(2)]
        held_over = postfix.messages_of(stage.subject)
    capture.flows(links["subject"], folder, "subject-flows")
    late = rng.random() < 0.35
    truth, start, end = phases[1] if late else (_sum(phases[0][0], phases[1][0]), phases[0][1], phases[1][2])
    given = Handover(out, domain, (server, *addresses), start, end, truth)
    _hand_over(given, folder, links, auth, resolver_log, stage)
    if held_over and not late:
        _hand_over_messages(given, held_over)
    given.write()


def _zones(domain: str, peer_domain: str, names: dict[str, str], addresses: tuple[str, ...], ttl_s: int) -> list[Zone]:
    host = names["subject"].removesuffix("." + domain)
    peer = names["peer"].removesuffix("." + peer_domain)
    own = [("@", f"MX 10 {names['subject']}."), ("@", text_strings("v=spf1 mx -all")), (host, f"A {addresses[0]}"),
           ("_dmarc", text_strings("v=DMARC1; p=none"))]  # fmt: skip
    own += [(host, f"AAAA {address}") for address in addresses[1:]]
    return [
        Zone(domain, tuple(own), ttl_s),
        Zone(peer_domain, (("@", f"MX 10 {names['peer']}."), (peer, "A 198.51.100.25")), ttl_s),
        Zone("passing.test", (("client", "A 192.0.2.99"),), 300),
        Zone("dnshost.test", (("ns1", f"A {AUTH}"),), 300),
        reverse("203.0.113.0/24", {addresses[0]: names["subject"]}, ttl_s),
        reverse("198.51.100.0/24", {"198.51.100.25": names["peer"]}, ttl_s),
        reverse("192.0.2.0/24", {"192.0.2.99": "client.passing.test"}, ttl_s),
    ]


def _start_resolver(stack: contextlib.ExitStack, host: Host, log: dns.QueryLog, rng: random.Random) -> Path:
    """Start Unbound or BIND as the resolver; gives its log."""
    if rng.random() < 0.5:
        stack.enter_context(dns.resolver(dns.Resolver(host, rng.choice((True, False))), ROOT))
        return host.folder / "unbound.log"
    stack.enter_context(dns.bind_resolver(host, ROOT, log))
    return host.folder / "query.log"


def _set_stage(network: Network, stack: contextlib.ExitStack, rng: random.Random, own: tuple[str, str],
               other: tuple[str, str], addresses: tuple[str, ...], resolver: str) -> Stage:  # fmt: skip
    subject = network.host("subject", own[1], *addresses)
    peer = network.host("peer", other[1], "198.51.100.25")
    strange = ("192.0.2.99", "2001:db8:99::1")[: len(addresses)]
    stranger, desk = (
        network.host("stranger", "client.passing.test", *strange),
        network.host("desk", "desk.test", "10.9.0.4"),
    )
    port = rng.choice(_RECEIVER_PORTS)
    login = {"smtpd_sasl_auth_enable": "yes", "smtpd_client_restrictions": "permit_sasl_authenticated,reject"}
    ports = {port: {}, "587": {"syslog_name": "postfix/submission", **login},
             "465": {"syslog_name": "postfix/smtps", "smtpd_tls_wrappermode": "yes", **login}}  # fmt: skip
    peer_tls = rng.random() < 0.4
    more = {"header_checks": "regexp:{{/^Subject: forbidden/ REJECT not here}}", "smtp_tls_security_level": "may",
            "enable_long_queue_ids": rng.choice(("yes", "no"))}  # fmt: skip
    mta = postfix.Settings(own[0], _USERS, ports=ports, passwords={"office": _PASSWORD}, tls=True,
                           log_format=rng.choice(_LOG_FORMATS), more=more)  # fmt: skip
    stack.enter_context(postfix.server(subject, mta, resolver))
    stack.enter_context(postfix.server(peer, postfix.Settings(other[0], ("sales",), tls=peer_tls), resolver))
    return Stage(rng, own[0], other[0], int(port), subject, peer, stranger, desk, resolver, peer_tls)


def _play(stage: Stage) -> tuple[Truth, Any, Any]:
    """One phase: some things happen; gives what they were, and when the phase began and ended."""
    stage.truth = Truth()
    wait_s(_PAUSE_S)
    start = now()
    chosen = stage.rng.sample(_QUIET, stage.rng.randint(1, 2))
    if stage.rng.random() < 0.7:
        chosen += stage.rng.choices(_LOUD, k=stage.rng.randint(1, 4))
    stage.rng.shuffle(chosen)
    names = (f"{stage.domain} MX", f"{stage.subject.hostname} A", f"{stage.domain} TXT", f"_dmarc.{stage.domain} TXT")
    clients.look_up(stage.desk, stage.resolver, *names)
    for happen in chosen:
        happen(stage)
        wait_until(lambda: postfix.queue_is_empty(stage.subject) and postfix.queue_is_empty(stage.peer), "empty queues")
    end = now()
    wait_s(_PAUSE_S)
    return stage.truth, start, end


def _scan(stage: Stage) -> None:
    clients.scan(stage.stranger, stage.subject.address, 22, stage.port, 80, 587)


def _knock(stage: Stage) -> None:
    clients.try_port(stage.desk, stage.subject.address, stage.rng.choice((80, 443, 993, 8080)))


def _ask_often(stage: Stage) -> None:
    for _ in range(stage.rng.randint(3, 8)):
        clients.look_up(stage.desk, stage.resolver, f"{stage.subject.hostname} {stage.rng.choice(('A', 'AAAA'))}")


def _probe(stage: Stage) -> None:
    stage.talk(end=stage.rng.choice(("quit", "drop", "reset")))


def _probe_sealed(stage: Stage) -> None:
    stage.truth.encrypted_in += 1
    stage.talk(tls=True)


def _relay(stage: Stage) -> None:
    stage.truth.envelopes += 1
    replies = stage.talk(stage.letter("offer@cheap.test", "person@elsewhere.example"))
    expect("relayed", clients.accepted(replies), 0)


def _unknown_user(stage: Stage) -> None:
    stage.truth.envelopes += 1
    replies = stage.talk(stage.letter("offer@cheap.test", f"nobody@{stage.domain}"))
    expect("accepted for nobody", clients.accepted(replies), 0)


def _abandoned(stage: Stage) -> None:
    stage.truth.envelopes += 1
    stage.talk(stage.letter("offer@cheap.test", stage.user())._replace(data=None), end="drop")


def _refused_after_data(stage: Stage) -> None:
    stage.truth.envelopes += 1
    replies = stage.talk(stage.letter("offer@cheap.test", stage.user(), "forbidden fruit"))
    expect("replies to DATA", [r.code for r in replies if r.command == "DATA"], [550])


def _received(stage: Stage) -> None:
    stage.truth.envelopes += 1
    stage.truth.clear_in += 1
    replies = stage.talk(stage.letter(stage.rng.choice(("", "news@passing.test")), stage.user()))
    expect("accepted", clients.accepted(replies), 1)


def _received_sealed(stage: Stage) -> None:
    stage.truth.encrypted_in += 1
    stage.truth.hidden_in += 1
    expect("accepted", clients.accepted(stage.talk(stage.letter("news@passing.test", stage.user()), tls=True)), 1)


def _submitted(stage: Stage) -> None:
    """A user submits a mail for the peer, in clear, after STARTTLS or on port 465; the peer accepts or refuses it."""
    truth, known = stage.truth, stage.rng.random() < 0.7
    how = stage.rng.choice(("clear", "starttls", "sealed"))
    mail = stage.letter(f"office@{stage.domain}", f"{'sales' if known else 'nobody'}@{stage.peer_domain}")
    words = {"port": 465 if how == "sealed" else 587, "tls": how == "starttls", "sealed": how == "sealed"}
    login = ("office", _PASSWORD)
    replies = clients.smtp(stage.desk, stage.subject.address, mail, helo="desk.test", login=login, **words)
    expect("submitted", clients.accepted(replies), 1)
    truth.sessions_in += 1
    truth.implicit_in += how == "sealed"
    truth.encrypted_in += how != "clear"
    truth.hidden_in += how != "clear"
    truth.clear_in += how == "clear"
    truth.sessions_out += 1
    truth.encrypted_out += stage.peer_tls
    truth.hidden_out += stage.peer_tls and known
    truth.clear_out += not stage.peer_tls and known
    truth.envelopes += (how == "clear") + (not stage.peer_tls)


_QUIET: list[Callable[[Stage], None]] = [_scan, _knock, _ask_often]
_LOUD: list[Callable[[Stage], None]] = [
    _probe, _probe_sealed, _relay, _unknown_user, _abandoned, _refused_after_data, _received, _received,
    _received_sealed, _submitted, _submitted,
]  # fmt: skip


def _sum(first: Truth, second: Truth) -> Truth:
    names = [name for name in Truth.__slots__ if name != "dns"]
    return Truth(**{name: getattr(first, name) + getattr(second, name) for name in names})


def _hand_over(
    given: Handover, folder: Path, links: dict[str, Path], auth: Host, resolver_log: Path, stage: Stage
) -> None:
    year = {"time_zone": "UTC", "year": given.start.year}
    given.add(links["subject"], "subject-link.pcap", "subject_link", view="subject_link")
    given.add(folder / "subject-flows.csv", "subject-flows.csv", "subject_flows", view="subject_flows",
              sheet={"sampling": 1, "time_zone": "UTC"})  # fmt: skip
    given.add(postfix.log_of(stage.subject), "mail.log", "subject_mta", view="subject_log", sheet=year)
    given.add(auth.folder / "query.log", "authoritative-queries.log", "authoritative_dns", view="authoritative_log",
              sheet={"time_zone": "UTC"})  # fmt: skip
    given.add(auth.folder / "auth.dnstap", "authoritative.dnstap", "authoritative_dns", view="authoritative_dnstap")
    given.add(links["auth"], "authoritative-link.pcap", "authoritative_dns", view="authoritative_link")
    given.add(resolver_log, "resolver.log", "recursive_dns", view="resolver_log", sheet={"time_zone": "UTC"})
    if (resolver_log.parent / "resolver.dnstap").exists():
        given.add(resolver_log.parent / "resolver.dnstap", "resolver.dnstap", "recursive_dns", view="resolver_dnstap")
    given.add(auth.folder / f"{given.domain}.zone", f"zones/{given.domain}.zone", "record")


def _hand_over_messages(given: Handover, messages: list[Path]) -> None:
    """The mailboxes: a message from the network says that it was received; a failure notice alone says nothing."""
    from_network = given.truth.clear_in + given.truth.hidden_in > given.truth.sessions_out
    answers = {"smtp_activity": "yes", "mail_received": "yes", "mail_sent": "unknown"}
    for message in messages:
        name = f"mailboxes/{message.parents[2].name}/Maildir/new/{message.name}"
        given.add(message, name, "message", view="mailboxes" if from_network else None, answers=answers)
