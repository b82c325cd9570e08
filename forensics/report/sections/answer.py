"""The question and its answer."""

from __future__ import annotations

from forensics.model.case_file import QUESTIONS, CaseFile
from forensics.report.blocks import Block, Callout, Facts, Heading, Paragraph, Tone

_WORDS = {
    "mail_activity": "Mail activity",
    "smtp_without_mail": "SMTP without mail",
    "resolver_traffic_only": "Resolver traffic only",
    "no_activity": "No activity",
    "undetermined": "Undetermined",
}
_TONES: dict[str, Tone] = {
    "mail_activity": "yes", "smtp_without_mail": "no", "resolver_traffic_only": "no", "no_activity": "no",
    "undetermined": "unknown",
}  # fmt: skip
_ASKED = {
    "smtp_activity": "Was SMTP spoken with the subject?",
    "mail_received": "Did the subject accept mail?",
    "mail_sent": "Did the subject send mail?",
}


def build(case_file: CaseFile) -> list[Block]:
    """The verdict first, then the three answers and how the question was read."""
    verdict = case_file.verdict
    text = verdict.text.split(": ", 1)[-1]
    blocks: list[Block] = [
        Heading("Answer"),
        Callout(_WORDS[verdict.id], text[0].upper() + text[1:], _TONES[verdict.id]),
        Paragraph(case_file.question, quiet=True),
    ]
    for question in QUESTIONS:
        answer = case_file.answers[question]
        said = answer.text.split(". ", 1)[-1] if answer.answer != "unknown" else answer.text
        blocks.append(Callout(f"{_ASKED[question]} {answer.answer.upper()}", said, answer.answer, answer.because))
    subject = case_file.subject
    names = ", ".join(part for part in (subject.domain, *subject.names) if part)
    counts = (f"{name.replace('_', ' ')} {number:,}" for name, number in case_file.counts.items() if number)
    rows = (
        ("Subject", names or "everything in the evidence"),
        ("Addresses", ", ".join(subject.addresses) or "none known"),
        ("Window", f"{case_file.window.start or 'open'} to {case_file.window.end or 'open'}"),
        ("Counts", ", ".join(counts) or "nothing about the subject"),
    )
    blocks.append(Facts(rows))
    blocks += [Paragraph(note, quiet=True) for note in subject.derived]
    if subject.proposed:
        blocks.append(Paragraph(f"No subject was named. The evidence is mostly about: {'; '.join(subject.proposed)}."))
    return blocks
