"""What a recorded visit to a mail server says, also beside DANE, and years later."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from forensics import Case
from forensics.model.posture import Check
from forensics.protocols import certificate, recording_lines
from forensics.protocols.smtp_recording import FORMAT, SmtpEntry, Turn

HOST = "mx1.example.net"
ZONE = """\
$ORIGIN example.net.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN MX 10 mx1
mx1 IN A 192.0.2.25
"""
FIRST = (
    b'{"format":"forensics-dns-recording/1","asked_at":"2026-11-23T09:13:34Z","qname":"example.net","qtype":"MX",'
    b'"status":"not_sent"}\n'
)
# for mx1.example.net, by "Test CA", from 2026-10-01 to 2027-10-01; its signature is no one's
SHOWN = bytes.fromhex(
    "30693063020101300030123110300e06035504030c07546573742043413022180f32303236313030313030303030305a180f"
    "32303237313030313030303030305a300030020500a31e301c301a0603551d1104133011820f6d78312e6578616d706c652e"
    "6e657430000300"
)
FACTS = certificate.parse(SHOWN)


def visited(tmp_path: Path, zone: str = "", *entries: SmtpEntry) -> dict[str, Check]:
    (tmp_path / "a.jsonl").write_bytes(FIRST + b"".join(map(recording_lines.encode, entries)))
    (tmp_path / "zone").write_text(ZONE + zone)
    with Case() as case:
        case.add(tmp_path / "a.jsonl", tmp_path / "zone")
        return {check.id: check for check in case.posture("example.net").checks if check.subject == HOST}


def entry(at: str = "2026-11-23T09:13:40Z", **said: object) -> SmtpEntry:
    told = {"outcome": "done", "verified": True, "certificate": base64.b64encode(SHOWN).decode()} | said
    return SmtpEntry(
        format=FORMAT, asked_at=at, host=HOST, address="192.0.2.25", port=25, turns=TURNS, tls_version="TLSv1.3",
        cipher="TLS_AES_256_GCM_SHA384", **told,  # type: ignore[arg-type]
    )  # fmt: skip


def turn(sent: str | None, received: bytes) -> Turn:
    return Turn(sent, base64.b64encode(received).decode())


TURNS = (
    turn(None, b"220 mx1.example.net ESMTP\r\n"), turn("EHLO [192.0.2.9]", b"250-mx1\r\n250 STARTTLS\r\n"),
    turn("STARTTLS", b"220 go\r\n"), turn("QUIT", b"221 bye\r\n"),
)  # fmt: skip


def test_a_certificate_in_order_is_ok(tmp_path: Path) -> None:
    checks = visited(tmp_path, "", entry())
    assert checks["smtp/certificate"].state == "ok"
    assert checks["smtp/certificate"].text == f"A known authority vouches for it; it is for {HOST}."
    assert "valid 2026-10-01 to 2027-10-01" in (checks["smtp/certificate"].record or "")
    assert checks["smtp/starttls"].text == "It offers STARTTLS: TLSv1.3, TLS_AES_256_GCM_SHA384."


@pytest.mark.parametrize(
    ("at", "text"), [("2028-01-01T00:00:00Z", "it had run out"), ("2026-09-30T00:00:00Z", "it was not valid yet")]
)
def test_validity_is_judged_by_the_time_of_the_visit(tmp_path: Path, at: str, text: str) -> None:
    check = visited(tmp_path, "", entry(at))["smtp/certificate"]
    assert (check.state, text in check.text) == ("warning", True)


def test_the_last_visit_counts(tmp_path: Path) -> None:
    refused = SmtpEntry(
        format=FORMAT, asked_at="2027-01-01T00:00:00Z", host=HOST, outcome="refused", address="192.0.2.25", port=25
    )
    checks = visited(tmp_path, "", entry(), refused)
    assert (checks["smtp/banner"].state, "smtp/certificate" in checks) == ("warning", False)


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (f"3 0 1 {FACTS.sha256}", "ok"),
        (f"3 1 1 {FACTS.key_sha256.upper()}", "ok"),
        ("3 1 1 " + "00" * 32, "problem"),
        ("2 1 1 " + "00" * 32, None),
    ],
)
def test_a_pin_is_held_against_the_certificate_that_was_shown(tmp_path: Path, record: str, state: str | None) -> None:
    check = visited(tmp_path, f"_25._tcp.mx1 IN TLSA {record}\n", entry()).get("dane/match")
    assert (check.state if check else None) == state


def test_who_was_not_visited_is_not_judged(tmp_path: Path) -> None:
    assert not [kind for kind in visited(tmp_path) if kind.startswith(("smtp/", "dane/match"))]
