"""YAML as sheets and rules may use it."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.strict_yaml import MAX_BYTES, MAX_DEPTH, Place, YamlError, convert, did_you_mean, parse


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    year: int | None = None


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    parts: list[Inner] = []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: -17", {"a": -17}),
        ("a: 1.5", {"a": 1.5}),
        ("a: 2.5e-3", {"a": 0.0025}),
        ("a: true\nb: false", {"a": True, "b": False}),
        ("a: null\nb: ~\nc:", {"a": None, "b": None, "c": None}),
        ("a: \"1\"\nb: 'true'", {"a": "1", "b": "true"}),
        ("a: NO\nb: yes\nc: on\nd: True", {"a": "NO", "b": "yes", "c": "on", "d": "True"}),
        ("a: 2026-11-24\nb: 12:30:00", {"a": "2026-11-24", "b": "12:30:00"}),
        ("a: 0x10\nb: 1_000\nc: .5\nd: .inf", {"a": "0x10", "b": "1_000", "c": ".5", "d": ".inf"}),
        ("a: [x, {b: 2}]\nc:\n- d\n- e", {"a": ["x", {"b": 2}], "c": ["d", "e"]}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("- 1\n- two", [1, "two"]),
        ("", None),
        ("# a comment", None),
        ("1234567890123456789", "1234567890123456789"),
    ],
)
def test_plain_values_are_what_they_look_like_and_the_rest_stays_text(text: str, value: object) -> None:
    assert parse(text, "x.yml").value == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: &x 1", "x.yml:1:4: anchors and aliases are not allowed here. Write the value out."),
        ("a: 1\nb: *a", "x.yml:2:4: anchors and aliases are not allowed here. Write the value out."),
        ("a: !!int 1", "x.yml:1:4: tags such as "),
        ("a: !run x", "x.yml:1:4: tags such as !run are not allowed here. Write a plain value."),
        ("a: 1\nb: 2\na: 3", "x.yml:3:1: the key 'a' stands here a second time"),
        ("a: 1\n---\nb: 2", "x.yml:2:1: a second document begins here; one is allowed"),
        ("[a]: 1", "x.yml:1:1: a key must be plain text"),
        ("a: [1", "x.yml:1:6: "),
        ("a: 'x", "x.yml:1:"),
        ("a:\n\t- 1", "x.yml:2:1: "),
    ],
)
def test_what_is_left_out_of_the_grammar_is_refused_with_its_place(text: str, error: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text, "x.yml")
    assert str(caught.value).startswith(error)


def test_depth_and_size_are_bounded() -> None:
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "x").value is not None
    with pytest.raises(YamlError, match=f"nested deeper than {MAX_DEPTH} levels"):
        parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "x")
    with pytest.raises(YamlError, match=f"is larger than {MAX_BYTES} bytes"):
        parse("#" * (MAX_BYTES + 1), "x")


def test_every_value_has_its_place() -> None:
    places = parse("a:\n  - b: 1\n    c: x\n", "x").places
    assert places == {
        (): Place(1, 1),
        ("a",): Place(2, 3),
        ("a", 0): Place(2, 5),
        ("a", 0, "b"): Place(2, 8),
        ("a", 0, "c"): Place(3, 8),
    }


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nam: x", 'x.yml:1:1: unknown key "nam". Did you mean "name"?'),
        ("parts:\n- path: a\n  yaer: 3", 'x.yml:3:3: unknown key "yaer". Did you mean "year"?'),
        ("parts:\n- path: a\n  year: soon", "x.yml:3:9: Expected `int | null`, got `str`"),
        ("parts: x", "x.yml:1:8: Expected `array`, got `str`"),
        ("parts:\n- {}", "x.yml:2:3: Object missing required field `path`"),
    ],
)
def test_a_document_that_fits_no_record_is_refused_with_its_place(text: str, error: str) -> None:
    with pytest.raises(YamlError) as caught:
        convert(parse(text, "x.yml"), Outer)
    assert str(caught.value) == error


def test_a_document_that_fits_is_a_typed_record() -> None:
    assert convert(parse("name: a\nparts: [{path: b, year: 3}]", "x"), Outer) == Outer("a", [Inner("b", 3)])


def test_a_word_far_from_all_has_no_hint() -> None:
    assert did_you_mean("zzzz", ["qname", "qtype"]) == ""


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{},&*!|>'\"#? \n\t%@`0.\\\x00é")), max_size=60))
def test_whatever_the_text_only_its_own_error_escapes(text: str) -> None:
    with contextlib.suppress(YamlError):
        parse(text, "x")
