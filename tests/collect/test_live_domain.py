"""All that can be asked for at once, of hostile servers: the budget holds, and the recording is read whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from forensics import Case
from forensics.cli.live_domain import Wanted, record
from forensics.collect.reach import Reach
from tests.collect.test_dns_records import addresses, answering, asks, deep, empty, itself, response, text, wide

ADDRESS = "127.0.0.1"
LISTS = tuple(f"l{number}.lists.example" for number in range(4))


def failing(query: bytes, number: int) -> bytes:
    """Nothing but failures, and answers to whoever asks without a check of signatures."""
    question = dns.message.from_wire(query)
    made = dns.message.make_response(question, recursion_available=True)
    made.set_rcode(dns.rcode.NXDOMAIN if question.flags & dns.flags.CD else dns.rcode.SERVFAIL)
    return made.to_wire()


def inward(query: bytes, number: int) -> bytes:
    """Every name is a host of the examiner's own network, and asks for a policy and for a visit."""
    name, kind = asks(query)
    if kind == "TXT":
        return text(query, "v=STSv1; id=1")
    own = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1"]
    data = {"MX": [f"{index} m{index}.hostile.example." for index in range(9)], "A": own,
            "AAAA": ["::1", "::ffff:127.0.0.1", "fe80::1", "64:ff9b::7f00:1", "fd00::1", "ff02::1"]}  # fmt: skip
    return response(query, *((name, kind, datum) for datum in data.get(kind, [])))


@pytest.mark.parametrize("tree", [wide, deep, empty, itself, addresses, failing, inward])
def test_all_of_it_together_never_costs_more_than_the_budget(
    tree: Callable[[bytes, int], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    with answering(tree) as (port, got):
        wanted = Wanted("hostile.example", f"{ADDRESS}:{port}", path, ("one", "two"), probe_smtp=True, lists=LISTS)
        record(wanted, Reach(lambda address: False))
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    sent = [entry for entry in entries if "dns" in entry["format"] and entry["status"] != "not_sent"]
    assert len(sent) == len(got) <= 40
    with Case() as case:
        case.add(path)
        assert case.evidence[0].state == "read"
        posture = case.posture("hostile.example")
    if tree is failing:
        assert {check.state for check in posture.checks} <= {"problem", "unknown"}
        assert {asked.dnssec for asked in posture.questions} <= {"bogus", None}


def test_no_service_of_the_own_network_is_called(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with answering(inward) as (port, _):
        record(Wanted("hostile.example", f"{ADDRESS}:{port}", path, probe_smtp=True))
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    outcomes = [entry["outcome"] for entry in entries if "dns" not in entry["format"]]
    assert outcomes == ["not_public"] * 4
