from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.syslog_time import Timeline


def ns(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000_000


def test_a_stamp_without_year_and_zone_is_settled_by_what_was_declared():
    assert Timeline(ZoneInfo("Europe/Berlin"), 2026).nanoseconds("Nov  3 09:13:40") == ns(2026, 11, 3, 8, 13, 40)


def test_a_stamp_without_zone_is_none_and_says_what_is_missing():
    timeline = Timeline(None, None)
    assert timeline.nanoseconds("Nov 23 09:13:40") is None
    assert timeline.missing == {"time_zone", "year"}


def test_a_stamp_with_its_zone_needs_nothing_declared():
    timeline = Timeline(None, None)
    assert timeline.nanoseconds("2026-11-23T10:13:40.003115+01:00") == ns(2026, 11, 23, 9, 13, 40) + 3_115_000
    assert timeline.nanoseconds("2026-11-23T09:13:40Z") == ns(2026, 11, 23, 9, 13, 40)
    assert timeline.nanoseconds("2026-11-23T05:13:40-0400") == ns(2026, 11, 23, 9, 13, 40)
    assert timeline.missing == set()


def test_the_journal_and_unix_times_are_utc():
    timeline = Timeline(None, None)
    assert timeline.nanoseconds("@1795425220003115") == 1_795_425_220_003_115_000
    assert timeline.nanoseconds("1795425220.5") == 1_795_425_220_500_000_000


def test_dates_that_run_backwards_begin_a_new_year():
    timeline = Timeline(UTC, 2025)
    assert timeline.nanoseconds("Dec 31 23:59:59") == ns(2025, 12, 31, 23, 59, 59)
    assert timeline.nanoseconds("Jan  1 00:00:00") == ns(2026, 1, 1, 0, 0, 0)
    assert timeline.nanoseconds("Dec 31 23:59:58") == ns(2025, 12, 31, 23, 59, 58)
    assert timeline.nanoseconds("Jan  1 00:00:01") == ns(2026, 1, 1, 0, 0, 1)
    assert timeline.nanoseconds("Sep  1 00:00:00") == ns(2026, 9, 1, 0, 0, 0)
    assert timeline.notes == {"a turn of the year, taken from dates that run backwards": 1}


def test_lines_slightly_out_of_order_stay_in_their_year():
    timeline = Timeline(UTC, 2026)
    timeline.nanoseconds("Mar 10 00:00:00")
    assert timeline.nanoseconds("Mar  9 23:59:59") == ns(2026, 3, 9, 23, 59, 59)


def test_the_hour_that_clocks_repeat_follows_the_order_of_the_lines():
    timeline = Timeline(ZoneInfo("Europe/Berlin"), 2026)
    assert timeline.nanoseconds("Oct 25 02:59:59") == ns(2026, 10, 25, 0, 59, 59)
    assert timeline.nanoseconds("Oct 25 02:00:01") == ns(2026, 10, 25, 1, 0, 1)
    assert timeline.nanoseconds("Oct 25 02:30:00") == ns(2026, 10, 25, 1, 30, 0)
    assert timeline.notes == {"a local time that the zone has twice": 3}


def test_a_leap_second_is_the_first_second_of_the_next_minute():
    assert Timeline(UTC, 2016).nanoseconds("Dec 31 23:59:60") == ns(2017, 1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "text",
    ["Feb 29 00:00:00", "Nov 31 00:00:00", "Foo 11 00:00:00", "Nov 23 24:00:00", "Nov 23 09:13:61", "-", "@x", "",
     "2026-11-23T09:13:40+99:99", "9999-11-23T09:13:40Z", "0000-01-01T00:00:00Z", "@99999999999999999999"],
)  # fmt: skip
def test_what_is_no_time_is_none(text):
    assert Timeline(UTC, 2026).nanoseconds(text) is None


@given(
    st.lists(st.text("JanFebDec 0123456789:.-TZ+@", max_size=30) | st.datetimes().map(lambda d: f"{d:%b %d %H:%M:%S}"))
)
def test_any_text_is_a_64_bit_time_or_none(texts):
    timeline = Timeline(ZoneInfo("America/New_York"), 2026)
    for text in texts:
        found = timeline.nanoseconds(text)
        assert found is None or abs(found) < 1 << 63
