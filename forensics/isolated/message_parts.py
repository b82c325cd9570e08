"""The bodies and attachments of a message, as mail-parser takes it apart."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import mailparser

from forensics.protocols.surrogates import escaped

MAX_PARTS = 1_000
MAX_TEXT = 1_000


def read(message: bytes) -> dict[str, Any]:
    """What the message holds.

    `bodies` and `attachments` are lists of `{"name", "type", "size_bytes", "sha256"}`: of an attachment as it was
    before it was encoded for mail, of a body as text in UTF-8. `defects` is what mail-parser names as such.
    """
    mail = mailparser.parse_from_bytes(message)
    bodies = [_part(None, "text/plain", text.encode("utf-8", "surrogateescape")) for text in mail.text_plain]
    bodies += [_part(None, "text/html", text.encode("utf-8", "surrogateescape")) for text in mail.text_html]
    return {
        "bodies": bodies[:MAX_PARTS],
        "attachments": [_attachment(found) for found in mail.attachments[:MAX_PARTS]],
        "defects": sorted(str(name)[:MAX_TEXT] for name in mail.defects_categories),
    }


def _attachment(found: dict[str, Any]) -> dict[str, Any]:
    payload = found.get("payload") or ""
    if found.get("binary"):
        try:
            data = base64.b64decode(payload)
        except (binascii.Error, ValueError):
            return {
                **_part(found.get("filename"), found.get("mail_content_type"), b""),
                "size_bytes": None,
                "sha256": None,
            }
    else:
        data = payload.encode("utf-8", "surrogateescape")
    return _part(found.get("filename"), found.get("mail_content_type"), data)


def _part(name: str | None, kind: str | None, data: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"name": _text(name), "type": _text(kind), "size_bytes": len(data), "sha256": digest}


def _text(value: str | None) -> str | None:
    return escaped(value)[:MAX_TEXT] if value else None
