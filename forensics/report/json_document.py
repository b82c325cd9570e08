"""The result document as JSON (CONTRACT: forensics-result/1)."""

from __future__ import annotations

import msgspec

from forensics.model.case_file import CaseFile

ID_LENGTH = 16
"""Digits of the SHA-256 of the document that name a report."""


def encode(case_file: CaseFile) -> bytes:
    """One JSON document, indented, UTF-8, ending in a line feed."""
    return msgspec.json.format(msgspec.json.encode(case_file), indent=1) + b"\n"
