import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.mailbox_list import addresses


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ana@northwind.example", ("ana@northwind.example",)),
        ('"Ana (sales)" <ana@northwind.example>, c@d.example', ("ana@northwind.example", "c@d.example")),
        ("team: a@b.example, <c@d.example>;, e@f.example", ("a@b.example", "c@d.example", "e@f.example")),
        ("<@relay.example,@mx.example:ana@northwind.example>, x@y.example", ("ana@northwind.example", "x@y.example")),
        ("ana@northwind.example (Ana (in a nested) comment, b@c.example)", ("ana@northwind.example",)),
        ('"a, b"@x.example, "Last, First" <d@e.example>', ('"a, b"@x.example', "d@e.example")),
        ("a@b.example <c@d.example>", ("c@d.example",)),
        ("undisclosed-recipients:;", ()),
        ("<>", ()),
        ("Ana ana@northwind.example", ()),
        ("Ana <ana@northwind.example", ()),
        ("ana at northwind.example", ()),
        ("", ()),
    ],
)
def test_a_list_gives_its_addresses(value, expected):
    assert addresses(value) == expected


@given(st.text('ab@.,;:<>()"\\ \n'))
def test_any_text_gives_addresses_or_none(value):
    assert all("@" in address for address in addresses(value))


@pytest.mark.parametrize("piece", ["(", "<", ",", '"', "\\", "a@b,", "<a", "a:", "<a,", '"a"@'])
def test_long_lists_take_linear_time(piece):
    began = time.process_time()
    assert len(addresses(piece * 100_000)) <= 1_000
    assert time.process_time() - began < 0.5
