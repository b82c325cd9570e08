"""The stage that stories share: a root, an authoritative server for every zone, resolvers."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from validation.lab import dns
from validation.lab.network import Host, LabError, Network
from validation.lab.zones import Zone

AUTH_NAME = "ns1.dnshost.test"
AUTH = "192.0.2.53"
ROOT = "192.0.2.2"
_USUAL_LOG = dns.QueryLog()


@dataclass(slots=True)
class Scene:
    """A network with working name resolution; `stack` ends everything that was started on it."""

    network: Network
    stack: contextlib.ExitStack
    auth: Host
    origins: tuple[str, ...]

    def zone_copies(self, *origins: str) -> dict[str, str]:
        """Zones as their server has them, by origin."""
        return {origin: dns.copy(self.auth, origin) for origin in origins}

    @property
    def query_log(self) -> Path:
        """The authoritative server's query log."""
        return self.auth.folder / "query.log"

    @property
    def dnstap(self) -> Path:
        """The authoritative server's dnstap file."""
        return self.auth.folder / "auth.dnstap"


def set_up(
    network: Network,
    stack: contextlib.ExitStack,
    served: Sequence[Zone],
    resolvers: dict[str, tuple[str, str]],
    log: dns.QueryLog = _USUAL_LOG,
) -> tuple[Scene, dict[str, Host]]:
    """Start the name servers.

    Args:
        resolvers: name of the host -> (its host name, its address).

    Returns:
        The scene, and the resolvers' hosts by name.
    """
    held = [*served, Zone("dnshost.test", (("ns1", f"A {AUTH}"),), 300)]
    root = network.host("root", dns.ROOT_NAME, ROOT)
    auth = network.host("auth", AUTH_NAME, AUTH)
    stack.enter_context(dns.root(root, {zone.origin: (AUTH_NAME, AUTH) for zone in held}))
    stack.enter_context(dns.authoritative(auth, AUTH_NAME, held, log))
    hosts = {}
    for name, (hostname, address) in resolvers.items():
        hosts[name] = network.host(name, hostname, address)
        stack.enter_context(dns.resolver(dns.Resolver(hosts[name]), ROOT))
    return Scene(network, stack, auth, tuple(zone.origin for zone in held)), hosts


def wait_s(seconds: float) -> None:
    """Let time pass, as it does between two things that happen."""
    time.sleep(seconds)


def asked(log: Path, domain: str, *pointers: str) -> int:
    """Lines of a BIND or Unbound query log that ask about a domain or one of some PTR names.

    Counted by pattern, not by the toolkit's readers: an independent figure to hold theirs against.
    """
    names = "|".join([rf"(?:[^ ]+\.)?{re.escape(domain)}", *map(re.escape, pointers)])
    bind = re.compile(rf" query: (?:{names}) IN ", re.I)
    unbound = re.compile(rf" info: [0-9a-f.:]+ (?:{names})\. [A-Z0-9]+ IN$", re.I)
    return sum(1 for line in log.read_text().splitlines() if bind.search(line) or unbound.search(line))


def expect(what: str, found: object, wanted: object) -> None:
    """Stop the lab where what happened is not what the story says.

    Raises:
        LabError: with both values.
    """
    if found != wanted:
        raise LabError(f"{what}: found {found!r}, the story says {wanted!r}")
