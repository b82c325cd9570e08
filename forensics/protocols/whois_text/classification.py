"""What kind of answer a text is: said in a status field, or in a sentence of its own.

Legal prose speaks of availability, limits and refusals too, therefore a sentence counts only where a whole line is it:
patterns are anchored at the line's beginning or demand the verb and its subject side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from forensics.protocols.whois_text.lines import LINES_MAX

Statement = Literal["not_found", "refused", "reserved", "registered"]

_SENTENCE_MAX = 240
_EDGES = " \t%#*;>-=!.,\"'`"
_NAME = r"(?:\[?[\"']?[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}\.?[\"']?\]?)"
_THING = r"(?:domain(?: name)?s?|(?:el )?dominio|objects?|records?|key|data|entry|host|query)"


def _any(*alternatives: str) -> str:
    return "(?:" + "|".join(alternatives) + ")"


_CODE = r"(?:\d{3} )?"  # .nz: 220 Available
_FREE = re.compile(
    r"\A"
    + _any(
        rf"{_CODE}(?:free|avail(?:able)?|disponible|unregistered|unassigned|inexistente|no registrado)(?:\W.*)?",
        rf"{_CODE}(?:not (?:registered|found|exist)|does not exist|no match|no objects? found)(?:\W.*)?",
    )
)
_HELD = re.compile(rf"\A{_CODE}(?:reserved|restricted|blocked|prohibited|unassignable|withheld|excluded)\b.*")
_DENIED = re.compile(r"\A(?:(?:440|5\d\d) .*|(?:invalid|request denied|throttled)(?:\W.*)?)")

_PREFIX = r"\A(?:error ?:? ?\d{0,4} ?:? ?|info:? |sorry,? |unfortunately,? |but ){0,3}"
_SUBJECT = rf"(?:the |this |above )?(?:requested |queried |specified )?(?:{_THING}:?(?: {_NAME})?|{_NAME})[:,]? "
_NOT_FOUND = re.compile(
    _PREFIX
    + _any(
        r"(?:there (?:was|is|were) )?no (?:exact )?match(?:es|ing)?\b.*",  # No match for "EXAMPLE.TEST"
        rf"no (?:{_THING}|entries|results?|information|name) ?(?:were |was |is |are |has been )?"
        r"(?:found|available about|exists?|in the|matching|for)\b.*",  # No entries found for the selected source(s)
        rf"(?:there is )?no such {_THING}\b.*",
        r"no (?:found|domain records)\b.*",
        r"no_se_encontro\w*.*|no se encontr[oó].*|not find",
        r"object_not_found.*|object\(s\) not found.*|out of registry.*|unknown domain.*|domain unknown.*",
        r"nothing found.*|data not found.*|key not found.*|nincs tal\w+.*|available",
        r"not (?:found|registr?ed)\b.*",
        rf"domain {_NAME} - available.*",
        r"this query returned 0 objects.*",
        r"we do not have an entry in our database.*",
        r"invalid query or domain name not known.*",  # Dot TK
        r"can't get information on non-local domain.*",  # OpenSRS
        rf"{_SUBJECT}(?:(?:was|is|has|has been|could) )?"
        r"(?:not (?:been |be )?(?:found|registe?red|in our database)|unregistered|unassigned)\b.*",
        rf"{_SUBJECT}(?:(?:does not|doesn't|do not) (?:appear to )?exist|no existe|no match)\b.*",
        rf"{_SUBJECT}no (?:est[aá]|se encuentra) registrad[oa]\b.*",
        rf"{_SUBJECT}is not available in our whois\b.*",
        rf"{_SUBJECT}(?:is |may be |- )?(?:free|available)(?: for .*)?",
    )
)
_NOT_FOUND_KOREAN = "등록되어 있지 않습니다"

_REFUSED = re.compile(
    _any(
        r"\b(?:limit|quota|rate|threshold)(?:ation)?s?\b.{0,40}\b(?:exceeded|reached)\b",
        r"\byou\b.{0,20}\b(?:exceeded|reached|banned|blocked|blacklisted|not allowed to connect)\b",
        r"\breached\b.{0,20}\blimit\b|\bexceed(?:ed|s)(?: the allowed\b.{0,40})?$",
        r"\bexceeded (?:allowed|maximum|the maximum)\b",
        r"\b(?:your|this|client|ip)\b.{0,60}\b(?:exceeded|blocked|banned|blacklisted|denied|rejected)\b",
        r"\b(?:your|this|client|ip)\b.{0,60}\bnot (?:authori[sz]ed|allowed|permitted)\b",
        r"^(?:blacklisted:|banned\b|denied\b|throttled\b|refused\b|lookup refused|rate limited,)",
        r"\btoo many (?:requests|queries|connections?|lookups|simultaneous)\b",
        r"\b(?:excessive|abusive) (?:quer(?:ying|ies)|access|requests)\b",
        r"\bgrace period,? (?:of \d|wait)",
        r"\b(?:access|request|permission|query|lookup|connection) (?:is |was |has been )?(?:denied|refused|rejected)\b",
        r"\btry again (?:later|in|after|tomorrow)\b",
        r"\bquery rate of \d|^query limitation is\b",
        r"\b(?:service|server|database) (?:is )?(?:temporarily |currently )?(?:unavailable|not available|busy)\b",
        r"\b(?:only accepts?|solo acepta)\b.{0,40}\b(?:quer|domain|consultas)",
        r"^(?:error:? )?(?:invalid|malformed|unsupported|bad) (?:domain|query|request|parameter|syntax|object|name)\b",
        r"\bis not a valid (?:domain|query)\b",
    )
)
_REFUSED_QUOTA = "will be replenished"  # Nominet puts it on a line of its own
_REFUSED_PROSE = re.compile(r"\b(?:may|will|shall|can|could|reserves?|agree|resulting|subject to|without)\b")
_RESERVED = re.compile(
    _any(
        rf"\b(?:domain|name|string|label)(?: {_NAME})? (?:is not available or )?(?:is|has been|are) (?:\w{{1,20}} )?"
        r"(?:reserved|prohibited|blocked|restricted|unassignable)\b",
        r"^(?:(?:domain|name|domain name) )?(?:reserved|blocked)(?: (?:by|for|name|domain|string)\b.{0,60})?$",
        r"^(?:prohibited|reserved)[ _-](?:string|name|domain)\b",
        r"\b(?:can ?not|can't|not allowed to|may not) be registered\b",
        r"\bnot available for (?:[\w-]{1,20} ){0,3}registration\b",
    )
)
_TAKEN = re.compile(
    rf"\A(?:the |this )?(?:domain(?: name)?(?: {_NAME})?|{_NAME}) (?:is|has been) (?:already )?"
    r"(?:registered|taken|active|not free|not available|unavailable)\b.*"
)


def status_statement(status: str) -> Statement | None:
    """Say what the value of a status field means for the question "is the name registered?".

    >>> status_statement("220 Available"), status_statement("clientHold"), status_statement("NOT AVAILABLE")
    ('not_found', None, None)
    """
    lowered = " ".join(status.lower().split())[:_SENTENCE_MAX]
    if _FREE.fullmatch(lowered):
        return "not_found"
    if _HELD.fullmatch(lowered):
        return "reserved"
    return "refused" if _DENIED.fullmatch(lowered) else None


def text_statement(text: str) -> tuple[Statement, str] | None:
    """Find the sentence that answers "is the name registered?" without a record.

    Returns:
        What it says and the line that says it, "not_found" before "reserved" before "refused" before "registered";
        None if no line says anything.

    >>> text_statement('No match for "EXAMPLE.TEST".')
    ('not_found', 'No match for "EXAMPLE.TEST".')
    """
    best: dict[Statement, str] = {}
    for line, lowered in _sentences(text.splitlines()[:LINES_MAX]):
        kind = _line_statement(lowered)
        if kind == "not_found":
            return kind, line
        if kind is not None:
            best.setdefault(kind, line)
    order: tuple[Statement, ...] = ("reserved", "refused", "registered")
    return next(((kind, best[kind]) for kind in order if kind in best), None)


def _sentences(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if 0 < len(line) <= _SENTENCE_MAX * 2:
            lowered = " ".join(line.lower().replace("“", '"').replace("”", '"').split()).strip(_EDGES)
            if lowered and len(lowered) <= _SENTENCE_MAX:
                yield line.strip(), lowered


def _line_statement(line: str) -> Statement | None:
    if _NOT_FOUND.fullmatch(line) or _NOT_FOUND_KOREAN in line:
        return "not_found"
    if _RESERVED.search(line):
        return "reserved"
    if _REFUSED_QUOTA in line or (_REFUSED.search(line) and not _REFUSED_PROSE.search(line)):
        return "refused"
    return "registered" if _TAKEN.fullmatch(line) else None
