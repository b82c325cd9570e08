"""What the bytes of an answer say, along the aliases that it shows."""

from __future__ import annotations

import itertools

import dns.message
import dns.rrset
import pytest

from forensics.protocols import dns_message, dns_recording


def answer(*records: tuple[str, str, str]) -> dns_message.DnsMessage:
    made = dns.message.make_response(dns.message.make_query("a.example", "A"), recursion_available=True)
    made.answer = [dns.rrset.from_text(name, 60, "IN", kind, data) for name, kind, data in records]
    return dns_message.parse(made.to_wire())


@pytest.mark.parametrize("length", [2, 17])
def test_aliases_without_an_end_are_a_failure_and_not_a_missing_address(length: int) -> None:
    names = [*(f"n{number}.example." for number in range(length)), "a.example."]
    chain = [("a.example.", "CNAME", names[0]), *((a, "CNAME", b) for a, b in itertools.pairwise(names))]
    said = dns_recording.read(answer(*chain), "a.example", "A")
    assert (said.outcome, said.owner, said.note) == ("servfail", "a.example", dns_recording.ENDLESS)


def test_a_chain_of_sixteen_aliases_is_followed() -> None:
    names = ["a.example.", *(f"n{number}.example." for number in range(16))]
    chain = [(a, "CNAME", b) for a, b in itertools.pairwise(names)]
    said = dns_recording.read(answer(*chain, (names[-1], "A", "192.0.2.1")), "a.example", "A")
    assert (said.outcome, said.data("A")) == ("ok", ("192.0.2.1",))
