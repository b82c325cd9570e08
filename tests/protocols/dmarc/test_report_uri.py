"""Reporting URIs: which text is one, and whose host would receive the reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dmarc.report_uri import ReportUri, parse_uris


@pytest.mark.parametrize(
    ("text", "host", "max_bytes"),
    [
        ("mailto:d@A.example", "a.example", None),
        ("mailto:d@a.example?subject=x@b.example", "a.example", None),
        ("mailto:d%40x@a.example", "a.example", None),
        ("mailto:d@a.example!10m", "a.example", 10 * 2**20),
        ("mailto:d@a.example!512", "a.example", 512),
        ("MAILTO:d@a.example.", "a.example", None),
        ("mailto://a.example", "a.example", None),
        ("https://user@reports.a.example:8443/x?y", "reports.a.example", None),
        ("mailto:nobody", None, None),
        ("urn:x", None, None),
    ],
)
def test_a_uri_names_the_host_that_would_receive(text, host, max_bytes):
    (found,) = parse_uris(text)
    assert (found.valid, found.host, found.max_bytes) == (True, host, max_bytes)
    assert found.raw == text
    assert found.uri == text.partition("!")[0]


@pytest.mark.parametrize(
    "text",
    ["", "d@a.example", "mailto:", "mailto:d@a.example!", "mailto:d@a.example!10x", "mailto:d@a.example!1!2",
     "mailto:d @a.example", "mailto:d%4@a.example", "mailto:d@a.example!99999999999999999999t", "1x:y"],
)  # fmt: skip
def test_other_text_is_kept_and_is_none(text):
    assert parse_uris(text) == (ReportUri(text),)


def test_destinations_are_separated_by_commas_with_white_space():
    found = parse_uris("mailto:a@a.example ,\tmailto:b@b.example")
    assert [uri.host for uri in found] == ["a.example", "b.example"]


def test_no_more_than_fifty_are_read():
    assert len(parse_uris("mailto:a@a.example," * 5000)) == 50


@given(st.text())
def test_any_text_is_read(text):
    assert all(uri.valid is (uri.scheme is not None) for uri in parse_uris(text))
