"""The look-ups of 2016, retold: a marketing mail host that resolvers keep asking for.

Two networks ask for the address of `mail1.seaglass-offers.example` again and again: in each an always-on process whose
questions come through a cache, so that the authoritative server sees one per TTL. In one of them a spam filter also
judges old mail that names the host: PTR, SPF, DMARC, MX. The host itself is idle.
`resolver_only` and `blind_dns_only` are two views of it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

from validation.lab import clients, postfix, zones
from validation.lab.network import Host, Network
from validation.lab.scene import Scene, expect, set_up, wait_s
from validation.lab.zones import Zone, text_strings

DOMAIN = "seaglass-offers.example"
SERVER = f"mail1.{DOMAIN}"
ADDRESS = "203.0.113.77"
POINTER = "77.113.0.203.in-addr.arpa"
RESOLVERS = {
    "cache1": ("cache1.clinic-net.test", "198.51.100.53"),
    "cache2": ("cache2.fibre-net.test", "198.51.100.153"),
}
_HOST_TTL_S = 4
_ROUND_S = 11
_ROUNDS = 3
_JUDGING = (f"{POINTER} PTR", f"{SERVER} A", f"{DOMAIN} TXT", f"_dmarc.{DOMAIN} TXT", f"{DOMAIN} MX")


class Cast(NamedTuple):
    """Who is on stage."""

    scene: Scene
    subject: Host
    resolvers: dict[str, Host]
    clinic: Host
    fibre: Host
    judge: Host
    monitor: Host
    sender: Host


def set_stage(network: Network, stack: contextlib.ExitStack) -> Cast:
    """Start the name servers and the idle mail host."""
    served = [
        Zone(DOMAIN, (("@", f"MX 10 {SERVER}."), ("@", text_strings(f"v=spf1 ip4:{ADDRESS} -all")),
                      ("_dmarc", text_strings("v=DMARC1; p=none"))), 60),
        Zone(SERVER, (("@", f"A {ADDRESS}"),), _HOST_TTL_S),
        zones.reverse("203.0.113.0/24", {ADDRESS: SERVER}, 30),
    ]  # fmt: skip
    scene, resolvers = set_up(network, stack, served, RESOLVERS)
    cast = Cast(
        scene,
        network.host("subject", SERVER, ADDRESS),
        resolvers,
        network.host("clinic", "ward.clinic-net.test", "10.20.0.11"),
        network.host("fibre", "desk.fibre-net.test", "10.30.0.21"),
        network.host("judge", "filter.fibre-net.test", "10.30.0.25"),
        network.host("monitor", "monitor.pelican-post.test", "192.0.2.200"),
        network.host("sender", "out.fibre-net.test", "198.51.100.160"),
    )
    settings = postfix.Settings(DOMAIN, ("offers",))
    stack.enter_context(postfix.server(cast.subject, settings, RESOLVERS["cache2"][1]))
    return cast


def look_ups(cast: Cast, *, with_mail: bool) -> None:
    """Let the look-ups happen for about half a minute; `with_mail`, one message is delivered among them."""
    cache1, cache2 = (address for _, address in RESOLVERS.values())
    with (
        clients.repeating(lambda: clients.look_up(cast.clinic, cache1, f"{SERVER} A"), 0.9),
        clients.repeating(lambda: clients.look_up(cast.fibre, cache2, f"{SERVER} A"), 1.3),
    ):
        for number in range(_ROUNDS):
            wait_s(_ROUND_S / 2)
            expect("an idle web port", clients.try_port(cast.monitor, ADDRESS, 443), 111)
            clients.look_up(cast.judge, cache2, *_JUDGING)
            if with_mail and number == 1:
                _deliver(cast, cache2)
            wait_s(_ROUND_S / 2)


def _deliver(cast: Cast, cache: str) -> None:
    clients.look_up(cast.sender, cache, f"{DOMAIN} MX", f"{SERVER} A")
    mail = clients.letter(
        "desk@fibre-net.test", f"offers@{DOMAIN}", "Your autumn offer", "We take the room with a view of the sea.",
        message_id="order-1@fibre-net.test", date="Tue, 24 Nov 2026 09:00:00 +0000",
    )  # fmt: skip
    replies = clients.smtp(cast.sender, ADDRESS, mail, helo="out.fibre-net.test")
    expect("messages accepted", clients.accepted(replies), 1)


def mailbox(cast: Cast) -> list[Path]:
    """What the host's users have received."""
    return postfix.messages_of(cast.subject)
