"""The key of a signature over time: passive DNS says when it was seen, and a signature is held against that."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from forensics import Case
from forensics.model.header_report import AuthenticationPart

KEYS = {name: SigningKey(bytes([number]) * 32) for number, name in enumerate(("old", "new"), start=1)}
NAME = "p1._domainkey.alder.example"
MESSAGE = b"""\
Received: from mx.alder.example (mx.alder.example [198.51.100.18])\r
\tby mx1.northwind.example (Postfix) with ESMTP id A1B2C3D4E5; Mon, 23 Nov 2026 09:39:58 +0000\r
Date: Mon, 23 Nov 2026 09:39:56 +0000\r
From: Pat <pat@alder.example>\r
To: ana@northwind.example\r
Subject: hello\r
\r
body\r
"""


def record(key: str) -> str:
    """The record of a key; without a name it is a revoked one."""
    public = base64.b64encode(bytes(KEYS[key].verify_key)).decode() if key else ""
    return f"v=DKIM1; k=ed25519; p={public}"


def seen(rdata: str, first: str, last: str) -> dict[str, Any]:
    times = [int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) for day in (first, last)]
    return {"rrname": NAME, "rrtype": "TXT", "rdata": [rdata], "time_first": times[0], "time_last": times[1]}


def signed(more: str = "") -> bytes:
    """The message under a signature of the old key; `more` are further tags."""
    digest = base64.b64encode(hashlib.sha256(b"body\r\n").digest()).decode()
    field = (
        f"DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=alder.example; s=p1;{more} h=from; bh={digest}; b="
    )
    content = hashlib.sha256(f"From: Pat <pat@alder.example>\r\n{field}".encode()).digest()
    return f"{field}{base64.b64encode(KEYS['old'].sign(content).signature).decode()}\r\n".encode() + MESSAGE


def judged(tmp_path: Path, *sightings: dict[str, Any], day: date | None = None, more: str = "") -> AuthenticationPart:
    (tmp_path / "message.eml").write_bytes(signed(more))
    (tmp_path / "seen.json").write_text("".join(json.dumps(one) + "\n" for one in sightings))
    with Case() as case:
        case.add(tmp_path / "message.eml", tmp_path / "seen.json")
        (message,) = case.headers([tmp_path / "message.eml"], as_of=day).messages
    return next(part for part in message.authentication if part.method == "dkim")


@pytest.mark.parametrize(
    ("sightings", "state", "said"),
    [
        ([("old", "2026-05-01", "2026-12-01")], "seen_then",
         "seen from 2026-05-01 to 2026-12-01; the signature is of 2026-11-23, when the key was there"),
        ([("old", "2026-11-23", "2026-11-23")], "seen_then",
         "seen on 2026-11-23; the signature is of 2026-11-23, when the key was there"),
        ([("old", "2026-11-25", "2026-12-01")], "unknown_then",
         "2 day(s) before: whether the key was there then is not known"),
        ([("old", "2026-01-01", "2026-11-20")], "unknown_then",
         "3 day(s) after: whether the key was there then is not known"),
        ([("old", "2026-01-01", "2026-03-01"), ("new", "2026-04-01", "2026-12-01")], "other_key_then",
         "the signature is of 2026-11-23, when another key was seen there"),
        ([("old", "2026-01-01", "2026-03-01"), ("", "2026-04-01", "2026-12-01")], "revoked_then",
         "the signature is of 2026-11-23, when the key was revoked; revoked when seen 2026-04-01"),
        ([("old", "2026-05-01", "2026-11-30"), ("", "2026-12-01", "2026-12-20")], "seen_then",
         "when the key was there; revoked when seen 2026-12-01"),
    ],
)  # fmt: skip
def test_a_signature_is_held_against_the_time_that_its_key_was_seen(
    tmp_path: Path, sightings: list[tuple[str, str, str]], state: str, said: str
) -> None:
    found = judged(tmp_path, *(seen(record(key), first, last) for key, first, last in sightings))
    assert found.key is not None
    assert (found.result, found.key.state) == ("pass", state)
    assert found.key.text.endswith(said)
    assert found.key.text in found.text
    assert found.key.citations


def test_the_time_that_the_signer_names_goes_before_the_one_of_the_receiver(tmp_path: Path) -> None:
    # 2026-11-20T00:00:00Z
    found = judged(tmp_path, seen(record("old"), "2026-11-19", "2026-11-21"), more=" t=1795132800;")
    assert found.key is not None
    assert (found.result, found.key.state, found.key.signed) == ("pass", "seen_then", "2026-11-20T00:00:00+00:00")


def test_a_key_that_was_never_collected_is_told_from_one_that_is_unknown_at_the_day_judged(tmp_path: Path) -> None:
    found = judged(tmp_path)
    assert (found.result, found.code, found.key) == (None, "key_not_collected", None)
    found = judged(tmp_path, seen(record("old"), "2026-01-01", "2026-03-01"), day=date(2026, 11, 23))
    assert (found.result, found.code, found.key) == (None, "key_unknown_at_date", None)
    assert "the key at that date is not known: last seen before: 2026-03-01" in found.text


def test_only_a_revoked_key_gives_no_pass(tmp_path: Path) -> None:
    found = judged(tmp_path, seen(record(""), "2026-01-01", "2026-12-01"))
    assert (found.result, found.code) == ("permerror", "key_revoked")
    assert found.key is not None
    assert found.key.state == "seen_then"


def test_another_key_alone_does_not_verify_and_its_window_is_told(tmp_path: Path) -> None:
    found = judged(tmp_path, seen(record("new"), "2026-11-01", "2026-12-01"))
    assert (found.result, found.code) == ("fail", "signature_mismatch")
    assert "seen from 2026-11-01 to 2026-12-01" in found.text
