"""Dates as registries write them."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.whois_text.dates import DateReading, declared_order, proven_order, read_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2014-05-31", (2014, 5, 31)),
        ("2014/05/31", (2014, 5, 31)),
        ("2014.05.31 13:00:00", (2014, 5, 31)),
        ("1999. 07. 28.", (1999, 7, 28)),
        ("20090324", (2009, 3, 24)),
        ("19990518 #162310", (1999, 5, 18)),
        ("HARB-UA 20131125154112", (2013, 11, 25)),
        ("hostmaster@northwind.example 20110426 17:57:27", (2011, 4, 26)),
        ("07-Apr-2003 00:00:00 UTC", (2003, 4, 7)),
        ("28th April 2014", (2014, 4, 28)),
        ("April 28, 2014", (2014, 4, 28)),
        ("Thu, 16 Jul 1998", (1998, 7, 16)),
        ("Tue Feb 10 09:42:42 2004", (2004, 2, 10)),
        ("Wed Aug 07 00:00:00 GMT 2013", (2013, 8, 7)),
        ("2001-Aug-23.", (2001, 8, 23)),
        ("23 de agosto de 2012", (2012, 8, 23)),
        ("21-März-2002", (2002, 3, 21)),
        ("14-Apr-99", (1999, 4, 14)),
    ],
)
def test_a_date_with_one_reading_is_read_whatever_the_registry(text, day):
    value = read_date(text).value
    assert (value.year, value.month, value.day) == day


@pytest.mark.parametrize("text", ["03/04/2012", "03.04.2012", "3-4-2012 10:00:00", "16/09/03", "03-jan-12"])
def test_a_date_with_two_readings_is_none_and_says_why(text):
    reading = read_date(text)
    assert reading.value is None
    assert "cannot be told apart" in reading.problem


def test_the_declared_order_decides_between_two_readings():
    assert read_date("03/04/2012", "day-first").value == datetime(2012, 4, 3, tzinfo=UTC)
    assert read_date("03/04/2012", "month-first").value == datetime(2012, 3, 4, tzinfo=UTC)
    assert read_date("03-jan-12", "day-first").value == datetime(2012, 1, 3, tzinfo=UTC)


def test_a_number_above_twelve_is_a_day_whatever_is_declared_elsewhere():
    assert read_date("25/04/2012").value == datetime(2012, 4, 25, tzinfo=UTC)
    assert read_date("04/25/2012").value == datetime(2012, 4, 25, tzinfo=UTC)


def test_a_date_against_the_declared_order_is_none_and_not_turned_round():
    assert read_date("04/25/2012", "day-first") == DateReading(None, problem="'04/25/2012': no such day")


def test_equal_day_and_month_need_no_order():
    assert read_date("05/05/2011").value == datetime(2011, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(("short", "year"), [("16/09/85", 1985), ("16/09/03", 2003), ("16/09/84", 2084)])
def test_a_year_of_two_digits_lies_in_the_hundred_years_from_1985_on(short, year):
    assert read_date(short, "day-first").value.year == year


@pytest.mark.parametrize("text", ["before Aug-1996", "before 1 January 1996", "before 01.01.1996"])
def test_a_bound_is_no_date(text):
    assert read_date(text, "day-first") == DateReading(None, problem=f"{text!r}: a bound, not a date")


@pytest.mark.parametrize(
    "text", ["0000-00-00", "2014-02-30", "1970-01-01T00:00:00Z", "9999-12-31", "never", "", "192.0.2.1"]
)
def test_a_place_holder_is_no_date(text):
    assert read_date(text).value is None
    assert read_date(text).problem is not None


@pytest.mark.parametrize(
    ("text", "hours", "zone"),
    [
        ("2013-07-08T19:35:53.187695+03:00", 3, "+03:00"),
        ("2020-04-03T00:00:00-0700", -7, "-0700"),
        ("2011-07-21 18:03:50+03", 3, "+03"),
        ("2013/06/01 01:05:07 (JST)", 9, "JST"),
        ("18 Apr 2003 00:00 EAT", 3, "EAT"),
        ("14-05-2009 12:24:47 GMT+1", 1, "GMT+1"),
        ("1999-06-07 13:01:43 (GMT+0:00)", 0, "GMT+0:00"),
        ("Mar 25 01:57:22 PDT 2009", -7, "PDT"),
    ],
)
def test_the_stated_zone_is_kept(text, hours, zone):
    reading = read_date(text, "day-first")
    assert reading.value.utcoffset() == timedelta(hours=hours)
    assert reading.zone == zone


def test_a_time_without_a_zone_says_so_and_keeps_the_day():
    reading = read_date("2004-06-15 18:24:45")
    assert reading == DateReading(datetime(2004, 6, 15, 18, 24, 45, tzinfo=UTC), "second", None)


def test_an_abbreviation_with_several_meanings_is_not_resolved():
    assert read_date("2014-02-18 15:26:40 CST").zone is None


def test_the_precision_is_what_the_text_states():
    assert [read_date(text).precision for text in ("2014-05-31", "2014-05-31 10:15", "2014-05-31 10:15:30")] == [
        "day",
        "minute",
        "second",
    ]


def test_fractions_of_a_second_are_kept_to_the_microsecond():
    assert read_date("2013-12-06T07:34:23.123456789Z").value == datetime(2013, 12, 6, 7, 34, 23, 123456, tzinfo=UTC)


def test_an_impossible_time_leaves_the_day():
    reading = read_date("2014-05-31 25:61:00")
    assert reading.value == datetime(2014, 5, 31, tzinfo=UTC)
    assert reading.problem == "'2014-05-31 25:61:00': no such time of day"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("% complete date format : DD/MM/YYYY", "day-first"),
        ("% Date Format         : DD.MM.YYYY", "day-first"),
        ("Creation Date (mm/dd/yyyy)", "month-first"),
        ("2014-11-09 (YYYY-MM-DD)", None),
        ("%% short date format    : DD/MM", None),
    ],
)
def test_an_answer_may_declare_its_order(text, order):
    assert declared_order(text) == order


def test_dates_of_one_answer_prove_the_order_together_or_not_at_all():
    assert proven_order(["03/04/2012", "25/04/2013"]) == "day-first"
    assert proven_order(["03/04/2012", "04/25/2013"]) == "month-first"
    assert proven_order(["25/04/2012", "04/25/2013"]) is None
    assert proven_order(["03/04/2012", "01/02/2013"]) is None
    assert proven_order(["02-Mar-99", "01-Nov-21"]) == "day-first"


@given(st.datetimes(datetime(1985, 1, 1), datetime(2199, 12, 31)), st.integers(-14 * 60, 14 * 60))
def test_every_rfc_3339_instant_is_read_as_it_is(moment, minutes):
    instant = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_date(instant.isoformat()).value == instant


@given(
    st.text(alphabet="0123456789-/. :TZabcmayjunde()+", max_size=60),
    st.sampled_from(["day-first", "month-first", None]),
)
def test_any_text_gives_an_aware_date_or_a_reason(text, order):
    reading = read_date(text, order)
    assert reading.problem is not None if reading.value is None else reading.value.tzinfo is not None


@pytest.mark.parametrize("piece", ["1/", "jan ", "1 jan ", "12:", "2014-", "st de ", "9", " "])
def test_a_long_value_is_read_in_no_time(piece):
    start = time.process_time()
    read_date(piece * 100_000)
    assert time.process_time() - start < 0.05
