"""The paper says what the result says, whatever evidence holds."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from forensics.report import covered, pdf
from forensics.report.json_document import encode

pytest.importorskip("typst", reason="the extra pdf (typst) is not installed")

TITLES = (
    "Answer", "What this evidence could not have shown", "What would change this answer", "Claims", "Sources",
    "Timeline", "Findings", "Not examined", "Method and reproduction", "Manifest",
)  # fmt: skip


@pytest.fixture
def text_of(tmp_path: Path):
    """What a reader who copies the text of a PDF gets."""

    def read(data: bytes) -> str:
        file = tmp_path / "report.pdf"
        file.write_bytes(data)
        done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True)
        return done.stdout.decode()

    return read


@pytest.mark.program("pdftotext")
def test_the_paper_has_every_section_and_numbered_pages_with_the_report_id(case_with, text_of) -> None:
    case = case_with("mail.example")
    text = text_of(pdf.render(case))
    pages = text.rstrip("\f").split("\f")
    positions = [re.search(rf"^{title}$", text, re.MULTILINE) for title in TITLES]
    assert all(positions)
    identity = hashlib.sha256(encode(case)).hexdigest()
    for number, page in enumerate(pages, 1):
        assert f"{number} of {len(pages)}" in page
        assert f"Report {identity[:16]}" in page
    assert identity in text.replace("\n", "")


@pytest.mark.program("pdftotext")
def test_what_could_not_have_been_seen_is_on_page_one_or_two(case_with, text_of) -> None:
    pages = text_of(pdf.render(case_with("mail.example"))).split("\f")
    assert any("What this evidence could not have shown" in page for page in pages[:2])


def test_hostile_text_is_set_as_text(case_with, hostile: str) -> None:
    assert pdf.render(case_with(hostile)).startswith(b"%PDF-1.7")


@pytest.mark.program("pdftotext")
def test_typst_markup_in_evidence_comes_out_as_it_went_in(case_with, text_of) -> None:
    text = '#panic() #read("/etc/passwd") $x^2$ @ref <label> #{ 1 }'
    assert text in text_of(pdf.render(case_with(text))).replace("\n", " ")


@pytest.mark.program("pdftotext")
def test_what_hides_or_has_no_glyph_is_written_out(case_with, text_of) -> None:
    shown = text_of(pdf.render(case_with("a\x1bb\u202ec日\ufffe")))
    assert "a\\x1bb<U+202E>c<U+65E5><U+FFFE>" in shown


@pytest.mark.program("pdftotext")
def test_a_hash_is_copied_without_invisible_characters(case_with, text_of) -> None:
    shown = text_of(pdf.render(case_with("mail.example")))
    assert "cd" * 16 in shown
    assert "\u200b" not in shown


def test_the_same_document_gives_the_same_bytes(case_with) -> None:
    assert pdf.render(case_with("mail.example")) == pdf.render(case_with("mail.example"))


def test_the_file_claims_both_standards_and_carries_the_result(case_with, tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf", reason="pikepdf is not installed")
    case = case_with("\x1b[2J日本")
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf.render(case))
    with pikepdf.open(file) as opened:
        metadata = opened.open_metadata()
        assert (metadata.pdfa_status, metadata["pdfuaid:part"]) == ("3A", "1")
        assert opened.Root.MarkInfo.Marked
        assert opened.attachments[pdf.ATTACHMENT].get_file().read_bytes() == encode(case)


@pytest.mark.program("pdftotext")
def test_a_very_long_table_is_cut_and_says_so(case_with, text_of, monkeypatch) -> None:
    monkeypatch.setattr(pdf, "MOST_ROWS", 3)
    case = case_with("mail.example")
    many = tuple(replace(case.evidence[1], id=f"E{n}", path=f"case/d{n}/x") for n in range(1, 6))
    shown = text_of(pdf.render(replace(case, evidence=many)))
    assert "The first 3 of 5 rows; the attached result.json has them all." in shown
    assert "case/d4/x" not in shown


@given(st.text(max_size=4_000))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_of_evidence_can_be_set(case_with, text: str) -> None:
    assert pdf.render(case_with(text)).startswith(b"%PDF-1.7")


@given(st.text(alphabet="ab/-.\u65e5 ", max_size=400), st.integers(4, 60))
def test_breaking_adds_nothing_but_places_to_break(text: str, longest: int) -> None:
    shown = pdf._breaking(text, longest)
    assert shown.replace("\u200b", "") == covered.printable(text)
    assert all(len(word) <= max(longest, 4) for word in re.split(r"[\s/\u200b]+", shown))
