"""Ten years of a name: every event and interval that the dated answers show, and nothing between them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from forensics import Case
from forensics.model.registration_report import RegistrationReport

ROOT = Path(__file__).resolve().parent.parent
STORY = ROOT / "sample_evidence" / "ten_years_of_a_name"
NAME = "northwind.example"
OPEN = "clientTransferProhibited"
TIDEWATER = "ns1.tidewater-dns.example ns2.tidewater-dns.example"
HARBOUR = "ns1.harbour-dns.example ns2.harbour-dns.example"
PARKED = "ns1.lantern-parking.example ns2.lantern-parking.example"
OWN = "ns1.northwind.example ns2.northwind.example"


@pytest.fixture(scope="module")
def report() -> RegistrationReport:
    return asked(None)


def asked(day: date | None) -> RegistrationReport:
    with Case() as case:
        case.add(STORY / "evidence")
        return case.registration(NAME, as_of=day)


def test_the_events_are_all_told_each_between_its_two_answers(report: RegistrationReport) -> None:
    assert [(e.after[:10], e.by[:10], e.kind) for e in report.events] == [
        ("2013-09-17", "2014-03-20", "renewal"),
        ("2015-05-12", "2015-07-03", "renewal"),
        ("2015-05-12", "2015-07-03", "transfer"),
        ("2015-07-03", "2015-12-01", "name_servers_moved"),
        ("2016-08-15", "2017-03-02", "renewal"),
        ("2017-06-01", "2018-03-30", "renewal"),
        ("2018-03-30", "2018-06-02", "privacy_switched_on"),
        ("2019-02-12", "2019-04-19", "expiry_passed"),
        ("2019-04-19", "2019-06-10", "drop"),
        ("2019-09-02", "2019-10-21", "re_registration"),
        ("2019-10-21", "2020-10-15", "renewal"),
        ("2020-10-15", "2022-06-20", "renewal"),
        ("2022-06-20", "2022-11-08", "renewal"),
        ("2022-11-08", "2023-05-16", "name_servers_moved"),
    ]


def test_what_the_makers_say_happened_lies_between_the_answers_that_show_it(report: RegistrationReport) -> None:
    true: dict[str, Any] = YAML(typ="safe", pure=True).load(STORY / "history.yml")
    told = {(e.kind, e.after[:10], e.by[:10]) for e in report.events if e.kind != "expiry_passed"}
    assert told == {(e["kind"], e["after"].isoformat(), e["by"].isoformat()) for e in true["events"]}
    assert all(e["after"] < e["on"] <= e["by"] for e in true["events"])


def test_the_intervals_last_from_the_first_to_the_last_answer_that_agree(report: RegistrationReport) -> None:
    spans = [
        (i.field, i.first_seen[:10], i.last_seen[:10], i.value.removesuffix("T12:00:00+00:00"))
        for i in report.intervals
    ]
    assert spans == [
        ("status", "2013-02-04", "2019-04-19", "registered"),
        ("status", "2019-06-10", "2019-09-02", "not_found"),
        ("status", "2019-10-21", "2023-09-30", "registered"),
        ("registrar", "2013-02-04", "2015-05-12", "Tidewater Registrar Inc."),
        ("registrar", "2015-07-03", "2019-04-19", "Harbour Names Ltd"),
        ("registrar", "2019-10-21", "2023-09-30", "Lantern Domains LLC"),
        ("registrant", "2013-02-04", "2018-03-30", "Northwind Freight"),
        ("registrant", "2017-06-01", "2017-06-01", "Northwind Freight Holding"),
        ("registrant", "2019-10-21", "2023-09-30", "Quiet Bay Media"),
        ("created", "2013-02-04", "2019-04-19", "2009-03-11"),
        ("created", "2019-10-21", "2023-09-30", "2019-10-02"),
        ("expires", "2013-02-04", "2013-09-17", "2014-03-11"),
        ("expires", "2014-03-20", "2015-05-12", "2016-03-11"),
        ("expires", "2015-07-03", "2016-08-15", "2017-03-11"),
        ("expires", "2017-03-02", "2017-06-01", "2018-03-11"),
        ("expires", "2018-03-30", "2019-04-19", "2019-03-11"),
        ("expires", "2019-10-21", "2019-10-21", "2020-10-02"),
        ("expires", "2020-10-15", "2020-10-15", "2021-10-02"),
        ("expires", "2022-06-20", "2022-06-20", "2022-10-02"),
        ("expires", "2022-11-08", "2023-09-30", "2023-10-02"),
        ("name_servers", "2013-02-04", "2015-07-03", TIDEWATER),
        ("name_servers", "2015-12-01", "2019-04-19", HARBOUR),
        ("name_servers", "2019-10-21", "2022-11-08", PARKED),
        ("name_servers", "2023-05-16", "2023-09-30", OWN),
        ("statuses", "2013-02-04", "2019-02-12", OPEN),
        ("statuses", "2019-04-19", "2019-04-19", "pendingDelete redemptionPeriod"),
        ("statuses", "2019-10-21", "2023-09-30", OPEN),
    ]


def test_the_silence_is_a_gap_of_every_interval_that_reaches_over_it(report: RegistrationReport) -> None:
    gaps = {(i.field, start[:10], end[:10]) for i in report.intervals for start, end in i.gaps}
    held = ("status", "registrar", "registrant", "created", "name_servers", "statuses")
    assert gaps == {(field, "2020-10-15", "2022-06-20") for field in held}


def test_the_sources_that_disagree_are_both_shown(report: RegistrationReport) -> None:
    assert report.disagreements == (
        "2017-06-01: registrant is Northwind Freight Holding by E10 2017-06-01-registrar.txt, "
        "Northwind Freight by E11 2017-06-01-whois.txt",
    )


def test_answers_without_a_date_are_dated_by_their_files_names(report: RegistrationReport) -> None:
    assert [a.dated_by for a in report.answers] == ["the file's name"] * 3 + ["the answer"] * 20
    assert report.notes == ()


@pytest.mark.parametrize(
    ("day", "field", "value", "basis"),
    [
        ("2015-05-12", "registrar", "Tidewater Registrar Inc.", "answer"),
        ("2015-06-01", "registrar", None, "unknown"),
        ("2016-01-01", "registrar", "Harbour Names Ltd", "between"),
        ("2017-06-01", "registrant", None, "disagreement"),
        ("2018-12-01", "registrant", None, "unknown"),
        ("2019-07-01", "status", "not_found", "between"),
        ("2019-07-01", "registrar", None, "unknown"),
        ("2019-10-02", "status", None, "unknown"),
        ("2021-05-01", "registrar", None, "unknown"),
        ("2024-01-01", "status", None, "unknown"),
    ],
)
def test_a_day_is_answered_from_the_answers_alone(day: str, field: str, value: str | None, basis: str) -> None:
    found = {on.field: on for on in asked(date.fromisoformat(day)).on_the_day}[field]
    assert (found.value, found.basis) == (value, basis)


def test_the_command_reads_every_answer() -> None:
    command = [sys.executable, "-m", "forensics", "whois", NAME, "--records", str(STORY / "evidence"), "--json", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert len(json.loads(done.stdout)["answers"]) == 23


def test_the_seed_makes_the_same_story_again(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "validation.registration_story", "--out", str(tmp_path)], check=True, cwd=ROOT
    )
    made = {path.relative_to(tmp_path): path.read_bytes() for path in sorted(tmp_path.rglob("*.*"))}
    kept = {path.relative_to(STORY): path.read_bytes() for path in sorted(STORY.rglob("*.*"))}
    assert made == {path: data for path, data in kept.items() if path.name != "README.md"}
