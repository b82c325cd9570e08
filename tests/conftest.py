"""What every test may use; system programs that a test needs are named by a marker."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NO_SKIPS = os.environ.get("FORENSICS_NO_SKIPS") == "1"
"""CI installs every program, so a missing one is a failure there."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("program"):
        for name in marker.args:
            if shutil.which(name) or Path(f"/usr/sbin/{name}").exists():
                continue
            text = f"needs the program {name}: run tools/install-system-programs"
            if NO_SKIPS:
                pytest.fail(text, pytrace=False)
            pytest.skip(text)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public suites and labelled cases beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    return folder
