"""Blocklists are asked on request alone; what each answered is told as its word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forensics import Case
from forensics.cli.live_domain import Wanted, record

ADDRESS = "127.0.0.1"
COMMAND = [sys.executable, "-m", "forensics", "domain", "listed.called.example"]


@pytest.mark.program("named", "unbound")
def test_each_list_is_told_in_its_own_words(servers: Any, tmp_path: Path) -> None:
    save = tmp_path / "a.jsonl"
    zones = ["bl.called.example", "refusing.called.example", "parked.called.example", "broken.example"]
    record(Wanted("listed.called.example", f"{ADDRESS}:{servers.unbound}", save, lists=tuple(zones)))
    with Case() as case:
        case.add(save)
        found = {
            check.text.partition(" ")[0] if "What" not in check.text else "parked": check
            for check in case.posture("listed.called.example").checks
            if check.id == "dnsbl/listing"
        }
    assert {check.subject for check in found.values()} == {"192.0.2.25"}
    assert {name: (check.state, check.record) for name, check in found.items()} == {
        "bl.called.example": ("warning", "127.0.0.4 listed for tests"),
        "refusing.called.example": ("unknown", "127.255.255.254 resolver not served"),
        "parked": ("unknown", "192.0.2.80"),
        "broken.example": ("unknown", None),
    }
    asked = [json.loads(line) for line in save.read_bytes().splitlines()]
    assert {entry.get("list_zone") for entry in asked} == {None, *zones}
    # a private address is none of their business
    assert not [entry for entry in asked if entry["list_zone"] and entry["qname"].startswith("4.4.168.192.")]


@pytest.mark.program("named", "unbound")
def test_an_address_that_is_not_there_is_not_listed_and_no_list_is_asked_unasked(servers: Any, tmp_path: Path) -> None:
    for number, lists in enumerate((("clean.called.example",), ())):
        save = tmp_path / f"{number}.jsonl"
        record(Wanted("listed.called.example", f"{ADDRESS}:{servers.unbound}", save, lists=lists))
        with Case() as case:
            case.add(save)
            checks = case.posture("listed.called.example").checks
        assert [check.state for check in checks if check.id == "dnsbl/listing"] == ["ok"] * len(lists)


def test_a_dry_run_names_each_list_and_what_it_would_see() -> None:
    words = ["--live", "--dry-run", "--resolver", "192.0.2.53", "--dnsbl", "BL.example.", "--dnsbl", "other.example"]
    text = " ".join(subprocess.run([*COMMAND, *words], check=True, capture_output=True).stdout.decode().split())
    assert "The operator of bl.example sees which addresses are asked about" in text
    assert "The list other.example is asked about the first 4 public addresses" in text


@pytest.mark.parametrize(
    "words",
    [
        ["--records", "x", "--dnsbl", "bl.example"],
        ["--live", "--dry-run", "--resolver", "192.0.2.53", "--dnsbl", "a..b"],
        ["--live", "--dry-run", "--resolver", "192.0.2.53", *(f"--dnsbl=l{n}.example" for n in range(5))],
    ],
)
def test_lists_that_cannot_be_asked_are_refused(words: list[str]) -> None:
    assert subprocess.run([*COMMAND, *words], check=False, capture_output=True).returncode == 2
