"""The keys of a DKIM signature over time: when each was seen in the DNS, and whether that was when the mail was signed.

A signature that verifies was made with that key at any time: a key that was first seen after the time of the signature
may have been there before, and nobody recorded it. So a key's window is told beside the result and never changes it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from forensics.analysis.recorded_answers import RecordedAnswers, Sighting
from forensics.analysis.times import DAY_NS, day_of, instant, nanoseconds
from forensics.model.header_report import KeyWindow
from forensics.protocols import dkim
from forensics.protocols.dns_answer import Answer

MAX_KEYS = 10
"""Records of one name that are tried, those seen nearest to the time of the message first."""


class KeysOverTime:
    """A `Lookup` that gives for the name of a key all records that were ever seen there, unless a day is judged.

    A key that was changed since the message was signed is found that way; everything else is as `answers` say.
    """

    def __init__(self, answers: RecordedAnswers, at: datetime | None) -> None:
        self._answers, self._at = answers, at

    def __call__(self, qname: str, qtype: str) -> Answer:
        """The answer as evaluators take it."""
        seen = () if self._answers.is_of_a_day or qtype != "TXT" else self._answers.history(qname, qtype)
        found = [one for one in seen if one.rdata is not None]
        if not found:
            return self._answers(qname, qtype)
        moment = None if self._at is None else self._at.timestamp()
        found.sort(key=lambda one: _distance(one, moment))
        return Answer("ok", tuple(dict.fromkeys(one.rdata for one in found if one.rdata is not None))[:MAX_KEYS])


def window(found: dkim.DkimResult, answers: RecordedAnswers, at: datetime | None) -> KeyWindow | None:
    """When the key of a result was seen, held against the time of the signature: its t=, else `at`.

    None where no record of the key is in the case.
    """
    if found.key is None or found.key_name is None:
        return None
    seen = answers.history(found.key_name, "TXT")
    own = [one for one in seen if one.rdata == found.key.raw]
    if not own:
        return None
    firsts, lasts = [one.first for one in own if one.first is not None], [one.last for one in own if one.last]
    first, last = min(firsts, default=None), max(lasts, default=None)
    moment = found.timestamp or at
    state, text = "undated", "when it was seen is not recorded"
    if first is not None and last is not None:
        text = f"seen {_span(first, last)}"
        if moment is not None:
            state, said = _held(first, last, moment, [one for one in seen if one.rdata != found.key.raw])
            text = f"{text}; {said}"
    revoked = [one.first for one in seen if _is_revoked(one) and one.first is not None and one.first > (last or 0)]
    if revoked and found.key.status != "revoked":
        text = f"{text}; revoked when seen {day_of(min(revoked))}"
    return KeyWindow(
        name=found.key_name, state=state, text=text, first_seen=_text(first), last_seen=_text(last),
        signed=None if moment is None else moment.isoformat(), citations=tuple(one.citation for one in own[:MAX_KEYS]),
    )  # fmt: skip


def _held(first: int, last: int, moment: datetime, others: list[Sighting]) -> tuple[str, str]:
    """What the sightings say of a key at the time of a signature, as a word and as text."""
    day, start, end = (ns // DAY_NS for ns in (nanoseconds(moment), first, last))
    signed = f"the signature is of {moment.astimezone(UTC).date().isoformat()}"
    if start <= day <= end:
        return "seen_then", f"{signed}, when the key was there"
    for word, said in (("revoked_then", "the key was revoked"), ("missing_then", "no key was there")):
        if any(one.spans(moment) for one in others if _says(one, word)):
            return word, f"{signed}, when {said}"
    if any(one.spans(moment) for one in others if one.rdata is not None):
        return "other_key_then", f"{signed}, when another key was seen there"
    if day < start:
        return "unknown_then", f"{signed}, {start - day} day(s) before: whether the key was there then is not known"
    return "unknown_then", f"{signed}, {day - end} day(s) after: whether the key was there then is not known"


def _says(one: Sighting, word: str) -> bool:
    if word == "revoked_then":
        return _is_revoked(one)
    return one.rdata is None and one.status in ("nodata", "nxdomain")


def _is_revoked(one: Sighting) -> bool:
    return one.rdata is not None and dkim.parse_key_record(one.rdata).status == "revoked"


def _distance(one: Sighting, moment: float | None) -> tuple[float, int]:
    """How far from a moment a record was seen, and of those equally near the newest first."""
    if one.first is None or one.last is None or moment is None:
        return (float("inf"), -(one.last or 0))
    first, last = one.first / 1e9, one.last / 1e9
    return (max(first - moment, moment - last, 0.0), -one.last)


def _span(first: int, last: int) -> str:
    return f"on {day_of(first)}" if day_of(first) == day_of(last) else f"from {day_of(first)} to {day_of(last)}"


def _text(ns: int | None) -> str | None:
    return None if ns is None else instant(ns).isoformat()
