"""Answers keep their three outcomes apart, and a budget stops before the wire."""

import pytest

from forensics.protocols.dns_answer import Answer, QueryBudget, QueryLimitError


@pytest.mark.parametrize(
    ("answer", "found", "void", "failed"),
    [
        (Answer("ok", ("192.0.2.1",)), True, False, False),
        (Answer("ok"), False, True, False),
        (Answer("nodata"), False, True, False),
        (Answer("nxdomain"), False, True, False),
        (Answer("timeout"), False, False, True),
        (Answer("servfail"), False, False, True),
    ],
)
def test_every_answer_is_exactly_one_of_found_void_and_failed(answer, found, void, failed):
    assert (answer.found, answer.void, answer.failed) == (found, void, failed)


def test_a_question_put_twice_is_sent_once():
    sent = []

    def lookup(qname, qtype):
        sent.append((qname, qtype))
        return Answer("ok", ("192.0.2.1",))

    budget = QueryBudget(lookup)
    assert budget("Mail.Example", "A") == budget("mail.example", "A")
    assert sent == [("mail.example", "A")]


def test_the_question_beyond_the_limit_is_never_sent():
    sent = []

    def lookup(qname, qtype):
        sent.append(qname)
        return Answer("nodata")

    budget = QueryBudget(lookup, limit=2)
    budget("a.example", "A")
    budget("b.example", "A")
    with pytest.raises(QueryLimitError, match=r"limit of 2 DNS queries is reached; not asked: c\.example A"):
        budget("c.example", "A")
    assert sent == ["a.example", "b.example"]


def test_what_was_asked_before_is_still_answered_when_the_budget_is_spent():
    budget = QueryBudget(lambda qname, qtype: Answer("ok", ("192.0.2.1",)), limit=1)
    budget("a.example", "A")
    assert budget("a.example", "A").records == ("192.0.2.1",)
    assert budget.queries == (("a.example", "A"),)
