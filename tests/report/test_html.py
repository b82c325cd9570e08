"""The page shows evidence as text, never as markup."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from forensics.model.case_file import CaseFile
from forensics.report.html import FOLD_ROWS, render

TITLES = (
    "Answer", "What this evidence could not have shown", "What would change this answer", "Claims", "Sources",
    "Timeline", "Findings", "Not examined", "Method and reproduction", "Manifest",
)  # fmt: skip


class Page(HTMLParser):
    """Elements with the names of their attributes, texts by element, and what a script element holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)


def test_the_page_has_every_section(case_with) -> None:
    page = Page(render(case_with("mail.example")))
    assert tuple(page.texts["h1"]) == TITLES


def test_evidence_adds_no_element_and_no_attribute(case_with, hostile: str) -> None:
    plain, hostile = Page(render(case_with("mail.example"))), Page(render(case_with(hostile)))
    assert hostile.elements == plain.elements


def test_links_go_nowhere_but_to_findings_of_the_page(case_with, hostile: str) -> None:
    assert all(link.startswith("#") for link in Page(render(case_with(hostile))).links)


def test_the_result_inside_the_page_is_the_document(case_with, hostile: str) -> None:
    case: CaseFile = case_with(hostile)
    page = Page(render(case))
    inside = json.loads("".join(page.texts["script"]))
    assert inside["question"] == case.question
    assert inside["evidence"][0]["path"] == case.evidence[0].path


def test_what_hides_is_shown_as_its_code_point(case_with) -> None:
    assert "live&lt;U+202E&gt;exe" in render(case_with("live\u202eexe"))


def test_the_page_forbids_scripts_and_requests(case_with) -> None:
    page = render(case_with("mail.example"))
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    # The one address in it names the SVG language and is never fetched.
    assert page.replace('xmlns="http://www.w3.org/2000/svg"', "").count("http") == len(["http-equiv"])


def test_a_long_table_is_folded_away(case_with) -> None:
    from msgspec.structs import replace

    case = case_with("mail.example")
    many = tuple(replace(case.evidence[1], id=f"E{n}", path=f"case/d{n}/x") for n in range(1, FOLD_ROWS + 2))
    assert f"<summary>{FOLD_ROWS + 1} rows</summary>" in render(replace(case, evidence=many))
