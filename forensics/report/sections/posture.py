"""The mail posture of a domain, as blocks."""

from __future__ import annotations

from forensics.model.posture import Check, Posture
from forensics.report.blocks import Block, Bullets, Code, Facts, Heading, Paragraph, Replies, Reply, Table, Tone

_TONES: dict[str, Tone] = {"yes": "yes", "no": "no", "partly": "warning", "unknown": "unknown"}
_WORDS = {"ok": "ok", "problem": "PROBLEM", "warning": "warning", "absent": "absent", "unknown": "unknown"}
_GRAVE = ("problem", "warning")
BRIEF = 160
"""Characters of a record that the table of all checks shows."""
LINES = 10
"""Records of one check that are shown each on its own line."""


def build(posture: Posture) -> list[Block]:
    """The summary first, then what is wrong with its remedy, all checks, and every question with its answer."""
    blocks: list[Block] = [
        Heading(f"Mail posture of {posture.domain}"),
        Paragraph(_when(posture), quiet=True),
        Replies(tuple(Reply(s.question, s.answer.upper(), s.text, _TONES[s.answer]) for s in posture.summary)),
        Paragraph("Records are permissions, not events: nothing here says that mail was sent or received.", quiet=True),
    ]
    for check in posture.checks:
        if check.state in _GRAVE:
            blocks += _in_full(check)
    blocks += [Heading("Checks"), _checks(posture)]
    for check in posture.checks:
        if check.id == "spf/tree":
            blocks += [Heading("SPF tree", level=2), *map(Code, check.text.split("\n"))]
    return [*blocks, *_questions(posture)]


def _when(posture: Posture) -> str:
    day = f"As of {posture.as_of}" if posture.as_of else "From what was seen last"
    rules = posture.dmarc_rules.replace("rfc", "RFC ")
    return f"{day}; DMARC by {rules}. Sources: {', '.join(posture.sources) or 'none'}."


def _checks(posture: Posture) -> Table:
    rows = tuple(
        (
            _WORDS[check.state], check.id, "the domain" if check.subject == posture.domain else check.subject,
            f"{check.text} {_brief(check.record)}".strip(),
        )
        for check in posture.checks
        if check.id != "spf/tree"
    )  # fmt: skip
    return Table(("State", "Check", "Name", "What"), rows, wide=3)


def _brief(record: str | None) -> str:
    """The record on one line; a long one is cut here, and stands whole in the document."""
    text = ", ".join((record or "").split("\n"))
    return text if len(text) <= BRIEF else f"{text[:BRIEF]}... ({len(text):,} characters)"


def _in_full(check: Check) -> list[Block]:
    records = (check.record or "").split("\n")
    more = f"and {len(records) - LINES} more" if len(records) > LINES else None
    facts = (
        ("Name", check.subject), *(("Record", line) for line in records[:LINES]), ("", more), ("Where", check.where),
        ("Why", check.why), ("Remedy", check.remedy), ("Source", check.reference),
        ("Cited", ", ".join(dict.fromkeys(map(str, check.citations[:3]))) or None),
    )  # fmt: skip
    heading = Heading(f"{_WORDS[check.state]}: {check.text}", level=2)
    return [heading, Facts(tuple((name, value) for name, value in facts if value))]


def _questions(posture: Posture) -> list[Block]:
    unknown = [
        f"{q.qname} {q.qtype}{f' ({q.note})' if q.note else ''}" for q in posture.questions if q.status == "not_asked"
    ]
    failed = [
        f"{q.qname} {q.qtype}: {q.status}{f' ({q.note})' if q.dnssec == 'bogus' else ''}"
        for q in posture.questions
        if q.status in ("timeout", "servfail")
    ]
    if not unknown and not failed:
        return []
    blocks: list[Block] = [Heading("What is not known")]
    if failed:
        blocks += [Paragraph("Asked, and nobody answered:"), Bullets(tuple(failed))]
    if unknown:
        blocks += [Paragraph("Never asked, as far as these sources show:"), Bullets(tuple(unknown))]
    return blocks
