"""What speaks against a signature once it is checked."""

import datetime

import pytest

TAGS = "v=1; a=rsa-sha256; d=example.org; s=2026; h=from;"
MESSAGE = (
    b"From: Joe <joe@example.org>\r\nTo: ann@example.net\r\nSubject:  a  b \r\nDate: today\r\n"
    b"\r\nHi  Ann, \r\n\r\nJoe\r\n"
)


def test_text_appended_under_l_is_reported_as_not_covered(one, sign_with_dkimpy, rsa_key):
    signed = sign_with_dkimpy(MESSAGE, rsa_key, canonicalize=(b"relaxed", b"simple"), length=True)
    whole = one(signed, rsa_key)
    assert (whole.result, whole.reason, whole.body_length, whole.body_size) == ("pass", None, 18, 18)
    appended = one(signed + b"Pay now.\r\n", rsa_key)
    assert (appended.result, appended.code, appended.reason) == ("pass", "partial_body", "l= covers 18 of 28 bytes")
    assert (appended.body_length, appended.body_size, appended.verified) == (18, 28, True)


def test_l_0_covers_nothing_of_the_body(one, sign_by_hand, rsa_key):
    result = one(sign_by_hand(TAGS + " l=0;", rsa_key, body=b"Hi.\r\n"), rsa_key)
    assert (result.result, result.reason, result.body_length) == ("pass", "l= covers 0 of 5 bytes", 0)


def test_a_body_shorter_than_l_is_not_a_pass(one, sign_by_hand, rsa_key):
    result = one(sign_by_hand(TAGS + " l=6;", rsa_key, body=b"Hi.\r\n"), rsa_key)
    assert (result.result, result.code) == ("permerror", "body_too_short")
    assert result.reason == "body too short: l= covers 6 of 5 bytes"


def test_an_added_from_field_is_not_a_pass(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS, rsa_key)
    result = one(b"From: ceo@example.org\r\n" + signed, rsa_key)
    assert (result.result, result.code, result.verified) == ("policy", "from_added", True)


def test_a_header_line_that_is_no_field_can_hide_text_and_is_not_a_pass(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS, rsa_key, body=b"\r\n")
    result = one(signed.replace(b"\r\n\r\n", b"\r\nPay now.\r\n\r\n"), rsa_key)
    assert (result.result, result.code, result.verified) == ("policy", "header_malformed", True)
    assert result.reason == "header malformed: line 3 of the header is no field: b'Pay now.'"


def test_a_second_subject_above_the_signed_one_is_named(one, sign_by_hand, rsa_key):
    lines = (b"From: joe@example.org", b"Subject: a")
    signed = sign_by_hand(TAGS.replace("h=from", "h=from:subject"), rsa_key, header=lines)
    result = one(b"SUBJECT: b\r\nReceived: x\r\n" + signed, rsa_key)
    assert (result.result, result.code) == ("pass", "field_added")
    assert result.reason == "field added: a SUBJECT that is not signed stands in the message"


def test_a_weak_key_is_policy_and_the_caller_sets_the_bound(one, sign_by_hand, rsa_key, small_rsa_key):
    signed = sign_by_hand(TAGS, small_rsa_key)
    result = one(signed, small_rsa_key)
    assert (result.result, result.code, result.key_bits, result.verified) == ("policy", "weak_key", 512, True)
    assert result.reason == "weak key: RSA of 512 bits, at least 1024 wanted"
    assert one(signed, small_rsa_key, min_key_bits=512).result == "pass"
    assert one(sign_by_hand(TAGS, rsa_key), rsa_key, min_key_bits=2048).code == "weak_key"


def test_the_bound_on_rsa_keys_says_nothing_of_ed25519(one, sign_by_hand, ed25519_key):
    signed = sign_by_hand(TAGS.replace("rsa", "ed25519"), ed25519_key)
    assert one(signed, ed25519_key, min_key_bits=2048).result == "pass"


def test_rsa_sha1_is_policy_unless_judged_by_the_first_standard(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS.replace("sha256", "sha1"), rsa_key, hash_algorithm="sha1")
    result = one(signed, rsa_key)
    assert (result.result, result.code, result.verified) == ("policy", "weak_algorithm", True)
    assert one(signed, rsa_key, min_key_bits=512).result == "pass"


def at(text):
    return datetime.datetime.fromisoformat(text)


def test_expiry_is_judged_by_the_given_time_only(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS + " t=1000000000; x=1000086400;", rsa_key)
    assert one(signed, rsa_key).result == "pass"
    assert one(signed, rsa_key, at=at("2001-09-10T01:46:40+00:00")).result == "pass"
    late = one(signed, rsa_key, at=at("2001-09-10T03:46:41+02:00"))
    assert (late.result, late.code, late.verified) == ("permerror", "expired", True)
    assert late.reason == "expired: x=1000086400 is before 2001-09-10T03:46:41+02:00"
    assert late.expires == at("2001-09-10T01:46:40+00:00")


def test_a_signature_from_the_future_is_policy_beyond_five_minutes(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS + " t=1000000000;", rsa_key)
    assert one(signed, rsa_key, at=at("2001-09-09T01:41:40+00:00")).result == "pass"
    early = one(signed, rsa_key, at=at("2001-09-09T01:41:39+00:00"))
    assert (early.result, early.code) == ("policy", "signed_in_future")


def test_several_reservations_are_all_named_and_the_gravest_decides(one, sign_by_hand, small_rsa_key):
    signed = sign_by_hand(TAGS + " x=1000000000; l=0;", small_rsa_key)
    result = one(signed, small_rsa_key, at=at("2026-01-01T00:00:00+00:00"))
    assert (result.result, result.code) == ("permerror", "expired")
    assert result.reason == (
        "expired: x=1000000000 is before 2026-01-01T00:00:00+00:00; "
        "weak key: RSA of 512 bits, at least 1024 wanted; l= covers 0 of 5 bytes"
    )


def test_an_expired_signature_over_another_body_is_a_fail_and_not_an_expiry(one, sign_by_hand, rsa_key):
    signed = sign_by_hand(TAGS + " x=1000000000;", rsa_key) + b"more\r\n"
    assert one(signed, rsa_key, at=at("2026-01-01T00:00:00+00:00")).code == "body_altered"


def test_a_time_beyond_the_calendar_is_unknown_and_not_invented(one, sign_by_hand, rsa_key):
    result = one(sign_by_hand(TAGS + " x=999999999999;", rsa_key), rsa_key, at=at("2026-01-01T00:00:00+00:00"))
    assert (result.result, result.expires) == ("pass", None)


def test_a_time_without_zone_is_the_callers_error(one, sign_by_hand, rsa_key):
    with pytest.raises(ValueError, match="time zone"):
        one(sign_by_hand(TAGS, rsa_key), rsa_key, at=datetime.datetime(2026, 1, 1))
