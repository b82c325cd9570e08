"""What rules find in flow records is what a loop over the records finds, also where a part is asked first."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from forensics.analysis import findings, rule_check, rulebook, slices, workspace
from forensics.analysis.coverage import Piece
from forensics.analysis.rulebook import Rule
from forensics.model.subject import Subject
from tests.analysis.filled_tables import filled

OWN = "192.0.2.10"
ADDRESSES = (OWN, "198.51.100.7", "198.51.100.8", "2001:db8::7", None)
PORTS = (25, 587, 443, 993, 1024, 40000, 40001, None)
FLAGS = (None, "S", "SA", "A", "APSF", "SR", "R", "RA", "SFPA")
MAIL = (25, 465, 587, 2525)
RULES = {rule.id.split("/")[1]: rule for rule in rulebook.load().rules if rule.reads == ["flow"]}
Record = dict[str, Any]
Connection = tuple[tuple[int, str | None, int | None, str | None, int | None], str, bool]
"""Its piece, client and server; its state; whether either side may have called."""


def made(seed: int) -> list[Record]:
    """Records, most of them with one for the way back; some with the packets of both ways, some without flags."""
    chance = random.Random(seed)
    addresses, ports, flags = (chance.sample(known, chance.randrange(2, 6)) for known in (ADDRESSES, PORTS, FLAGS))
    rows: list[Record] = []
    for _ in range(chance.choice((1, 4, 60))):
        there = {
            "evidence": chance.choice((1, 1, 2)), "ts": chance.randrange(100), "last_ts": chance.randrange(100, 200),
            "src_ip": chance.choice(addresses), "src_port": chance.choice(ports), "dst_ip": chance.choice(addresses),
            "dst_port": chance.choice(ports), "transport": chance.choice(("tcp", "tcp", "tcp", "udp", None)),
            "tcp_flags": chance.choice(flags), "packets": chance.choice((None, 0, 1, 3, 9)),
            "reply_packets": chance.choice((None, None, None, 0, 4)),
            "rejected": chance.choice((None, None, None, False, True)),
        }  # fmt: skip
        rows.append(there)
        if chance.random() < 0.7:
            turned = {"src_ip": there["dst_ip"], "src_port": there["dst_port"], "dst_ip": there["src_ip"]}
            rows.append({**there, **turned, "dst_port": there["src_port"], "tcp_flags": chance.choice(flags)})
    return rows


def calls(row: Record) -> bool:
    return "S" in (row["tcp_flags"] or "") and "A" not in row["tcp_flags"]


def ends(row: Record) -> tuple[Any, ...]:
    return row["evidence"], row["src_ip"], row["src_port"], row["dst_ip"], row["dst_port"]


def from_client(row: Record, callers: set[tuple[Any, ...]]) -> bool | None:
    if calls(row):
        return True
    piece, source, source_port, target, target_port = ends(row)
    if None not in ends(row) and (piece, target, target_port, source, source_port) in callers:
        return False
    if source_port is None or target_port is None:
        return None
    for known in (lambda port: port in MAIL, lambda port: port < 1024):
        if known(source_port) != known(target_port):
            return bool(known(target_port))
    return None


def connections(rows: list[Record], few_flags: bool) -> list[Connection]:
    callers = {ends(row) for row in rows if calls(row)}
    sides: dict[tuple[Any, ...], list[tuple[bool | None, Record]]] = defaultdict(list)
    for row in rows:
        if row["transport"] != "udp":
            side = from_client(row, callers)
            piece, source, source_port, target, target_port = ends(row)
            turned = (piece, target, target_port, source, source_port)
            sides[turned if side is False else ends(row)].append((side, row))
    return [
        (key, state(records, few_flags and key[0] == 1), any(side is None for side, _ in records))
        for key, records in sides.items()
    ]


def state(records: list[tuple[bool | None, Record]], few_flags: bool) -> str:
    there = [row for side, row in records if side is not False]
    back = [row for side, row in records if side is False]
    if all(row["rejected"] for row in there + back):
        return "refused"
    sent = sum(row["packets"] or 0 for row in there if not row["rejected"])
    answered = sum(row["packets"] or 0 for row in back if not row["rejected"])
    answered += sum(row["reply_packets"] or 0 for row in there if not row["rejected"])
    two_way = any(row["reply_packets"] is not None for row in there + back)
    flagless = any(row["tcp_flags"] is None for row in there + back)
    acknowledged, called = (any(flag in (row["tcp_flags"] or "") for row in there) for flag in "AS")
    opened, reset = (any(flag in (row["tcp_flags"] or "") for row in back) for flag in "SR")
    if two_way or flagless or few_flags:
        if not two_way and not flagless and called and reset and not opened:
            return "refused"
        if sent >= 3 and answered >= 2:
            return "established"
        if two_way and answered == 0 and not acknowledged:
            return "unanswered"
        return "refused" if two_way and sent == 1 and (flagless or called) else "uncertain"
    if any(side is None for side, _ in records):
        return "uncertain"
    if acknowledged:
        return "established" if opened else "uncertain"
    if opened:
        return "half_open" if sent > 0 else "uncertain"
    if reset:
        return "refused"
    return "uncertain" if back else "unanswered"


def loop(rows: list[Record], own: Callable[[int, str | None], bool], few_flags: bool) -> dict[str, bool]:
    """Which rules are met; an address is the subject's where `own` says so of its piece and itself."""
    done = [found for found in connections(rows, few_flags) if found[1] in ("established", "uncertain")]
    into = [(unclear and own(key[0], key[1])) or own(key[0], key[3]) for key, _, unclear in done]
    out = [(unclear and own(key[0], key[3])) or own(key[0], key[1]) for key, _, unclear in done]
    return {
        "no-connection-in-flows": not any(own(key[0], key[1]) or own(key[0], key[3]) for key, _, _ in done),
        "no-inbound-connection-in-flows": not any(into),
        "no-outbound-connection-in-flows": not any(out),
    }


