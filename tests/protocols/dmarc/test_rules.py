"""Which specification was in force when."""

import datetime as dt

from forensics.protocols.dmarc import rules_at


def test_rfc_9989_rules_from_may_2026_on():
    assert rules_at(dt.date(2016, 1, 1)) == "rfc7489"
    assert rules_at(dt.datetime(2026, 4, 30, 23, 59, tzinfo=dt.UTC)) == "rfc7489"
    assert rules_at(dt.datetime(2026, 5, 1, tzinfo=dt.UTC)) == "rfc9989"


def test_a_time_counts_by_its_day_in_utc():
    zone = dt.timezone(dt.timedelta(hours=2))
    assert rules_at(dt.datetime(2026, 5, 1, 1, 0, tzinfo=zone)) == "rfc7489"
