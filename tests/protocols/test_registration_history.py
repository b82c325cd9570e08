"""Dated answers become intervals and events, and nothing between two answers is made up."""

from __future__ import annotations

from datetime import UTC, datetime

from forensics.protocols import registration_history as history
from forensics.protocols.registration_history import Snapshot


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shot(at: str, **fields: object) -> Snapshot:
    given = {"registrar": "Tidewater Registrar", "created": day("2009-08-14"), "status": "registered", **fields}
    return Snapshot(at=day(at), source=at, **given)  # type: ignore[arg-type]


TEN_YEARS = (
    shot("2012-01-10", expires=day("2012-08-14"), registrant="Seaglass Hotels", name_servers="ns1.a.test ns2.a.test"),
    shot("2012-09-01", expires=day("2013-08-14"), registrant="Seaglass Hotels", name_servers="ns1.a.test ns2.a.test"),
    shot("2014-03-05", registrar="Harbour Names", expires=day("2015-08-14"), registrant="SEAGLASS HOTELS.",
         name_servers="ns1.b.test"),
    shot("2016-02-01", status="not_found", registrar=None, created=None),
    shot("2017-06-01", registrar="Harbour Names", created=day("2017-05-20"), expires=day("2018-05-20"), redacted=True),
    shot("2021-06-01", registrar="Harbour Names", created=day("2020-11-02"), expires=day("2021-11-02"), redacted=True),
)  # fmt: skip


def kinds(*shots: Snapshot) -> list[str]:
    return [event.kind for event in history.build(shots).events]


def test_ten_years_show_a_renewal_a_transfer_a_drop_and_new_registrations() -> None:
    found = history.build(TEN_YEARS)
    assert [(e.kind, e.after.date().isoformat(), e.by.date().isoformat()) for e in found.events] == [
        ("renewal", "2012-01-10", "2012-09-01"),
        ("renewal", "2012-09-01", "2014-03-05"),
        ("transfer", "2012-09-01", "2014-03-05"),
        ("name_servers_moved", "2012-09-01", "2014-03-05"),
        ("drop", "2014-03-05", "2016-02-01"),
        ("re_registration", "2016-02-01", "2017-06-01"),
        ("re_registration", "2017-06-01", "2021-06-01"),
    ]


def test_an_interval_lasts_from_the_first_to_the_last_answer_that_agree_and_ends_with_a_drop() -> None:
    found = history.build(TEN_YEARS)
    registrars = [(i.value, i.first_seen, i.last_seen, len(i.gaps)) for i in found.intervals if i.field == "registrar"]
    assert registrars == [
        ("Tidewater Registrar", day("2012-01-10"), day("2012-09-01"), 0),
        ("Harbour Names", day("2014-03-05"), day("2014-03-05"), 0),
        ("Harbour Names", day("2017-06-01"), day("2017-06-01"), 0),
        ("Harbour Names", day("2021-06-01"), day("2021-06-01"), 0),
    ]


def test_a_moment_in_a_gap_or_outside_of_all_answers_is_unknown() -> None:
    found = history.build(TEN_YEARS)
    assert history.at(found, "registrar", day("2012-05-01"))[0] == "Tidewater Registrar"
    assert history.at(found, "registrar", day("2013-05-01")) == (
        None,
        "unknown",
        "unknown; last seen before: Tidewater Registrar on 2012-09-01; first seen after: Harbour Names on 2014-03-05",
    )
    assert history.at(found, "registrar", day("2016-05-01"))[0] is None
    assert history.at(history.build(()), "registrar", day("2016-05-01")) == (
        None,
        "unknown",
        "unknown; no answer gives it",
    )


def test_hidden_contacts_are_no_change_of_the_registrant() -> None:
    before = shot("2018-01-01", registrant="Seaglass Hotels")
    after = shot("2018-07-01", registrant=None, redacted=True)
    assert kinds(before, after) == ["privacy_switched_on"]
    assert kinds(before, shot("2018-07-01", registrant="Otter Media")) == ["registrant_changed"]


def test_answers_of_one_day_that_disagree_are_both_shown() -> None:
    found = history.build(
        [
            shot("2018-01-01"),
            Snapshot(at=day("2018-01-01"), source="other", status="registered", registrar="Harbour Names"),
        ]
    )
    assert found.disagreements == (
        "2018-01-01: registrar is Tidewater Registrar by 2018-01-01, Harbour Names by other",
    )
    assert not found.events


def test_no_interval_reaches_over_a_drop_and_a_new_holder_is_no_transfer() -> None:
    gone = shot("2018-03-01", status="not_found", registrar=None, created=None)
    again = shot("2018-06-01", created=day("2018-05-01"))
    found = history.build([shot("2018-01-01"), gone, again])
    assert [event.kind for event in found.events] == ["drop", "re_registration"]
    assert history.at(found, "registrar", day("2018-04-01"))[0] is None
    other = shot("2018-06-01", registrar="Harbour Names", created=None)
    assert kinds(shot("2018-01-01"), gone, other) == ["drop", "re_registration"]