def on_mail_ports(rows: list[Record]) -> int:
    return sum(key[4] in MAIL and OWN in (key[1], key[3]) for key, _, _ in connections(rows, few_flags=False))


@pytest.mark.parametrize("probe_rows", [2, 1_000_000])
@pytest.mark.parametrize("declared", [True, False])
def test_the_flow_rules_are_what_a_loop_over_the_records_finds(
    monkeypatch: pytest.MonkeyPatch, declared: bool, probe_rows: int
) -> None:
    monkeypatch.setattr(slices, "PROBE_ROWS", probe_rows)
    met = dict.fromkeys(RULES, 0)
    for seed in range(12):
        rows, few_flags = made(seed), seed % 3 == 0
        connection = filled({"flow": rows})
        pieces = piece(1, "subject_flows", "aws_vpc_flow_log" if few_flags else "nfdump_csv"), piece(2, "recursive_dns")
        workspace.build(
            connection, subject=Subject(addresses=(OWN,)), span=workspace.Span(None, None), pieces=pieces,
            covering={("subject_flows", "flow"): (1,)}, views=rulebook.load().views, addresses_declared=declared,
        )  # fmt: skip
        found = {name: findings.ask(connection, rule).count for name, rule in RULES.items()}
        expected = {name: int(said) for name, said in loop(rows, owns(declared), few_flags).items()}
        assert found == {**expected, "flows-to-mail-ports": on_mail_ports(rows)}, seed
        met = {name: met[name] + bool(count) for name, count in found.items()}
    assert all(0 < number < 12 for number in met.values())


def owns(declared: bool) -> Callable[[int, str | None], bool]:
    """Where the examiner declared no addresses, every address of the subject's link may be its own."""
    return lambda evidence, address: address == OWN or (not declared and evidence == 1)


def piece(number: int, vantage: str, format_: str | None = None) -> Piece:
    return Piece(
        no=number, path=f"flows-{number}", format=format_, vantage=vantage, state="read", start=0, end=200, whole=True,
        detection=1.0, fills=("flow",),
    )  # fmt: skip


def flows(number: int, flags: str) -> list[Record]:
    """Calls to the subject's port 25, each with its answer; those of different client ports are of different slices."""
    common = {"transport": "tcp", "ts": 1, "last_ts": 2, "packets": 9, "tcp_flags": flags}
    there = [
        {"src_ip": "198.51.100.7", "src_port": 40000 + call, "dst_ip": OWN, "dst_port": 25} for call in range(number)
    ]
    back = [
        {"src_ip": OWN, "src_port": 25, "dst_ip": "198.51.100.7", "dst_port": 40000 + call} for call in range(number)
    ]
    return [{**ends, **common} for ends in there + back]


def test_a_part_that_shows_a_connection_is_all_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "PROBE_ROWS", 50)
    rule = RULES["no-inbound-connection-in-flows"]
    assert asked(flows(200, "APSF"), rule) == (1, 0)
    assert asked(flows(200, "R"), rule) == (2, 1)
    assert asked(flows(200, "R") + flows(1, "APSF"), rule)[1] == 0
    monkeypatch.setattr(slices, "PROBE_ROWS", 1000)
    assert asked(flows(200, "APSF"), rule) == (1, 0)


def asked(rows: list[Record], rule: Rule) -> tuple[int, int]:
    """How many times the rule's query is run, and how many hits there are."""
    connection = filled({"flow": rows})
    workspace.build(
        connection, subject=Subject(addresses=(OWN,)), span=workspace.Span(None, None),
        pieces=(piece(1, "subject_flows"),), covering={("subject_flows", "flow"): (1,)}, views=rulebook.load().views,
    )  # fmt: skip
    few = slices.probe(connection, rule)
    hits = findings.ask(connection, rule).count
    if few is None:
        return 1, hits
    with slices.narrowed(connection, "flow_maybe_own", few):
        return 1 + bool(findings.run(connection, rule.query).count), hits


def test_rules_of_absence_pass_their_cases_where_a_part_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "PROBE_ROWS", 1)
    rules = tuple(rule for rule in RULES.values() if rule.sliced is not None)
    assert len(rules) == 3
    book = msgspec.structs.replace(rulebook.load(), rules=rules)
    assert rule_check.run_cases(book, rulebook.cases_folder()).failures == ()
