"""What is called printable can be set; the rest is written out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.report import covered
from forensics.report.covered import printable

TEMPLATE = b"""
#set document(title: "Glyphs")
#for font in ("Libertinus Serif", "DejaVu Sans Mono") [
  #set text(font: (font, "Libertinus Serif", "DejaVu Sans Mono"))
  #for character in json(bytes(sys.inputs.data)) [#character ]
]
"""


def test_typst_has_a_glyph_for_every_character_called_printable(tmp_path: Path) -> None:
    typst = pytest.importorskip("typst", reason="the extra pdf (typst) is not installed")
    ranges = zip(covered._FIRST, covered._LAST, strict=True)
    characters = [chr(code) for first, last in ranges for code in range(first, last + 1)]
    made = typst.compile(
        TEMPLATE, root=tmp_path, format="pdf", sys_inputs={"data": json.dumps(characters)}, timestamp=0,
        ignore_system_fonts=True, pdf_standards=["a-3a", "ua-1"],
    )  # fmt: skip
    assert made.startswith(b"%PDF")
    assert len(characters) > 3000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, Привет, Γειά", "Grüße, Привет, Γειά"),
        ("日本", "<U+65E5><U+672C>"),
        ("\U0001f600", "<U+1F600>"),
        ("\u05d0\u0627", "<U+05D0><U+0627>"),
        ("e\u0301", "e<U+0301>"),
        ("\x00\u200b", "\\x00<U+200B>"),
    ],
)
def test_what_no_font_draws_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_every_text_becomes_one_of_covered_characters(text: str) -> None:
    assert all(covered._covered(ord(character)) for character in printable(text))