def test_an_answer_that_did_not_find_the_name_is_no_new_registration_where_its_date_stayed() -> None:
    gone = shot("2018-03-01", status="not_found", registrar=None, created=None)
    assert kinds(shot("2018-01-01"), gone, shot("2018-06-01")) == ["drop", "registered"]


def test_a_change_is_placed_between_the_answers_that_state_the_field() -> None:
    silent = shot("2018-03-01", registrar=None)
    found = history.build([shot("2018-01-01"), silent, shot("2018-06-01", registrar="Harbour Names")])
    assert [(e.kind, e.after, e.by) for e in found.events] == [("transfer", day("2018-01-01"), day("2018-06-01"))]


def test_a_day_without_an_hour_and_the_same_day_with_one_are_no_new_registration() -> None:
    exact = datetime(2009, 8, 14, 10, 22, 31, tzinfo=UTC)
    assert not kinds(shot("2018-01-01"), shot("2018-06-01", created=exact))


def test_a_moment_for_which_sources_disagree_shows_both() -> None:
    other = Snapshot(at=day("2018-01-01"), source="other", status="registered", registrar="Harbour Names")
    found = history.build([shot("2018-01-01"), other])
    assert history.at(found, "registrar", day("2018-01-01")) == (
        None,
        "disagreement",
        "sources disagree: Tidewater Registrar by 2018-01-01; Harbour Names by other",
    )


def test_two_answers_that_agree_far_apart_leave_a_gap() -> None:
    found = history.build([shot("2012-01-01"), shot("2016-01-01")])
    assert [i.gaps for i in found.intervals if i.field == "registrar"] == [((day("2012-01-01"), day("2016-01-01")),)]
    assert history.at(found, "registrar", day("2014-01-01"))[0] is None


def other(at: str, **fields: object) -> Snapshot:
    return Snapshot(at=datetime.fromisoformat(at), source="registrar", status="registered", **fields)  # type: ignore[arg-type]


def test_two_sources_that_disagree_on_one_day_are_no_change_there_and_back() -> None:
    second = other("2018-01-01T00:01:00+00:00", registrar="Harbour Names", created=day("2009-08-14"))
    found = history.build([shot("2017-01-01"), shot("2018-01-01"), second, shot("2018-06-01")])
    assert found.events == ()
    assert [(i.value, i.first_seen, i.last_seen) for i in found.intervals if i.field == "registrar"] == [
        ("Tidewater Registrar", day("2017-01-01"), day("2018-06-01")),
        ("Harbour Names", second.at, second.at),
    ]


def test_a_change_that_one_source_tells_first_is_told_once_all_tell_it() -> None:
    moved = shot("2018-06-01", registrar="Harbour Names")
    second = other("2018-01-01T00:01:00+00:00", registrar="Harbour Names", created=day("2009-08-14"))
    found = history.build([shot("2017-01-01"), shot("2018-01-01"), second, moved])
    assert [(e.kind, e.after, e.by) for e in found.events] == [("transfer", day("2017-01-01"), day("2018-06-01"))]


def test_one_source_that_gives_two_values_on_a_day_tells_a_change_of_that_day() -> None:
    early = other("2018-01-01T01:00:00+00:00", registrar="Tidewater Registrar")
    late = other("2018-01-01T09:00:00+00:00", registrar="Harbour Names")
    found = history.build([late, early])
    assert [(e.kind, e.after, e.by) for e in found.events] == [("transfer", early.at, late.at)]
    assert found.disagreements == ()


def test_a_name_written_otherwise_is_one_interval_and_no_disagreement() -> None:
    second = other("2018-01-01T00:01:00+00:00", registrar="TIDEWATER REGISTRAR.", created=day("2009-08-14"))
    found = history.build([shot("2018-01-01"), second])
    assert [i.value for i in found.intervals if i.field == "registrar"] == ["Tidewater Registrar"]
    assert found.disagreements == ()


def test_a_day_is_answered_by_an_answer_of_any_hour_of_it_and_else_by_two_that_agree() -> None:
    answered = other("2018-01-01T01:00:00+00:00", registrar="Harbour Names")
    found = history.build([answered, other("2018-09-01T23:00:00+00:00", registrar="Harbour Names")])
    assert history.at(found, "registrar", day("2018-01-01")) == ("Harbour Names", "answer", "answered on 2018-01-01")
    assert history.at(found, "registrar", day("2018-09-01")).basis == "answer"
    assert history.at(found, "registrar", day("2018-04-01")) == (
        "Harbour Names",
        "between",
        "no answer of that day; those of 2018-01-01 and 2018-09-01 agree",
    )


def test_a_name_held_after_the_day_it_was_paid_until_is_told_once() -> None:
    paid = [shot(at, expires=day("2018-08-14")) for at in ("2018-01-01", "2018-08-15", "2018-09-01", "2018-09-20")]
    assert [(e.kind, e.after, e.by) for e in history.build(paid).events] == [
        ("expiry_passed", day("2018-08-15"), day("2018-09-01"))
    ]


