import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dns_names import MAX_TEXT, DnsNameError, canonical, labels


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail.Example.", "mail.example"),
        ("mail.example", "mail.example"),
        (".", "."),
        (r"a\@b\$c\;d\(e\)\"f\200.example", 'a@b$c;d(e)"f\\200.example'),
        (r"a\032b\.c.example", r"a\032b\.c.example"),
        (r"\065\.B.example.", r"a\.b.example"),
        ("a b.example", r"a\032b.example"),
        ("_dmarc.example", "_dmarc.example"),
        ("*.example", "*.example"),
        ("münze.example", r"m\195\188nze.example"),
        (r"ends\..", r"ends\."),
    ],
)
def test_every_way_to_write_a_name_becomes_one(text, expected):
    assert canonical(text) == expected


@pytest.mark.parametrize(
    "text", ["", "..", "a..b", ".a", "a..", r"a\25", r"a\256.b", "a\\", "x" * 64, "a." * 600, "\\" + "é" * 70]
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(DnsNameError):
        canonical(text)


def test_the_longest_text_of_a_name_is_read():
    longest = ".".join([r"\001" * 63, r"\001" * 63, r"\001" * 63, r"\001" * 61])

    assert len(longest) <= MAX_TEXT
    assert canonical(longest) == longest


@given(st.text(max_size=80))
def test_only_its_own_error_escapes(text):
    try:
        name = canonical(text)
    except DnsNameError:
        return
    assert canonical(name) == name


@given(st.lists(st.binary(min_size=1, max_size=63), max_size=3))
def test_labels_of_any_bytes_come_back(parts):
    text = ".".join("".join(f"\\{byte:03}" for byte in part) for part in parts) or "."

    assert labels(text) == parts
