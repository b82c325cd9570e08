"""The question and its answer."""

from __future__ import annotations

from forensics.model.case_file import QUESTIONS, Answer, CaseFile, WindowPart
from forensics.report.blocks import Block, Facts, Heading, Paragraph, Replies, Reply, Tone, Verdict

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
        Verdict(_WORDS[verdict.id], text[0].upper() + text[1:], _TONES[verdict.id]),
        Paragraph(case_file.question, quiet=True),
        Replies(tuple(_reply(name, case_file.answers[name]) for name in QUESTIONS)),
        Facts(_as_read(case_file)),
    ]
    subject = case_file.subject
    blocks += [Paragraph(note, quiet=True) for note in subject.derived]
    if subject.proposed:
        blocks.append(Paragraph(f"No subject was named. The evidence is mostly about: {'; '.join(subject.proposed)}."))
    return blocks


def _reply(name: str, answer: Answer) -> Reply:
    said = answer.text.split(". ", 1)[-1] if answer.answer != "unknown" else answer.text
    return Reply(_ASKED[name], answer.answer.upper(), said, answer.answer, answer.because)


def _as_read(case_file: CaseFile) -> tuple[tuple[str, str], ...]:
    subject = case_file.subject
    names = ", ".join(dict.fromkeys(part for part in (subject.domain, *subject.names) if part))
    counts = (f"{name.replace('_', ' ')} {number:,}" for name, number in case_file.counts.items() if number)
    return (
        ("Subject", names or "everything in the evidence"),
        ("Addresses", ", ".join(subject.addresses) or "none known"),
        ("Window", _window(case_file.window)),
        ("Counts", ", ".join(counts) or "nothing about the subject"),
    )


def _window(window: WindowPart) -> str:
    if window.start is None and window.end is None:
        return "none given: the time of the evidence"
    return f"{window.start or 'the first evidence'} to {window.end or 'the last'}"
