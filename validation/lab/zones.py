"""Zone text (RFC 1035 section 5) for the lab's servers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

SERIAL = 2026110101


class Zone(NamedTuple):
    """A zone: its origin, the records (owner relative to it, `@` for itself; type and data), and one TTL for all."""

    origin: str
    records: tuple[tuple[str, str], ...]
    ttl_s: int

    def text(self, name_server: str) -> str:
        """The zone file, served by a name server of that name."""
        head = (
            f"$ORIGIN {self.origin}.\n$TTL {self.ttl_s}\n"
            f"@ IN SOA {name_server}. hostmaster.{name_server}. {SERIAL} 3600 900 604800 {min(self.ttl_s, 60)}\n"
            f"@ IN NS {name_server}.\n"
        )
        return head + "".join(f"{owner} IN {data}\n" for owner, data in self.records)


def reverse(network: str, names: dict[str, str], ttl_s: int) -> Zone:
    """The reverse zone of an IPv4 /24 or IPv6 /48 for some of its addresses.

    >>> reverse("203.0.113.0/24", {"203.0.113.7": "mx.example"}, 60).records
    (('7', 'PTR mx.example.'),)
    """
    block = ipaddress.ip_network(network)
    labels = block.network_address.reverse_pointer.split(".")
    kept = block.max_prefixlen - block.prefixlen
    origin = ".".join(labels[kept // (8 if block.version == 4 else 4) :])
    records = []
    for address, name in names.items():
        pointer = ipaddress.ip_address(address).reverse_pointer
        if pointer.endswith("." + origin):
            records.append((pointer.removesuffix("." + origin), f"PTR {name}."))
    return Zone(origin, tuple(records), ttl_s)


def root(delegations: dict[str, tuple[str, str]], name_server: str, address: str) -> str:
    """A root zone that delegates each origin to a name server (its name and address)."""
    lines = [f". 86400 IN SOA {name_server}. hostmaster.{name_server}. {SERIAL} 3600 900 604800 60"]
    lines += [f". 86400 IN NS {name_server}.", f"{name_server}. 86400 IN A {address}"]
    for origin, (server, _) in delegations.items():
        lines.append(f"{origin}. 86400 IN NS {server}.")
    lines += sorted({f"{server}. 86400 IN A {ip}" for server, ip in delegations.values()})
    return "\n".join(lines) + "\n"


def text_strings(value: str) -> str:
    """TXT data as character-strings of at most 255 bytes (RFC 1035 section 3.3).

    >>> text_strings("v=spf1 -all")
    'TXT "v=spf1 -all"'
    """
    pieces: Iterable[str] = (value[at : at + 255] for at in range(0, len(value), 255))
    return "TXT " + " ".join(f'"{piece}"' for piece in pieces)
