"""Libraries in a process of their own: what they give, and that nothing they do reaches further."""

from __future__ import annotations

import hashlib
import json
from email.message import EmailMessage
from typing import Any

import pytest

from forensics import isolated
from forensics.isolated import IsolationError, ask


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "ana@alder.example", "Offer"
    message.set_content("Hello\n")
    message.add_alternative("<b>Hello</b>\n", subtype="html")
    message.add_attachment(b"\0\1offer", maintype="application", subtype="pdf", filename="offer.pdf")
    return message.as_bytes()


def answer_or_reason(data: bytes) -> dict[str, Any]:
    try:
        return ask("message_parts", data, seconds=8)
    except IsolationError as error:
        return {"reason": str(error)}


def test_a_message_is_taken_apart():
    found = ask("message_parts", mail())
    assert [(part["type"], part["size_bytes"]) for part in found["bodies"]] == [("text/plain", 6), ("text/html", 13)]
    (attached,) = found["attachments"]
    assert (attached["name"], attached["type"], attached["size_bytes"]) == ("offer.pdf", "application/pdf", 7)
    assert attached["sha256"] == hashlib.sha256(b"\0\1offer").hexdigest()


@pytest.mark.parametrize("data", [b"", b"\0" * 1000, b"Subject: x\n\n\xff", mail()[:-30], b"=" * 100_000])
def test_odd_bytes_give_an_answer_or_a_reason(data):
    assert set(answer_or_reason(data)) in ({"bodies", "attachments", "defects"}, {"reason"})


def test_parts_nested_without_end_are_told_and_end():
    nested = b'From: a@alder.example\nContent-Type: multipart/mixed; boundary="x"\n\n'
    nested += b'--x\nContent-Type: multipart/mixed; boundary="x"\n\n' * 50_000
    assert answer_or_reason(nested).get("reason", "failed").startswith(("took longer than 8 s", "failed"))


def test_what_takes_too_long_is_stopped():
    with pytest.raises(IsolationError, match=r"took longer than 0\.001 s"):
        ask("message_parts", mail(), seconds=0.001)


def test_an_answer_that_is_too_long_is_told_as_such_and_not_cut(monkeypatch):
    monkeypatch.setattr(isolated, "MAX_ANSWER_BYTES", 100)
    with pytest.raises(IsolationError, match="gave an answer of more than 100 bytes"):
        ask("message_parts", mail())


def test_a_registration_is_read_without_certain_dates():
    text = "Domain Name: northwind.example\nRegistrar: Alder Registrar\nCreation Date: 2013-05-06T00:00:00Z\n"
    found = ask("registration_fields", json.dumps({"domain": "northwind.example", "text": text}).encode())
    assert (found["registrar"], found["created"]) == ("Alder Registrar", "2013-05-06 00:00:00+00:00")


def test_the_process_may_not_reach_the_network_or_start_another(monkeypatch, tmp_path):
    """A library is put in the place of mail-parser that tries what none should."""
    (tmp_path / "mailparser.py").write_text(
        """
import os, socket, subprocess
def parse_from_bytes(data):
    tries = [
        lambda: socket.create_connection(("192.0.2.1", 9), 1), lambda: socket.getaddrinfo("a.example", 1),
        lambda: subprocess.run(["true"]), lambda: os.system("true"),
        lambda: open("written", "w").write("x"),
    ]
    done = []
    for each in tries:
        try:
            each()
            done.append("done")
        except OSError as error:
            done.append(type(error).__name__)
    raise SystemExit(" ".join(done))
"""
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{isolated.__file__.split('/forensics/')[0]}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IsolationError) as caught:
        ask("message_parts", b"x")
    assert str(caught.value).split()[1:5] == ["PermissionError"] * 4
    assert not (tmp_path / "written").exists() or (tmp_path / "written").read_text() == ""
