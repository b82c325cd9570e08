"""Zones as tests write them, and the lookup that answers from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from forensics.protocols.dns_answer import Answer

SUITE = Path(__file__).resolve().parents[3] / ".." / "shared" / "suites" / "spf" / "rfc7208-tests.yml"


class Zone:
    """A lookup over `{name: {qtype: [records] | "timeout" | "servfail"}}` that notes what it was asked."""

    def __init__(self, names):
        self.names = {name.lower(): records for name, records in names.items()}
        self.asked = []

    def __call__(self, qname, qtype):
        self.asked.append((qname, qtype))
        records = self.names.get(qname)
        if records is None:
            return Answer("nxdomain")
        found = records.get(qtype, [])
        if isinstance(found, str):
            return Answer(found)
        return Answer("ok", tuple(found)) if found else Answer("nodata")


@pytest.fixture(scope="session")
def zone():
    return Zone


def pytest_generate_tests(metafunc):
    """Give every test that takes `suite_case` one case of the public suite after the other, as (lookup, test)."""
    if "suite_case" in metafunc.fixturenames:
        metafunc.parametrize("suite_case", list(_suite_cases()))


def _suite_cases():
    if not SUITE.exists():
        reason = "the public suites are not beside the checkout (../shared)"
        yield pytest.param(None, marks=pytest.mark.skip(reason=reason), id="absent")
        return
    for scenario in YAML(typ="safe", pure=True).load_all(SUITE.read_text("utf-8")):
        for name, test in (scenario or {"tests": {}})["tests"].items():
            yield pytest.param((SuiteZone(scenario["zonedata"]), test), id=name)


class SuiteZone:
    """A lookup over the zone data of the suite; its README says what TIMEOUT, NONE and SPF stand for."""

    def __init__(self, zonedata):
        self.names = {str(name).lower(): entries for name, entries in zonedata.items()}
        self.asked = []

    def __call__(self, qname, qtype):
        self.asked.append((qname, qtype))
        return self._answer(qname, qtype, ())

    def _answer(self, qname, qtype, seen):
        if qname in seen:
            return Answer("servfail")
        entries = self.names.get(qname)
        if entries is None:
            return Answer("timeout" if qname.startswith("error.") else "nxdomain")
        records = [(kind, value) for entry in entries if isinstance(entry, dict) for kind, value in entry.items()]
        aliases = [value for kind, value in records if kind == "CNAME"]
        if aliases:
            return self._answer(aliases[0].rstrip(".").lower(), qtype, (*seen, qname))
        if qtype == "TXT" and not any(kind == "TXT" for kind, _ in records):
            records = [("TXT", value) for kind, value in records if kind == "SPF"]
        found = tuple(_presentation(value) for kind, value in records if kind == qtype and value != "NONE")
        if not found and "TIMEOUT" in entries:
            return Answer("timeout")
        return Answer("ok", found) if found else Answer("nodata")


def _presentation(value):
    if isinstance(value, list) and value and isinstance(value[0], int):
        return f"{value[0]} {value[1]}."
    return "".join(value) if isinstance(value, list) else str(value)
