"""The registration of a domain as blocks, on every medium."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from forensics import Case
from forensics.model.registration_report import RegistrationReport
from forensics.report import blocks, write_registration
from forensics.report.sections import registration

STORY = Path(__file__).resolve().parents[3] / "sample_evidence" / "ten_years_of_a_name"
ANSWER = """\
Domain Name: SEAGLASS.TEST
Registrar: {registrar}
Creation Date: 2009-08-14T10:22:31Z
Registry Expiry Date: 2027-08-14T10:22:31Z
Registrant Organization: {registrar}
Name Server: NS1.DNSHOST.TEST
>>> Last update of whois database: {asked}T04:05:06Z <<<
"""


@pytest.fixture(scope="module")
def story() -> RegistrationReport:
    with Case() as case:
        case.add(STORY / "evidence")
        return case.registration("northwind.example")


def test_the_chart_has_a_lane_per_field_and_the_number_of_each_event_of_the_table(story: RegistrationReport) -> None:
    built = registration.build(story)
    (chart,) = (item for item in built if isinstance(item, blocks.Lanes))
    assert [(lane.title, len(lane.spans)) for lane in chart.lanes] == [
        ("Status", 3),
        ("Registrar", 3),
        ("Registrant", 3),
        ("Name servers", 4),
        ("Paid until", 9),
    ]
    table = next(item for item in built if isinstance(item, blocks.Table) and item.columns[0] == "No")
    assert [mark.label for mark in chart.marks] == [row[0] for row in table.rows] == [str(n) for n in range(1, 15)]
    assert (chart.start[:10], chart.end[:10]) == ("2013-02-04", "2023-09-30")


def test_the_table_says_what_the_chart_shows(story: RegistrationReport) -> None:
    table = next(i for i in registration.build(story) if isinstance(i, blocks.Table) and "First seen" in i.columns)
    assert (
        "registrar",
        "2019-10-21",
        "2023-09-30",
        "6",
        "2020-10-15 to 2022-06-20",
        "Lantern Domains LLC",
    ) in table.rows
    assert ("expires", "2014-03-20", "2015-05-12", "3", "none", "2016-03-11") in table.rows


def test_the_page_has_the_chart_and_the_document(story: RegistrationReport, tmp_path: Path) -> None:
    text = write_registration(story, tmp_path / "a.html", "html").read_text()
    assert text.count("<svg ") == 1
    assert '"schema": "forensics-whois/1"' in text


@pytest.mark.program("pdftotext")
def test_the_paper_has_the_chart_and_the_tables(story: RegistrationReport, tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="the extra pdf (typst) is not installed")
    path = write_registration(story, tmp_path / "a.pdf", "pdf")
    shown = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert "Registration of northwind.example" in shown
    assert "2013-09-17" in shown
    assert "Sources that disagree" in shown


def test_hostile_names_of_holders_are_text_on_every_medium(hostile: str, tmp_path: Path) -> None:
    typed = hostile.replace("\r", " ").replace("\n", " ").replace("\0", " ")[:300]
    for number, asked in enumerate(("2013-02-03", "2015-02-03")):
        file = tmp_path / f"answer-{number}.txt"
        file.write_text(ANSWER.format(registrar=f"x {typed}", asked=asked), encoding="utf-8", errors="replace")
    with Case() as case:
        case.add(tmp_path / "answer-0.txt", tmp_path / "answer-1.txt")
        report = case.registration("seaglass.test")
    page = write_registration(report, tmp_path / "a.html", "html").read_text()
    assert "<script>alert" not in page
    assert "<img" not in page
    pytest.importorskip("typst", reason="the extra pdf (typst) is not installed")
    assert write_registration(report, tmp_path / "a.pdf", "pdf").read_bytes().startswith(b"%PDF")


def test_a_terminal_shows_the_first_rows_of_a_flood_and_how_many_more_there_are(tmp_path: Path) -> None:
    lines = [f"a.test,2014-01-01,Registrar {number},,,,,,,s{number}\n" for number in range(1_000)]
    header = "domain,seen,registrar,registrant,created,updated,expires,name_servers,statuses,source\n"
    (tmp_path / "flood.csv").write_text(header + "".join(lines))
    with Case() as case:
        case.add(tmp_path)
        report = case.registration("a.test")
    built = registration.build_short(report)
    assert max(len(item.rows) for item in built if isinstance(item, blocks.Table)) == registration.MOST_ROWS
    assert blocks.Paragraph("700 more; --json has them all.") in built
    assert len(report.answers) == 1_000


def test_without_answers_there_is_a_sentence_and_no_chart() -> None:
    with Case() as case:
        case.add(STORY / "evidence" / "2013-02-04-whois.txt")
        built = registration.build(case.registration("other.test"))
    assert blocks.Paragraph("No answer about this domain is among the records.") in built
    assert not any(isinstance(item, blocks.Lanes) for item in built)
