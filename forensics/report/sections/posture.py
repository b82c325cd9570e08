"""The mail posture of a domain, as blocks."""

from __future__ import annotations

from forensics.model.posture import Check, Posture
from forensics.report.blocks import Block, Bullets, Code, Facts, Heading, Paragraph, Replies, Reply, Table, Tone

_TONES: dict[str, Tone] = {"yes": "yes", "no": "no", "partly": "warning", "unknown": "unknown"}
_WORDS = {"ok": "ok", "problem": "PROBLEM", "warning": "warning", "absent": "absent", "unknown": "unknown"}
_GRAVE = ("problem", "warning")


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
    rows = tuple((_WORDS[c.state], c.id, c.subject, _line(c)) for c in posture.checks if c.id != "spf/tree")
    blocks += [Heading("Checks"), Table(("State", "Check", "Name", "What"), rows, wide=3)]
    for check in posture.checks:
        if check.id == "spf/tree":
            blocks += [Heading("SPF tree", level=2), *map(Code, check.text.split("\n"))]
    return [*blocks, *_questions(posture)]


def _when(posture: Posture) -> str:
    day = f"As of {posture.as_of}" if posture.as_of else "From what was seen last"
    rules = posture.dmarc_rules.replace("rfc", "RFC ")
    return f"{day}; DMARC by {rules}. Sources: {', '.join(posture.sources) or 'none'}."


def _line(check: Check) -> str:
    return f"{check.text} {check.record or ''}".strip()


def _in_full(check: Check) -> list[Block]:
    facts = (
        ("Name", check.subject), ("Record", check.record), ("Where", check.where), ("Why", check.why),
        ("Remedy", check.remedy), ("Source", check.reference),
        ("Cited", ", ".join(map(str, check.citations[:3])) or None),
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
