"""Name servers that lead nowhere, and the timers of a zone."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics import Case
from forensics.analysis.posture.name_servers import read_soa
from forensics.model.posture import Check

ZONE = """\
$ORIGIN northwind.example.
$TTL 300
@ IN SOA ns1 hostmaster {soa}
@ IN NS ns1
@ IN NS gone
@ IN NS alias
@ IN NS inner
ns1 IN AAAA 2001:db8::53
alias IN CNAME ns1
inner IN A 10.0.0.53
"""
OUTSIDE = """\
$ORIGIN northwind.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 7200 900 1209600 3600
@ IN NS ns.elsewhere.test.
"""
TIMEOUT = (
    '{"format":"forensics-dns-recording/1","asked_at":"2026-11-23T09:13:34Z","qname":"ns.elsewhere.test",'
    '"qtype":"A","status":"timeout","server":"192.0.2.53","port":53,"transport":"udp"}\n'
)
GOOD = "2026112301 7200 900 1209600 3600"


def checks(folder: Path, zone: str, recording: str = "") -> dict[str, list[Check]]:
    (folder / "northwind.zone").write_text(zone)
    if recording:
        (folder / "answers.jsonl").write_text(recording)
    by_id: dict[str, list[Check]] = {}
    with Case() as case:
        case.add(folder)
        for check in case.posture("northwind.example").checks:
            by_id.setdefault(check.id, []).append(check)
    return by_id


def test_a_name_server_without_an_address_an_alias_and_a_private_address_are_told(tmp_path: Path) -> None:
    found = checks(tmp_path, ZONE.format(soa=GOOD))
    (missing,), (alias,), (private,) = (
        found[kind] for kind in ("zone/ns-address", "zone/ns-cname", "zone/ns-private-address")
    )
    assert (missing.subject, missing.state, "glue" in (missing.why or "")) == (
        "gone.northwind.example",
        "problem",
        True,
    )
    assert (alias.subject, alias.record) == ("alias.northwind.example", "ns1.northwind.example.")
    assert (private.subject, private.record) == ("inner.northwind.example", "10.0.0.53")


@pytest.mark.parametrize(("recording", "said"), [("", "not asked"), (TIMEOUT, "timeout")])
def test_a_name_server_whose_address_nobody_knows_is_not_called_missing(
    tmp_path: Path, recording: str, said: str
) -> None:
    (unknown,) = checks(tmp_path, OUTSIDE, recording)["zone/ns-address"]
    assert unknown.state == "unknown"
    assert unknown.text == f"Where these name servers stand is not known: ns.elsewhere.test ({said})."


@pytest.mark.parametrize(
    ("soa", "warnings", "advice", "serial"),
    [
        (GOOD, [], [], "The serial number reads as change 01 of 2026-11-23."),
        ("1 60 3600 600 604800", ["retry 3600", "expire 600"], ["refresh 60", "expire 600", "minimum 604800"],
         "The zone's serial number is 1: a count, or a time in seconds."),
        ("4294967295 43200 43200 2419200 86400", ["retry 43200"], [],
         "The zone's serial number is 4294967295: a count, or a time in seconds."),
    ],
)  # fmt: skip
def test_timers_that_defeat_each_other_are_warned_of_and_unusual_ones_are_advice(
    tmp_path: Path, soa: str, warnings: list[str], advice: list[str], serial: str
) -> None:
    found = checks(tmp_path, ZONE.format(soa=soa))
    assert [check.where for check in found.get("zone/soa-timers", [])] == warnings
    assert [check.where for check in found.get("zone/soa-advice", [])] == advice
    assert {check.state for check in found.get("zone/soa-advice", [])} <= {"ok"}
    assert [check.text for check in found["zone/soa-serial"]] == [serial]


@pytest.mark.parametrize("record", ["", "ns1. hostmaster. 1 2 3 4", "ns1. hostmaster. 1 2 3 4 x", "a b 1 2 3 4 ²"])
def test_what_is_no_soa_record_has_no_timers(record: str) -> None:
    assert read_soa(record) is None
