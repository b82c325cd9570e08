"""The names of a hop's client held against recorded A, AAAA and PTR records, those of the day of the hop first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forensics import Case
from forensics.model.header_report import HopPart

MESSAGE = """\
Received: from mx.alder.example ({rdns} [{ip}])
\tby mx1.northwind.example (Postfix) with ESMTP id A1B2C3D4E5; Mon, 23 Nov 2026 09:39:58 +0000
From: pat@alder.example
Date: Mon, 23 Nov 2026 09:39:56 +0000

body
"""
PTR = "202.100.51.198.in-addr.arpa"


def seen(name: str, kind: str, rdata: str, first: str, last: str) -> dict[str, Any]:
    times = [int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) for day in (first, last)]
    return {"rrname": name, "rrtype": kind, "rdata": [rdata], "time_first": times[0], "time_last": times[1]}


def judged(
    tmp_path: Path, *sightings: dict[str, Any], rdns: str = "scan3.research.test", ip: str = "198.51.100.202"
) -> HopPart:
    (tmp_path / "message.eml").write_text(MESSAGE.format(rdns=rdns, ip=ip))
    (tmp_path / "seen.json").write_text("".join(json.dumps(one) + "\n" for one in sightings))
    with Case() as case:
        case.add(tmp_path / "message.eml", tmp_path / "seen.json")
        ((hop,),) = [message.hops for message in case.headers([tmp_path / "message.eml"]).messages]
    return hop


def test_a_client_whose_address_is_not_that_of_the_name_it_gave_is_named_with_the_record(tmp_path: Path) -> None:
    hop = judged(
        tmp_path,
        seen("mx.alder.example", "A", "198.51.100.18", "2026-11-01", "2026-12-01"),
        seen("scan3.research.test", "A", "198.51.100.202", "2026-11-01", "2026-12-01"),
        seen(PTR, "PTR", "scan3.research.test.", "2026-11-01", "2026-12-01"),
    )
    assert hop.notes[-3:] == (
        "scan3.research.test has the address 198.51.100.202 in records of that day",
        "mx.alder.example has 198.51.100.18 in records of that day, not 198.51.100.202",
        "the name of 198.51.100.202 is scan3.research.test in records of that day",
    )
    # the grade rests on who wrote the field, and the records are cited
    assert hop.grade == "consistent"
    assert [cited.record_no for cited in hop.citations[1:]] == [2, 1, 3]


def test_records_of_the_day_go_before_those_of_other_days(tmp_path: Path) -> None:
    hop = judged(
        tmp_path,
        seen("mx.alder.example", "A", "198.51.100.202", "2026-11-01", "2026-11-30"),
        seen("mx.alder.example", "A", "198.51.100.18", "2026-12-01", "2026-12-20"),
    )
    assert hop.notes[-1] == "mx.alder.example has the address 198.51.100.202 in records of that day"


def test_records_of_other_days_say_so(tmp_path: Path) -> None:
    hop = judged(tmp_path, seen(PTR, "PTR", "host7.isp.test.", "2026-12-01", "2026-12-20"))
    assert hop.notes[-1] == (
        "the name of 198.51.100.202 is host7.isp.test in records of other days, not scan3.research.test"
    )


def test_an_address_of_the_other_family_is_held_against_its_own_records(tmp_path: Path) -> None:
    hop = judged(
        tmp_path,
        seen("mx.alder.example", "A", "198.51.100.18", "2026-11-01", "2026-12-01"),
        seen("mx.alder.example", "AAAA", "2001:db8:0::18", "2026-11-01", "2026-12-01"),
        rdns="mx.alder.example", ip="IPv6:2001:DB8::18",
    )  # fmt: skip
    assert hop.notes == ("mx.alder.example has the address 2001:db8::18 in records of that day",)


def test_without_records_nothing_is_said_of_names(tmp_path: Path) -> None:
    hop = judged(tmp_path, rdns="mx.alder.example")
    assert (hop.notes, len(hop.citations)) == ((), 1)
