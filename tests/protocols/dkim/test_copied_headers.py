"""The header fields kept in z=."""

from forensics.protocols.dkim.copied_headers import read_copied_headers


def test_fields_are_split_at_bars_and_decoded():
    value = "From:foo@eng.example.net|To:joe@example.com| Subject:demo=20run|Date:July=205,=202005=203:44:08=20PM"
    assert read_copied_headers(value) == (
        ("From", "foo@eng.example.net"),
        ("To", "joe@example.com"),
        ("Subject", "demo run"),
        ("Date", "July 5, 2005 3:44:08 PM"),
    )


def test_parts_without_a_colon_or_with_a_bad_escape_are_left_out():
    assert read_copied_headers("nothing|From:a=4|To:b") == (("To", "b"),)


def test_no_more_than_a_thousand_fields_are_read():
    assert len(read_copied_headers("|".join(["A:b"] * 5000))) == 1000
