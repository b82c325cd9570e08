"""The result document `forensics-result/1`: what every renderer prints and other programs read (CONTRACT)."""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA = "forensics-result/1"
STATES = ("met", "not_met", "not_observable", "not_collected", "rejected_source")
QUESTIONS = ("smtp_activity", "mail_received", "mail_sent")

State = Literal["met", "not_met", "not_observable", "not_collected", "rejected_source"]
YesNo = Literal["yes", "no", "unknown"]
VerdictId = Literal["mail_activity", "smtp_without_mail", "resolver_traffic_only", "no_activity", "undetermined"]
ClaimVerdict = Literal["supported", "contradicted", "not_testable", "ambiguous"]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What made the document."""

    name: str
    version: str
    rules_sha256: str
    known_error: str = ""


class SubjectPart(msgspec.Struct, frozen=True, kw_only=True):
    """The subject as it was read; `derived` says where names and addresses not declared come from."""

    domain: str | None
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    derived: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()


class WindowPart(msgspec.Struct, frozen=True, kw_only=True):
    """The window as it was read, RFC 3339 UTC; None is open."""

    start: str | None
    end: str | None


class CitationPart(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sentence comes from; offset and length count bytes of the content, after decompression."""

    evidence: str
    record_no: int | None = None
    offset: int | None = None
    length: int | None = None

    def __str__(self) -> str:
        if self.offset is None:
            return self.evidence
        return f"{self.evidence}:{self.record_no}@{self.offset}+{self.length}"


class LikelihoodRatio(msgspec.Struct, frozen=True, kw_only=True):
    """How much more probable the finding is under one hypothesis than under another (METHOD section 4)."""

    ratio: float
    favours: str
    against: str
    words: str
    source: str
    text: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule found."""

    id: str
    rule: str
    title: str
    state: State
    count: int
    first_ts: str | None
    last_ts: str | None
    text: str
    answers: dict[str, str] = {}
    why: str = ""
    alternatives: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    likelihood_ratio: LikelihoodRatio | None = None
    citations: tuple[CitationPart, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three questions, answered."""

    answer: YesNo
    because: tuple[str, ...]
    text: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The one verdict that follows from the answers (METHOD section 1)."""

    id: VerdictId
    text: str


class ClaimPart(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and what the evidence does to it."""

    id: str
    text: str
    verdict: ClaimVerdict
    because: tuple[str, ...] = ()
    would_test: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


class EvidencePart(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence: what it is, what was read of it, what its vantage sees and is blind to."""

    id: str
    path: str
    sha256: str | None
    size_bytes: int
    format: str | None
    vantage: str | None
    vantage_from: str
    state: str
    records: int
    unread: int
    first_ts: str | None
    last_ts: str | None
    covers: tuple[str, str] | None
    covers_window: bool
    sees: tuple[str, ...]
    blind_to: tuple[str, ...]
    rows: dict[str, int] = {}
    ignored: dict[str, int] = {}
    unread_reasons: dict[str, int] = {}
    problems: tuple[str, ...] = ()


class NextEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that would change or firm the answer."""

    what: str
    from_whom: str
    why: str


class TimelineBin(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of the subject in one slice of time."""

    start: str
    dns: int
    smtp: int
    accepted: int
    mta: int


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one examination says."""

    schema: str
    tool: Tool
    subject: SubjectPart
    window: WindowPart
    question: str
    answers: dict[str, Answer]
    verdict: Verdict
    claims: tuple[ClaimPart, ...]
    findings: tuple[Finding, ...]
    evidence: tuple[EvidencePart, ...]
    next_evidence: tuple[NextEvidence, ...]
    counts: dict[str, int]
    not_seen: tuple[str, ...] = ()
    timeline: tuple[TimelineBin, ...] = ()
    timeline_bin_s: int | None = None
    custody_head: str | None = None
    command: str | None = None
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all evidence was read."""
        return all(piece.state == "read" for piece in self.evidence)
