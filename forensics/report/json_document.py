"""Result documents as JSON: forensics-result/1 and its smaller kin."""

from __future__ import annotations

import msgspec

from forensics.report.escape import for_json

ID_LENGTH = 16
"""Digits of the SHA-256 of the document that name a report."""


def encode(document: msgspec.Struct) -> bytes:
    """One JSON document, indented, UTF-8, ending in a line feed."""
    return for_json(msgspec.json.format(msgspec.json.encode(document), indent=1)) + b"\n"
