"""The public suites of Received values, and how their keys map to ours.

received-a: `from` does not say what it is, so it must be the HELO name, the reverse name or the address; `unknown` is
no name. `from_iprev` is from_rdns, `for_` envelope_to, `with` protocol. Versions of TLS are spelled `TLSv1_2` there.
received-b: an empty text is None; a HELO name between exclamation marks is an address literal; `auth` is compared by
its presence, since SpamAssassin labels some mechanisms with the name of the server.
"""

import json
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from forensics.protocols import received
from forensics.protocols.received import ReceivedHop

SUITES = Path(__file__).resolve().parents[3] / ".." / "shared" / "suites"


def _cases(name: str) -> list[dict[str, Any]]:
    path = SUITES / name / "cases.json"
    if not path.exists():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    cases: list[dict[str, Any]] = json.loads(path.read_text())["cases"]
    return cases


def _same(expected: str, found: str | None) -> bool:
    return found is not None and expected.casefold() == found.casefold()


def _address(text: str) -> str:
    address = ip_address(text)
    return str(getattr(address, "ipv4_mapped", None) or address)


def differences_a(expected: dict[str, str], hop: ReceivedHop) -> dict[str, tuple[str, object]]:
    pairs = {
        "from_iprev": hop.from_rdns,
        "by": hop.by,
        "for_": hop.envelope_to,
        "with": hop.protocol,
        "via": hop.via,
        "id": hop.id,
        "helo": hop.from_helo,
        "ident": hop.from_ident,
        "tls_cipher": hop.tls_cipher,
    }
    wrong: dict[str, tuple[str, object]] = {
        key: (expected[key], found)
        for key, found in pairs.items()
        if key in expected and not _same(expected[key], found)
    }
    if "from" in expected and expected["from"].lower() != "unknown":
        found_names = (hop.from_helo, hop.from_rdns, hop.from_ip)
        if not any(_same(expected["from"], name) for name in found_names):
            wrong["from"] = (expected["from"], found_names)
    if "from_ip" in expected and _address(expected["from_ip"]) != hop.from_ip:
        wrong["from_ip"] = (expected["from_ip"], hop.from_ip)
    if "tls_version" in expected and expected["tls_version"].replace("_", ".") != hop.tls_version:
        wrong["tls_version"] = (expected["tls_version"], hop.tls_version)
    if "date" in expected and hop.ts != datetime.fromisoformat(expected["date"]):
        wrong["date"] = (expected["date"], hop.ts)
    return wrong


def differences_b(expected: dict[str, str], hop: ReceivedHop) -> dict[str, tuple[str, object]]:
    pairs = {
        "rdns": hop.from_rdns,
        "helo": hop.from_helo,
        "by": hop.by,
        "ident": hop.from_ident,
        "envfrom": hop.envelope_from,
        "id": hop.id,
    }
    wrong: dict[str, tuple[str, object]] = {
        key: (expected[key], found)
        for key, found in pairs.items()
        if expected[key].strip("!").casefold() != (found or "").casefold()
    }
    if _address(expected["ip"]) != hop.from_ip:
        wrong["ip"] = (expected["ip"], hop.from_ip)
    if bool(expected["auth"]) != (hop.auth is not None):
        wrong["auth"] = (expected["auth"], hop.auth)
    return wrong


def test_at_least_94_of_100_hops_of_received_a_are_wholly_right_and_no_date_is_wrong() -> None:
    cases = _cases("received-a")
    wrong = {case["name"]: differences_a(case["expected"], received.parse(case["header"])) for case in cases}
    failed = {name: found for name, found in wrong.items() if found}
    assert [name for name, found in failed.items() if "date" in found] == []
    assert len(failed) <= 0.06 * len(cases), failed


def test_at_least_95_of_100_hops_of_received_b_are_wholly_right() -> None:
    cases = _cases("received-b")
    wrong = {
        case["name"]: differences_b(case["expected"], received.parse(case["header"])) if case["expected"] else {}
        for case in cases
    }
    failed = {name: found for name, found in wrong.items() if found}
    assert len(failed) <= 0.05 * len(cases), failed
