"""Which names a question can hold, and how they are written in it."""

import pytest

from forensics.protocols.query_names import can_be_asked, presentation, within


@pytest.mark.parametrize(
    ("name", "askable"),
    [
        ("mail.example", True),
        ("localhost", True),
        ("a b%20c.example", True),
        ("", False),
        ("mail..example", False),
        (".example", False),
        ("a" * 63 + ".example", True),
        ("a" * 64 + ".example", False),
        ("é" * 32 + ".example", False),
        (".".join(["a" * 49] * 5) + ".aaa", True),
        (".".join(["a" * 49] * 5) + ".aaaa", False),
    ],
)
def test_a_name_can_be_asked_for_where_its_labels_fit(name, askable):
    assert can_be_asked(name) is askable


def test_a_name_is_asked_for_in_lower_case_with_escapes():
    assert presentation("A\\b\x01é.Example") == "a\\\\b\\001\\195\\169.example"
    assert presentation("macro%percent  space.example") == "macro%percent  space.example"


def test_a_name_is_within_itself_and_its_parents_only():
    assert within("Mail.Example", "mail.example")
    assert within("a.mail.example", "mail.example")
    assert not within("amail.example", "mail.example")
    assert not within("example", "mail.example")
