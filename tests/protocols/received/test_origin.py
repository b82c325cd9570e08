import pytest

from forensics.protocols.received import origin
from forensics.protocols.received.origin import NameRole, Origin


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (NameRole.HELO, Origin("mx", None, "192.0.2.1", None)),
        (NameRole.REVERSE, Origin(None, "mx", "192.0.2.1", None)),
        (NameRole.BOTH, Origin("mx", "mx", "192.0.2.1", None)),
    ],
)
def test_a_lone_name_is_what_its_writer_means_by_it(role: NameRole, expected: Origin) -> None:
    assert origin.read(["mx", "([192.0.2.1])"], role) == expected


def test_a_name_in_the_comment_makes_the_first_one_the_helo_name_whoever_wrote_it() -> None:
    assert origin.read(["mx", "(mx.a.example [192.0.2.1])"], NameRole.BOTH) == Origin(
        "mx", "mx.a.example", "192.0.2.1", None
    )


def test_an_address_in_helo_is_not_the_client_s_address() -> None:
    assert origin.read(["mx", "([192.0.2.1] helo=[10.0.0.1])"], NameRole.BOTH) == Origin(
        "10.0.0.1", "mx", "192.0.2.1", None
    )


def test_a_reverse_name_needs_an_address() -> None:
    assert origin.read(["mx", "(unknown)"], NameRole.REVERSE) == Origin("mx", None, None, None)


def test_the_local_user_is_no_host() -> None:
    assert origin.read(["jane", "(helo=localhost)"], NameRole.USER) == Origin("localhost", None, None, "jane")


def test_several_words_are_no_name() -> None:
    assert origin.read(["mail", "pickup", "service"], NameRole.HELO) == Origin(None, None, None, None)
