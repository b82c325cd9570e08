"""What recorded attempts to fetch a policy say, also of a day in the past."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest

from forensics import Case
from forensics.model.posture import Check
from forensics.protocols import recording_lines
from forensics.protocols.policy_recording import FORMAT, Outcome, PolicyEntry

FIRST = (
    b'{"format":"forensics-dns-recording/1","asked_at":"2026-11-23T09:13:34Z","qname":"example.net","qtype":"MX",'
    b'"status":"not_sent"}\n'
)
ZONE = '$ORIGIN example.net.\n$TTL 300\n@ IN SOA ns1 hostmaster 1 3600 900 604800 60\n_mta-sts IN TXT "v=STSv1; id=1"\n'
BODY = "version: STSv1\nmode: {mode}\nmx: mx.example.net\nmax_age: 604800\n"


def entry(at: str, outcome: Outcome = "answered", body: str | None = None) -> PolicyEntry:
    response = None
    if body is not None:
        response = base64.b64encode(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body.encode()).decode()
    return PolicyEntry(
        format=FORMAT, asked_at=at, host="mta-sts.example.net", outcome=outcome, response=response,
        url="https://mta-sts.example.net/.well-known/mta-sts.txt",
    )  # fmt: skip


def judged(tmp_path: Path, *entries: PolicyEntry, as_of: date | None = None) -> list[Check]:
    (tmp_path / "a.jsonl").write_bytes(FIRST + b"".join(map(recording_lines.encode, entries)))
    (tmp_path / "zone").write_text(ZONE)
    with Case() as case:
        case.add(tmp_path / "a.jsonl", tmp_path / "zone")
        return [check for check in case.posture("example.net", as_of=as_of).checks if check.id == "mta-sts/policy"]


@pytest.mark.parametrize(
    ("as_of", "text"),
    [
        (None, "Mode none: "), (date(2026, 11, 23), "Mode testing: "), (date(2026, 11, 24), "Mode none: "),
        (date(2026, 11, 22), None),
    ],
)  # fmt: skip
def test_the_last_attempt_of_the_day_counts(tmp_path: Path, as_of: date | None, text: str | None) -> None:
    modes = (("2026-11-23T00:00:00Z", "enforce"), ("2026-11-23T23:59:59Z", "testing"), ("2026-11-24T00:00:00Z", "none"))
    entries = [entry(at, body=BODY.format(mode=mode)) for at, mode in modes]
    checks = judged(tmp_path, *entries, as_of=as_of)
    assert [check.text.startswith(text or "") for check in checks] == ([True] if text else [])


def test_what_was_not_fetched_is_not_known(tmp_path: Path) -> None:
    assert [(check.state, check.text) for check in judged(tmp_path)] == [("unknown", "The policy was not fetched.")]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("timeout", "unknown"), ("unreachable", "unknown"), ("address_unknown", "unknown"), ("certificate", "problem"),
     ("refused", "problem"), ("no_address", "problem"), ("tls", "problem")],
)  # fmt: skip
def test_silence_is_not_the_word_of_the_server(tmp_path: Path, outcome: Outcome, state: str) -> None:
    (check,) = judged(tmp_path, entry("2026-11-23T09:13:34Z", outcome))
    assert check.state == state


def test_a_long_policy_is_shown_in_part(tmp_path: Path) -> None:
    (check,) = judged(tmp_path, entry("2026-11-23T09:13:34Z", body="x" * 60_000))
    assert (check.state, len(check.record or "")) == ("problem", 2_000 + len(" (and 58000 more characters)"))
