from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.received import tokens


def test_words_comments_brackets_and_semicolons_are_tokens() -> None:
    assert tokens.split("from a(b [c] (d (e))) with [XMail 1.20 ESMTP Server] id <x>; now") == [
        "from", "a", "(b [c] (d (e)))", "with", "[XMail 1.20 ESMTP Server]", "id", "<x>", ";", "now",
    ]  # fmt: skip


def test_a_parenthesis_without_its_partner_is_passed_over() -> None:
    assert tokens.split("from a (b (c) by d) e) with (f") == ["from", "a", "(b (c) by d)", "e", "with", "f"]


def test_clauses_are_found_in_any_order_and_case() -> None:
    parts = tokens.clauses("WITH smtp By b (c) ID d FROM a FOR e Via f; date 1")
    assert (parts.with_, parts.by, parts.id, parts.from_, parts.for_, parts.via, parts.date) == (
        ["smtp"], ["b", "(c)"], ["d"], ["a"], ["e"], ["f"], ["date", "1"],
    )  # fmt: skip


def test_the_first_of_two_clauses_of_one_name_counts() -> None:
    parts = tokens.clauses("from a by b by uid 7791 with c")
    assert (parts.by, parts.with_) == (["b"], ["c"])


def test_a_second_from_with_a_path_is_the_reverse_path() -> None:
    assert tokens.clauses("from a by b id c from <jane@a.example>").envelope_from == ["<jane@a.example>"]


def test_a_name_that_is_a_keyword_is_a_name_where_its_address_follows() -> None:
    parts = tokens.clauses("from with (x [192.0.2.1]) by by.example with SMTP")
    assert (parts.from_, parts.by, parts.with_) == (["with", "(x [192.0.2.1])"], ["by.example"], ["SMTP"])


def test_a_clause_behind_the_date_is_not_part_of_it() -> None:
    parts = tokens.clauses("by a; Tue, 24 Nov 2026 id 12")
    assert (parts.date, parts.id) == (["Tue,", "24", "Nov", "2026"], ["12"])


@given(st.text(alphabet="ab()[];\\ \n"))
def test_the_two_ways_to_split_agree_on_what_is_in_no_comment(value: str) -> None:
    assert all(token for token in tokens.split(value))
    words = "".join(token for token in tokens.split(value) if not tokens.is_comment(token))
    assert set(words) <= set(value)
