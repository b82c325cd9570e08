"""The client that is checked, and the questions put about it: counted, bounded, each sent once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

from forensics.errors import ProtocolError
from forensics.protocols.a_labels import to_a_labels
from forensics.protocols.dns_answer import Answer, Lookup, QueryBudget, QueryLimitError
from forensics.protocols.query_names import can_be_asked, presentation, within
from forensics.protocols.spf.result import MAX_LOOKUPS, MAX_NAMES, MAX_VOID_LOOKUPS
from forensics.protocols.spf.syntax import shorten

_NOTHING = Answer("nodata")


class SpfClientError(ProtocolError):
    """Text that is no IP address of a client."""


class CheckStopped(Exception):  # noqa: N818 - an outcome, caught inside this package
    """The check ends here with an error result."""

    def __init__(self, result: Literal["temperror", "permerror"], problem: str) -> None:
        super().__init__(problem)
        self.result = result
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Client:
    """Who connected, and what it said: an IPv4-mapped address is IPv4, an empty local-part is "postmaster"."""

    ip: IPv4Address | IPv6Address
    local_part: str
    sender_domain: str
    helo: str
    receiver: str
    at: datetime | None

    @property
    def address_type(self) -> Literal["A", "AAAA"]:
        """The record type that can hold the address."""
        return "A" if self.ip.version == 4 else "AAAA"

    @property
    def dotted(self) -> str:
        """The address as the macro i gives it (section 7.3)."""
        if isinstance(self.ip, IPv4Address):
            return str(self.ip)
        return ".".join(f"{int(self.ip):032X}")

    def value(self, letter: str, domain: str) -> str:
        """Give the value of any macro letter but p; the time is "unknown" where none was given (section 7.2)."""
        match letter:
            case "s":
                return f"{self.local_part}@{self.sender_domain}"
            case "l":
                return self.local_part
            case "o":
                return self.sender_domain
            case "d":
                return domain
            case "i":
                return self.dotted
            case "v":
                return "in-addr" if self.ip.version == 4 else "ip6"
            case "h":
                return self.helo
            case "c":
                return str(self.ip)
            case "t" if self.at is not None:
                return str(int(self.at.timestamp()))
            case "r" if self.receiver:
                return self.receiver
            case _:
                return "unknown"


def read_client(
    ip: str | IPv4Address | IPv6Address, domain: str, sender: str, *, helo: str, receiver: str, at: datetime | None
) -> Client:
    """Make the arguments of check_host() into a client (section 4.1 and 4.3).

    Raises:
        SpfClientError: `ip` is no address.
    """
    try:
        address = ip_address(ip)
    except ValueError as error:
        raise SpfClientError(f"{shorten(str(ip))} is no IP address") from error
    if isinstance(address, IPv6Address):
        # section 5: a mapped address is IPv4; a zone is local to the host that saw it.
        address = address.ipv4_mapped or IPv6Address(int(address))
    local_part, _, sender_domain = sender.rpartition("@")
    return Client(
        address, local_part or "postmaster", to_a_labels(sender_domain or helo or domain), helo, receiver, at
    )  # fmt: skip


class Inquiry:
    """The questions of one check: it counts what the terms cost and stops before a limit is passed."""

    def __init__(self, client: Client, lookup: Lookup) -> None:
        self.client = client
        self.budget = QueryBudget(lookup)
        self.lookups = 0
        self.void_lookups = 0

    def ask(self, qname: str, qtype: str) -> Answer:
        """Give an answer that is found or void; a name that no question can hold has nothing (section 4.8).

        Raises:
            CheckStopped: nobody answered, or the budget is spent ("temperror", section 4.4 and 4.6.4).
        """
        answer = self.try_ask(qname, qtype)
        if answer.failed:
            raise CheckStopped("temperror", f"{qname} {qtype}: {answer.status}")
        return answer

    def try_ask(self, qname: str, qtype: str) -> Answer:
        """Give the answer, also one that failed.

        Raises:
            CheckStopped: the budget is spent.
        """
        if not can_be_asked(qname):
            return _NOTHING
        try:
            return self.budget(presentation(qname), qtype)
        except QueryLimitError as error:
            # section 4.6.4: a check that takes longer than the checker gives it is a temperror.
            raise CheckStopped("temperror", str(error)) from error

    def count_lookup(self) -> None:
        """Count a term that costs a look-up, before it is sent.

        Raises:
            CheckStopped: it is the 11th.
        """
        if self.lookups >= MAX_LOOKUPS:
            raise CheckStopped("permerror", f"more than {MAX_LOOKUPS} terms that look up the DNS")
        self.lookups += 1

    def count_void(self) -> None:
        """Count a term whose look-up came back empty.

        Raises:
            CheckStopped: it is the third.
        """
        self.void_lookups += 1
        if self.void_lookups > MAX_VOID_LOOKUPS:
            raise CheckStopped("permerror", f"more than {MAX_VOID_LOOKUPS} look-ups that find nothing")

    def addresses(self, answer: Answer) -> Iterator[IPv4Address | IPv6Address]:
        """Give the addresses of an answer that are of the client's family."""
        for record in answer.records:
            try:
                address = ip_address(record)
            except ValueError:
                continue  # a record that no resolver gives
            if address.version == self.client.ip.version:
                yield address

    def reverse_names(self) -> Answer:
        """Give the PTR records of the client's address; the answer may have failed."""
        return self.try_ask(self.client.ip.reverse_pointer, "PTR")

    def validated_names(self) -> Iterator[str]:
        """Give the names of the client whose addresses name it back, of the first 10 (section 5.5)."""
        for record in self.reverse_names().records[:MAX_NAMES]:
            name = record.removesuffix(".")
            # section 5.5: a name whose addresses cannot be asked for is passed over.
            if self.client.ip in self.addresses(self.try_ask(name, self.client.address_type)):
                yield name

    def macro_value(self, letter: str, domain: str) -> str:
        """Give the value of a macro letter; p asks, and is "unknown" where no name validates (section 7.3)."""
        if letter != "p":
            return self.client.value(letter, domain)
        names = list(self.validated_names())
        exact = [name for name in names if name.lower() == domain.lower()]
        below = [name for name in names if within(name, domain)]
        return next(iter(exact + below + names), "unknown")
