"""Clocks that are off: told from the dates of several messages, or from logs, and never corrected by."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics import Case
from forensics.analysis.clock_skew import MAX_HOSTS, Clocks
from forensics.model.header_report import ClockPart, HopPart

FAST = """\
Received: from mx.alder.example (mx.alder.example [198.51.100.18])
\tby mx1.northwind.example (Postfix) with ESMTP id A1B2C3D4E{no}; Mon, 23 Nov 2026 09:3{no}:{late:02} +0000
Received: from ws12.alder.example (ws12.alder.example [192.0.2.12])
\tby mx.alder.example (Postfix) with ESMTPA id 0F0F0F0F0{no}; Mon, 23 Nov 2026 09:4{no}:00 +0000
From: pat@alder.example
Date: Mon, 23 Nov 2026 09:30:00 +0000

body
"""


def hop(
    no: int, by: str | None, *, delay_s: float | None = None, trusted: bool = True, offset_s: float | None = None
) -> HopPart:
    return HopPart(
        no=no, ts=None, delay_s=delay_s, by=by, from_helo=None, from_rdns=None, from_ip=None, protocol=None, id=None,
        trusted=trusted, grade="consistent", reasons=(), notes=(), raw="", offset_s=offset_s,
    )  # fmt: skip


def estimated(*messages: tuple[HopPart, ...]) -> tuple[ClockPart, ...]:
    clocks = Clocks()
    for hops in messages:
        clocks.add(hops)
    return clocks.estimates()


def pair(delay_s: float | None, *, trusted: bool = True) -> tuple[HopPart, ...]:
    return (hop(1, "MX1.northwind.example", delay_s=delay_s), hop(2, "mx.alder.example", trusted=trusted))


def test_an_offset_that_several_messages_show_is_an_estimate_with_its_basis() -> None:
    (found,) = estimated(pair(-598.0), pair(-597.0), pair(-596.0))
    assert (found.host, found.against, found.basis) == ("mx1.northwind.example", "mx.alder.example", "chain")
    # each difference is the offset and the time under way, so the offset is the lowest or below
    assert (found.offset_s, found.spread_s, found.hops) == (-598.0, 2.0, 3)
    assert found.text == (
        "the clock of mx1.northwind.example is at least 598 s behind that of mx.alder.example: it dates 3 message(s) "
        "before the field below, varying by 2 s; an estimate, by which no time was changed"
    )


@pytest.mark.parametrize(
    "delays",
    [
        (-598.0, -598.0),  # two messages are too few
        (-598.0, -100.0, -598.0),  # no constant offset
        (3.0, 2.0, 4.0),  # mail that takes its time
        (-1.0, 0.0, -1.0),  # whole seconds
        (None, None, None),
    ],
)
def test_what_is_no_constant_offset_is_none(delays: tuple[float | None, ...]) -> None:
    assert estimated(*(pair(delay) for delay in delays)) == ()


def test_fields_that_are_claims_are_named() -> None:
    (found,) = estimated(*[pair(-60.0, trusted=False)] * 3)
    assert "some of these fields are claims" in found.text


def test_a_host_is_never_held_against_itself() -> None:
    alone = (hop(1, "mx1.northwind.example", delay_s=-60.0), hop(2, "mx1.northwind.example"))
    assert estimated(alone, alone, alone) == ()


def test_hops_that_a_log_confirms_tell_the_clock_from_one_message() -> None:
    (found,) = estimated((hop(1, "mx1.northwind.example", offset_s=42.0),))
    assert (found.offset_s, found.against, found.basis) == (42.0, None, "confirmed")
    assert "about 42 s ahead of the logs or captures that confirm 1 hop(s)" in found.text


def test_hosts_without_end_do_not_fill_the_memory() -> None:
    clocks = Clocks()
    for number in range(MAX_HOSTS + 100):
        clocks.add((hop(1, f"mx{number}.example", offset_s=60.0),))
    assert len(clocks.estimates()) == MAX_HOSTS


def test_the_document_tells_clocks_and_leaves_the_times_as_they_were(tmp_path: Path) -> None:
    for no in range(3):
        (tmp_path / f"{no}.eml").write_text(FAST.format(no=no, late=no))
    # the log's server dates the hand-over 30 s later than the field does
    (tmp_path / "mail.log").write_text(
        "Nov 23 09:30:30 mx1 postfix/smtpd[12]: A1B2C3D4E0: client=mx.alder.example[198.51.100.18]\n"
        "Nov 23 09:30:31 mx1 postfix/qmgr[13]: A1B2C3D4E0: from=<pat@alder.example>, size=900, nrcpt=1 (queue active)\n"
    )
    sheet = tmp_path / "sheet.yml"
    sheet.write_text("evidence: [{path: mail.log, time_zone: UTC, year: 2026}]\n")
    with Case(sheet_path=sheet) as case:
        case.add(*(tmp_path / f"{no}.eml" for no in range(3)), tmp_path / "mail.log")
        report = case.headers([tmp_path / f"{no}.eml" for no in range(3)])
    assert [(one.basis, one.offset_s, one.hops) for one in report.clocks] == [
        ("chain", -600.0, 3),
        ("confirmed", -30.0, 1),
    ]
    top = report.messages[0].hops[0]
    assert (top.ts, top.offset_s) == ("2026-11-23T09:30:00+00:00", -30.0)
