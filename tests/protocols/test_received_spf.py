import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import received_spf
from forensics.protocols.received_spf import ReceivedSpf, ReceivedSpfError


def test_every_key_of_rfc_7208_is_read() -> None:
    value = (
        "Fail (mx.mail.example: domain of jane@a.example does not designate 2001:db8::1 as permitted sender)\r\n"
        ' identity=mailfrom; client-ip=2001:DB8:0:0::1; helo=mx.a.example; envelope-from="jane@a.example";'
        ' receiver=mx.mail.example; mechanism=-all; problem="no reply"; x-id=7;'
    )
    assert received_spf.parse(value) == ReceivedSpf(
        result="fail",
        comment="mx.mail.example: domain of jane@a.example does not designate 2001:db8::1 as permitted sender",
        client_ip="2001:db8::1",
        envelope_from="jane@a.example",
        helo="mx.a.example",
        receiver="mx.mail.example",
        identity="mailfrom",
        mechanism="-all",
        problem="no reply",
        other=(("x-id", "7"),),
        problems=(),
        raw=value,
    )


def test_what_is_not_said_is_none() -> None:
    parsed = received_spf.parse("None (no SPF record)")
    assert (parsed.result, parsed.comment, parsed.client_ip, parsed.helo) == ("none", "no SPF record", None, None)


def test_pairs_without_semicolons_between_them_are_read() -> None:
    parsed = received_spf.parse("pass (mail.example: ok) client-ip=192.0.2.1 envelope-from=<> helo=mx.a.example")
    assert (parsed.client_ip, parsed.envelope_from, parsed.helo) == ("192.0.2.1", "", "mx.a.example")


def test_a_result_of_the_drafts_is_kept_and_named() -> None:
    parsed = received_spf.parse("error (mx.mail.example: error in processing)")
    assert (parsed.result, parsed.problems) == ("error", ("not a result of SPF: 'error'",))


def test_a_client_ip_that_is_no_address_is_kept_as_written_and_named() -> None:
    parsed = received_spf.parse("pass client-ip=nowhere; helo=mx.a.example")
    assert (parsed.client_ip, parsed.problems) == ("nowhere", ("client-ip is no address: 'nowhere'",))


@pytest.mark.parametrize("value", ["", "(a comment)", "client-ip=192.0.2.1", ";"])
def test_a_value_without_a_result_is_refused(value: str) -> None:
    with pytest.raises(ReceivedSpfError):
        received_spf.parse(value)


@given(st.text(alphabet='pas=;()"\\ <>.1-') | st.text())
def test_any_text_is_read_or_refused_with_the_own_error(value: str) -> None:
    try:
        assert received_spf.parse(value).result
    except ReceivedSpfError:
        pass