def test_an_answer_that_finds_the_name_beside_one_that_does_not_is_no_drop() -> None:
    lost = Snapshot(at=day("2018-03-01"), source="other", status="not_found")
    found = history.build([shot("2018-01-01"), shot("2018-03-01"), lost, shot("2018-06-01")])
    assert found.events == ()
    assert found.disagreements == ("2018-03-01: status is registered by 2018-03-01, not_found by other",)


def test_a_new_registration_names_the_holder_and_the_one_last_shown_before_it() -> None:
    gone = shot("2018-03-01", status="not_found", registrar=None, created=None)
    again = shot("2018-06-01", created=day("2018-05-01"), registrant="Otter Media")
    found = history.build([shot("2018-01-01", registrant="Seaglass Hotels"), gone, again])
    assert found.events[-1].text == (
        "The name was registered. The registry dates it 2018-05-01. "
        "Registrant Otter Media; of the registration before it, last shown, Seaglass Hotels."
    )


def test_name_servers_are_told_apart_to_the_dot_and_status_words_of_epp_and_rdap_are_one() -> None:
    assert kinds(shot("2018-01-01", name_servers="ns1.ab.test"), shot("2018-02-01", name_servers="ns1a.b.test")) == [
        "name_servers_moved"
    ]
    found = history.build([shot("2018-01-01", statuses="ok"), shot("2018-02-01", statuses="active")])
    assert [i.value for i in found.intervals if i.field == "statuses"] == ["ok"]


def told(server: str, at: str, **fields: object) -> Snapshot:
    given = {"registrar": "Tidewater Registrar", "created": day("2009-08-14"), "status": "registered", **fields}
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Snapshot(at=moment, source=f"{at} ({server})", origin=server, **given)  # type: ignore[arg-type]


ASKED_TWICE = (
    told("rdap.example", "2024-05-01T10:00:00", redacted=False, registrar="Tidewater"),
    told("whois.example", "2024-05-01T10:00:01", redacted=True, registrar="Tidewater Registrar, Inc."),
    told("rdap.example", "2025-05-01T10:00:00", redacted=False, registrar="Tidewater"),
    told("whois.example", "2025-05-01T10:00:01", redacted=True, registrar="Tidewater Registrar, Inc."),
)


def test_servers_that_were_asked_at_one_moment_and_differ_disagree_and_nothing_happened() -> None:
    found = history.build(ASKED_TWICE)
    assert found.events == ()
    assert found.disagreements == (
        "2024-05-01: registrar is Tidewater by 2024-05-01T10:00:00 (rdap.example), Tidewater Registrar, Inc. by "
        "2024-05-01T10:00:01 (whois.example)",
        "2025-05-01: registrar is Tidewater by 2025-05-01T10:00:00 (rdap.example), Tidewater Registrar, Inc. by "
        "2025-05-01T10:00:01 (whois.example)",
    )


def test_a_name_that_one_server_does_not_find_at_the_moment_when_another_does_is_no_drop() -> None:
    lost = told("whois.example", "2024-05-01T10:00:01", status="not_found", registrar=None, created=None)
    assert kinds(ASKED_TWICE[0], lost, ASKED_TWICE[2]) == []


def test_a_change_that_both_servers_tell_is_told_once() -> None:
    moved = (
        told("rdap.example", "2026-05-01T10:00:00", registrar="Harbour Names"),
        told("whois.example", "2026-05-01T10:00:01", registrar="Harbour Names, Ltd.", redacted=True),
    )
    found = history.build([*ASKED_TWICE, *moved])
    assert [(event.kind, event.text) for event in found.events] == [
        ("transfer", "Registrar Tidewater, then Harbour Names."),
    ]


def test_a_drop_that_another_source_saw_in_between_is_kept() -> None:
    gone = told("whois.example", "2024-11-01T10:00:00", status="not_found", registrar=None, created=None)
    again = told("rdap.example", "2025-05-01T10:00:00", created=day("2025-01-01"))
    assert kinds(ASKED_TWICE[0], gone, again) == ["drop", "re_registration"]


def test_a_change_that_one_server_tells_is_told_though_the_other_says_what_it_always_said() -> None:
    hides = told("rdap.example", "2026-05-01T10:00:00", registrar="Tidewater", redacted=True)
    still = told("whois.example", "2026-05-01T10:00:01", registrar="Tidewater Registrar, Inc.", redacted=True)
    found = history.build([*ASKED_TWICE, hides, still])
    assert [(event.kind, event.by) for event in found.events] == [("privacy_switched_on", hides.at)]


def test_one_asking_around_midnight_is_one_moment() -> None:
    late = told("rdap.example", "2024-05-01T23:59:59", registrar="Tidewater")
    after = told("whois.example", "2024-05-02T00:00:01", registrar="Tidewater Registrar, Inc.")
    assert kinds(late, after) == []
