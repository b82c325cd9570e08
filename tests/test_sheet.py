"""The evidence sheet: every key, and errors that say where."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forensics import sheet
from forensics.errors import SheetError, UsageError
from forensics.model.evidence import Facts
from forensics.model.subject import Claim, Subject, Window

FULL = """\
subject: {domain: Northwind.Example., servers: [MX1.northwind.example, 203.0.113.10, "2001:DB8:0::1"]}
window: [2026-11-23T09:13:34Z, 2026-11-23T11:13:53+01:00]
claims:
  - {id: not-mail, says: only_resolver_traffic, from: [198.51.100.18]}
  - {id: unused, says: no_mail_since, since: 2026-01-01T00:00:00Z}
  - {id: third-party, says: operated_by_third_party, by: "Bulk Post Ltd"}
evidence:
  - path: pcap/server.pcap
    vantage: subject_link
    covers: [2026-11-23, 2026-11-23]
  - {path: mail/*.log, vantage: subject_mta, time_zone: Europe/Berlin, year: 2026, date_order: day_month}
  - {path: flows, vantage: subject_flows, sampling: 100, time_zone: UTC, format: nfdump_csv}
"""


def _load(tmp_path: Path, text: str) -> sheet.Sheet:
    path = tmp_path / "sheet.yml"
    path.write_text(text)
    return sheet.load(path)


def test_every_part_of_a_sheet_is_read(tmp_path: Path) -> None:
    found = _load(tmp_path, FULL)
    assert found.subject == Subject(
        domain="northwind.example", names=("mx1.northwind.example",), addresses=("203.0.113.10", "2001:db8::1")
    )
    assert found.window == Window(
        start=datetime(2026, 11, 23, 9, 13, 34, tzinfo=UTC), end=datetime(2026, 11, 23, 10, 13, 53, tzinfo=UTC)
    )
    assert found.claims == (
        Claim(id="not-mail", says="only_resolver_traffic", addresses=("198.51.100.18",)),
        Claim(id="unused", says="no_mail_since", since=datetime(2026, 1, 1, tzinfo=UTC)),
        Claim(id="third-party", says="operated_by_third_party", by="Bulk Post Ltd"),
    )
    assert found.facts(tmp_path / "pcap/server.pcap") == Facts(
        vantage="subject_link",
        covers=(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 23, 23, 59, 59, 999999, tzinfo=UTC)),
    )
    assert found.facts(tmp_path / "mail/mail.log") == Facts(
        vantage="subject_mta", time_zone=ZoneInfo("Europe/Berlin"), year=2026, date_order="day_month"
    )
    assert found.facts(tmp_path / "flows/a/b.csv") == Facts(
        vantage="subject_flows", sampling=100, time_zone=UTC, format="nfdump_csv"
    )
    assert found.facts(tmp_path / "other.log") == Facts()


def test_an_empty_sheet_says_nothing(tmp_path: Path) -> None:
    assert _load(tmp_path, "# nothing yet\n") == sheet.EMPTY


def test_the_last_entry_that_names_a_file_counts(tmp_path: Path) -> None:
    found = _load(tmp_path, "evidence: [{path: '*.log', year: 2025}, {path: b.log, year: 2026}]")
    assert found.facts(tmp_path / "a.log").year == 2025
    assert found.facts(tmp_path / "x/../b.log").year == 2026


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("subjct: {domain: a.example}", ':1:1: unknown key "subjct". Did you mean "subject"?'),
        ("subject: {domain: 'a b'}", ":1:10: 'a b' is no domain name and no address."),
        ("subject: {servers: ['-']}\nwindow: [2026-01-01]", ":2:9: a span has two times: [start, end]"),
        ("window: [2026-01-02, 2026-01-01]", ":1:9: The window ends (2026-01-01) before it starts (2026-01-02)."),
        ("window: [2026-01-01T00:00:00, 2026-01-02]", ":1:9: '2026-01-01T00:00:00' has no zone."),
        ("window: [yesterday, 2026-01-02]", ":1:9: 'yesterday' is no time. Write 2026-05-01T12:00:00Z"),
        ("window: [2026-02-30, 2026-03-01]", ":1:9: '2026-02-30' is no time."),
        ("window: [0001-01-01, 2026-03-01]", ":1:9: '0001-01-01' lies outside the years 1970 to 2261 UTC."),
        ("window: [2026-03-01, 2262-01-01]", ":1:9: '2262-01-01' lies outside the years 1970 to 2261 UTC."),
        ("window: [2026-03-01, 9999-12-31T23:59:59-12:00]", ":1:9: '9999-12-31T23:59:59-12:00' lies outside"),
        ("evidence:\n- {path: a, covers: [1969-12-31, 2026-01-01]}", ":2:3: '1969-12-31' lies outside the years"),
        ("claims:\n- {id: a, says: no_mail_since, since: 9999-12-30}", ":2:3: '9999-12-30' lies outside the years"),
        ("claims:\n- {id: a, says: b, from: [x.example]}", ":2:3: 'x.example' is no address"),
        ("claims:\n- {id: a}", ":2:3: Object missing required field `says`"),
        ("evidence:\n- {path: a, time_zone: Mars/Base}", ":2:3: 'Mars/Base' is no time zone."),
        ("evidence:\n- {path: a, covers: [2026-01-01, x]}", ":2:3: 'x' is no time."),
        ("evidence:\n- {path: a, date_order: dmy}", ":2:3: 'dmy' is no order of a date: write day_month or month_day"),
        ("evidence:\n- {path: a, sampling: often}", ":2:23: Expected `int | null`, got `str`"),
        ("evidence:\n- {path: a, vantag: x}", ':2:13: unknown key "vantag". Did you mean "vantage"?'),
        ("evidence:\n- {path: a}\n- {path: &x b}", ":3:10: anchors and aliases are not allowed here."),
        ("subject: {domain: a.example}\nsubject: {}", ":2:1: the key 'subject' stands here a second time"),
    ],
)
def test_an_error_says_where_and_what(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(SheetError) as caught:
        _load(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/sheet.yml{error}")


def test_a_sheet_that_cannot_be_read_is_a_sheet_error(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match=r"none\.yml: cannot be read: No such file or directory"):
        sheet.load(tmp_path / "none.yml")
    (tmp_path / "latin.yml").write_bytes(b"subject: {domain: m\xfcller.example}")
    with pytest.raises(SheetError, match=r"latin\.yml: is not UTF-8 at byte 19"):
        sheet.load(tmp_path / "latin.yml")


def test_a_name_outside_ascii_is_held_as_tables_hold_it() -> None:
    assert sheet.subject("müller.example", ()).domain == "xn--mller-kva.example"


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".example", "a/b", "https://a.example", "a" * 300])
def test_a_server_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no domain name and no address"):
        sheet.subject(None, [name])


def test_a_window_may_be_open_at_an_end() -> None:
    assert sheet.window("2026-05-01", None) == Window(start=datetime(2026, 5, 1, tzinfo=UTC))
    assert sheet.window(None, None) == Window()


def test_what_is_declared_by_hand_stands_above_the_sheet() -> None:
    below = Facts(vantage="other_mta", year=2025)
    assert sheet.overlay(below, Facts(vantage="subject_mta")) == Facts(vantage="subject_mta", year=2025)
