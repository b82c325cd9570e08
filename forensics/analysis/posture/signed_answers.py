"""Whether the answers about a domain were protected by signatures, as the resolver that checked them says (DNSSEC)."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.analysis.recorded_answers import Answers
from forensics.model.case_file import CitationPart
from forensics.model.posture import Asked, Check
from forensics.protocols.query_names import within

MAX_NAMED = 5
MAX_CITED = 10


def check(domain: str, answers: Answers) -> Iterator[Check]:
    """Judge all questions that were looked up before; nothing where no source shows what a resolver checked."""
    told = [asked for asked in answers.questions if asked.dnssec is not None]
    own = [asked for asked in told if within(asked.qname, domain)]
    if own:
        yield _whole(domain, own)
    for asked in told:
        if asked.qtype == "TLSA" and asked.status == "ok" and asked.dnssec == "insecure":
            yield Check(
                id="dane/unsigned", subject=asked.qname, state="problem", record="\n".join(asked.records),
                text="No signature protects the TLSA records: senders ignore them.",
                remedy="Sign the zone, and have its parent publish the DS record.", reference="RFC 7672 section 2.2",
                citations=asked.citations,
            )  # fmt: skip


def _whole(domain: str, own: list[Asked]) -> Check:
    bogus, secure, insecure = (
        [asked for asked in own if asked.dnssec == state] for state in ("bogus", "secure", "insecure")
    )
    if bogus:
        return Check(
            id="dnssec/validation", subject=domain, state="problem",
            text=f"The signatures do not hold: {len(bogus)} of {len(own)} answers are bogus ({_named(bogus)}).",
            why="Resolvers that check signatures answer nothing at all: for those who ask them, mail of the domain "
            "fails. What stands there is not known, which is not the same as nothing.",
            remedy="Sign the zone anew, and have the DS record at the parent fit its keys.",
            reference="RFC 4035 section 5.5", citations=_cited(bogus),
        )  # fmt: skip
    if not secure and not insecure:
        return Check(
            id="dnssec/validation", subject=domain, state="unknown", reference="RFC 4035 section 3.2.3",
            text="Whether signatures hold is not known: the resolver vouched for no answer, not even a signed one.",
        )  # fmt: skip
    if not secure:
        return Check(
            id="dnssec/validation", subject=domain, state="absent", reference="RFC 4033 section 5",
            text="No signature protects the answers; the resolver checks those of others.", citations=_cited(insecure),
        )  # fmt: skip
    others = [asked for asked in own if asked.dnssec != "secure"]
    text = f"The resolver checked the signatures of {len(secure)} of {len(own)} answers, and they hold."
    rest = f" Without: {_named(others)}." if others else ""
    return Check(
        id="dnssec/validation", subject=domain, state="ok", text=text + rest, reference="RFC 4033 section 5",
        citations=_cited(secure),
    )  # fmt: skip


def _named(questions: list[Asked]) -> str:
    names = ", ".join(f"{asked.qname} {asked.qtype}" for asked in questions[:MAX_NAMED])
    return f"{names} and {len(questions) - MAX_NAMED} more" if len(questions) > MAX_NAMED else names


def _cited(questions: list[Asked]) -> tuple[CitationPart, ...]:
    return tuple(citation for asked in questions for citation in asked.citations)[:MAX_CITED]
