"""Nothing from evidence acts or hides on a screen."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.report.escape import for_json, for_terminal, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail.example", "mail.example"),
        ("Grüße, 日本", "Grüße, 日本"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\x9b31m", "a\\x9b31m"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u200bb", "a<U+200B>b"),
        ("a\u00a0b", "a\\xa0b"),
        ("a\u3164b", "a<U+3164>b"),
        ("a\u0301", "a\u0301"),
        ("\u0301a", "<U+0301>a"),
        ("a\u0301\u0302\u0303", "a\u0301\u0302<U+0303>"),
        ("\ud800", "<U+D800>"),
        ("\U000e0041", "<U+E0041>"),
    ],
)
def test_what_acts_or_hides_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_no_control_or_format_character_is_left(text: str) -> None:
    categories = {unicodedata.category(character) for character in for_terminal(text) if character != " "}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


@given(st.text(alphabet=st.characters(max_codepoint=0x7E, min_codepoint=0x20)))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_escaping_twice_is_escaping_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_document_says_the_same_and_acts_on_no_terminal(text: str) -> None:
    document = for_json(json.dumps({"a": text}, ensure_ascii=False).encode())
    assert json.loads(document) == {"a": text}
    assert not {unicodedata.category(character) for character in document.decode()} & {"Cc", "Zl", "Zp"}


@pytest.mark.parametrize("text", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x9b", "\x7f", "\u061c"])
def test_a_document_turns_no_text_around(text: str) -> None:
    assert text.encode() not in for_json(json.dumps(text, ensure_ascii=False).encode())
