"""Zones as tests write them, and the public suites where they are beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forensics.protocols.dns_answer import Answer

SUITES = Path(__file__).resolve().parents[3] / ".." / "shared" / "suites"


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


@pytest.fixture(scope="session")
def policies():
    """A lookup over `{domain: policy record}`; the domains exist."""

    def build(records):
        names = {f"_dmarc.{domain}": {"TXT": [record]} for domain, record in records.items()}
        return Zone({domain: {"A": ["192.0.2.1"]} for domain in records} | names)

    return build


def pytest_generate_tests(metafunc):
    """Give every test that takes `<suite>_case` one case of that public suite after the other."""
    for suite in ("rfc9989", "rfc7489"):
        if f"{suite}_case" in metafunc.fixturenames:
            metafunc.parametrize(f"{suite}_case", list(_cases(SUITES / f"dmarc-{suite}" / "cases.json")))


def _cases(path):
    if not path.exists():
        reason = "the public suites are not beside the checkout (../shared)"
        yield pytest.param(None, marks=pytest.mark.skip(reason=reason), id="absent")
        return
    for case in json.loads(path.read_text("utf-8"))["cases"]:
        yield pytest.param(case, id=case["name"])
