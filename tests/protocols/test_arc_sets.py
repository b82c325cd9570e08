"""ARC fields sorted into sets (RFC 8617 sections 4 and 5.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.arc_sets import ArcSyntaxError, arc_fields, collect_sets
from forensics.protocols.dkim.message import split

TWO_SETS = b"""\
ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=b.example; s=x; b=YQ==
ARC-Message-Signature: i=2; a=rsa-sha256; d=b.example; s=x; h=from; bh=YQ==; b=YQ==
ARC-Authentication-Results: i=2; b.example; arc=pass
Received: from a.example by b.example
ARC-Seal: a=rsa-sha256; cv = NONE; d=a.example; s=x; b=YQ==; i = 01
arc-message-signature: a=rsa-sha256; d=a.example; s=x; h=from; bh=YQ==; b=YQ==;
 i=1
ARC-Authentication-Results:
 i = 1 ; a.example; spf=pass
From: joe@example.org

"""


def collect(message):
    return collect_sets(arc_fields(split(message).fields))


def test_sets_are_given_in_the_order_of_their_numbers_wherever_the_fields_stand():
    first, second = collect(TWO_SETS)
    assert (first.instance, first.cv, first.seal_tags["d"]) == (1, "none", "a.example")
    assert first.message_signature_tags["i"] == "1"
    assert first.authentication_results.text == "\r\n i = 1 ; a.example; spf=pass"
    assert (second.instance, second.cv, second.seal.name) == (2, "pass", "ARC-Seal")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"Seal: i=2", b"Seal: i=3", "i=2 has no ARC-Seal"),
        (b"Seal: i=2", b"Seal: i=1", "ARC-Seal i=1 stands twice"),
        (b"Seal: i=2", b"Seal: i=0", "ARC-Seal: no instance of 1 to 50 in 'i=0; a=rsa-sha256;"),
        (b"Seal: i=2", b"Seal: i=51", "ARC-Seal: no instance of 1 to 50 in 'i=51; a=rsa-sha256;"),
        (b"Seal: i=2", b"Seal: i=x", "ARC-Seal: no instance of 1 to 50 in 'i=x; a=rsa-sha256;"),
        (b"Seal: i=2; ", b"Seal: ", "ARC-Seal: no instance of 1 to 50 in 'a=rsa-sha256;"),
        (b"Seal: i=2; a", b"Seal: i=2; h=from; a", "ARC-Seal i=2: h= is forbidden (section 4.1.3)"),
        (b"cv=pass;", b"cv=maybe;", "ARC-Seal i=2: cv='maybe' is not none, pass or fail"),
        (b"cv=pass; d=b.example; ", b"", "ARC-Seal i=2: required tag missing: cv=, d="),
        (b"cv=pass;", b"cv=pass;;", "ARC-Seal: no tag=value in ''"),
        (b"h=from; bh", b"h=from; h=to; bh", "ARC-Message-Signature: the tag h= stands twice"),
        (b"Results: i=2; ", b"Results: ", "ARC-Authentication-Results: no instance of 1 to 50 in 'b.example; arc"),
        (b"Results: i=2; ", b"Results: i=2 ", "ARC-Authentication-Results: no instance of 1 to 50 in 'i=2 b.ex"),
        (b"Results: i=2; b.example", b"Results: b.example; i=2", "ARC-Authentication-Results: no instance of 1 to"),
        (b"ARC-Authentication-Results: i=2", b"X: i=2", "i=2 has no ARC-Authentication-Results"),
        (b"ARC-Seal: a=", b"X: a=", "i=1 has no ARC-Seal"),
    ],
)
def test_fields_that_form_no_chain_are_refused_with_the_breach(old, new, reason):
    assert old in TWO_SETS
    with pytest.raises(ArcSyntaxError) as error:
        collect(TWO_SETS.replace(old, new, 1))
    assert str(error.value).startswith(reason)


def test_a_set_that_lacks_two_fields_names_both():
    with pytest.raises(ArcSyntaxError) as error:
        collect(b"ARC-Authentication-Results: i=1; a.example\n\n")
    assert str(error.value) == "i=1 has no ARC-Message-Signature and no ARC-Seal"


@given(st.lists(st.sampled_from(TWO_SETS.split(b"\n")), min_size=1, max_size=12))
def test_any_choice_of_fields_is_a_chain_or_a_breach(lines):
    fields = arc_fields(split(b"\n".join(lines)).fields)
    if not fields:
        return
    try:
        sets = collect_sets(fields)
    except ArcSyntaxError:
        return
    assert [one.instance for one in sets] == list(range(1, len(fields) // 3 + 1))
