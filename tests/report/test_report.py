"""Reports are written whole, or not at all."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from forensics import report
from forensics.errors import StorageError, UsageError


def test_the_kind_is_that_of_the_ending(case_with, tmp_path: Path) -> None:
    written = report.write(case_with("mail.example"), tmp_path / "result.JSON")
    assert json.loads(written.read_bytes())["schema"] == "forensics-result/1"


def test_a_named_kind_goes_before_the_ending(case_with, tmp_path: Path) -> None:
    written = report.write(case_with("mail.example"), tmp_path / "report.txt", "html")
    assert written.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["report.docx", "report"])
def test_an_unknown_kind_is_refused(case_with, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"a report ends in \.json, \.html or \.pdf\."):
        report.write(case_with("mail.example"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_a_storage_error(case_with, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written: No such file or directory"):
        report.write(case_with("mail.example"), tmp_path / "none" / "report.json")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where others may not")
def test_a_folder_without_permission_is_a_storage_error(case_with, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        report.write(case_with("mail.example"), tmp_path / "report.json")


def test_a_folder_in_the_place_of_the_report_is_a_storage_error_and_leaves_nothing(case_with, tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(StorageError):
        report.write(case_with("mail.example"), tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_without_typst_a_pdf_names_the_extra_to_install(case_with, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match="install the extra pdf"):
        report.write(case_with("mail.example"), tmp_path / "report.pdf")
