"""RDAP documents of public collections: all are read right."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from forensics.protocols import rdap

SUITE = Path(__file__).resolve().parents[4] / "shared" / "suites" / "rdap" / "cases.json"


def test_every_document_is_read_right():
    if not SUITE.is_file():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    for case in json.loads(SUITE.read_text(encoding="utf-8"))["cases"]:
        found = rdap.parse(case["document"].encode())
        if case["expected"] is None:
            assert found.status != "registered", case["name"]
            continue
        for part, expected in case["expected"].items():
            value = getattr(found, part)
            if part in ("created", "updated", "expires"):
                expected = datetime.fromisoformat(expected)
            elif isinstance(expected, list):
                value = list(value)
            assert value == expected, (case["name"], part)
