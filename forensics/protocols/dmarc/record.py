"""DMARC policy records as published (RFC 9989 sections 4.7 and 4.8, RFC 7489 sections 6.3 and 6.4).

A receiver discards what is broken behind the version and goes on with defaults; `read_record` does the same and names
every breach. `parse_record` refuses what its specification lets it refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from forensics.errors import ProtocolError
from forensics.protocols.dmarc.report_uri import ReportUri, parse_uris
from forensics.protocols.dmarc.rules import Policy, Rules
from forensics.protocols.dmarc.tags import Tag, TagProblem, is_known, judge_tag, shorten, split_list, split_tags

MAX_RECORD = 65_535
"""Characters of the longest TXT record (RFC 1035 section 3.2.1)."""

_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?=;|\Z)")

_POLICY_TAGS = frozenset(("p", "sp", "np"))

Alignment = Literal["r", "s"]
Who = Literal["itself", "subdomain", "nonexistent"]


class DmarcSyntaxError(ProtocolError):
    """Text that is no DMARC record; `position` is the index of the fault, `problem` says what it is."""

    def __init__(self, position: int, problem: str) -> None:
        self.position = position
        self.problem = problem
        super().__init__(f"character {position}: {problem}")


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """One record as published.

    `p`, `sp` and `np` are None where they are absent or not valid; the others have the default of their specification
    then. `pct`, `rf` and `ri` exist under RFC 7489 only; `np`, `psd` and `t` under RFC 9989 only. `tags` are all tags
    in order, the first of a name counts. `invalid` are the names of known tags whose value is not valid, `problems`
    every breach of the grammar.
    """

    raw: str
    rules: Rules
    tags: tuple[Tag, ...]
    p: Policy | None
    sp: Policy | None
    np: Policy | None
    adkim: Alignment
    aspf: Alignment
    fo: tuple[str, ...]
    rua: tuple[ReportUri, ...]
    ruf: tuple[ReportUri, ...]
    psd: Literal["y", "n", "u"]
    t: Literal["y", "n"]
    pct: int | None
    rf: tuple[str, ...]
    ri: int | None
    invalid: frozenset[str]
    problems: tuple[TagProblem, ...]

    @property
    def usable(self) -> bool:
        """DMARC applies: the policy is valid, or reports are wanted (RFC 9989 section 4.10.1, 7489 section 6.6.3)."""
        return (self.p is not None and not self.invalid & _POLICY_TAGS) or any(uri.valid for uri in self.rua)

    def policy_for(self, who: Who) -> Policy:
        """Give the policy for the domain of the record, a subdomain, or a subdomain that does not exist.

        An absent p= counts as "none", and so does all of a record in which p=, sp= or np= is not valid (RFC 9989
        sections 4.7 and 4.10.1); `t` is not regarded.
        """
        if self.invalid & _POLICY_TAGS:
            return "none"
        policy = self.p or "none"
        subdomain = self.sp or policy
        return {"itself": policy, "subdomain": subdomain, "nonexistent": self.np or subdomain}[who]


def is_dmarc(text: str) -> bool:
    """Say whether a TXT record is a DMARC record: it begins with v=DMARC1, in this case (RFC 9989 section 4.7).

    >>> is_dmarc("v = DMARC1; p=none"), is_dmarc("v=dmarc1; p=none"), is_dmarc("v=DMARC1x; p=none")
    (True, False, False)
    """
    return _VERSION.match(text) is not None


def parse_record(text: str, *, rules: Rules = "rfc9989") -> DmarcRecord:
    """Parse one DMARC record as published.

    Args:
        text: the TXT strings joined without spaces.
        rules: the specification. RFC 9989 has what is broken behind the version discarded, so nothing there is an
            error; under RFC 7489 a known tag with a wrong value, a missing p= and what is no tag are.

    Raises:
        DmarcSyntaxError: with the position.

    >>> record = parse_record("v=DMARC1; p=Quarantine; t=y; rua=mailto:d@mail.example")
    >>> record.p, record.sp, record.t, record.rua[0].host
    ('quarantine', None, 'y', 'mail.example')
    """
    record = read_record(text, rules=rules)
    refused = [problem for problem in record.problems if problem.fatal and rules == "rfc7489"]
    if refused:
        raise DmarcSyntaxError(refused[0].position, refused[0].text)
    return record


def read_record(text: str, *, rules: Rules = "rfc9989") -> DmarcRecord:
    """Read a DMARC record as receivers do, which discard what is broken behind the version.

    Raises:
        DmarcSyntaxError: it does not begin with v=DMARC1, or is longer than a TXT record can be.
    """
    version = _VERSION.match(text)
    if version is None:
        raise DmarcSyntaxError(0, f"{shorten(text)} does not begin with v=DMARC1")
    if len(text) > MAX_RECORD:
        raise DmarcSyntaxError(MAX_RECORD, f"a record of {len(text)} characters")
    read = _read_tags(text, version.end(), rules)
    valid, formats = read.valid, ("afrf",) if rules == "rfc7489" else ()
    return DmarcRecord(
        raw=text,
        rules=rules,
        tags=read.tags,
        p=cast("Policy | None", valid.get("p")),
        sp=cast("Policy | None", valid.get("sp")),
        np=cast("Policy | None", valid.get("np")),
        adkim=cast("Alignment", valid.get("adkim", "r")),
        aspf=cast("Alignment", valid.get("aspf", "r")),
        fo=split_list(valid.get("fo", "0")),
        rua=read.uris("rua"),
        ruf=read.uris("ruf"),
        psd=cast('Literal["y", "n", "u"]', valid.get("psd", "u")),
        t=cast('Literal["y", "n"]', valid.get("t", "n")),
        pct=int(valid.get("pct", "100")) if rules == "rfc7489" else None,
        rf=split_list(valid["rf"]) if "rf" in valid else formats,
        ri=int(valid.get("ri", "86400")) if rules == "rfc7489" else None,
        invalid=read.invalid,
        problems=read.problems,
    )


class _Read(NamedTuple):
    """The tags of one record; `valid` has the values of known tags in lower case."""

    tags: tuple[Tag, ...]
    first: dict[str, Tag]
    valid: dict[str, str]
    invalid: frozenset[str]
    problems: tuple[TagProblem, ...]

    def uris(self, name: str) -> tuple[ReportUri, ...]:
        # A broken destination does not take the others with it.
        return parse_uris(self.first[name].value) if name in self.first else ()


def _read_tags(text: str, start: int, rules: Rules) -> _Read:
    pieces = list(split_tags(text, start))
    tags = tuple(piece for piece in pieces if isinstance(piece, Tag))
    problems = [piece for piece in pieces if isinstance(piece, TagProblem)]
    first, valid, invalid = dict[str, Tag](), dict[str, str](), set[str]()
    for tag in tags:
        if tag.name == "v" or tag.name in first:
            fatal = tag.name == "v" or is_known(tag.name, rules)
            problems.append(TagProblem(tag.position, f"{tag.name}= stands here again", fatal))
            continue
        first[tag.name] = tag
        problem = judge_tag(tag, rules)
        if problem is not None:
            problems.append(problem)
        if problem is not None and problem.fatal:
            invalid.add(tag.name)
        elif is_known(tag.name, rules):
            valid[tag.name] = tag.value.lower()
    problems += _misplaced_policy(tags, start, rules)
    return _Read(tags, first, valid, frozenset(invalid), tuple(sorted(problems)))


def _misplaced_policy(tags: tuple[Tag, ...], start: int, rules: Rules) -> list[TagProblem]:
    if all(tag.name != "p" for tag in tags):
        return [TagProblem(start, "p= is missing", True)]
    if rules == "rfc7489" and tags[0].name != "p":
        return [TagProblem(tags[0].position, "p= does not follow v= (RFC 7489 section 6.4)", False)]
    return []
