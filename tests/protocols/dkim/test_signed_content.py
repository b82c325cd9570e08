"""The bytes that a signature speaks for."""

from forensics.protocols.dkim.message import HeaderField
from forensics.protocols.dkim.signed_content import (
    select_fields,
    signed_header,
    unsigned_names,
    without_signature,
)

SIGNATURE = HeaderField("DKIM-Signature", b"DKIM-Signature: b=abc")
FIELDS = (
    HeaderField("Received", b"Received: 2"),
    SIGNATURE,
    HeaderField("Received", b"Received: 1"),
    HeaderField("From", b"From: joe"),
)


def test_of_several_fields_of_one_name_the_lowest_is_taken_first():
    chosen = select_fields(FIELDS, ["received", "FROM", "Received", "received"], SIGNATURE)
    assert [field.raw for field in chosen] == [b"Received: 1", b"From: joe", b"Received: 2"]


def test_a_field_that_is_not_there_counts_as_empty():
    assert select_fields(FIELDS, ["subject", "subject"], SIGNATURE) == []


def test_the_signature_itself_is_never_among_the_signed_fields():
    other = HeaderField("DKIM-Signature", b"DKIM-Signature: b=abc")
    assert select_fields((*FIELDS, other), ["dkim-signature", "dkim-signature"], SIGNATURE) == [other]


def test_the_own_field_comes_last_without_its_signature_and_without_a_line_end():
    assert signed_header(FIELDS, ["From"], SIGNATURE, "simple") == b"From: joe\r\nDKIM-Signature: b="
    assert signed_header(FIELDS, ["From"], SIGNATURE, "relaxed") == b"from:joe\r\ndkim-signature:b="


def test_only_the_value_of_the_tag_b_is_emptied_with_the_white_space_around_it():
    for raw, emptied in [
        (b"X: b=abc", b"X: b="),
        (b"X:b =\r\n abc=\r\n\t= ; z=1 b=2; bh=3", b"X:b =; z=1 b=2; bh=3"),
        (b"X: bh=b; n= b=keep; b=go", b"X: bh=b; n= b=keep; b="),
        (b"X: a=1;\r\n b=abc;\r\n t=1; ", b"X: a=1;\r\n b=;\r\n t=1; "),
        (b"X: a=1", b"X: a=1"),
    ]:
        assert without_signature(HeaderField("X", raw)).raw == emptied


def test_every_field_instance_that_is_not_covered_is_named():
    assert unsigned_names(FIELDS, ["from", "received"], SIGNATURE) == ("Received",)
    assert unsigned_names(FIELDS, ["from"], SIGNATURE) == ("Received", "Received")
