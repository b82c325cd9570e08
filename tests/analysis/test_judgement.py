"""From rows and a question to answers: what more and less evidence may do to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from forensics.analysis.coverage import Piece
from forensics.analysis.judgement import Judgement
from forensics.analysis.rulebook import load
from forensics.errors import UsageError
from forensics.model.case_file import QUESTIONS
from forensics.model.subject import Claim, Subject

Judged = Callable[..., Judgement]

LINK = ("connection", "smtp_session", "smtp_envelope", "smtp_recipient", "tls_session", "dns_query", "dns_response")
DNS = ("dns_query", "dns_response", "dns_record")
SUBJECT = Subject(domain="subject.example", names=("mx1.subject.example",), addresses=("192.0.2.10",))
NAMED = Subject(domain="subject.example", names=("mx1.subject.example",))

SESSION = {
    "ts": 5, "session_no": 1, "client_ip": "203.0.113.7", "client_port": 40000, "server_ip": "192.0.2.10",
    "server_port": 25, "banner_code": 220, "content": "clear",
}  # fmt: skip
ACCEPTED = [
    {"ts": 5, "host": "mx1", "queue_id": "4F1A2B", "event": "accepted", "direction": "in", "peer_ip": "203.0.113.7"},
    {"ts": 6, "host": "mx1", "queue_id": "4F1A2B", "event": "queued"},
]


def _piece(
    no: int, vantage: str, fills: tuple[str, ...], start: int | None = 0, end: int | None = 100, **more: Any
) -> Piece:
    given = {"state": "read", "whole": True, "detection": 1.0, **more}
    return Piece(no=no, path=f"{no}", format="postfix_log", vantage=vantage, start=start, end=end, fills=fills, **given)


SCENES: dict[str, tuple[dict[str, list[dict[str, Any]]], tuple[Piece, ...]]] = {
    "nothing": ({}, ()),
    "a silent link": ({}, (_piece(1, "subject_link", LINK),)),
    "a link with a greeting": ({"smtp_session": [SESSION]}, (_piece(1, "subject_link", LINK),)),
    "a link with SMTP of a host not named": (
        {"smtp_session": [{**SESSION, "server_ip": "192.0.2.99"}]},
        (_piece(1, "subject_link", LINK),),
    ),
    "a link that ends early": ({}, (_piece(1, "subject_link", LINK, 0, 50),)),
    "silent flows": ({}, (_piece(1, "subject_flows", ("flow",)),)),
    "a silent log": ({}, (_piece(1, "subject_mta", ("mta_event",)),)),
    "a log with a message": ({"mta_event": ACCEPTED}, (_piece(1, "subject_mta", ("mta_event",)),)),
}


def _words(found: Judgement) -> list[str]:
    return [found.answers[question].answer for question in QUESTIONS]


BLIND = [
    name
    for name, vantage in load().visibility.vantages.items()
    if {vantage.level(seen) for seen in ("smtp_session", "connection", "message_accepted")} == {"none"}
]
NAMES = st.sampled_from(
    ["subject.example", "mx1.subject.example", "_dmarc.subject.example", "10.2.0.192.in-addr.arpa", "other.test"]
)
ADDRESSES = st.sampled_from(["192.0.2.10", "192.0.2.99", "203.0.113.7", "198.51.100.53", "127.0.0.1"])
QUERIES = st.fixed_dictionaries(
    {
        "evidence": st.just(9), "ts": st.one_of(st.none(), st.integers(-10, 110)), "client_ip": ADDRESSES,
        "qname": NAMES, "qtype": st.sampled_from(["A", "MX", "TXT", "PTR"]),
    }
)  # fmt: skip
RECORDS = st.one_of(
    st.fixed_dictionaries(
        {"evidence": st.just(9), "owner": NAMES, "rtype": st.just("A"), "ttl_s": st.just(300), "rdata": ADDRESSES}
    ),
    st.fixed_dictionaries(
        {
            "evidence": st.just(9), "owner": NAMES, "rtype": st.just("MX"), "ttl_s": st.just(300),
            "rdata": st.sampled_from(["10 mx1.subject.example.", "10 mx7.subject.example.", "10 other.test."]),
        }
    ),
)  # fmt: skip


def test_the_vantages_that_are_blind_to_mail_are_those_of_the_method() -> None:
    assert BLIND == ["authoritative_dns", "recursive_dns", "passive_dns", "record"]


@pytest.mark.parametrize("scene", SCENES)
@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(
    vantage=st.sampled_from(BLIND),
    queries=st.lists(QUERIES, max_size=6),
    records=st.lists(RECORDS, max_size=6),
    subject=st.sampled_from([SUBJECT, NAMED]),
)
def test_a_blind_source_never_makes_an_answer_stronger(
    judged: Judged,
    scene: str,
    vantage: str,
    queries: list[dict[str, Any]],
    records: list[dict[str, Any]],
    subject: Subject,
) -> None:
    rows, pieces = SCENES[scene]
    before = _words(judged(rows, pieces, subject=subject))
    more = {**rows, "dns_query": queries, "dns_record": records}
    after = _words(judged(more, (*pieces, _piece(9, vantage, DNS)), subject=subject))
    for old, new in zip(before, after, strict=True):
        named = old == "unknown" and new == "yes" and subject is NAMED  # a record may say whose address that was
        assert new in (old, "unknown") or named


SILENT = ["a silent link", "silent flows", "a silent log"]


@pytest.mark.parametrize("scene", SILENT)
def test_the_silence_of_a_source_that_would_have_shown_it_is_a_no(judged: Judged, scene: str) -> None:
    rows, pieces = SCENES[scene]
    assert _words(judged(rows, pieces, subject=SUBJECT)) == ["no", "no", "no"]


@pytest.mark.parametrize("scene", SILENT)
@pytest.mark.parametrize("more", [{"end": 99}, {"whole": False}, {"detection": 0.9}, {"start": None}])
def test_without_coverage_a_no_becomes_unknown(judged: Judged, scene: str, more: dict[str, Any]) -> None:
    rows, (piece,) = SCENES[scene]
    assert _words(judged(rows, (piece._replace(**more),), subject=SUBJECT)) == ["unknown"] * 3


def test_an_old_address_in_a_record_does_not_hide_the_smtp_of_the_link(judged: Judged) -> None:
    rows, pieces = SCENES["a link with SMTP of a host not named"]
    old = {"dns_record": [{"evidence": 9, "owner": "mx1.subject.example", "rtype": "A", "rdata": "192.0.2.10"}]}
    found = judged({**rows, **old}, (*pieces, _piece(9, "record", DNS)), subject=NAMED)
    assert found.subject.addresses == ("192.0.2.10",)
    assert _words(found) == ["unknown", "no", "no"]  # the session can be read and carried no message


@pytest.mark.parametrize("vantage", ["subject_link", "subject_flows", "subject_mta"])
def test_a_dns_log_declared_to_see_mail_still_sees_none(judged: Judged, vantage: str) -> None:
    found = judged({"dns_query": [{"ts": 5, "qname": "subject.example"}]}, (_piece(1, vantage, DNS),), subject=SUBJECT)
    assert _words(found) == ["unknown", "unknown", "unknown"]
    assert found.verdict.id == "undetermined"


def test_look_ups_with_a_silent_log_are_resolver_traffic_only(judged: Judged) -> None:
    rows = {"dns_query": [{"evidence": 2, "ts": 5, "qname": "subject.example", "qtype": "MX"}]}
    pieces = (_piece(1, "subject_mta", ("mta_event",)), _piece(2, "authoritative_dns", DNS))
    assert judged(rows, pieces, subject=SUBJECT).verdict.id == "resolver_traffic_only"


def test_a_silent_link_shows_no_activity(judged: Judged) -> None:
    assert judged({}, (_piece(1, "subject_link", LINK),), subject=SUBJECT).verdict.id == "no_activity"


def test_what_no_source_sees_in_full_is_said(judged: Judged) -> None:
    found = judged({}, (_piece(1, "recursive_dns", DNS),), subject=SUBJECT)
    assert "SMTP sessions: nothing here could have shown any." in found.not_seen
    assert not any("look-ups" in sentence for sentence in found.not_seen)
    assert [wish.what.split()[0] for wish in found.next_evidence][:2] == ["the", "a"]


LOG = _piece(1, "subject_mta", ("mta_event",))
CLAIMS = {
    "no_mail_sent_or_received": Claim(id="c", says="no_mail_sent_or_received"),
    "no_mail_since": Claim(id="c", says="no_mail_since", since=datetime(1970, 1, 1, tzinfo=UTC)),
    "only_resolver_traffic": Claim(id="c", says="only_resolver_traffic", addresses=("198.51.100.18",)),
    "operated_by_third_party": Claim(id="c", says="operated_by_third_party", by="Bulk Post Ltd"),
}
ASKED = {"dns_query": [{"ts": 5, "qname": "subject.example", "qtype": "MX", "client_ip": "198.51.100.18"}]}


@pytest.mark.parametrize(
    ("claim", "rows", "pieces", "verdict"),
    [
        ("no_mail_sent_or_received", {}, (_piece(1, "subject_mta", ("mta_event",)),), "supported"),
        ("no_mail_sent_or_received", {"mta_event": ACCEPTED}, (LOG,), "contradicted"),
        ("no_mail_sent_or_received", ASKED, (_piece(1, "authoritative_dns", DNS),), "not_testable"),
        ("no_mail_since", {}, (_piece(1, "subject_link", LINK),), "supported"),
        ("no_mail_since", {"mta_event": ACCEPTED}, (_piece(1, "subject_mta", ("mta_event",)),), "contradicted"),
        ("no_mail_since", ASKED, (_piece(1, "recursive_dns", DNS),), "not_testable"),
        ("only_resolver_traffic", ASKED, (_piece(1, "subject_link", LINK),), "supported"),
        ("only_resolver_traffic", ASKED, (_piece(1, "subject_link", DNS),), "not_testable"),
        ("only_resolver_traffic", ASKED, (_piece(1, "authoritative_dns", DNS),), "not_testable"),
        (
            "only_resolver_traffic",
            {**ASKED, "smtp_session": [{**SESSION, "client_ip": "198.51.100.18"}]},
            (_piece(1, "subject_link", LINK),),
            "contradicted",
        ),
        ("operated_by_third_party", {}, (_piece(1, "record", ("dns_record",)),), "not_testable"),
    ],
)  # fmt: skip
def test_a_claim_gets_one_word(
    judged: Judged, claim: str, rows: dict[str, Any], pieces: tuple[Piece, ...], verdict: str
) -> None:
    (part,) = judged(rows, pieces, subject=SUBJECT, claims=(CLAIMS[claim],)).claims
    assert part.verdict == verdict
    assert bool(part.would_test) is (verdict == "not_testable")


def test_a_message_from_the_subject_to_itself_contradicts_no_claim(judged: Judged) -> None:
    hop = {"ts": 5, "hop_no": 1, "from_ip": "192.0.2.10", "by": "mx1.subject.example", "protocol": "ESMTP"}
    pieces = (_piece(1, "message", ("message", "message_hop")),)
    claims = (CLAIMS["no_mail_sent_or_received"],)
    (part,) = judged({"message_hop": [hop]}, pieces, subject=SUBJECT, claims=claims).claims
    assert part.verdict == "not_testable"


def test_a_claim_that_no_rule_reads_is_refused(judged: Judged) -> None:
    with pytest.raises(UsageError, match=r"says 'was_idle', which no rule reads\. Known: no_mail_sent_or_received"):
        judged({}, (), claims=(Claim(id="x", says="was_idle"),))
