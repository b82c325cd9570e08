"""The policy file of MTA-STS, and which exchangers it lets senders deliver to (RFC 8461)."""

from __future__ import annotations

import re
from typing import NamedTuple

from forensics.protocols import dns_names

MAX_BYTES = 65_536
"""What senders read of a policy (RFC 8461 section 3.3)."""
MAX_LINES = 1_000
MAX_AGE_S = 31_557_600
SHORT_AGE_S = 604_800
"""Policies are to live for weeks: one that ends within days leaves senders without it (section 3.2)."""
MODES = ("enforce", "testing", "none")

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", re.ASCII)
_PATTERN = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.?", re.ASCII)


class Problem(NamedTuple):
    """One thing wrong in a policy: at which line, and whether senders take the policy all the same."""

    where: str
    text: str
    fatal: bool


class Policy(NamedTuple):
    """What a policy says; None where it does not say it in a form that counts."""

    mode: str | None
    mx: tuple[str, ...]
    max_age_s: int | None
    problems: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether senders take it."""
        return not any(problem.fatal for problem in self.problems)


def parse(text: str) -> Policy:
    r"""Read a policy; lines end in LF or CRLF, and of a key that stands twice the first counts, but for `mx`.

    >>> parse("version: STSv1\nmode: enforce\nmx: *.example.net\nmax_age: 604800\n")
    Policy(mode='enforce', mx=('*.example.net',), max_age_s=604800, problems=())
    """
    given: dict[str, str] = {}
    patterns: list[str] = []
    problems: list[Problem] = []
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        problems.append(Problem(f"line {MAX_LINES + 1}", "More lines than a policy has use for.", fatal=True))
    for number, line in enumerate(lines[:MAX_LINES], 1):
        if not (stripped := line.rstrip("\r")):
            continue
        key, colon, value = (part.strip(" \t") for part in stripped.partition(":"))
        if not colon or not _KEY.fullmatch(key):
            problems.append(Problem(f"line {number}: {stripped[:80]}", "No field of a policy.", fatal=True))
        elif key == "mx":
            patterns.append(value)
        elif key in given:
            problems.append(Problem(f"line {number}: {stripped[:80]}", "Stands twice: the first counts.", fatal=False))
        else:
            given[key] = value
    return _judged(given, patterns, problems)


def matches(pattern: str, host: str) -> bool:
    """Whether a pattern of a policy is of a host; `*.` stands for one label (RFC 8461 section 4.1).

    >>> [matches("*.example.net", name) for name in ("mx.example.net", "example.net", "a.b.example.net")]
    [True, False, False]
    """
    wanted, name = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if wanted.startswith("*."):
        first, _, rest = name.partition(".")
        return bool(first) and rest == wanted[2:]
    return name == wanted


def _judged(given: dict[str, str], patterns: list[str], problems: list[Problem]) -> Policy:
    if given.get("version") != "STSv1":
        where = f"version: {given['version'][:80]}" if "version" in given else "version"
        problems.append(Problem(where, "The version is not STSv1.", fatal=True))
    mode = given.get("mode")
    if mode not in MODES:
        where = f"mode: {mode[:80]}" if mode is not None else "mode"
        problems.append(Problem(where, f"The mode is none of {', '.join(MODES)}.", fatal=True))
        mode = None
    age = given.get("max_age", "")
    max_age_s = int(age) if age.isascii() and age.isdigit() and len(age) <= 10 else None
    if max_age_s is None or max_age_s > MAX_AGE_S:
        text = f"max_age is no number of seconds up to {MAX_AGE_S}."
        problems.append(Problem(f"max_age: {age[:80]}" if age else "max_age", text, fatal=True))
        max_age_s = None
    elif mode == "enforce" and max_age_s < SHORT_AGE_S:
        text = "Senders forget the policy within days; whoever can hide it for that long undoes it."
        problems.append(Problem(f"max_age: {max_age_s}", text, fatal=False))
    odd = (pattern for pattern in patterns if not _is_pattern(pattern))
    problems += [Problem(f"mx: {pattern[:80]}", "No host, and no host after *. .", fatal=True) for pattern in odd]
    if not patterns and mode in ("enforce", "testing"):
        problems.append(Problem("mx", "No exchanger is named.", fatal=True))
    return Policy(mode, tuple(patterns), max_age_s, tuple(problems))


def _is_pattern(text: str) -> bool:
    if not _PATTERN.fullmatch(text):
        return False
    try:
        dns_names.canonical(text.removeprefix("*."))
    except dns_names.DnsNameError:
        return False
    return True
