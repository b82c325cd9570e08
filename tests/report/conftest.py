"""A small result document, with a text from evidence in every place that can hold one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forensics.model import case_file as model
from forensics.model.case_file import CaseFile

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://a.example\x1b\\click",
    "\x9b31m\x85\x00\x7f\r\n\b\t",
    "live\u202elive.exe\u2066\u200b\ufeff",
    "[/foo] [bold red]x[/] [link=http://a.example]y[/link] :smile:",
    '#panic() #read("/etc/passwd") $x^2$ @ref <label> ]] #{ 1 } *b* _i_ = h',
    "</script></style></title><img src=x onerror=alert(1)><svg onload=alert(1)>",
    "\" onmouseover=\"alert(1)' x='<!--",
    "&lt;script&gt; &#x3c;b&#x3e;",
    "\ufffe\uffff\ue000\U0010fffd\U0001f468\u200d\U0001f469",
    "日本語 한국어 العربية עברית हिन्दी ไทย \U00012000",
    "Z\u0301\u0302\u0303\u0304\u0305\u0306 \u034f\u3164\u00a0\u2800",
    "x" * 3000,
    "a/" * 800,
    "-" * 400 + " " + "é" * 400,
    " ",
    "javascript:alert(1)",
)
"""Texts that act or hide where a medium lets them."""

Build = Callable[[str], CaseFile]


@pytest.fixture
def case_with() -> Build:
    """Build the document around a text that an attacker wrote."""
    return _case


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile(request: pytest.FixtureRequest) -> str:
    """One text after the other that an attacker might write."""
    return str(request.param)


def _case(text: str) -> CaseFile:
    return CaseFile(
        schema=model.SCHEMA,
        tool=model.Tool(name="email-forensics", version="0.1.0", rules_sha256="ab" * 32),
        subject=model.SubjectPart(domain=None, names=(text,), addresses=("192.0.2.25",), derived=(text,)),
        window=model.WindowPart(start="2026-01-01T00:00:00Z", end=None),
        question=f"Did {text} exchange mail?",
        answers={name: model.Answer(answer="unknown", because=("F1", text), text=text) for name in model.QUESTIONS},
        verdict=model.Verdict(id="undetermined", text=f"Undetermined: {text} decides."),
        claims=(
            model.ClaimPart(
                id=text, text=text, verdict="ambiguous", because=("F1", text), would_test=(text,), readings=(text,)
            ),
        ),
        findings=(_finding("F1", "met", text), _finding("F2", "not_met", text)),
        evidence=(_piece("E1", f"case/{text}", text), _piece("E2", "case/plain.log", text)),
        next_evidence=(model.NextEvidence(what=text, from_whom=text, why=text),),
        counts={"dns_queries": 1},
        not_seen=(text,),
        timeline=(model.TimelineBin(start="2026-01-01T00:00:00Z", dns=3, smtp=0, accepted=0, mta=1),),
        timeline_bin_s=60,
        command=f"forensics examine {text}",
        problems=(f"E1 case/{text}: rejected: {text}", text),
    )


def _finding(number: str, state: model.State, text: str) -> model.Finding:
    return model.Finding(
        id=number, rule="traffic/asked", title=text, state=state, count=2, first_ts=None, last_ts=None, text=text,
        why=text, alternatives=(text,), details=(text,),
        likelihood_ratio=model.LikelihoodRatio(
            ratio=3.0, favours="a", against="b", words="weak", source=text, text=text
        ),
        citations=(model.CitationPart(evidence="E1", record_no=1, offset=20, length=30),),
    )  # fmt: skip


def _piece(number: str, path: str, text: str) -> model.EvidencePart:
    return model.EvidencePart(
        id=number, path=path, sha256="cd" * 32, size_bytes=1234, format="bind_query_log", vantage="authoritative_dns",
        vantage_from="declared", state="read", records=12, unread=1, first_ts="2026-01-01T00:00:00Z",
        last_ts="2026-01-01T00:01:00Z", covers=None, covers_window=True, sees=("DNS look-ups of the name (in part)",),
        blind_to=("SMTP sessions",), unread_reasons={text: 1}, problems=(text,),
    )  # fmt: skip
