"""The DKIM-Signature field (RFC 6376 section 3.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.dkim import tag_list
from forensics.protocols.dkim.signature import DkimSignatureError, read_signature

BODY_HASH = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
TAGS = {"v": "1", "a": "rsa-sha256", "d": "example.org", "s": "2026", "h": "from:to", "bh": BODY_HASH, "b": "c2ln"}


def test_the_required_tags_are_enough_and_the_defaults_are_the_standards():
    signature = read_signature(TAGS)
    assert (signature.algorithm, signature.key_type, signature.hash_algorithm) == ("rsa-sha256", "rsa", "sha256")
    assert (signature.header_canonicalization, signature.body_canonicalization) == ("simple", "simple")
    assert (signature.domain, signature.selector, signature.signed_headers) == ("example.org", "2026", ("from", "to"))
    assert (signature.signature, len(signature.body_hash)) == (b"sig", 32)
    assert (signature.identity, signature.body_length, signature.signed_at, signature.expires_at) == (None,) * 4


def test_all_tags_are_read():
    signature = read_signature(
        TAGS
        | {
            "c": "relaxed/simple",
            "i": "=4Aoe@Mail.Example.org",
            "l": "12",
            "t": "1000",
            "x": "1001",
            "q": "x/y:dns/txt",
        }
    )
    assert (signature.header_canonicalization, signature.body_canonicalization) == ("relaxed", "simple")
    assert (signature.identity, signature.identity_domain) == ("Joe@Mail.Example.org", "mail.example.org")
    assert (signature.body_length, signature.signed_at, signature.expires_at) == (12, 1000, 1001)


def test_c_with_one_name_speaks_of_the_header_only():
    signature = read_signature(TAGS | {"c": "relaxed"})
    assert (signature.header_canonicalization, signature.body_canonicalization) == ("relaxed", "simple")


def test_d_is_compared_without_regard_to_case_and_as_a_labels():
    assert read_signature(TAGS | {"d": "Example.ORG", "i": "@EXAMPLE.org"}).domain == "example.org"
    signature = read_signature(TAGS | {"d": "bücher.example", "i": "@a.xn--bcher-kva.example"})
    assert (signature.domain, signature.identity_domain) == ("xn--bcher-kva.example", "a.xn--bcher-kva.example")


@pytest.mark.parametrize("missing", ["v", "a", "b", "bh", "d", "h", "s"])
def test_each_required_tag_is_required(missing):
    with pytest.raises(DkimSignatureError) as error:
        read_signature({name: value for name, value in TAGS.items() if name != missing})
    assert str(error.value) == f"signature malformed: required tag missing: {missing}="


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"v": "0.5"}, "unsupported", "incompatible version v=0.5"),
        ({"v": "01"}, "unsupported", "incompatible version v=01"),
        ({"a": "rsa-md5"}, "unsupported", "unknown algorithm a='rsa-md5'"),
        ({"c": "future"}, "unsupported", "unknown canonicalization c='future'"),
        ({"c": "simple/"}, "unsupported", "unknown canonicalization c='simple/'"),
        ({"c": "simple/simple/simple"}, "unsupported", "unknown canonicalization c='simple/simple/simple'"),
        ({"q": "http"}, "unsupported", "no known query method in q='http'"),
        ({"q": "dns/special"}, "unsupported", "no known query method in q='dns/special'"),
        ({"h": "to:subject"}, "from_not_signed", "From field not signed"),
        ({"h": "from::to"}, "syntax", "is no list of field names"),
        ({"h": "from to"}, "syntax", "is no list of field names"),
        ({"h": ""}, "syntax", "is no list of field names"),
        ({"d": "example"}, "syntax", "'example' is no domain name"),
        ({"d": "example.org."}, "syntax", "'' is no domain label"),
        ({"s": "a b"}, "syntax", "'a b' is no domain label"),
        ({"b": ""}, "syntax", "b= is empty"),
        ({"b": "#"}, "syntax", "b=: '#' is not base64"),
        ({"bh": ""}, "syntax", "bh= is empty"),
        ({"bh": "c2ln"}, "syntax", "bh= has 3 bytes, sha256 has 32"),
        ({"l": "-1"}, "syntax", "l=: '-1' is no decimal number"),
        ({"l": ""}, "syntax", "l=: '' is no decimal number"),
        ({"t": "now"}, "syntax", "t=: 'now' is no decimal number"),
        ({"x": "1 0"}, "syntax", "x=: '1 0' is no decimal number"),
        ({"t": "1000", "x": "1000"}, "syntax", "x=1000 is not after t=1000"),
        ({"t": "0", "x": "0"}, "syntax", "x=0 is not after t=0"),
        ({"i": "example.org"}, "syntax", "has no @"),
        ({"i": "@"}, "syntax", "i=: '' is no domain label"),
        ({"i": "joe=4@example.org"}, "syntax", "is not quoted-printable"),
        ({"i": "@example.net"}, "domain_mismatch", "is outside d="),
        ({"i": "@notexample.org"}, "domain_mismatch", "is outside d="),
        ({"i": "joe@example.org@example.net"}, "domain_mismatch", "is outside d="),
    ],
)
def test_each_breach_has_its_code_and_is_named(change, code, text):
    with pytest.raises(DkimSignatureError) as error:
        read_signature(TAGS | change)
    assert error.value.code == code
    assert text in str(error.value)


@given(st.dictionaries(st.sampled_from("vabcdhilqstx") | st.just("bh"), st.text(max_size=12), max_size=4))
def test_any_values_are_read_or_refused_with_the_own_error(change):
    try:
        signature = read_signature(TAGS | change)
    except DkimSignatureError as error:
        assert str(error)  # noqa: PT017 - either outcome is fine, an error without words is not
        return
    assert "from" in map(str.lower, signature.signed_headers)


def test_a_field_is_read_from_text():
    text = f" v=1; a=ed25519-sha256;\r\n d=example.org; s=a.b; h=From :\r\n\tTo; bh={BODY_HASH};\r\n b=c2\r\n ln;"
    signature = read_signature(tag_list.parse(text))
    assert (signature.key_type, signature.selector, signature.signed_headers) == ("ed25519", "a.b", ("From", "To"))
    assert signature.signature == b"sig"
