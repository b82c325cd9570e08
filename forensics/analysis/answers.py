"""Findings become three answers and one verdict (METHOD section 1)."""

from __future__ import annotations

from forensics.model.case_file import QUESTIONS, Answer, Finding, Verdict, VerdictId, YesNo

_ASKED = {
    "smtp_activity": "SMTP was spoken with the subject",
    "mail_received": "the subject accepted at least one message",
    "mail_sent": "a remote server accepted at least one message from the subject",
}
_VERDICTS: dict[VerdictId, str] = {
    "mail_activity": "Mail activity: {directions}.",
    "smtp_without_mail": "SMTP without mail: SMTP was spoken with the subject, and no message was accepted either way.",
    "resolver_traffic_only": "Resolver traffic only: DNS about the subject was seen, and evidence that would have "
    "shown SMTP covers the window and shows none.",
    "no_activity": "No activity: neither DNS about the subject nor SMTP, by evidence that would have shown both.",
    "undetermined": "Undetermined: {open}.",
}
_DNS_SEEN = "traffic/dns-about-subject"


def answer(findings: tuple[Finding, ...]) -> dict[str, Answer]:
    """Each question: `yes` where a direct fact says so, `no` where full evidence shows none, else `unknown`."""
    return {question: _answer(question, findings) for question in QUESTIONS}


def verdict(answers: dict[str, Answer], findings: tuple[Finding, ...]) -> Verdict:
    """The verdict that follows from the answers and from whether DNS about the subject was seen."""
    smtp, received, sent = (answers[question].answer for question in QUESTIONS)
    dns = next((finding.state for finding in findings if finding.rule == _DNS_SEEN), "not_collected")
    if "yes" in (received, sent):
        directions = " and ".join(word for word, said in (("received", received), ("sent", sent)) if said == "yes")
        return _verdict("mail_activity", directions=f"the subject has {directions} mail")
    if smtp == "yes" and received == sent == "no":
        return _verdict("smtp_without_mail")
    if smtp == "no":
        if dns == "met":
            return _verdict("resolver_traffic_only")
        if dns == "not_met":
            return _verdict("no_activity")
    return _verdict("undetermined", open=_open(smtp, received, sent))


def _verdict(identity: VerdictId, **words: str) -> Verdict:
    return Verdict(id=identity, text=_VERDICTS[identity].format(**words))


def _open(smtp: YesNo, received: YesNo, sent: YesNo) -> str:
    if smtp == received == sent == "unknown":
        return "no evidence here could have settled whether SMTP was spoken with the subject"
    if smtp == "yes":
        return "SMTP was spoken, but this evidence cannot show whether every message was refused"
    if smtp == "no":
        return "no SMTP was spoken, and no evidence here could have shown all DNS about the subject"
    return "the evidence settles part of the question only"


def _answer(question: str, findings: tuple[Finding, ...]) -> Answer:
    said: dict[str, list[Finding]] = {"yes": [], "no": []}
    for finding in findings:
        if question in finding.answers:
            said[finding.answers[question]].append(finding)
    asked = _ASKED[question]
    if said["yes"]:
        text = f"Yes: {asked}. {said['yes'][0].text}"
        if said["no"]:
            text += f" Another source disagrees: {said['no'][0].text} Both are shown; ask why that source is silent."
        return Answer(answer="yes", because=_ids(said["yes"] + said["no"]), text=text)
    if said["no"]:
        return Answer(answer="no", because=_ids(said["no"]), text=f"No. {said['no'][0].text}")
    return Answer(
        answer="unknown", because=(), text=f"Unknown whether {asked}: no source here showed it, and none that covers "
        "the window would have had to show it."
    )  # fmt: skip


def _ids(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.id for finding in findings))
