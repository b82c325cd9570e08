import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import mail_date

SUITE = Path(__file__).resolve().parents[2] / ".." / "shared" / "suites" / "mail-date" / "cases.json"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 24 Nov 2026 10:00:00 +0100", "2026-11-24T10:00:00+01:00"),
        ("Tue, 24 Nov 2026 10:00:00 +0100 (CET)", "2026-11-24T10:00:00+01:00"),
        ("24 Nov 2026 10:00 -0330", "2026-11-24T10:00:00-03:30"),
        ("Tue,\r\n 24\r\n Nov\r\n 2026\r\n 10:00\r\n -0330 (Newfoundland)", "2026-11-24T10:00:00-03:30"),
        ("Tue, 24 Nov 2026 10 : 00(a comment (nested \\) ) ): 07 -0600", "2026-11-24T10:00:07-06:00"),
        ("Tue,24 NOVEMBER 2026 10:00:07 gmt", "2026-11-24T10:00:07+00:00"),
        ("Tuesday, 24-Nov-26 10:00:07 UT", "2026-11-24T10:00:07+00:00"),
        ("24 Nov 2026 9:00:07 Z", "2026-11-24T09:00:07+00:00"),
        ("24 Nov 49 10:00:07 EDT", "2049-11-24T10:00:07-04:00"),
        ("24 Nov 50 10:00:07 PST", "1950-11-24T10:00:07-08:00"),
        ("24 Nov 126 10:00:07 +0000", "2026-11-24T10:00:07+00:00"),
        ("24 Nov 2026 10:00:07 -0000", "2026-11-24T10:00:07+00:00"),
        ("24 Nov 2026 10:00:07.0250 +0000", "2026-11-24T10:00:07.025000+00:00"),
        ("24 Nov 2026 10:00:07 +05:45", "2026-11-24T10:00:07+05:45"),
        ("24 Nov 2026 10:00:07 +0800 CST", "2026-11-24T10:00:07+08:00"),
        ("24 Nov 2026 10:00:07 +0100 (never closed", "2026-11-24T10:00:07+01:00"),
        ("24 11 26 10:00:07 +0100", "2026-11-24T10:00:07+01:00"),
        ("Tue Nov 24 10:00:07 2026 +0100", "2026-11-24T10:00:07+01:00"),
        ("Tue Nov  4 10:00:07 EST 2026", "2026-11-04T10:00:07-05:00"),
        ("Mon, 24 Nov 2026 10:00:07 +0100", "2026-11-24T10:00:07+01:00"),
        ("Di, 24 Nov 2026 10:00:07 +0100", "2026-11-24T10:00:07+01:00"),
    ],
)
def test_a_date_that_names_an_instant_is_read_with_its_offset(text: str, expected: str) -> None:
    parsed = mail_date.parse(text)
    assert parsed is not None
    assert parsed.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Tue, 24 Nov 2026 10:00:00",
        "Tue Nov 24 10:00:00 2026",
        "Tue, 24 Nov 2026 +0100",
        "Tue, 24 Nvo 2026 10:00:00 +0100",
        "Tue, 31 Nov 2026 10:00:00 +0100",
        "Tue, 24 Nov 2026 24:00:00 +0100",
        "Tue, 24 Nov 2026 10:60:00 +0100",
        "Tue, 24 Nov 2026 10:00:60 +0100",
        "Tue, 24 Nov 2026 10:00:00 PM +0100",
        "Tue, 24 Nov 2026 10:00:00 +100",
        "Tue, 24 Nov 2026 10:00:00 +0160",
        "Tue, 24 Nov 2026 10:00:00 +9900",
        "Tue, 24 Nov 2026 10:00:00 A",
        "Tue, 24 Nov 2026 10:00:00 CEST",
        "Tue, 24 Nov 2026 10:00:00 EST5EDT",
        "Tue, 24 Nov 2026 10:00:00 GMT+2",
        "Tue, 24 Nov 2026 10:00:00 GMT+0200",
        "Tue, 24 Nov 2026 10:00:00 +0100 and more",
        "Tue, 24 Nov 2026 10:00:00 (+0100)",
        "24 Nov 1601 10:00:00 +0000",
        "24 Nov 9999 23:59:59 -1200",
        "24 Nov 19126 10:00:00 +0100",
        "7 6 2026 10:00:00 +0100",
        "zzz 24 Nov 2026 10:00:00 +0100",
        "Tue, \u0662\u0664 Nov 2026 10:00:00 +0100",
    ],
)
def test_a_date_that_names_no_single_instant_is_none(text: str) -> None:
    assert mail_date.parse(text) is None


def test_the_public_suite_is_right_or_none() -> None:
    if not SUITE.exists():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    wrong = [case["name"] for case in json.loads(SUITE.read_text())["cases"] if not _agrees(case)]
    assert wrong == []


def _agrees(case: dict[str, Any]) -> bool:
    parsed = mail_date.parse(case["text"])
    if parsed is None:
        return case["expected"] is None or case["none_is_right_too"]
    return case["expected"] is not None and parsed == datetime.fromisoformat(case["expected"])


@given(st.text(alphabet="0123456789 :+-(),\\.aZNovTueGMT\r\n") | st.text())
def test_any_text_is_an_aware_date_or_none(text: str) -> None:
    parsed = mail_date.parse(text)
    assert parsed is None or parsed.utcoffset() is not None


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(min_value=-23 * 60 - 59, max_value=23 * 60 + 59),
)
def test_every_instant_written_as_rfc_5322_comes_back(local: datetime, offset: int) -> None:
    local = local.replace(microsecond=0)
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}{abs(offset) % 60:02}"
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    parsed = mail_date.parse(f"{local.day} {months[local.month - 1]} {local:%Y %H:%M:%S} {zone}")
    assert parsed is not None
    assert parsed.replace(tzinfo=None) == local
    assert parsed.utcoffset() == timedelta(minutes=offset)
