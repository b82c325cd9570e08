"""Trees of records made to cost: each meets a bound before the budget of 40 queries, or the budget itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from forensics import Case
from forensics.analysis.posture import asking
from forensics.collect.dns_records import Recorder
from forensics.collect.exchange import Server
from forensics.model.posture import Posture

ADDRESS = "127.0.0.1"
DOMAIN = "hostile.example"
Data = list[str] | str | None
"""What a name holds of a type: data; the word of a failure; None: there is no such name."""


class Tree(NamedTuple):
    """What every name holds, the queries that it may cost, and what must be said of it: check id, state, words."""

    holds: Callable[[str, str], Data]
    queries: int
    check: str
    state: str
    words: str
    domain: str = DOMAIN
    selectors: tuple[str, ...] = ()
    timeout_s: float = 10


def at(domain: str, **records: list[str]) -> Callable[[str, str], Data]:
    """The records of the domain itself; other names do not exist."""
    return lambda name, kind: records.get(kind, []) if name == domain else None


def spf(*terms: str) -> list[str]:
    return ["v=spf1 " + " ".join(terms)]


def fan_out(name: str, kind: str) -> Data:
    """Ten records below, each with ten below it, without an end."""
    number = "" if name == DOMAIN else name.partition(".")[0]
    return spf(*(f"include:{number}{index}.{DOMAIN}" for index in range(10)), "-all") if kind == "TXT" else []


def include_loop(name: str, kind: str) -> Data:
    other = "a" if name.startswith("b.") else "b"
    return spf(f"include:{other}.{DOMAIN}", "-all") if kind == "TXT" else []


def redirect_chain(name: str, kind: str) -> Data:
    number = int(name[1 : name.index(".")]) if name.startswith("r") else 0
    return spf(f"redirect=r{number + 1}.{DOMAIN}") if kind == "TXT" else []


def void_flood(name: str, kind: str) -> Data:
    return at(DOMAIN, TXT=spf(*(f"a:v{index}.{DOMAIN}" for index in range(30)), "-all"))(name, kind)


def long_macros(name: str, kind: str) -> Data:
    label = "x" * 63
    terms = [f"exists:%{{d}}.%{{o}}.{index}{label[1:]}.{label}.{label}.{DOMAIN}" for index in range(5)]
    terms += [f"exists:%{{l}}.%{{i}}.{index}.{DOMAIN}" for index in range(4)]
    return at(DOMAIN, TXT=spf(*terms, "-all"))(name, kind)


def alias_chain(name: str, kind: str) -> Data:
    return "alias"


def alias_loop(name: str, kind: str) -> Data:
    if name == DOMAIN:
        return ["10 one." + DOMAIN + "."] if kind == "MX" else []
    return "loop" if name.startswith(("one.", "two.")) else None


def exchangers(name: str, kind: str) -> Data:
    if name == DOMAIN:
        return [f"{index} m{index}.{DOMAIN}." for index in range(100)] if kind == "MX" else []
    return ["192.0.2.25"] if kind == "A" and name.startswith("m") else []


def addresses(name: str, kind: str) -> Data:
    if name == DOMAIN:
        return [f"10 m{index}.{DOMAIN}." for index in range(3)] if kind == "MX" else []
    return [f"192.0.2.{index}" for index in range(100)] if kind == "A" and name.startswith("m") else []


def reverse_names(name: str, kind: str) -> Data:
    if name == DOMAIN:
        return [f"10 m.{DOMAIN}."] if kind == "MX" else []
    if kind == "PTR":
        return [f"p{index}.{name}." for index in range(100)]
    return ["192.0.2.25"] if kind == "A" and name == f"m.{DOMAIN}" else []


def many_texts(name: str, kind: str) -> Data:
    return at(DOMAIN, TXT=[f"v=spf1 ip4:192.0.2.{index % 256} -all {index}" for index in range(1000)])(name, kind)


def long_text(name: str, kind: str) -> Data:
    return at(DOMAIN, TXT=spf("ip4:192.0.2.1 " * 4500 + "-all"))(name, kind)


def reports(name: str, kind: str) -> Data:
    to = ",".join(f"mailto:a@r{index}.test" for index in range(100))
    return [f"v=DMARC1; p=none; rua={to}"] if (name, kind) == (f"_dmarc.{DOMAIN}", "TXT") else []


def no_delegation(name: str, kind: str) -> Data:
    if name == DOMAIN:
        return [f"ns{index}.slow.test." for index in range(13)] if kind == "NS" else []
    return "timeout" if name.endswith(".slow.test") else []


def failing(name: str, kind: str) -> Data:
    return "SERVFAIL"


LABELS = ".".join(["a"] * 100) + "." + DOMAIN
TREES = {
    "SPF that includes ten by ten": Tree(fan_out, 40, "spf/record", "problem", "310 terms look up the DNS"),
    "SPF that includes itself through another": Tree(include_loop, 21, "spf/record", "problem", "permerror: a loop"),
    "SPF that redirects without an end": Tree(redirect_chain, 40, "spf/record", "problem", "31 terms look up the DNS"),
    "SPF that finds nothing thirty times": Tree(void_flood, 40, "spf/record", "problem", "find nothing"),
    "SPF with macros that make names too long": Tree(long_macros, 25, "spf/record", "problem", "9 look-ups"),
    "aliases without an end": Tree(alias_chain, 16, "mx/record", "unknown", "servfail"),
    "aliases in a circle": Tree(alias_loop, 20, "mx/address", "unknown", "servfail"),
    "a hundred exchangers": Tree(exchangers, 40, "mx/count", "warning", "100 MX records"),
    "exchangers with a hundred addresses": Tree(addresses, 35, "mx/reverse-name", "warning", "no reverse name"),
    "a hundred reverse names": Tree(reverse_names, 25, "mx/reverse-name", "warning", "does not lead back"),
    "a DMARC walk from a hundred labels": Tree(
        at("", TXT=[]), 25, "dmarc/record", "absent", "no policy record", LABELS
    ),
    "a thousand TXT records": Tree(many_texts, 20, "spf/record", "problem", "1000 SPF records"),
    "64 kB of TXT": Tree(long_text, 20, "spf/record", "problem", "permerror"),
    "a hundred selectors": Tree(
        at(DOMAIN), 39, "dkim/selectors", "unknown", "100 selectors", selectors=tuple(f"s{n}" for n in range(100))
    ),
    "reports to a hundred others": Tree(reports, 40, "dmarc/reports", "problem", "did not agree"),
    "name servers that never answer": Tree(
        no_delegation, 27, "zone/ns-address", "unknown", "ns0.slow.test (timeout)", timeout_s=0.4
    ),
    "a server that fails at all": Tree(failing, 32, "mx/record", "unknown", "servfail"),
}


def reply(holds: Callable[[str, str], Data]) -> Callable[[bytes], bytes | None]:
    def answer(query: bytes) -> bytes | None:
        asked = dns.message.from_wire(query)
        name, kind = str(asked.question[0].name).rstrip(".").lower(), asked.question[0].rdtype.name
        made = dns.message.make_response(asked, recursion_available=True)
        data = holds(name, kind)
        if data == "timeout":
            return None
        if data is None:
            made.set_rcode(dns.rcode.NXDOMAIN)
        elif data == "alias":
            names = [name, *(f"{number}.{name}" for number in range(20))]
            made.answer = [dns.rrset.from_text(f"{a}.", 60, "IN", "CNAME", f"{b}.") for a, b in pairwise(names)]
        elif data == "loop":
            other = name.replace("one.", "two.") if name.startswith("one.") else name.replace("two.", "one.")
            pairs = ((name, other), (other, name))
            made.answer = [dns.rrset.from_text(f"{a}.", 60, "IN", "CNAME", f"{b}.") for a, b in pairs]
        elif isinstance(data, str):
            made.set_rcode(dns.rcode.from_text(data))
        elif data:
            made.answer = [dns.rrset.from_text(f"{name}.", 60, "IN", kind, *(quoted(kind, datum) for datum in data))]
        return made.to_wire(max_size=65_535)

    return answer


def quoted(kind: str, datum: str) -> str:
    if kind != "TXT":
        return datum
    return " ".join(f'"{datum[start : start + 250]}"' for start in range(0, len(datum), 250))


@pytest.mark.parametrize("name", TREES)
def test_a_hostile_tree_costs_what_its_bound_allows(name: str, answering: Any, tmp_path: Path) -> None:
    tree, path = TREES[name], tmp_path / "answers.jsonl"
    with (
        answering(reply(tree.holds)) as (port, got),
        Recorder(path, Server(ADDRESS, port), timeout_s=tree.timeout_s) as recorder,
    ):
        asking.ask(tree.domain, tree.selectors, recorder)
    assert (len(got), recorder.sent) == (tree.queries, tree.queries)
    assert tree.queries <= 40
    assert sum(json.loads(line)["status"] != "not_sent" for line in path.read_bytes().splitlines()) == tree.queries
    found = [check for check in judged(path, tree).checks if (check.id, check.state) == (tree.check, tree.state)]
    assert [check.text for check in found if tree.words in check.text], [check.text for check in found]


def judged(path: Path, tree: Tree) -> Posture:
    with Case() as case:
        case.add(path)
        assert case.evidence[0].state == "read"
        posture = case.posture(tree.domain, selectors=tree.selectors)
    assert len(posture.summary) == 5
    assert len(posture.checks) < 400
    return posture


def test_a_stream_that_the_server_closed_is_opened_again_and_is_no_time_out(answering: Any, tmp_path: Path) -> None:
    def holds(name: str, kind: str) -> Data:
        return [f"192.0.2.{index}" for index in range(100)]

    with (
        answering(reply(holds), closes=True) as (port, got),
        Recorder(tmp_path / "answers.jsonl", Server(ADDRESS, port), timeout_s=10) as recorder,
    ):
        found = [recorder.ask(f"m{number}.{DOMAIN}", "A") for number in range(3)]
    assert [(asked.status, len(asked.records)) for asked in found] == [("ok", 100)] * 3
    assert got.count(f"tcp m1.{DOMAIN}. A") == 1
