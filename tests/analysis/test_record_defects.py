"""What stands beside the records of mail: each defect is found at its place, and sound records have none."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics import Case
from forensics.analysis.posture.record_defects import defects

SOUND = {
    "mta-sts/record": ("v=STSv1; id=20261123T000000;", "v=STSv1;id=1"),
    "tls-rpt/record": ("v=TLSRPTv1; rua=mailto:tls@example.com,https://reports.example/v1",),
    "bimi/record": ("v=BIMI1; l=https://example.com/logo.svg; a=", "v=BIMI1; l=; a=;"),
    "caa/record": (
        '0 issue "ca.example; policy=ev"',
        '0 issue ";"',
        '128 issuewild "ca.example"',
        '0 iodef "mailto:a@b"',
    ),
    "dane/tlsa": (f"3 1 1 {'0a' * 32}", f"2 0 2 {'FF' * 64}", "3 0 0 30820122", f"3 1 1 {'0a' * 20} {'0b' * 12}"),
    "zone/soa": ("anything",),
}


@pytest.mark.parametrize("kind", SOUND)
def test_sound_records_have_no_defect(kind: str) -> None:
    assert list(defects(kind, SOUND[kind])) == []


@pytest.mark.parametrize(
    ("kind", "record", "where"),
    [
        ("mta-sts/record", "v=STSv1;", "id"),
        ("mta-sts/record", "v=STSv1; id=" + "1" * 33, "id=" + "1" * 33),
        ("tls-rpt/record", "v=TLSRPTv1", "rua"),
        ("tls-rpt/record", "v=TLSRPTv1; rua=mailto:a@example.com, ftp://b", "ftp://b"),
        ("bimi/record", "v=BIMI1; l=http://example.com/logo.svg", "l=http://example.com/logo.svg"),
        ("caa/record", "issue ca.example", "issue ca.example"),
        ("caa/record", '0 issu "ca.example"', "0 issu"),
        ("dane/tlsa", f"0 1 1 {'0a' * 32}", "usage 0"),
        ("dane/tlsa", f"3 2 1 {'0a' * 32}", "selector 2, matching type 1"),
        ("dane/tlsa", f"3 1 2 {'0a' * 32}", "matching type 2"),
        ("dane/tlsa", r"\# 2 0102", r"\# 2 0102"),
    ],
)
def test_each_defect_is_told_at_its_place(kind: str, record: str, where: str) -> None:
    assert [defect.where for _, defect in defects(kind, (record,))] == [where]


def test_defects_of_a_zone_come_with_record_remedy_and_bytes(tmp_path: Path) -> None:
    zone = tmp_path / "a.zone"
    zone.write_text(
        "$ORIGIN northwind.example.\n$TTL 300\n@ IN SOA ns1 hostmaster 1 3600 900 604800 60\n@ IN NS ns1\n"
        "@ IN MX 10 mx1\n@ IN MX 20 mx1\n@ IN MX 30 192.0.2.25.\nmx1 IN A 192.0.2.25\n"
        '_mta-sts IN TXT "v=STSv1; id=a-b"\n'
        f"_25._tcp.mx1 IN TLSA 1 1 1 {'0a' * 32}\n"
    )
    with Case() as case:
        case.add(zone)
        posture = case.posture("northwind.example")
    found = {check.id: check for check in posture.checks if check.remedy and check.state in ("problem", "warning")}
    assert (found["mta-sts/part"].where, found["dane/part"].where) == ("id=a-b", "usage 1")
    assert (found["mx/duplicate"].record, found["mx/literal"].record) == ("mx1.northwind.example", "192.0.2.25")
    assert found["zone/ns-count"].record == "ns1.northwind.example."
    assert all(found[kind].citations for kind in ("mta-sts/part", "dane/part", "mx/duplicate", "zone/ns-count"))
