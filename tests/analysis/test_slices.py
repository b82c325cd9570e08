"""A rule that is asked slice by slice finds what it finds at once, and what a loop over the rows finds."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

import duckdb
import msgspec
import pyarrow as pa
import pytest

from forensics.analysis import findings, rule_check, rulebook, slices, workspace
from forensics.analysis.rulebook import Rule, Sliced
from forensics.errors import RuleError
from forensics.model.subject import Subject
from forensics.store import tables

SECOND = 1_000_000_000
NAME = "subject.example"
LookUp = tuple[int, int, int | None, str | None, str | None, str | None]
"""Piece, record, time, client, name, type."""

TIMED = {rule.id: rule for rule in rulebook.load().rules if rule.sliced is not None and not rule.sliced.absent}
SLICED = {name: rule for name, rule in TIMED.items() if rule.sliced is not None and rule.sliced.reach_s != 0}


def look_ups() -> list[LookUp]:
    """Half an hour of three pieces: most times on whole seconds, so that many are equal; repeats; what is not known."""
    chance = random.Random(20260501)
    rows: list[LookUp] = []
    for number in range(2400):
        when = chance.randrange(1800) * SECOND + chance.choice((0, 0, 0, 0, chance.randrange(SECOND)))
        client = f"192.0.2.{chance.randrange(9)}"
        name = chance.choice((NAME, NAME, NAME, f"mx1.{NAME}", "other.example", None))
        kind = chance.choice(("A", "AAAA", "MX", "MX", "TXT", None))
        row = (1 + number % 3, number, chance.choice((when, when, when, when, None)), client, name, kind)
        rows.append(row if number % 50 else (*row[:3], None, *row[4:]))
    for minute in range(1, 30):  # where one slice ends and the next begins
        for number, (off, kind) in enumerate(((-1, "MX"), (minute % 7, "A"))):
            rows.append((1, 2600 + minute * 2 + number, (minute * 60 + off) * SECOND, "203.0.113.1", NAME, kind))
    for client in range(12):  # at the pace of the time to live, each look-up seen twice
        for step in range(40):
            when = step * 60 * SECOND + chance.randrange(1 + client * 2 * SECOND)
            rows += [
                (1, 3000 + client * 80 + step * 2 + seen, when, f"198.51.100.{client}", NAME, "A") for seen in (0, 1)
            ]
    return rows


@pytest.fixture(scope="module")
def rows() -> list[LookUp]:
    return look_ups()


def asked(rows: list[LookUp]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"threads": 1})
    tables.create_views(connection, "whole", {}, ())
    places = ("evidence", "record_no", "ts", "client_ip", "qname", "qtype")
    given = pa.Table.from_pylist([dict(zip(places, row, strict=True)) for row in rows])
    connection.register("given", given)
    connection.execute(f"INSERT INTO whole.dns_query ({', '.join(places)}) SELECT * FROM given")
    connection.execute('UPDATE whole.dns_query SET "offset" = record_no * 50, length = 50')
    connection.execute(
        "INSERT INTO whole.dns_record (evidence, record_no, owner, rtype, ttl_s) VALUES "
        f"(4, 1, '{NAME}', 'A', 60), (4, 2, '{NAME}', 'MX', 900), (4, 3, 'mx1.{NAME}', 'A', 0)"
    )
    workspace.build(
        connection, subject=Subject(domain=NAME), span=workspace.Span(None, None), pieces=(), covering={},
        views=rulebook.load().views,
    )  # fmt: skip
    return connection


@pytest.fixture(params=["numbers", "texts"])
def connection(
    request: pytest.FixtureRequest, rows: list[LookUp], monkeypatch: pytest.MonkeyPatch
) -> duckdb.DuckDBPyConnection:
    """A workspace whose look-ups lie on disk, with few clients and with too many to be numbered."""
    monkeypatch.setattr(workspace, "HELD_ROWS", 100)
    monkeypatch.setattr(workspace, "HELD_VIEW_ROWS", 100 if request.param == "numbers" else 10)
    return asked(rows)


@pytest.mark.parametrize("slice_rows", [150, 1000])
@pytest.mark.parametrize("rule", SLICED.values(), ids=SLICED)
def test_a_rule_finds_the_same_in_slices_as_at_once(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, rule: Rule, slice_rows: int
) -> None:
    at_once = findings.ask(connection, rule)
    assert slices.of(connection, rule) == ()
    monkeypatch.setattr(slices, "SLICE_ROWS", slice_rows)
    assert len(slices.of(connection, rule)) > 1
    assert findings.ask(connection, rule) == at_once
    assert at_once.count > 5
    assert at_once == findings.run(connection, rule.query)


@pytest.mark.parametrize("probe_rows", [1, 40, 500])
@pytest.mark.parametrize("rule", TIMED.values(), ids=TIMED)
def test_the_earliest_rows_give_the_citations_of_all(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, rule: Rule, probe_rows: int
) -> None:
    monkeypatch.setattr(slices, "PROBE_ROWS", probe_rows)
    early = slices.earliest(connection, rule)
    assert (early is None) == (rule.sliced is not None and rule.sliced.reach_s is None)
    found = findings.ask(connection, rule)
    assert found == findings.run(connection, rule.query)
    monkeypatch.setattr(slices, "SLICE_ROWS", 150)
    assert findings.ask(connection, rule) == found


def test_undated_rows_are_not_the_earliest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "PROBE_ROWS", 10)
    undated: list[LookUp] = [(1, number, None, "192.0.2.1", NAME, "TXT") for number in range(30)]
    dated: list[LookUp] = [(1, 50 + step, step * 60 * SECOND, "192.0.2.1", NAME, "TXT") for step in range(40)]
    monkeypatch.setattr(workspace, "HELD_ROWS", 0)
    monkeypatch.setattr(workspace, "HELD_VIEW_ROWS", 0)
    hits = findings.ask(asked(undated + dated), TIMED["traffic/sender-check-lookups"])
    assert (hits.count, [cited.record_no for cited in hits.citations]) == (70, list(range(50, 70)))
    hits = findings.ask(asked(undated + dated[:5]), TIMED["traffic/sender-check-lookups"])
    assert [cited.record_no for cited in hits.citations] == [*range(50, 55), *range(15)]
    assert findings.ask(asked(undated), TIMED["traffic/sender-check-lookups"]).count == 30


def test_a_view_that_is_held_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "PROBE_ROWS", 1)
    monkeypatch.setattr(workspace, "HELD_ROWS", 0)
    rows: list[LookUp] = [(1, step, step * 60 * SECOND, "192.0.2.1", NAME, "TXT") for step in range(30)]
    assert slices.earliest(asked(rows), TIMED["traffic/dns-about-subject"]) is None
    assert findings.ask(asked(rows), TIMED["traffic/dns-about-subject"]).count == 30


def test_clients_are_numbers_where_they_are_few(rows: list[LookUp], monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = []
    for held, held_views in ((10_000, 100), (100, 100), (100, 10)):
        monkeypatch.setattr(workspace, "HELD_ROWS", held)
        monkeypatch.setattr(workspace, "HELD_VIEW_ROWS", held_views)
        kinds.append(asked(rows).execute("SELECT DISTINCT typeof(q.asker) FROM dns_asked q").fetchall())
    assert kinds == [[("VARCHAR",)], [("UINTEGER",)], [("VARCHAR",)]]


@pytest.mark.parametrize("slice_rows", [150, 10_000])
def test_mx_then_address_is_what_a_loop_over_the_look_ups_finds(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, rows: list[LookUp], slice_rows: int
) -> None:
    monkeypatch.setattr(slices, "SLICE_ROWS", slice_rows)
    about = [row for row in rows if row[2] is not None and row[3] is not None and (row[4] or "").endswith(NAME)]
    addresses = defaultdict(list)
    for piece, _, when, client, _, kind in about:
        if kind in ("A", "AAAA"):
            addresses[piece, client].append(when)
    met = [
        row
        for row in about
        if row[5] == "MX" and any(0 <= when - row[2] <= 5 * SECOND for when in addresses[row[0], row[3]])
    ]
    hits = findings.ask(connection, SLICED["traffic/mx-then-address"])
    assert (hits.count, hits.first_ts, hits.last_ts) == (len(met), min(r[2] for r in met), max(r[2] for r in met))
    commonest = sorted(Counter(row[3] for row in met).items(), key=lambda item: (-item[1], item[0]))
    assert list(hits.details) == [client for client, _ in commonest[:5]]
    earliest = sorted((row[2], row[0], row[1]) for row in met)[:20]
    assert [(f"E{piece}", number) for _, piece, number in earliest] == [
        (cited.evidence, cited.record_no) for cited in hits.citations
    ]


@pytest.mark.parametrize("slice_rows", [150, 10_000])
def test_the_pace_is_what_a_loop_over_the_look_ups_finds(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, rows: list[LookUp], slice_rows: int
) -> None:
    monkeypatch.setattr(slices, "SLICE_ROWS", slice_rows)
    times = defaultdict(list)
    for piece, _, when, client, name, kind in rows:
        if when is not None and client is not None and (name, kind) in ((NAME, "A"), (NAME, "MX")):
            times[client, kind, piece].append(when)
    gaps = defaultdict(list)
    for (client, kind, _), seen in times.items():
        gaps[client, kind] += [
            after - before for before, after in pairwise(sorted(seen)) if after - before > SECOND // 2
        ]
    steady = {}
    for (client, kind), found in gaps.items():
        ttl = {"A": 60, "MX": 900}[kind] * SECOND
        low, middle, high = quantiles(found, n=4, method="inclusive") if len(found) >= 4 else (0, 0, 1)
        if high - low <= 0.15 * middle and 0.85 * ttl <= middle <= 1.3 * ttl + 1.5 * SECOND:
            steady[f"{NAME} {kind} by {client} every {middle / SECOND:.1f} s"] = client
    hits = findings.ask(connection, SLICED["traffic/ttl-locked-cadence"])
    assert hits.count == len(steady)
    assert hits.details == tuple(sorted(steady)[:5])
    assert 5 < len(steady) < 12


def test_a_pace_over_two_pieces_cites_a_look_up_that_there_is() -> None:
    rows: list[LookUp] = [(1, 700 + step, step * 60 * SECOND, "192.0.2.1", NAME, "A") for step in range(5)]
    rows += [(2, 1 + step, (step + 10) * 60 * SECOND, "192.0.2.1", NAME, "A") for step in range(5)]
    hits = findings.ask(asked(rows), SLICED["traffic/ttl-locked-cadence"])
    # The least piece with the least record would be E1:2, which is no look-up.
    assert [(c.evidence, c.record_no, c.offset, c.length) for c in hits.citations] == [("E1", 701, 701 * 50, 50)]
    assert hits.first_ts == 60 * SECOND


def test_sliced_rules_pass_their_cases_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_ROWS", 1)
    book = msgspec.structs.replace(rulebook.load(), rules=tuple(SLICED.values()))
    assert rule_check.run_cases(book, rulebook.cases_folder()).failures == ()


@pytest.mark.parametrize(
    ("sliced", "message"),
    [
        ("{view: dns_asked}", "it is sliced either by a column or in time, with a reach_s"),
        ("{view: dns_asked, by: qname, reach_s: 5}", "it is sliced either by a column or in time, with a reach_s"),
        ("{view: dns_asked, reach_s: 5, absent: true}", "what is absent is asked of a slice by a column"),
    ],
)
def test_a_rule_is_sliced_in_one_way(tmp_path: Path, sliced: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        rulebook.load(changed(tmp_path, sliced))


@pytest.mark.parametrize(
    ("sliced", "message"),
    [
        ("{view: dns_ask, by: client_ip}", "dns_ask"),
        ("{view: dns_asked, by: clients}", 'there is no column "clients". Did you mean "client"?'),
    ],
)
def test_the_linter_knows_what_can_be_sliced(tmp_path: Path, sliced: str, message: str) -> None:
    with pytest.raises(RuleError, match=message.replace("?", "[?]")) as error:
        rule_check.lint(rulebook.load(changed(tmp_path, sliced)))
    assert "mx-then-address.yml:5" in str(error.value)


def changed(folder: Path, sliced: str) -> Path:
    """The shipped rules with another word on how one of them is sliced."""
    shipped = rulebook.rules_folder()
    for path in shipped.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            if path.name == "mx-then-address.yml":
                text = text.replace("{view: dns_asked, reach_s: 5}", sliced)
            target = folder / path.relative_to(shipped)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    return folder


def test_a_view_is_whole_again_after_what_was_asked_fails() -> None:
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE VIEW numbers AS SELECT unnest([1, 2, 3]) AS n")
    with slices.narrowed(connection, "numbers", "n > 1"):
        assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (2,)
    with pytest.raises(ZeroDivisionError), slices.narrowed(connection, "numbers", "n > 1"):
        raise ZeroDivisionError
    assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (3,)


def test_a_sliced_rule_names_a_view_of_the_shipped_ones() -> None:
    assert {rule.sliced for rule in TIMED.values()} == {
        Sliced(view="dns_about", reach_s=0),
        Sliced(view="dns_asked", reach_s=5),
        Sliced(view="dns_lasting", by="client_ip"),
    }
